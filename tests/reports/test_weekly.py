import html
import re
from dataclasses import fields, replace

import pandas as pd
import pytest

from outreach.columns import empty
from outreach.config import Programme
from outreach.reports.weekly import weekly_summary
from outreach.schemas import (
    ALERTS,
    AREA_WEEKS,
    CALENDAR,
    EMERGING,
    EXPOSURE,
    FORECAST,
    HOT_SPOTS,
    LABEL_COUNTS,
)

HOSTILE = "</td><script>alert(1)</script><img src=http://evil.example/x>\"'&{{ 7 * 7 }}{% x %}"
CAUSAL = """because|due to|thanks to|caused|causes|led to|leads to|resulted?|results? in|effects?|
    impacts?|reduced|improved?|prevented|worked|helped|owing""".replace("\n", "").replace(" ", "")


def words(text: str) -> str:
    """Return what a reader sees."""
    body = re.sub(r"<style>.*?</style>|<[^>]*>", " ", text, flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(body))


def nothing(facts):
    """The same city before its first call."""
    tables = [CALENDAR, AREA_WEEKS, HOT_SPOTS, EMERGING, LABEL_COUNTS, ALERTS, FORECAST, EXPOSURE]
    bare = {table.name: empty(table) for table in tables}
    gone = dict.fromkeys(["backtest", "stickiness", "plan", "staff_share", "unplaced_share"])
    return replace(facts, **bare, **gone, unmapped_share=None, chance_alarms=0.0)


def test_sections_stand_in_the_order_that_managers_read(facts):
    titles = re.findall(r"<h2>(.*?)</h2>", weekly_summary(facts))
    assert titles == [
        "The last whole week",
        "Alarms",
        "Too small to tell",
        "Neighbourhoods and needs",
        "Hot spots that are new, intensifying or fading",
        "The week ahead",
        "Where visits go, and where calls come from",
        "What is not in these numbers",
        "What the words mean",
    ]


def test_every_count_stands_beside_what_chance_gives(facts):
    told = words(weekly_summary(facts))
    assert "1 alarm . Chance alone would give about 0.4 in such a week, among 49 compar" in told
    assert "New: 7 hexes; chance would give about 1.5" in told
    assert "Fading: 2 hexes; chance would give about 0.6" in told
    assert "In 2 of 7 neighbourhoods" in told


def test_what_is_not_counted_is_said(facts):
    told = words(weekly_summary(facts))
    for part in ("41% of all rows", "3.4% of the calls", "2.1% of the calls", "6 of its 7 days"):
        assert part in told


def test_the_forecast_stands_beside_its_back_test(facts):
    text = weekly_summary(facts)
    assert html.escape(facts.backtest.verdict) in text
    assert "Likely range" in text
    assert "Scores in the back-test" in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"backtest": None}, "has not been tested on this city"),
        ({"shown": "counting"}, "the back-test below says why"),
        ({"forecast": empty(FORECAST)}, "No forecast has been made for this week"),
    ],
)
def test_a_hidden_forecast_is_one_sentence(facts, change, said):
    if "shown" in change:
        change = {"backtest": replace(facts.backtest, **change)}
    told = words(weekly_summary(replace(facts, **change)))
    assert said in told
    assert "Likely range" not in told


def test_no_sentence_says_why_a_number_differs(facts):
    found = re.findall(rf"\b(?:{CAUSAL})\b", words(weekly_summary(facts)), re.I)
    found += re.findall(rf"\b(?:{CAUSAL})\b", words(weekly_summary(nothing(facts))), re.I)
    assert not found


def test_a_city_without_calls_has_a_summary(facts):
    told = words(weekly_summary(nothing(facts)))
    for part in ("No week of the record is whole yet", "fewer than four whole weeks"):
        assert part in told
    assert "nan" not in told.lower()


def test_without_visits_there_is_nothing_to_compare(facts):
    none = facts.exposure.assign(visits=0, visit_share=0.0, inflation=0.0, warning=False)
    told = words(weekly_summary(replace(facts, exposure=none)))
    assert "No plan was published in the last 13 weeks" in told
    assert "Shares of 0 visits" not in told


def test_a_record_too_short_for_alarms_does_not_call_areas_small(facts):
    short = facts.alerts.assign(alarm=False, sees_half=False, chance=0.0)
    told = words(weekly_summary(replace(facts, alerts=short, chance_alarms=0.0)))
    assert "No alarm can be given yet" in told
    assert "so few calls" not in told


def test_the_same_facts_give_the_same_file(facts):
    assert weekly_summary(facts) == weekly_summary(facts)


def test_invented_data_are_called_so(facts):
    assert "All data in this summary are invented" in weekly_summary(facts)
    real = weekly_summary(replace(facts, invented_data=False))
    assert "invented" not in real.lower()


def hostile(facts):
    """Put the worst name wherever a text of the data is shown."""
    changes = {
        field.name: value.assign(
            **{c: HOSTILE for c in ("near", "reason") if c in value},
            **({"area": HOSTILE + value["area"].astype(str)} if "area" in value else {}),
        )
        for field in fields(facts)
        if isinstance(value := getattr(facts, field.name), pd.DataFrame)
    }
    return replace(
        facts,
        **changes,
        city=HOSTILE,
        as_of=HOSTILE,
        week=HOSTILE,
        plan={HOSTILE: HOSTILE},
        programme=Programme(name=HOSTILE, phone=HOSTILE, email=HOSTILE),
        backtest=replace(facts.backtest, verdict=HOSTILE),
    )


@pytest.mark.browser
def test_hostile_names_stay_text_and_nothing_is_asked_for(facts, tmp_path, page):
    text = weekly_summary(hostile(facts))
    assert "<script" not in text
    assert "<img src=http" not in text
    assert "{{ 7 * 7 }}" in text
    (tmp_path / "week.html").write_text(text, encoding="utf-8")
    page.goto((tmp_path / "week.html").as_uri())
    assert page.locator("script").count() == 0


@pytest.mark.browser
@pytest.mark.parametrize("page", [390, 1440], indirect=True)
def test_the_file_asks_for_nothing_and_fits_the_screen(facts, tmp_path, page):
    long = facts.area_weeks.assign(area=facts.area_weeks["area"].str.replace(" ", "") + "x" * 40)
    text = weekly_summary(replace(facts, area_weeks=long))
    (tmp_path / "week.html").write_text(text, encoding="utf-8")
    page.goto((tmp_path / "week.html").as_uri())
    width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1]
    drawn = page.evaluate("[...document.images].map(i => [i.naturalWidth > 0, i.alt.length])")
    assert len(drawn) == 3
    assert all(shown and said for shown, said in drawn)
