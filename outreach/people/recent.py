"""Which calls a repeat list rests on, and how their weight fades with age."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from outreach.config import RepeatParams
from outreach.schemas import NEEDS

WEEK = timedelta(weeks=1)
RATE_DECIMALS = 6  # ties stay ties whatever order the engine made the sums in


def recent_calls(view: ir.Table, *, as_of: datetime, params: RepeatParams) -> ir.Table:
    """Keep the calls of the window that ends at ``as_of``.

    Needs    received_at, need     the demand view, cut at as_of
    Adds     helps                 whether the need is one of the five
             weight                1 at as_of, halved with every half-life of age
    """
    since = ibis.literal(as_of - timedelta(days=params.window_days), type="timestamp('UTC')")
    calls = view.filter(view.received_at > since)
    age_s = ibis.literal(as_of.timestamp()) - calls.received_at.epoch_seconds()
    half_life_s = (params.half_life_weeks * WEEK).total_seconds()
    return calls.mutate(
        helps=calls.need.isin(NEEDS), weight=ibis.literal(0.5) ** (age_s / half_life_s)
    )


def weighed_weeks(first_received_at: Any, *, as_of: datetime, params: RepeatParams) -> float:
    """Return the weighted length of the window in weeks: sum of weights / this = calls a week.

    A record shorter than the window is only as long as it is, and never taken as under a week.
    """
    weeks = params.window_days / 7
    if not pd.isna(first_received_at):
        seen = (as_of - pd.Timestamp(first_received_at).to_pydatetime()) / WEEK
        weeks = min(weeks, max(seen, 1.0))
    rate = math.log(2) / params.half_life_weeks
    return (1 - math.exp(-rate * weeks)) / rate


def need_counts(calls: ir.Table, where: ir.BooleanValue) -> dict[str, ir.IntegerScalar]:
    """Return an aggregate per need, named by it: how many calls that hold ``where`` have it."""
    return {need: calls.count(where=where & (calls.need == need)) for need in NEEDS}


def top_need(frame: pd.DataFrame) -> pd.Series:
    """Return the need with the most calls of each row; a tie goes to the first in NEEDS."""
    return frame[list(NEEDS)].idxmax(axis=1)


def leading(table: ir.Table, *, by: str, order: Sequence[Any]) -> ir.Table:
    """Keep the first row of each group in the given order."""
    place = ibis.row_number().over(ibis.window(group_by=by, order_by=order))
    ranked = table.mutate(_place=place)
    return ranked.filter(ranked["_place"] == 0).drop("_place")


def told(row: Mapping[Any, Any], params: RepeatParams) -> str:
    """Begin the reason of a listing: how many calls, when (local days), mostly what about."""
    first, last = (pd.Timestamp(row[name]).date() for name in ("first_day", "last_day"))
    return (
        f"{row['calls']} calls for help in the last {params.window_days} days "
        f"({first} to {last}), mostly {row['top_need'].replace('_', ' ')}"
    )
