"""Calls counted by cell, week and need: relational work that stays in the query engine."""

from collections.abc import Collection

import ibis.expr.types as ir

from outreach.cells import parent_expr


def weekly_counts(view: ir.Table, *, resolution: int, apart: Collection[int] = ()) -> ir.Table:
    """Count calls for help by cell, local week and need.

    Needs    fine_cell, week, need   the demand view; calls without a place are left out here
             apart                   fine cells that say nothing about where a call came from,
                                     such as default geocodes; left out likewise
    Adds     COUNTS                  zeros are left out
    """
    placed = view.drop_null("fine_cell")
    if apart:
        placed = placed.filter(~placed.fine_cell.isin(sorted(apart)))
    return placed.group_by(
        cell=parent_expr(placed.fine_cell, resolution), week=placed.week, need=placed.need
    ).agg(calls=placed.count())


def weekly_totals(view: ir.Table) -> ir.Table:
    """Count all calls for help of the city by local week and need, those without a place too.

    Needs    week, day, need       the demand view
    Adds     week, need, calls, first_day, last_day   the local days of the first and last of them
    """
    return view.group_by("week", "need").agg(
        calls=view.count(), first_day=view.day.min(), last_day=view.day.max()
    )
