"""Unlikely values in an uploaded table: their findings with tokens, and the kinds of them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from miernik_shared.confirmations import UnlikelyKind, make_token
from miernik_shared.uploads.findings import TableFinding

CONFIRM = "confirm"
"""Severity of a finding about an unlikely value."""


def count_unlikely(findings: pl.DataFrame) -> int:
    """Number of findings that need a confirmation."""
    return findings.filter(pl.col("severity") == CONFIRM).height


def drop_unlikely_of_refused_rows(findings: pl.DataFrame) -> pl.DataFrame:
    """Drop the findings that need a confirmation in rows with an error: such a row is not stored."""
    refused = findings.filter(pl.col("severity") == "error").select("row_no").unique()
    if refused.is_empty():
        return findings
    unlikely = pl.col("severity") == CONFIRM
    stored = findings.filter(unlikely).join(refused, on="row_no", how="anti")
    return pl.concat([findings.filter(~unlikely), stored]).sort("row_no", "column_name", "code")


def add_tokens(
    content: bytes, table: pl.DataFrame, findings: Sequence[TableFinding]
) -> tuple[list[TableFinding], list[UnlikelyKind]]:
    """Add a token to each unlikely value among the findings, and describe their kinds from all findings in ``table``.

    ``content`` is the digest of the request. ``findings`` are the first findings of the table.
    """
    told = [_add_token(content, one) for one in findings]
    kinds = [
        _describe_kind(content, str(code), rows, [one for one in told if one.severity == CONFIRM and one.code == code])
        for (code,), rows in table.filter(pl.col("severity") == CONFIRM).partition_by("code", as_dict=True).items()
    ]
    return told, kinds


def _add_token(content: bytes, finding: TableFinding) -> TableFinding:
    if finding.severity != CONFIRM:
        return finding
    place = (finding.as_error().pointer, finding.params.get("seen", ""))
    return replace(finding, token=make_token(content, finding.code, [place]))


def _describe_kind(content: bytes, code: str, rows: pl.DataFrame, told: Sequence[TableFinding]) -> UnlikelyKind:
    token = make_token(content, code, _list_places(rows))
    values = tuple(one.params.get("seen", "") for one in told)
    return UnlikelyKind(code, rows.height, token, tuple(one.as_error() for one in told), values)


def _list_places(rows: pl.DataFrame) -> Iterator[tuple[str, str]]:
    for row_no, column, seen in rows.select("row_no", "column_name", "seen").iter_rows():
        row = f"/rows/{row_no}" if row_no is not None else ""
        yield row + (f"/{column}" if column else ""), seen or ""
