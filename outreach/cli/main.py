"""The command line: one short function per command; all work is done in the pipeline.

Commands import the pipeline when they run, so that help comes at once.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from outreach import roles
from outreach.cli import bench, demand, link, plan, sheets
from outreach.cli.accounts import accounts_app
from outreach.cli.db import db_app
from outreach.cli.help_maps import map_app
from outreach.cli.options import CityOption, JsonOption, now
from outreach.cli.output import intake_facts, out, show_error, show_intake, show_json, working
from outreach.cli.people import export_app
from outreach.cli.resources import resources_app
from outreach.config import load_city
from outreach.errors import InputError, OutreachError
from outreach.weeks import local_date

APP = Path(__file__).parents[2] / "app.py"

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="""Plan a week of outreach from a department's call export.

    **A new city, step by step**

    1. `outreach init albany --streets albany.osm.bz2` makes the city folder

    2. `outreach ingest calls.csv --city albany --dry-run` shows how the export would be read;
       without `--dry-run` it is read

    3. `outreach plan --city albany --week 2026-W48` drafts the sweep

    4. `outreach serve --city albany` opens the app, where a lead looks, changes and publishes

    Inside a city folder `--city` can be left out. `outreach demo` shows all of it on an invented
    town.
    """,
)
app.add_typer(resources_app, name="resources")
resources_app.add_typer(map_app, name="map")
app.add_typer(db_app, name="db")
app.add_typer(export_app, name="export")
app.add_typer(accounts_app, name="accounts")
app.command()(plan.plan)
app.command()(plan.replan)
app.command()(plan.compare)
app.command()(plan.publish)
app.command("map")(plan.draw_map)
app.command("sheets")(sheets.sheets)
app.command("take-in")(sheets.take_in)
app.command()(plan.scenario)
app.command()(demand.backtest)
app.command()(demand.summary)
app.command()(link.link)
app.command()(bench.bench_routes)


def main() -> None:
    """Run a command; what a user can mend is one line and exit code 2, never a traceback."""
    roles.answer_by(lambda: roles.OPERATOR)
    try:
        app()
    except OutreachError as error:
        show_error(error)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(1)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The city folder to make.")],
    streets: Annotated[
        Path | None,
        typer.Option(
            "--streets", "-s",
            help="Local streets: .osm, .osm.bz2, .osm.pbf, .graphml or centreline .geojson.",
        ),
    ] = None,
    place: Annotated[
        str | None,
        typer.Option(help='Or a name to download from OpenStreetMap: "Albany, New York, USA".'),
    ] = None,
    name: Annotated[str | None, typer.Option(help="The city's name.")] = None,
    time_zone: Annotated[
        str | None, typer.Option(help="IANA zone; found from the streets where left out.")
    ] = None,
    base: Annotated[
        str | None, typer.Option(help="Home base as LAT,LON; the middle where left out.")
    ] = None,
    resources: Annotated[
        list[Path] | None,
        typer.Option(help="Places that help, as for outreach resources import; repeatable."),
    ] = None,
    areas: Annotated[
        Path | None, typer.Option(help="Parks, water and neighbourhoods for the map: GeoJSON.")
    ] = None,
) -> None:  # fmt: skip
    """Make a city folder: settings, street network, directory, key.

    Streets from a local file need nothing else; without streets, calls can be read and counted,
    but nothing can be planned.
    """
    from outreach.pipeline import directory, setup

    if streets and place:
        raise InputError("give --streets or --place, not both; nothing was made")
    new = setup.NewCity(
        streets, place, name, time_zone, _lat_lon(base), tuple(resources or ()), areas
    )
    with working() as report:
        city = setup.init_city(folder, new, report=report)
    networks = setup.load_networks(folder)
    out.print(f"{city.name} is ready in {folder} (time zone {city.time_zone})", highlight=False)
    for mode, network in networks.items():
        out.print(f"  {mode}: {len(network.nodes):,} corners, {len(network.edges):,} street pieces")
    out.print(f"  {len(directory.read_directory(folder)):,} places that help")
    if not networks:
        out.print(
            f"note: without streets nothing can be planned; check time_zone in {folder}/city.toml, "
            "the exports' clocks are read by it",
            style="yellow", highlight=False,
        )  # fmt: skip
    out.print(f"Next: look over {folder}/city.toml, then: outreach ingest FILE --city {folder}")


def _lat_lon(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        lat, lon = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"--base takes LAT,LON such as 42.65,-73.75, not {text!r}") from None
    return lat, lon


@app.command()
def ingest(
    files: Annotated[list[Path], typer.Argument(help="Exports to read.")],
    city: CityOption = Path(),
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show mapping, samples and counts; write nothing.")
    ] = False,
    as_json: JsonOption = False,
    export: Annotated[
        str | None, typer.Option(help="Name of this source; its mapping is kept under it.")
    ] = None,
    crs: Annotated[
        str | None, typer.Option(help="Coordinate system of x and y, such as EPSG:2913.")
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option(help="Zone of the export's clock, if not the city's.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Such as cp1252, if not UTF-8.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook.")] = None,
    call_source: Annotated[
        str | None,
        typer.Option(help="What all rows are where no column says: 911, 311, officer_initiated …"),
    ] = None,
    as_it_happened: Annotated[
        bool,
        typer.Option("--as-it-happened", help="History loaded at once: known when received."),
    ] = False,
) -> None:
    """Read call exports: CSV, TSV, Excel, Parquet, GeoJSON, also gzipped.

    Finds the columns and says what it chose; edit mappings/NAME.toml in the city folder where it
    chose wrongly. Every row is accepted, a duplicate, or set aside with its reason in
    batches/*/quarantine.csv. Reading a file again adds nothing.
    """
    from outreach.pipeline import intake

    wishes = intake.Wishes(encoding, sheet, crs, time_zone, export, call_source, as_it_happened)
    done, wrong = [], []
    for path in files:
        try:
            with working() as report:
                result = intake.ingest_file(
                    city, path, wishes, now=now(), dry_run=dry_run,
                    progress=_rows_of(path, report),
                )  # fmt: skip
        except InputError as error:
            wrong.append(error)
            continue
        done.append(result)
        if not as_json:
            show_intake(result, dry_run)
    if as_json and done:
        show_json(intake_facts(done, dry_run))
    if wrong:
        for earlier in wrong[:-1]:
            show_error(earlier)
        raise wrong[-1]


def _rows_of(path: Path, report: Callable[[str], None]) -> Callable[[int], None]:
    return lambda rows: report(f"{path.name}: {rows:,} rows")


@app.command()
def serve(
    city: CityOption = Path(),
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8501,
    headless: Annotated[bool, typer.Option(help="Do not open a browser.")] = False,
    listen: Annotated[
        str, typer.Option(help="Address to listen on, such as 10.0.0.5 or 0.0.0.0 for all.")
    ] = "localhost",
) -> None:
    """Open the app on this machine, or with `--listen` to others in the network.

    An invented city needs no login and is shown on this machine only. For others make an admin
    first: `outreach accounts add`. The app itself speaks plain HTTP: put a server with TLS, such
    as nginx or Caddy, in front of it on this machine, and leave `--listen` as it is.
    """
    settings = load_city(city)
    _check_listen(city, listen, invented=settings.invented_data)
    _free(port)
    command = [
        sys.executable, "-m", "streamlit", "run", str(APP),
        "--server.address", listen, "--server.port", str(port),
        "--server.headless", str(headless).lower(),
    ]  # fmt: skip
    (APP.parent / "static").mkdir(exist_ok=True)  # Streamlit warns where it is made later
    environment = {**os.environ, "OUTREACH_CITY": str(city.resolve())}
    out.print(f"The app opens on http://{listen}:{port} (Ctrl+C ends it)")
    raise typer.Exit(
        subprocess.run(command, env=environment, cwd=APP.parent, check=False).returncode
    )


def _check_listen(city: Path, listen: str, *, invented: bool) -> None:
    """Refuse to show a city to the network without a login; say what plain HTTP means there."""
    from outreach.pipeline.accounts import has_admin

    if listen in ("localhost", "127.0.0.1", "::1"):
        return
    if invented:
        raise InputError(
            "the demo needs no login, so it is shown on this machine only; leave --listen out"
        )
    if not has_admin(city):
        raise InputError(
            "nobody can log in yet, so the app is not shown to the network; make an admin first: "
            f'outreach accounts add "NAME" --login LOGIN --role admin --city {city}'
        )
    out.print(
        "note: this is plain HTTP, and passwords can be read on the way; put a server with TLS "
        "in front",
        style="yellow", highlight=False,
    )  # fmt: skip


def _free(port: int) -> None:
    """Say in one line that a port is taken, before anything long begins."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tried:
        tried.settimeout(1)
        if tried.connect_ex(("localhost", port)) == 0:
            raise InputError(
                f"port {port} is taken, perhaps by this app in another window; "
                f"choose another: --port {port + 1} (make demo PORT={port + 1})"
            )


@app.command()
def simulate(
    folder: Annotated[Path, typer.Argument(help="The city folder to make, or one without calls.")],
    streets: Annotated[
        Path | None, typer.Option("--streets", "-s", help="Real streets; else an invented town.")
    ] = None,
    end: Annotated[str | None, typer.Option(help="Last day, YYYY-MM-DD; else yesterday.")] = None,
    weeks: Annotated[int, typer.Option(min=4, help="How many weeks of calls.")] = 104,
    calls_per_week: Annotated[int, typer.Option(min=10, help="Calls for help a week.")] = 250,
    seed: Annotated[int, typer.Option(help="The same seed gives the same city.")] = 1,
) -> None:
    """Invent a city with planted truth, or invent calls on real streets.

    Writes exports/calls.csv as a dispatch system would, with everything that is wrong in real
    ones, and truth/*.csv with what was planted.
    """
    from outreach.pipeline import invented
    from outreach.simulate.calls import CallParams

    last = _day(end) if end else local_date(now(), "UTC") - timedelta(days=1)
    params = CallParams(weeks=weeks, calls_per_week=calls_per_week)
    wanted = invented.Invention(last + timedelta(days=1), seed, params)
    with working() as report:
        made = invented.simulate_city(folder, wanted, streets=streets, report=report)
    export = folder / "exports" / "calls.csv"
    out.print(f"Invented: {len(made.export):,} rows in {export}; the truth is in {folder}/truth")
    out.print(f"Next: outreach ingest {export} --city {folder} --as-it-happened")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"--end takes a day such as 2026-11-22, not {text!r}") from None


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to build it.")] = Path("demo-city"),
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8501,
    serve_it: Annotated[bool, typer.Option("--serve/--no-serve")] = True,
    headless: Annotated[bool, typer.Option(help="Do not open a browser.")] = False,
) -> None:
    """Build the invented town, plan this week's sweep and open the app. All data are invented."""
    from outreach.pipeline import invented

    if serve_it:
        _free(port)
    with working() as report:
        invented.build_demo(folder, now=now(), report=report)
    if serve_it:
        serve(folder, port, headless)
