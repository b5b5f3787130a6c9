"""Our rules for files, names and texts."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from string import Formatter

import pytest

ROOT = Path(__file__).parents[2]
SAYS_NOTHING = {"utils.py", "helpers.py", "common.py", "misc.py", "manager.py", "base.py", "core.py"}
MESSAGE_FOLDERS = [
    ROOT / "shared/miernik_shared/problems/messages",
    *(ROOT / f"services/{name}/miernik_{name}/messages" for name in ("calls", "contracts", "indicators", "gateway")),
]
# Written in two pieces, so that this file does not name them itself.
REGISTRIES = ("py" + "pi.org", "python" + "hosted", "registry." + "npmjs", "deb." + "debian.org")


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\n") if name and (ROOT / name).is_file()]


def test_no_source_file_is_longer_than_four_hundred_lines() -> None:
    long = {str(file) for file in tracked("*.py") if file.read_text(encoding="utf-8").count("\n") > 400}
    assert long == set()


def test_no_file_name_says_nothing() -> None:
    assert [file for file in tracked("*.py") if file.name in SAYS_NOTHING] == []


def test_no_file_names_a_package_registry() -> None:
    texts = {file: file.read_bytes().decode("utf-8", "replace") for file in tracked()}
    assert [str(file) for file, text in texts.items() if any(host in text for host in REGISTRIES)] == []


def annotations_of(file: Path) -> list[ast.expr]:
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return [node.annotation for node in nodes if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation]


def test_days_of_requests_and_answers_use_iso_dates() -> None:
    """The library's own types also take numbers, as seconds since 1970."""
    loose = {
        (file.parent.name, file.name, ast.unparse(annotation))
        for file in tracked("services/*routes.py", "services/*schemas.py", "shared/*/web/*.py")
        for annotation in annotations_of(file)
        for part in ast.walk(annotation)
        if isinstance(part, ast.Name) and part.id in {"date", "datetime"}
    }
    assert {one for one in loose if one[1] != "unit_of_work.py"} == set()


def texts_of(folder: Path, language: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8"))


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("folder", MESSAGE_FOLDERS, ids=lambda folder: folder.parent.name)
def test_polish_and_english_texts_have_the_same_codes_and_placeholders(folder: Path) -> None:
    polish, english = texts_of(folder, "pl"), texts_of(folder, "en")
    assert polish.keys() == english.keys()
    for code, text in polish.items():
        assert text.keys() == {"title", "detail"} == english[code].keys(), code
        assert placeholders(text["detail"]) == placeholders(english[code]["detail"]), code


COUNTED_NOUN = re.compile(r"\{(cells|count|rows|findings|limit|longest|asked)(:[^}]*)?\} \w")


@pytest.mark.parametrize("folder", MESSAGE_FOLDERS, ids=lambda folder: folder.parent.name)
@pytest.mark.parametrize("language", ["pl", "en"])
def test_no_quantity_stands_before_what_it_counts(folder: Path, language: str) -> None:
    """`3 komórek`, `1 findings`: a text that is right for one number is wrong for another."""
    texts = texts_of(folder, language)
    assert [code for code, text in texts.items() if COUNTED_NOUN.search(text["detail"])] == []


def sources_text() -> str:
    folders = [ROOT / "shared", ROOT / "services"]
    return "\n".join(file.read_text(encoding="utf-8") for folder in folders for file in folder.rglob("*.py"))


def test_every_text_is_used() -> None:
    sources = sources_text()
    prefixed = {"terc_"}  # made of the file parser's own codes
    codes = {code for folder in MESSAGE_FOLDERS for code in texts_of(folder, "pl")}
    words = set(re.findall(r"[\"']([a-z0-9_]+)[\"']", sources))
    # The catalogue chooses the text about a row of a file itself.
    unused = {code for code in codes if code.removesuffix("_in_row") not in words}
    assert {code for code in unused if not any(code.startswith(prefix) for prefix in prefixed)} == set()


def test_every_code_that_is_raised_has_a_text() -> None:
    codes = {code for folder in MESSAGE_FOLDERS for code in texts_of(folder, "pl")}
    raised = set(re.findall(r"Problem\(\s*\d{3},\s*\"([a-z_]+)\"", sources_text()))
    raised |= set(re.findall(r"FieldError\(f?\"[^\"]*\",\s*\"([a-z_]+)\"", sources_text()))
    raised |= set(re.findall(r"\binvalid\(\s*f?\"[^\"]*\",\s*\"([a-z_]+)\"", sources_text()))
    raised |= set(re.findall(r"\b(?:conflict|not_found)\(\s*\"([a-z_]+)\"", sources_text()))
    assert len(raised) > 40
    assert raised - codes == set()


def test_the_gateway_needs_no_library_for_uploaded_tables() -> None:
    """Its image holds none."""
    program = "import sys; sys.modules['polars'] = None; import miernik_gateway.app, miernik_gateway.clients.commands"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)
