"""The week as numbers: what a solver sees, and nothing else.

Seconds count from the week's first local midnight, so a week with a change of clocks is an hour
longer or shorter and nothing else has to know. Candidates are numbered by their row; the rows
and columns of a travel matrix are the candidates followed by the bases.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from math import floor
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
from shapely import LineString

from outreach.config import PlanParams, Traffic
from outreach.plan.crews import free_seats, names, trained
from outreach.plan.pace import speeds
from outreach.plan.shifts import bases
from outreach.weeks import DAY_NAMES, at_local, week_start_utc

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Routes = tuple[tuple[int, ...], ...]  # for each shift, the candidates in the order of visit

# What an hour of work costs, in prizes of a mean stop: it decides between plans that meet the same
# need, for the shorter ways and the more even loads, and is too small to give up a stop for.
WORK_COST = 0.02
UNREACHABLE_S = 10_000_000  # longer than any week, short enough to add up safely


class Travel(Protocol):
    """Travel between every two points by street, as ``streets.travel`` makes it."""

    @property
    def travel_s(self) -> FloatArray:
        """Seconds from each point to each point."""
        ...

    @property
    def distance_m(self) -> FloatArray:
        """Metres along the same ways."""
        ...

    def path(self, i: int, j: int) -> LineString:
        """Return the way from one point to another along streets."""
        ...


@dataclass(frozen=True)
class Pause:
    """A rest that must start within a window."""

    earliest_s: int
    latest_s: int
    length_s: int


@dataclass(frozen=True)
class ShiftSpan:
    """One team's hours on one day, and where it starts and ends."""

    day: int  # 0 is Monday
    start_s: int
    end_s: int
    mode: str
    origin: int  # row of the travel matrix
    destination: int
    pause: Pause | None = None
    unknown_limit_s: int | None = None  # most seconds of visits that are not for people known


@dataclass(frozen=True)
class Problem:
    """Candidates by shifts; choose and order visits so that the sum of worths is greatest.

    The worth of a visit is its prize and, in the shift that makes it, the bonus of that shift.
    From the sum ``cost_per_h`` is taken for every hour of work, a little more in full shifts than
    in empty ones (``balance``): so ties go to short ways and even loads.
    """

    service_s: IntArray  # (candidates,)
    prize: FloatArray  # (candidates,)
    window_s: IntArray  # (candidates, 7, 2): earliest and latest start of the visit by day
    allowed: BoolArray  # (candidates, shifts)
    shifts: tuple[ShiftSpan, ...]
    travel_s: Mapping[str, IntArray]  # by mode, in free flow; whole seconds, rounded up
    bonus: FloatArray  # (candidates, shifts): worth more with that shift, such as the same worker
    group: IntArray  # (candidates,): visits of one group lie gap_days apart
    gap_days: IntArray  # (candidates,): 7 in a group lets only one of it into the week
    known: BoolArray  # (candidates,): for people known already, whose share of a shift is kept
    must: BoolArray  # (candidates,): never left out; no gap between two of them
    # By mode: speed beside free flow in each quarter of an hour from the week's start. A mode that
    # is not here travels in free flow.
    speed: Mapping[str, FloatArray] = field(default_factory=dict)
    cost_per_h: float = 0.0
    balance: float = 0.0  # 1: the last hour of a full shift costs twice an empty one's first

    @classmethod
    def plain(
        cls,
        service_s: IntArray,
        prize: FloatArray,
        window_s: IntArray,
        allowed: BoolArray,
        shifts: tuple[ShiftSpan, ...],
        travel_s: Mapping[str, IntArray],
    ) -> "Problem":
        """Return a problem without groups, preferences or appointments."""
        n = len(service_s)
        return cls(
            service_s,
            prize,
            window_s,
            allowed,
            shifts,
            travel_s,
            bonus=np.zeros((n, len(shifts))),
            group=np.arange(n),
            gap_days=np.full(n, 7),
            known=np.ones(n, bool),
            must=np.zeros(n, bool),
        )

    @property
    def size(self) -> int:
        """How many candidates there are."""
        return len(self.service_s)


def may_serve(response_mode: str, no_police: bool, has_officer: bool) -> bool:
    """Return whether a team may make a visit: an officer goes only where a rule asks for one."""
    return has_officer == (response_mode == "co_response") and not (no_police and has_officer)


def has_worker(with_staff: str | float | None, members: str) -> bool:
    """Return whether the worker asked for goes along; True where nobody was asked for."""
    return pd.isna(with_staff) or with_staff in names(members)


def speaks(language: str | float | None, languages: str) -> bool:
    """Return whether somebody trained speaks the language asked for, if one was."""
    return pd.isna(language) or language in languages.split()


def build_problem(
    candidates: pd.DataFrame,
    shifts: pd.DataFrame,
    travel: Mapping[str, Travel],
    *,
    monday: date,
    time_zone: str,
    params: PlanParams,
    traffic: Sequence[Traffic] = (),
) -> Problem:
    """Turn a week's candidates, shifts and travel into numbers.

    Needs    candidates as CANDIDATES without barred ones; shifts as SHIFTS; travel by mode, its
             points being the candidates in order and then ``bases`` of the shifts
    """
    n = len(candidates)
    start = week_start_utc(monday, time_zone)
    service_s = np.ceil(candidates["service_min"].to_numpy(float) * 60).astype(np.int64)
    window_s = _windows(candidates, service_s, monday, time_zone)
    travel_s = {mode: _whole_seconds(matrix.travel_s) for mode, matrix in travel.items()}
    spans = _spans(shifts, start, monday, first_base=n, known_share=params.known_share)
    allowed = skilled(candidates, shifts) & _open(window_s, spans)
    for column, span in enumerate(spans):
        there = travel_s[span.mode][span.origin, :n]
        back = travel_s[span.mode][:n, span.destination]
        allowed[:, column] &= (there < UNREACHABLE_S) & (back < UNREACHABLE_S)
    prize = candidates["prize"].to_numpy(float)
    same = _each(candidates, shifts, ["preferred_staff"], ["members"], _goes_themselves)
    pace = speeds(traffic, monday=monday, time_zone=time_zone)
    return Problem(
        service_s,
        prize,
        window_s,
        allowed,
        spans,
        travel_s,
        bonus=np.where(same, params.same_worker_bonus * prize[:, None], 0.0),
        group=pd.factorize(candidates["visit_group"])[0].astype(np.int64),
        gap_days=candidates["gap_days"].to_numpy(np.int64),
        known=candidates["known"].to_numpy(bool),
        must=candidates["must"].to_numpy(bool),
        speed={"drive": pace} if len(pace) else {},
        cost_per_h=WORK_COST * float(prize.mean()) if n else 0.0,
        balance=params.balance,
    )


def _seconds(instant: datetime, start: datetime) -> int:
    return round((instant - start) / timedelta(seconds=1))


def _whole_seconds(travel_s: FloatArray) -> IntArray:
    finite = np.where(np.isfinite(travel_s), travel_s, UNREACHABLE_S)
    return np.minimum(np.ceil(finite), UNREACHABLE_S).astype(np.int64)


def _windows(
    candidates: pd.DataFrame, service_s: IntArray, monday: date, time_zone: str
) -> IntArray:
    """Return the earliest and latest start by day; the whole visit lies within the hours.

    On a day on which no visit is allowed the latest start lies before the earliest.
    """
    start = week_start_utc(monday, time_zone)
    days = [monday + timedelta(days=d) for d in range(7)]

    def bound(text: str) -> list[int]:
        clock = time.fromisoformat(text)
        return [_seconds(at_local(day, clock, time_zone), start) for day in days]

    clocks = {
        text: bound(text)
        for name in ("window_from_local", "window_until_local")
        for text in candidates[name].unique()
    }
    first = np.array([clocks[text] for text in candidates["window_from_local"]], np.int64)
    last = np.array([clocks[text] for text in candidates["window_until_local"]], np.int64)
    first, last = first.reshape(-1, 7), last.reshape(-1, 7) - service_s[:, None]
    allowed = [[day in text.split() for day in DAY_NAMES] for text in candidates["days"]]
    last = np.where(np.array(allowed, bool).reshape(-1, 7), last, first - 1)
    return np.stack([first, last], axis=2)


def _spans(
    shifts: pd.DataFrame, start: datetime, monday: date, *, first_base: int, known_share: float
) -> tuple[ShiftSpan, ...]:
    points = [*bases(shifts).itertuples(index=False, name=None)]
    row_of = {point: first_base + number for number, point in enumerate(points)}

    def span(shift: pd.Series) -> ShiftSpan:
        begins, ends = _seconds(shift["start_at"], start), _seconds(shift["end_at"], start)
        rest = int(np.ceil(shift["pause_s"]))
        pause = None
        if rest:
            first, last = (_seconds(shift[f"pause_{at}"], start) for at in ("earliest", "latest"))
            pause = Pause(first, last, rest)
        return ShiftSpan(
            day=(shift["day"] - monday).days,
            start_s=begins,
            end_s=ends,
            mode=str(shift["travel"]),
            origin=row_of[shift["start_lon"], shift["start_lat"]],
            destination=row_of[shift["end_lon"], shift["end_lat"]],
            pause=pause,
            unknown_limit_s=floor((1 - known_share) * (ends - begins - rest) + 1e-6),
        )

    return tuple(span(shift) for _, shift in shifts.iterrows())


def skilled(candidates: pd.DataFrame, shifts: pd.DataFrame) -> BoolArray:
    """Return (candidates, shifts): whether who goes may make the visit, and has what it takes."""
    asked = ["response_mode", "no_police", "with_staff", "language", "people_needed"]
    team = ["has_officer", "members", "languages", "seats"]
    return _each(candidates, shifts, [*asked, "seats_needed"], team, _has_all_it_takes)


def _has_all_it_takes(asked: tuple[Any, ...], team: tuple[Any, ...]) -> bool:
    response_mode, no_police, with_staff, language, people_needed, seats_needed = asked
    has_officer, members, languages, seats = team
    return (
        may_serve(response_mode, no_police, has_officer)
        and has_worker(with_staff, members)
        and speaks(language, languages)
        and people_needed <= trained(members)
        and seats_needed <= free_seats(seats, members)
    )


def _goes_themselves(asked: tuple[Any, ...], team: tuple[Any, ...]) -> bool:
    return bool(pd.notna(asked[0])) and has_worker(asked[0], team[0])


def _each(
    candidates: pd.DataFrame,
    shifts: pd.DataFrame,
    asked: list[str],
    told: list[str],
    holds: Callable[[tuple[Any, ...], tuple[Any, ...]], bool],
) -> BoolArray:
    """Return (candidates, shifts): whether something holds; most ask for the same, once each."""
    rows = candidates[asked].astype(object).where(candidates[asked].notna(), None)
    wants = list(rows.itertuples(index=False, name=None))
    teams = list(shifts[told].itertuples(index=False, name=None))
    answer = {want: [holds(want, team) for team in teams] for want in set(wants)}
    return np.array([answer[want] for want in wants], bool).reshape(len(wants), len(teams))


def _open(window_s: IntArray, spans: Sequence[ShiftSpan]) -> BoolArray:
    """Return whether a visit could start within its own hours and the shift's."""
    columns = [
        (window_s[:, span.day, 0] <= window_s[:, span.day, 1])
        & (window_s[:, span.day, 0] <= span.end_s)
        & (window_s[:, span.day, 1] >= span.start_s)
        for span in spans
    ]
    return np.array(columns, bool).reshape(len(spans), len(window_s)).T.copy()
