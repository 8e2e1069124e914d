from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from outreach import cells
from outreach.columns import check, empty
from outreach.errors import SchemaError, StoreError
from outreach.schemas import CALL_TYPES, CALLS, LIMITS
from outreach.store import batches, calls, documents, secrets, tables
from outreach.store.folder import write_whole, writing

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TYPES = pd.DataFrame(
    [
        ("WELFARE CHECK", "mental_health", "very", "demand", True, True, False),
        ("TRAFFIC STOP", "unknown", "very", "officer_initiated", False, True, False),
        ("DOMESTIC", "conflict", "very", "demand", False, False, True),
        ("NEEDLE PICKUP", "substance_use", "very", "sharps", True, True, False),
    ],
    columns=list(CALL_TYPES.columns),
)


def some_calls(n, **given):
    received = pd.date_range("2026-11-01", periods=n, freq="h", tz="UTC").as_unit("us")
    frame = pd.DataFrame(
        {
            "call_id": np.arange(n), "incident_id": [f"I{i}" for i in range(n)],
            "export": "cad", "received_at": received, "date_only": False,
            "known_at": received, "source": "911", "source_told": False,
            "initial_call_type": "Welfare  check ",
            "final_call_type": None, "disposition": None, "address": "1 MAIN ST", "area": None,
            "lon": -73.75, "lat": 42.65, "placed_by": "coordinates",
            "fine_cell": cells.fine_cells([-73.75] * n, [42.65] * n), "person_id": None,
        }
    )  # fmt: skip
    return check(frame.assign(**given), CALLS)


def record(batch_id="b1", **given):
    fields = dict.fromkeys(batches.ImportRecord.__dataclass_fields__, 0)
    texts = {"file": "f.csv", "sha256": "x", "export": "cad", "ingested_at": NOW.isoformat()}
    dates = {"first_received_at": None, "last_received_at": None, "warnings": ()}
    return batches.ImportRecord(**{**fields, **texts, **dates, "batch_id": batch_id, **given})


def store(folder, frame, batch_id="b1"):
    with batches.writing_batch(folder, batch_id) as writer:
        writer.add_calls(frame)
        writer.finish(record(batch_id), secrets.load_key(folder))


@pytest.fixture
def folder(tmp_path):
    secrets.make_key(tmp_path)
    return tmp_path


def view(folder, **given):
    arguments = {
        "normalise": lambda text: " ".join(text.upper().split()),
        "as_of": NOW,
        "time_zone": "America/New_York",
        **given,
    }
    return calls.calls_view(batches.call_files(folder), TYPES, **arguments)


def test_a_batch_stands_whole_and_is_read_back(folder):
    store(folder, some_calls(5))
    assert list(batches.known_ids(folder)) == [0, 1, 2, 3, 4]
    assert batches.import_records(folder)["file"].tolist() == ["f.csv"]
    back = calls.fetch(view(folder))
    assert len(back) == 5
    assert set(back["need"]) == {"mental_health"}


def test_a_batch_that_is_interrupted_leaves_nothing(folder):
    with pytest.raises(KeyboardInterrupt), batches.writing_batch(folder, "b1") as writer:
        writer.add_calls(some_calls(5))
        raise KeyboardInterrupt
    assert batches.call_files(folder) == []
    leftover = folder / "batches" / ".killed"
    leftover.mkdir()
    (leftover / "import.json").write_text("{}")
    assert batches.batch_folders(folder) == []
    store(folder, some_calls(1))
    assert not leftover.exists()


def test_quarantine_keeps_rows_of_later_chunks_in_the_same_columns(folder):
    with batches.writing_batch(folder, "b1") as writer:
        writer.add_quarantined(pd.DataFrame({"row_number": [3], "reason": ["a"], "X": ["=1+1"]}))
        writer.add_quarantined(pd.DataFrame({"row_number": [9], "reason": ["b"], "X": [None]}))
        writer.finish(record(), secrets.load_key(folder))
    (path,) = batches.quarantine_files(folder)
    assert pd.read_csv(path)["reason"].tolist() == ["a", "b"]
    assert path.stat().st_mode & 0o077 == 0


def test_the_cut_is_made_once_and_future_rows_change_nothing(folder):
    store(folder, some_calls(48))
    as_of = datetime(2026, 11, 2, tzinfo=UTC)
    before = calls.fetch(view(folder, as_of=as_of))
    assert len(before) == 24
    later = some_calls(48).assign(call_id=np.arange(100, 148))
    store(folder, later.assign(known_at=pd.Timestamp(NOW).as_unit("us")), "b2")
    pd.testing.assert_frame_equal(before, calls.fetch(view(folder, as_of=as_of)))


def test_days_and_weeks_are_those_of_the_city(folder):
    store(folder, some_calls(8))  # midnight UTC of Sunday 1 November is Saturday in New York
    days = calls.fetch(view(folder))[["day", "week"]].astype(str).to_numpy().tolist()
    assert days[0] == ["2026-10-31", "2026-10-26"]
    assert days[7] == ["2026-11-01", "2026-10-26"]


@pytest.mark.parametrize(
    ("row", "counts_as"),
    [
        ({}, "demand"),
        ({"source": "officer_initiated"}, "officer_initiated"),
        ({"initial_call_type": "traffic stop"}, "officer_initiated"),
        ({"initial_call_type": "traffic stop", "source_told": True}, "demand"),
        ({"initial_call_type": None, "final_call_type": "Traffic Stop"}, "officer_initiated"),
        ({"final_call_type": "TRAFFIC STOP"}, "demand"),
        ({"initial_call_type": "needle pickup"}, "sharps"),
        ({"source": "alarm"}, "administrative"),
        ({"initial_call_type": "NEVER SEEN"}, "demand"),
    ],
)
def test_what_a_call_counts_as(folder, row, counts_as):
    store(folder, some_calls(1, **row))
    assert calls.fetch(view(folder))["counts_as"].tolist() == [counts_as]


def test_final_type_gives_the_need_and_either_type_protects(folder):
    store(folder, some_calls(1, initial_call_type="DOMESTIC", final_call_type="welfare check"))
    row = calls.fetch(view(folder)).iloc[0]
    assert (row["need"], row["call_type"]) == ("mental_health", "WELFARE CHECK")
    assert not row["home_visit"]
    assert row["safety_concern"]


def test_an_empty_store_gives_an_empty_view(folder):
    assert calls.fetch(calls.demand(view(folder))).empty
    assert calls.counted_types(view(folder)).empty


def test_names_open_only_with_the_citys_key(folder, tmp_path_factory):
    people = pd.DataFrame(
        {"person_id": ["p1"], "name": ["Zoë Ünal"], "birth_date": ["1980-01-01"], "phone": [None]}
    )
    with batches.writing_batch(folder, "b1") as writer:
        writer.add_identities(people)
        writer.add_identities(people)
        writer.finish(record(), secrets.load_key(folder))
    sealed = (folder / "batches/b1/identities.bin").read_bytes()
    assert "Ünal".encode() not in sealed
    found = batches.identities(folder, secrets.load_key(folder))
    assert found["name"].tolist() == ["Zoë Ünal"]
    other = tmp_path_factory.mktemp("other")
    secrets.make_key(other)
    with pytest.raises(StoreError, match="do not open"):
        batches.identities(folder, secrets.load_key(other))


def test_concealed_text_comes_back_and_keys_are_private(folder):
    key = secrets.load_key(folder)
    hidden = secrets.concealer(key)("Jo Doe")
    assert "Jo Doe" not in hidden  # shorter ones can come up by chance
    assert secrets.reveal(hidden, key) == "Jo Doe"
    assert secrets.reveal("plain", key) == "plain"
    assert (folder / "secret.key").stat().st_mode & 0o077 == 0
    (folder / "secret.key").write_text("nonsense")
    with pytest.raises(StoreError, match="not a key"):
        secrets.load_key(folder)


def test_a_table_that_people_edit_says_where_it_is_wrong(folder):
    path = folder / "limits.csv"
    assert tables.read_table(path, LIMITS).empty
    path.write_text("subject,rule,until\np1,opt_out,\np2,no_police,2026-12-31\n")
    assert len(tables.read_table(path, LIMITS)) == 2
    path.write_text("subject,rule,until\np1,opt_out,soon\n")
    with pytest.raises(StoreError, match=r"limits\.csv, column until"):
        tables.read_table(path, LIMITS)
    path.write_text("subject,rule,until\np1,opt_out,12/31/2026\n")
    with pytest.raises(StoreError, match="'12/31/2026' is no date written like") as caught:
        tables.read_table(path, LIMITS)
    assert "\n" not in str(caught.value)
    path.write_text("subject,rule,until\np1,Opt-out,\n")
    with pytest.raises(SchemaError, match=r"limits\.csv: .*is not one of opt_out, do_not_visit"):
        tables.read_table(path, LIMITS)
    path.write_text("subject,rule,until\np1,opt_out,,\n")  # a comma too many moves the columns
    with pytest.raises(SchemaError, match="rule"):
        tables.read_table(path, LIMITS)
    path.write_text("subject,until\np1,\n")
    with pytest.raises(StoreError, match="lacks the column rule"):
        tables.read_table(path, LIMITS)


def test_a_query_larger_than_memory_spills_where_only_its_user_reads(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(calls, "gettempdir", lambda: str(tmp_path / "spill"))
    (tmp_path / "spill").mkdir()
    engine = calls.engine()
    engine.raw_sql("SET memory_limit = '64MB'")
    engine.raw_sql("SET threads = 1")
    many = "SELECT count(*) FROM (SELECT DISTINCT md5(i::VARCHAR) FROM range(1500000) t(i))"
    assert engine.raw_sql(many).fetchall() == [(1_500_000,)]
    (aside,) = (tmp_path / "spill").iterdir()
    assert aside.stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["spill"]


def test_versions_are_in_the_order_of_their_numbers(folder):
    for number in (2, 999, 1000):
        documents.write_plan(folder, "2026-W48", number, "{}")
    assert documents.next_version(folder, "2026-W48") == 1001
    assert documents.plan_versions(folder)[0].stem == "v1000"


def test_call_types_survive_writing(folder):
    tables.write_table(folder / "call_types.csv", TYPES, CALL_TYPES)
    pd.testing.assert_frame_equal(
        tables.read_table(folder / "call_types.csv", CALL_TYPES), TYPES, check_dtype=False
    )


def test_a_failed_write_leaves_the_old_file(tmp_path):
    write_whole(tmp_path / "a", "old")
    with pytest.raises(TypeError):
        write_whole(tmp_path / "a", 7)
    assert (tmp_path / "a").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_the_lock_is_held(tmp_path, monkeypatch):
    with writing(tmp_path), pytest.raises(StoreError, match="nothing was changed"):
        monkeypatch.setattr("outreach.store.folder.LOCK_WAIT_S", 0.01)
        with writing(tmp_path):
            pass


def test_plan_versions_count_up(tmp_path):
    assert documents.next_version(tmp_path, "2026-W48") == 1
    documents.write_plan(tmp_path, "2026-W48", 1, "{}")
    assert documents.next_version(tmp_path, "2026-W48") == 2
    assert documents.read_plan(tmp_path, "2026-W48", 1) == "{}"
    with pytest.raises(StoreError, match="version 9"):
        documents.read_plan(tmp_path, "2026-W48", 9)


def test_empty_tables_pass_their_own_check():
    for table in (CALLS, CALL_TYPES, LIMITS):
        check(empty(table), table)


def test_linked_calls_carry_one_id_a_person_and_nothing_else_changes(folder):
    store(folder, some_calls(4).assign(person_id=["a", "b", None, "c"]))
    known = view(folder)
    links = pd.DataFrame({"person_id": ["a", "b", "x"], "linked_id": ["b", "b", "y"]})
    both = calls.linked(known, links)
    assert both.schema() == known.schema()
    before, after = (calls.fetch(table.order_by("call_id")) for table in (known, both))
    assert after["person_id"].fillna("nobody").tolist() == ["b", "b", "nobody", "c"]
    pd.testing.assert_frame_equal(before.drop(columns="person_id"), after.drop(columns="person_id"))
    assert calls.linked(known, links.iloc[:0]) is known


def test_all_stored_calls_are_there_to_tell_who_is_who(folder):
    assert calls.fetch(calls.stored_calls([])).empty
    store(folder, some_calls(3))
    assert len(calls.fetch(calls.stored_calls(batches.call_files(folder)))) == 3
