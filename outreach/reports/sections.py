"""The rows and sentences of the weekly summary, each section from the tables it needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from outreach import cells
from outreach.maps.style import need_label, number
from outreach.reports.charts import USUAL_WEEKS, Picture, weekly_line
from outreach.reports.hexmap import Spot, hex_map, spots_of
from outreach.schemas import NEEDS

CHART_WEEKS = 26
LATE_WEEKS = 2  # after the last whole week that are shown and named
MOST_AREAS = 20
MOST_SPOTS = 10  # of one kind that are listed and numbered
# What a manager asks of hot spots, and the labels that answer it.
KINDS: Mapping[str, tuple[str, ...]] = {
    "new": ("new_hot", "consecutive_hot"),
    "intensifying": ("intensifying_hot",),
    "fading": ("diminishing_hot", "historical_hot"),
}


def day(value: Any) -> str:
    """Return a date as people write it, without its year."""
    return f"{value.day} {value:%b}"


def whole_weeks(calendar: pd.DataFrame) -> list[date]:
    """Return the first days of the weeks that were seen on all of their days, oldest first."""
    return sorted(calendar.loc[calendar["days_seen"] == 7, "week"])


@dataclass(frozen=True)
class Headline:
    """The last whole week beside the usual."""

    week: date
    calls: int
    usual: float | None  # mean of the whole weeks before it, at most four
    before: tuple[int, ...]  # their calls
    needs: tuple[tuple[str, int, float | None], ...]
    top: float  # longest bar
    notes: tuple[str, ...]
    picture: Picture


def headline(weekly: pd.DataFrame, calendar: pd.DataFrame) -> Headline | None:
    """Return the figures of the last whole week, or None where no week is whole.

    Needs    WEEKLY, CALENDAR     only the five needs count
    """
    whole = whole_weeks(calendar)
    if not whole:
        return None
    last, before = whole[-1], whole[:-1][-USUAL_WEEKS:]
    asked = weekly[weekly["need"].isin(NEEDS)]
    by_need = asked.pivot_table(index="week", columns="need", values="calls", aggfunc="sum")
    by_need = by_need.reindex(index=[*calendar["week"]], columns=list(NEEDS), fill_value=0)
    by_need = by_need.fillna(0)
    total = by_need.sum(axis=1)
    usual = float(total.reindex(before).mean()) if before else None
    series = calendar.assign(calls=calendar["week"].map(total).astype("int64"))
    now, then = by_need.reindex([last]).sum(), by_need.reindex(before).mean()
    needs = tuple(
        (need_label(need), int(now[need]), float(then[need]) if before else None) for need in NEEDS
    )
    return Headline(
        week=last,
        calls=int(now.sum()),
        usual=usual,
        before=tuple(int(calls) for calls in total.reindex(before)),
        needs=needs,
        top=max(1.0, now.max(), then.max() if before else 0.0),
        notes=tuple(_missing_days(calendar, last)),
        picture=weekly_line(_recent(series, last), usual=usual),
    )


def _missing_days(calendar: pd.DataFrame, last: date) -> list[str]:
    """Say which weeks are left out since they were not seen whole."""
    late = calendar[calendar["week"] > last]
    notes = [
        f"The week of {day(row.week)} is left out: the record holds {row.days_seen} of its 7 days."
        for row in late.itertuples()
    ]
    if len(late) > LATE_WEEKS:
        notes = ["The record ends soon after this week: no later week is whole."]
    earlier = _recent(calendar, last)
    broken = earlier[(earlier["days_seen"] < 7) & (earlier["week"] < last)]
    if len(broken):
        listed = ", ".join(day(week) for week in broken["week"])
        notes.append(f"Days are missing in the weeks of {listed}: shaded, and counted nowhere.")
    return notes


def _recent(weekly: pd.DataFrame, last: date) -> pd.DataFrame:
    """Return the weeks that the chart shows."""
    upto, after = weekly[weekly["week"] <= last], weekly[weekly["week"] > last]
    return pd.concat([upto.tail(CHART_WEEKS), after.head(LATE_WEEKS)])


@dataclass(frozen=True)
class AreaTable:
    """Calls by neighbourhood and need in the last whole weeks, after as many before."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[int, int | None], ...]], ...]
    recent: tuple[date, ...]
    before: tuple[date, ...]  # none where the record is too short


def area_table(area_weeks: pd.DataFrame, calendar: pd.DataFrame) -> AreaTable | None:
    """Return the table of neighbourhoods, those with most calls first, the rest in one row.

    Needs    AREA_WEEKS, CALENDAR     None without ``USUAL_WEEKS`` whole weeks
    """
    whole = whole_weeks(calendar)
    recent, before = whole[-USUAL_WEEKS:], whole[-2 * USUAL_WEEKS : -USUAL_WEEKS]
    if len(recent) < USUAL_WEEKS:
        return None
    before = before if len(before) == USUAL_WEEKS else []
    sums = [_by_area(area_weeks, weeks) for weeks in (recent, before)]
    order = sums[0].sum(axis=1).sort_values(ascending=False, kind="stable").index
    rows = [(str(area), _pairs(sums, [area])) for area in order[:MOST_AREAS]]
    rest = order[MOST_AREAS:]
    if len(rest):
        rows.append((f"The other {len(rest)} together", _pairs(sums, list(rest))))
    rows.append(("The whole city", _pairs(sums, list(order))))
    head = ("All five needs", *(need_label(need) for need in NEEDS))
    return AreaTable(head, tuple(rows), tuple(recent), tuple(before))


def _by_area(area_weeks: pd.DataFrame, weeks: Sequence[date]) -> pd.DataFrame:
    asked = area_weeks[area_weeks["week"].isin(weeks) & area_weeks["need"].isin(NEEDS)]
    sums = asked.pivot_table(index="area", columns="need", values="calls", aggfunc="sum")
    areas = sorted(area_weeks["area"].unique())
    return sums.reindex(index=areas, columns=list(NEEDS)).fillna(0).astype("int64")


def _pairs(sums: list[pd.DataFrame], areas: list[Any]) -> tuple[tuple[int, int | None], ...]:
    recent, before = (table.loc[areas].sum() for table in sums)
    has_before = bool(sums[1].to_numpy().any())
    pairs = [(recent.sum(), before.sum()), *zip(recent, before, strict=True)]
    return tuple((int(now), int(then) if has_before else None) for now, then in pairs)


@dataclass(frozen=True)
class Alarms:
    """Alarms of the last whole week, and where none can be expected to show."""

    rows: tuple[Any, ...]  # of ALERTS, with the need as people read it
    compared: int
    top: int  # longest bar
    areas: int
    small: int  # of them where a rise of half would mostly go unseen
    named: tuple[str, ...]  # the small ones, or the others where these are fewer
    pairs: int  # of a neighbourhood and a single need
    small_pairs: int


def alarms(alerts: pd.DataFrame) -> Alarms:
    """Return the alarms, the least likely first, and the areas too small to tell.

    Needs    ALERTS
    """
    found = alerts[alerts["alarm"]].sort_values("p")
    found = found.assign(told=found["need"].map({"all": "All needs"} | _need_labels()))
    whole = alerts[alerts["need"] == "all"]
    single = alerts[alerts["need"] != "all"]
    small = int((~whole["sees_half"]).sum())
    rarer = whole["sees_half"] == (2 * small > len(whole))
    return Alarms(
        rows=tuple(found.itertuples(index=False)),
        compared=len(alerts),
        top=int(found[["calls", "alarm_from"]].max().max()) if len(found) else 1,
        areas=len(whole),
        small=small,
        named=tuple(sorted(whole.loc[rarer, "area"].astype(str))),
        pairs=len(single),
        small_pairs=int((~single["sees_half"]).sum()),
    )


def _need_labels() -> dict[str, str]:
    return {need: need_label(need) for need in (*NEEDS, "unknown")}


@dataclass(frozen=True)
class SpotList:
    """Hot spots of one kind, and how many hexes chance would put there."""

    kind: str
    hexes: int
    by_chance: float
    spots: tuple[Spot, ...]  # those with most calls
    more: tuple[Spot, ...]  # the others, without a number


def spot_lists(
    hot_spots: pd.DataFrame, emerging: pd.DataFrame, label_counts: pd.DataFrame
) -> tuple[list[SpotList], Picture | None]:
    """Return new, intensifying and fading hot spots, numbered through, and their map.

    Needs    HOT_SPOTS, EMERGING (with near), LABEL_COUNTS
    """
    if hot_spots.empty:
        return [], None
    calls = hot_spots.set_index("cell")["calls"]
    chance = label_counts.set_index("label")["by_chance"]
    named = emerging.assign(calls=emerging["cell"].map(calls).fillna(0), near=names(emerging))
    lists: list[SpotList] = []
    for kind, labels in KINDS.items():
        found = named[named["label"].isin(labels)]
        first = 1 + sum(len(one.spots) for one in lists)
        spots = spots_of(found, kind, first_number=first) if len(found) else []
        more = tuple(replace(spot, number=0) for spot in spots[MOST_SPOTS:])
        expected = float(chance.reindex(labels).fillna(0).sum())
        lists.append(SpotList(kind, len(found), expected, tuple(spots[:MOST_SPOTS]), more))
    hot = hot_spots.loc[hot_spots["spot"] == "hot", "cell"]
    steady = Spot(0, "hot", tuple(hot), "", 0)
    marked = [spot for one in lists for spot in (*one.more, *one.spots)]
    said = ", ".join(f"{len(one.spots + one.more)} {one.kind}" for one in lists)
    alt = f"Map of hot spots: {said}; {len(hot)} hexes are hot now. The lists name each number."
    drawn = [steady, *marked] if len(hot) else marked
    return lists, hex_map(hot_spots[["cell", "calls"]], drawn, alt=alt) if drawn else None


def names(frame: pd.DataFrame) -> pd.Series:
    """Name each hex by its nearest crossing, or by its own code where none is known."""
    codes = "hex " + frame["cell"].map(cells.to_text).astype("object")
    if "near" not in frame:
        return codes
    near = frame["near"].astype("object")
    return ("around " + near).where(near.notna() & (near != ""), codes)


@dataclass(frozen=True)
class Shares:
    """Where visits go beside where calls come from."""

    rows: tuple[Any, ...]  # of EXPOSURE
    left: int  # neighbourhoods that are not in rows
    visits: int
    top: float  # longest bar
    people: bool  # whether the share of the population is known
    warnings: int  # neighbourhoods with more than their share


def shares(exposure: pd.DataFrame) -> Shares:
    """Return the neighbourhoods with most calls, and all that have a warning.

    Needs    EXPOSURE
    """
    order = exposure.sort_values("calls", ascending=False, kind="stable").reset_index(drop=True)
    kept = order[(order.index < MOST_AREAS) | order["warning"]]
    columns = ["visit_share", "call_share", "population_share"]
    top = kept[columns].astype("float64").max().max() if len(kept) else 1.0
    return Shares(
        rows=tuple(kept.itertuples(index=False)),
        left=len(order) - len(kept),
        visits=int(exposure["visits"].sum()),
        top=float(top) if top > 0 else 1.0,
        people=bool(exposure["population_share"].notna().any()),
        warnings=int(order["warning"].sum()),
    )


def expected_rows(forecast: pd.DataFrame, flagged: int) -> tuple[Any, ...]:
    """Return the hexes of next week's list, the highest first, by name.

    Needs    FORECAST, near
    """
    listed = forecast.sort_values("expected_calls", ascending=False, kind="stable").head(flagged)
    told = listed["expected_calls"].map(number)
    return tuple(listed.assign(near=names(listed), told=told).itertuples(index=False))
