"""What commands print: for people on the screen, for scripts as JSON."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from outreach.errors import OutreachError

if TYPE_CHECKING:
    import pandas as pd

    from outreach.pipeline.intake import Intake

out, err = Console(), Console(stderr=True)

COUNTED = ("rows_in", "accepted", "duplicates", "quarantined", "unplaced", "officer_initiated")


@contextmanager
def working(quiet: bool = False) -> Iterator[Any]:
    """Show what is being done and for how long, on the error stream so that output stays clean."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=quiet) as progress:
        task = progress.add_task("starting", total=None)
        yield lambda text: progress.update(task, description=text)


def intake_facts(done: "list[Intake]", dry_run: bool) -> dict[str, Any]:
    """Return the counts of all files together, and of each by itself."""
    files = [
        {
            **asdict(result.record),
            "kept": result.kept,
            "unmapped_share": result.unmapped_share,
            "unmapped": dict(named_types(result.unmapped.head(20)).itertuples(index=False)),
            "mapping": result.mapping.astype(str).to_dict("records"),
        }
        for result in done
    ]
    totals = {name: sum(file[name] for file in files) for name in COUNTED}
    return {**totals, "dry_run": dry_run, "files": files}


def named_types(unmapped: "pd.DataFrame") -> "pd.DataFrame":
    """Return types with their counts; a blank type has a name too, as calls may lack one."""
    named = unmapped["call_type"].astype("string").fillna("(empty)")  # of floats if all are blank
    return unmapped.assign(call_type=named)


def show_intake(result: "Intake", dry_run: bool) -> None:
    """Tell what came of one file."""
    record = result.record
    out.rule(f"{record.file} as “{record.export}”")
    _show_table(result.mapping, "How it is read")
    parts = f"{record.accepted:,} accepted + {record.duplicates:,} duplicates"
    out.print(f"{record.rows_in:,} rows = {parts} + {record.quarantined:,} set aside")
    out.print(
        f"of the accepted, {record.officer_initiated:,} were begun by staff and never count as "
        f"need; {record.unplaced:,} have no place"
    )
    if record.identical_kept:
        out.print(f"{record.identical_kept:,} look alike, but without id or time may be real: kept")
    if result.unmapped_share is not None:
        out.print(f"{result.unmapped_share:.0%} of the public's calls have a type without a need:")
        _show_table(named_types(result.unmapped.head(8)), None)
    for warning in record.warnings:
        out.print(f"note: {warning}", style="yellow", markup=False)
    if dry_run:
        out.print("This was a dry run: nothing was written.")
    elif not result.kept:
        out.print("Nothing new in this file: nothing was added.")


def _show_table(frame: "pd.DataFrame", title: str | None) -> None:
    table = Table(*[str(name) for name in frame.columns], title=title, title_justify="left")
    for row in frame.astype(str).itertuples(index=False):
        table.add_row(*row)
    out.print(table, markup=False)


def show_error(error: OutreachError) -> None:
    """Tell in one line what was wrong."""
    err.print(f"error: {error}", style="red", markup=False, highlight=False, soft_wrap=True)


def show_json(facts: dict[str, Any]) -> None:
    """Print one JSON object and nothing else."""
    typer.echo(json.dumps(facts, indent=2, default=str))
