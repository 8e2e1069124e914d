import re
from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from outreach.config import Programme
from outreach.maps.public import UNPLACED, class_words, classes_of
from outreach.outcomes.suppression import ALL
from outreach.reports.public import (
    TABLES,
    PublicFigures,
    area_counts,
    area_map,
    how_to_read,
    public_csv,
    public_page,
    quarter_words,
)

HOSTILE = '<img src=x onerror="alert(1)">'
QUARTER = "2026-Q3"


def counted(table, rows):
    return [
        (QUARTER, table, row, column, count)
        for row, counts in rows.items()
        for column, count in counts.items()
    ]


@pytest.fixture
def figures():
    both = {"mental_health": 40, "conflict": None, ALL: 60}
    rows = counted("calls_by_need", {"2026-07": both, "2026-08": both, ALL: both})
    rows += counted(
        "calls_by_area",
        {"=Elm": both, HOSTILE: {"mental_health": None, ALL: None}, UNPLACED: both, ALL: both},
    )
    rows += counted("visits_by_mode", {"2026-07": {"community": 14, ALL: 14}, ALL: {ALL: 14}})
    frame = pd.DataFrame(rows, columns=["quarter", "table", "row", "column", "count"])
    shapes = [box(-73.8, 42.6, -73.7, 42.7), box(-73.7, 42.6, -73.6, 42.7)]
    nothing = gpd.GeoDataFrame({"name": [], "kind": []}, geometry=[], crs=4326)
    return PublicFigures(
        city=f"Town {HOSTILE}",
        invented_data=True,
        programme=Programme(),
        as_of=date(2026, 11, 22),
        quarters=(QUARTER,),
        counts=frame.assign(count=frame["count"].astype("Int64")),
        needles=pd.DataFrame(
            {"quarter": [QUARTER], "month": ["2026-07"], "pickups": [2], "needles": [9]}
        ),
        shapes=gpd.GeoDataFrame({"area": ["=Elm", HOSTILE]}, geometry=shapes, crs=4326),
        ground=nothing,
        neighbourhoods=True,
    )


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_stands_alone_and_every_text_is_escaped(figures, language):
    page = public_page(figures, QUARTER, language=language)
    assert page == public_page(figures, QUARTER, language=language)
    assert f'<html lang="{language}">' in page
    assert "<script" not in page
    assert "<img src=x" not in page
    assert not re.search(r"https?:", page)
    hidden = [figures.table(QUARTER, name).isna().sum().sum() for name in TABLES]
    assert page.count('class="hidden"') == sum(hidden) > 6


def test_a_hidden_count_says_so_and_tells_no_number(figures):
    page = public_page(figures, QUARTER)
    assert ">hidden<" in page
    assert "120 of 60" not in page
    assert "80 of 60" in page or "40 of 60" in page  # how much of the total is shown


def test_no_word_on_the_page_says_why(figures):
    page = public_page(figures, QUARTER).lower()
    for causal in ("because of", "due to", "led to", "thanks to", "reduced", "effect"):
        assert causal not in page
    assert "nothing here says why" in page


def test_needles_are_told_apart_and_are_in_no_count(figures):
    page = public_page(figures, QUARTER)
    assert re.search(r"<b>9</b> needles picked up from streets and parks, at 2 pickups", page)
    assert figures.table(QUARTER, "calls_by_need").loc[ALL, ALL] == 60


def test_the_csv_is_harmless_and_says_what_is_hidden(figures):
    lines = public_csv(figures).decode().splitlines()
    assert lines[0] == "quarter,table,row,column,count"
    assert "2026-Q3,calls_by_need,2026-07,conflict,hidden" in lines
    assert "2026-Q3,calls_by_area,'=Elm,mental_health,40" in lines
    assert "2026-Q3,needles,2026-07,needles,9" in lines


def test_an_area_whose_count_is_hidden_looks_like_one_without_calls(figures):
    counts = area_counts(figures, QUARTER)
    assert list(counts.index) == ["=Elm", HOSTILE]
    breaks, kinds = classes_of(pd.Series([None, 0, 12, 500], dtype="Int64"))
    assert kinds[0] == kinds[1] == len(breaks) + 1 > max(kinds[2:])
    assert len(class_words(breaks, "en")) == len(breaks) + 2
    drawn = area_map(figures, QUARTER)
    assert drawn.svg.count("<path") == 2
    assert HOSTILE not in drawn.svg


def test_quarters_are_told_in_months():
    assert quarter_words("2026-Q3") == "July to September 2026"
    assert len(how_to_read()) == 5
