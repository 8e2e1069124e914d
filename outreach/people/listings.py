"""Listings of people and places that call again and again end unless renewed (safeguard 4)."""

from collections.abc import Collection
from datetime import date, timedelta

import pandas as pd

from outreach.people.consent import listing_ended
from outreach.people.rule_rows import days_text, rules_frame, week_days


def updated(
    listings: pd.DataFrame, subjects: Collection[str], *, today: date, sunset_days: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the listings to add, and those that end because their subject is listed no more.

    One whose last day is past stays as it is: a person must renew it, or its subject drop off.

    Needs    listings   LISTINGS
             subjects   who and what is on the repeat lists now
    Adds     subject, listed_on, until of new ones; LISTINGS with ended_on of ended ones
    """
    going_on = listings[listings["ended_on"].isna()]
    new = sorted(set(subjects) - set(going_on["subject"]))
    until = today + timedelta(days=sunset_days)
    columns = ["subject", "listed_on", "until"]
    added = pd.DataFrame([(one, today, until) for one in new], columns=columns)
    ended = going_on[~going_on["subject"].isin(list(subjects))].assign(ended_on=today)
    return added, ended.reset_index(drop=True)


def lapsed(listings: pd.DataFrame, today: date) -> pd.DataFrame:
    """Return the listings that a person must renew: subject and until, the last day they counted.

    Needs    LISTINGS
    """
    over = listings[listings["ended_on"].isna() & (listings["until"] < today)]
    return over[["subject", "until"]].sort_values("subject", ignore_index=True)


def lapsed_rules(over: pd.DataFrame, *, monday: date) -> pd.DataFrame:
    """Return the days of a week that listings do not cover, in the columns of CONTACT_RULES.

    Needs    subject, until    as from ``lapsed``, told for the last day of the week
    """
    days = week_days(monday)
    return rules_frame(
        [
            {
                "subject": row["subject"],
                "barred_days": days_text(day for day in days if day > row["until"]),
                "barred_why": listing_ended(row["until"]),
                "barred_cause": "consent",
            }
            for row in over.to_dict("records")
        ]
    )
