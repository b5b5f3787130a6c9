"""SQL of a feature stands in its `queries.py` or package `queries`, that of a report in the report's own module."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from tests.house.test_sources import ROOT

STATEMENTS = {"delete", "insert", "literal_column", "select", "text", "update"}
"""Names of SQLAlchemy that make a statement or a part of one."""
FILES = {"queries.py", "models.py"}
FOLDERS = {"queries", "reports"}


def statement_imports(source: str) -> set[str]:
    """Names imported from SQLAlchemy that make statements."""
    imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    names = {name.name for node in imports if (node.module or "").startswith("sqlalchemy") for name in node.names}
    return names & STATEMENTS


def misplaced(package: Path) -> dict[str, set[str]]:
    """Modules with statements outside their place, and the names that they import."""
    modules = [file for file in package.rglob("*.py") if file.name not in FILES and file.parent.name not in FOLDERS]
    found = {str(file.relative_to(package)): statement_imports(file.read_text(encoding="utf-8")) for file in modules}
    return {file: names for file, names in found.items() if names}


@pytest.mark.parametrize("service", ["calls", "contracts", "gateway", "indicators"])
def test_no_feature_has_statements_outside_its_queries(service: str) -> None:
    assert misplaced(ROOT / f"services/{service}/miernik_{service}") == {}


def test_statement_in_a_service_module_is_found(tmp_path: Path) -> None:
    (tmp_path / "service.py").write_text("from sqlalchemy import ColumnElement, text\n", encoding="utf-8")
    (tmp_path / "queries.py").write_text("from sqlalchemy import select\n", encoding="utf-8")

    assert misplaced(tmp_path) == {"service.py": {"text"}}
