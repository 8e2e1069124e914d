"""Commands about people: what partners, an HMIS and the public are given."""

from datetime import date
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outreach.cli.options import CityOption, JsonOption, now
from outreach.cli.output import out, show_json
from outreach.errors import InputError

if TYPE_CHECKING:
    from outreach.pipeline.exports import Export

export_app = typer.Typer(
    no_args_is_help=True,
    help="What leaves the house: to partners, to an HMIS, and for public-records requests.",
)

ToOption = Annotated[str, typer.Option("--to", help="The organisation, by its name or id.")]
ByOption = Annotated[
    str, typer.Option(help="Who exports it, for the audit trail; else who is logged in here.")
]
SinceOption = Annotated[str | None, typer.Option(help="First day, YYYY-MM-DD; else all there is.")]


@export_app.command("updates")
def export_updates(
    target: Annotated[Path, typer.Argument(help="The CSV file to write.")],
    to: ToOption,
    by: ByOption = "",
    since: SinceOption = None,
    city: CityOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Write what a partner may see today, and nothing else.

    Of each participant only the fields that their release lists and the agreement with the
    partner allows, while both are current; nobody who opted out; never a note. `--since` cuts
    services and referrals. People go by a reference that only this partner gets.
    """
    from outreach.pipeline import exports

    made = exports.partner_update(city, to, since=_day(since), by=by or getuser(), now=now())
    _finish(made, target, as_json, to)


@export_app.command("hmis")
def export_hmis(
    target: Annotated[Path, typer.Argument(help="The folder to make.")],
    to: ToOption,
    by: ByOption = "",
    since: SinceOption = None,
    city: CityOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Write Client, Enrollment, CurrentLivingSituation, Services and Export as HMIS CSV (FY2024).

    Only people whose release to that organisation lists `status`, which is their enrolment; what
    else they released is filled in, and all the rest is 99 (not collected) or blank. `--since`
    cuts living situations and services. All files are written, or none.
    """
    from outreach.pipeline import exports

    made = exports.hmis_export(city, to, since=_day(since), by=by or getuser(), now=now())
    _finish(made, target, as_json, to)


@export_app.command("records")
def export_records(
    target: Annotated[Path, typer.Argument(help="The CSV file to write.")],
    by: ByOption = "",
    since: SinceOption = None,
    city: CityOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Write the visits for a public-records request, redacted.

    A row a visit: month, outcome, way and services. No name, note, point, day or worker.
    """
    from outreach.pipeline import exports

    made = exports.records_export(city, since=_day(since), by=by or getuser(), now=now())
    _finish(made, target, as_json)


@export_app.command("public")
def export_public(
    target: Annotated[Path, typer.Argument(help="The file to write: .html or .csv.")],
    quarter: Annotated[
        str, typer.Option(help="Of the page, such as 2026-Q3; else the last whole one.")
    ] = "",
    language: Annotated[str, typer.Option(help="Of the page: en or es.")] = "en",
    city: CityOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Write what anybody may know: calls for help and visits by quarter, small counts hidden.

    A page (.html) of one quarter, or all quarters as a table (.csv). Counts from 1 to 10 are
    hidden, and whatever would give them away. No person, no point, nothing of domestic violence.
    """
    from outreach.pipeline import public

    made = public.write_public(city, target, quarter=quarter, language=language, now=now())
    told = {"target": str(target), "quarters": list(made.quarters)}
    if as_json:
        show_json(told | {"hidden": int(made.counts["count"].isna().sum())})
        return
    out.print(f"{target}: {', '.join(made.quarters)}", highlight=False, markup=False)


def _finish(made: "Export", target: Path, as_json: bool, to: str = "") -> None:
    from outreach.pipeline import exports

    exports.write_export(made, target)
    if as_json:
        show_json({"target": str(target), "people": made.people, "rows": made.rows})
        return
    rows = ", ".join(f"{count:,} in {name}" for name, count in made.rows.items())
    people = f"{made.people:,} people; " if made.people else ""
    out.print(f"{target}: {people}rows: {rows}", highlight=False, markup=False)
    if to and not made.people:
        out.print(f"note: nothing released to {to} by anybody holds today", markup=False)


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise InputError(f"--since takes a day such as 2026-11-22, not {text!r}") from None
