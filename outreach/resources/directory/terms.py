"""Kind and redaction inside HSDS: attributes with terms of a taxonomy of our own."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from outreach.resources.directory.hsds import Tables, stacked, table, text_frame

TAXONOMY = "outreach"
REDACTED = "redacted"
EDIT_PREFIX = f"{TAXONOMY}:edit:"  # of ids of the rows of metadata that a change here leaves
_PREFIX = f"{TAXONOMY}:"


class Mark(NamedTuple):
    """A term to hang on a row of another table: ``redacted``, or a kind of place."""

    link_id: str
    link_entity: str  # "service" or "location"
    code: str


def _terms(codes: Sequence[str]) -> pd.DataFrame:
    return text_frame(
        [
            {
                "id": _PREFIX + code,
                "code": code,
                "name": code.replace("_", " "),
                "description": "Must stay off everything shared." if code == REDACTED else "",
                "taxonomy": TAXONOMY,
                "language": "en",
                "taxonomy_id": TAXONOMY,
            }
            for code in codes
        ],
        standard_columns("taxonomy_terms"),
    )


def together(known: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of both; a new row replaces a known one of its id."""
    old = known[~known["id"].isin(new["id"])] if "id" in known else known
    return stacked(old, new)


def marked(tables: Tables, marks: Sequence[Mark]) -> Tables:
    """Return the tables with marks; a service's kind replaces the one it had."""
    if not marks:
        return tables
    kinds_of = {m.link_id for m in marks if m.code != REDACTED and m.link_entity == "service"}
    known = table(tables, "attributes")
    ours = known["taxonomy_term_id"].str.startswith(_PREFIX)
    is_kind = ours & known["taxonomy_term_id"].ne(_PREFIX + REDACTED)
    replaced = is_kind & known["link_entity"].eq("service") & known["link_id"].isin(kinds_of)
    rows = [
        {
            "id": f"{m.link_id}:{m.link_entity}:{'redacted' if m.code == REDACTED else 'kind'}",
            "link_id": m.link_id,
            "taxonomy_term_id": _PREFIX + m.code,
            "link_type": "attribute",
            "link_entity": m.link_entity,
            "value": m.code,
        }
        for m in dict.fromkeys(marks)
    ]
    taxonomy = {"id": TAXONOMY, "name": TAXONOMY, "description": "Kinds of place, and redaction"}
    codes = sorted({m.code for m in marks})
    return tables | {
        "attributes": together(known[~replaced], text_frame(rows, standard_columns("attributes"))),
        "taxonomy_terms": together(table(tables, "taxonomy_terms"), _terms(codes)),
        "taxonomies": together(
            table(tables, "taxonomies"), text_frame([taxonomy], standard_columns("taxonomies"))
        ),
    }


def standard_columns(name: str) -> list[str]:
    """Return the standard's columns of a table."""
    return list(table({}, name).columns)


def unmarked(tables: Tables, link_ids: set[str], code: str = REDACTED) -> Tables:
    """Return the tables without a mark on some rows."""
    known = table(tables, "attributes")
    gone = known["taxonomy_term_id"].eq(_PREFIX + code) & known["link_id"].isin(link_ids)
    return tables | {"attributes": known[~gone].reset_index(drop=True)} if gone.any() else tables


def _links(tables: Tables, entity: str) -> pd.DataFrame:
    known = table(tables, "attributes")
    return known[
        known["taxonomy_term_id"].str.startswith(_PREFIX) & known["link_entity"].eq(entity)
    ]


def redacted_rows(attributes: pd.DataFrame) -> pd.Series:
    """Mark the attributes that say that something is redacted."""
    return attributes["taxonomy_term_id"].eq(_PREFIX + REDACTED)


def kinds_marked(tables: Tables) -> dict[str, str]:
    """Return the kind of each service that has one of our marks."""
    links = _links(tables, "service")
    terms = links["taxonomy_term_id"].str.removeprefix(_PREFIX)
    return dict(zip(links["link_id"][terms.ne(REDACTED)], terms[terms.ne(REDACTED)], strict=True))


def redacted_marked(tables: Tables, entity: str) -> set[str]:
    """Return the ids of locations, or of services, that are marked as redacted."""
    links = _links(tables, entity)
    return set(links.loc[links["taxonomy_term_id"].eq(_PREFIX + REDACTED), "link_id"])


def foreign_terms(tables: Tables) -> dict[str, str]:
    """Return the names of the terms that others hung on each service, joined by "; "."""
    known = table(tables, "attributes")
    links = known[~known["taxonomy_term_id"].str.startswith(_PREFIX)]
    names = table(tables, "taxonomy_terms").drop_duplicates("id").set_index("id")["name"]
    told = links.assign(term=links["taxonomy_term_id"].map(names)).dropna(subset=["term"])
    joined = told.groupby("link_id")["term"].agg("; ".join)
    return {str(link): str(names) for link, names in joined.items()}
