import pytest

from outreach.config import Base, City, dump_city, load_city
from outreach.errors import ConfigError

GOOD = """
name = "Testville"
time_zone = "America/New_York"
[home_base]
lat = 42.65
lon = -73.75
[[teams]]
name = "A"
members = [{name = "Ana", role = "caseworker"}, {name = "Bo", role = "officer"}]
[[shifts]]
teams = ["A"]
days = ["mon", "tue"]
start = "09:00"
end = "17:00"
pause = {earliest = "12:00", latest = "13:00", minutes = 30}
"""


def write(folder, text):
    (folder / "city.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_city_survives_writing_and_reading(tmp_path):
    city = load_city(write(tmp_path, GOOD))
    assert city.team("A").has_officer
    assert load_city(write(tmp_path, dump_city(city))) == city


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (GOOD + "\ncolour = 'blue'", "colour"),
        (GOOD.replace("New_York", "Gotham"), "IANA time zone"),
        (GOOD.replace('teams = ["A"]', 'teams = ["B"]'), "'B'"),
        (GOOD.replace('end = "17:00"', 'end = "08:00"'), "end after it starts"),
        (GOOD.replace('"officer"', '"wizard"'), "teams.0.members.1.role"),
        (GOOD + '[plan]\nvisits_from = "19:00"', "visits_until must be later"),
        (GOOD + "[plan]\nseed = -1", "plan.seed"),
        (GOOD + "[demand]\nresolution = 11", "demand.resolution"),  # managers see these hexes
        ("name = ", "cannot be read"),
    ],
)
def test_a_mistake_is_told_in_one_line_that_says_where(tmp_path, broken, told):
    with pytest.raises(ConfigError, match=told) as caught:
        load_city(write(tmp_path, broken))
    assert "\n" not in str(caught.value).strip()


def test_a_folder_without_settings_says_how_to_make_one(tmp_path):
    with pytest.raises(ConfigError, match="outreach init"):
        load_city(tmp_path)


def test_settings_are_frozen():
    city = City(name="x", time_zone="UTC", home_base=Base(lat=1, lon=1))
    with pytest.raises(Exception, match="frozen"):
        city.name = "y"
