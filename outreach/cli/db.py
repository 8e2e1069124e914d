"""``outreach db``: the work database's versions, backups, checks, and forgetting."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from outreach.cli.options import CityOption, JsonOption, now
from outreach.cli.output import out, show_json, working

db_app = typer.Typer(
    no_args_is_help=True,
    help="The work database: participants, consent, visits, referrals, staff, audit.",
)
ByOption = Annotated[str, typer.Option(help="Who does it; goes into the audit trail.")]
_SHOWN_IDS = 10
NOT_IN_IT = (
    "The key is not in it (secret.key, or OUTREACH_KEY): without it nobody can read the names, "
    "so keep a copy of it elsewhere. Calls are not in it either: they are files, copy batches/."
)


@db_app.command()
def upgrade(city: CityOption = Path()) -> None:
    """Bring the work database to this program's version, whole or not at all.

    There is no way back but a backup: make one first with `outreach db backup FILE`.
    """
    from outreach.pipeline.database import upgrade_database

    before, after = upgrade_database(city)
    if before == after:
        out.print(f"The work database is version {after} already; nothing was changed.")
    else:
        out.print(f"The work database is version {after} now (before: {before or 'none'}).")


@db_app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to write it; an older one is replaced.")],
    city: CityOption = Path(),
    by: ByOption = "outreach db backup",
    as_json: JsonOption = False,
) -> None:
    """Write the work database to one file, as it stands at one moment, while work goes on.

    Names and notes stay encrypted in it; addresses do not, so keep it as you keep the city folder.
    The key is not in it (secret.key, or OUTREACH_KEY): without it nobody can read the names, so
    keep a copy of it elsewhere. Calls are not in it either: they are files, copy batches/.
    """
    from outreach.pipeline.database import back_up_database

    with working(as_json) as report:
        report("copying the work database")
        made = back_up_database(city, file, by=by, now=now())
    if as_json:
        show_json(asdict(made))
        return
    size = file.stat().st_size
    told = f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{size / 1e3:,.0f} kB"
    out.print(f"{file}: {made.total:,} rows, {told}", highlight=False, markup=False)
    out.print(f"note: {NOT_IN_IT}", style="yellow", highlight=False)


@db_app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file of outreach db backup.")],
    city: CityOption = Path(),
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of the rows that are there.")
    ] = False,
    by: ByOption = "outreach db restore",
    as_json: JsonOption = False,
) -> None:
    """Put a backup into the work database, all of it or nothing; SQLite or PostgreSQL.

    The city must have the key it had when the backup was made: put secret.key there first. The
    audit trail loses nothing, also with --replace.
    """
    from outreach.pipeline.database import restore_database

    with working(as_json) as report:
        report("restoring the work database")
        made = restore_database(city, file, replace=replace, by=by, now=now())
    if as_json:
        show_json(asdict(made))
        return
    out.print(f"{made.total:,} rows of {made.made_at} are back.", highlight=False)
    out.print("Calls are not in a backup: they are the files in batches/.", highlight=False)


@db_app.command()
def check(city: CityOption = Path(), as_json: JsonOption = False) -> None:
    """Check that the work database is whole; exit code 1 where anything is wrong.

    Looks at the file itself, its version, its keys, the guard of the audit trail, whether all that
    is encrypted opens with the city's key, and whether rows contradict each other. Names ids only.
    """
    from outreach.pipeline.database import check_database

    with working(as_json) as report:
        report("checking the work database")
        faults = check_database(city)
    if as_json:
        show_json({"clean": not faults, "faults": [asdict(fault) for fault in faults]})
    elif not faults:
        out.print("The work database is whole.")
    for fault in () if as_json else faults:
        shown = ", ".join(fault.ids[:_SHOWN_IDS])
        more = f" and {len(fault.ids) - _SHOWN_IDS} more" if len(fault.ids) > _SHOWN_IDS else ""
        where = f"{fault.table} {shown}{more}: " if fault.table else ""
        out.print(f"{where}{fault.what}", markup=False, highlight=False, soft_wrap=True)
    if faults:
        sys.exit(1)


@db_app.command()
def purge(
    city: CityOption = Path(),
    yes: Annotated[bool, typer.Option("--yes", help="Do it; else it is only shown.")] = False,
    by: ByOption = "outreach db purge",
    as_json: JsonOption = False,
) -> None:
    """Forget what names people and has been kept long enough; shows it, and does it with --yes.

    How long is set in city.toml under retention. Backups made before keep what they hold.
    """
    from outreach.pipeline import database

    counts = database.purge(city, by=by, now=now(), dry_run=not yes)
    if as_json:
        show_json({"purged": yes, "rows": counts})
        return
    for table, count in counts.items():
        out.print(f"  {table}: {count:,}", highlight=False)
    if not counts:
        out.print("Nothing has been kept for longer than city.toml says.")
    elif yes:
        out.print("These rows lost what names people; the audit trail says so.")
    else:
        out.print("These rows would lose what names people. Nothing was changed; do it with --yes")
