"""Kinds of help: the table that ships, tags, types and names."""

import pytest

from outreach.errors import InputError
from outreach.resources.directory.kinds import KindFinder, load_kinds
from outreach.schemas import NEEDS


def test_every_need_has_somewhere_to_go(kinds):
    served = {need for needs in kinds["needs"] for need in needs.split()}
    assert served == set(NEEDS)
    assert kinds["kind"].is_unique
    assert kinds.loc[kinds["redacted"], "kind"].tolist() == ["domestic_violence_service"]


@pytest.mark.parametrize(
    ("tags", "name", "kind"),
    [
        ({"amenity": "social_facility", "social_facility": "shelter"}, "", "homeless_shelter"),
        ({"amenity": "social_facility"}, "Capital City Rescue Mission", "homeless_shelter"),
        ({"amenity": "social_facility"}, "The Salvation Army", "social_services"),
        ({"amenity": "hospital"}, "State Psychiatric Center", "mental_health_center"),
        ({"amenity": "hospital"}, "Saint Peter's", "hospital"),
        ({"amenity": "clinic"}, "Bone and Joint Center", "clinic"),
        ({"amenity": "library"}, "Schaffer Law Library", "academic_library"),
        ({"amenity": "library"}, "Delaware Branch", "library"),
        ({"amenity": "parking"}, "Hospital Parking", None),
        ({"amenity": "shelter"}, "Picnic Shelter", None),
        ({"shop": "bakery"}, "Homeless Cafe", None),
        (
            {"social_facility": "shelter", "social_facility:for": "homeless;women"},
            "",
            "domestic_violence_service",
        ),
    ],
)
def test_kinds_from_tags(kinds, tags, name, kind):
    assert KindFinder(kinds).by_tags(tags, name) == kind


@pytest.mark.parametrize(
    ("kind_text", "name", "file_text", "kind"),
    [
        ("Emergency Shelters", "Tobin School", "", "disaster_shelter"),
        ("Emergency Shelters", "CASPAR Shelter", "", "homeless_shelter"),
        ("Food Pantry", "Harmony Youth Center", "", "food_pantry"),
        ("", "Harmony Youth Center", "Hospitals", "youth_center"),
        ("", "Mount Auburn", "HEALTH Hospitals", "hospital"),
        ("", "Mass Ave at Main", "TRANS Bus Shelters", None),
        ("Arts & Culture", "Gallery 263", "Community Assets", None),
    ],
)
def test_kinds_from_words(kinds, kind_text, name, file_text, kind):
    assert KindFinder(kinds).by_words(kind_text, name, file_text) == kind


HEADER = "kind,label,needs,redacted,tags,words,unless_named\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kind,needs\nx,conflict\n", "lacks the columns label, redacted"),
        (HEADER + "x,x,money,,,x,\n", "no such need: money"),
        (HEADER + "x,x,conflict,,,(x,\n", "in words"),
        ("", "cannot be read"),
    ],
)
def test_a_faulty_table_is_one_line(tmp_path, text, says):
    path = tmp_path / "kinds.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=says) as caught:
        load_kinds(path)
    assert "\n" not in str(caught.value)
