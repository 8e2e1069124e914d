"""What a lead changes in a plan, as plain values; nothing is drawn here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from outreach.maps.elements import each
from outreach.pages.language import _, clock, day
from outreach.pipeline.replan import Edits, Stop
from outreach.plan.document import Plan
from outreach.plan.problem import skilled
from outreach.weeks import DAY_NAMES

_REST = (
    "travel", "seats", "start_lon", "start_lat", "end_lon", "end_lat",
    "pause_earliest", "pause_latest", "pause_s",
)  # fmt: skip
_SAME_SPOT_DEG = 2e-5  # maps round to five decimals


@dataclass(frozen=True)
class Change:
    """One thing that a lead wants otherwise, and how it is told."""

    said: str
    pins: tuple[tuple[str, str | None], ...] = ()  # candidate_id, shift_id or any
    forbids: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    added: Stop | None = None

    @property
    def touches(self) -> set[str]:
        """Which candidates it is about."""
        return {one for one, _shift in self.pins} | {*self.forbids, *self.dropped}


def with_change(changes: Sequence[Change], new: Change) -> tuple[Change, ...]:
    """Return the changes with a new one, which replaces those about the same stops."""
    return (*(old for old in changes if not old.touches & new.touches), new)


def edits(changes: Sequence[Change]) -> Edits:
    """Return what the changes come to."""
    return Edits(
        pins={one: shift for change in changes for one, shift in change.pins},
        forbids=frozenset(one for change in changes for one in change.forbids),
        added=tuple(change.added for change in changes if change.added is not None),
        dropped=frozenset(one for change in changes for one in change.dropped),
    )


@dataclass(frozen=True, eq=False)
class Choices:
    """What may be changed in a plan: where each candidate stands, and where it could go."""

    plan: Plan
    names: Mapping[str, str]  # candidate_id to what a list calls it: stops in order, then the rest
    shift_of: Mapping[str, str]  # candidate_id to the shift_id of each stop
    shifts: Mapping[str, str]  # shift_id to its words; only those that are not over
    fits: pd.DataFrame  # bool; candidate_id by shift_id: skills and days allow it
    pinned: pd.DataFrame  # CHANGES that are told and can be taken back

    def told(self, candidate: str, column: str) -> Any:
        """Return what CANDIDATES says of one of them."""
        table = self.plan.candidates
        return table.loc[table["candidate_id"] == candidate, column].iloc[0]

    def open_shifts(self, candidate: str) -> dict[str, str]:
        """Return where a candidate could go beside where it is: shift_id and words."""
        here = self.shift_of.get(candidate)
        able = self.fits.loc[candidate]
        return {one: words for one, words in self.shifts.items() if able[one] and one != here}

    def partners(self, candidate: str) -> dict[str, str]:
        """Return the stops that could change places with a stop."""
        here, there = self.shift_of[candidate], self.open_shifts(candidate)
        if here not in self.shifts:
            return {}
        return {
            one: self.names[one]
            for one, shift in self.shift_of.items()
            if shift in there and self.fits.loc[one, here] and not self.told(one, "must")
        }


def choices(plan: Plan, now: datetime) -> Choices:
    """Return what may be changed from now on.

    Whom a rule bars is not among them: rules stand above a lead's wish (safeguard 3).
    """
    free = plan.candidates[plan.candidates["barred"].isna()].reset_index(drop=True)
    left = plan.shifts[plan.shifts["end_at"] > now].sort_values(["day", "team"])
    coming = plan.stops["candidate_id"].isin(free["candidate_id"]) & (plan.stops["leave_at"] > now)
    stops = plan.stops[coming].sort_values(["day", "team", "order"])
    label = dict(zip(free["candidate_id"], free["label"], strict=True))
    told = _("{place}, {day}, {team}, stop {number}")
    names = {
        str(stop.candidate_id): told.format(
            place=label[stop.candidate_id], day=day(stop.day), team=stop.team, number=stop.order
        )
        for stop in each(stops)
    }
    others = free[free["candidate_id"].isin(plan.left_out["candidate_id"])]
    others = others.sort_values("prize", ascending=False)
    told = _("{place}, not visited")
    names |= {str(row.candidate_id): told.format(place=row.label) for row in each(others)}
    known = plan.changes["candidate_id"].isin(free["candidate_id"])
    return Choices(
        plan,
        names,
        shift_of=dict(zip(stops["candidate_id"], stops["shift_id"], strict=True)),
        shifts={str(shift.shift_id): shift_words(shift, plan.time_zone) for shift in each(left)},
        fits=_fits(free, left.reset_index(drop=True)),
        pinned=plan.changes[known & plan.changes["start_at"].isna()],
    )


def _fits(candidates: pd.DataFrame, shifts: pd.DataFrame) -> pd.DataFrame:
    days = [DAY_NAMES[one.weekday()] for one in shifts["day"]]
    open_on = [[one in allowed.split() for one in days] for allowed in candidates["days"]]
    able = skilled(candidates, shifts) & np.array(open_on, bool).reshape(
        len(candidates), len(shifts)
    )
    return pd.DataFrame(able, index=candidates["candidate_id"], columns=shifts["shift_id"])


def shift_words(shift: Any, time_zone: str) -> str:
    """Return a shift as people say it: Mon 23 Nov, Team A, 9:00 AM – 4:00 PM."""
    return f"{day(shift.day)}, {shift.team}, {_hours(shift, time_zone)}"


def _hours(shift: Any, time_zone: str) -> str:
    return f"{clock(shift.start_at, time_zone)} – {clock(shift.end_at, time_zone)}"


def keep(of: Choices, one: str) -> Change:
    """A stop stays where it is."""
    return Change(_("Keep {stop}").format(stop=of.names[one]), pins=((one, of.shift_of[one]),))


def move(of: Choices, one: str, shift_id: str | None) -> Change:
    """A stop goes to another shift, or one left out is put in; None: wherever it fits."""
    to = _("wherever it fits") if shift_id is None else of.shifts[shift_id]
    said = _("Move {place}: {shift}") if one in of.shift_of else _("Put in {place}: {shift}")
    return Change(said.format(place=of.told(one, "label"), shift=to), pins=((one, shift_id),))


def swap(of: Choices, one: str, other: str) -> Change:
    """Two stops change teams or days."""
    here, there = of.shift_of[one], of.shift_of[other]
    said = _("Swap {stop} with {other}").format(stop=of.names[one], other=of.names[other])
    return Change(said, ((one, there), (other, here)))


def take_out(of: Choices, one: str) -> Change:
    """A stop is not visited this week."""
    return Change(_("Take out {stop}").format(stop=of.names[one]), forbids=(one,))


def put_in(stop: Stop) -> Change:
    """A new stop."""
    values = {"place": stop.label, "minutes": f"{stop.minutes:.0f}", "reason": stop.reason}
    said = _("Add {place}, {minutes} minutes, any day: {reason}").format(**values)
    if stop.day is not None:
        told = _("Add {place}, {minutes} minutes, on {day}: {reason}")
        said = told.format(**values, day=day(stop.day))
    return Change(said, added=stop)


def said_before(of: Choices, one: str) -> str:
    """Return what an earlier change of this plan says of a candidate."""
    row = of.pinned.set_index("candidate_id").loc[one]
    where = of.told(one, "label")
    by = f" ({row['made_by']})" if row["made_by"] else ""
    if row["change"] == "forbid":
        return _("{place} is left out").format(place=where) + by
    shifts = {str(s.shift_id): shift_words(s, of.plan.time_zone) for s in each(of.plan.shifts)}
    to = str(row["shift_id"])
    to = _("anywhere in the week") if pd.isna(row["shift_id"]) else shifts.get(to, to)
    return _("{place} stays: {shift}").format(place=where, shift=to) + by


def stop_at(of: Choices, lon: float, lat: float, shift_ids: Sequence[str]) -> str | None:
    """Return the stop whose sign was clicked on a map that shows some shifts."""
    shown = [one for one, shift in of.shift_of.items() if shift in shift_ids]
    where = of.plan.candidates.set_index("candidate_id").loc[shown]
    off = (where[["lon", "lat"]] - [lon, lat]).abs().max(axis=1)
    return None if off.empty or off.min() > _SAME_SPOT_DEG else str(off.idxmin())


def roster_changes(planned: pd.DataFrame, now: pd.DataFrame, time_zone: str) -> list[str]:
    """Return in what the teams of a plan differ from those that go out now.

    Needs    SHIFTS twice; only those that are still ahead
    """
    before = {shift.shift_id: shift for shift in each(planned)}
    after = {shift.shift_id: shift for shift in each(now)}
    gone = [before[one] for one in before if one not in after]
    new = [after[one] for one in after if one not in before]
    both = [(before[one], after[one]) for one in before if one in after]
    return [
        *(_("{team} on {day} does not go any more").format(**_whose(one)) for one in gone),
        *(_("{team} on {day} is new").format(**_whose(one)) for one in new),
        *(said for pair in both if (said := _differs(*pair, time_zone))),
    ]


def _whose(shift: Any) -> dict[str, str]:
    return {"team": shift.team, "day": day(shift.day)}


def _differs(old: Any, new: Any, time_zone: str) -> str:
    whose, hours, before = _whose(new), _hours(new, time_zone), _hours(old, time_zone)
    if hours != before:
        told = _("{team} on {day} works {hours} instead of {before}")
        return told.format(**whose, hours=hours, before=before)
    if old.members != new.members:
        return _("{team} on {day} is now {members}").format(**whose, members=new.members)
    same = all(_alike(getattr(old, name), getattr(new, name)) for name in _REST)
    return "" if same else _("{team} on {day} has another base, car or pause").format(**whose)


def _alike(one: Any, other: Any) -> bool:
    return bool(one == other or (pd.isna(one) and pd.isna(other)))
