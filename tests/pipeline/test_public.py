"""Safeguard 7 on a whole invented city: what the public is given, and what nobody gets from it."""

import csv
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from outreach.config import load_city
from outreach.errors import InputError, NotAllowedError
from outreach.outcomes.suppression import ALL, SMALL
from outreach.pipeline import public
from outreach.pipeline.public import public_figures, whole_quarters, write_public
from outreach.pipeline.referrals_in import ReferralIn, refer
from outreach.pipeline.view import city_view, known_calls
from outreach.roles import ACCOUNT_ROLES, Viewer, acting_as, answer_by
from outreach.store import calls

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def figures(built):
    return public_figures(built, now=NOW)


def test_totals_are_those_of_the_calls_and_no_small_count_is_shown(built, figures):
    asked = public.helped(built, load_city(built), NOW)
    assert figures.quarters == ("2026-Q3", "2026-Q2")
    for quarter, first, last in (("2026-Q3", 7, 9), ("2026-Q2", 4, 6)):
        mine = asked[[first <= day.month <= last for day in asked["day"]]]
        for name, column in (("calls_by_need", "need"), ("calls_by_source", "source")):
            table = figures.table(quarter, name)
            assert table.loc[ALL, ALL] == mine["calls"].sum()
            for value, count in mine.groupby(column)["calls"].sum().items():
                assert pd.isna(table.loc[ALL, value]) or table.loc[ALL, value] == count
        assert figures.table(quarter, "calls_by_area").loc[ALL, ALL] == mine["calls"].sum()
    shown = figures.counts["count"].dropna()
    assert not ((shown >= 1) & (shown <= SMALL)).any()
    assert figures.counts["count"].isna().any()


def test_domestic_violence_and_what_staff_began_are_in_no_figure(built, figures):
    city = load_city(built)
    every = calls.fetch(known_calls(built, city, NOW).select("day", "counts_as", "home_visit"))
    summer = every[[date(2026, 7, 1) <= day <= date(2026, 9, 30) for day in every["day"]]]
    told = summer[(summer["counts_as"] == "demand") & summer["home_visit"]]
    assert len(told) < (summer["counts_as"] == "demand").sum() < len(summer)
    assert figures.table("2026-Q3", "calls_by_need").loc[ALL, ALL] == len(told)


def test_quarters_share_no_sum_and_places_are_of_one_kind(figures):
    """Neighbourhoods or hexes, never both, and no year that holds several quarters."""
    assert {field.name for field in fields(figures)} >= {"counts", "shapes", "neighbourhoods"}
    areas = figures.counts[figures.counts["table"] == "calls_by_area"]["row"]
    assert set(areas) <= {*figures.shapes["area"], ALL, public.UNPLACED, public.OUTSIDE}
    assert set(figures.counts["quarter"]) == set(figures.quarters)


def test_only_whole_quarters_within_the_record_are_told_of():
    days = [date(2026, 1, 2), date(2026, 9, 29)]
    assert whole_quarters(days, date(2026, 11, 22)) == ("2026-Q2",)
    days = [date(2026, 1, 1), date(2026, 9, 30)]
    assert whole_quarters(days, date(2026, 10, 1)) == ("2026-Q3", "2026-Q2", "2026-Q1")
    assert whole_quarters(days, date(2026, 9, 30)) == ("2026-Q2", "2026-Q1")
    assert whole_quarters([], date(2026, 9, 30)) == ()


def test_every_role_may_read_them_and_nobody_who_is_not_logged_in(tmp_path, monkeypatch):
    monkeypatch.setattr(public, "load_city", lambda _: (_ for _ in ()).throw(InputError("read")))
    for role in ACCOUNT_ROLES:
        with acting_as(Viewer("Ann", role)), pytest.raises(InputError, match="read"):
            public_figures(tmp_path, now=NOW)
    answer_by(lambda: None)
    with pytest.raises(NotAllowedError):
        public_figures(tmp_path, now=NOW)


def test_a_city_without_neighbourhoods_is_told_of_by_coarse_hexes(city):
    (city / "areas.geojson").unlink()
    found = public_figures(city, now=NOW)
    assert not found.neighbourhoods
    assert len(found.shapes) > 3
    counted = found.counts[found.counts["table"] == "calls_by_area"]
    assert set(counted["row"]) - {ALL, public.UNPLACED} <= set(found.shapes["area"])


def test_files_are_written_whole_or_refused_with_one_line(figures, city, tmp_path, monkeypatch):
    monkeypatch.setattr(public, "public_figures", lambda *_, **__: figures)
    page, table = tmp_path / "public.html", tmp_path / "public.csv"
    made = write_public(city, table, now=NOW)
    with table.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert sum(row["count"] == "hidden" for row in rows) == made.counts["count"].isna().sum()
    write_public(city, page, quarter="2026-Q2", language="es", now=NOW)
    assert '<html lang="es">' in page.read_text()
    for wrong in ({"quarter": "2019-Q1"}, {"language": "xx"}):
        with pytest.raises(InputError, match="nothing was written"):
            write_public(city, tmp_path / "other.html", now=NOW, **wrong)
    with pytest.raises(InputError, match="nothing was written"):
        write_public(city, tmp_path / "public.pdf", now=NOW)
    assert not (tmp_path / "other.html").exists()


def test_safeguard_2_a_request_of_the_police_changes_no_count_and_no_rank(city):
    before, told = city_view(city, NOW), public.helped(city, load_city(city), NOW)
    where = before.places.iloc[0]
    for number in range(30):
        entry = ReferralIn(
            f"r{number}", "conflict", where["address"], True, lon=where["lon"], lat=where["lat"]
        )
        refer(city, entry, by="Pat", now=NOW - timedelta(days=1))
    after, told_after = city_view(city, NOW), public.helped(city, load_city(city), NOW)
    for name in ("places", "persons", "rates", "counts", "weekly"):
        pd.testing.assert_frame_equal(getattr(before, name), getattr(after, name))
    order = ["day", "need", "source", "cell"]
    pd.testing.assert_frame_equal(
        told.sort_values(order, ignore_index=True), told_after.sort_values(order, ignore_index=True)
    )
