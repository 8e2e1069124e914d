"""How well the expected calls of the leading places came true, at origins of the past."""

from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

from outreach.cells import from_text
from outreach.config import RepeatParams
from outreach.people.expected import NEXT_WEEKS
from outreach.people.places import repeat_places
from outreach.schemas import NEEDS

HORIZON = timedelta(weeks=NEXT_WEEKS)
COLUMNS = ("origin", "places", "predicted", "actual", "ratio")


def place_backtest(
    view: ir.Table,
    resources: pd.DataFrame,
    *,
    as_of: datetime,
    params: RepeatParams,
    calendar: pd.DataFrame | None = None,
    first_weeks: int = 13,
    leading: int = 50,
) -> pd.DataFrame:
    """Compare the calls expected at the leading places with those of the next four weeks.

    Origins lie four weeks apart, the last of them four weeks before the end of the record. Each
    list is made of the calls received before its origin: history that was loaded at once is taken
    as known when it was received. Facilities and default geocodes are left out.

    Needs    view           the demand view, cut at as_of
             calendar       CALENDAR; None: no gaps
             first_weeks    of record before the first origin
             leading        how many places of each list are looked at
    Adds     origin         its day, in UTC
             places         how many there were, at most ``leading``
             predicted, actual, ratio     calls in four weeks; actual / predicted
    """
    rows = []
    nothing_bars = view.limit(0)  # says who may knock, not how many calls come
    for origin in _origins(view, as_of, timedelta(weeks=first_weeks)):
        listed = repeat_places(
            view.filter(view.received_at < _instant(origin)),
            resources,
            as_of=origin,
            params=params,
            barring=nothing_bars,
            calendar=calendar,
        )
        top = listed[listed["kind"] == "place"].head(leading)
        predicted = float(top["expected_calls"].sum())
        actual = _came(view, [from_text(text) for text in top["place_id"]], origin)
        rows.append((origin.date(), len(top), predicted, actual, actual / max(predicted, 1e-9)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _origins(view: ir.Table, as_of: datetime, first: timedelta) -> list[datetime]:
    """Return the origins, oldest first, from the end of the record back.

    A record without times of day ends at noon, so that its days are half a day old on average.
    """
    half = ibis.ifelse(view.date_only, ibis.interval(hours=12), ibis.interval(hours=0))
    ends = view.agg(first=view.received_at.min(), last=(view.received_at + half).max())
    known = ends.to_pandas().iloc[0]
    if known.isna().any():
        return []
    begin, last = (pd.Timestamp(end).to_pydatetime() for end in known)
    origin = min(as_of, last + timedelta(microseconds=1)) - HORIZON
    found = []
    while origin - begin >= first:
        found.append(origin)
        origin -= HORIZON
    return found[::-1]


def _came(view: ir.Table, cells: list[int], origin: datetime) -> int:
    """Count the calls of the four weeks from ``origin`` on, as a list counts them."""
    calls = view.filter(
        (view.received_at >= _instant(origin))
        & (view.received_at < _instant(origin + HORIZON))
        & view.need.isin(NEEDS)
        & view.home_visit
        & view.fine_cell.isin(cells)
    )
    return int(calls.count().to_pandas())


def _instant(moment: datetime) -> ir.TimestampScalar:
    return ibis.literal(moment, type="timestamp('UTC')")
