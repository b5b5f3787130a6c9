"""Tables of the dashboard's peers: a schema `bench` in our database, over our own tables.

A gift to the peers: our rollup, the superuser (no row-level security), one definition and two targets an indicator, and
no caller to authenticate.
"""

from __future__ import annotations

SCHEMA = """
    create schema bench;
    create view bench.definition as
        select series.indicator_no, series.series_no, indicator.code, series.name,
            (select value from indicators.target where target.series_no = series.series_no and status = 'original')
                as original_target,
            (select value from indicators.target where target.series_no = series.series_no and status = 'approved')
                as revised_target
        from indicators.indicator_version series join indicators.indicator using (indicator_no);
    create type bench.dashboard_row as (
        indicator text, name text, original_target numeric, revised_target numeric, achieved numeric,
        percentage numeric);
    create function bench.dashboard(voivodeship integer, as_of date) returns setof bench.dashboard_row
    language sql stable as $$
        select code, name, original_target, revised_target, achieved, round(achieved * 100 / revised_target, 2)
        from bench.definition
        left join (
            select series_no, sum(sum) as achieved from indicators.indicator_rollup rollup
            where rollup.voivodeship = dashboard.voivodeship and effective_on <= dashboard.as_of
            group by series_no) figures using (series_no)
        order by indicator_no
    $$;
"""
