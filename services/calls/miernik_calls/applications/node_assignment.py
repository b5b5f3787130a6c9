"""Node of an application: its own, else that of its call. Pure: needs no database.

The call's node is copied when the application is written and is part of its state from then on, so that sums, the feed
and a past ``known_at`` need not look at calls. A call that moves to another node later moves none of its applications.
"""

from dataclasses import dataclass

import polars as pl

from miernik_calls.applications.version_columns import select_visible
from miernik_shared.uploads.findings import build_findings


@dataclass(frozen=True, slots=True)
class ProgrammeTree:
    """The programme tree of an office, in surrogate keys.

    ``calls`` has a row for each call with a node: ``call_no``, and the node's key ``call_node_no`` and code
    ``call_node``. ``ancestors`` has a row for each pair of a node and itself or a node above it: the lower node's key
    ``node_no`` and code ``node``, and the upper node's key ``call_node_no``, named for the join with ``calls``.
    """

    calls: pl.DataFrame
    ancestors: pl.DataFrame


def assign_nodes(rows: pl.DataFrame, tree: ProgrammeTree, without_node: pl.Expr) -> pl.DataFrame:
    """Return the rows with the node of the call filled in where an application has none of its own.

    ``without_node`` marks rows that do not state a node: their stored node stays, unless it came from a call that they
    left.
    """
    node_of = dict(tree.calls.select("call_no", "call_node_no").iter_rows())
    by_call, by_former = (
        pl.col(name).replace_strict(node_of, default=None, return_dtype=pl.Int32) for name in ("call_no", "old_call_no")
    )
    moved = without_node & (pl.col("call_no") != pl.col("old_call_no")) & (pl.col("node_no") == by_former)
    own = pl.when(moved.fill_null(value=False)).then(None).otherwise(pl.col("node_no"))
    return rows.with_columns(pl.coalesce(own, by_call).alias("node_no"))


def find_foreign_nodes(rows: pl.DataFrame, tree: ProgrammeTree) -> pl.DataFrame:
    """Warnings where the node is neither the call's nor below it. ``rows`` have the columns of a state."""
    with_call = select_visible(rows, "node", "call").join(tree.calls, on="call_no", maintain_order="left")
    foreign = with_call.join(tree.ancestors, on=["node_no", "call_node_no"], how="anti", maintain_order="left")
    codes = tree.ancestors.select("node_no", "node").unique()
    return warn_of_foreign_nodes(foreign.join(codes, on="node_no", maintain_order="left"))


def warn_of_foreign_nodes(rows: pl.DataFrame) -> pl.DataFrame:
    """Warnings for rows whose ``node`` is foreign to the ``call_node`` of their call."""
    found = build_findings(rows, "node", "node_not_of_call", expected=pl.col("call_node"), severity="warning")
    # Codes of the programme are no personal data and may be repeated, even if they look like a PESEL.
    return found.with_columns(rows["node"].alias("seen"))
