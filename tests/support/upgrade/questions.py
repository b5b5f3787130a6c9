"""Requests whose answers are recorded beside a dump. None depends on the day on which it is made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from tests.support.upgrade.answers import DASHBOARD_LIST, DIRECTLY_READ, Answer, Question, Reader

DAYS = ("2010-12-31", "2011-06-30", "2011-08-31", "2012-06-30")
DAY = "2011-08-31"
LATER = "2012-06-30"
"""All changes of the history are in force."""
DASHBOARDS = {
    "indicators": ("measure=7.2", "territory=PL", "territory=0404"),
    "calls": ("office=PL", "office=32", "measure=7.2", "year=2011"),
    "pipeline": ("office=PL", "office=32", "measure=7.2"),
    "contracting": ("office=PL", "office=32", "measure=7.2", "rate_source=nbp_a&rate_on=2011-08-31"),
    "overview": ("office=PL", "measure=7.1", "calls_as_of=2011-06-30"),
}
REPORTS = ("indicators", "calls", "pipeline", "contracting", "reconciliation")
LISTS = (
    "applications?office=04&as_of={day}", "applications?office=04&as_of={day}&stage=accepted",
    "applications?as_of={day}&annulled=true", "organisations", "calls",
    "application-imports", "programme-nodes", "agreements?as_of={day}", "agreements?as_of={day}&annulled=true",
    "agreements?as_of={day}&kind=framework", "allocations", "exchange-rates", "overcontracting-decisions",
    "recommended-applications?as_of={day}", "forms", "forms/SP-7.1/periods",
    "forms/SP-7.1/periods/2011-H2/owing-units?as_of={day}", "indicators", "reporting-units",
    "submissions?form=SP-7.1&period=2011-H1", "submissions?form=SP-7.1&period=2011-H2", "territories?on={day}",
)  # fmt: skip
WITH_PAST = ("applications", "agreements", "recommended-applications")
DETAILS = {
    "applications": ("", "/versions"), "organisations": ("",), "calls": ("",), "programme-nodes": ("",),
    "application-imports": ("", "/findings"), "agreements": ("", "/versions"), "allocations": ("",),
    "overcontracting-decisions": ("",), "reporting-units": ("",), "submissions": ("", "/findings", "/file"),
}  # fmt: skip
EXTERNAL = (
    "organisations/by-external-id/sample/NGO-1", "organisations/by-external-id/lsi/org-1",
    "calls/by-external-id/lsi/call-1", "allocations/by-external-id/lsi/allocation-1",
    "agreements/by-external-id/lsi/17", "reporting-units/by-external-id/register/PCPR-1",
)  # fmt: skip
_DETAILS_OF_A_LIST = 12
_PROOFS_OF_A_REPORT = 8
_EVENTS = 500


def record_answers(reader: Reader, moments: Sequence[str]) -> list[Answer]:
    """Answers to everything worth comparing later; ``moments`` are those of ``known_at``."""
    listed = reader.answers(_lists(moments))
    reported = reader.answers(_reports(moments))
    followed = [*_details(listed), *_proofs(reported), *_next_pages(listed)]
    answers = [*reader.answers(_dashboards(moments)), *reported, *listed, *reader.answers(followed)]
    return answers + [page for part in DIRECTLY_READ for page in _feed_pages(reader, part)]


def _dashboards(moments: Sequence[str]) -> Iterator[Question]:
    yield Question(DASHBOARD_LIST)
    for key, filters in DASHBOARDS.items():
        path = f"/v1/dashboards/{key}?as_of="
        for language in ("pl", "en"):
            yield from (Question(path + day, language=language) for day in DAYS)
            yield from (Question(f"{path}{DAY}&known_at={moment}", language=language) for moment in moments)
        yield from (Question(f"{path}{day}&{one}") for one in filters for day in (DAY, LATER))
        yield from (Question(f"{path}{LATER}&{one}&known_at={moments[0]}") for one in filters)
        yield Question(path + DAY, "gmina")


def _reports(moments: Sequence[str]) -> Iterator[Question]:
    for report in REPORTS:
        path = f"/v1/reports/{report}"
        yield Question(f"{path}/bounds")
        yield from (Question(f"{path}?as_of={day}") for day in (DAY, LATER))
        yield from (Question(f"{path}?as_of={LATER}&known_at={moment}") for moment in moments)


def _lists(moments: Sequence[str]) -> Iterator[Question]:
    for one in LISTS:
        path = f"/v1/{one.format(day=LATER)}"
        path += f"{'&' if '?' in path else '?'}limit=100" if "periods" not in path else ""
        yield Question(path)
        if one.startswith(WITH_PAST):
            yield from (Question(f"{path}&known_at={moment}") for moment in moments)
    yield from (Question(f"/v1/{one}") for one in EXTERNAL)
    yield from (Question(f"/v1/{one}", "gmina") for one in ("submissions", "reporting-units"))
    yield from (Question(f"/v1/feeds/{part}/events?after=0") for part in DIRECTLY_READ)
    yield Question(f"/v1/exchange-rates/in-force?source=nbp_a&on={DAY}&currency=EUR&known_at={moments[0]}")


def _details(listed: list[Answer]) -> Iterator[Question]:
    """Entities of every list: some of its first and some of its last."""
    seen: set[str] = set()
    for answer in listed:
        collection = answer.question.path.split("/")[2].partition("?")[0]
        body = json.loads(answer.text)
        items = body.get("items", []) if isinstance(body, dict) else []
        ids = [one["id"] for one in items if "id" in one]
        for path in (f"/v1/{collection}/{one}" for one in _some(ids, _DETAILS_OF_A_LIST)):
            if path not in seen:
                seen.add(path)
                yield from (Question(path + more) for more in DETAILS.get(collection, ()))
        if collection in ("indicators", "forms"):
            yield from (Question(f"/v1/{collection}/{one['code']}") for one in items if "code" in one)


def _proofs(reported: list[Answer]) -> Iterator[Question]:
    for answer in reported:
        links = dict.fromkeys(_links(json.loads(answer.text)))
        yield from (Question(link) for link in _some(list(links), _PROOFS_OF_A_REPORT))


def _links(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (link for name, link in value.items() if name == "proof" and isinstance(link, str))
        yield from (link for one in value.values() for link in _links(one))
    elif isinstance(value, list):
        yield from (link for one in value for link in _links(one))


def _next_pages(listed: list[Answer]) -> Iterator[Question]:
    """Second pages, by the cursors that the first ones named."""
    for answer in listed:
        if 'rel="next"' in answer.headers.get("link", ""):
            address = answer.headers["link"].partition("<")[2].partition(">")[0]
            yield Question(address, answer.question.client)


def _feed_pages(reader: Reader, part: str) -> Iterator[Answer]:
    """The whole log of a service, page by page."""
    after, more = 0, True
    while more:
        page = reader.answer(Question(f"/v1/events?after={after}&limit={_EVENTS}", part))
        yield page
        content = json.loads(page.text)
        after, more = content["next"], content["more"]


def _some(items: list[str], number: int) -> list[str]:
    """Evenly spread ones."""
    step = max(1, len(items) // number)
    return items[::step][:number]
