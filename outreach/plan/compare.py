"""How two plans of one week differ, and what each comes to."""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from outreach.columns import check, empty
from outreach.plan.document import Plan
from outreach.plan_schemas import DIFFERENCES
from outreach.weeks import local_date, parse_week

FROM_CALLS = ("person", "place", "cell", "exploration")
RETIMED_MIN = 15.0  # who waits for a team notices that much


@dataclass(frozen=True)
class Figures:
    """What a plan comes to, for people and scripts."""

    need_met: float  # sum of prizes: tasks and wishes count as calls
    calls_met: float  # expected calls a week from people, places and areas visited
    stops: int
    left_out: int
    travel_min: float
    work_h: float  # travel, visits and pauses
    exploration_stops: int
    known_share: float  # of the time of visits, that goes to people known already; 1 without any
    changed_stops: int | None


def figures(plan: Plan) -> Figures:
    """Return what a plan comes to."""
    stops = plan.stops.merge(plan.candidates, on="candidate_id")
    visits = float(stops["service_min"].sum())
    travel = float(plan.legs["travel_s"].sum())
    rest = float((plan.pauses["end_at"] - plan.pauses["start_at"]).dt.total_seconds().sum())
    known = float(stops.loc[stops["known"], "service_min"].sum())
    return Figures(
        need_met=float(stops["prize"].sum()),
        calls_met=calls_met(stops),
        stops=len(stops),
        left_out=len(plan.left_out),
        travel_min=travel / 60,
        work_h=(travel / 60 + visits + rest / 60) / 60,
        exploration_stops=int((stops["kind"] == "exploration").sum()),
        known_share=known / visits if visits else 1.0,
        changed_stops=plan.changed_stops,
    )


def calls_met(visited: pd.DataFrame) -> float:
    """Return the calls a week that are expected where a plan goes because of calls.

    Needs    kind, prize
    """
    return float(visited.loc[visited["kind"].isin(FROM_CALLS), "prize"].sum())


def differences(old: Plan, new: Plan) -> pd.DataFrame:
    """Return the stops that are new, dropped, or moved to another team or day (DIFFERENCES).

    Days that were over when one of them was made are left out, for it does not plan them.
    """
    both = _side_by_side(old, new)
    both = both[~both["kept"]]
    if both.empty:
        return empty(DIFFERENCES)
    labels = pd.concat([new.candidates, old.candidates]).drop_duplicates("candidate_id")
    label_of = labels.set_index("candidate_id")["label"]
    what = pd.Series("moved", index=both.index).mask(both["before"].isna(), "new")
    found = pd.DataFrame(
        {
            "candidate_id": both["candidate_id"],
            "label": both["candidate_id"].map(label_of),
            "difference": what.mask(both["after"].isna(), "dropped"),
            "before": both["before"],
            "after": both["after"],
            "cause": both["cause"],
        }
    )
    return check(found.reset_index(drop=True), DIFFERENCES)


def changed_stops(old: Plan, new: Plan) -> int:
    """Return how many stops are new, dropped or moved though nothing forced them.

    Forced: a candidate that is barred or gone, a shift that goes out no more, and what a lead
    pinned, forbade or put in.
    """
    both = _side_by_side(old, new)
    return int((~both["kept"] & (both["cause"] == "fit")).sum())


def retimed(old: Plan, new: Plan, *, by_min: float = RETIMED_MIN) -> int:
    """Return how many stops keep team and day and come so much earlier or later."""
    begins = old.stops[["candidate_id", "team", "day", "start_at"]].merge(
        new.stops[["candidate_id", "team", "day", "start_at"]], on=["candidate_id", "team", "day"]
    )
    apart = (begins["start_at_x"] - begins["start_at_y"]).abs()
    return int((apart >= timedelta(minutes=by_min)).sum())


def kept_of_untouched(old: Plan, new: Plan) -> tuple[int, int]:
    """Return how many of the stops that nothing forced kept team and day, and their number."""
    both = _side_by_side(old, new)
    untouched = both[both["before"].notna() & (both["cause"] == "fit")]
    return int(untouched["kept"].sum()), len(untouched)


def _side_by_side(old: Plan, new: Plan) -> pd.DataFrame:
    """Return one row a stop of either plan: candidate_id, before, after, kept, cause."""
    first = max(_first_day(old), _first_day(new))
    sides = [
        plan.stops.loc[plan.stops["day"] >= first, ["candidate_id", "shift_id", "team", "day"]]
        for plan in (old, new)
    ]
    both = sides[0].merge(sides[1], on="candidate_id", how="outer", suffixes=("_old", "_new"))
    same = (both["team_old"] == both["team_new"]) & (both["day_old"] == both["day_new"])
    going = set(zip(new.shifts["team"], new.shifts["day"], strict=True))
    gone = [
        isinstance(team, str) and (team, day) not in going
        for team, day in zip(both["team_old"], both["day_old"], strict=True)
    ]
    put_in = [
        set(one.candidates.loc[one.candidates["kind"] == "added", "candidate_id"])
        for one in (old, new)
    ]
    asked = {*new.changes["candidate_id"], *(put_in[0] ^ put_in[1])}
    free = new.candidates.loc[new.candidates["barred"].isna(), "candidate_id"]
    forced = ~both["candidate_id"].isin(free) | pd.Series(gone, both.index, dtype=bool)
    cause = pd.Series("fit", both.index).mask(forced, "forced")
    return pd.DataFrame(
        {
            "candidate_id": both["candidate_id"],
            "before": both["shift_id_old"],
            "after": both["shift_id_new"],
            "kept": same,
            "cause": cause.mask(both["candidate_id"].isin(asked), "asked"),
        }
    )


def _first_day(plan: Plan) -> date:
    """Return the first day that a plan is for: not one that was over when it was made."""
    monday, made = parse_week(plan.week), local_date(plan.made_at, plan.time_zone)
    return made if monday <= made <= monday + timedelta(days=6) else monday
