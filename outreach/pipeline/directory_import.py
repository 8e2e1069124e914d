"""From files of places to a city's directory: all are read first, and kept whole or not at all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from outreach.config import load_city
from outreach.pipeline.directory import keep_directory, kinds_of_help, read_tables
from outreach.pipeline.directory_checks import DOUBTFUL, directory_checks
from outreach.pipeline.entries import moment
from outreach.reports.exports import csv_bytes
from outreach.resources.directory.hsds import Tables
from outreach.resources.directory.merge import merged
from outreach.resources.directory.services import hours_table, to_resources
from outreach.resources.directory.sources import read_source
from outreach.roles import needs
from outreach.store.folder import write_whole, writing
from outreach.store.work import open_work
from outreach.weeks import local_date

QUARANTINE = "directory_quarantine.csv"
IMPORTER = "outreach resources import"
Report = Callable[[str], None]


@dataclass(frozen=True)
class Imported:
    """What came of reading files of places."""

    rows_in: int
    accepted: int
    quarantined: int
    hours_given: int  # accepted places with hours on file
    hours_read: int  # of these, read fully
    kept_as_corrected: int  # what a person corrected here and a file says otherwise
    doubtful: int  # places that are kept, though streets or address say otherwise
    reasons: Mapping[str, int]  # rows set aside, by file and reason
    hours: pd.DataFrame  # HOURS_READ
    set_aside: pd.DataFrame  # file, row_number, reason and the files' columns
    kept: bool  # False on a trial


@dataclass(frozen=True)
class _Found:
    """What the files hold together."""

    tables: Tables
    resources: pd.DataFrame
    set_aside: pd.DataFrame
    rows_in: int


@needs("record")
def import_places(
    folder: Path | None,
    paths: Sequence[Path],
    *,
    kind: str | None = None,
    now: datetime,
    by: str = IMPORTER,
    dry_run: bool = False,
    report: Report = lambda _: None,
) -> Imported:
    """Read files of places, and add them to a city's directory unless this is a trial.

    A place read again replaces its older record, but not what a person corrected here. A trial is
    a dry run, or one without a city folder. What is doubtful about a place is counted, and the
    place is kept where the file says.

    Raises   InputError   a file cannot be read; nothing was changed
    """
    if folder is not None:
        load_city(folder)
    found = _read_all(paths, kind, report)
    doubtful = _doubtful(folder, found.resources, now, report)
    corrected = 0
    if folder is not None:
        report("adding them to the directory")
        names = ", ".join(path.name for path in paths)
        told = f"directory: {len(found.resources)} places of {names}"
        if dry_run:
            _, corrected = merged(read_tables(folder), found.tables)
        else:
            corrected = _keep(folder, found, by=by, now=now, told=told)
    given = found.resources["hours_state"].ne("none")
    reasons = found.set_aside["file"] + ": " + found.set_aside["reason"]
    return Imported(
        rows_in=found.rows_in,
        accepted=found.rows_in - len(found.set_aside),
        quarantined=len(found.set_aside),
        hours_given=int(given.sum()),
        hours_read=int(found.resources["hours_state"].eq("read").sum()),
        kept_as_corrected=corrected,
        doubtful=doubtful,
        reasons={str(why): int(rows) for why, rows in reasons.value_counts().items()},
        hours=hours_table(found.resources),
        set_aside=found.set_aside,
        kept=folder is not None and not dry_run,
    )


@needs("record")
def read_places(
    paths: Sequence[Path], *, kind: str | None = None, report: Report = lambda _: None
) -> Tables:
    """Return the places of several files as the tables of a directory.

    Raises   InputError   a file cannot be read
    """
    return _read_all(paths, kind, report).tables


def _read_all(paths: Sequence[Path], kind: str | None, report: Report) -> _Found:
    kinds, tables = kinds_of_help(), Tables()
    aside, rows_in = [pd.DataFrame(columns=["file", "row_number", "reason"])], 0
    for path in paths:
        report(f"reading {path.name}")
        source = read_source(path, kinds, kind=kind)
        tables, _ = merged(tables, source.tables)
        rows_in += source.rows_in
        if len(source.set_aside):
            aside.append(source.set_aside.assign(file=path.name))
    return _Found(tables, to_resources(tables, kinds), pd.concat(aside, ignore_index=True), rows_in)


def _doubtful(folder: Path | None, resources: pd.DataFrame, now: datetime, report: Report) -> int:
    """Count the places that do not lie where streets and address say."""
    if folder is None or resources.empty:
        return 0
    report("comparing places with the streets")
    today = local_date(now, load_city(folder).time_zone)
    checks = directory_checks(folder, resources, today=today)
    return int(checks["place_check"].isin(DOUBTFUL).sum())


def _keep(folder: Path, found: _Found, *, by: str, now: datetime, told: str) -> int:
    """Merge and write under one lock, with a line in the trail; return what stays as corrected."""
    at = moment(folder, by, now)
    with writing(folder):
        both, corrected = merged(read_tables(folder), found.tables)
        with open_work(folder).writing() as rows:
            rows.audit(at=now, who=at.by, did="imported", what=told)
            write_whole(folder / QUARANTINE, csv_bytes(found.set_aside), private=True)
            keep_directory(folder, both)
    return corrected
