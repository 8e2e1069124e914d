import pandas as pd
import pytest

from outreach.link_schemas import LINK_RECORDS
from outreach.people.spellings import (
    BLOCKS,
    MAX_BLOCK,
    block_keys,
    nameless,
    shares_of_people,
    spelled,
)


def records(*rows):
    frame = pd.DataFrame(rows).reindex(columns=list(LINK_RECORDS.columns)).astype(object)
    frame["record_id"] = [f"r{n}" for n in range(len(frame))]
    frame["person_id"] = frame["person_id"].fillna(frame["record_id"])
    return frame.where(frame.notna(), None)


def key(frame, *names):
    return block_keys(spelled(frame))[f"block_{BLOCKS.index(names)}"]


def test_one_spelling():
    told = spelled(
        records(
            {"given_name": " Zoë-Ann ", "family_name": "O'BRIEN", "birth_date": "1980-02-03"},
            {"given_name": "-", "birth_date": "1980", "phone": "555"},
            {"phone": "1 (518) 555-0101", "address": "12 Elm St."},
        )
    )
    first = told.loc[0]
    assert (first["given_name"], first["family_name"]) == ("zoeann", "obrien")
    assert first[["birth_date", "birth_year", "birth_day", "birth_swapped"]].tolist() == [
        "19800203",
        "1980",
        "0203",
        "19800302",
    ]
    assert told.loc[1, ["given_name", "birth_date", "phone"]].isna().all()
    assert told.loc[2, ["phone", "address"]].tolist() == ["5185550101", "12elmst"]
    assert nameless(told).tolist() == [False, True, True]


def test_a_number_written_for_many_people_is_nobodys_own():
    many = [{"phone": "5185550000", "birth_date": "1900-01-01"} for _ in range(30)]
    one = [{"phone": "5185550001", "person_id": "p"} for _ in range(30)]
    told = spelled(records(*many, *one))
    assert told["phone"].iloc[:30].isna().all()
    assert told["birth_date"].iloc[:30].isna().all()
    assert (told["phone"].iloc[30:] == "5185550001").all()


def test_swapped_names_meet_under_one_key():
    both = key(
        records(
            {"given_name": "Ada", "family_name": "Moor"},
            {"given_name": "Moor", "family_name": "Ada"},
            {"given_name": "Ada"},
        ),
        "both_names",
    )
    assert both[0] == both[1]
    assert both.isna().tolist() == [False, False, True]


def test_a_key_of_too_many_records_is_left_out():
    rows = [{"given_name": "Ada", "family_name": "Moor"}] * (MAX_BLOCK + 1)
    assert key(records(*rows), "both_names").isna().all()
    assert key(records(*rows[1:]), "both_names").notna().all()


@pytest.mark.parametrize("names", BLOCKS)
def test_no_key_is_made_of_places_alone(names):
    assert set(names) - {"address", "area", "place"}


def test_many_spellings_of_one_person_make_no_name_frequent():
    one = {"given_name": "Ada", "birth_date": "1980-02-03"}
    slips = [one | {"family_name": f"Moor{slip}"} for slip in "abcdefgh"]
    others = [
        {"given_name": "Eve", "family_name": "Moor", "birth_date": f"198{n}-01-01"} for n in "12"
    ]
    found = shares_of_people(
        spelled(records(*slips, *others, {"phone": "5185550101"})), "given_name"
    )
    assert found.set_index("given_name")["tf_given_name"].to_dict() == {"ada": 1 / 3, "eve": 2 / 3}
