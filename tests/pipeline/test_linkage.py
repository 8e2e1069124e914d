"""Linking the invented city's own records, measured against what was planted."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from outreach.cli.main import app
from outreach.config import load_city
from outreach.errors import WorkError
from outreach.link_schemas import LINK_DECISIONS, LINK_PAIRS, PERSON_LINKS
from outreach.people.link_scores import pair_scores, pairs_in_groups
from outreach.pipeline import linkage
from outreach.pipeline.view import known_calls, persons_of
from outreach.store import batches, calls
from outreach.store.folder import write_whole
from outreach.store.secrets import load_key
from outreach.store.work import FILE_NAME, open_work
from outreach.work_schemas import AUDIT, PARTICIPANTS

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=7)


@pytest.fixture(scope="module")
def linked_once(built, tmp_path_factory) -> Path:
    folder = Path(shutil.copytree(built, tmp_path_factory.mktemp("linked") / "city"))
    linkage.link_city(folder, now=NOW)
    return folder


@pytest.fixture
def linked(linked_once, tmp_path) -> Path:
    """A linked city that a test may change."""
    return Path(shutil.copytree(linked_once, tmp_path / "linked"))


@pytest.fixture
def quick(linked_once, monkeypatch):
    """Let linking take the pairs that were found when the city was first linked."""
    known = pd.read_parquet(linked_once / linkage.PAIRS).drop(columns=["person_a", "person_b"])

    def score_pairs(records, *_, **__):
        return known[known[["record_a", "record_b"]].isin(list(records["record_id"])).all(axis=1)]

    monkeypatch.setattr(linkage, "score_pairs", score_pairs)


def stored(folder, table, **equal):
    with open_work(folder).reading() as rows:
        return rows.fetch(table, **equal)


def by_person(folder):
    links = persons_of(folder)
    return dict(zip(links["person_id"], links["linked_id"], strict=True))


def true_people(folder, truth):
    """Whom each pseudonym is truly about; ordinary named calls are each about somebody else."""
    rows = truth["rows"]
    person = rows["person"].where(rows["person"] != "", "row " + rows["row"].astype(str))
    about = rows.assign(true=person).drop_duplicates("incident").set_index("incident")["true"]
    known = calls.fetch(calls.stored_calls(batches.call_files(folder)))
    known = known.dropna(subset=["person_id"])
    known = known.assign(true=known["incident_id"].map(about)).dropna(subset=["true"])
    return known.groupby("person_id")["true"].first()


def test_the_planted_people_are_found(linked_once, truth):
    true = true_people(linked_once, truth)
    links = by_person(linked_once)
    people = pd.DataFrame({"record_id": true.index, "true": true.to_numpy()})
    people["found"] = [links.get(person, person) for person in true.index]
    found, planted = (
        pairs_in_groups(people.rename(columns={name: "group"})[["record_id", "group"]])
        for name in ("found", "true")
    )
    scores = pair_scores(found, planted)
    assert scores["links_true"] > 50
    assert scores["precision"] >= 0.99
    assert scores["recall"] >= 0.9
    assert people["found"].nunique() == pytest.approx(people["true"].nunique(), rel=0.02)


def test_the_card_tells_facts_and_no_names(linked_once):
    text = (linked_once / linkage.CARD).read_text(encoding="utf-8")
    card = json.loads(text)
    assert card["as_of"] == NOW.isoformat()
    assert card["invented_data"] is True
    assert card["records"] > 500
    assert {"given_name", "family_name", "birth_date"} <= set(card["filled"])
    assert card["parameters"]
    names = batches.identities(linked_once, load_key(linked_once))["name"].unique()
    assert not [name for name in names if name.split(",")[0] in text.upper()]
    pairs = pd.read_parquet(linked_once / linkage.PAIRS)
    told = " ".join(pairs["reason"].unique()).upper()
    assert not [name for name in names if name.split(",")[0] in told]


def test_linking_again_uses_the_saved_model_and_changes_nothing(linked):
    before = stored(linked, PERSON_LINKS), stored(linked, LINK_PAIRS)
    done = linkage.link_city(linked, now=LATER)
    assert not done.trained
    after = stored(linked, PERSON_LINKS), stored(linked, LINK_PAIRS)
    for old, new in zip(before, after, strict=True):
        pd.testing.assert_frame_equal(old, new)
    assert done.people == done.pseudonyms - len(after[0]) + after[0]["linked_id"].nunique()
    assert (stored(linked, AUDIT)["did"] == "linked").sum() == 2


@pytest.mark.usefixtures("quick")
def test_a_model_that_fits_no_more_is_learned_anew(linked, monkeypatch):
    learned = []

    def train(records, **_):
        learned.append(len(records))
        return model

    model = linkage.LinkageModel.from_json(
        json.dumps(json.loads((linked / linkage.CARD).read_text())["model"])
    )
    monkeypatch.setattr(linkage, "train", train)
    assert linkage.link_city(linked, now=NOW + linkage.MODEL_LASTS * 2).trained
    assert linkage.link_city(linked, now=NOW + linkage.MODEL_LASTS * 2, retrain=True).trained
    assert not linkage.link_city(linked, now=NOW + linkage.MODEL_LASTS * 2).trained
    card = json.loads((linked / linkage.CARD).read_text())
    for change in ({"filled": []}, {"model": {**card["model"], "records": 10}}, {"model": 3}):
        write_whole(linked / linkage.CARD, json.dumps({**card, **change}))
        assert linkage.link_city(linked, now=NOW).trained, change
    assert len(learned) == 5


def test_every_list_counts_a_person_once(linked):
    links = by_person(linked)
    view = known_calls(linked, load_city(linked), NOW)
    seen = calls.fetch(view.select("person_id").distinct())["person_id"].dropna()
    raw = calls.stored_calls(batches.call_files(linked)).select("person_id").distinct()
    pseudonyms = calls.fetch(raw)["person_id"].dropna()
    assert set(seen) == {links.get(person, person) for person in pseudonyms}
    assert len(seen) < len(pseudonyms)


def test_looking_at_a_city_makes_no_work_database(city):
    for path in city.glob(f"{FILE_NAME}*"):
        path.unlink()
    calls.fetch(known_calls(city, load_city(city), NOW).limit(1))
    assert persons_of(city).empty
    assert not list(city.glob(f"{FILE_NAME}*"))


@pytest.mark.usefixtures("quick")
def test_a_decision_holds_at_once_and_when_linked_again(linked):
    links = by_person(linked)
    alone = sorted(set(true_alone(linked)) - set(links))[:2]
    joined = sorted(p for p, one in links.items() if p != one)[0]
    linkage.decide(linked, *alone, "same", by="Ana", now=LATER)
    linkage.decide(linked, joined, links[joined], "different", by="Ana", now=LATER)
    now = by_person(linked)
    assert now[alone[0]] == now[alone[1]]
    assert now.get(joined, joined) != now.get(links[joined], links[joined])
    untouched = {p: one for p, one in links.items() if one != links[joined]}
    assert {p: now[p] for p in untouched} == untouched
    linkage.link_city(linked, now=LATER)
    assert by_person(linked) == now
    assert stored(linked, AUDIT)["who"].tolist().count("Ana") == 2


def true_alone(folder):
    raw = calls.stored_calls(batches.call_files(folder)).select("person_id").distinct()
    return calls.fetch(raw)["person_id"].dropna()


def test_a_decision_can_be_undone(linked):
    before = by_person(linked)
    alone = sorted(set(true_alone(linked)) - set(before))[:2]
    joined = sorted(p for p, one in before.items() if p != one)[0]
    made = [
        linkage.decide(linked, *alone, "same", by="Ana", now=LATER),
        linkage.decide(linked, joined, before[joined], "different", by="Ana", now=LATER),
    ]
    shown = linkage.decisions_made(linked, now=NOW)
    assert set(shown["decision_id"]) == set(made)
    assert (shown["names_a"] != "").all()
    for decision in made:  # on a machine whose clock is behind
        linkage.undo(linked, decision, by="Bo", now=LATER - timedelta(minutes=5))
    assert by_person(linked) == before
    assert linkage.decisions_made(linked, now=NOW).empty
    assert len(stored(linked, LINK_DECISIONS)) == 4  # nothing is removed
    with pytest.raises(WorkError):
        linkage.undo(linked, "no such", by="Bo", now=LATER)


def test_without_the_saved_pairs_a_decision_links_anew(linked):
    links = by_person(linked)
    joined = sorted(p for p, one in links.items() if p != one)[0]
    (linked / linkage.PAIRS).unlink()
    linkage.decide(linked, joined, links[joined], "different", by="Ana", now=LATER)
    now = by_person(linked)
    assert now.get(joined, joined) != now.get(links[joined], links[joined])
    untouched = {p: one for p, one in links.items() if one != links[joined]}
    assert {p: now[p] for p in untouched} == untouched
    assert (linked / linkage.PAIRS).exists()


def test_what_makes_no_decision_is_refused(linked):
    for arguments in (("a", "a", "same"), ("a", "b", "withdrawn"), ("a", "b", "maybe")):
        with pytest.raises(WorkError):
            linkage.decide(linked, *arguments, by="Ana", now=LATER)
    with pytest.raises(WorkError):
        linkage.decide(linked, "a", "b", "same", by=" ", now=LATER)
    assert stored(linked, LINK_DECISIONS).empty


def test_the_review_shows_both_sides_and_what_matters_first(linked):
    review = linkage.pairs_to_review(linked, now=NOW)
    assert len(review) == len(stored(linked, LINK_PAIRS)) > 2
    assert review["names_a"].ne("").all()
    assert (review[["calls_a", "calls_b"]] > 0).all(axis=None)
    assert not review[["matters", "later"]].any(axis=None)
    last = review.iloc[-1]
    (linked / "limits.csv").write_text(f"subject,rule,until\n{last['person_b']},opt_out,\n")
    again = linkage.pairs_to_review(linked, now=NOW)
    assert again.iloc[0]["matters"]
    assert last["person_b"] in {*again.iloc[0][["person_a", "person_b"]]} or again.iloc[0]["joined"]
    first = again.iloc[0][["person_a", "person_b"]].tolist()
    linkage.decide(linked, *first, "later", by="Ana", now=LATER)
    put_off = linkage.pairs_to_review(linked, now=NOW)
    assert put_off.iloc[-1][["person_a", "person_b"]].tolist() == first
    second = put_off.iloc[0][["person_a", "person_b"]].tolist()
    linkage.decide(linked, *second, "different", by="Ana", now=LATER)
    left = linkage.pairs_to_review(linked, now=NOW)
    assert second not in left[["person_a", "person_b"]].to_numpy().tolist()


@pytest.mark.usefixtures("quick")
def test_what_was_linked_stays_when_names_are_purged(linked):
    links = by_person(linked)
    person = sorted(links.values())[0]
    batch = next((linked / "batches").glob("*/identities.bin"))
    key = load_key(linked)
    named = batches.unseal(batch.read_bytes(), key)
    batch.write_bytes(batches.seal(named[named["person_id"] != person], key))
    linkage.link_city(linked, now=LATER)
    assert by_person(linked) == links
    batch.unlink()
    assert linkage.link_city(linked, now=LATER).note
    assert by_person(linked) == links


def test_an_enrolled_pseudonym_names_the_person_it_is_joined_with(linked):
    alone = sorted(set(true_alone(linked)) - set(by_person(linked)))[:2]
    row = {
        "participant_id": "p1", "person_id": alone[1], "door": "community", "status": "active",
        "enrolled_on": NOW.date(), "status_since": NOW.date(), "listed_until": LATER.date(),
        "version": 1,
    }  # fmt: skip
    with open_work(linked).writing() as rows:
        rows.insert(PARTICIPANTS, [row])
    linkage.decide(linked, *alone, "same", by="Ana", now=LATER)
    assert by_person(linked)[alone[0]] == alone[1]


@pytest.mark.usefixtures("quick")
def test_a_disk_that_is_full_changes_nothing(linked, monkeypatch):
    before = stored(linked, PERSON_LINKS)
    pairs = (linked / linkage.PAIRS).read_bytes()

    def full(path, *_, **__):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(linkage, "write_whole", full)
    with pytest.raises(OSError, match="No space"):
        linkage.link_city(linked, now=LATER)
    pd.testing.assert_frame_equal(stored(linked, PERSON_LINKS), before)
    assert (linked / linkage.PAIRS).read_bytes() == pairs
    assert (stored(linked, AUDIT)["did"] == "linked").sum() == 1


def test_a_city_without_names_says_so(city):
    for path in (city / "batches").glob("*/identities.bin"):
        path.unlink()
    result = CliRunner().invoke(app, ["link", "--city", str(city)])
    assert result.exit_code == 0
    assert "nobody can be linked" in result.stdout
    assert not (city / linkage.CARD).exists()


@pytest.mark.usefixtures("quick")
def test_the_command_prints_figures_for_scripts(linked):
    result = CliRunner().invoke(app, ["link", "--city", str(linked), "--json"])
    assert result.exit_code == 0
    facts = json.loads(result.stdout)
    assert facts["people"] < facts["pseudonyms"] <= facts["records"]
    review = stored(linked, LINK_PAIRS)
    assert facts["people"] - facts["people_least"] == (~review["joined"]).sum()
    assert facts["people_most"] - facts["people"] == review["joined"].sum()
    assert not facts["trained"]
