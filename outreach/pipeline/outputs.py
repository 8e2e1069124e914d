"""What the teams did in a week, in figures that name nobody: for managers."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd

from outreach.config import load_city
from outreach.people.consent import local_days, newest
from outreach.pipeline.followups import Caseload, caseload_view
from outreach.roles import needs
from outreach.store.work import existing_work
from outreach.weeks import local_date, monday_of
from outreach.work_schemas import PARTICIPANTS, REFERRALS, SHARPS, VISITS

WEEKS = 5  # the last whole one, and four before it
# What a referral may come to that means somebody got what it was for.
SERVED = ("retained", "completed", "served_once")

WHAT = (
    "visits",
    "met",
    "engaged",
    "without_police",
    "enrolled",
    "instead_of_arrest",
    "referrals_made",
    "referrals_closed",
    "referrals_served",
    "needles",
)


@dataclass(frozen=True, eq=False)
class Outputs:
    """What was done, week by week, and how things stand today; no names and no places."""

    weeks: pd.DataFrame  # what (of WHAT), week (its first day), count; whole weeks
    active: int  # participants
    workers: int  # staff who carry cases
    over_capacity: int  # of them
    carried_by_nobody: int  # active participants
    overdue: int  # follow-ups, and people not met for long
    since: date  # what follows counts from this day until now
    contacts: int
    people: int  # met, each once
    people_low: int
    people_high: int


@needs("counts")
def outputs(folder: Path, *, now: datetime) -> Outputs | None:
    """Return the teams' figures of the last whole weeks; None before any work was recorded.

    Raises   ConfigError, StoreError   the folder is not in order
    """
    work = existing_work(folder)
    if work is None:
        return None
    zone = load_city(folder).time_zone
    this = monday_of(local_date(now, zone))
    mondays = [this - timedelta(weeks=n) for n in range(WEEKS, 0, -1)]
    with work.reading() as rows:
        tables = [rows.fetch(table) for table in (VISITS, REFERRALS, SHARPS, PARTICIPANTS)]
    visits, referrals, sharps, people = tables
    found = caseload_view(folder, since=mondays[0], now=now)
    return Outputs(
        weeks=_by_week(_counted(newest(visits), referrals, sharps, people, zone), mondays),
        active=int((people["status"] == "active").sum()),
        overdue=int(found.workers["overdue"].sum()),
        since=mondays[0],
        contacts=found.served.contacts,
        people=found.served.people,
        people_low=found.served.low,
        people_high=found.served.high,
        **_carried(found),
    )


def _carried(found: Caseload) -> dict[str, int]:
    named = found.workers["staff_id"].notna()
    return {
        "workers": int((named & (found.workers["active"] > 0)).sum()),
        "over_capacity": int((found.workers["over_capacity"] > 0).sum()),
        "carried_by_nobody": int(found.workers.loc[~named, "active"].sum()),
    }


def _counted(
    visits: pd.DataFrame,
    referrals: pd.DataFrame,
    sharps: pd.DataFrame,
    people: pd.DataFrame,
    zone: str,
) -> pd.DataFrame:
    """Return every thing that counts with its day: what, day, count."""
    visits = visits.assign(day=local_days(visits["happened_at"], zone))
    met = visits[visits["stage"] != "contact_attempt"]
    opened, closed = (local_days(referrals[name], zone) for name in ("opened_at", "closed_at"))
    served = closed[referrals["outcome"].isin(SERVED)]
    picked = local_days(sharps["happened_at"], zone)
    needles = pd.concat([picked, visits["day"]], ignore_index=True)
    parts = {
        "visits": visits["day"],
        "met": met["day"],
        "engaged": met.loc[met["stage"] == "engagement", "day"],
        "without_police": met.loc[~met["police_involved"].astype(bool), "day"],
        "enrolled": people["enrolled_on"],
        "instead_of_arrest": people.loc[people["door"] == "arrest_diversion", "enrolled_on"],
        "referrals_made": opened.dropna(),
        "referrals_closed": closed.dropna(),
        "referrals_served": served.dropna(),
    }
    rows = [pd.DataFrame({"what": what, "day": days, "count": 1}) for what, days in parts.items()]
    found = pd.concat([sharps["sharps"], visits["sharps"]], ignore_index=True)
    rows.append(pd.DataFrame({"what": "needles", "day": needles, "count": found}))
    return pd.concat(rows, ignore_index=True)


def _by_week(counted: pd.DataFrame, mondays: list[date]) -> pd.DataFrame:
    """Return the counts of each of some weeks, 0 where nothing was counted."""
    weeks = pd.Series([monday_of(day) for day in counted["day"]], counted.index, "object")
    sums = counted.assign(week=weeks).groupby(["what", "week"])["count"].sum()
    every = pd.MultiIndex.from_product([WHAT, mondays], names=["what", "week"])
    return sums.reindex(every, fill_value=0).astype("int64").reset_index()
