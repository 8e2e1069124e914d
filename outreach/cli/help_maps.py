"""Commands that write maps of help, each one HTML file that opens with no internet."""

from pathlib import Path
from typing import Annotated, Any

import typer

from outreach.cli.options import CityOption, JsonOption, now
from outreach.cli.output import out, show_json, working

map_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="""Maps of help, each one HTML file without redacted places.

    `outreach resources map proximity near.html --need homelessness --at "2026-11-24 14:00"`

    `outreach resources map access gaps.html --need mental_health --mode walk`

    `outreach resources map site site.html --kind homeless_shelter --count 2`
    """,
)

Target = Annotated[Path, typer.Argument(help="The HTML file to write.")]
Need = Annotated[str | None, typer.Option(help="homelessness, mental_health … ; else any.")]
Kind = Annotated[str | None, typer.Option(help="library, food_pantry … ; else any.")]
ModeOption = Annotated[str, typer.Option(help="walk or drive.")]
At = Annotated[
    str | None,
    typer.Option(help='Local time such as "2026-11-24 14:00", or now; else hours are left aside.'),
]


@map_app.command("proximity")
def proximity_map(
    target: Target,
    city: CityOption = Path(),
    need: Need = None,
    kind: Kind = None,
    mode: ModeOption = "walk",
    at: At = None,
    place: Annotated[
        str | None, typer.Option(help="resource_id of a place whose areas are outlined.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Minutes by street from every hex to the nearest place, open on arrival if a time is given."""
    from outreach.pipeline import help_maps

    with working(quiet=as_json) as report:
        asked = help_maps.asked(city, need, kind, mode, at, now=now())
        facts = help_maps.write_proximity(
            city, asked, target, place=place, now=now(), report=report
        )
    _done(target, facts, as_json)


@map_app.command("access")
def access_map(
    target: Target,
    city: CityOption = Path(),
    need: Need = None,
    kind: Kind = None,
    mode: ModeOption = "walk",
    at: At = None,
    people: Annotated[bool, typer.Option(help="Need is people living there, not calls.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Where need is much and help within reach is little."""
    from outreach.pipeline import help_maps

    with working(quiet=as_json) as report:
        asked = help_maps.asked(city, need, kind, mode, at, now=now())
        facts = help_maps.write_access(
            city, asked, target, demand="people" if people else "calls", now=now(), report=report
        )
    _done(target, facts, as_json)


@map_app.command("site")
def site_map(
    target: Target,
    city: CityOption = Path(),
    what: Annotated[str, typer.Option(help="help, sharps_box or base.")] = "help",
    need: Need = None,
    kind: Kind = None,
    mode: ModeOption = "walk",
    goal: Annotated[str, typer.Option(help="p_median, p_center or coverage.")] = "p_median",
    count: Annotated[int, typer.Option(min=1, max=10, help="How many sites.")] = 1,
    within: Annotated[float, typer.Option(min=1, help="Minutes that count as near.")] = 15,
    host: Annotated[
        list[str] | None, typer.Option(help="Kind of places that could host; repeatable.")
    ] = None,
    point: Annotated[
        list[str] | None, typer.Option(help="A candidate: LAT,LON,NAME; repeatable.")
    ] = None,
    busiest: Annotated[int, typer.Option(min=0, help="Busiest hexes as candidates.")] = 10,
    people: Annotated[bool, typer.Option(help="Need is people living there, not calls.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Where a new place of help, a sharps box or a base would shorten most ways."""
    from outreach.pipeline import help_maps
    from outreach.pipeline.help_sites import HOSTS, Candidates
    from outreach.pipeline.help_words import named_points

    wish = help_maps.wish(
        what=what, need=need, kind=kind, mode=mode, goal=goal, count=count, within_min=within,
        demand="people" if people else "calls",
    )  # fmt: skip
    candidates = Candidates(
        hosts=tuple(HOSTS if host is None else host),
        busiest=busiest,
        points=named_points("\n".join(point or ())),
    )
    with working(quiet=as_json) as report:
        facts = help_maps.write_site(city, wish, candidates, target, now=now(), report=report)
    _done(target, facts, as_json)


def _done(target: Path, facts: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show_json({"map": str(target), **facts})
        return
    short = {name: value for name, value in facts.items() if not isinstance(value, dict | list)}
    for name, value in short.items():
        out.print(f"  {name.replace('_', ' ')}: {value}", markup=False, highlight=False)
    out.print(f"The map is in {target}", markup=False, highlight=False)
