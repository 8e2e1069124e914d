"""What new sites would change, in sentences and tables: plain functions, no Streamlit."""

import pandas as pd

from outreach.maps.style import number
from outreach.pages.help_tables import counted
from outreach.pipeline.help_sites import SiteChoice
from outreach.pipeline.help_words import percent


def figures(found: SiteChoice) -> list[tuple[str, str, str]]:
    """Return label, value then, and value today."""
    before, after, limit = found.before, found.after, number(found.wish.within_min)
    unit = found.unit.split(" a week")[0]
    rows = [
        (
            f"{unit[:1].upper()}{unit[1:]} within {limit} min",
            percent(after.share),
            f"today {percent(before.share)}",
        ),
        ("On average", _minutes(after.mean_min), f"today {_minutes(before.mean_min)}"),
        ("Farthest", _minutes(after.worst_min), f"today {_minutes(before.worst_min)}"),
    ]
    told = found.wish.what != "base" and found.wish.demand == "calls"
    if told and after.people is not None and before.people is not None:
        gain = after.people - before.people
        rows.append(
            (
                f"People within {limit} min",
                f"{after.people:,.0f}",
                f"today {before.people:,.0f}, {gain:+,.0f}",
            )
        )
    return rows


def _minutes(value: float | None) -> str:
    if value is None:
        return "not reached"
    return f"{value:.0f} min" if value >= 10 else f"{value:.1f} min"


def caution(found: SiteChoice) -> str:
    """Say what the figures rest on and what they do not say."""
    wish, today = found.wish, len(found.today)
    none = "Today there is none in the directory."
    there = f"Today: {counted(today, 'place')}." if today else none
    basis = {
        "help": "Ways only: opening hours, and how many a place can take, are left aside.",
        "sharps_box": (
            "Need is taken from calls about substance use: pickups of needles are too few to go by."
        ),
        "base": "Need is the number of listed places and people in each hex, on the way out to it.",
    }[wish.what]
    people = (
        " People are taken as spread evenly within a neighbourhood."
        if found.cells["people"].notna().any()
        else ""
    )
    return (
        f"{there} {basis}{people} The sites are the best among those looked at, which says nothing "
        "of rent, leave or who would come."
    )


def candidates_table(found: SiteChoice) -> pd.DataFrame:
    """Return every candidate, the chosen ones first.

    Adds     Name, Chosen, Within … min, Average, Reason
    """
    sites, whole = found.sites, found.cells["demand"].sum()
    return pd.DataFrame(
        {
            "Name": sites["name"],
            "Chosen": ["no" if pd.isna(rank) else f"{int(rank)}" for rank in sites["chosen"]],
            f"Within {number(found.wish.within_min)} min": [
                percent(one / whole) for one in sites["covered"]
            ],
            "Average": [f"{one:.1f} min" for one in sites["mean_min"]],
            "Reason": sites["reason"],
        }
    )
