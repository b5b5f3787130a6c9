"""Refusals by intent: each function makes the problem that its name says."""

from __future__ import annotations

from uuid import UUID

import pytest

from miernik_shared.problems import FieldError, Problem, conflict, invalid, not_found, refuse_invalid

HOLDER = UUID("01890000-0000-7000-8000-000000000001")


def test_invalid_field_is_422_with_one_error() -> None:
    problem = invalid("/parent", "node_unknown", code="7.9", office="04")

    assert (problem.status, problem.code, problem.params) == (422, "request_invalid", {})
    assert problem.errors == (FieldError("/parent", "node_unknown", {"code": "7.9", "office": "04"}),)


def test_conflict_without_a_field_has_no_errors() -> None:
    problem = conflict("node_identity_changed", code="7.2.1")

    assert (problem.status, problem.code, problem.params) == (409, "node_identity_changed", {"code": "7.2.1"})
    assert (problem.errors, problem.members) == ((), {})


def test_conflict_names_field_and_existing_entity() -> None:
    problem = conflict("regon_taken", at="/regon", existing={"organisation_id": HOLDER}, regon="092350613")

    assert problem.errors == (FieldError("/regon", "regon_taken", {"regon": "092350613"}),)
    assert problem.members == {"organisation_id": str(HOLDER)}
    assert problem.params == {"regon": "092350613"}


def test_not_found_is_404_with_the_parameters() -> None:
    problem = not_found("territory_unknown", code="0463")

    assert (problem.status, problem.code, problem.params) == (404, "territory_unknown", {"code": "0463"})


def test_no_errors_are_not_refused() -> None:
    refuse_invalid([])


def test_several_errors_are_refused_together() -> None:
    errors = [FieldError("/nip", "nip_invalid"), FieldError("/krs", "krs_invalid")]

    with pytest.raises(Problem) as refused:
        refuse_invalid(errors)

    assert (refused.value.status, refused.value.errors) == (422, tuple(errors))
