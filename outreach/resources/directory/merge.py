"""Two directories made one: what a file says anew, and what a person here corrected."""

import pandas as pd

from outreach.resources.directory.hsds import Tables, stacked, table
from outreach.resources.directory.sharing import shareable_tables
from outreach.resources.directory.terms import EDIT_PREFIX, REDACTED, redacted_rows

__all__ = ["corrected_ids", "merged", "shareable_tables"]

_OWNERS = {
    "organizations": "organization_id",
    "services": "service_id",
    "locations": "location_id",
    "service_at_location": "service_at_location_id",
    "contacts": "contact_id",
    "phones": "phone_id",
}
# Rows of these stand for themselves; rows of the other tables go with their owners.
_OWN = frozenset(
    {"organizations", "services", "locations", "service_at_location", "programs", "metadata"}
    | {"taxonomies", "taxonomy_terms", "units", "meta_table_descriptions"}
)
_Ids = dict[str, set[str]]  # column of an owner → ids


def corrected_ids(tables: Tables) -> set[str]:
    """Return the resource_ids of places that a person here changed, verified, added or closed."""
    known = table(tables, "metadata")
    return set(known.loc[known["id"].str.startswith(EDIT_PREFIX), "resource_id"])


def _protected(known: Tables, corrected: set[str]) -> _Ids:
    """Return the ids whose rows stay as they are: corrected places, their services, locations."""
    pairs = table(known, "service_at_location")
    kept = pairs[pairs["id"].isin(corrected)]
    return {
        "service_at_location_id": corrected,
        "service_id": set(kept["service_id"]) - {""},
        "location_id": set(kept["location_id"]) - {""},
    }


def _owned(frame: pd.DataFrame, ids: _Ids, *, wholly: bool) -> pd.Series:
    """Mark rows that an owner among the ids has: one of their owners, or wholly all of them."""
    some = pd.Series(False, index=frame.index)
    others = pd.Series(False, index=frame.index)
    for column in _OWNERS.values():
        if column in frame:
            mine = frame[column].isin(ids.get(column, set()))
            some |= mine
            others |= frame[column].ne("") & ~mine
    if "link_id" in frame:
        some |= frame["link_id"].isin(set().union(*ids.values()))
    return some & ~others if wholly else some


def _kept(name: str, frame: pd.DataFrame, taken: _Ids) -> pd.DataFrame:
    """Return the known rows of a table that no found row replaces."""
    if name in _OWN:
        return frame
    replaced = _owned(frame, taken, wholly=True)
    if name == "attributes":
        replaced &= ~redacted_rows(frame)  # once redacted, redacted, whatever a file says
    return frame[~replaced]


def _taken(name: str, frame: pd.DataFrame, protected: _Ids, shown: set[str]) -> pd.DataFrame:
    """Return the found rows of a table that do not speak against what was corrected here.

    Needs    shown: ids that a person here said are not secret
    """
    if name == "attributes":
        secret = redacted_rows(frame) & ~frame["link_id"].isin(shown)
        return frame[secret | ~_owned(frame, protected, wholly=False)]
    column = _OWNERS.get(name)
    stays = frame["id"].isin(protected.get(column, set())) if column else False
    if name not in _OWN:
        stays = stays | _owned(frame, protected, wholly=False)
    return frame[~stays] if isinstance(stays, pd.Series) else frame


def _both(known: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Return known rows, replaced in their places by found ones of the same id, then new ones."""
    if known.empty and len(known.columns) == 0:
        return found.reset_index(drop=True)
    rows = stacked(known, found)
    if "id" not in rows:
        return rows.drop_duplicates(ignore_index=True)
    key = rows["id"].where(rows["id"].ne(""), rows.index.to_series().map("#{}".format))
    first = key.map(pd.Series(rows.index, index=key).groupby(level=0).min())
    order = first[~key.duplicated(keep="last")].sort_values(kind="stable").index
    return rows.loc[order].reset_index(drop=True)


def merged(known: Tables, found: Tables) -> tuple[Tables, int]:
    """Return the known directory with what was found anew, and how many places stay as corrected.

    Needs    tables of ``directory.read_source`` or ``hsds.read_package``
    A record found again replaces the known one with all that hangs on it. A place that a person
    here changed, verified, added or closed stays as it is, and so do its service and location.
    What was redacted stays redacted; nothing that is not found again is lost.
    """
    corrected = corrected_ids(known)
    protected = _protected(known, corrected)
    taken = {
        column: set(table(found, name)["id"]) - protected.get(column, set())
        for name, column in _OWNERS.items()
    }
    shown = _said_open(known, protected)
    both = {}
    for name in {**known, **found}:
        if name not in found:
            both[name] = _kept(name, known[name], taken).reset_index(drop=True)
            continue
        old = _kept(name, known[name], taken) if name in known else pd.DataFrame()
        both[name] = _both(old, _taken(name, found[name], protected, shown))
    again = table(found, "service_at_location")["id"]
    return both, int(again.isin(corrected).sum())


def _said_open(known: Tables, protected: _Ids) -> set[str]:
    """Return ids of locations and services that a person here said are not to be redacted."""
    told = table(known, "metadata")
    ours = told["id"].str.startswith(EDIT_PREFIX) & told["field_name"].eq(REDACTED)
    last = told[ours].drop_duplicates("resource_id", keep="last")
    shown = set(last.loc[last["replacement_value"].eq("no"), "resource_id"])
    pairs = table(known, "service_at_location")
    pairs = pairs[pairs["id"].isin(shown)]
    return (set(pairs["service_id"]) | set(pairs["location_id"])) & (
        protected["service_id"] | protected["location_id"]
    )
