"""Body of a dashboard from its declaration and the reports of its sections."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from miernik_gateway.dashboards.catalogue.bilingual import Bilingual, Speaker
from miernik_gateway.dashboards.catalogue.dashboard import (
    Block,
    Comparison,
    Dashboard,
    OfficeReport,
    Section,
    TerritoryReport,
    title_of,
)
from miernik_gateway.dashboards.catalogue.query import DashboardQuery
from miernik_gateway.dashboards.compose.blocks import Note, Shortfall, table_reference
from miernik_gateway.dashboards.compose.body import DashboardBody, SectionBody, SectionWithBlocksBody
from miernik_gateway.dashboards.compose.table import Table
from miernik_gateway.dashboards.fetch.report_fetcher import SectionReport

_STALE = Bilingual(
    "Część systemu, która przechowuje te dane, nie odpowiada. Pokazano dane z ostatniego odczytu.",
    "The part of the system that stores these figures is not responding. The figures last read are shown.",
)
_MISSING = Bilingual(
    "Część systemu, która przechowuje te dane, nie odpowiada. Brak danych do pokazania; nie oznacza to zera.",
    "The part of the system that stores these figures is not responding. No figures shown; that does not mean zero.",
)
_EMPTY = Bilingual(
    "Na ten dzień i przy tych filtrach nie ma danych; nie oznacza to zera. Wartości filtrów podaje /v1/dashboards.",
    "There are no data for this day and these filters; that does not mean zero. /v1/dashboards lists the values of the "
    "filters.",
)
_TOO_LONG = Bilingual(
    "Odczyt danych znanych w podanej chwili trwał zbyt długo i został przerwany. Wybierz mniejszy obszar "
    "lub jedno działanie; brak danych nie oznacza zera.",
    "Reading the figures as they were known at that moment took too long and was stopped. Choose a smaller territory "
    "or one measure; that nothing is shown does not mean zero.",
)
# A value that the model of a report accepts and a presenter cannot show costs its section, not the dashboard.
_PRESENTER_ERRORS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
log = logging.getLogger(__name__)


def compose(dashboard: Dashboard, query: DashboardQuery, reports: Mapping[str, SectionReport]) -> DashboardBody:
    """Compose the dashboard from one report per section key."""
    given = dict(query.parameters)
    values = {one.name: given.get(one.name) or "" for one in dashboard.filters}
    say = Speaker(query.language)
    body = DashboardBody(
        dashboard=dashboard.key,
        title=title_of(dashboard, values, say),
        language=query.language,
        filters={one.name: given.get(one.name) for one in dashboard.filters},
        sections=[
            _compose_section(section, reports[section.key], title_of(section, values, say), say)
            for section in dashboard.sections
        ],
    )
    if query.past:
        body.positions = {section.source.service: reports[section.key].position for section in dashboard.sections}
    return body


def _compose_section(section: Section[Any], source: SectionReport, title: str, say: Speaker) -> SectionBody:
    try:
        return _section_body(section, source, title, say)
    except _PRESENTER_ERRORS as error:
        log.exception("the section %s cannot show its report", section.key, exc_info=error)
        return _section_body(section, SectionReport("missing"), title, say)


def _section_body(section: Section[Any], source: SectionReport, title: str, say: Speaker) -> SectionBody:
    report = source.report
    blocks = _present(section, source, say)
    body = _body_model(blocks)(
        key=section.key,
        title=title,
        status=source.status,
        territory=report.territory if isinstance(report, TerritoryReport) else None,
        groups=[block.body() for block in blocks if isinstance(block, Table)],
        notes=[block.text for block in blocks if isinstance(block, Note)],
    )
    if report:
        body.as_of = report.as_of
    if isinstance(report, OfficeReport):
        body.office = report.office
    if isinstance(body, SectionWithBlocksBody):
        body.blocks = _blocks_in_order(blocks)
    _add_notice(body, source, [block.text for block in blocks if isinstance(block, Shortfall)], say)
    return body


def _present(section: Section[Any], source: SectionReport, say: Speaker) -> Sequence[Block]:
    if source.report is None:
        return ()
    if isinstance(section.present, Comparison):
        return section.present.present(source.report, source.compared, say)
    return section.present(source.report, say)


def _body_model(blocks: Sequence[Block]) -> type[SectionBody]:
    """Return the model of a section: with the member ``blocks`` only if there are others than tables and notes."""
    plain = all(isinstance(block, Table | Note | Shortfall) for block in blocks)
    return SectionBody if plain else SectionWithBlocksBody


def _blocks_in_order(blocks: Sequence[Block]) -> list[Any]:
    shown = [block for block in blocks if not isinstance(block, Note | Shortfall)]
    return [table_reference(block) if isinstance(block, Table) else block.body() for block in shown]


def _add_notice(body: SectionBody, source: SectionReport, shortfalls: Sequence[str], say: Speaker) -> None:
    if source.status == "stale":
        body.notice = say(*_STALE)
        body.as_of_instant = source.read_at
        body.position = source.position
    elif source.status == "missing":
        body.notice = _reason_missing(source, say)
    elif shortfalls:
        body.status = "incomplete"
        body.notice = " ".join(shortfalls)
    elif not body.groups and not isinstance(body, SectionWithBlocksBody):
        body.notice = say(*_EMPTY)


def _reason_missing(source: SectionReport, say: Speaker) -> str:
    if source.refusal is not None:
        reason = source.refusal.reason()
        return say(
            f"Dla wybranych filtrów nie można podać tych danych: {reason}",
            f"These figures are not available for the filters chosen: {reason}",
        )
    return say(*(_TOO_LONG if source.too_long else _MISSING))
