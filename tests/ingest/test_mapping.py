from pathlib import Path

import pytest
from pydantic import ValidationError

from outreach.errors import ConfigError
from outreach.ingest.mapping import (
    Mapping,
    dump_mapping,
    find_mapping,
    fingerprint,
    identity_columns,
    load_mapping,
)

COLUMNS = ("id", "when", "what", "who", "x", "y", "beat", "note", "unit", "zip")


def mapping(**more: object) -> Mapping:
    values = {
        "name": "cad",
        "columns": COLUMNS,
        "received_at": "when",
        "time_zone": "America/New_York",
        "initial_call_type": ("what|note",),
        "person_name": ("who",),
        "source_values": {"Phone, other": "non_emergency"},
    }
    return Mapping(**(values | more))  # type: ignore[arg-type]


def test_a_mapping_survives_being_saved_and_read(tmp_path: Path) -> None:
    path = tmp_path / "cad.toml"
    path.write_text(dump_mapping(mapping()), encoding="utf-8")
    assert load_mapping(path) == mapping()
    assert "# received_at:" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("colour = 'red'", "colour"),
        ("default_source = 'radio'", "radio"),
        ("date_order = 'guess'", "date_order"),
        ("= broken", "cannot be read"),
    ],
)
def test_an_edit_gone_wrong_is_told(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "cad.toml"
    text = dump_mapping(mapping())
    key = line.split("=", maxsplit=1)[0]
    kept = [old for old in text.splitlines() if not key or not old.startswith(key)]
    path.write_text("\n".join([line, *kept]), encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load_mapping(path)


def test_sources_are_of_the_vocabulary() -> None:
    with pytest.raises(ValidationError, match="radio"):
        mapping(source_values={"R": "radio"})


def test_a_header_finds_its_mapping_in_any_order_and_with_a_column_more() -> None:
    saved = [mapping(name="other", columns=("a", "b")), mapping()]
    assert fingerprint(COLUMNS) == fingerprint(reversed(COLUMNS))
    for header in (COLUMNS, tuple(reversed(COLUMNS)), (*COLUMNS, "new"), COLUMNS[:-1]):
        found = find_mapping(saved, header)
        assert found is not None
        assert found.name == "cad"
    for header in (COLUMNS[1:3], ("when", "what", "else"), [c for c in COLUMNS if c != "when"]):
        assert find_mapping(saved, header) is None


def test_identity_columns_are_known() -> None:
    assert identity_columns(mapping(private=("note",))) == ("who", "note")
