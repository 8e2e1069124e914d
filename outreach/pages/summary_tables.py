"""The manager's week as tables: calls by need beside earlier weeks, and what the teams did."""

from datetime import date, timedelta
from html import escape

import pandas as pd

from outreach.pages.language import _, full_day, need_label
from outreach.pipeline.outputs import WHAT, Outputs
from outreach.schemas import NEEDS

SHOWN_WEEKS = 12
YEAR = timedelta(weeks=52)


def whole_weeks(calendar: pd.DataFrame) -> list[date]:
    """Return the first days of weeks that were seen on all their days, oldest first."""
    return sorted(calendar.loc[calendar["days_seen"] == 7, "week"])


def calls_by_need(weekly: pd.DataFrame, calendar: pd.DataFrame) -> pd.DataFrame:
    """Return the calls of the last whole weeks by need, each beside the week a year before.

    Needs    weekly     week, need, calls
             calendar   CALENDAR
    Adds     week, need, calls, before (missing where that week was not seen whole)
    """
    whole = whole_weeks(calendar)
    known = weekly.groupby(["week", "need"])["calls"].sum()
    rows = [
        (week, need, known.get((week, need), 0), _before(known, week - YEAR, need, set(whole)))
        for week in whole[-SHOWN_WEEKS:]
        for need in NEEDS
    ]
    found = pd.DataFrame(rows, columns=["week", "need", "calls", "before"])
    return found.astype({"calls": "int64", "before": "Int64"})


def _before(known: "pd.Series[int]", week: date, need: str, whole: set[date]) -> int | None:
    return int(known.get((week, need), 0)) if week in whole else None


def need_table(found: pd.DataFrame) -> pd.DataFrame:
    """Return the last whole week by need: beside the four before, and beside a year ago.

    Needs    as calls_by_need
    Adds     Need, Last week, Usual (mean of the four before), A year before
    """
    weeks = sorted(found["week"].unique())
    if not weeks:
        return pd.DataFrame(columns=[_("Need"), _("Last week"), _("Usual"), _("A year before")])
    by_need = found.pivot_table(index="need", columns="week", values="calls", aggfunc="sum")
    ago = found[found["week"] == weeks[-1]].set_index("need")["before"]
    earlier = by_need[weeks[-5:-1]]
    rows = []
    for need in NEEDS:
        usual = f"{earlier.loc[need].mean():.1f}" if earlier.shape[1] else "–"
        year = "–" if pd.isna(ago[need]) else f"{ago[need]:,}"
        rows.append((need_label(need), f"{by_need.loc[need, weeks[-1]]:,}", usual, year))
    columns = [_("Need"), _("Last week"), _("Usual"), _("A year before")]
    return pd.DataFrame(rows, columns=columns)


def table_html(table: pd.DataFrame) -> str:
    """Return a small table that fits a phone, with its first column as heads of the rows."""
    head = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in table.columns)
    rows = "".join(
        f'<tr><th scope="row">{escape(str(first))}</th>'
        + "".join(f"<td>{escape(str(value))}</td>" for value in rest)
        + "</tr>"
        for first, *rest in table.itertuples(index=False)
    )
    return f'<table class="figures"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def output_words() -> dict[str, str]:
    """Return what is counted, as people read it."""
    return {
        "visits": _("Visits"),
        "met": _("Visits at which somebody was met"),
        "engaged": _("Engagements: next steps were worked on"),
        "without_police": _("Met without police"),
        "enrolled": _("People enrolled"),
        "instead_of_arrest": _("Of them instead of an arrest"),
        "referrals_made": _("Referrals made"),
        "referrals_closed": _("Referrals closed"),
        "referrals_served": _("Of them served or retained"),
        "needles": _("Needles picked up"),
    }


def output_table(done: Outputs) -> pd.DataFrame:
    """Return what the teams did in the last whole week, beside the four before.

    Adds     What, Last week, Usual (the mean of those four), Between
    """
    by_week = done.weeks.pivot_table(index="what", columns="week", values="count", aggfunc="sum")
    last, earlier = by_week.iloc[:, -1], by_week.iloc[:, :-1]
    words = output_words()
    return pd.DataFrame(
        {
            _("What"): [words[what] for what in WHAT],
            _("Last week"): [f"{last[what]:,}" for what in WHAT],
            _("Usual"): [f"{earlier.loc[what].mean():.1f}" for what in WHAT],
            _("Between"): [
                f"{earlier.loc[what].min():,}–{earlier.loc[what].max():,}" for what in WHAT
            ],
        }
    )


def caseload_words(done: Outputs) -> list[str]:
    """Return how much is carried, in sentences that name nobody."""
    told = [
        _("{active} active participants, carried by {workers} of the staff.").format(
            active=f"{done.active:,}", workers=done.workers
        )
    ]
    if done.over_capacity:
        told.append(
            _("{n} of the staff carry more than they have room for.").format(n=done.over_capacity)
        )
    if done.carried_by_nobody:
        told.append(_("{n} are carried by nobody yet.").format(n=done.carried_by_nobody))
    told.append(
        _("{n} follow-ups or people without contact are overdue.").format(n=done.overdue)
        if done.overdue
        else _("Nothing is overdue.")
    )
    low, high = done.people_low, done.people_high
    people = f"{done.people:,}" if low == high else f"{done.people:,} ({low:,}–{high:,})"
    told.append(
        _("Since {day}: {contacts} contacts with {people} people.").format(
            day=full_day(done.since), contacts=f"{done.contacts:,}", people=people
        )
    )
    return told
