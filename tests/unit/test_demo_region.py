"""The sample region's applications, made one by one, add up to the tables that they were made from."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from miernik_indicators.register.terc_file import read_terc
from miernik_local.demo_region.applications import STATE_DAY, MadeApplication, Stage, applications
from miernik_local.demo_region.figures import gminy, powiaty, register_file, table

ROWS = {row["node"]: row for row in table("applications")["row"]}
STAGES = ("submitted", "formally_positive", "accepted")
PROJECT_LIMIT = 50_000_00  # grosze; of a project of measure 7.3


def of_node(node: str) -> list[MadeApplication]:
    return [one for one in applications() if one.node == node]


def total(stages: list[Stage]) -> dict[str, Any]:
    return {"number": len(stages), "value_pln": str(sum((Decimal(one.pln) for one in stages), Decimal("0.00")))}


@pytest.mark.parametrize("node", ROWS)
@pytest.mark.parametrize("stage", [*STAGES, "signed"])
def test_every_total_of_the_table_comes_out_to_the_grosz(node: str, stage: str) -> None:
    assert total([reached for one in of_node(node) if (reached := getattr(one, stage))]) == ROWS[node][stage]


@pytest.mark.parametrize("node", ROWS)
def test_what_was_accepted_and_not_signed_is_recommended(node: str) -> None:
    recommended = [one.accepted for one in of_node(node) if one.accepted and not one.signed]
    assert total(recommended) == ROWS[node].get("recommended", {"number": 0, "value_pln": "0.00"})


@pytest.mark.parametrize("call", table("calls")["call"], ids=lambda call: call["key"])
def test_a_call_has_the_applications_that_were_printed(call: dict[str, Any]) -> None:
    got = [one.submitted for one in applications() if one.call == call["key"]]

    assert total(got) == call.get("applications", {"number": 0, "value_pln": "0.00"})
    assert all(one.on <= call["closes_on"] for one in got)


def test_no_value_rises_and_no_day_falls_from_stage_to_stage() -> None:
    for one in applications():
        reached = [stage for name in STAGES if (stage := getattr(one, name))]
        assert [stage.value for stage in reached] == sorted((stage.value for stage in reached), reverse=True)
        assert [stage.on for stage in reached] == sorted(stage.on for stage in reached)
        assert reached[-1].on <= STATE_DAY
        assert reached[0].value > 0


def test_small_grants_stay_small() -> None:
    assert all(one.submitted.value <= PROJECT_LIMIT for one in of_node("7.3"))


def test_application_numbers_are_unique_and_reproducible() -> None:
    numbers = [one.number for one in applications()]

    assert len(set(numbers)) == len(numbers) == 2403
    assert numbers[0] == "WND-POKL.07.01.01-04-0001/08"


def test_register_holds_every_gmina_with_an_allocation() -> None:
    assert (len(gminy()), len(powiaty())) == (144, 23)
    registered = {entry.code + entry.kind: entry.name for entry in read_terc(register_file()).entries}
    shares = [gmina for office in table("allocations")["gmina_allocations"] for gmina in office["gmina"]]
    assert {gmina["terc"]: gmina["name"] for gmina in shares}.items() <= registered.items()
    assert len(shares) == 13
