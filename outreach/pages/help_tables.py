"""How near help is, in tables and sentences: plain functions, no Streamlit."""

from collections.abc import Sequence

import pandas as pd

from outreach.maps.elements import each
from outreach.maps.help import STATE_WORDS
from outreach.maps.style import kind_label, number
from outreach.pages.tables import hex_names
from outreach.pipeline.help import Ask, Proximity, Share
from outreach.pipeline.help_access import UNITS, CityAccess
from outreach.pipeline.help_words import percent

FAR = 100  # hexes listed
DAY_SHORT = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def far_hexes(found: Proximity) -> pd.DataFrame:
    """Return hexes with calls, those first where most minutes fall on most calls.

    Adds     Place, Minutes (empty: none is reached), Calls a week, Nearest, Reason
    """
    cells = found.cells[found.cells["calls"] > 0]
    # None within reach is worse than any number of minutes.
    worst = cells["minutes"].fillna(cells["minutes"].max() * 2 if len(cells) else 0).fillna(1)
    cells = cells.assign(burden=worst * cells["calls"]).nlargest(FAR, "burden")
    minutes = cells["minutes"].round()
    return pd.DataFrame(
        {
            "Place": hex_names(cells),
            "Minutes": minutes.astype("Int64").to_numpy(),
            "Calls a week": cells["calls"].round(2).to_numpy(),
            "Nearest": cells["place"].fillna("none").to_numpy(),
            "Reason": cells["reason"].to_numpy(),
        }
    )


def places_used(found: Proximity) -> pd.DataFrame:
    """Return the places asked for, those first that are nearest for most calls.

    Adds     Name, Kind, Then (where a time was asked for), Nearest for, Reason: its hours
    """
    calls = found.cells.groupby("resource_id")["calls"].sum()
    whole = found.cells["calls"].sum() or 1.0
    share = found.places["resource_id"].map(calls).fillna(0) / whole
    places = found.places.assign(share=share).sort_values(
        ["share", "name"], ascending=[False, True]
    )
    table = pd.DataFrame({"Name": places["name"], "Kind": places["kind"].map(kind_label)})
    if found.ask.at is not None:
        table["Then"] = places["state"].map(STATE_WORDS)
    table["Nearest for"] = [f"{percent(one)} of calls" for one in places["share"]]
    table["Reason"] = [hours_words(row) for row in each(places)]
    return table.reset_index(drop=True)


def hours_words(row: object) -> str:
    """Say when a place is open, as it is on file."""
    text = getattr(row, "hours_text", None)
    if not isinstance(text, str) or not text:
        return "Its hours are not known."
    read = getattr(row, "hours_state", "none") == "read"
    return f"Hours: {text}" if read else f"Hours as written, not understood: {text}"


def shares_words(shares: Sequence[Share]) -> str:
    """Say how much of the calls and of the people is near, in one sentence."""
    calls = ", ".join(f"{percent(one.calls)} within {number(one.within_min)} min" for one in shares)
    if any(one.people is None for one in shares):
        return f"Of the calls, {calls}."
    people = ", ".join(
        f"{percent(one.people or 0.0)} within {number(one.within_min)} min" for one in shares
    )
    return (
        f"Of the calls, {calls}. Of the people who live here, {people}; where they live within "
        "a neighbourhood is not known, so they are taken as spread evenly."
    )


def hours_note(places: pd.DataFrame, ask: Ask, least_left_min: float | None = None) -> str:
    """Say what opening hours do to the figures.

    Needs    RESOURCES; state
    """
    unread = int((places["hours_state"] != "read").sum())
    known = f"The hours of {unread} of {counted(len(places), 'such place')} are not known."
    if not unread:
        known = f"The hours of all {counted(len(places), 'such place')} are known."
    if ask.at is None:
        return f"Opening hours are left aside: a place counts even while it is closed. {known}"
    left = "" if not least_left_min else f" for another {number(least_left_min)} minutes"
    when = f"known to be open on arrival, and{left}," if left else "known to be open then"
    by_appointment = int((places["state"] == "by_appointment").sum())
    more = (
        f" By appointment only: {by_appointment}, not counted as open either."
        if by_appointment
        else ""
    )
    never = " Those are not counted as open." if unread else ""
    return f"Only places {when} count. {known}{never}{more}"


def counted(amount: int, noun: str) -> str:
    """Return an amount with its noun: 1 place, 2 places."""
    return f"{amount:,} {noun}" if amount == 1 else f"{amount:,} {noun}s"


def lacking(found: CityAccess) -> pd.DataFrame:
    """Return hexes with demand: those with much need and little access first, then by need.

    Adds     Place, Calls a week or People, Of the city's mean, Minutes, Reason
    """
    cells = found.cells[found.cells["demand"] > 0]
    cells = cells.sort_values(["gap", "ratio", "demand"], ascending=[False, True, False])
    cells = cells.head(FAR)
    unit = UNITS[found.demand]
    return pd.DataFrame(
        {
            "Place": hex_names(cells),
            unit[:1].upper() + unit[1:]: cells["demand"].round(2).to_numpy(),
            "Of the city's mean": [percent(ratio) for ratio in cells["ratio"]],
            "Minutes": cells["nearest_min"].round().astype("Int64").to_numpy(),
            "Reason": cells["reason"].to_numpy(),
        }
    )


def week_hours(hours: pd.DataFrame) -> pd.DataFrame:
    """Return the share of the demand with anything open in reach, by day and hour.

    Needs    hour (0 is Monday, midnight to one), reached
    Adds     day (Mon to Sun), hour (0 to 23), share
    """
    at = hours["hour"].to_numpy(int)
    return pd.DataFrame(
        {
            "day": [DAY_SHORT[one // 24] for one in at],
            "hour": at % 24,
            "share": hours["reached"].to_numpy(float),
        }
    )


def best_and_worst(hours: pd.DataFrame) -> str:
    """Say in which hours of the week most and least of the demand finds something open."""
    if not (hours["reached"] > 0).any():
        return "In no hour of the week is a place known to be open within reach."
    best, worst = (
        f"{DAY_SHORT[at // 24]} at {at % 24}:00 ({percent(float(hours['reached'].iloc[at]))})"
        for at in (int(hours["reached"].argmax()), int(hours["reached"].argmin()))
    )
    empty = int((hours["reached"] == 0).sum())
    none = f" In {empty} of the 168 hours nothing is known to be open." if empty else ""
    what = "Share of the need with something open in reach"
    return f"{what}: highest on {best}, lowest on {worst}.{none}"


def capacity_note(found: CityAccess) -> str:
    """Say how much each place is taken to give."""
    if found.capacity_told is None:
        if len(set(found.places["kind"])) > 1:
            return "Each place counts as one, whatever its size: beds and tables do not add up."
        return "How many they take is not on file, so each place counts as one."
    left = len(found.places) - found.capacity_told
    rest = f"; the other {left} count as the middle one of these" if left else ""
    return f"How many they take is on file for {found.capacity_told}{rest}."
