"""What releases of information let one's own organisation see, and nothing else (duty 33)."""

from datetime import date
from html import escape
from pathlib import Path

import pandas as pd
import streamlit as st

from outreach import roles
from outreach.config import City
from outreach.errors import NotAllowedError, WorkError
from outreach.pages import frame, wall_clock
from outreach.pages import language as reader
from outreach.pages.language import _
from outreach.pipeline.exports import UPDATES_NAME, own_update, take_own_update

LETTERS = 8  # of a reference that are shown; the file has all of it


def page() -> None:
    """Show what was released, a card a person."""
    folder, city = frame.open_without_calls(
        _("What we may tell you"),
        _("What people have allowed us to tell your organisation, as it stands today."),
    )
    told = _told(folder, city)
    if told is None:
        return
    st.caption(
        _(
            "Each person decides who is told what, and can take that back at any time. People go "
            "by a reference that only your organisation has, unless they let you know their name."
        )
    )
    if told.empty:
        frame.nothing_yet(
            _("Nobody has allowed us to tell your organisation anything, or not any more."),
            _("People are asked whenever it would help them; a release that they sign shows here."),
        )
    else:
        st.html(cards_html(told))
        _download(folder, len(told))
    if roles.viewer().may("refer"):
        frame.link_to("refer", _("Ask us to see somebody"))


def _told(folder: Path, city: City) -> pd.DataFrame | None:
    """Return what may be seen; None: nothing may be, and one line has said why (duty 38)."""
    try:
        made = own_update(folder, by=roles.viewer().name, now=wall_clock.now())
    except NotAllowedError:
        st.info(_("Your login belongs to no organisation yet, so there is nothing to show here."))
        return None
    except WorkError:
        st.info(
            _(
                "There is no current agreement between your organisation and the team, so nothing "
                "can be shown. Please talk to the team."
            )
            + _contact(city)
        )
        return None
    return made.tables[UPDATES_NAME]


def _contact(city: City) -> str:
    told = ", ".join(part for part in (city.programme.phone, city.programme.email) if part)
    return f" {frame.plain_markdown(told)}" if told else ""


def cards_html(told: pd.DataFrame) -> str:
    """Return a card for each person with the fields that may be seen; every text is escaped.

    Needs    reference, and any of RELEASABLE; blank where it may not be seen
    """
    cards = []
    for row in told.to_dict("records"):
        reference = str(row.pop("reference"))[:LETTERS].upper()
        name = str(row.pop("name", ""))
        head = escape(name) if name else _("Reference {letters}").format(letters=reference)
        more = _("Reference {letters}").format(letters=reference) if name else ""
        facts = "".join(
            f"<p><span class='quiet'>{escape(reader.in_words(str(field)))}:</span> "
            f"{escape(_value(str(field), str(value)))}</p>"
            for field, value in row.items()
            if value
        )
        cards.append(
            f'<section><p class="where">{head}</p><p class="quiet">{more}</p>{facts}</section>'
        )
    return f'<div class="people">{"".join(cards)}</div>'


def _value(field: str, value: str) -> str:
    """Return a field of the file as people read it."""
    if field in ("last_contact", "birth_date"):
        return _day(value)
    if field in ("services", "living_situation"):
        return ", ".join(_code(word) for word in value.split(", "))
    if field == "referrals":
        told = [": ".join(_code(part) for part in one.split(": ")) for one in value.split("; ")]
        return "; ".join(told)
    if field == "next_step":
        kind, _comma, due = value.partition(", ")
        return f"{_code(kind)}, {_day(due)}"
    return {"active": _("Active"), "inactive": _("Not active now")}.get(value, value)


def _code(text: str) -> str:
    """Return words of the file, which are codes with blanks in them, as the reader reads them."""
    return reader.in_words(text.replace(" ", "_"))


def _day(text: str) -> str:
    try:
        return reader.full_day(date.fromisoformat(text))
    except ValueError:
        return text


def _download(folder: Path, people: int) -> None:
    """Offer the same as a file; that it was taken is written down for each person."""
    frame.offer_file(
        _("Take it along (CSV)"),
        lambda: _file(folder),
        file_name=UPDATES_NAME,
        mime="text/csv",
        help=_("{people} people. That you took it is kept in the audit trail.").format(
            people=people
        ),
    )


def _file(folder: Path) -> bytes:
    made = take_own_update(folder, by=roles.viewer().name, now=wall_clock.now())
    return made.files[UPDATES_NAME]


if __name__ == "__main__":
    page()
