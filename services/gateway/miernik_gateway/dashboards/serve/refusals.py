"""What a service's refusal of a question is at a dashboard: its own answer, about its own filters."""

from pydantic import BaseModel, ConfigDict, ValidationError

from miernik_gateway.dashboards.catalogue.description import Dashboard, Section
from miernik_gateway.dashboards.fetch.report_client import ReportRefused

_QUERY = "/query/"


class _Fault(BaseModel):
    model_config = ConfigDict(extra="allow")

    pointer: str
    message: str


class _Problem(BaseModel):
    """A problem detail as far as it is looked into; what else it says is passed on."""

    model_config = ConfigDict(extra="allow")

    detail: str
    instance: str
    errors: list[_Fault] = []
    allowed_values: str | None = None
    """Where the values stand that the filters take."""


def own_refusal(dashboard: Dashboard, section: Section, refusal: ReportRefused) -> ReportRefused:
    """The refusal as the dashboard's answer: its address, and its filters where these have names of their own for the
    report's parameters. An answer that is no problem detail stays as it is."""
    problem = _told(refusal)
    if problem is None:
        return refusal
    problem.instance = f"/v1/dashboards/{dashboard.key}"
    for fault in problem.errors:
        if fault.pointer.startswith(_QUERY):
            name = fault.pointer.removeprefix(_QUERY)
            fault.pointer = f"{_QUERY}{section.filter_of(name)}"
            problem.allowed_values = "/v1/dashboards"
    refusal.content = problem.model_dump_json(exclude_unset=True).encode()
    return refusal


def reason_of(refusal: ReportRefused) -> str:
    """Why the service refused, in the reader's language; only its status where it did not say."""
    problem = _told(refusal)
    if problem is None:
        return str(refusal.status)
    return " ".join(fault.message for fault in problem.errors) or problem.detail


def _told(refusal: ReportRefused) -> _Problem | None:
    try:
        return _Problem.model_validate_json(refusal.content)
    except ValidationError:
        return None
