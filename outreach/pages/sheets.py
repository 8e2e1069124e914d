"""Day sheets: to take along where there may be no signal, and the way back into the app."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import streamlit as st

from outreach import roles
from outreach.language.translate import LANGUAGES, day_words
from outreach.pages import frame, wall_clock
from outreach.pages.language import _, in_words, language, moment
from outreach.pipeline import field
from outreach.pipeline import sheets as make
from outreach.pipeline.sheets import Wanted
from outreach.plan.crews import names
from outreach.weeks import local_date

_TYPES = {
    "html": "text/html",
    "pdf": "application/pdf",
    "ics": "text/calendar",
    "gpx": "application/gpx+xml",
}


def page() -> None:
    """Offer the sheets of a shift, and take back what was entered on them."""
    folder, city = frame.open_without_calls(
        _("Day sheets"),
        _("Stops, map and forms to take along. They work with no signal."),
    )
    now = wall_clock.now()
    shifts = frame.read(lambda: make.sheet_choices(folder, now=now))
    if shifts.empty:
        frame.nothing_yet(
            _("No plan of this week or a later one is published, so there are no day sheets."),
            _("A lead publishes one on the page “This week’s sweep”."),
        )
    else:
        offer(folder, shifts, local_date(now, city.time_zone))
    if roles.viewer().may("record"):
        bring_back(folder, city.time_zone)


def offer(folder: Path, shifts: pd.DataFrame, today: date) -> None:
    """Let the reader choose a day and a team, and take their sheets."""
    day, team = choose(shifts, today)
    spoken = st.pills(
        _("Language of the sheets"),
        tuple(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        default=language(),
        required=True,
        key="sheet language",
    )
    week = str(shifts.loc[shifts["day"] == day, "week"].iloc[-1])
    st.subheader(f"{team}, {day_words(day, language())}")
    words = {
        "html": _("Offline sheet (HTML)"),
        "pdf": _("On paper (PDF)"),
        "ics": _("Calendar (ICS)"),
        "gpx": _("Route for a map app (GPX)"),
    }
    with st.container(key="sheet-files", width=560):
        for kind in make.KINDS:
            wanted = Wanted(day, team, (kind,), spoken, together=True)
            button(folder, week, wanted, words[kind], first=kind == "html")
        st.caption(
            _(
                "The offline sheet opens in the phone’s browser, keeps entries on the phone and "
                "saves them as one file. All of these hold addresses and no names: keep them to "
                "yourself and delete them after use. A calendar may copy its events to a server."
            )
        )
    if roles.viewer().may("manage"):
        print_all(folder, shifts, week, day, spoken)


def choose(shifts: pd.DataFrame, today: date) -> tuple[date, str]:
    """Ask for a day and a team; the reader's own next shift is chosen first."""
    days = sorted(set(shifts["day"]))
    mine = shifts[[roles.viewer().name in names(crew) for crew in shifts["members"]]]
    ahead = [day for day in sorted(set(mine["day"])) if day >= today]
    ahead = ahead or [day for day in days if day >= today] or days[-1:]
    day = st.pills(
        _("Day"),
        days,
        format_func=lambda one: day_words(one, language()),
        default=ahead[0],
        required=True,
        key="sheet day",
    )
    teams = sorted(set(shifts.loc[shifts["day"] == day, "team"]))
    own = [team for team in mine.loc[mine["day"] == day, "team"] if team in teams]
    team = st.pills(
        _("Team"), teams, default=(own or teams)[0], required=True, key=f"sheet team {day}"
    )
    return day, str(team)


def print_all(folder: Path, shifts: pd.DataFrame, week: str, day: date, spoken: str) -> None:
    """Offer a lead the sheets of all teams, of the day and of the week."""
    st.subheader(_("Print all sheets"))
    with st.container(key="sheet-all", width=560):
        of_day = int((shifts["day"] == day).sum())
        label = _("All {number} sheets of {day} (PDF)")
        label = label.format(number=of_day, day=day_words(day, language()))
        button(folder, week, Wanted(day, None, ("pdf",), spoken, together=True), label)
        label = _("All {number} sheets of the week {week} (PDF)")
        label = label.format(number=int((shifts["week"] == week).sum()), week=week)
        button(folder, week, Wanted(None, None, ("pdf",), spoken, together=True), label)
        label = _("All sheets of the day in one offline file (HTML)")
        button(folder, week, Wanted(day, None, ("html",), spoken, together=True), label)


def button(folder: Path, week: str, wanted: Wanted, label: str, *, first: bool = False) -> None:
    """Show a big button; the file is made, and told in the audit trail, when it is pressed."""
    (kind,) = wanted.kinds
    name = make.sheet_name(wanted.day or week, wanted.team, kind)
    frame.offer_file(
        label,
        maker(folder, week, wanted),
        file_name=name,
        mime=_TYPES[kind],
        type="primary" if first else "secondary",
        icon=":material/download:",
        width="stretch",
        key=f"take {name} {wanted.language}",
    )


def maker(folder: Path, week: str, wanted: Wanted) -> Callable[[], bytes]:
    """Return what makes a file for whoever is at the screen now."""
    viewer = roles.viewer()

    def made() -> bytes:
        with roles.acting_as(viewer):  # the file is asked for outside of the session
            found = make.sheet_files(folder, week, wanted, by=viewer.name, now=wall_clock.now())
        (content,) = found.files.values()
        return content

    return made


def bring_back(folder: Path, time_zone: str) -> None:
    """Take a file of entries: what it holds is shown first, and kept on a second press."""
    st.subheader(_("Bring entries back"))
    said = st.session_state.get("brought back", [])
    if said:
        for number, told in enumerate(said[-1]):
            (st.success if not number else st.info)(frame.plain_markdown(told))
    file = st.file_uploader(
        _("The file that the sheet saved (entries-….json). It does no harm to bring it twice."),
        type=["json"],
        max_upload_size=2,
        key=f"entries {len(said)}",
    )
    if file is None:
        return
    data, found = file.getvalue(), list[field.TakenIn]()
    now = wall_clock.now()
    if not frame.attempt(lambda: found.append(field.look_through(folder, data, now=now))):
        return
    show(found[0], time_zone)
    if not found[0].kept or not st.button(
        _("Keep these {number} entries").format(number=len(found[0].kept)), type="primary"
    ):
        return
    by = roles.viewer().name
    if frame.attempt(lambda: found.append(field.take_in(folder, data, by=by, now=now))):
        done = found[-1]
        st.session_state["brought back"] = [*said, [counts(done), *done.messages]]
        st.rerun()


def counts(done: field.TakenIn) -> str:
    """Return how many entries were kept, were there, and cannot be kept."""
    told = _("{kept} entries kept, {already} were there already, {aside} set aside.")
    return told.format(kept=len(done.kept), already=done.already, aside=len(done.aside))


def show(found: field.TakenIn, time_zone: str) -> None:
    """Show what would be kept of a file, and what would not, each with its reason."""
    told = _("{kept} new entries, {already} were there already, {aside} cannot be kept.")
    numbers = {"kept": len(found.kept), "already": found.already, "aside": len(found.aside)}
    st.markdown(frame.plain_markdown(told.format(**numbers)))
    if found.kept:
        st.dataframe(kept_table(found, time_zone), hide_index=True)
    if len(found.aside):
        table = found.aside.rename(columns={"entry": _("Entry"), "reason": _("Set aside because")})
        st.dataframe(table, hide_index=True)


def kept_table(found: field.TakenIn, time_zone: str) -> pd.DataFrame:
    """Return new entries as people read them."""
    rows = [
        (
            one.place,
            moment(one.visit.happened_at, time_zone),
            in_words(one.visit.outcome),
            ", ".join(in_words(code) for code in one.visit.services),
            "" if one.visit.minutes is None else f"{one.visit.minutes:.0f}",
            str(one.visit.sharps),
            _("Yes") if one.visit.police_involved else _("No"),
            _("Changes an earlier entry") if one.changed else "",
        )
        for one in found.kept
    ]
    heads = [_("Place"), _("When"), _("What came of it"), _("Help given"), _("Minutes there")]
    heads += [_("Needles"), _("Police"), _("Changed")]
    return pd.DataFrame(rows, columns=heads)


if __name__ == "__main__":
    page()
