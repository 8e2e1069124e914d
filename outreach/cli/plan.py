"""Commands of the weekly sweep: plan, change and plan again, compare, publish, draw, what if."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from outreach.cli.options import CityOption, JsonOption, WeekOption, now
from outreach.cli.output import out, show_json, working
from outreach.config import load_city
from outreach.errors import InputError
from outreach.weeks import coming_week

if TYPE_CHECKING:
    from outreach.plan.document import Plan
    from outreach.plan.solver import Progress, Watch

LimitOption = Annotated[
    float | None, typer.Option(help="Seconds the search may take; else as in city.toml.")
]
ByOption = Annotated[str, typer.Option(help="The lead who does it; goes into the audit trail.")]


def plan(
    week_text: WeekOption = "",
    city: CityOption = Path(),
    limit_s: LimitOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draft a week's sweep: who visits whom and where, in which order, with a reason for each.

    The draft is checked by an independent checker before it is kept. It stays a draft until a
    person publishes it. Ctrl+C ends the search and takes the best found so far.
    """
    from outreach.pipeline import week

    with working() as report, _best_so_far(report) as watch:
        made = week.make_week_plan(
            city, week_text or _next_week(city), now=now(), limit_s=limit_s,
            report=report, watch=watch,
        )  # fmt: skip
    _show_plan(made, city, as_json)


def replan(
    by: ByOption,
    week_text: WeekOption = "",
    version: Annotated[int | None, typer.Option(help="Which version; else the newest.")] = None,
    pin: Annotated[
        list[str] | None,
        typer.Option(help="CANDIDATE or CANDIDATE=SHIFT: a stop that must stay; repeatable."),
    ] = None,
    forbid: Annotated[
        list[str] | None, typer.Option(help="CANDIDATE to take out; repeatable.")
    ] = None,
    drop: Annotated[
        list[str] | None, typer.Option(help="CANDIDATE whose earlier change is taken back.")
    ] = None,
    add: Annotated[
        str | None, typer.Option(help="Address or crossing of a stop to put in.")
    ] = None,
    why: Annotated[str, typer.Option(help="Why that stop is put in.")] = "",
    minutes: Annotated[float, typer.Option(help="How long that stop takes.")] = 30,
    city: CityOption = Path(),
    limit_s: LimitOption = None,
    as_json: JsonOption = False,
) -> None:
    """Plan a week again after changes, with as few other changes as possible.

    Candidates and shifts are named as in `plan --json` documents. Earlier changes stay unless they
    are dropped; who goes out and what binds is read anew.
    """
    from outreach.pipeline import replan as again
    from outreach.pipeline.locate import locate
    from outreach.pipeline.week import find_plan

    chosen = week_text or _next_week(city)
    stops: tuple[again.Stop, ...] = ()
    if add is not None:
        stops = (again.add_stop(add, *locate(city, add), minutes=minutes, reason=why),)
    edits = again.Edits(
        pins=dict(_pin(text) for text in pin or ()),
        forbids=frozenset(forbid or ()),
        added=stops,
        dropped=frozenset(drop or ()),
    )
    with working() as report, _best_so_far(report) as watch:
        made = again.replan(
            city, chosen, find_plan(city, chosen, version).number, edits, by=by, now=now(),
            limit_s=limit_s, report=report, watch=watch,
        )  # fmt: skip
    _show_plan(made, city, as_json)


def _pin(text: str) -> tuple[str, str | None]:
    candidate, _, shift = text.partition("=")
    return candidate, shift or None


def compare(
    old: Annotated[int, typer.Argument(help="Version to compare with.")],
    new: Annotated[int, typer.Argument(help="Version that is compared.")],
    week_text: WeekOption = "",
    city: CityOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Compare two versions of a week: what each comes to, and the stops that differ."""
    from outreach.pipeline.replan import compare_plans

    found = compare_plans(city, week_text or _next_week(city), old, new)
    before, after = asdict(found.old), asdict(found.new)
    rows = found.differences.astype(object).where(found.differences.notna(), None)
    if as_json:
        show_json({"old": before, "new": after, "differences": rows.to_dict("records")})
        return
    table = Table("", f"version {old}", f"version {new}")
    for name, value in before.items():
        table.add_row(name.replace("_", " "), _figure(value), _figure(after[name]))
    out.print(table)
    for row in rows.to_dict("records"):
        where = " to ".join(row[name] for name in ("before", "after") if row[name])
        out.print(f"{row['difference']} ({row['cause']}): {row['label']} ({where})", markup=False)


def publish(
    by: Annotated[str, typer.Option(help="The lead who approves it; goes into the audit trail.")],
    week_text: WeekOption = "",
    version: Annotated[int | None, typer.Option(help="Which draft; else the newest.")] = None,
    city: CityOption = Path(),
) -> None:
    """Publish a draft: a person approves it, and the audit trail says who."""
    from outreach.pipeline import week

    chosen = week_text or _next_week(city)
    done = week.publish_plan(city, chosen, version, by=by, now=now())
    out.print(f"{done.week}, version {done.number}: published by {done.published_by}")


def draw_map(
    week_text: WeekOption = "",
    city: CityOption = Path(),
    version: Annotated[int | None, typer.Option(help="Which version; else the newest.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="HTML file.")] = None,
    tiles: Annotated[
        bool,
        typer.Option(
            "--tiles", help="OpenStreetMap pictures below; tells its servers where you look."
        ),
    ] = False,
) -> None:
    """Write the week's map as one HTML file that opens with no internet.

    It shows addresses: keep it as you keep the plan.
    """
    from outreach.pipeline.week_map import write_week_map

    chosen = week_text or _next_week(city)
    target = output or Path(f"sweep-{chosen}.html")
    with working() as report:
        write_week_map(city, chosen, version, target, now=now(), tiles=tiles, report=report)
    out.print(f"{target} ({target.stat().st_size / 1e6:.1f} MB)", highlight=False)


def scenario(
    team: Annotated[str, typer.Option(help="The team whose crew would go out once more.")],
    day: Annotated[str, typer.Option(help="On which day: mon, tue, wed …")],
    start: Annotated[str, typer.Option(help="From which hour, such as 13:00.")] = "09:00",
    hours: Annotated[str, typer.Option(help="How long it would be, in hours.")] = "2 4 6 8",
    week_text: WeekOption = "",
    city: CityOption = Path(),
    limit_s: LimitOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what a week would gain from one more shift, by its length. Nothing is kept."""
    from outreach.pipeline.scenario import shift_like, what_if

    chosen = week_text or _next_week(city)
    lengths = _lengths(hours)
    added = shift_like(city, chosen, team=team, day=day.lower()[:3], start=start)
    with working() as report:
        found = what_if(
            city, chosen, added, now=now(), hours=lengths, limit_s=limit_s, report=report
        )
    if as_json:
        show_json({"week": chosen, "curve": found.to_dict("records")})
        return
    table = Table("hours more", "need met", "more an hour", "stops", "h on the way", "added")
    for row in found.itertuples():
        figures = (f"{row.extra_h:g}", f"{row.need_met:.1f}", f"{row.more_per_h:.2f}")
        table.add_row(*figures, str(row.stops), f"{row.travel_h:.1f}", str(row.added))
    out.print(table)
    out.print("Need met is in calls a week at the stops: what could be met, not what will change.")


def _lengths(text: str) -> list[float]:
    try:
        return [float(part) for part in text.replace(",", " ").split()]
    except ValueError:
        raise InputError(f"--hours takes numbers such as 2 4 6 8, not {text!r}") from None


@contextmanager
def _best_so_far(report: Callable[[str], None]) -> Iterator["Watch"]:
    """Tell how far a search is; Ctrl+C ends it with the best so far, and once more ends it all."""
    ended = Event()

    def end(*_: object) -> None:
        if ended.is_set():
            raise KeyboardInterrupt
        ended.set()
        report("taking the best so far")

    def told(progress: "Progress") -> bool:
        if not ended.is_set():
            report(
                f"choosing stops: {progress.share:.0%}, {progress.stops} stops, "
                f"{progress.worth:.1f} calls a week"
            )
        return not ended.is_set()

    before = signal.signal(signal.SIGINT, end)
    try:
        yield told
    finally:
        signal.signal(signal.SIGINT, before)


def _show_plan(made: "Plan", city: Path, as_json: bool) -> None:
    from outreach.pipeline.week_map import plan_facts

    facts = plan_facts(made)
    if as_json:
        show_json(facts)
        return
    out.print(
        f"{made.week}, draft {made.number}: {facts['stops']} stops in {facts['shifts']} shifts, "
        f"{facts['left_out']} candidates left out with a reason, {facts['travel_h']} h on the way",
        highlight=False,
    )
    if made.changed_stops is not None:
        out.print(
            f"{made.changed_stops} stops are other than in version {made.made_from} beside what "
            "was asked for or had to be", highlight=False,
        )  # fmt: skip
    for note in made.notes:
        out.print(f"note: {note}", markup=False)
    where = _city_words(city)
    out.print(
        f"Next: outreach serve{where}, or outreach map --week {made.week}{where}", highlight=False
    )


def _figure(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _city_words(city: Path) -> str:
    """Return the option that names the city, where the next command needs it."""
    return "" if city == Path() or "OUTREACH_CITY" in os.environ else f" --city {city}"


def _next_week(city: Path) -> str:
    return coming_week(now(), load_city(city).time_zone)
