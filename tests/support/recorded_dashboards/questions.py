"""The requests that are recorded: filters of every dashboard, alone and together, and what can go wrong.

A plan marked as a sample is kept in the repository; all are recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from urllib.parse import urlencode

from tests.support.recorded_dashboards.recording import Question

PREFIX = "/v1/dashboards"
MONEY_DAY, CALLS_DAY, HALF_YEAR = "2011-08-31", "2011-09-26", "2011-06-30"
BEFORE_ALL, EARLY, LATE = "2006-01-01", "2009-12-31", "2012-03-31"
NEVER = "2199-01-01"
DAYS = ("", BEFORE_ALL, EARLY, "2010-12-31", HALF_YEAR, "2011-07-31", MONEY_DAY, CALLS_DAY, LATE)
LANGUAGES = ("pl", "en")
BY_OFFICE = ("pipeline", "contracting", "calls", "overview")
EVERY = (*BY_OFFICE, "indicators")
OFFICES = ("", "04", "32", "PL")
TERRITORIES = ("04", "32", "PL", "0404", "040403", "0404032", "3202", "320201")
MEASURES = ("7.1", "7.2", "7.2.1", "7.3", "7.4", "PIS", "9.9")
RATE_SOURCES = ("nbp_a", "ec_monthly", "programming", "office")
SERVICES_OF = {
    "pipeline": ("calls",), "contracting": ("contracts",), "calls": ("calls",), "indicators": ("indicators",),
    "overview": ("calls", "contracts", "indicators"), "": ("calls", "contracts", "indicators"),
}  # fmt: skip
FAULTS = ("refused", "late", "error", "too_long", "unreadable")


@dataclass(frozen=True, slots=True)
class Plan:
    """A case to record: requests, each with the faults of services at that moment."""

    name: str
    steps: tuple[tuple[Question, Mapping[str, str]], ...]
    sample: bool = False


@dataclass(frozen=True, slots=True)
class Planner:
    """Makes plans for a region whose past has these moments, by name."""

    moments: Mapping[str, str]
    plans: dict[str, Plan] = field(default_factory=dict[str, Plan])

    def every_plan(self) -> list[Plan]:
        """All plans, each request once."""
        for plan in (*self._present(), *self._past(), *self._rates(), *self._refused(), *self._lists()):
            self._add(plan)
        for plan in (*self._readers(), *self._degraded(), *self._lost_lists()):
            self._add(plan)
        return list(self.plans.values())

    def _add(self, plan: Plan) -> None:
        former = self.plans.get(plan.name)
        if former is None or plan.sample:
            self.plans[plan.name] = plan

    def _present(self) -> Iterator[Plan]:
        for key, day, office, language in product(BY_OFFICE, DAYS, OFFICES, LANGUAGES):
            small = office == "32" and day in ("", MONEY_DAY) and key != "overview"
            empty = day == BEFORE_ALL and not office
            yield plan_question(key, language, small or empty, as_of=day, office=office)
        for key, measure, office, language in product(BY_OFFICE, MEASURES, ("", "PL"), LANGUAGES):
            sample = (measure, office) in (("7.2", ""), ("7.4", "")) and key != "overview"
            yield plan_question(key, language, sample, as_of=MONEY_DAY, measure=measure, office=office)
        for territory, day, language in product(TERRITORIES, DAYS, LANGUAGES):
            sample = territory in ("0404", "040403", "320201") and day == HALF_YEAR
            yield plan_question("indicators", language, sample, as_of=day, territory=territory)
        for measure, territory, language in product(MEASURES, ("", "0404", "PL"), LANGUAGES):
            sample = measure in ("7.3", "7.4") and not territory
            yield plan_question("indicators", language, sample, as_of=HALF_YEAR, measure=measure, territory=territory)
        yield from self._years_and_days()
        yield from self._samples()

    def _years_and_days(self) -> Iterator[Plan]:
        years = ("2009", "2010", "2011", "2012")
        for key, year, office, language in product(("calls", "overview"), years, ("", "32", "PL"), LANGUAGES):
            sample = key == "calls" and year in ("2010", "2011") and office == "32"
            yield plan_question(key, language, sample, as_of=CALLS_DAY, year=year, office=office)
        for indicators_on, calls_on, language in product((HALF_YEAR, EARLY), (CALLS_DAY, ""), LANGUAGES):
            days = {"as_of": MONEY_DAY, "indicators_as_of": indicators_on, "calls_as_of": calls_on}
            sample = (indicators_on, calls_on) == (HALF_YEAR, CALLS_DAY)
            yield plan_question("overview", language, sample, **days, measure="7.3", year="2011")
            yield plan_question("overview", language, **days, office="PL")

    def _samples(self) -> Iterator[Plan]:
        """Whole dashboards of the home office, which the sample has in one language each."""
        whole = (("pipeline", "pl"), ("contracting", "en"), ("calls", "pl"))
        for key, language in whole:
            yield plan_question(key, language, True, as_of=CALLS_DAY)
        yield plan_question("contracting", "pl", True, as_of=LATE, office="PL")
        yield plan_question("indicators", "pl", True, as_of=HALF_YEAR)
        yield plan_question("calls", "en", True, as_of=CALLS_DAY, year="2011")

    def _past(self) -> Iterator[Plan]:
        for (name, moment), key, language in product(self.moments.items(), EVERY, LANGUAGES):
            for day in ("", EARLY, HALF_YEAR, MONEY_DAY, LATE):
                yield plan_question(key, language, known_at=moment, as_of=day)
            place = "territory" if key == "indicators" else "office"
            for code in ("04", "32", "PL"):
                sample = code == "32" and key != "overview"
                yield plan_question(key, language, sample, known_at=moment, as_of=CALLS_DAY, **{place: code})
            for measure in ("7.1", "7.2", "7.3"):
                sample = measure == "7.3" and (name == "between" or language == "pl") and key != "overview"
                yield plan_question(key, language, sample, known_at=moment, as_of=LATE, measure=measure)
        moment = self.moments["between"]
        for language in LANGUAGES:
            yield plan_question(
                "indicators", language, True, known_at=moment, as_of=LATE, territory="040403", measure="7.1"
            )
            yield plan_question("calls", language, True, known_at=moment, as_of=CALLS_DAY, office="32", year="2011")
            yield plan_question(
                "overview", language, True, known_at=moment, as_of=CALLS_DAY, office="32", measure="PIS"
            )
            for key in EVERY:
                yield plan_question(key, language, key != "overview", known_at="2007-06-01T00:00:00Z")

    def _rates(self) -> Iterator[Plan]:
        days = ("", "2011-07-15", MONEY_DAY, BEFORE_ALL)
        for source, rate_on, language in product(RATE_SOURCES, days, LANGUAGES):
            chosen = {"rate_source": source, "rate_on": rate_on}
            sample = rate_on in ("", BEFORE_ALL)
            yield plan_question("contracting", language, sample, as_of=CALLS_DAY, measure="7.3", **chosen)
            for office in ("04", "32", "PL"):
                yield plan_question("contracting", language, as_of=CALLS_DAY, office=office, **chosen)
            yield plan_question("contracting", language, as_of=MONEY_DAY, known_at=self.moments["between"], **chosen)
            yield plan_question("overview", language, as_of=CALLS_DAY, **chosen)

    def _refused(self) -> Iterator[Plan]:
        wrong = {
            "as_of": (NEVER, "2011-02-30", "wczoraj"),
            "known_at": ("2199-01-01T00:00:00Z", "2011-09-26", "2011-09-26T12:00:00"),
            "office": ("06", "99", "4", "0404"),
            "measure": ("?",),
            "year": ("abc", "99999", "-1"),
            "territory": ("99", "049999", "abc", "7"),
            "rate_source": ("ecb",),
            "rate_on": (NEVER, "2011-13-01"),
            "indicators_as_of": (NEVER, "x"),
            "calls_as_of": (NEVER,),
        }
        for key, (name, values), language in product(EVERY, wrong.items(), LANGUAGES):
            for value in values:
                sample = value == "99" if key == "overview" else (name, value) != ("as_of", NEVER)
                yield plan_question(key, language, sample, **{name: value})
        for key, language in product(EVERY, LANGUAGES):
            for query in ("colour=red", "as_of=2011-08-31&as_of=2011-09-26", "as_of=&measure=", "as%5Fof=2011-08-31"):
                sample = query.count("as_of=2011") == 2 or (key, "=&") == ("calls", query[5:7])
                yield Plan(f"{key} {language} {query}", ((_question(key, language, query), {}),), sample)

    def _lists(self) -> Iterator[Plan]:
        for language in LANGUAGES:
            yield _plan("list", language, (_question("", language), {}), sample=True)

    def _readers(self) -> Iterator[Plan]:
        for key, reader, language in product((*EVERY, ""), ("unit", "poor", "nobody"), LANGUAGES):
            query = urlencode({"as_of": HALF_YEAR}) if key else ""
            question = Question(_path(key), query, language, reader)
            sample = reader != "unit" or key == "indicators"
            yield _plan(f"{key or 'list'} {reader}", language, (question, {}), sample=sample)

    def _degraded(self) -> Iterator[Plan]:
        for key, fault, language in product(EVERY, FAULTS, LANGUAGES):
            for service in SERVICES_OF[key]:
                query = urlencode({"as_of": CALLS_DAY, "measure": "7.3"})
                question, fails = _question(key, language, query), {service: fault}
                name = f"{key} {service} {fault}"
                missing = key != "overview" or fault == "refused"
                yield _plan(f"{name} missing", language, (question, fails), sample=missing and language == "pl")
                again = ((question, {}), (question, fails), (question, {}))
                sample = fault == "refused" and language == "en" and service == SERVICES_OF[key][0]
                yield _plan(f"{name} stale", language, *again, sample=sample)
        for key, language in product(EVERY, LANGUAGES):
            past = _question(key, language, urlencode({"known_at": self.moments["between"], "measure": "7.3"}))
            for fault, service in product(("too_long", "late"), SERVICES_OF[key]):
                sample = key != "overview" and fault == "too_long"
                name = f"{key} past {service} {fault}"
                yield _plan(name, language, (past, {service: fault}), sample=sample)
                yield _plan(f"{name} after", language, (past, {}), (past, {service: fault}))
        yield from self._without_data()
        for language in LANGUAGES:
            refused = _question("overview", language, urlencode({"indicators_as_of": NEVER, "measure": "PIS"}))
            yield _plan("overview refused and down", language, (refused, {"calls": "refused"}), sample=True)
            all_down = dict.fromkeys(SERVICES_OF["overview"], "refused")
            yield _plan("overview all down", language, (_question("overview", language), all_down), sample=True)

    def _without_data(self) -> Iterator[Plan]:
        """Reports of an office that has defined nothing yet."""
        for key, language in product(EVERY, LANGUAGES):
            day = HALF_YEAR if key == "indicators" else MONEY_DAY
            question = _question(key, language, urlencode({"as_of": day, "measure": "7.2"}))
            empty = dict.fromkeys(SERVICES_OF[key], "empty")
            yield _plan(f"{key} without data", language, (question, empty), sample=True)

    def _lost_lists(self) -> Iterator[Plan]:
        question = {language: _question("", language) for language in LANGUAGES}
        for fault, service, language in product(("refused", "unreadable"), SERVICES_OF[""], LANGUAGES):
            fails = {service: fault}
            sample = fault == "refused" and language == "pl"
            yield _plan(f"list {service} {fault}", language, (question[language], fails), sample=sample)
            again = ((question[language], {}), (question[language], fails))
            yield _plan(f"list {service} {fault} stale", language, *again, sample=sample and service == "calls")


def plan_question(key: str, language: str, sample: bool = False, **filters: str) -> Plan:
    """One request to a dashboard that all services answer; filters without a value are left out."""
    query = urlencode({name: value for name, value in filters.items() if value})
    return Plan(f"{key} {language} {query}".strip(), ((_question(key, language, query), {}),), sample)


def _plan(name: str, language: str, *steps: tuple[Question, Mapping[str, str]], sample: bool = False) -> Plan:
    return Plan(f"{name} {language}", steps, sample)


def _question(key: str, language: str, query: str = "") -> Question:
    return Question(_path(key), query, language)


def _path(key: str) -> str:
    return f"{PREFIX}/{key}" if key else PREFIX
