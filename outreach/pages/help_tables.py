"""How near help is, in tables and sentences: plain functions, no Streamlit."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pandas as pd

from outreach.language.translate import N_, clock_words, day_words
from outreach.maps.elements import each
from outreach.maps.help import STATE_WORDS
from outreach.maps.style import kind_label, number
from outreach.pages.language import _, _n, language
from outreach.pages.tables import hex_names
from outreach.pipeline.help import Ask, Proximity, Share
from outreach.pipeline.help_access import CityAccess, Demand
from outreach.pipeline.help_words import percent

FAR = 100  # hexes listed
DEMANDS: dict[Demand, str] = {"calls": N_("Calls a week"), "people": N_("People")}
_A_MONDAY = datetime(2024, 1, 1)


def weekday(day: int, form: str = "EEE") -> str:
    """Return a day of the week as the reader writes it; 0 is Monday.

    Needs    form    a pattern of Unicode's CLDR
    """
    return day_words(_A_MONDAY.date() + timedelta(days=day), language(), form)


def hour_of_day(hour: int) -> str:
    """Return a full hour as the reader writes it."""
    return clock_words(_A_MONDAY + timedelta(hours=hour), language())


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
            N_("Place"): hex_names(cells),
            N_("Minutes"): minutes.astype("Int64").to_numpy(),
            N_("Calls a week"): cells["calls"].round(2).to_numpy(),
            N_("Nearest"): cells["place"].fillna(_("none")).to_numpy(),
            N_("Reason"): cells["reason"].to_numpy(),
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
    kinds = [kind_label(kind, language()) for kind in places["kind"]]
    table = pd.DataFrame({N_("Name"): places["name"], N_("Kind"): kinds})
    if found.ask.at is not None:
        table[N_("Then")] = [_(STATE_WORDS[state]) for state in places["state"]]
    table[N_("Nearest for")] = [
        _("{share} of calls").format(share=percent(one, language())) for one in places["share"]
    ]
    table[N_("Reason")] = [hours_words(row) for row in each(places)]
    return table.reset_index(drop=True)


def hours_words(row: object) -> str:
    """Say when a place is open, as it is on file."""
    text = getattr(row, "hours_text", None)
    if not isinstance(text, str) or not text:
        return _("Its hours are not known.")
    if getattr(row, "hours_state", "none") == "read":
        return _("Hours: {text}").format(text=text)
    return _("Hours as written, not understood: {text}").format(text=text)


def shares_words(shares: Sequence[Share]) -> str:
    """Say how much of the calls and of the people is near, in one sentence."""
    within = _("{share} within {minutes} min")

    def listed(found: Sequence[float | None]) -> str:
        return ", ".join(
            within.format(share=percent(part or 0.0, language()), minutes=number(one.within_min))
            for part, one in zip(found, shares, strict=True)
        )

    calls = listed([one.calls for one in shares])
    if any(one.people is None for one in shares):
        return _("Of the calls, {calls}.").format(calls=calls)
    return _(
        "Of the calls, {calls}. Of the people who live here, {people}; where they live within "
        "a neighbourhood is not known, so they are taken as spread evenly."
    ).format(calls=calls, people=listed([one.people for one in shares]))


def hours_note(places: pd.DataFrame, ask: Ask, least_left_min: float | None = None) -> str:
    """Say what opening hours do to the figures.

    Needs    RESOURCES; state
    """
    unread = int((places["hours_state"] != "read").sum())
    such = _n("{number} such place", "{number} such places", len(places))
    known = _("The hours of {unread} of {places} are not known.")
    known = known if unread else _("The hours of all {places} are known.")
    known = known.format(unread=unread, places=such)
    if ask.at is None:
        aside = _("Opening hours are left aside: a place counts even while it is closed.")
        return f"{aside} {known}"
    said = [_("Only places known to be open then count."), known]
    if least_left_min:
        left = _(
            "Only places known to be open on arrival, and for another {minutes} minutes, count."
        )
        said[0] = left.format(minutes=number(least_left_min))
    if unread:
        said.append(_("Those are not counted as open."))
    by_appointment = int((places["state"] == "by_appointment").sum())
    if by_appointment:
        told = _("By appointment only: {number}, not counted as open either.")
        said.append(told.format(number=by_appointment))
    return " ".join(said)


def lacking(found: CityAccess) -> pd.DataFrame:
    """Return hexes with demand: those with much need and little access first, then by need.

    Adds     Place, Calls a week or People, Of the city's mean, Minutes, Reason
    """
    cells = found.cells[found.cells["demand"] > 0]
    cells = cells.sort_values(["gap", "ratio", "demand"], ascending=[False, True, False])
    cells = cells.head(FAR)
    return pd.DataFrame(
        {
            N_("Place"): hex_names(cells),
            DEMANDS[found.demand]: cells["demand"].round(2).to_numpy(),
            N_("Of the city's mean"): [percent(ratio, language()) for ratio in cells["ratio"]],
            N_("Minutes"): cells["nearest_min"].round().astype("Int64").to_numpy(),
            N_("Reason"): cells["reason"].to_numpy(),
        }
    )


def week_hours(hours: pd.DataFrame) -> pd.DataFrame:
    """Return the share of the demand with anything open in reach, by day and hour.

    Needs    hour (0 is Monday, midnight to one), reached
    Adds     day (Mon to Sun, in words), hour (0 to 23), begins (in words), share
    """
    at = hours["hour"].to_numpy(int)
    return pd.DataFrame(
        {
            "day": [weekday(one // 24) for one in at.tolist()],
            "hour": at % 24,
            "begins": [hour_of_day(one % 24) for one in at.tolist()],
            "share": hours["reached"].to_numpy(float),
        }
    )


def best_and_worst(hours: pd.DataFrame) -> str:
    """Say in which hours of the week most and least of the demand finds something open."""
    if not (hours["reached"] > 0).any():
        return _("In no hour of the week is a place known to be open within reach.")
    best, worst = (
        _("{day} at {time} ({share})").format(
            day=weekday(at // 24),
            time=hour_of_day(at % 24),
            share=percent(float(hours["reached"].iloc[at]), language()),
        )
        for at in (int(hours["reached"].argmax()), int(hours["reached"].argmin()))
    )
    told = _(
        "Share of the need with something open in reach: highest on {best}, lowest on {worst}."
    ).format(best=best, worst=worst)
    empty = int((hours["reached"] == 0).sum())
    none = _("In {hours} of the 168 hours nothing is known to be open.").format(hours=empty)
    return f"{told} {none}" if empty else told


def capacity_note(found: CityAccess) -> str:
    """Say how much each place is taken to give."""
    if found.capacity_told is None:
        if len(set(found.places["kind"])) > 1:
            return _("Each place counts as one, whatever its size: beds and tables do not add up.")
        return _("How many they take is not on file, so each place counts as one.")
    left = len(found.places) - found.capacity_told
    if not left:
        return _("How many they take is on file for {known}.").format(known=found.capacity_told)
    return _(
        "How many they take is on file for {known}; the other {left} count as the middle one of "
        "these."
    ).format(known=found.capacity_told, left=left)
