import pandas as pd

from outreach.ingest.mapping import Mapping
from outreach.ingest.people import identities_of, normal_name, pseudonym

KEY = b"0" * 32


def mapping(**more: object) -> Mapping:
    return Mapping(
        name="cad", columns=(), received_at="t", time_zone="UTC", birth_date_order="mdy", **more
    )  # type: ignore[arg-type]


def test_one_name_however_written() -> None:
    assert normal_name("O'Brien, Márý") == normal_name("mary  OBRIEN")


def test_a_pseudonym_needs_the_key() -> None:
    assert pseudonym(KEY, "name", "X") == pseudonym(KEY, "name", "X")
    assert pseudonym(KEY, "name", "X") != pseudonym(b"1" * 32, "name", "X")


def test_people_by_name_and_birth_date() -> None:
    rows = pd.DataFrame(
        {
            "who": ["Doe Smith, Ann", "ann doe smith", "Ann Doe Smith", "UNKNOWN", ""],
            "born": ["1/2/1980", "01/02/1980", "1/3/1980", "", ""],
            "tel": ["555", "555", "", "556", ""],
        }
    )
    ids, told = identities_of(
        rows, mapping(person_name=("who",), birth_date="born", phone="tel"), KEY
    )
    assert ids[0] == ids[1] != ids[2]
    assert ids[3:].isna().all()
    assert set(told["person_id"]) == {ids[0], ids[2]}
    assert set(told["birth_date"]) == {"1980-01-02", "1980-01-03"}


def test_a_description_names_nobody() -> None:
    rows = pd.DataFrame({"who": ["MALE, 40S", "W/M 30s", "Unk Female", "WHITE, BETTY", "Male, Bo"]})
    ids, told = identities_of(rows, mapping(person_name=("who",)), KEY)
    assert ids.notna().tolist() == [False, False, False, True, True]
    assert told["name"].tolist() == ["WHITE, BETTY", "Male, Bo"]


def test_the_exports_own_key_goes_first() -> None:
    rows = pd.DataFrame({"mni": ["77", "77.0", "78"], "who": ["A B", "C D", "A B"]})
    ids, _ = identities_of(rows, mapping(person_key="mni", person_name=("who",)), KEY)
    assert ids[0] == ids[1] != ids[2]


def test_an_export_without_people_names_nobody() -> None:
    ids, told = identities_of(pd.DataFrame({"t": ["x"]}), mapping(), KEY)
    assert ids.isna().all()
    assert told.empty
