"""The part of a directory that may be shared: nothing of redacted places (safeguard 7)."""

import re

import pandas as pd

from outreach.resource_schemas import HSDS
from outreach.resources.directory.hsds import Tables, points_to, table
from outreach.resources.directory.kinds import KindFinder
from outreach.resources.directory.services import recorded
from outreach.resources.directory.terms import EDIT_PREFIX, REDACTED, redacted_marked

_LEAST_TOLD = 6  # letters: shorter texts say nothing of one place
_ENTITIES = {
    "organization": "organizations",
    "service": "services",
    "location": "locations",
    "service_at_location": "service_at_location",
    "contact": "contacts",
    "phone": "phones",
    "program": "programs",
}
# Pointers that are emptied where they lead to something secret; other rows go with it.
_LOOSE = {
    ("organizations", "parent_organization_id"),
    ("services", "program_id"),
    ("taxonomy_terms", "parent_id"),
}
_BEHIND = (  # rows that go where only secret rows point at them
    ("programs", "services", "program_id"),
    ("taxonomy_terms", "attributes", "taxonomy_term_id"),
    ("taxonomies", "taxonomy_terms", "taxonomy_id"),
    ("units", "service_capacity", "unit_id"),
)
_TELLING = {
    "locations": ("name", "alternate_name", "description", "url", "transportation"),
    "services": ("name", "alternate_name", "description", "url", "email"),
    "addresses": ("address_1",),
    "phones": ("number",),
    "contacts": ("name", "email"),
    "organizations": ("name", "alternate_name", "website", "email"),
}
_Secret = dict[str, set[str]]  # table → ids


def _places(tables: Tables, kinds: pd.DataFrame) -> _Secret:
    """Return the secret locations, services and pairs of them, and organizations behind them."""
    pairs, services = table(tables, "service_at_location"), table(tables, "services")
    locations, organizations = table(tables, "locations"), table(tables, "organizations")
    finder = KindFinder(kinds)
    named = organizations["name"].map(finder.redacted_by_name).notna()
    hidden = set(organizations.loc[named, "id"])
    sites = redacted_marked(tables, "location")
    sites |= set(locations.loc[locations["organization_id"].isin(hidden), "id"])
    offered = redacted_marked(tables, "service")
    offered |= set(services.loc[services["organization_id"].isin(hidden), "id"])
    secret = pairs["location_id"].isin(sites) | pairs["service_id"].isin(offered)
    for column, ids in (("location_id", sites), ("service_id", offered)):
        wholly = secret.groupby(pairs[column]).all()
        ids.update(set(wholly.index[wholly]) - {""})
    public = set(services.loc[~services["id"].isin(offered), "organization_id"])
    public |= set(locations.loc[~locations["id"].isin(sites), "organization_id"])
    behind = set(services.loc[services["id"].isin(offered), "organization_id"])
    behind |= set(locations.loc[locations["id"].isin(sites), "organization_id"])
    return {
        "locations": sites,
        "services": offered,
        "service_at_location": set(pairs.loc[secret, "id"]),
        "organizations": hidden | (behind - public - {""}),
    }


def _about(name: str, frame: pd.DataFrame, secret: _Secret) -> pd.Series:
    """Mark the rows of a table that are secret, or point at something that is."""
    found = frame["id"].isin(secret.get(name, set())) if "id" in frame else None
    hit = found if found is not None else pd.Series(False, index=frame.index)
    for column in frame:
        target = points_to(str(column), name)
        if target and (name, column) not in _LOOSE:
            hit = hit | frame[column].isin(secret.get(target, set()))
    for key, told in (("link_id", "link_entity"), ("resource_id", "resource_type")):
        if key in frame:
            entity = frame[told].map(_ENTITIES) if told in frame else pd.Series(index=frame.index)
            everything = set().union(*secret.values())
            for target, ids in secret.items():
                hit = hit | (entity.eq(target) & frame[key].isin(ids))
            hit = hit | (entity.isna() & frame[key].isin(everything))
    return hit


def _split(tables: Tables, secret: _Secret) -> tuple[Tables, Tables]:
    """Return the rows that may be shared and those that may not, following every pointer."""
    kept, gone = dict(tables), {name: frame.iloc[:0] for name, frame in tables.items()}
    while True:
        grown = False
        for name, frame in kept.items():
            hit = _about(name, frame, secret)
            if hit.any():
                gone[name] = pd.concat([gone[name], frame[hit]])
                kept[name] = frame[~hit]
                ids = set(frame.loc[hit, "id"]) if "id" in frame else set()
                secret = secret | {name: secret.get(name, set()) | (ids - {""})}
                grown = True
        for name, by, column in _BEHIND:
            used, unused = table(kept, by)[column], table(gone, by)[column]
            only = set(unused) - set(used) - {""} - secret.get(name, set())
            if only:
                secret = secret | {name: secret.get(name, set()) | only}
                grown = True
        if not grown:
            return kept, gone


def _telling(kept: Tables, gone: Tables) -> re.Pattern[str] | None:
    """Return what would name a secret place: its names, address, phones; not what others have."""
    told, others = set(), set()
    for name, columns in _TELLING.items():
        for column in columns:
            told |= set(table(gone, name)[column].str.strip())
            others |= set(table(kept, name)[column].str.strip().str.casefold())
    words = {t for t in told if len(t) >= _LEAST_TOLD and t.casefold() not in others}
    ordered = sorted(words, key=lambda t: (-len(t), t))
    return re.compile("|".join(map(re.escape, ordered)), re.IGNORECASE) if words else None


def _silenced(frame: pd.DataFrame, telling: re.Pattern[str]) -> pd.DataFrame:
    """Return a table with the texts emptied that name a secret place."""
    texts = [c for c in map(str, frame) if c != "id" and not c.endswith("_id")]
    safe = {c: frame[c].where(~frame[c].str.contains(telling), "") for c in texts}
    return frame.assign(**safe)


def shareable_tables(tables: Tables, kinds: pd.DataFrame) -> Tables:
    """Return the directory without redacted places and all that could reveal them.

    Needs    kinds of ``load_kinds``: some are always redacted, and so are some names
    Gone are redacted locations and services, services offered only there, organizations only
    behind them, every row of any table that points at one of them, and terms, units and programs
    that only they had; a text elsewhere that names such a place, its address or its phone is
    emptied. Tables that HSDS does not have are left out, since nobody knows what they tell; so
    is who here changed what.
    """
    marked = recorded({n: frame for n, frame in tables.items() if n in HSDS}, kinds)
    kept, gone = _split(marked, _places(marked, kinds))
    telling = _telling(kept, gone)
    if telling is not None:
        kept = {name: _silenced(frame, telling) for name, frame in kept.items()}
    for name, column in _LOOSE:
        if name in kept:
            lost = table(gone, points_to(column, name) or name)["id"]
            points = kept[name][column]
            kept[name] = kept[name].assign(**{column: points.where(~points.isin(lost), "")})
    if "metadata" in kept:
        rows = kept["metadata"]
        ours = rows["id"].str.startswith(EDIT_PREFIX)
        who = rows["updated_by"].where(~ours, "")
        kept["metadata"] = rows.assign(updated_by=who)[~(ours & rows["field_name"].eq(REDACTED))]
    return {name: frame.reset_index(drop=True) for name, frame in kept.items()}
