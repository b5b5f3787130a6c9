"""A refusal fills every placeholder of its text: otherwise telling the refusal would itself be a defect."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from tests.house.test_sources import MESSAGE_FOLDERS, ROOT, placeholders, texts_of

POSITIONS = {"Problem": 1, "FieldError": 1}
"""Position of the code among the arguments; the parameters follow it."""
INTENTS = {"invalid": 1, "conflict": 0, "not_found": 0}
"""The same of the functions that take each parameter as an argument by its name."""
NOT_PARAMETERS = {"at", "existing"}
FORMATTER = Formatter()
TEXTS = {code: text["detail"] for folder in MESSAGE_FOLDERS for code, text in texts_of(folder, "pl").items()}


def unfilled(source: str) -> Iterator[str]:
    """Calls that raise a code without the parameters of its text, as far as they are written out."""
    tree = ast.parse(source)
    named = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in POSITIONS | INTENTS):
            continue
        read = _code_and_arguments if node.func.id in INTENTS else _code_and_parameters
        code, given = read(node, named)
        if code in TEXTS and given is not None and not placeholders(TEXTS[code]) <= given:
            yield f"line {node.lineno}: {code} needs {sorted(placeholders(TEXTS[code]))}"


def _code_and_parameters(call: ast.Call, named: dict[str, ast.expr]) -> tuple[str | None, set[str] | None]:
    """The code and the names of its parameters; no names where they cannot be read off."""
    at = POSITIONS[getattr(call.func, "id", "")]
    arguments = dict(enumerate(call.args)) | {keyword.arg: keyword.value for keyword in call.keywords}
    code, parameters = arguments.get(at), arguments.get(at + 1, arguments.get("params"))
    if isinstance(parameters, ast.Name):
        parameters = named.get(parameters.id, parameters)
    if not (isinstance(code, ast.Constant) and isinstance(code.value, str)):
        return None, None
    if parameters is None:
        return code.value, set()
    if isinstance(parameters, ast.Dict) and all(isinstance(key, ast.Constant) for key in parameters.keys):
        return code.value, {str(key.value) for key in parameters.keys if isinstance(key, ast.Constant)}
    return code.value, None


def _code_and_arguments(call: ast.Call, _: dict[str, ast.expr]) -> tuple[str | None, set[str] | None]:
    code = dict(enumerate(call.args)).get(INTENTS[getattr(call.func, "id", "")])
    if not (isinstance(code, ast.Constant) and isinstance(code.value, str)):
        return None, None
    names = {keyword.arg for keyword in call.keywords} - NOT_PARAMETERS
    return code.value, None if None in names else {name for name in names if name is not None}


def sources() -> list[Path]:
    return [file for folder in ("shared", "services") for file in (ROOT / folder).rglob("*.py")]


def test_every_refusal_fills_its_text() -> None:
    found = {str(file): list(unfilled(file.read_text(encoding="utf-8"))) for file in sources()}
    assert {file: lines for file, lines in found.items() if lines} == {}


@pytest.mark.parametrize("folder", MESSAGE_FOLDERS, ids=lambda folder: folder.parent.name)
def test_both_languages_format_parameters_in_the_same_known_ways(folder: Path) -> None:
    written = [
        {
            (code, *one[1:3])
            for code, text in texts_of(folder, language).items()
            for one in FORMATTER.parse(text["detail"])
        }
        for language in ("pl", "en")
    ]

    assert written[0] == written[1]
    formats = {"word", "number", "PLN", "EUR", "place", "instant", "character"}
    assert {spec for _, _, spec in written[0] if spec} <= formats


def test_a_refusal_that_does_not_is_found() -> None:
    source = textwrap.dedent("""
        params = {"version": "1", "etag": "v1"}
        raise Problem(409, "return_exists", params)
        raise Problem(409, "return_exists", {"version": "1"})
        raise Problem(404, "unit_unknown")
        raise Problem(422, "request_invalid", errors=[FieldError("/code", "form_code_taken")])
        raise conflict("return_exists", at="/version", version="1", etag="v1")
        raise conflict("return_exists", at="/version", version="1")
        raise not_found("unit_unknown")
        raise invalid("/code", "form_code_taken")
        raise invalid("/code", "form_code_taken", **params)
    """)
    wrong = {"line 4", "line 5", "line 6", "line 8", "line 9", "line 10"}

    assert {line.partition(":")[0] for line in unfilled(source)} == wrong
