"""The directory as earlier versions kept it: one CSV, from which no place may be lost."""

import tempfile
from pathlib import Path

import pandas as pd

from outreach.errors import InputError
from outreach.resources.directory.hsds import Tables
from outreach.resources.directory.merge import merged
from outreach.resources.directory.sources import REPEATED, read_source

OLD_NAME = "resources.csv"
_HIDDEN_KIND = "domestic_violence_service"  # a redacted place of a kind that is known no more
_OTHER = "social_services"
_OF_MAP = "osm:"


def from_old(path: Path, kinds: pd.DataFrame) -> Tables:
    """Return the places of an earlier version's file as tables, each with the kind it had.

    Raises   InputError   the file cannot be read, or a place of it would be lost
    """
    try:
        old = pd.read_csv(path, dtype=str, keep_default_na=False)
        secret = old["redacted"].str.lower().isin(["true", "yes", "1"])
        kind = old["kind"].where(old["kind"].isin(kinds["kind"]), _OTHER)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    kind = kind.mask(secret & ~old["kind"].isin(kinds["kind"]), _HIDDEN_KIND)
    told = old.drop(columns=["kind", "needs", "resource_id"], errors="ignore")
    told = told.rename(columns={"hours_text": "hours"})
    of_map = old["resource_id"].str.startswith(_OF_MAP)  # other ids are made of name and place
    tables: Tables = {}
    with tempfile.TemporaryDirectory() as scratch:
        for (name, mapped), rows in told.groupby([kind, of_map]):
            part = Path(scratch) / f"{name}.csv"
            osm_ids = {"osm_id": old["resource_id"].str.removeprefix(_OF_MAP)} if mapped else {}
            rows.assign(**osm_ids).to_csv(part, index=False)
            found = read_source(part, kinds, kind=str(name))
            lost = found.set_aside[found.set_aside["reason"].ne(REPEATED)]
            if len(lost):
                why = f"{lost['name'].iloc[0]}: {lost['reason'].iloc[0]}"
                raise InputError(f"{path}: {len(lost)} places of it would be lost ({why})")
            tables, _ = merged(tables, found.tables)
    return tables
