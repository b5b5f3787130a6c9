"""What other services learn of applications: that there is one, and whatever changes its place in the programme, its
acceptance or its end."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import polars as pl

from miernik_calls.applications.version_columns import differs

ACTION = "applications.changed"
_TOLD = ("node_no", "accepted_on", "accepted_value_pln", "withdrawn_on", "rejected_on")


def family(office: str) -> str:
    """The family of data that all applications of an office belong to."""
    return f"applications:{office}"


def event_data(office: str, rows: pl.DataFrame, nodes: Mapping[int, UUID], import_no: int | None) -> dict[str, Any]:
    """The event of one write; ``rows`` are those of :func:`store.number_versions`."""
    created = rows["application_no"].null_count()
    return {
        "office": office,
        "import_no": import_no,
        "created": created,
        "changed": rows.height - created,
        "applications": _applications(office, rows.filter(pl.col("application_no").is_null() | differs(*_TOLD)), nodes),
    }


def _applications(office: str, rows: pl.DataFrame, nodes: Mapping[int, UUID]) -> list[dict[str, Any]]:
    ids = {number: str(node_id) for number, node_id in nodes.items()}
    node = pl.col("node_no").replace_strict(ids, default=None, return_dtype=pl.String)
    told = rows.select(
        "id",
        "number",
        pl.lit(office).alias("office"),
        node.alias("node_id"),
        pl.col("accepted_on").cast(pl.String),
        pl.col("accepted_value_pln").cast(pl.String),
        pl.col("withdrawn_on").cast(pl.String),
        pl.col("rejected_on").cast(pl.String),
        "version",
    )
    return told.to_dicts()
