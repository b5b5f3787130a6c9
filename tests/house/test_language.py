"""Rules of language that a machine can hold: names of functions, tests and files, and how a docstring opens."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.house.test_sources import ROOT, tracked

# A function is named by a verb and its object; a participle alone leaves open what was done to what.
BARE_PARTICIPLES = frozenset({
    "told", "asked", "shown", "kept", "judged", "placed", "again", "taken", "known", "written", "held", "learnt",
    "found", "said", "heard", "named", "given", "seen",
})  # fmt: skip
# Modules that were renamed to the trade's own word. A new file under an old name would bring the old word back.
FORMER_NAMES = frozenset({
    "asking.py", "beside.py", "error_answers.py", "field_faults.py", "filling.py", "flights.py", "front.py", "lines.py",
    "misread_texts.py", "places.py", "question.py", "reading.py", "request_frame.py", "shares.py", "small_keys.py",
    "words.toml", "work.py", "written.py", "written_days.py", "written_decimals.py",
})  # fmt: skip
LONGEST_TEST_NAME = 72
# A summary is a noun phrase or an imperative: a relative clause never says what the thing is.
RELATIVE_CLAUSE = re.compile(r"(What|Whoever|Whatever|Which|That|Whose|Who|Those)\b")
Definition = ast.FunctionDef | ast.AsyncFunctionDef


def python_files() -> list[Path]:
    return tracked("shared/*.py", "services/*.py", "deploy/*.py", "tests/*.py")


def functions_of(file: Path) -> Iterator[Definition]:
    return (node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, Definition))


def address_of(file: Path, line: int) -> str:
    return f"{file.relative_to(ROOT)}:{line}"


def summaries_of(file: Path) -> Iterator[tuple[int, str]]:
    """First lines of docstrings, those of attributes included, with their line numbers."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value.strip().split("\n")[0]


def test_function_names_are_no_bare_participles() -> None:
    named = {
        f"{address_of(file, function.lineno)} {function.name}"
        for file in python_files()
        for function in functions_of(file)
        if function.name.strip("_") in BARE_PARTICIPLES
    }

    assert named == set()


def test_docstrings_open_with_a_noun_or_an_imperative() -> None:
    relative = [
        f"{address_of(file, line)} {summary}"
        for file in python_files()
        for line, summary in summaries_of(file)
        if RELATIVE_CLAUSE.match(summary)
    ]

    assert relative == []


def test_test_names_fit_in_seventy_two_characters() -> None:
    long = [
        f"{address_of(file, function.lineno)} {function.name}"
        for file in tracked("tests/*.py")
        for function in functions_of(file)
        if function.name.startswith("test_") and len(function.name) > LONGEST_TEST_NAME
    ]

    assert long == []


def test_no_module_bears_a_former_name() -> None:
    assert [str(file) for file in tracked() if file.name in FORMER_NAMES] == []


@pytest.mark.parametrize(
    ("summary", "refused"),
    [
        ("What an endpoint declares about itself.", True),
        ("Whoever promises money.", True),
        ("Limits in force on each of `days`.", False),
        ("Whether the row is annulled.", False),
        ("Whatever was sent.", True),
    ],
)
def test_a_relative_clause_is_recognised(summary: str, refused: bool) -> None:
    assert bool(RELATIVE_CLAUSE.match(summary)) is refused
