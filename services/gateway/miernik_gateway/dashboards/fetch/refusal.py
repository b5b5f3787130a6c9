"""Refusal of a request for a report by its service, a problem detail with a status of 4xx."""

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError


class RefusedField(BaseModel):
    """Error of a request parameter. Fields that are not read are preserved."""

    model_config = ConfigDict(extra="allow")

    pointer: str
    message: str


class RefusalProblem(BaseModel):
    """Problem detail. Fields that are not read are preserved."""

    model_config = ConfigDict(extra="allow")

    detail: str
    instance: str
    errors: list[RefusedField] = []
    allowed_values: str | None = None
    """Address that lists the values of the filters."""


class ReportRefused(Exception):
    """Refusal of a request by a service, for example for an unknown territory, with the response of the service."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(response.status_code)
        self.status = response.status_code
        self.content = response.content
        self.media_type = response.headers.get("content-type", "application/problem+json")
        self.language: str | None = response.headers.get("content-language")

    def problem(self) -> RefusalProblem | None:
        """Return the problem detail; None if the response is not one."""
        try:
            return RefusalProblem.model_validate_json(self.content)
        except ValidationError:
            return None

    def reason(self) -> str:
        """Return the reason in the reader's language; the status where the service gave none."""
        problem = self.problem()
        if problem is None:
            return str(self.status)
        return " ".join(field.message for field in problem.errors) or problem.detail
