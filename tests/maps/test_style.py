import numpy as np
import pytest

from outreach.maps import style


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("fill", style.TEAMS)
def test_numbers_can_be_read_on_every_team_colour(fill):
    low, high = sorted([luminance(fill), luminance(style.ink_on(fill))])
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_amounts_get_darker():
    shades = [luminance(colour) for colour in style.AMOUNTS]
    assert shades == sorted(shades, reverse=True)
    assert len(shades) <= style.MAX_CLASSES


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(1).gamma(0.3, 2, 500),
        np.ones(50),
        np.array([0.0, 0.0, 3.0]),
        np.array([]),
        np.array([1, 1, 1, 1, 1, 1, 1, 40]),
    ],
)
def test_at_most_five_classes_each_with_something_in_it(values):
    breaks = style.class_breaks(values)
    assert breaks == sorted(set(breaks))
    colours, labels = style.class_colours(breaks), style.class_labels(breaks)
    assert len(colours) == len(labels) <= style.MAX_CLASSES
    assert len(set(colours)) == len(colours)
    amounts = values[values > 0]
    if len(amounts):
        used = set(np.searchsorted(breaks, amounts, side="right"))
        assert {0, len(breaks)} <= used


def test_labels_name_the_bounds():
    assert style.class_labels([0.5, 2]) == ["under 0.5", "0.5 to 2", "2 and more"]


def test_teams_have_their_own_colours():
    teams = [f"Team {i}" for i in range(7)]
    assert len(set(style.team_colours(teams).values())) == 7
