from pathlib import Path

import pandas as pd
import pytest

from outreach.columns import check
from outreach.errors import ConfigError
from outreach.ingest import code_map
from outreach.schemas import CALL_TYPES


def test_types_differing_in_blanks_case_and_dashes_are_one() -> None:
    assert code_map.normalise(" Traffic: Vehicle  Accident -") == "TRAFFIC: VEHICLE ACCIDENT"
    assert code_map.normalise("A &amp; B") == "A & B"


@pytest.mark.parametrize(
    ("call_type", "need", "counts_as"),
    [
        ("SUICIDE - IP/JO SUICIDAL PERSON AND ATTEMPTS", "mental_health", "demand"),
        ("EMS: PSYCHIATRIC", "mental_health", "demand"),
        ("127D_Suicide Threat", "mental_health", "demand"),
        ("EMS: OVERDOSE", "substance_use", "demand"),
        ("PUBLIC INTOX", "substance_use", "demand"),
        ("DETOX TRANSPORT", "substance_use", "demand"),
        ("LBMC VIOLATION / CAMP/SLEEP IN CAR/TENT", "homelessness", "demand"),
        ("--DV - ARGUMENTS, DISTURBANCE (NO ARREST)", "conflict", "demand"),
        ("KEEP THE PEACE", "conflict", "demand"),
        ("UNWANTED PERSON", "quality_of_life", "demand"),
        ("SERVICE - WELFARE CHECK", "quality_of_life", "demand"),
        ("NOISE DISTURBANCE", "quality_of_life", "demand"),
        ("THEFT - SUBJECT IN CUSTODY", "unknown", "demand"),
        ("DRUNK DRIVING", "unknown", "demand"),
        ("EMS: ALTERED MENTAL STATUS", "unknown", "demand"),
        ("ANIMAL CALLS / WELFARE CHECK", "unknown", "demand"),
        ("WATERMAIN BREAK", "unknown", "demand"),
        ("MEDICAL ALERT ALARM", "unknown", "demand"),
        ("A TYPE NOBODY KNOWS", "unknown", "demand"),
        ("TRAFFIC STOP - OFFICER INITIATED ONVIEW", "unknown", "officer_initiated"),
        ("PED STOP", "unknown", "officer_initiated"),
        ("FOOT PATROL", "unknown", "officer_initiated"),
        ("Patrol Request", "unknown", "officer_initiated"),
        ("BAR CHECK", "unknown", "officer_initiated"),
        ("FOLLOW UP", "unknown", "officer_initiated"),
        ("WARRANT - FELONY PICKUP", "unknown", "officer_initiated"),
        ("-ASSIGNED DUTY - REPORTS", "unknown", "officer_initiated"),
        ("Needle Pickup", "unknown", "sharps"),
        ("TEST CALL", "unknown", "administrative"),
        ("BURGLARY / ALARM", "unknown", "administrative"),
    ],
)
def test_what_types_stand_for(
    call_type: str, need: str, counts_as: str, patterns: pd.DataFrame
) -> None:
    row = check(code_map.guess([call_type], patterns), CALL_TYPES).iloc[0]
    assert (row["need"], row["counts_as"]) == (need, counts_as)


def test_violence_at_home_bars_a_visit_and_weapons_are_a_concern(patterns: pd.DataFrame) -> None:
    types = ["DOMESTIC VIOLENCE", "114D_Domestic Verbal", "SIMPLE BATTERY DOMES", "ASLT - DV"]
    assert not code_map.guess(types, patterns)["home_visit"].any()
    concern = code_map.guess(["127D_Suicide Threat Weapon", "ASSAULT"], patterns)
    assert concern["safety_concern"].all()
    calm = code_map.guess(["121C_Mental Disordr NonViolent", "WELFARE CHECK"], patterns)
    assert not calm["safety_concern"].any()
    assert calm["divertible"].all()


def test_each_type_comes_once_and_blank_ones_not_at_all(patterns: pd.DataFrame) -> None:
    found = code_map.guess(["Noise", "NOISE ", "", " -"], patterns)
    assert found["call_type"].tolist() == ["NOISE"]
    assert len(check(code_map.guess([], patterns), CALL_TYPES)) == 0


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("(,unknown,low,demand,false,true,false", "line 2"),
        ("A,anger,low,demand,false,true,false", "anger"),
        ("A,unknown,low,demand,no,true,false", "divertible"),
    ],
)
def test_a_pattern_file_gone_wrong_is_told(tmp_path: Path, row: str, message: str) -> None:
    path = tmp_path / "map.csv"
    head = "pattern,need,map_confidence,counts_as,divertible,home_visit,safety_concern\n"
    path.write_text(head + row + "\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        code_map.load_patterns(path)


@pytest.mark.real
def test_five_cities_types_are_told_apart(real_data: Path, patterns: pd.DataFrame) -> None:
    """Against the groups that Vera and Two Sigma gave to 3,227 types of five cities."""
    types = pd.read_csv(
        real_data / "calls" / "vera_call_type_crosswalk.csv", dtype="str", keep_default_na=False
    )
    types["key"] = types["Field 1"].map(code_map.normalise)
    types["rows"] = pd.to_numeric(types["Count"], errors="coerce").fillna(0)
    types = types.join(code_map.guess(types["key"], patterns).set_index("call_type"), on="key")
    group = types["Category"].str.strip()

    def share(of: str, right: pd.Series) -> float:
        return float(
            types.loc[(group == of) & right, "rows"].sum() / types.loc[group == of, "rows"].sum()
        )

    crisis = types["need"].isin(["mental_health", "substance_use"])
    assert share("Behavioral Health", crisis) > 0.85
    assert share("Domestic Violence", ~types["home_visit"].fillna(True).astype(bool)) > 0.95
    assert share("Drugs", types["need"] == "substance_use") > 0.9
    assert share("Alarms", types["counts_as"] == "administrative") > 0.9
    for calls_for_help in ("Behavioral Health", "Domestic Violence", "Medical Emergencies"):
        assert share(calls_for_help, types["counts_as"] != "demand") < 0.01
