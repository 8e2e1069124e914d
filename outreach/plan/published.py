"""What published plans say was or will be visited."""

from collections.abc import Iterable
from datetime import date

import pandas as pd

from outreach.columns import empty
from outreach.plan.document import Plan
from outreach.plan_schemas import CANDIDATES, STOPS
from outreach.weeks import local_date


def standing_stops(plans: Iterable[Plan]) -> pd.DataFrame:
    """Return the stops that teams drive or drove: STOPS, their CANDIDATES, week, number, until.

    ``until`` is when the shift of a stop ends.

    Each published version of a week stands from the day on which it was published until the day
    on which the next one was; the first one also for the days before.
    """
    published = [
        (plan, local_date(plan.published_at, plan.time_zone))
        for plan in plans
        if plan.status == "published" and plan.published_at is not None
    ]
    until: dict[str, date] = {}
    frames = []
    for plan, begins in sorted(published, key=lambda one: one[0].number, reverse=True):
        first = all(one.number >= plan.number for one, _ in published if one.week == plan.week)
        day = plan.stops["day"]
        stands = (day < until.get(plan.week, date.max)) & (first | (day >= begins))
        stops = plan.stops[stands].merge(plan.candidates, on="candidate_id")
        ends = plan.shifts.set_index("shift_id")["end_at"]
        ends = ends.reindex(stops["shift_id"]).reset_index(drop=True)
        frames.append(stops.assign(week=plan.week, number=plan.number, until=ends))
        until[plan.week] = begins
    if not frames:
        nothing = [empty(STOPS), empty(CANDIDATES).drop(columns="candidate_id")]
        never = pd.Series(dtype="datetime64[us, UTC]")
        return pd.concat(nothing, axis=1).assign(week="", number=0, until=never)
    return pd.concat(frames, ignore_index=True)
