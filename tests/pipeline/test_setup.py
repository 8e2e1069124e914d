"""Making a city folder again: what people rely on stays."""

import pytest

from outreach.errors import ConfigError, StoreError
from outreach.pipeline import setup
from outreach.pipeline.week_inputs import read_limits


def made(folder):
    setup.init_city(folder, setup.NewCity(base=(42.65, -73.75)), report=lambda _: None)


def test_a_city_is_not_made_twice(tmp_path):
    made(tmp_path)
    with pytest.raises(ConfigError, match="already"):
        made(tmp_path)


def test_key_and_limits_outlive_a_lost_city_toml(tmp_path):
    """Safeguard 3: nobody who opted out is forgotten; and names stay readable."""
    made(tmp_path)
    key = (tmp_path / "secret.key").read_bytes()
    (tmp_path / "limits.csv").write_text("subject,rule,until\np1,opt_out,\n")
    (tmp_path / "city.toml").unlink()
    (tmp_path / "streets").mkdir()
    made(tmp_path)
    assert (tmp_path / "secret.key").read_bytes() == key
    assert read_limits(tmp_path)["subject"].tolist() == ["p1"]


def test_a_making_that_was_cut_short_can_be_repeated(tmp_path, monkeypatch):
    (tmp_path / "streets").mkdir()
    (tmp_path / "streets" / "drive.parquet").write_text("half")
    write = setup._write_city

    def with_streets(folder, *rest):
        write(folder, *rest)
        (folder / "streets").mkdir()

    monkeypatch.setattr(setup, "_write_city", with_streets)
    made(tmp_path)
    assert not list((tmp_path / "streets").iterdir())
    assert not list(tmp_path.glob(".init*"))


def test_a_limit_that_names_nobody_is_told(tmp_path):
    made(tmp_path)
    (tmp_path / "limits.csv").write_text("subject,rule,until\n,opt_out,\n")
    with pytest.raises(StoreError, match="names no subject"):
        read_limits(tmp_path)
