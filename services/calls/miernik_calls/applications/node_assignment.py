"""Where an application belongs in the programme: on its own node, else on that of its call. Pure: needs no database.

The node is taken over when the application is written, and is part of its state from then on: so the sums, the feed and
a past ``known_at`` need to know nothing of calls. A call that gets another node later moves none of its applications.
"""

from dataclasses import dataclass

import polars as pl

from miernik_calls.applications.version_columns import told_of
from miernik_shared.uploads.findings import findings_of


@dataclass(frozen=True, slots=True)
class Places:
    """The programme of an office, in small keys.

    ``calls`` has those that hang on a node: ``call_no``, ``call_node_no``, and the node's code as ``call_node``.
    ``within`` has each node with itself and those above it: ``node_no``, its code as ``node``, and ``call_node_no``.
    """

    calls: pl.DataFrame
    within: pl.DataFrame


def placed(rows: pl.DataFrame, places: Places, kept: pl.Expr) -> pl.DataFrame:
    """Rows of which those without a node hang on that of their call.

    Where the list says nothing of the node, the stored one is ``kept``; but that of the former call goes with the call.
    """
    node_of = dict(places.calls.select("call_no", "call_node_no").iter_rows())
    by_call, by_former = (
        pl.col(name).replace_strict(node_of, default=None, return_dtype=pl.Int32) for name in ("call_no", "old_call_no")
    )
    moved = kept & (pl.col("call_no") != pl.col("old_call_no")) & (pl.col("node_no") == by_former)
    own = pl.when(moved.fill_null(value=False)).then(None).otherwise(pl.col("node_no"))
    return rows.with_columns(pl.coalesce(own, by_call).alias("node_no"))


def place_findings(rows: pl.DataFrame, places: Places) -> pl.DataFrame:
    """A warning where the node is neither that of the call nor below it; ``rows`` have the columns of a state."""
    both = told_of(rows, "node", "call").join(places.calls, on="call_no", maintain_order="left")
    strange = both.join(places.within, on=["node_no", "call_node_no"], how="anti", maintain_order="left")
    codes = places.within.select("node_no", "node").unique()
    return strange_nodes(strange.join(codes, on="node_no", maintain_order="left"))


def strange_nodes(rows: pl.DataFrame) -> pl.DataFrame:
    """The warnings about rows with a ``node`` and the ``call_node`` that it does not belong to."""
    found = findings_of(rows, "node", "node_not_of_call", expected=pl.col("call_node"), severity="warning")
    # Codes of the programme may be repeated, whatever they look like.
    return found.with_columns(rows["node"].alias("seen"))
