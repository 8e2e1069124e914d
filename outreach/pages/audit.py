"""The audit trail, for admins: who saw, exported or changed what, and when; never a name."""

from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from outreach.pages import frame, wall_clock
from outreach.pages.language import _, _n, moment
from outreach.pages.tables import cards_html
from outreach.pipeline import audit_trail
from outreach.pipeline.audit_trail import Asked
from outreach.weeks import local_date

MOST = 500  # rows on the screen; the file has all of them
CARDS = 60
DAYS = 7  # looked back at first


def page() -> None:
    """Show what happened, the newest first."""
    folder, city = frame.open_without_calls(
        _("Audit trail"),
        _(
            "Who saw, exported or changed what, and when. Participants stand in it by their id, "
            "never by name. Rows are only ever added."
        ),
    )
    now = wall_clock.now()
    asked = ask(folder, local_date(now, city.time_zone))
    found = frame.read(
        lambda: audit_trail.read_trail(
            folder,
            since=asked.since,
            until=asked.until,
            who=asked.who,
            participant_id=asked.participant_id,
            did=asked.did,
            now=now,
        )
    )
    if found.empty:
        frame.nothing_yet(
            _("Nothing of this kind is in the trail."),
            _("Take more days, or take one of the choices above away."),
        )
        return
    show(found, city.time_zone)
    frame.offer_file(
        _("These rows (CSV)"),
        lambda: audit_trail.export_trail(folder, asked, now=wall_clock.now()),
        file_name="audit-trail.csv",
        mime="text/csv",
    )
    st.caption(_("Reading the trail, and taking it along, is written down in it as well."))


def ask(folder: Path, today: date) -> Asked:
    """Ask which part of the trail is looked for."""
    choices = frame.read(lambda: audit_trail.trail_choices(folder))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        since = st.date_input(
            _("From"), today - timedelta(days=DAYS - 1), max_value=today, key="since", width=150
        )
        until = st.date_input(_("To"), today, max_value=today, key="until", width=150)
        who = st.selectbox(
            _("Who"), choices["who"], None, placeholder=_("Anybody"), key="who", width=185
        )
        did = st.selectbox(
            _("What was done"),
            choices["did"],
            None,
            placeholder=_("Anything"),
            key="did",
            width=185,
        )
        whom = st.text_input(
            _("Participant"),
            placeholder=_("Their id"),
            max_chars=64,
            key="whom",
            width=185,
        )
    return Asked(since, until, who, whom.strip() or None, did)


def show(found: pd.DataFrame, time_zone: str) -> None:
    """Show the rows: a table on wide screens, cards on phones."""
    said = _n("{number} row", "{number} rows", len(found))
    if len(found) > MOST:
        said = _("{rows}; the newest {shown} are shown, and the file below has all of them").format(
            rows=said, shown=MOST
        )
    st.caption(f"{said}.")
    table = in_words(found.head(MOST), time_zone)
    with st.container(key="wide-trail"):
        st.dataframe(
            table.drop(columns="Said"),
            hide_index=True,
            height=min(640, frame.table_height(len(table))),
            column_config={
                "When": st.column_config.DatetimeColumn(
                    _("When"), format="D MMM YYYY, h:mm:ss A", width=185
                ),
                "Who": st.column_config.TextColumn(_("Who"), width=150),
                "Did": st.column_config.TextColumn(_("What was done"), width=120),
                "What": st.column_config.TextColumn(_("To what"), width=420),
                "Participant": st.column_config.TextColumn(_("Participant"), width=270),
            },
        )
    with st.container(key="cards-trail"):
        st.html(cards_html(as_cards(table), ("When", "Participant"), most=CARDS))


def in_words(found: pd.DataFrame, time_zone: str) -> pd.DataFrame:
    """Return rows of the trail as they are shown.

    Needs    AUDIT
    Adds     When (on the city's clocks), Said (the same, in words), Who, Did, What,
             Participant ("" where of nobody)
    """
    local = found["at"].dt.tz_convert(ZoneInfo(time_zone)).dt.tz_localize(None)
    return pd.DataFrame(
        {
            "When": local,
            "Said": [moment(at, time_zone) for at in found["at"]],
            "Who": found["who"],
            "Did": found["did"],
            "What": found["what"],
            "Participant": found["participant_id"].fillna(""),
        }
    )


def as_cards(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows as cards on a phone name them."""
    return pd.DataFrame(
        {
            "Name": table["Who"] + ": " + table["Did"],
            "Reason": table["What"],
            "When": table["Said"],
            "Participant": table["Participant"].replace("", "–"),
        }
    )


if __name__ == "__main__":
    page()
