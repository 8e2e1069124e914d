"""Addresses and spots that called for help again and again."""

from datetime import datetime

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from outreach.cells import centre, to_text
from outreach.columns import empty
from outreach.config import RepeatParams
from outreach.people.expected import expected_calls, point_weights, seen_days
from outreach.people.nearby import nearest_name, withheld
from outreach.people.recent import (
    RATE_DECIMALS,
    leading,
    need_counts,
    recent_calls,
    told,
    top_need,
    weighed_weeks,
)
from outreach.schemas import PLACES

# Buildings that calls are booked on whoever called. A library or a shelter stays a place (duty 16).
COLLECTORS = frozenset({"hospital", "police", "fire_station", "townhall", "courthouse", "prison"})
SINK_MIN_CALLS = 100  # in a small town a busy shelter may hold a large share of few calls
SINK_MIN_ADDRESSES = 10
SINK_TOP_SHARE = 0.25  # many addresses on one point, and none of them leads
UNIT = r"(?i)[,\s]*(#|\b(apt|apartment|unit|ste|suite|rm|room|lot)\b).*$"


def repeat_places(
    view: ir.Table,
    resources: pd.DataFrame,
    *,
    as_of: datetime,
    params: RepeatParams,
    barring: ir.Table,
    calendar: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """List the points from which help was asked for at least ``min_calls`` times in the window.

    Only the five needs count, and of those only calls that permit a visit at the door: the others
    (domestic violence) never make a place a stop. A point where one call in ten or more bars a
    visit has ``home_visit`` False: for a home that is a single one, for a house of a hundred
    flats it is not. Where all calls do, the rate is 0, so that nothing ranks it. A point at a
    redacted site gets ``home_visit`` False too. None of these may be shown on anything shared
    (safeguard 7). ``safety_share`` is taken over all calls of the five needs.

    A place near a building that collects calls is a ``facility``; a point that holds an outsized
    share of all placed calls, or many addresses of which none leads, is a ``default_geocode``.

    Needs    view          the demand view, cut at as_of
             resources     RESOURCES; redacted ones are never named
             barring       all known calls that bar a visit, those begun by staff too
             calendar      CALENDAR, so that a gap is not read as a fall; None: no gaps
    Adds     PLACES        most expected calls first; cluster_id empty
    """
    calls = recent_calls(view, as_of=as_of, params=params)
    danger = recent_calls(barring, as_of=as_of, params=params)
    found = place_table(calls, danger, min_calls=params.min_calls).to_pandas()
    if found.empty:
        return empty(PLACES).astype({"cluster_id": "Int64"})
    first = view.agg(first=view.received_at.min())
    points = point_weights(calls, params=params).cross_join(first).order_by("fine_cell").to_pandas()
    first_at = points["first"].iloc[0]
    weeks = weighed_weeks(first_at, as_of=as_of, params=params)
    lon, lat = np.array([centre(cell) for cell in found["fine_cell"]]).T
    places = found.assign(
        place_id=[to_text(cell) for cell in found["fine_cell"]],
        lon=lon,
        lat=lat,
        weekly_rate=(found["weight"] / weeks).round(RATE_DECIMALS),
        top_need=top_need(found),
        home_visit=_visits(found["door_calls"], found["barring"], params.barring_share),
        cluster_id=pd.array([pd.NA] * len(found), "Int64"),
    )
    places["home_visit"] &= ~withheld(places, resources)
    places = _with_kind(places, resources, placed=int(points["all_calls"].sum()), params=params)
    seen = seen_days(first_at, as_of=as_of, params=params, calendar=calendar)
    places["expected_calls"] = _expected(places, points, seen, params)
    places["reason"] = _reasons(places)
    order = ["expected_calls", "weekly_rate", "calls", "last_call_at", "place_id"]
    places = places.sort_values(order, ascending=[False] * 4 + [True], ignore_index=True)
    return places[list(PLACES.columns)]


def _expected(
    places: pd.DataFrame, points: pd.DataFrame, seen: pd.Series, params: RepeatParams
) -> npt.NDArray[np.float64]:
    """Return the calls to expect at each place, 0 where none permits a visit at the door."""
    points = points[points["calls"] > 0].reset_index(drop=True)
    apart = places.loc[places["kind"] != "place", "fine_cell"]
    coming = expected_calls(
        points,
        apart=points["fine_cell"].isin(apart).to_numpy(),
        days_seen=seen,
        half_life_weeks=params.half_life_weeks,
    )
    by_cell = pd.Series(coming, index=points["fine_cell"])
    return np.asarray(by_cell.reindex(places["fine_cell"], fill_value=0.0), "float64")


def _visits(door_calls: pd.Series, barring: pd.Series, barring_share: float) -> pd.Series:
    """Tell where few enough of the calls bar a visit."""
    barring = barring.fillna(0)
    return (door_calls > 0) & (barring < barring_share * (door_calls + barring))


def place_table(calls: ir.Table, barring: ir.Table, *, min_calls: int) -> ir.Table:
    """Return, as a query, the points with enough calls for help, and what was written there."""
    placed = calls.drop_null("fine_cell")
    door = placed.helps & placed.home_visit
    at_door = placed.count(where=door)
    helped = placed.count(where=placed.helps)
    grouped = placed.group_by("fine_cell").agg(
        all_calls=placed.count(),
        door_calls=at_door,
        calls=ibis.ifelse(at_door > 0, at_door, helped),
        weight=ibis.coalesce(placed.weight.sum(where=door), 0.0),
        safety_share=placed.count(where=placed.helps & placed.safety_concern) / helped,
        **_with_or_without_door(placed, door),
    )
    listed = grouped.filter(grouped.calls >= min_calls)
    listed = listed.left_join(_addresses(placed, listed), "fine_cell").drop("fine_cell_right")
    known = barring.drop_null("fine_cell")
    known = known.group_by("fine_cell").agg(barring=known.count())
    return listed.left_join(known, "fine_cell").drop("fine_cell_right")


def _with_or_without_door(placed: ir.Table, door: ir.BooleanValue) -> dict[str, ir.Scalar]:
    """Describe the calls that permit a visit, or where there are none all calls for help."""
    some = placed.count(where=door) > 0
    helped = need_counts(placed, placed.helps)
    received, day = placed.received_at, placed.day
    return {
        "first_call_at": ibis.coalesce(received.min(where=door), received.min(where=placed.helps)),
        "last_call_at": ibis.coalesce(received.max(where=door), received.max(where=placed.helps)),
        "first_day": ibis.coalesce(day.min(where=door), day.min(where=placed.helps)),
        "last_day": ibis.coalesce(day.max(where=door), day.max(where=placed.helps)),
        **{n: ibis.ifelse(some, c, helped[n]) for n, c in need_counts(placed, door).items()},
    }


def _addresses(placed: ir.Table, listed: ir.Table) -> ir.Table:
    """Return the address written most often at each listed point, without flat or room."""
    written = placed.semi_join(listed, "fine_cell")
    written = written.mutate(address=written.address.re_replace(UNIT, "").strip())
    written = written.filter(written.address != "")
    spelled = written.group_by("fine_cell", spelling=written.address.upper()).agg(
        address=written.address.min(), n=written.count(), last=written.received_at.max()
    )
    by_point = ibis.window(group_by="fine_cell")
    spelled = spelled.mutate(
        addresses=spelled.count().over(by_point),
        top_share=spelled.n / spelled.n.sum().over(by_point),
    )
    order = [ibis.desc("n"), ibis.desc("last"), "spelling"]
    first = leading(spelled, by="fine_cell", order=order)
    return first.select("fine_cell", "address", "addresses", "top_share")


def _with_kind(
    places: pd.DataFrame, resources: pd.DataFrame, *, placed: int, params: RepeatParams
) -> pd.DataFrame:
    """Tell facilities and default geocodes from places, and begin the reason of each."""
    named = resources[resources["kind"].isin(COLLECTORS) & ~resources["redacted"].astype(bool)]
    near = nearest_name(places, named, radius_m=params.facility_radius_m)
    share = places["all_calls"] / placed
    many = (places["addresses"] >= SINK_MIN_ADDRESSES) & (places["top_share"] < SINK_TOP_SHARE)
    sink = ((share > params.sink_share) & (places["all_calls"] >= SINK_MIN_CALLS)) | many
    kind = np.where(near.notna(), "facility", np.where(sink, "default_geocode", "place"))
    reasons = []
    found = zip(places.to_dict("records"), near, kind, share, many, strict=True)
    for row, here, kept, part, lot in found:
        text = told(row, params)
        if kept == "facility":
            text += f"; near {here}, where calls collect"
        elif kept == "default_geocode":
            several = f" and {row['addresses']:.0f} addresses" if lot else ""
            text += (
                f"; {part:.1%} of all placed calls{several} on this point: "
                "probably where calls without an exact place are put"
            )
        reasons.append(text)
    return places.assign(kind=kind, reason=reasons)


def _reasons(places: pd.DataFrame) -> list[str]:
    """End each reason: what is expected, and whether nobody may knock."""
    told = []
    for row in places.to_dict("records"):
        text, coming = row["reason"], row["expected_calls"]
        if coming > 0:
            text += f"; about {coming:.1f} calls expected in the next four weeks"
        told.append(text + ("." if row["home_visit"] else "; no visit at the door."))
    return told
