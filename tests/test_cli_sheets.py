"""The commands of the day sheets."""

import stat

import pytest

from outreach.cli import main, sheets


@pytest.fixture
def city(sheet_city, fake_city, tmp_path, monkeypatch):
    monkeypatch.setattr(sheets, "now", lambda: sheet_city.NOW)
    monkeypatch.setenv("OUTREACH_CITY", str(tmp_path))
    return sheet_city.build(tmp_path, fake_city)


def run(monkeypatch, *words):
    monkeypatch.setattr("sys.argv", ["outreach", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main.main()
    return ended.value.code


def test_sheets_are_written_for_their_owner_alone(city, monkeypatch, tmp_path):
    out = tmp_path / "out"
    words = ("--week", "2026-W48", "--day", "2026-11-23", "--kinds", "ics gpx", "--out", out)
    assert run(monkeypatch, "sheets", *words) == 0
    assert len(list(out.iterdir())) == 6
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {0o600}


def test_entries_are_taken_in_once(city, sheet_city, monkeypatch, tmp_path, capsys):
    file = tmp_path / "entries.json"
    file.write_bytes(sheet_city.entry_file(city, sheet_city.entry(1), "x"))
    assert run(monkeypatch, "take-in", file, "--dry-run") == 0
    assert "1 would be kept" in capsys.readouterr().out
    assert run(monkeypatch, "take-in", file) == 0
    assert run(monkeypatch, "take-in", file) == 0
    assert "0 kept, 1 there already, 1 set" in " ".join(capsys.readouterr().out.split())


def test_a_fault_is_one_line(city, monkeypatch, tmp_path, capsys):
    cut = tmp_path / "cut.json"
    cut.write_bytes(b'{"format"')
    assert run(monkeypatch, "take-in", cut) == 2
    assert "cut off" in capsys.readouterr().err
    assert run(monkeypatch, "sheets", "--day", "monday", "--out", tmp_path / "o") == 2
    assert "--day takes a day" in capsys.readouterr().err
