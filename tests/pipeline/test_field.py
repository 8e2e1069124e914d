"""Entries of offline sheets come back: once, in any order, by the rules of the log."""

import json
import shutil
from datetime import timedelta
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest

from outreach import roles
from outreach.cells import from_text
from outreach.errors import InputError, NotAllowedError, WorkError
from outreach.people.consent import newest
from outreach.pipeline.field import look_through, take_in
from outreach.pipeline.field_file import read_entries
from outreach.pipeline.log import VisitEntry, correct_visit, log_visit
from outreach.roles import Viewer
from outreach.store.work import open_work
from outreach.work_schemas import AUDIT, CONSENTS, TASKS, VISIT_STAFF, VISITS

TOLD = ["visit_id", "outcome", "minutes", "services", "participant_id", "happened_at", "note"]


@pytest.fixture(scope="module")
def built(sheet_city, fake_city, tmp_path_factory):
    return sheet_city.build(tmp_path_factory.mktemp("built"), fake_city)


@pytest.fixture
def another(built, tmp_path):
    """Make a fresh copy of the city."""
    return lambda name: Path(shutil.copytree(built, tmp_path / str(name)))


@pytest.fixture
def city(another):
    return another("city")


@pytest.fixture
def load(city, sheet_city):
    def loaded(*entries, **around):
        data = sheet_city.entry_file(city, *entries, **around)
        return take_in(city, data, by="Ana", now=sheet_city.NOW)

    return loaded


@pytest.fixture
def rows_of(city):
    def found(table, **equal):
        with open_work(city).reading() as rows:
            return rows.fetch(table, **equal)

    return found


def test_an_entry_is_kept_as_the_log_would_keep_it(load, rows_of, sheet_city):
    done = load(sheet_city.entry(1, note=" Asked for a bed. ", sharps=3))
    assert (len(done.kept), done.already, len(done.aside)) == (1, 0, 0)
    (visit,) = rows_of(VISITS).to_dict("records")
    assert visit["participant_id"] == "k"
    assert visit["subject"] == "s2"
    assert visit["stage"] == "engagement"
    assert visit["services"] == "food"
    assert (visit["minutes"], visit["sharps"]) == (20, 3)
    assert visit["note"] == "Asked for a bed."
    assert list(rows_of(VISIT_STAFF)["staff_id"]) == ["ana"]
    assert list(rows_of(TASKS)["status"]) == ["done"]
    trail = rows_of(AUDIT, who="Ana")
    assert set(trail.loc[trail["participant_id"] == "k", "did"]) == {"logged", "done"}
    assert "1 kept, 0 there already, 0 set aside" in set(trail["what"].str[-43:]) | {
        text.split(": ")[-1] for text in trail.loc[trail["did"] == "took in", "what"]
    }


def test_twice_is_once(load, rows_of, sheet_city):
    load(sheet_city.entry(1))
    done = load(sheet_city.entry(1), sheet_city.entry(2, candidate_id="c1"))
    assert (len(done.kept), done.already) == (1, 1)
    assert len(rows_of(VISITS)) == 2


def test_a_needle_pickup_counts_needles_at_its_spot(load, rows_of, sheet_city):
    shift = "2026-11-23/Team South"
    load(sheet_city.entry(1, candidate_id="c9", shift_id=shift, outcome="checked", sharps=12))
    (visit,) = rows_of(VISITS).to_dict("records")
    assert visit["sharps"] == 12
    assert visit["participant_id"] is None
    assert from_text(visit["subject"])


def test_the_last_change_counts_whatever_comes_first(sheet_city, another):
    entry = sheet_city.entry
    parts = [
        [entry(1)],
        [entry(2, replaces=1, outcome="declined", minutes=5)],
        [entry(3, replaces=1, outcome="not_found", minutes=None, services=[])],
    ]
    for number, order in enumerate([*permutations(parts)][1::2]):
        city = another(number)
        for part in order:
            data = sheet_city.entry_file(city, *part)
            take_in(city, data, by="Ana", now=sheet_city.NOW)
        with open_work(city).reading() as rows:
            visits, tasks = rows.fetch(VISITS), rows.fetch(TASKS)
        (last,) = newest(visits).to_dict("records")
        assert last["visit_id"] == sheet_city.visit_id(3), order
        assert len(visits) == 3
        assert list(tasks["status"]) == ["open"]  # nobody was met after all


def test_a_change_in_the_app_stands(load, city, rows_of, sheet_city):
    load(sheet_city.entry(1))
    mended = VisitEntry(
        "0" * 32, rows_of(VISITS)["happened_at"].iloc[0], "declined", participant_id="k"
    )
    later = sheet_city.NOW + timedelta(hours=1)
    correct_visit(city, sheet_city.visit_id(1), mended, by="Lea", now=later)
    done = load(sheet_city.entry(2, replaces=1, outcome="not_found"))
    assert "changed in the app since" in done.messages[0]
    assert list(newest(rows_of(VISITS))["outcome"]) == ["declined"]


def test_a_wish_for_no_visits_binds(load, rows_of, sheet_city):
    done = load(sheet_city.entry(1, outcome="asked_no_visits"))
    assert any("No visit is planned" in told for told in done.messages)
    assert list(rows_of(CONSENTS)["rule"]) == ["do_not_visit"]


def test_looking_changes_nothing(city, rows_of, sheet_city):
    data = sheet_city.entry_file(city, sheet_city.entry(1))
    found = look_through(city, data, now=sheet_city.NOW)
    assert [one.visit.outcome for one in found.kept] == ["engaged"]
    assert rows_of(VISITS).empty


def test_who_may_not_log_may_not_load(city, sheet_city):
    data = sheet_city.entry_file(city, sheet_city.entry(1))
    for viewer in (Viewer("Mo", "manager"), Viewer("Po", "police_liaison")):
        with roles.acting_as(viewer), pytest.raises(NotAllowedError):
            take_in(city, data, by=viewer.name, now=sheet_city.NOW)
        with roles.acting_as(viewer), pytest.raises(NotAllowedError):
            look_through(city, data, now=sheet_city.NOW)
    with pytest.raises(WorkError, match="say who enters"):
        take_in(city, data, by=" ", now=sheet_city.NOW)


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        ({"outcome": "arrested"}, "outcome"),
        ({"services": ["cash"]}, "service"),
        ({"minutes": -1}, "minutes"),
        ({"minutes": "20"}, "minutes"),
        ({"sharps": True}, "sharps"),
        ({"sharps": 10**30}, "sharps"),
        ({"note": "x" * 501}, "note"),
        ({"note": "a\x00b"}, "no text"),
        ({"note": "\ud800"}, "note"),
        ({"happened_at": "2026-11-23T15:04:00"}, "time in UTC"),
        ({"happened_at": "2026-13-99T15:04:00Z"}, "happened_at"),
        ({"happened_at": "2026-11-24T23:00:00Z"}, "future"),
        ({"happened_at": "1970-01-01T00:00:00Z"}, "not in the week"),
        ({"candidate_id": "c5"}, "not in that plan"),
        ({"candidate_id": "../../etc/passwd"}, "not in that plan"),
        ({"visit_id": "1"}, "no id that a sheet makes"),
        ({"replaces": "'; DROP TABLE visits; --"}, "no id that a sheet makes"),
        ({"participant_id": "k"}, "does not write"),
    ],
)
def test_what_is_odd_is_set_aside_and_the_rest_kept(load, rows_of, sheet_city, odd, why):
    done = load(sheet_city.entry(1) | odd, sheet_city.entry(2, candidate_id="c1"))
    assert len(done.kept) == 1
    (aside,) = done.aside.to_dict("records")
    assert aside["entry"] == "Entry 1"
    assert why in aside["reason"]
    assert list(rows_of(VISITS)["visit_id"]) == [sheet_city.visit_id(2)]


def test_reasons_are_numbered_as_in_the_file(load, sheet_city):
    entry = sheet_city.entry
    done = load(entry(1, sharps=-1), entry(2), entry(3, candidate_id="c5"), "x", entry(4))
    assert list(done.aside["entry"]) == ["Entry 1", "Entry 3", "Entry 4"]


def test_hostile_texts_stay_texts(load, rows_of, sheet_city):
    told = "<script>alert(1)</script> =1+1 {{ 7 * 7 }} '; --"
    load(sheet_city.entry(1, note=told))
    assert list(rows_of(VISITS)["note"]) == [told]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 a workbook", "cut off, or none"),
        (b'{"format": "outreach-entries", "version": 1, "ent', "cut off"),
        (b"[" * 100_000, "cut off"),
        (b" " * 2_000_001, "too large"),
        (b'{"format": "outreach-entries", "version": 2}', "another version"),
        (b'{"format": "else"}', "no file of entries"),
        (b'{"format": "outreach-entries", "version": 1}', "damaged"),
        (b"[1, 2]", "no file of entries"),
        (b'{"a": 1, "a": 2}', "cut off"),
        (b'{"a": NaN}', "cut off"),
        (b"\x80\x04\x95 a pickle", "cut off"),
    ],
)
def test_what_is_no_file_of_entries_is_refused_in_one_line(data, why):
    with pytest.raises(InputError, match=why) as refused:
        read_entries(data)
    assert "\n" not in str(refused.value)
    assert "nothing was kept" in str(refused.value)


def test_any_cut_is_refused_whole(city, rows_of, sheet_city):
    data = sheet_city.entry_file(city, sheet_city.entry(1), sheet_city.entry(2))
    for length in range(0, len(data), 37):
        with pytest.raises(InputError):
            take_in(city, data[:length], by="Ana", now=sheet_city.NOW)
    assert rows_of(VISITS).empty


def test_another_city_or_plan_is_refused(load, sheet_city, rows_of):
    for around in ({"city": "0" * 32}, {"number": 2}, {"week": "2026-W49"}):
        with pytest.raises(InputError, match="another city or plan"):
            load(sheet_city.entry(1), **around)
    with pytest.raises(InputError, match="damaged"):
        load(sheet_city.entry(1), more=1)
    assert rows_of(VISITS).empty


def test_nothing_is_half_written(load, rows_of, sheet_city, monkeypatch):
    from outreach.pipeline import field

    kept = field.keep_entry
    calls = iter(range(9))

    def breaks(*args, **told):
        if next(calls) == 1:
            raise RuntimeError("power cut")
        return kept(*args, **told)

    monkeypatch.setattr(field, "keep_entry", breaks)
    with pytest.raises(RuntimeError):
        load(sheet_city.entry(1), sheet_city.entry(2, candidate_id="c1"))
    assert rows_of(VISITS).empty
    assert list(rows_of(TASKS)["status"]) == ["open"]


def test_an_id_of_the_log_is_not_taken_twice(city, load, rows_of, sheet_city):
    """What the app keeps itself is known by other ids than those of sheets."""
    log_visit(
        city,
        VisitEntry("1" * 32, sheet_city.PUBLISHED, "engaged", participant_id="k"),
        by="Ana",
        now=sheet_city.NOW,
    )
    done = load(sheet_city.entry(1, visit_id="1" * 32))
    assert "no id that a sheet makes" in done.aside["reason"].iloc[0]
    assert len(rows_of(VISITS)) == 1


def _entries(sheet_city):
    """Two visits with two changes each, one visit without."""
    entry = sheet_city.entry
    return [
        entry(1),
        entry(2, candidate_id="c1", outcome="checked"),
        entry(3, replaces=1, outcome="declined"),
        entry(4, replaces=2, candidate_id="c1", outcome="left_information"),
        entry(5, replaces=1, minutes=45),
        entry(6, candidate_id="c4", outcome="not_found"),
        entry(7, replaces=2, candidate_id="c1", outcome="engaged"),
    ]


@pytest.mark.parametrize("seed", range(2))
def test_any_order_and_repetition_gives_the_same_visits(seed, sheet_city, another):
    """However the entries are spread over files, and however often these are loaded."""
    rng, entries = np.random.default_rng(seed), _entries(sheet_city)
    files = [
        rng.choice(len(entries), int(rng.integers(1, 6))).tolist()
        for _ in range(int(rng.integers(2, 5)))
    ]
    again = [*files, files[0]]
    order = [again[i] for i in rng.permutation(len(again))]
    told = []
    for number, way in enumerate((files, order)):
        city = another(number)
        for file in way:
            chosen = [entries[i] for i in file]
            take_in(city, sheet_city.entry_file(city, *chosen), by="Ana", now=sheet_city.NOW)
        with open_work(city).reading() as rows:
            visits, tasks = rows.fetch(VISITS), rows.fetch(TASKS)
        last = newest(visits).sort_values("visit_id")
        told.append(
            (
                last[TOLD].astype(str).to_dict("records"),
                sorted(visits["visit_id"]),
                list(tasks["status"]),
            )
        )
    assert told[0] == told[1]


def test_files_are_json_of_utf_8(city, sheet_city):
    data = sheet_city.entry_file(city, sheet_city.entry(1, note="Habló de su perro"))
    plain = json.dumps(json.loads(data), ensure_ascii=False).encode("utf-8-sig")
    assert read_entries(plain).entries[0].note == "Habló de su perro"
    assert list(read_entries(data).frame["outcome"]) == ["engaged"]
    for one, other in product((data, plain), repeat=2):
        assert read_entries(one).entries == read_entries(other).entries


@pytest.mark.parametrize("late", [False, True], ids=["in order", "the change first"])
def test_a_file_changes_no_visit_of_another_stop_that_came_in_before(
    load, rows_of, sheet_city, late
):
    mine = sheet_city.entry(1)
    forged = sheet_city.entry(2, replaces=1, candidate_id="c1", outcome="not_found", services=[])
    parts = [forged, mine] if late else [mine, forged]
    load(parts[0])
    done = load(parts[1])
    assert not done.kept
    assert "another stop" in done.aside["reason"].item()
    assert len(rows_of(VISITS)) == 1
