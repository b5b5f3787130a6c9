"""SQL of the reporting forms."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, Date, bindparam, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_indicators.definitions.models import indicator
from miernik_indicators.forms.models import form, form_indicator, form_period, form_version
from miernik_shared.database import AnyRow, AnySelect
from miernik_shared.web.keyset_lists import Keyset, PageOfRows, PageRequest, read_page

FORM_ORDER = Keyset("forms", (form.c.code,), (str,))
"""Order of forms in lists: by code."""


async def find_form(connection: AsyncConnection, code: str) -> AnyRow | None:
    """Form with its latest version."""
    return (await connection.execute(_BY_CODE, {"code": code})).one_or_none()


async def list_forms(connection: AsyncConnection, paging: PageRequest) -> PageOfRows:
    """One page of the forms."""
    return await read_page(connection, _select_latest_forms(), FORM_ORDER, paging)


def _select_latest_forms() -> AnySelect:
    newest = form_version.alias("newest")
    latest = select(func.max(newest.c.version)).where(newest.c.form_no == form.c.form_no).scalar_subquery()
    collected = (
        select(func.array_agg(indicator.c.code))
        .select_from(form_indicator.join(indicator, indicator.c.indicator_no == form_indicator.c.indicator_no))
        .where(form_indicator.c.form_no == form.c.form_no)
        .scalar_subquery()
    )
    return (
        select(form.c.id, form.c.code, form_version, collected.label("indicators"))
        .join(form_version, form_version.c.form_no == form.c.form_no)
        .where(form_version.c.version == latest)
    )


_BY_CODE = _select_latest_forms().where(form.c.code == bindparam("code"))


async def find_collecting_forms(connection: AsyncConnection, codes: Sequence[str]) -> list[AnyRow]:
    """For each known indicator code its number and the form that collects it, if any."""
    query = (
        select(indicator.c.code, indicator.c.indicator_no, form.c.code.label("form"))
        .outerjoin(form_indicator, form_indicator.c.indicator_no == indicator.c.indicator_no)
        .outerjoin(form, form.c.form_no == form_indicator.c.form_no)
        .where(indicator.c.code == func.any(list(codes)))
    )
    return list((await connection.execute(query)).all())


async def find_period(connection: AsyncConnection, form_no: int, period: str) -> AnyRow | None:
    """Latest version of a period of a form."""
    rows = await list_periods(connection, form_no, form_period.c.period == period)
    return rows[0] if rows else None


async def list_periods(connection: AsyncConnection, form_no: int, *filters: ColumnElement[bool]) -> list[AnyRow]:
    """Latest versions of the periods of a form, in chronological order."""
    return list((await connection.execute(_select_latest_periods(*filters), {"form_no": form_no})).all())


async def list_periods_between(connection: AsyncConnection, form_no: int, first: date, last: date) -> list[AnyRow]:
    """Latest versions of the periods of a form between two days, both inclusive, in chronological order."""
    parameters = {"form_no": form_no, "first": first, "last": last}
    return list((await connection.execute(_PERIODS_BETWEEN, parameters)).all())


def _select_latest_periods(*filters: ColumnElement[bool]) -> AnySelect:
    newest = (
        select(form_period)
        .where(form_period.c.form_no == bindparam("form_no"), *filters)
        .ext(distinct_on(form_period.c.period))
        .order_by(form_period.c.period, form_period.c.version.desc())
        .subquery()
    )
    return select(newest).order_by(newest.c.ends_on)


_PERIODS_BETWEEN = _select_latest_periods(
    form_period.c.starts_on >= bindparam("first", type_=Date), form_period.c.ends_on <= bindparam("last", type_=Date)
)
