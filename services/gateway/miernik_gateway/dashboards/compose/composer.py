"""From a description and the reports of its sections to a dashboard's body."""

import logging
from collections.abc import Mapping

from miernik_gateway.dashboards.catalogue.description import Dashboard, Section, Words, titled
from miernik_gateway.dashboards.catalogue.query import Asked
from miernik_gateway.dashboards.compose.body import DashboardBody, SectionBody
from miernik_gateway.dashboards.compose.notes import SECTION, notes_at
from miernik_gateway.dashboards.compose.tables import tables_of
from miernik_gateway.dashboards.fetch.report_fetcher import SectionReport
from miernik_gateway.dashboards.serve.refusals import reason_of
from miernik_shared.formats import Language

_STALE = Words(
    "Usługa z tymi danymi nie odpowiada. Dane pokazano tak, jak odczytano je ostatnio.",
    "The service with these figures does not answer. They are shown as they were last read.",
)
_MISSING = Words(
    "Usługa z tymi danymi nie odpowiada. Brak danych do pokazania; nie oznacza to zera.",
    "The service with these figures does not answer. There is nothing to show; that does not mean zero.",
)
_EMPTY = Words(
    "Na ten dzień i przy tych filtrach nic nie jest znane; nie oznacza to zera. Wartości filtrów podaje "
    "/v1/dashboards.",
    "Nothing is known of this day with these filters; that does not mean zero. /v1/dashboards lists the values of the "
    "filters.",
)
_TOO_LONG = Words(
    "Odczyt danych tak, jak były znane w podanej chwili, trwał za długo i został przerwany. Zapytaj o mniejszy obszar "
    "lub jedno działanie; brak danych nie oznacza zera.",
    "Reading the figures as they were known at that moment took too long and was stopped. Ask for a smaller territory "
    "or for one measure; that nothing is shown does not mean zero.",
)
_REFUSED = Words(
    "Usługa z tymi danymi nie zna odpowiedzi na to pytanie: {reason}",
    "The service with these figures has no answer to this question: {reason}",
)
# What a report in another shape than the described one makes of the code that reads it. Its section is lost, no more.
_UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
log = logging.getLogger(__name__)


def compose(dashboard: Dashboard, asked: Asked, reports: Mapping[str, SectionReport]) -> DashboardBody:
    """The dashboard from one report per section key."""
    given = dict(asked.parameters)
    filled = {one.name: given.get(one.name) or "" for one in dashboard.filters}
    body = DashboardBody(
        dashboard=dashboard.key,
        title=titled(dashboard, filled, asked.language),
        language=asked.language,
        filters={one.name: given.get(one.name) for one in dashboard.filters},
        sections=[
            _section(section, reports[section.key], titled(section, filled, asked.language), asked.language)
            for section in dashboard.sections
        ],
    )
    if asked.past:
        body.positions = {section.service: reports[section.key].position for section in dashboard.sections}
    return body


def _section(section: Section, source: SectionReport, title: str, language: Language) -> SectionBody:
    try:
        return _shown(section, source, title, language)
    except _UNREADABLE as error:
        log.exception("the report of the section %s is not as described", section.key, exc_info=error)
        return _shown(section, SectionReport("missing"), title, language)


def _shown(section: Section, source: SectionReport, title: str, language: Language) -> SectionBody:
    report = source.report
    body = SectionBody(
        key=section.key,
        title=title,
        status=source.status,
        territory=report.territory if report else None,
        groups=tables_of(section, report, language) if report else [],
        notes=[note.text for note in notes_at(section, SECTION, report, language)] if report else [],
    )
    if report:
        body.as_of = report.as_of
        if report.office:
            body.office = report.office
    if source.status == "stale":
        body.notice = _STALE.of(language)
        body.as_of_instant = source.read_at
        body.position = source.position
    elif source.status == "missing":
        body.notice = _why_missing(source, language)
    elif not body.groups:
        body.notice = _EMPTY.of(language)
    return body


def _why_missing(source: SectionReport, language: Language) -> str:
    if source.refusal is not None:
        return _REFUSED.of(language, reason=reason_of(source.refusal))
    return (_TOO_LONG if source.too_long else _MISSING).of(language)
