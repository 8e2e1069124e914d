"""The places of help of the invented town, as a directory kept by people would tell of them."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

# name, kind (as in data/resource_kinds.csv), flat metres, last two of the telephone, hours as
# somebody wrote them, days since somebody verified them (none: never)
_PLACES = (
    ("Marlow General Hospital", "hospital", (-1500, 1150), "01", "24/7", 20),
    ("Marlow City Hall", "townhall", (-130, 60), "02", "Mon-Fri 8:30am-4:30pm", 61),
    ("Marlow Police Station", "police", (180, -260), "03", "24/7", 61),
    ("Landing House Shelter", "homeless_shelter", (350, -820), "04", "Mo-Su 17:00-09:00", 6),
    ("Eastbank Family Shelter", "homeless_shelter", (1300, 520), "05", "24/7", 12),
    ("St. Alban Food Pantry", "food_pantry", (-900, -560), "06",
     "1st and 3rd Tuesday 10am-2pm, closed holidays", 140),
    ("Eastbank Pantry", "food_pantry", (1500, -600), "07", "Mon, Wed, Fri 9am-12pm", 33),
    ("Marlow Public Library", "library", (-330, 330), "08",
     "Mo-Fr 09:00-20:00; Sa 09:00-17:00", 15),
    ("Westfield Branch Library", "library", (-2500, 200), "09", "Mon-Fri 10am-6pm", 15),
    ("Summit Detox Center", "substance_use_treatment", (1750, 1050), "10", "24/7", 27),
    ("Canal Side Health Clinic", "clinic", (-180, -950), "11",
     "Mo-Fr 08:00-18:00; PH off", 40),
    ("Open Door Drop-In", "drop_in_center", (250, 520), "12", "Mon-Fri 8am-3pm", 9),
    ("Lantern Counseling", "mental_health_center", (-700, 450), "13",
     "Mon-Thu 9am-7pm, Fri by appointment", 48),
    ("Marlow Mediation Center", "mediation", (620, -430), "15", "By appointment only", 70),
    ("Harbor Safe House", "domestic_violence_service", (-2050, -900), "14", "24/7", 18),
    ("Granary Community Kitchen", "food_pantry", (2250, 1150), "16", "hours vary, call", 55),
    ("Southmeadow Recovery House", "substance_use_treatment", (-1250, -2450), "17",
     "Mo-Sa 09:00-17:00", 30),
    ("Tannery Row Legal Aid", "legal_aid", (1500, -2350), "18",
     "Tuesdays 1-4pm and Thursdays 9am-noon", None),
    ("Northgate Counseling", "mental_health_center", (-1000, 2700), "19",
     "Mo-Fr 09:00-17:00; Th 09:00-20:00", 22),
    ("Larkfield Neighborhood House", "community_center", (3000, 800), "20",
     "2nd Saturday of the month 10am-1pm", 80),
)  # fmt: skip
# Whatever else is told of some of them, in columns of the file that a town would hand over.
_TOLD: Mapping[str, Mapping[str, Any]] = {
    "Marlow General Hospital": {"organization": "Sorrel Valley Health", "languages": "en es"},
    "Canal Side Health Clinic": {
        "organization": "Sorrel Valley Health",
        "languages": "en es",
        "documents": "Insurance card, if there is one",
        "accessibility": "Step-free entrance on the canal side",
    },
    "Landing House Shelter": {
        "organization": "Landing House",
        "eligibility": "Adults of any gender",
        "minimum_age": 18,
        "capacity_maximum": 42,
        "capacity_available": 5,
        "capacity_days": 0,
        "languages": "en",
        "accessibility": "Beds on the ground floor; ring the bell after 9 pm",
    },
    "Eastbank Family Shelter": {
        "organization": "Eastbank Together",
        "eligibility": "Families with children",
        "capacity_maximum": 24,
        "capacity_available": 0,
        "capacity_days": 1,
        "languages": "en es",
    },
    "Eastbank Pantry": {
        "organization": "Eastbank Together",
        "eligibility": "Anybody who lives in Marlow",
        "documents": "A letter with your address",
        "languages": "en es",
    },
    "St. Alban Food Pantry": {"organization": "Parish of St. Alban"},
    "Marlow Public Library": {
        "organization": "Marlow Libraries",
        "website": "https://library.marlow.example",
        "languages": "en es zh",
        "accessibility": "Wheelchair lift",
    },
    "Westfield Branch Library": {"organization": "Marlow Libraries", "languages": "en"},
    "Summit Detox Center": {
        "organization": "Summit Recovery",
        "eligibility": "Adults; call before you come",
        "minimum_age": 18,
        "capacity_maximum": 16,
        "capacity_available": 2,
        "capacity_days": 6,
    },
    "Southmeadow Recovery House": {
        "organization": "Summit Recovery",
        "eligibility": "Women over 21",
        "minimum_age": 21,
    },
    "Open Door Drop-In": {
        "organization": "Open Door",
        "eligibility": "Anybody, no questions asked",
        "languages": "en es",
    },
    "Lantern Counseling": {"organization": "Lantern", "languages": "en", "minimum_age": 16},
    "Northgate Counseling": {
        "organization": "Lantern",
        "eligibility": "Young people from 12 to 24",
        "minimum_age": 12,
        "maximum_age": 24,
        "languages": "en fr",
    },
    "Harbor Safe House": {"confidential": "yes"},
}
COLUMNS = (
    "name", "organization", "kind", "address", "phone", "website", "hours", "eligibility",
    "minimum_age", "maximum_age", "documents", "languages", "accessibility",
    "capacity_available", "capacity_maximum", "capacity_days", "verified_days", "lat", "lon",
    "confidential",
)  # fmt: skip


def places() -> list[dict[str, Any]]:
    """Return the places; each has ``at``, where it is meant to be in flat metres."""
    blank = dict.fromkeys(COLUMNS) | {"confidential": "no"}
    return [
        blank
        | {"name": name, "kind": kind, "at": at, "phone": f"(518) 555-01{line}"}
        | {"hours": hours, "verified_days": verified, **_TOLD.get(name, {})}
        for name, kind, at, line, hours, verified in _PLACES
    ]


def dated(resources: pd.DataFrame, today: date) -> pd.DataFrame:
    """Return a town's places with days on the calendar, as a file of them has.

    Needs    verified_days, capacity_days   days before ``today``, missing where never
    Adds     verified_on, capacity_updated
    """

    def days(name: str) -> pd.Series:
        told = [None if pd.isna(n) else today - timedelta(days=int(n)) for n in resources[name]]
        return pd.Series(told, resources.index, "object")

    return resources.drop(columns=["verified_days", "capacity_days"]).assign(
        verified_on=days("verified_days"), capacity_updated=days("capacity_days")
    )
