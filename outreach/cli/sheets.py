"""Commands of the day sheets: make them, and take in what was entered on them."""

from datetime import date
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.table import Table

from outreach.cli.options import CityOption, WeekOption, now
from outreach.cli.output import out, working
from outreach.config import load_city
from outreach.errors import InputError
from outreach.weeks import coming_week

ByOption = Annotated[str, typer.Option(help="Who does it; goes into the audit trail.")]


def sheets(
    target: Annotated[Path, typer.Option("--out", "-o", help="Folder for the files.")],
    week_text: WeekOption = "",
    city: CityOption = Path(),
    by: ByOption = "operator",
    day: Annotated[str | None, typer.Option(help="YYYY-MM-DD; else the whole week.")] = None,
    team: Annotated[str | None, typer.Option(help="One team; else all.")] = None,
    kinds: Annotated[str, typer.Option(help="Of: html pdf ics gpx.")] = "html pdf ics gpx",
    language: Annotated[str, typer.Option(help="en or es.")] = "en",
    together: Annotated[
        bool, typer.Option("--together", help="One file for all shifts, for printing.")
    ] = False,
    version: Annotated[
        int | None, typer.Option(help="Which version; else the newest published.")
    ] = None,
) -> None:
    """Write the day sheets of a published plan: offline HTML, PDF, calendar, GPX.

    They hold addresses, and pseudonyms in place of names. Who is on them is in the audit trail.
    """
    from outreach.pipeline.sheets import Kind, Wanted, sheet_files
    from outreach.store.folder import write_whole

    wanted = Wanted(
        _day(day), team, cast("tuple[Kind, ...]", tuple(kinds.replace(",", " ").split())),
        language, together, version,
    )  # fmt: skip
    chosen = week_text or coming_week(now(), load_city(city).time_zone)
    with working() as report:
        report("making the sheets")
        made = sheet_files(city, chosen, wanted, by=by, now=now())
    for name, content in made.files.items():
        write_whole(target / name, content, private=True)
        out.print(f"{target / name} ({len(content) / 1e6:.2f} MB)", highlight=False, markup=False)
    if made.draft:
        out.print("DRAFT: this plan is not published", style="yellow")


def take_in(
    files: Annotated[list[Path], typer.Argument(help="Files saved by day sheets: entries-….json")],
    city: CityOption = Path(),
    by: ByOption = "operator",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be kept; change nothing.")
    ] = False,
) -> None:
    """Take in what was entered on day sheets. A file that comes twice is kept once."""
    from outreach.pipeline import field
    from outreach.pipeline.field_file import MOST_BYTES

    for path in files:
        try:
            with path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)  # one more says that it is too large
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}; nothing was kept") from None
        if dry_run:
            done = field.look_through(city, data, now=now())
        else:
            done = field.take_in(city, data, by=by, now=now())
        word = "would be kept" if dry_run else "kept"
        out.print(
            f"{path.name}: {len(done.kept)} {word}, {done.already} there already, "
            f"{len(done.aside)} set aside", highlight=False, markup=False,
        )  # fmt: skip
        if len(done.aside):
            table = Table("", "set aside because")
            for entry, reason in done.aside.itertuples(index=False):
                table.add_row(entry, reason)
            out.print(table)
        for told in done.messages:
            out.print(f"note: {told}", markup=False)


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise InputError(f"--day takes a day such as 2026-11-23, not {text!r}") from None
