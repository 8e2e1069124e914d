"""Commands about the directory of help: reading it in, looking it over, handing it on."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.box import SIMPLE
from rich.table import Table

from outreach.cli.options import CityOption, JsonOption, now
from outreach.cli.output import out, show_json, working
from outreach.config import CONFIG_NAME, load_city
from outreach.errors import InputError
from outreach.weeks import local_date

if TYPE_CHECKING:
    import pandas as pd

    from outreach.pipeline.directory_import import Imported

EXPORTER = "outreach resources export"
COUNTED = (
    "rows_in", "accepted", "quarantined", "hours_given", "hours_read", "kept_as_corrected",
    "doubtful", "kept",
)  # fmt: skip

resources_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="""The directory of places that help: shelters, pantries, clinics, libraries …

    1. `outreach resources import pantries.csv --city albany` reads places in

    2. `outreach resources check` tells what to ask about, and whom to call

    3. `outreach resources list --need homelessness --open-at "2026-11-24 14:00"` looks it up

    4. `outreach resources export albany.zip` hands it on, without confidential places
    """,
)


@resources_app.command("import")
def import_resources(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="HSDS packages (folder, .zip, datapackage.json or .json), Ohana folders, .csv, "
            ".geojson, or OpenStreetMap (.osm, .osm.bz2, .osm.pbf)."
        ),
    ],
    city: Annotated[
        Path | None,
        typer.Option("--city", "-c", envvar="OUTREACH_CITY", help="Whose directory they go into."),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(help="What the places are, if the file does not say: food_pantry, library …"),
    ] = None,
    as_json: JsonOption = False,
    hours_table: Annotated[
        Path | None,
        typer.Option(help="Write opening hours beside the rules read from them, to be checked."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and report; keep nothing.")] = (
        False
    ),
) -> None:
    """Add places that help to a city's directory, or only look at what a file holds.

    A place read again replaces its older record; what somebody corrected here stays. Rows that
    cannot be used are set aside with their reason in directory_quarantine.csv of the city folder.
    Hours are read from OpenStreetMap's opening_hours, from HSDS schedules and from everyday
    English ("1st and 3rd Monday 9-11am, closed holidays"). What is not understood fully is kept as
    written and never guessed. Outside a city folder and without `--city` nothing is kept.
    """
    from outreach.pipeline.directory_import import import_places

    if city is None and Path(CONFIG_NAME).exists():
        city = Path()
    with working() as report:
        found = import_places(city, files, kind=kind, now=now(), dry_run=dry_run, report=report)
    if hours_table is not None:
        _write_hours(hours_table, found)
    if as_json:
        show_json(facts_of(found))
    else:
        _show(found, city, dry_run)
        if hours_table is not None:
            out.print(f"Hours and the rules read from them: {hours_table}", markup=False)


def facts_of(found: "Imported") -> dict[str, Any]:
    """Return what a script wants to know of an import."""
    return {name: getattr(found, name) for name in COUNTED} | {"reasons": dict(found.reasons)}


def _write_hours(path: Path, found: "Imported") -> None:
    from outreach.reports.exports import csv_bytes
    from outreach.store.folder import write_whole

    try:
        write_whole(path, csv_bytes(found.hours), private=True)
    except OSError as error:
        raise InputError(f"the table of hours cannot be written to {path}: {error}") from None


def _show(found: "Imported", city: Path | None, dry_run: bool) -> None:
    out.print(f"{found.accepted:,} places read, {found.quarantined:,} rows set aside")
    for reason, rows in found.reasons.items():
        out.print(f"  {rows:,}: {reason}", markup=False)
    unread = found.hours_given - found.hours_read
    out.print(
        f"{found.hours_given:,} have hours on file: {found.hours_read:,} read fully"
        + (f", {unread:,} kept as written and not guessed" if unread else "")
    )
    if found.kept_as_corrected:
        out.print(f"{found.kept_as_corrected:,} corrected here earlier: the corrections stay")
    if found.doubtful:
        out.print(
            f"{found.doubtful:,} lie where streets or address say otherwise; they are kept and "
            "marked: outreach resources check",
            style="yellow",
        )
    if city is None:
        out.print("Nothing was kept, as no city was named; with --city FOLDER it is.")
    elif dry_run:
        out.print("This was a dry run: nothing was written.")


@resources_app.command()
def check(city: CityOption = Path(), as_json: JsonOption = False) -> None:
    """Tell which places to call: not verified for long, doubtful on the map, hours not understood.

    Places are compared with the streets and with where their addresses lie; nothing is moved. How
    long is long, and how far is far, stands under [resources] in city.toml.
    """
    from outreach.pipeline.directory import read_directory
    from outreach.pipeline.directory_checks import looked_over

    with working() as report:
        report("comparing places with the streets")
        today = local_date(now(), load_city(city).time_zone)
        places = looked_over(city, read_directory(city), today=today)
    wanted = places[places["to_verify"]]
    if as_json:
        counted = {name: int(places[name].sum()) for name in ("stale", "doubtful", "hours_unread")}
        rows = [
            {
                "resource_id": row["resource_id"],
                "name": row["name"],
                "phone": row["phone"],
                "redacted": row["redacted"],
                "doubts": row["doubts"],
            }
            for row in wanted.to_dict("records")
        ]
        show_json({"places": len(places), **counted, "to_verify": rows})
        return
    if wanted.empty:
        out.print(f"{len(places):,} places, none to ask about")
        return
    table = Table("Place", "Phone", "Why", box=SIMPLE)
    for row in wanted.to_dict("records"):
        secret = " (confidential)" if row["redacted"] else ""
        table.add_row(row["name"] + secret, row["phone"] or "", " ".join(row["doubts"]))
    out.print(table, markup=False)
    out.print(f"{len(wanted):,} of {len(places):,} places to ask about")


@resources_app.command("list")
def list_resources(
    city: CityOption = Path(),
    need: Annotated[str | None, typer.Option(help="Only those that serve it.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only of this kind.")] = None,
    open_at: Annotated[
        str | None, typer.Option(help='Only those open then, local time: "2026-11-24 14:00".')
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List places that help; confidential ones are left out.

    With `--open-at` places whose hours are not known or not understood are left out too: they are
    never called open.
    """
    from outreach.pipeline.directory import read_directory
    from outreach.pipeline.directory_list import narrowed, states_at
    from outreach.resources.directory.kinds import kind_words

    settings = load_city(city)
    places = read_directory(city)
    shown = narrowed(places[~places["redacted"]].reset_index(drop=True), need=need, kind=kind)
    if open_at is not None:
        at = _moment(open_at, settings.time_zone)
        state = states_at(shown, at, settings)["state"]
        shown = shown.assign(on_arrival=state)
        shown = shown[shown["on_arrival"].isin(["open", "by_appointment"])]
    if as_json:
        show_json({"places": _rows(shown)})
        return
    table = Table("Place", "Kind", "Hours", "Address", "Phone", box=SIMPLE)
    for row in shown.to_dict("records"):
        told = [row[name] or "" for name in ("hours_text", "address", "phone")]
        table.add_row(row["name"], kind_words(row["kind"]), *told)
    out.print(table, markup=False)
    hidden = int(places["redacted"].sum())
    left = f"; {hidden:,} confidential are left out" if hidden else ""
    out.print(f"{len(shown):,} of {len(places):,} places{left}")


def _rows(shown: "pd.DataFrame") -> list[dict[str, Any]]:
    names = [
        "resource_id", "name", "organization", "kind", "needs", "address", "phone", "website",
        "hours_text", "hours_state", "eligibility", "lon", "lat",
    ]  # fmt: skip
    return [{name: row[name] for name in names} for row in shown.to_dict("records")]


def _moment(text: str, time_zone: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(time_zone))
    except ValueError:
        raise InputError(
            f'--open-at takes a local day and time such as "2026-11-24 14:00", not {text!r}'
        ) from None


@resources_app.command()
def export(
    file: Annotated[Path, typer.Argument(help="A .zip (data package) or .json to write.")],
    city: CityOption = Path(),
) -> None:
    """Write the directory as HSDS 3.2.3 for others; confidential places are left out."""
    from outreach.pipeline.directory import export_directory, read_directory

    export_directory(city, file, by=EXPORTER, now=now())
    places = read_directory(city)
    hidden = int(places["redacted"].sum())
    left = f", without {hidden:,} confidential" if hidden else ""
    out.print(f"{len(places) - hidden:,} places written to {file}{left}", markup=False)
