"""What a lead reads at a glance: one line and one next step each; no Streamlit is drawn here."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from outreach.config import City, ExposureParams
from outreach.pages.language import _, day, moment
from outreach.pipeline.demand import Demand
from outreach.pipeline.glance import Age, Gaps, Reach, Waiting, WeekPlan

OLD_CALLS_DAYS = 10  # a week's export and a few days
Kind = Literal["look", "good", "quiet"]


@dataclass(frozen=True)
class Line:
    """One line, and the page on which something can be done about it."""

    kind: Kind
    told: str
    page: str
    link: str
    chosen: dict[str, str] = field(default_factory=dict)


def counted(number: int, one: str, many: str, **told: object) -> str:
    """Return a count in words, of two sentences that hold {n} and what else is told."""
    return (one if number == 1 else many).format(n=f"{number:,}", **told)


def overdue_line(waits: Waiting) -> Line:
    """Say how many follow-ups are overdue, and whom nobody has met for long."""
    alone = len(waits.overdue) - waits.tasks
    if waits.overdue.empty:
        told = _("No follow-up is overdue, and nobody enrolled has been left for long.")
        return Line("good", told, "due", _("Follow-ups due"))
    said = []
    if waits.tasks:
        oldest = int(waits.overdue.loc[waits.overdue["promised"], "days_overdue"].max())
        said.append(
            counted(waits.tasks, _("{n} follow-up is overdue"), _("{n} follow-ups are overdue"))
            + ", "
            + counted(oldest, _("by {n} day"), _("by up to {n} days"))
        )
    if alone:
        said.append(
            counted(
                alone,
                _("{n} person enrolled has not been met for long"),
                _("{n} people enrolled have not been met for long"),
            )
        )
    return Line("look", "; ".join(said) + ".", "due", _("See them all"))


def referrals_line(waits: Waiting) -> Line | None:
    """Say how many people others have asked the team to see."""
    if waits.referrals_in.empty:
        return None
    told = counted(
        len(waits.referrals_in),
        _("{n} person was referred to us by others and waits for an answer."),
        _("{n} people were referred to us by others and wait for an answer."),
    )
    return Line("look", told, "due", _("Answer them"))


def plan_line(found: WeekPlan, zone: str, *, this_week: bool) -> Line:
    """Say how far a week's plan is, and what comes next."""
    if found.plan is None:
        told = _("The plan of {week} is not made yet.").format(week=found.week)
        if this_week:
            told = _("There is no plan for this week, {week}.").format(week=found.week)
        return Line("quiet" if this_week else "look", told, "sweep", _("Make a draft"))
    if found.state == "draft":
        told = _(
            "The plan of {week} is a draft with {stops} stops: nobody drives it before it is "
            "published."
        ).format(week=found.week, stops=found.planned)
        return Line("look", told, "sweep", _("Look through it and publish"))
    plan = found.plan
    when = moment(plan.published_at or plan.made_at, zone)
    told = _("The plan of {week} was published by {name}, {when}.").format(
        week=found.week, name=plan.published_by, when=when
    )
    if found.newer_draft:
        told += " " + _("Version {number} is a newer draft.").format(number=found.newer_draft)
        return Line("look", told, "sweep", _("Look through the draft"))
    return Line("good", told, "sweep", _("Open the sweep"))


def done_line(found: WeekPlan) -> Line | None:
    """Say how many of the stops planned so far have a logged visit."""
    if found.plan is None or found.state == "draft":
        if not found.logged:
            return None
        told = counted(
            found.logged,
            _("{n} visit is logged this week, outside of any plan."),
            _("{n} visits are logged this week, outside of any plan."),
        )
        return Line("quiet", told, "log", _("Log a visit"))
    told = _(
        "{visited} of {planned} stops have a logged visit; the time of {over} has come. "
        "{logged} visits are logged this week in all."
    ).format(visited=found.visited, planned=found.planned, over=found.over, logged=found.logged)
    missing = found.over > found.visited
    return Line("look" if missing else "good", told, "log", _("Log a visit"))


def barred_line(found: WeekPlan) -> Line | None:
    """Say how many stops fell out since somebody asked for it after the plan was made."""
    if not found.barred:
        return None
    told = counted(
        found.barred,
        _("{n} stop of {week} is left out: it may not be visited any more."),
        _("{n} stops of {week} are left out: they may not be visited any more."),
        week=found.week,
    )
    return Line("look", told, "sweep", _("Plan again without them"))


def gaps_line(found: Gaps | None, week: str) -> Line:
    """Say which shifts of a week cannot go, and how many hours are short."""
    more = {"week": week}
    if found is None:
        told = _("The shifts of {week} cannot be read.").format(week=week)
        return Line("look", told, "roster", _("See why"), more)
    if not found.shifts:
        told = _("Nobody goes out in {week}: there are no shifts.").format(week=week)
        return Line("look", told, "roster", _("Add shifts"), more)
    if found.short_h:
        told = _("{week} is short of {short} hours of {hours}: {why}").format(
            week=week,
            short=f"{found.short_h:g}",
            hours=f"{found.hours + found.short_h:g}",
            why=" ".join(found.at_home[:1]),
        )
        return Line("look", told, "roster", _("Mend the shifts"), more)
    told = _("{week}: all {shifts} shifts can go, {hours} hours.").format(
        week=week, shifts=found.shifts, hours=f"{found.hours:g}"
    )
    if found.extra:
        told += " " + counted(
            found.extra,
            _("{n} person in training goes along as an extra seat."),
            _("{n} people in training go along as extra seats."),
        )
    return Line("good", told, "roster", _("Teams and shifts"), more)


def reach_line(found: Reach, week: str, *, ahead: bool) -> Line | None:
    """Say how many of the listed people and places were met, and how many a plan has."""
    if not found.listed:
        return None
    shares = {
        "listed": found.listed,
        "week": week,
        "met": found.met,
        "met_share": f"{found.met / found.listed:.0%}",
        "planned": found.planned,
        "planned_share": f"{found.planned / found.listed:.0%}",
    }
    if ahead:
        told = _(
            "{planned} of {listed} listed people and places ({planned_share}) are on the plan of "
            "{week}."
        )
    else:
        told = _("{met} of {listed} listed people and places ({met_share}) were met in {week}.")
        if found.planned:
            told += " " + _("{planned} ({planned_share}) are on its plan.")
    told = told.format(**shares)
    return Line("quiet", told, "repeat", _("Who is listed"))


def exploration_line(found: WeekPlan) -> Line | None:
    """Say which share of the stops goes where calls are few, beside what was wanted."""
    if found.plan is None or found.exploration_share is None:
        return None
    told = _("{share} of the stops of {week} go where calls are few; {wanted} were wanted.").format(
        share=f"{found.exploration_share:.0%}",
        week=found.week,
        wanted=f"{found.plan.exploration_share:.0%}",
    )
    few = round(found.exploration_share, 2) < round(found.plan.exploration_share, 2)
    return Line("look" if few else "good", told, "sweep", _("Open the sweep"))


def exposure_line(demand: Demand, params: ExposureParams) -> Line | None:
    """Say where visits and calls part (safeguard 10)."""
    if not len(demand.exposure) or not demand.exposure["visits"].sum():
        return None
    over = int(demand.exposure["warning"].sum())
    if not over:
        told = _("No neighbourhood gets clearly more visits than its share of calls.")
        return Line("good", told, "trends", _("See the shares"))
    told = counted(
        over,
        _("{n} neighbourhood gets more than {limit} times its share of calls in visits."),
        _("{n} neighbourhoods get more than {limit} times their share of calls in visits."),
        limit=f"{params.max_inflation:g}",
    )
    return Line("look", told, "trends", _("See the shares"))


def alerts_line(demand: Demand) -> Line | None:
    """Say how many alarms the last whole week gave, beside how many chance would give."""
    if not len(demand.alerts) or not (demand.alerts["chance"] > 0).any():
        return None
    alarms = int(demand.alerts["alarm"].sum())
    told = counted(
        alarms,
        _("{n} alarm in the week from {day}; chance alone would give about {chance}."),
        _("{n} alarms in the week from {day}; chance alone would give about {chance}."),
        day=day(demand.alerts["week"].max()),
        chance=f"{demand.chance_alarms:.1f}",
    )
    return Line("look" if alarms else "good", told, "alerts", _("Alerts"))


def directory_line(found: Age, city: City) -> Line:
    """Say how many places of help nobody has asked about for long."""
    if found.places and found.stale:
        told = counted(
            found.stale,
            _("{n} of {all} places in the directory was not verified for {days} days or more."),
            _("{n} of {all} places in the directory were not verified for {days} days or more."),
            all=f"{found.places:,}",
            days=city.resources.stale_days,
        )
        return Line("look", told, "directory", _("Ask whether they still hold"))
    if not found.places:
        told = _("The directory has no places of help yet.")
        return Line("look", told, "directory", _("Bring some in"))
    told = _("All {n} places in the directory were verified lately.").format(n=found.places)
    return Line("good", told, "directory", _("Directory"))


def calls_line(newest: date | None, today: date) -> Line:
    """Say how old the newest call is."""
    if newest is None:
        told = _("It is not known of when the newest call is.")
        return Line("look", told, "incoming", _("What came in"))
    days = (today - newest).days
    old = days > OLD_CALLS_DAYS
    told = _("The newest call is of {day}.").format(day=day(newest))
    if old:
        told += " " + counted(days, _("{n} day ago."), _("{n} days ago."))
    link = _("Bring in a newer export") if old else _("What came in")
    return Line("look" if old else "good", told, "incoming", link)
