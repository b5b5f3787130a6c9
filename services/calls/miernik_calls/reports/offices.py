"""The office of a report: one voivodeship, or all offices of the installation beside each other."""

from typing import Annotated

from fastapi import Query

from miernik_shared.web.work import Work

ALL_OFFICES = "PL"
OfficeText = Annotated[
    str | None,
    Query(
        pattern=r"^(PL|0[1-9]|[1-9][0-9])$",
        description="TERYT code of a voivodeship, or PL for all offices; the home one by default",
    ),
]


def office_of(work: Work, asked: str | None) -> str:
    """What the report is for; nothing asked for is the home office, in which no other is ever mixed."""
    return asked or work.service.settings.home_voivodeship


def offices_in(office: str) -> list[str] | None:
    """The offices to read; ``None`` means all."""
    return None if office == ALL_OFFICES else [office]
