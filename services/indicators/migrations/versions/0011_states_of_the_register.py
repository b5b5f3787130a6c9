"""Annulment of imports of the register, and one event that restates the register for its followers."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Create the table, and append the entries of all voivodeships to the feed if a register was imported.

    Imports recorded so far published only the number of their entries, and the log is never changed.
    """
    op.execute("""
        create table territory_annulment (
            import_no integer primary key,
            reason text not null,
            position bigint not null
        )
    """)
    op.execute("""
        select append_change('indicators', 'migration-0011', 'territory.restated', 'territory-imports',
            jsonb_build_object('families', jsonb_build_array(), 'data', jsonb_build_object('voivodeships', states)),
            null, jsonb_build_object('entries', entries))
        from (
            select jsonb_agg(jsonb_build_object('code', code, 'entries', entries) order by code) as states,
                sum(jsonb_array_length(entries)) as entries
            from (
                select left(code, 2) as code, jsonb_agg(jsonb_build_object('code', code, 'kind', kind,
                    'valid_from', valid_from, 'valid_to', valid_to, 'level', level, 'name', name,
                    'kind_name', kind_name, 'sort_key', sort_key) order by code, kind, valid_from) as entries
                from territory group by left(code, 2)
            ) voivodeship
        ) register
        where states is not null
    """)
