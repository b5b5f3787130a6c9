"""Events of applications, which other services follow: registration, changes of node, acceptance or end, annulment."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import polars as pl

from miernik_calls.applications.version_columns import differs

ACTION = "applications.changed"
ANNULLED = "applications.annulled"
"""Action of an annulment, of one application or of a list; applications that the list had changed are restored."""
_PUBLISHED = ("node_no", "accepted_on", "accepted_value_pln", "withdrawn_on", "rejected_on")


def family_of(office: str) -> str:
    """Family of data of all applications of an office; caches are invalidated by family."""
    return f"applications:{office}"


def describe_event(office: str, rows: pl.DataFrame, nodes: Mapping[int, UUID], import_no: int | None) -> dict[str, Any]:
    """Data of the event of one write. ``rows`` come from :func:`store.number_versions`."""
    created = rows["application_no"].null_count()
    return {
        "office": office,
        "import_no": import_no,
        "created": created,
        "changed": rows.height - created,
        "applications": _describe_applications(
            office, rows.filter(pl.col("application_no").is_null() | differs(*_PUBLISHED)), nodes
        ),
    }


def describe_annulment(
    office: str, rows: pl.DataFrame, nodes: Mapping[int, UUID], import_no: int | None
) -> dict[str, Any]:
    """Data of the event of an annulment. ``rows`` are the versions that it writes."""
    annulled = rows["annulled"].sum()
    return {
        "office": office,
        "import_no": import_no,
        "annulled": annulled,
        "restored": rows.height - annulled,
        "applications": _describe_applications(office, rows.filter(pl.col("annulled") | differs(*_PUBLISHED)), nodes),
    }


def _describe_applications(office: str, rows: pl.DataFrame, nodes: Mapping[int, UUID]) -> list[dict[str, Any]]:
    ids = {number: str(node_id) for number, node_id in nodes.items()}
    node = pl.col("node_no").replace_strict(ids, default=None, return_dtype=pl.String)
    published = rows.select(
        "id",
        "number",
        pl.lit(office).alias("office"),
        node.alias("node_id"),
        pl.col("accepted_on").cast(pl.String),
        pl.col("accepted_value_pln").cast(pl.String),
        pl.col("withdrawn_on").cast(pl.String),
        pl.col("rejected_on").cast(pl.String),
        "version",
        "annulled",
    )
    return published.to_dicts()
