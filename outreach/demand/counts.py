"""Calls counted by cell, week and need: relational work that stays in the query engine."""

from collections.abc import Collection
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from outreach.cells import parent_expr, parents


def weekly_counts(
    view: ir.Table, *, resolution: int, apart: Collection[int] = (), begins: int = 0
) -> ir.Table:
    """Count calls for help by cell, local week and need.

    Needs    fine_cell, day, need    the demand view; calls without a place are left out here
             apart                   fine cells that say nothing about where a call came from,
                                     such as default geocodes; left out likewise
             begins                  weekday that weeks begin on, Monday is 0; a back-test with an
                                     origin in the middle of a week counts in weeks up to it
    Adds     COUNTS                  zeros are left out
    """
    placed = _placed(view, apart)
    shift = ibis.interval(days=begins)
    week = ((placed.day - shift).truncate("W") + shift).cast("date")
    return placed.group_by(
        cell=parent_expr(placed.fine_cell, resolution), week=week, need=placed.need
    ).agg(calls=placed.count())


def counts_between(
    view: ir.Table,
    *,
    resolution: int,
    first: date,
    until: date,
    apart: Collection[int] = (),
) -> ir.Table:
    """Count calls for help by cell and need from local day ``first`` up to, not on, ``until``.

    Needs    fine_cell, day, need    the demand view
    Adds     cell, need, calls
    """
    placed = _placed(view, apart)
    days = placed.filter((placed.day >= first) & (placed.day < until))
    return days.group_by(cell=parent_expr(days.fine_cell, resolution), need=days.need).agg(
        calls=days.count()
    )


def daily_totals(view: ir.Table) -> ir.Table:
    """Count all calls for help of the city by local day, those without a place too.

    Needs    day              the demand view
    Adds     day, calls       days without a call are left out
    """
    return view.group_by("day").agg(calls=view.count())


def weekly_totals(view: ir.Table) -> ir.Table:
    """Count all calls for help of the city by local week and need, those without a place too.

    Needs    week, need           the demand view
    Adds     week, need, calls
    """
    return view.group_by("week", "need").agg(calls=view.count())


def coarsened(counts: pd.DataFrame, resolution: int) -> pd.DataFrame:
    """Add up the counts of cells by their parents at a coarser resolution.

    Needs    COUNTS
    Adds     COUNTS
    """
    parent = parents(counts["cell"], resolution)
    keys = ["cell", "week", "need"]
    return counts.assign(cell=parent).groupby(keys, as_index=False).agg({"calls": "sum"})


def _placed(view: ir.Table, apart: Collection[int]) -> ir.Table:
    placed = view.drop_null("fine_cell")
    return placed.filter(~placed.fine_cell.isin(sorted(apart))) if apart else placed
