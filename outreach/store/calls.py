"""The one view over all stored calls, cut once at ``as_of``; queries on it are Ibis expressions."""

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import gettempdir

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pandas as pd

from outreach.columns import empty
from outreach.schemas import CALL_TYPES, CALLS, UNKNOWN

MEMORY_LIMIT = "1GB"


_INSTANT, _WALL_CLOCK = dt.Timestamp(timezone="UTC"), dt.Timestamp()


@ibis.udf.scalar.builtin(name="timezone", signature=((dt.string, _INSTANT), _WALL_CLOCK))
def _on_city_clocks(time_zone, instant):  # type: ignore[no-untyped-def]
    """Return the wall-clock time in a zone (DuckDB's own function)."""


def engine() -> ibis.BaseBackend:
    """Return a new query engine in this process; it reads files and owns none.

    What does not fit into memory is put aside where only this user reads, since it tells of calls;
    left alone, the engine would put it into whatever folder the command was started in.
    """
    aside = Path(gettempdir()) / f"outreach-{os.getuid()}"
    aside.mkdir(mode=0o700, exist_ok=True)
    connection = ibis.duckdb.connect(memory_limit=MEMORY_LIMIT, temp_directory=str(aside))
    connection.raw_sql("SET TimeZone = 'UTC'")
    connection.raw_sql("SET enable_progress_bar = false")
    return connection


def calls_view(
    files: Sequence[Path],
    call_types: pd.DataFrame,
    *,
    normalise: Callable[[str], str],
    as_of: datetime,
    time_zone: str,
) -> ir.Table:
    """Return the calls that were known at ``as_of``, each with what its type means.

    Needs    call_types    CALL_TYPES, the city's code map
             normalise     from a verbatim call type to how the code map spells it
    Adds     call_type     key of the type that gave the need (final if mapped, else initial)
             need, map_confidence, divertible, home_visit, safety_concern
             counts_as     officer_initiated by its source or by its type; see safeguard 1
             day, week     local date; Monday of its week
    """
    connection = engine()
    calls = known_by(_stored(connection, files), as_of)
    verbatim = calls.select(text=calls.initial_call_type).union(
        calls.select(text=calls.final_call_type), distinct=True
    )
    types = _types_by_text(fetch(verbatim)["text"].dropna(), call_types, normalise)
    meaning = _with_meaning(calls, connection.create_table("call_types", types, temp=True))
    return _with_days(meaning, time_zone)


def stored_calls(files: Sequence[Path]) -> ir.Table:
    """Return all calls as they are stored: to tell who is who, not to count or rank anything."""
    return _stored(engine(), files)


def _stored(connection: ibis.BaseBackend, files: Sequence[Path]) -> ir.Table:
    if files:
        return connection.read_parquet([str(path) for path in files])
    return connection.create_table("calls", _empty_calls(), temp=True)


def linked(view: ir.Table, links: pd.DataFrame) -> ir.Table:
    """Return calls with one person_id a person, however many pseudonyms their spellings gave.

    Needs    links    PERSON_LINKS; pseudonyms that it does not name stay as they are
    """
    if links.empty:
        return view
    named = links[["person_id", "linked_id"]].astype("string")
    known = view.get_backend().create_table("person_links", named, temp=True, overwrite=True)
    joined = view.left_join(known, "person_id")
    columns = {name: joined[name] for name in view.columns}
    return joined.select(
        **{**columns, "person_id": ibis.coalesce(joined.linked_id, joined.person_id)}
    )


def _types_by_text(
    texts: pd.Series, call_types: pd.DataFrame, normalise: Callable[[str], str]
) -> pd.DataFrame:
    """Return the code map with one row for each verbatim text that occurs."""
    spelt = pd.DataFrame(
        {"text": texts, "call_type": [normalise(text) for text in texts]}, dtype="str"
    )
    kinds = {
        name: "boolean" if column.kind == "bool" else "string"
        for name, column in CALL_TYPES.columns.items()
    }
    return spelt.merge(call_types[list(kinds)], on="call_type", how="left").astype(
        {"text": "string", **kinds}
    )


def known_by(calls: ir.Table, as_of: datetime) -> ir.Table:
    """Keep what was known at a moment; rows of its future change nothing."""
    limit = ibis.literal(as_of).cast(_INSTANT)
    return calls.filter((calls.known_at <= limit) & (calls.received_at < limit))


def demand(view: ir.Table) -> ir.Table:
    """Keep only what the public asked for (safeguard 1); all ranks and rates start here."""
    return view.filter(view.counts_as == "demand")


def barring(view: ir.Table) -> ir.Table:
    """Keep what bars a visit at its door, whoever began it: staff see domestic violence too."""
    return view.filter(~view.home_visit)


def counted_types(view: ir.Table) -> pd.DataFrame:
    """Return call_type, need, counts_as and calls: how often each type occurs, most first."""
    counts = view.group_by("call_type", "need", "counts_as").agg(calls=view.count())
    return fetch(counts.order_by(ibis.desc("calls"), "call_type", "counts_as"))


def fetch(query: ir.Table) -> pd.DataFrame:
    """Run a query and return its rows."""
    frame: pd.DataFrame = query.to_pyarrow().to_pandas()
    return frame


def _empty_calls() -> pd.DataFrame:
    return empty(CALLS).astype(
        {name: "string" for name, column in CALLS.columns.items() if column.kind == "text"}
    )


def _with_meaning(calls: ir.Table, types: ir.Table) -> ir.Table:
    """Join the code map twice: what was reported, and what it turned out to be.

    The final type gives the need where it has one. Whether staff began it is told by the export
    or, where that is silent, by the type first reported, so that a call for help stays one
    however it was closed. What protects people
    holds if either type says so.
    """
    types = types.rename(key="call_type")
    final, initial = types.rename("final_{name}"), types.rename("initial_{name}")
    joined = calls.left_join(final, calls.final_call_type == final.final_text)
    joined = joined.left_join(initial, joined.initial_call_type == initial.initial_text)
    by_final = (joined.final_need.fill_null(UNKNOWN) != UNKNOWN) | joined.initial_text.isnull()  # noqa: PD003
    first_counts_as = joined.initial_counts_as.fill_null(joined.final_counts_as)
    by_type = (first_counts_as == "officer_initiated") & ~joined.source_told
    by_staff = (joined.source == "officer_initiated") | by_type
    no_demand = ["sharps", "administrative"]
    counts_as = ibis.cases(
        (by_staff.fill_null(False), "officer_initiated"),
        (joined.final_counts_as.isin(no_demand), joined.final_counts_as),
        (joined.initial_counts_as.isin(no_demand), joined.initial_counts_as),
        (joined.source.isin(["alarm", "scheduled"]), "administrative"),
        else_="demand",
    )
    return joined.select(
        *calls.columns,
        call_type=ibis.ifelse(by_final, joined.final_key, joined.initial_key),
        need=ibis.ifelse(by_final, joined.final_need, joined.initial_need).fill_null(UNKNOWN),
        map_confidence=ibis.ifelse(
            by_final, joined.final_map_confidence, joined.initial_map_confidence
        ).fill_null("low"),
        divertible=ibis.ifelse(
            by_final, joined.final_divertible, joined.initial_divertible
        ).fill_null(False),
        home_visit=joined.final_home_visit.fill_null(True)
        & joined.initial_home_visit.fill_null(True),
        safety_concern=joined.final_safety_concern.fill_null(False)
        | joined.initial_safety_concern.fill_null(False),
        counts_as=counts_as,
    )


def _with_days(calls: ir.Table, time_zone: str) -> ir.Table:
    local = _on_city_clocks(time_zone, calls.received_at)
    return calls.mutate(day=local.date(), week=local.truncate("W").date())
