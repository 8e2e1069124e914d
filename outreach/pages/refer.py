"""Ask the team to see somebody: a short form, and what became of earlier requests (duty 27)."""

from html import escape
from pathlib import Path
from uuid import uuid4

import pandas as pd
import streamlit as st

from outreach import roles
from outreach.errors import NotAllowedError
from outreach.pages import frame, saving, wall_clock
from outreach.pages import language as reader
from outreach.pages.language import _
from outreach.pipeline.referrals_in import MOST_LETTERS, ReferralIn, own_referrals_in, refer
from outreach.schemas import NEEDS
from outreach.weeks import local_date

_ID = "referral in"  # made when the form opens, so that a second tap keeps no second one


def page() -> None:
    """Show the form and the own requests."""
    folder, city = frame.open_without_calls(
        _("Ask us to see somebody"),
        _("The team looks at every request. It decides by need, and asks the person first."),
    )
    try:
        own = own_referrals_in(folder, now=wall_clock.now())
    except NotAllowedError:
        st.info(_("Your login belongs to no organisation yet, so it cannot ask. Ask an admin."))
        return
    saving.say()
    st.html(
        f'<p class="notice"><strong>{escape(_("In danger now?"))}</strong> '
        f"{escape(_('Call 911 or 988. Nobody watches this form around the clock.'))}</p>"
    )
    _form(folder)
    _own(own, city.time_zone)


def _form(folder: Path) -> None:
    """Ask, and send the request on one button."""
    key: str = st.session_state.setdefault(_ID, uuid4().hex)
    with st.form(f"refer {key}", width=640):
        entry = _asked(key)
        st.caption(
            _(
                "What you write can be asked for under public records law. Write nothing about "
                "arrests, warrants or citations, no diagnosis, and nobody else's name: none of "
                "that is used here."
            )
        )
        if not st.form_submit_button(_("Send it to the team"), type="primary", width="stretch"):
            return
    if not entry.need or not entry.place:
        st.warning(_("Say what it is about and where the person is found; nothing was sent yet."))
        return
    by = roles.viewer().name
    if frame.attempt(lambda: refer(folder, entry, by=by, now=wall_clock.now())):
        st.session_state.pop(_ID, None)
        st.session_state["said"] = _("The team has your request. You see below what becomes of it.")
        st.rerun()


def _asked(key: str) -> ReferralIn:
    """Ask as little as the team needs to find somebody; there is no field for anything else."""
    need = st.selectbox(
        _("What is it about?"),
        NEEDS,
        index=None,
        format_func=reader.need_label,
        placeholder=_("Choose"),
        key=f"refer need {key}",
    )
    place = st.text_input(
        _("Where is the person usually found?"),
        max_chars=200,
        placeholder=_("Such as: bench at Elm and Oak, mornings"),
        key=f"refer place {key}",
    )
    agreed = st.checkbox(_("The person knows that I ask, and agreed."), key=f"refer agreed {key}")
    name = st.text_input(
        _("Their name, if they are willing to give it"), max_chars=120, key=f"refer name {key}"
    )
    phone = st.text_input(
        _("Their phone, if they want to be called"), max_chars=40, key=f"refer phone {key}"
    )
    note = st.text_area(
        _("What helps to find and greet them?"), max_chars=MOST_LETTERS, key=f"refer note {key}"
    )
    return ReferralIn(
        key,
        str(need or ""),
        place.strip(),
        agreed,
        name=name.strip() or None,
        phone=phone.strip() or None,
        note=note.strip() or None,
    )


def _own(own: pd.DataFrame, time_zone: str) -> None:
    """Show whether the own requests were taken up; not what came of them."""
    st.subheader(_("What you asked for"))
    if own.empty:
        st.caption(_("Nothing yet. A request shows here once it is sent."))
        return
    st.html(own_html(own, time_zone))
    st.caption(
        _(
            "Taken up says that the team goes to see the person. What comes of it stays with the "
            "person, unless they release it to you."
        )
    )


def own_html(own: pd.DataFrame, time_zone: str) -> str:
    """Return the own requests as a list; every text is escaped.

    Needs    referrals_in.OWN
    """
    words = {
        "received": _("Received"),
        "taken_up": _("Taken up"),
        "not_taken_up": _("Not taken up"),
    }
    items = []
    for row in own.to_dict("records"):
        told = words[row["status"]]
        if not pd.isna(row["closed_at"]):
            told += f", {reader.full_day(local_date(row['closed_at'], time_zone))}"
        asked = reader.full_day(local_date(row["recorded_at"], time_zone))
        items.append(
            f'<li><div><p class="where">{escape(str(row["place"]))}</p>'
            f'<p><span class="state">{escape(told)}</span></p>'
            f'<p class="quiet">{escape(reader.need_label(row["need"]))}, {escape(asked)}</p>'
            "</div></li>"
        )
    return f'<ol class="cards">{"".join(items)}</ol>'


if __name__ == "__main__":
    page()
