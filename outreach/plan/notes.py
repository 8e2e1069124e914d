"""What a plan's notes say of the whole week: shares, balance and the workers people know."""

import pandas as pd

from outreach.config import PlanParams
from outreach.plan.crews import names
from outreach.plan.document import Plan
from outreach.plan.exploration import wanted

MOST_TOLD = 3  # of shifts in one note


def notes_of(plan: Plan, params: PlanParams) -> tuple[str, ...]:
    """Return sentences on what explores, what goes to people known, and how even the work is."""
    if not plan.candidates["barred"].isna().any():
        return ("There is nobody and nothing to visit this week.",)
    stops = plan.stops.merge(plan.candidates, on="candidate_id").merge(
        plan.shifts[["shift_id", "members"]], on="shift_id"
    )
    found = [
        _exploring(stops, params.exploration_share),
        _known(stops, params.known_share),
        _balance(plan),
        _workers(stops),
        _alone(plan),
        _without_visits(plan),
    ]
    return tuple(note for note in found if note)


def _exploring(stops: pd.DataFrame, share: float) -> str:
    """Return how many stops explore beside how many were asked for."""
    found, asked = int((stops["kind"] == "exploration").sum()), wanted(share, len(stops))
    told = f"{found} of {len(stops)} stops explore where calls are few; {share:.0%} asks for"
    told = f"{told} {asked}"
    return f"{told}." if found >= asked else f"{told}, but no more such walks could be planned."


def _known(stops: pd.DataFrame, share: float) -> str:
    """Return what share of the time of visits goes to people known already."""
    spent = float(stops["service_min"].sum())
    if spent == 0:
        return ""
    known = float(stops.loc[stops["known"], "service_min"].sum()) / spent
    return (
        f"{known:.0%} of the time of visits goes to people and places known already; others get "
        f"at most {1 - share:.0%} of a shift."
    )


def _balance(plan: Plan) -> str:
    """Return the least and the most hours of work a team, in a shift on average.

    Work is travel, visits and pauses; a team that goes out more often is not worse off by that.
    """
    visits = (plan.stops["leave_at"] - plan.stops["start_at"]).dt.total_seconds()
    rests = (plan.pauses["end_at"] - plan.pauses["start_at"]).dt.total_seconds()
    parts = [
        pd.DataFrame({"shift_id": frame["shift_id"], "work_s": seconds})
        for frame, seconds in (
            (plan.stops, visits),
            (plan.legs, plan.legs["travel_s"]),
            (plan.pauses, rests),
        )
    ]
    work = pd.concat(parts).groupby("shift_id")["work_s"].sum()
    by_shift = plan.shifts.set_index("shift_id").assign(work_s=work)
    hours = by_shift.fillna({"work_s": 0.0}).groupby("team")["work_s"].mean() / 3600
    if len(hours) < 2:
        return ""
    least, most = hours.idxmin(), hours.idxmax()
    return (
        f"Work a shift, on average: from {hours.min():.1f} h ({least}) to {hours.max():.1f} h "
        f"({most})."
    )


def _workers(stops: pd.DataFrame) -> str:
    """Return at how many stops the worker goes whom they know."""
    asked = stops[stops["preferred_staff"].notna()]
    if asked.empty:
        return ""
    pairs = zip(asked["preferred_staff"], asked["members"], strict=True)
    met = sum(worker in names(members) for worker, members in pairs)
    return f"At {met} of {len(asked)} stops where they know a worker, that worker goes."


def _alone(plan: Plan) -> str:
    """Return in which shifts with visits one person goes alone: a lead decides whether they may."""
    out = plan.shifts[plan.shifts["shift_id"].isin(plan.stops["shift_id"])]
    alone = out[[len(names(members)) == 1 for members in out["members"]]]
    if alone.empty:
        return ""
    pairs = zip(alone["members"], alone["day"], strict=True)
    who = [f"{next(iter(names(members)))} on {day:%a}" for members, day in pairs]
    more = f" and {len(who) - MOST_TOLD} more" if len(who) > MOST_TOLD else ""
    return (
        f"One person goes alone in {len(who)} of {len(out)} shifts: "
        f"{', '.join(who[:MOST_TOLD])}{more}. Is that as you want it?"
    )


def _without_visits(plan: Plan) -> str:
    """Return which shifts have no visit, by team."""
    idle = plan.shifts[~plan.shifts["shift_id"].isin(plan.stops["shift_id"])]
    if idle.empty:
        return ""
    days = idle["day"].map("{:%a}".format).groupby(idle["team"]).agg(", ".join)
    teams = [f"{team} on {told}" for team, told in days.items()]
    told = f"No visits are planned for {'; '.join(teams)}."
    officers = idle["members"].str.contains("(officer)", regex=False).any()
    return f"{told} An officer goes only where co-response is asked for." if officers else told
