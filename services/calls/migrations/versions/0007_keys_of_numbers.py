"""Keys of the numbers of applications and calls, of external identifiers, and of names in searches."""

from alembic import op

from miernik_shared.formats.sorting import search_key
from miernik_shared.key_columns import fill_key_column, key_external_identifiers, number_doubles, refill_key_column
from miernik_shared.values.identity import identity_key

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make numbers unique in all their spellings. Of doubles that are stored already the eldest holds the number."""
    key_external_identifiers(op)
    fill_key_column(op, "application", "number", "number_key")
    number_doubles(op, "application", "office, number_key", "application_no")
    op.execute("""
        alter table application
            alter column number_key set not null,
            drop constraint application_number_is_unique,
            add constraint application_number_is_unique unique (office, number_key, double_no);
    """)
    refill_key_column(op, "organisation_version", "name", "search_key", lambda name: search_key(identity_key(name)))
    fill_key_column(op, "call_version", "number", "number_key")
    op.execute("""
        drop index call_version_number;
        create index call_version_number_key on call_version (number_key);
        create table call_number (
            office text,
            number_key text,
            call_no integer not null,
            primary key (office, number_key)
        );
        insert into call_number (office, number_key, call_no)
            select office, number_key, min(call_no) from (
                select distinct on (call_no) office, number_key, call_no
                from call join call_version using (call_no) order by call_no, version desc
            ) latest
            where number_key is not null group by office, number_key;
        grant update, delete on call_number to calls_app;
    """)
