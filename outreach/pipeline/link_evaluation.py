"""Record linkage on a public set whose truth is known."""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import pandas as pd

from outreach.config import LinkageParams
from outreach.errors import InputError
from outreach.link_schemas import LINK_DECISIONS, LINK_RECORDS
from outreach.people.link_groups import person_groups
from outreach.people.link_scores import pair_scores, pairs_in_groups
from outreach.people.linkage import score_pairs, train
from outreach.roles import needs
from outreach.store.calls import engine

# How the columns of FEBRL are called here; its column of clusters is truth and is not read.
_COLUMNS = {
    "record_id": "rec_id",
    "given_name": "given_name",
    "family_name": "surname",
    "birth_date": "date_of_birth",
    "id_number": "soc_sec_id",
    "area": "suburb",
}
_ADDRESS = ("street_number", "address_1")


@needs("manage")
def evaluate(
    folder: Path,
    dataset: str,
    *,
    params: LinkageParams | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Link a data set in the columns of FEBRL and compare with its truth.

    Reads NAME.csv(.gz), or NAMEa and NAMEb to link two files, and, once the groups are final,
    NAME_links.

    Adds     dataset, records, threshold, precision, recall, f1, links_found, links_true,
             links_shared, seconds
    Raises   InputError   a file or a column is missing
    """
    params = params or LinkageParams()
    records = _records(folder, dataset)
    begun = perf_counter()
    groups = _groups(records, params, report)
    seconds = perf_counter() - begun
    true = _read(folder, f"{dataset}_links", ("l", "r"))
    return {
        "dataset": dataset,
        "records": len(records),
        "threshold": params.join_probability,
        **pair_scores(pairs_in_groups(groups), true),
        "seconds": round(seconds, 1),
    }


def _groups(
    records: pd.DataFrame, params: LinkageParams, report: Callable[[str], None]
) -> pd.DataFrame:
    connection = engine().con
    report(f"Learning from {len(records):,} records")
    model = train(records, params=params, connection=connection)
    report("Comparing pairs")
    pairs = score_pairs(records, model, params=params, connection=connection)
    report(f"Grouping by {len(pairs):,} pairs")
    none = pd.DataFrame(columns=list(LINK_DECISIONS.columns))
    return person_groups(records, pairs, none, params=params)


def _records(folder: Path, dataset: str) -> pd.DataFrame:
    """Return LINK_RECORDS; two files become two values of ``source``."""
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder; name the one that holds the test sets")
    wanted = (*_COLUMNS.values(), *_ADDRESS)
    if _path(folder, dataset):
        parts = {"": _read(folder, dataset, wanted)}
    else:
        if not _path(folder, f"{dataset}a"):
            raise InputError(f"no {dataset}.csv, and no {dataset}a.csv, in {folder}")
        parts = {side: _read(folder, dataset + side, wanted) for side in ("a", "b")}
    rows = pd.concat([part.assign(source=side) for side, part in parts.items()], ignore_index=True)
    records = rows[list(_COLUMNS.values())].set_axis(list(_COLUMNS), axis=1)
    number, street = (rows[name].fillna("") for name in _ADDRESS)
    records = records.assign(
        person_id=records["record_id"],
        address=(number + " " + street).str.strip(),
        phone=None,
        place=None,
        source=rows["source"],
    )
    if records["record_id"].duplicated().any():
        raise InputError(f"{dataset} in {folder}: the same rec_id stands in two rows")
    return records[[*LINK_RECORDS.columns, "source"]]


def _path(folder: Path, name: str) -> Path | None:
    paths = (folder / f"{name}{ending}" for ending in (".csv.gz", ".csv"))
    return next((path for path in paths if path.is_file()), None)


def _read(folder: Path, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
    path = _path(folder, name)
    if path is None:
        raise InputError(f"no {name}.csv.gz or {name}.csv in {folder}")
    rows = pd.read_csv(path, dtype="str", skipinitialspace=True, keep_default_na=False)
    missing = [column for column in columns if column not in rows]
    if missing:
        raise InputError(f"{path} has no column {', '.join(missing)}")
    return rows[list(columns)]
