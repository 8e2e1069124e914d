import ibis
import pandas as pd
import pytest

from outreach import cells
from outreach.columns import check
from outreach.link_schemas import LINK_RECORDS
from outreach.people.link_records import link_records, split_name, usual_spots, with_nameless

HOME = int(cells.fine_cells([-73.75], [42.65])[0])
PARK = int(cells.fine_cells([-73.76], [42.66])[0])


@pytest.mark.parametrize(
    ("text", "given", "family"),
    [
        ("O'BRIEN, Mary Jane", "MARY", "OBRIEN"),
        ("Mary O’Brien", "MARY", "OBRIEN"),
        ("mary jane o'brien jr.", "MARY", "OBRIEN"),
        ("SMITH, JR, JOHN", "JOHN", "SMITH"),
        ("John Smith, Jr.", "JOHN", "SMITH"),
        ("Maria de la Cruz", "MARIA", "DE LA CRUZ"),
        ("de la Cruz, Maria", "MARIA", "DE LA CRUZ"),
        ("José Núñez", "JOSE", "NUNEZ"),
        ("SMITH-JONES, AL", "AL", "SMITH JONES"),
        ("Mike", None, "MIKE"),
        ("SMITH,", None, "SMITH"),
        ("UNKNOWN, JOHN", "JOHN", None),
        ("SMITH, UNK", None, "SMITH"),
        ("White, Betty", "BETTY", "WHITE"),
        ("DOE, JANE", None, None),
        ("MALE, 40S", None, None),
        ("W/M 40s", None, None),
        ("refused", None, None),
        ("", None, None),
        ("...", None, None),
    ],
)
def test_names_are_split_however_they_are_written(text, given, family):
    assert split_name(text) == (given, family)


def identities(*rows):
    return pd.DataFrame(rows, columns=["person_id", "name", "birth_date", "phone"])


SPOTS = pd.DataFrame(
    {
        "person_id": ["p1", "p2", "p3"],
        "fine_cell": [HOME, 0, PARK],
        "address": ["12 Main Street Apt 4", "Elm St / Main St", None],
        "area": ["Downtown", None, None],
    }
)


def test_records_are_what_can_be_compared():
    told = identities(
        ("p1", "SMITH, JOHN", "1970-02-03", "(518) 555-0123"),
        ("p2", "UNKNOWN", "1900-01-01", "911"),
        ("p3", "", "3/2/70", "1-518-555-0123"),
    )
    records = check(link_records(told, SPOTS), LINK_RECORDS)
    rows = records.set_index("record_id").where(lambda f: f.notna(), None).to_dict("index")
    assert rows["p1-0"] == {
        "person_id": "p1", "given_name": "JOHN", "family_name": "SMITH", "birth_date": "1970-02-03",
        "phone": "5185550123", "id_number": None, "address": "12 MAIN ST", "area": "Downtown",
        "place": None,
    }  # fmt: skip
    assert {name: v for name, v in rows["p2-0"].items() if v} == {
        "person_id": "p2",
        "address": "ELM ST & MAIN ST",
    }
    assert rows["p3-0"]["place"] == cells.to_text(PARK)  # for want of an address
    assert rows["p3-0"]["birth_date"] is None  # unreadable when it came in
    assert rows["p3-0"]["phone"] == "5185550123"


def test_a_new_spelling_changes_no_number_of_another():
    first = identities(("p1", "SMITH, JOHN", "", ""), ("p1", "SMITH, JON", "", ""))
    more = pd.concat([first, identities(("p1", "Smith, John", "", ""), ("p1", "SMYTH, J", "", ""))])
    old, new = (link_records(told, SPOTS) for told in (first, more))
    assert old["record_id"].tolist() == ["p1-0", "p1-1"]
    pd.testing.assert_frame_equal(new.iloc[:2], old)
    assert new["given_name"].tolist() == ["JOHN", "JON", "J"]  # the same in capitals is the same


def test_those_of_whom_nothing_is_known_get_a_bare_record():
    records = link_records(identities(("p1", "SMITH, JOHN", "", "")), SPOTS)
    both = check(with_nameless(records, {"p1", "p9"}), LINK_RECORDS)
    assert both["record_id"].tolist() == ["p1-0", "p9-0"]
    assert both.iloc[1][["given_name", "family_name", "address"]].isna().all()
    assert with_nameless(records, {"p1"}) is records


def test_the_usual_place_has_most_calls_and_ties_go_to_the_latest():
    rows = [
        ("a", 1, HOME, "1 Main St", "North"),
        ("a", 2, HOME, "1 Main Street", "North"),
        ("a", 3, HOME, "1 Main Street", "South"),
        ("a", 4, None, "9 Elm St", "East"),
        ("b", 1, HOME, "1 Main St", None),
        ("b", 2, PARK, None, "West"),
        ("c", 5, None, "9 Elm St", None),
        (None, 1, PARK, "7 Oak St", "West"),
    ]
    columns = ["person_id", "day", "fine_cell", "address", "area"]
    frame = pd.DataFrame(rows, columns=columns, dtype=object)
    frame = frame.astype({"day": "int64", "fine_cell": "Int64"})
    times = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(frame["day"], unit="D")
    frame = frame.astype(dict.fromkeys(("person_id", "address", "area"), "string"))
    calls = ibis.memtable(frame.assign(received_at=times, known_at=times).drop(columns="day"))
    found = usual_spots(calls).to_pyarrow().to_pandas().set_index("person_id")
    assert found.index.tolist() == ["a", "b", "c"]  # in the order in which they were first seen
    assert found["calls"].tolist() == [4, 2, 1]
    assert found["fine_cell"].tolist() == [HOME, PARK, 0]
    assert found.loc["a", "address"] == "1 Main Street"
    assert found.loc["a", "area"] == "North"
    assert pd.isna(found.loc["b", "address"])  # none was written at the usual place
    assert found.loc["c", "address"] == "9 Elm St"
