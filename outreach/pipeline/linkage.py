"""Who is who among the people in a city's calls: link them, and let people decide."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

from outreach.columns import check
from outreach.config import City, LinkageParams, load_city
from outreach.errors import WorkError
from outreach.link_schemas import LINK_DECISIONS, LINK_PAIRS, LINK_RECORDS, PERSON_LINKS
from outreach.people.link_groups import person_groups
from outreach.people.link_records import link_records, usual_spots, with_nameless
from outreach.people.link_review import person_pairs, settled, uncertain_pairs, within_reach
from outreach.people.link_sides import side_facts, sides_of
from outreach.people.linkage import LinkageModel, score_pairs, train
from outreach.people.person_ids import resolve, stable_ids, still_together
from outreach.pipeline.audit_trail import looked, saw, whose
from outreach.pipeline.view import persons_of
from outreach.roles import needs, viewer
from outreach.schemas import LIMITS
from outreach.store import batches, calls, tables
from outreach.store.folder import write_whole
from outreach.store.secrets import load_key
from outreach.store.work import Rows, new_id, open_work
from outreach.work_schemas import PARTICIPANTS

Report = Callable[[str], None]
CARD = Path("models") / "linkage.json"
PAIRS = Path("models") / "linkage_pairs.parquet"  # pseudonyms, weights and reasons; no names
MODEL_LASTS = timedelta(days=180)
MODEL_GROWTH = 1.5  # of the number of records; beyond it the model is learned anew
VERDICTS_OF_PEOPLE = ("same", "different", "later")


@dataclass(frozen=True)
class LinkDone:
    """What linking a city's calls came to."""

    records: int  # spellings of people
    pseudonyms: int
    people: int  # unduplicated (duty 22)
    people_least: int  # if all pairs to review were one person
    people_most: int  # if none of them were
    linked: int  # pseudonyms that share their person with another
    pairs: int  # of spellings that were looked at closely
    to_review: int
    trained: bool  # the model was learned anew
    note: str = ""


@dataclass(frozen=True)
class _Known:
    """What grouping rests on."""

    records: pd.DataFrame  # LINK_RECORDS
    pairs: pd.DataFrame  # of score_pairs; person_a, person_b
    spots: pd.DataFrame  # of usual_spots, those first seen first


@dataclass(frozen=True)
class _Standing:
    """What the work database says of who is who."""

    links: pd.DataFrame  # PERSON_LINKS
    decisions: pd.DataFrame  # LINK_DECISIONS in the order they were made
    enrolled: frozenset[str]

    def equals(self, other: "_Standing") -> bool:
        """Return whether both say the same."""
        frames = ((self.links, other.links), (self.decisions, other.decisions))
        return self.enrolled == other.enrolled and all(a.equals(b) for a, b in frames)

    def within(self, reach: Collection[str]) -> "_Standing":
        """Return what is said of some people."""
        links = self.links[self.links["person_id"].isin(list(reach))]
        decisions = self.decisions[self.decisions["person_a"].isin(list(reach))]
        return _Standing(links, decisions, self.enrolled)


@needs("manage")
def link_city(
    folder: Path,
    *,
    now: datetime,
    by: str = "outreach link",
    retrain: bool = False,
    report: Report = lambda _: None,
) -> LinkDone:
    """Find out which pseudonyms in a city's calls are one person, and keep it.

    The saved model is used where it still fits, else a new one is learned from the records. What
    people decided always wins.
    """
    city = load_city(folder)
    report("reading names")
    records, spots = _read(folder)
    if records[["given_name", "family_name", "birth_date", "phone"]].isna().all(axis=None):
        note = "no name in any call, so nobody can be linked; nothing was changed"
        everybody = len(spots)
        return LinkDone(0, everybody, everybody, everybody, everybody, 0, 0, 0, False, note)
    connection = calls.engine().con
    model = None if retrain else _saved_model(folder, records, now)
    trained = model is None
    if model is None:
        report(f"learning from {len(records):,} spellings")
        model = train(records, params=city.linkage, connection=connection)
    report(f"comparing {len(records):,} spellings")
    pairs = score_pairs(records, model, params=city.linkage, connection=connection)
    person_of = records.set_index("record_id")["person_id"]
    pairs = pairs.assign(
        person_a=pairs["record_a"].map(person_of), person_b=pairs["record_b"].map(person_of)
    )
    report(f"joining by {len(pairs):,} pairs")
    known = _Known(records, pairs, spots)
    links, review = _keep_all(folder, known, params=city.linkage, by=by, now=now)
    if trained:
        _write_card(folder, city, model, records, now)
    people, joined = _people(spots, links), int(review["joined"].sum())
    return LinkDone(
        records=len(records),
        pseudonyms=len(spots),
        people=people,
        people_least=people - len(review) + joined,
        people_most=people + joined,
        linked=len(links),
        pairs=len(pairs),
        to_review=len(review),
        trained=trained,
    )


def _people(spots: pd.DataFrame, links: pd.DataFrame) -> int:
    """Return how many people the pseudonyms in the calls are."""
    return int(resolve(spots, links, "person_id")["person_id"].nunique())


def _read(folder: Path, only: Collection[str] | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the records of the people in the calls (or of some), and where they call from."""
    stored = calls.stored_calls(batches.call_files(folder))
    named = batches.identities(folder, load_key(folder))
    if only is not None:
        stored = stored.filter(stored.person_id.isin(list(only)))
        named = named[named["person_id"].isin(list(only))].reset_index(drop=True)
    spots = calls.fetch(usual_spots(stored))
    return check(link_records(named, spots), LINK_RECORDS), spots


def _keep_all(
    folder: Path, known: _Known, *, params: LinkageParams, by: str, now: datetime
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Group everybody and write who is who; return PERSON_LINKS and LINK_PAIRS."""
    work = open_work(folder)
    with work.reading() as rows:
        standing = _standing(rows)
    links, review = _grouped(known, standing, params=params)
    with work.writing() as rows:
        latest = _standing(rows)
        if not latest.equals(standing):  # somebody decided meanwhile
            links, review = _grouped(known, latest, params=params)
        rows.delete(PERSON_LINKS, {})
        rows.delete(LINK_PAIRS, {})
        _insert(rows, links, review)
        what = f"{len(known.spots)} pseudonyms are {_people(known.spots, links)} people"
        rows.audit(at=now, who=by, did="linked", what=f"{what}; {len(review)} pairs to review")
        write_whole(folder / PAIRS, known.pairs.to_parquet(index=False), private=True)
    return links, review


def _keep_some(rows: Rows, known: _Known, reach: Collection[str], *, params: LinkageParams) -> None:
    """Group anew those within reach of a decision, and write who is who among them."""
    links, review = _grouped(known, _standing(rows).within(reach), params=params)
    for person in reach:
        rows.delete(PERSON_LINKS, {"person_id": person})
    old = rows.fetch(LINK_PAIRS)
    old = old[old[["person_a", "person_b"]].isin(list(reach)).all(axis=1)]
    for first, second in zip(old["person_a"], old["person_b"], strict=True):
        rows.delete(LINK_PAIRS, {"person_a": first, "person_b": second})
    _insert(rows, links, review)


def _insert(rows: Rows, links: pd.DataFrame, review: pd.DataFrame) -> None:
    for frame, table in ((links, PERSON_LINKS), (review, LINK_PAIRS)):
        records = check(frame, table).to_dict("records")
        rows.insert(table, [{str(name): row[name] for name in row} for row in records])


def _grouped(
    known: _Known, standing: _Standing, *, params: LinkageParams
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return PERSON_LINKS and LINK_PAIRS by the pairs and by what people decided."""
    kept = still_together(standing.links, known.records["person_id"].unique())
    binding = pd.concat([kept, standing.decisions[kept.columns]], ignore_index=True)
    decided = {*binding["person_a"], *binding["person_b"]}
    records = with_nameless(known.records, decided)
    groups = person_groups(records, known.pairs, binding, params=params)
    groups = groups.merge(records[["record_id", "person_id"]], on="record_id")
    order = pd.Series(range(len(known.spots)), index=known.spots["person_id"])
    links = stable_ids(groups, standing.links, order, participants=standing.enrolled)
    group_of = groups.drop_duplicates("person_id").set_index("person_id")["group"]
    pairs = person_pairs(known.pairs)
    return links, uncertain_pairs(pairs, group_of, standing.decisions, params=params)


def _standing(rows: Rows) -> _Standing:
    enrolled = rows.fetch(PARTICIPANTS)["person_id"].dropna()
    return _Standing(rows.fetch(PERSON_LINKS), _decisions(rows), frozenset(enrolled))


def _decisions(rows: Rows) -> pd.DataFrame:
    """Return what people decided, in the order they did."""
    return rows.fetch(LINK_DECISIONS).sort_values("decided_at", kind="stable", ignore_index=True)


@needs("manage")
def decide(
    folder: Path, person_a: str, person_b: str, verdict: str, *, by: str, now: datetime
) -> str:
    """Record whether two pseudonyms are one person, act on it at once, and return its id.

    Raises   WorkError   not a verdict, the same pseudonym twice, or nobody who decides
    """
    if verdict not in VERDICTS_OF_PEOPLE:
        raise WorkError(f"a decision is one of {', '.join(VERDICTS_OF_PEOPLE)}, not {verdict!r}")
    return _record(folder, (person_a, person_b), verdict, by=by, now=now)


@needs("manage")
def undo(folder: Path, decision_id: str, *, by: str, now: datetime) -> str:
    """Withdraw a decision: the model alone tells about the pair again.

    Raises   WorkError   there is no such decision
    """
    with open_work(folder).reading() as rows:
        found = rows.fetch(LINK_DECISIONS, decision_id=decision_id)
    if found.empty:
        raise WorkError("there is no such decision about two people; nothing was changed")
    pair = (str(found["person_a"].iloc[0]), str(found["person_b"].iloc[0]))
    return _record(folder, pair, "withdrawn", by=by, now=now)


def _record(folder: Path, pair: tuple[str, str], verdict: str, *, by: str, now: datetime) -> str:
    """Write a decision and regroup all whom it can touch, in one transaction."""
    if not by.strip():
        raise WorkError("a decision about two people names who made it; nothing was changed")
    first, second = sorted(pair)
    if first == second:
        raise WorkError("a pair is of two different people; nothing was changed")
    params = load_city(folder).linkage
    decision_id = new_id()
    pairs = _saved_pairs(folder)
    with open_work(folder).writing() as rows:
        last = _decisions(rows)["decided_at"].max()
        # The newest counts, so none is as old as another, whatever the clocks say.
        at = now if pd.isna(last) else max(now, last.to_pydatetime() + timedelta(microseconds=1))
        row = (decision_id, first, second, verdict, at, by)
        rows.insert(LINK_DECISIONS, [dict(zip(LINK_DECISIONS.columns, row, strict=True))])
        rows.audit(at=now, who=by, did="decided", what=f"{first} and {second}: {verdict}")
        if pairs is not None and verdict != "later":
            reach = within_reach(
                pair, person_pairs(pairs), rows.fetch(PERSON_LINKS), _decisions(rows), params=params
            )
            records, spots = _read(folder, reach)
            own = [pairs[name].isin(records["record_id"]) for name in ("record_a", "record_b")]
            _keep_some(rows, _Known(records, pairs[own[0] & own[1]], spots), reach, params=params)
    if pairs is None and verdict != "later":  # such as after a database alone was restored
        link_city(folder, now=now, by=by)
    return decision_id


@needs("manage")
def pairs_to_review(folder: Path, *, now: datetime) -> pd.DataFrame:
    """Return the pairs that a person should look at, those that matter most first.

    First those with a participant or somebody who set limits, then those that are nearest to
    being decided the other way; what was put off stands last. Each side tells of the whole
    person, or of the one pseudonym where the two are taken for one person now.

    Adds     LINK_PAIRS, later, matters (bool), and names, birth_dates, phones, address, calls,
             each with _a and _b
    """
    with open_work(folder).reading() as rows:
        pairs, links, decisions = rows.fetch(LINK_PAIRS), rows.fetch(PERSON_LINKS), _decisions(rows)
        enrolled = rows.fetch(PARTICIPANTS)["person_id"].dropna()
    limits = tables.read_table(folder / "limits.csv", LIMITS)["subject"]
    bound = resolve(pd.DataFrame({"subject": [*enrolled, *limits]}), links, "subject")["subject"]
    last = settled(decisions).query("verdict == 'later'")[["person_a", "person_b"]]
    told = pairs.merge(last.assign(later=True), on=["person_a", "person_b"], how="left")
    told["later"] = told["later"].notna()
    both = resolve(resolve(told, links, "person_a"), links, "person_b")
    told["matters"] = both[["person_a", "person_b"]].isin(set(bound)).any(axis=1)
    doubt = (told["probability"] - load_city(folder).linkage.join_probability).abs()
    order = told.assign(_doubt=doubt).sort_values(
        ["later", "matters", "_doubt", "person_a", "person_b"], ascending=[True, False, *[True] * 3]
    )
    return _shown(folder, _with_sides(folder, order.drop(columns="_doubt"), links), now)


@needs("manage")
def decisions_made(folder: Path, *, now: datetime) -> pd.DataFrame:
    """Return what people decided last about each pair and did not withdraw, newest first.

    Adds     LINK_DECISIONS, and the sides as in ``pairs_to_review``
    """
    with open_work(folder).reading() as rows:
        last = settled(_decisions(rows)).query("verdict != 'withdrawn'")
    newest = last.sort_values("decided_at", ascending=False, kind="stable")
    found = _with_sides(folder, newest.assign(joined=True), persons_of(folder))
    return _shown(folder, found.drop(columns="joined"), now)


def _shown(folder: Path, pairs: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """Hand out pairs after writing down who of those enrolled is in them (safeguard 8)."""
    if len(pairs):
        whom = whose(folder, [*pairs["person_a"], *pairs["person_b"]])
        saw(folder, whom, "pairs that may be one person", by=viewer().name, now=now)
        looked(folder, "pairs that may be one person", now=now)
    return pairs


def _with_sides(folder: Path, pairs: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Add what the calls tell of both sides of each pair."""
    sides = {}
    for side in ("a", "b"):
        shown = pairs[[f"person_{side}", "joined"]].set_axis(["person", "joined"], axis=1)
        sides[side] = sides_of(shown.reset_index(drop=True), links)
    everybody = set(pd.concat(sides.values())["person_id"]) if len(pairs) else set()
    named = batches.identities(folder, load_key(folder))
    named = named[named["person_id"].isin(everybody)]
    stored = calls.stored_calls(batches.call_files(folder))
    spots = calls.fetch(usual_spots(stored.filter(stored.person_id.isin(list(everybody)))))
    told = [
        side_facts(members, named, spots).add_suffix(f"_{side}") for side, members in sides.items()
    ]
    return pd.concat([pairs.reset_index(drop=True), *told], axis=1)


def _saved_pairs(folder: Path) -> pd.DataFrame | None:
    path = folder / PAIRS
    return pd.read_parquet(path) if path.exists() else None


def _saved_model(folder: Path, records: pd.DataFrame, now: datetime) -> LinkageModel | None:
    """Return the model of the card where it still fits the city's records."""
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        model = LinkageModel.from_json(json.dumps(card["model"]))
        learned = datetime.fromisoformat(card["as_of"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    growth = len(records) / max(model.records, 1)
    fits = card.get("filled") == _filled(records) and now - learned <= MODEL_LASTS
    return model if fits and 1 / MODEL_GROWTH <= growth <= MODEL_GROWTH else None


def _filled(records: pd.DataFrame) -> list[str]:
    return [name for name in LINK_RECORDS.columns if records[name].notna().any()]


def _write_card(
    folder: Path, city: City, model: LinkageModel, records: pd.DataFrame, now: datetime
) -> None:
    """Keep the model with what it rests on; nothing in it names anybody."""
    card = {
        "city": city.name,
        "invented_data": city.invented_data,
        "as_of": now.isoformat(),
        "records": len(records),
        "pseudonyms": int(records["person_id"].nunique()),
        "filled": _filled(records),
        "threshold": city.linkage.join_probability,
        "prior": model.prior,
        "parameters": list(model.parameters),
        "model": json.loads(model.to_json()),
    }
    write_whole(folder / CARD, json.dumps(card, indent=1) + "\n")
