from pathlib import Path

import pandas as pd
import pytest

from outreach.ingest import sources


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("E911", "911"),
        ("W911", "911"),
        ("9-1-1", "911"),
        ("TELEPHONE OTHER, NOT 911", "non_emergency"),
        ("Phone", "non_emergency"),
        ("Walk-In", "non_emergency"),
        ("FIELD", "officer_initiated"),
        ("On-View", "officer_initiated"),
        ("Self Initiated", "officer_initiated"),
        ("City Worker App", "officer_initiated"),
        ("Employee Generated", "officer_initiated"),
        ("Citizens Connect App", "311"),
        ("Self Service", "311"),
        ("Constituent Call", "311"),
        ("988 transfer", "988"),
        ("ALARM", "alarm"),
        ("SCHEDULED EVENT (RECURRING)", "scheduled"),
        ("FK ERROR", "other"),
    ],
)
def test_sources_by_their_words(text: str, source: str) -> None:
    assert sources.classify(text) == source


def test_yes_and_no() -> None:
    assert sources.is_yes_no(["Y", "N", "None"])
    assert not sources.is_yes_no(["Y", "maybe"])
    assert not sources.is_yes_no(["none"])
    assert sources.yes_no("Yes", "911") == "officer_initiated"
    assert sources.yes_no("None", "911") == "911"


@pytest.mark.real
def test_self_initiated_codes_of_three_cities(real_data: Path) -> None:
    codes = pd.read_csv(
        real_data / "calls" / "vera_selfinitiated_crosswalk.csv", dtype="str", keep_default_na=False
    )
    for row in codes.to_dict("records"):
        value = row["Field1"]
        by_word = row["Column_name"] == "Call Type"
        found = sources.classify(value) if by_word else sources.yes_no(value, "911")
        assert (found == "officer_initiated") == (row["Self initiated"] == "Yes"), value
