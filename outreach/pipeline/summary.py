"""The manager's weekly summary of a city, as one file."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from outreach.errors import InputError
from outreach.maps.week import headline
from outreach.pipeline.demand import Demand, demand_of
from outreach.pipeline.view import CityView, city_view
from outreach.plan.document import Plan
from outreach.reports import weekly
from outreach.roles import needs
from outreach.schemas import UNKNOWN
from outreach.store.folder import write_whole
from outreach.weeks import coming_week, local_text

Report = Callable[[str], None]


@needs("counts")
def weekly_summary(
    folder: Path, *, now: datetime, report: Report = lambda _: None
) -> tuple[str, str]:
    """Return the summary for the coming week as HTML, and that week.

    Raises   ConfigError, StoreError, InputError   the folder is not in order
    """
    report("counting calls")
    view = city_view(folder, now)
    report("writing the summary")
    week = coming_week(now, view.city.time_zone)
    return weekly.weekly_summary(week_facts(view, demand_of(view), week)), week


def write_summary(target: Path, text: str) -> None:
    """Write a summary whole or not at all.

    Raises   InputError   the target is a folder
    """
    if target.is_dir():
        raise InputError(f"{target} is a folder; name a file in it, such as {target}/summary.html")
    write_whole(target, text, private=True)


@needs("counts")
def week_facts(view: CityView, demand: Demand, week: str) -> weekly.WeekFacts:
    """Gather what a summary is made of: hexes and neighbourhoods, nobody's name or address."""
    city, imports = view.city, view.imports
    accepted = int(imports["accepted"].sum())
    asked = view.call_types[view.call_types["counts_as"] == "demand"]
    helped = int(asked["calls"].sum())
    on_hexes, known = int(view.fine_counts["calls"].sum()), int(view.weekly["calls"].sum())
    return weekly.WeekFacts(
        city=city.name,
        invented_data=city.invented_data,
        programme=city.programme,
        as_of=local_text(view.as_of, city.time_zone),
        week=week,
        calendar=demand.calendar,
        weekly=view.weekly,
        area_weeks=demand.area_weeks,
        hot_spots=demand.hot_spots,
        emerging=demand.emerging,
        label_counts=demand.label_counts,
        alerts=demand.alerts,
        chance_alarms=demand.chance_alarms,
        false_alarm_rate=city.alerts.false_alarm_rate,
        forecast=demand.forecast,
        backtest=demand.backtest,
        exposure=demand.exposure,
        stickiness=demand.stickiness,
        limits=city.exposure,
        plan=_plan(view, week),
        staff_share=_share(int(imports["officer_initiated"].sum()), accepted),
        unplaced_share=_share(known - on_hexes, known),
        unmapped_share=_share(int(asked.loc[asked["need"] == UNKNOWN, "calls"].sum()), helped),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _plan(view: CityView, week: str) -> dict[str, str] | None:
    """Return what the week's newest plan holds, in words and figures."""
    mine = [plan for plan in view.plans if plan.week == week]
    if not mine:
        return None
    plan: Plan = max(mine, key=lambda plan: plan.number)
    return {"Version": f"{plan.number}, {plan.status}", **headline(plan)}
