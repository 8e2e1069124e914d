"""What one person calls for help about, when, where, and how that changes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

import ibis.expr.types as ir
import pandas as pd
from scipy.stats import binomtest

from outreach.cells import centre, to_text
from outreach.schemas import ALL_NEEDS
from outreach.weeks import DAY_NAMES

QUARTER_DAYS = 91
CHANCE = 0.05  # from this probability on, a difference is one that chance makes
_CALLS = ["received_at", "day", "date_only", "need", "fine_cell", "address"]


@dataclass(frozen=True, eq=False)
class NeedProfile:
    """One person's calls for help, counted; every frame but the last has ``calls``."""

    calls: int
    by_need: pd.DataFrame  # need, calls, last_on; most first
    by_month: pd.DataFrame  # month (its first day), need, calls
    by_weekday: pd.DataFrame  # weekday (mon ... sun), calls; zeros included
    by_hour: pd.DataFrame  # hour (0-23, local), calls; zeros included, unknown hours left out
    places: pd.DataFrame  # place_id, lon, lat, address, calls, last_on; most first
    change: pd.DataFrame  # need ("all" too), recent_calls, before_calls
    reason: str  # how the last quarter compares with the one before, in words


def person_calls(view: ir.Table, person_ids: Collection[str]) -> pd.DataFrame:
    """Return one person's calls, newest first, out of a view of many.

    Needs    view          the demand view, cut at as_of
             person_ids    the id that the view knows the person by, or several of them
    Adds     received_at, day, date_only, need, fine_cell, address
    """
    own = view.filter(view.person_id.isin(list(person_ids))).select(*_CALLS)
    found: pd.DataFrame = own.to_pandas()
    days = pd.to_datetime(found["day"]).dt.date.astype("object")
    return found.assign(day=days).sort_values("received_at", ascending=False, ignore_index=True)


def need_profile(
    calls: pd.DataFrame, *, today: date, record_begins: datetime | None, time_zone: str
) -> NeedProfile:
    """Count one person's calls for help.

    Needs    calls           as from ``person_calls``
             today           local; the last quarter ends on it
             record_begins   the first call of anybody; None: there is none
    """
    local = calls["received_at"].dt.tz_convert(time_zone)
    hours = local[~calls["date_only"].astype(bool)].dt.hour
    weekdays = pd.Series([DAY_NAMES[day.weekday()] for day in calls["day"]], dtype="object")
    months = pd.Series([day.replace(day=1) for day in calls["day"]], dtype="object")
    by_month = calls.assign(month=months).groupby(["month", "need"]).size().rename("calls")
    change = _change(calls, today)
    return NeedProfile(
        calls=len(calls),
        by_need=_counted(calls, "need"),
        by_month=by_month.reset_index(),
        by_weekday=_all_counts(weekdays, "weekday", list(DAY_NAMES)),
        by_hour=_all_counts(hours, "hour", list(range(24))),
        places=_places(calls),
        change=change,
        reason=_reason(change, _days_known(record_begins, today)),
    )


def _counted(calls: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return how often each value occurs and when last, most first."""
    grouped = calls.groupby(name).agg(calls=("day", "size"), last_on=("day", "max"))
    return grouped.reset_index().sort_values(
        ["calls", "last_on", name], ascending=[False, False, True], ignore_index=True
    )


def _all_counts(values: pd.Series, name: str, among: Collection[object]) -> pd.DataFrame:
    counts = values.value_counts().reindex(list(among), fill_value=0)
    return pd.DataFrame({name: list(among), "calls": counts.to_numpy("int64")})


def _places(calls: pd.DataFrame) -> pd.DataFrame:
    """Return where the calls came from, each place with the address told last."""
    placed = calls.dropna(subset=["fine_cell"])
    found = _counted(placed, "fine_cell")
    addresses = placed.dropna(subset=["address"]).drop_duplicates("fine_cell")  # newest first
    told = addresses.set_index("fine_cell")["address"]
    points = [centre(cell) for cell in found["fine_cell"]]
    return pd.DataFrame(
        {
            "place_id": pd.Series([to_text(cell) for cell in found["fine_cell"]], dtype="object"),
            "lon": pd.Series([lon for lon, _ in points], dtype="float64"),
            "lat": pd.Series([lat for _, lat in points], dtype="float64"),
            "address": found["fine_cell"].map(told).astype("object"),
            "calls": found["calls"].astype("int64"),
            "last_on": found["last_on"],
        }
    )


def _change(calls: pd.DataFrame, today: date) -> pd.DataFrame:
    """Return the calls of the last quarter of a year and of the one before, by need."""
    ago = pd.Series([(today - day).days for day in calls["day"]], dtype="int64")
    frames = {
        "recent_calls": calls[ago.between(0, QUARTER_DAYS - 1)],
        "before_calls": calls[ago.between(QUARTER_DAYS, 2 * QUARTER_DAYS - 1)],
    }
    needs = ("all", *ALL_NEEDS)
    counts = {name: [_count(part, need) for need in needs] for name, part in frames.items()}
    return pd.DataFrame({"need": needs, **counts})


def _count(calls: pd.DataFrame, need: str) -> int:
    return len(calls) if need == "all" else int((calls["need"] == need).sum())


def _days_known(record_begins: datetime | None, today: date) -> int:
    return 0 if record_begins is None else (today - record_begins.date()).days


def _reason(change: pd.DataFrame, days_known: int) -> str:
    """Say how two quarters compare; a difference is told, and never what made it."""
    recent, before = (int(change[name].iloc[0]) for name in ("recent_calls", "before_calls"))
    told = f"{recent} in the last {QUARTER_DAYS} days, {before} in the {QUARTER_DAYS} days before"
    if days_known < 2 * QUARTER_DAYS - 1:
        return f"{told}; the record is too short to compare the two."
    if recent == before:
        return f"{told}."
    if binomtest(recent, recent + before).pvalue >= CHANCE:
        return f"{told}; a difference like that can be chance."
    if recent > before:
        return f"{told}; that is more than chance explains."
    return (
        f"{told}; lists are made when calls are many, so fewer calls later are usual also where "
        "nothing was done."
    )
