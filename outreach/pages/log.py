"""Log a visit, a referral or needles: in under a minute, on a phone."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pandas as pd
import streamlit as st

from outreach.language.translate import N_
from outreach.language.words import MODES
from outreach.maps.elements import each
from outreach.pages import (
    frame,
    log_needles,
    log_referral,
    log_whom,
    saving,
    wall_clock,
    work_forms,
)
from outreach.pages.language import HOURS, _, full_day, moment
from outreach.pages.log_whom import Whom
from outreach.pages.work_forms import in_words
from outreach.pipeline import lists
from outreach.pipeline import log as visit_log
from outreach.pipeline.log import NOTE_WARNING, Logged, VisitEntry
from outreach.pipeline.view import CityView
from outreach.schemas import RESPONSE_MODES
from outreach.weeks import at_local, local_date
from outreach.work_words import LIVING_SITUATIONS, OUTCOMES, SERVICES

KINDS = (N_("A visit"), N_("A referral"), N_("Needles"))
MINUTES = (5, 10, 20, 30, 45, 60, 90)
NEXT = {2: N_("In 2 days"), 7: N_("In a week"), 14: N_("In 2 weeks")}
ELSEWHERE, NO, YES = N_("Elsewhere"), N_("No"), N_("Yes")
MOST_PILLS = 12  # of staff; more are searched
DAYS_SHOWN, MOST_SHOWN = 2, 20  # of entries that can be corrected here


def page() -> None:
    """Show the form for what is to be logged."""
    view = frame.open_page(_("Log a visit"), _("Each entry is kept at once."))
    by = work_forms.who()
    kind = st.segmented_control(
        _("What"),
        KINDS,
        default=KINDS[0],
        format_func=_,
        key="log kind",
        required=True,
        label_visibility="collapsed",
    )
    if kind == KINDS[1]:
        log_referral.tab(view, by)
    elif kind == KINDS[2]:
        log_needles.tab(view, by)
    else:
        visit_tab(view, by)


def visit_tab(view: CityView, by: str) -> None:
    """Ask whom first, then what came of it."""
    just_now = "said" in st.session_state
    saving.say()
    zone = view.city.time_zone
    midnight = at_local(local_date(wall_clock.now(), zone), time(0), zone)
    found: list[pd.DataFrame] = []
    since = midnight - timedelta(days=DAYS_SHOWN)
    now = wall_clock.now()
    if not frame.attempt(lambda: found.append(lists.recent_visits(view.folder, since, now=now))):
        return
    lately = found[0]
    whom = log_whom.asked_for(view.folder)
    old = _corrected(lately)
    if old is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.info(
                _("You correct the entry of {time}.").format(time=moment(old["happened_at"], zone))
            )
            st.button(_("Leave it as it was"), on_click=begin_anew)
    if whom is None:
        if just_now:
            for visit in each(lately[lately["visit_id"] == work_forms.remembered("visit")]):
                correct_button(_("Correct this entry"), "correct it", _label(view, visit), visit)
        log_whom.choose(view, lately[lately["happened_at"] >= midnight])
        entered(view, lately)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"### {frame.plain_markdown(whom.label)}", width="stretch")
        st.button(_("Somebody else"), on_click=begin_anew, kwargs={"correcting": old is not None})
    if old is None:  # what binds today says nothing of a visit that was made
        log_whom.show_limits(view, whom, wall_clock.now())
    ask(view, whom, old, by)


def begin_anew(*, correcting: bool = False) -> None:
    """Forget whom an entry is about; one that is corrected can stay the one that is."""
    log_whom.keep(None)
    for key in () if correcting else ("log id", "log corrects"):
        st.session_state.pop(key, None)


def _corrected(done: pd.DataFrame) -> dict[str, Any] | None:
    """Return the visit that is corrected, if one is."""
    wanted = st.session_state.get("log corrects")
    rows = done[done["visit_id"] == wanted]
    return None if rows.empty else {str(k): v for k, v in rows.iloc[0].to_dict().items()}


def entered(view: CityView, done: pd.DataFrame) -> None:
    """List what was logged lately, each with a way to correct it."""
    if done.empty:
        return
    st.markdown(f"**{_('Logged lately')}**")
    for visit in each(done.head(MOST_SHOWN)):
        label = _label(view, visit)
        begins = moment(visit.happened_at, view.city.time_zone)
        told = frame.plain_markdown(f"{begins} {label}: {in_words(visit.outcome).lower()}")
        with st.container(
            horizontal=True, vertical_alignment="center", key=f"logged-{visit.visit_id}"
        ):
            st.markdown(told, width="stretch")
            correct_button(_("Correct"), f"correct {visit.visit_id}", label, visit)


def correct_button(text: str, key: str, label: str, visit: Any) -> None:
    """Offer to correct an entry."""
    st.button(text, key=key, on_click=_correct, args=(label, visit))


def _label(view: CityView, visit: Any) -> str:
    """Return whom a visit was to, as people call them."""
    known = dict(zip(view.places["place_id"], view.places["address"], strict=True))
    where = known.get(visit.subject)
    return str(visit.name or (where if isinstance(where, str) else _("A place")))


def _correct(label: str, visit: Any) -> None:
    st.session_state["log corrects"] = visit.visit_id
    st.session_state["log id"] = uuid4().hex
    st.session_state["log kind"] = KINDS[0]
    point = (None, None) if pd.isna(visit.lon) else (float(visit.lon), float(visit.lat))
    address = None if point[0] is None else _("As entered before")
    log_whom.keep(
        Whom(
            label,
            visit.participant_id,
            visit.subject,
            address,
            point[0],
            point[1],
            visit.response_mode,
        )
    )


def ask(view: CityView, whom: Whom, old: dict[str, Any] | None, by: str) -> None:
    """Ask what came of a visit in one form, and keep it on one button."""
    visit_id: str = st.session_state.setdefault("log id", uuid4().hex)
    places = log_whom.places_of(view.folder, whom)
    with (
        st.container(key="log-form", width=760),
        st.form(f"visit {visit_id}", border=False),
        st.container(gap="small"),
    ):
        said = _help(visit_id, old) | _ahead(view, whom, visit_id, old)
        said |= _how(visit_id, whom, old)
        said["place"] = st.pills(
            _("Where"),
            [*places, ELSEWHERE],
            format_func=lambda place: _(place) if place == ELSEWHERE else place,
            default=next(iter(places), ELSEWHERE),
            required=True,
            key=f"place {visit_id}",
        )
        said["staff_ids"] = _there(view, visit_id, old, by)
        said |= _more(view, visit_id, old)
        with st.container(key="save-bar", gap="xsmall"):
            notes = st.container(gap=None)
            sent = st.form_submit_button(
                _("Save"), type="primary", width="stretch", key=f"save {visit_id}"
            )
    if not sent:
        return
    with notes:  # where the button is, so that nobody has to look for them
        if said["outcome"] is None:
            st.warning(_("Choose what came of it; nothing was kept yet."))
        elif work_forms.named(by):
            keep(view, whom, old, entry_of(view, visit_id, whom, places, said), by)


def _help(key: str, old: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "outcome": st.pills(
            _("What came of it"),
            list(OUTCOMES),
            format_func=in_words,
            default=old["outcome"] if old else None,
            key=f"outcome {key}",
        ),
        "services": st.pills(
            _("Help given (any number)"),
            SERVICES,
            selection_mode="multi",
            format_func=in_words,
            default=old["services"].split() if old else None,
            key=f"services {key}",
        ),
    }


def _how(key: str, whom: Whom, old: dict[str, Any] | None) -> dict[str, Any]:
    police = old["police_involved"] if old else whom.mode == "co_response"
    mode = old["response_mode"] if old else whom.mode
    before = old["minutes"] if old else None
    minutes = None if before is None or pd.isna(before) else int(before)
    choices = sorted({*MINUTES, *([minutes] if minutes is not None else [])})
    return {
        "minutes": st.pills(_("Minutes there"), choices, default=minutes, key=f"minutes {key}"),
        "response_mode": st.pills(
            _("How"), RESPONSE_MODES, format_func=lambda one: _(MODES[one]), default=mode,
            required=True, key=f"mode {key}",
        ),
        "police": st.pills(
            _("Were police involved?"), (NO, YES), format_func=_, default=YES if police else NO,
            required=True, key=f"police {key}",
        ),
        "sharps": st.number_input(
            _("Needles picked up"), 0, 10_000, int(old["sharps"]) if old else 0, key=f"sharps {key}"
        ),
    }  # fmt: skip


def _there(view: CityView, key: str, old: dict[str, Any] | None, by: str) -> list[str]:
    """Ask who was there: those of the entry before, else the team, else who is at the screen."""
    names = lists.workers(view.folder)
    if not names:
        return []
    team = work_forms.remembered("team")
    members = next(({m.name for m in t.members} for t in view.city.teams if t.name == team), {by})
    usual = [i for i, name in names.items() if name in members]
    before = list(old["staff_ids"]) if old else work_forms.remembered("staff", usual)
    default = [staff_id for staff_id in before if staff_id in names]
    told: Any = {"default": default, "format_func": names.__getitem__, "key": f"staff {key}"}
    if len(names) > MOST_PILLS:
        return list(st.multiselect(_("Who was there"), list(names), **told))
    return list(st.pills(_("Who was there"), list(names), selection_mode="multi", **told))


def _ahead(view: CityView, whom: Whom, key: str, old: dict[str, Any] | None) -> dict[str, Any]:
    """Ask what is settled with this visit and when to come again."""
    if whom.participant_id is None:
        st.caption(_("A follow-up needs somebody enrolled; see the page “Participants”."))
        return {"next": None, "closes": ()}
    if old is not None:
        st.caption(
            _(
                "A follow-up that was planned with it stays; one that it settled is open again if "
                "nobody was met."
            )
        )
        return {"next": None, "closes": ()}
    ahead = st.pills(
        _("Next follow-up"), list(NEXT), format_func=lambda one: _(NEXT[one]), key=f"next {key}"
    )
    today = local_date(wall_clock.now(), view.city.time_zone)
    tasks = lists.open_tasks(view.folder, now=wall_clock.now())
    due = tasks["due_on"] <= today + timedelta(days=3)
    closes = [
        task.task_id
        for task in each(tasks[due & (tasks["participant_id"] == whom.participant_id)])
        if st.checkbox(
            _("If they were met, this settles: {task} due {day}").format(
                task=in_words(task.kind).lower(), day=full_day(task.due_on)
            ),
            value=True,
            key=f"closes {task.task_id} {key}",
        )
    ]
    return {"next": ahead, "closes": tuple(closes)}


def _more(view: CityView, key: str, old: dict[str, Any] | None) -> dict[str, Any]:
    """Ask what is rarely needed: another time, another day, living situation, a note."""
    zone = view.city.time_zone
    today = local_date(wall_clock.now(), zone)
    before = None if old is None else old["happened_at"].tz_convert(zone)
    living = None if old is None else old["living_situation"]
    with st.expander(_("Another time or follow-up day, living situation, a note")):
        said = {
            "day": st.date_input(
                _("Day of the visit"),
                before.date() if before is not None else today,
                max_value=today,
                key=f"day {key}",
            ),
            "time": st.time_input(
                _("Time of the visit (empty: just now)"),
                before.time().replace(second=0, microsecond=0) if before is not None else None,
                step=300,
                format=HOURS,
                key=f"time {key}",
            ),
            "next_day": st.date_input(
                _("Follow-up on another day"), None, min_value=today, key=f"next day {key}"
            ),
            "living": st.selectbox(
                _("Living situation"),
                LIVING_SITUATIONS,
                LIVING_SITUATIONS.index(living) if isinstance(living, str) else None,
                format_func=in_words,
                placeholder=_("Not asked"),
                key=f"living {key}",
            ),
            "note": st.text_area(
                _("Note (may stay empty)"), (old or {}).get("note") or "", max_chars=2000,
                key=f"note {key}",
            ),
        }  # fmt: skip
        st.caption(_(NOTE_WARNING))
    return said


def entry_of(
    view: CityView,
    visit_id: str,
    whom: Whom,
    places: dict[str, tuple[float, float]],
    said: dict[str, Any],
) -> VisitEntry:
    """Return the entry that was filled in."""
    zone, now = view.city.time_zone, wall_clock.now()
    point = places.get(said["place"], (None, None))
    ahead = said["next_day"] or (
        None if said["next"] is None else local_date(now, zone) + timedelta(days=said["next"])
    )
    return VisitEntry(
        visit_id=visit_id,
        happened_at=_happened(said["day"], said["time"], now, zone),
        outcome=said["outcome"],
        participant_id=whom.participant_id,
        subject=whom.subject,
        response_mode=said["response_mode"],
        police_involved=said["police"] == YES,
        services=tuple(said["services"]),
        sharps=int(said["sharps"]),
        minutes=None if said["minutes"] is None else float(said["minutes"]),
        living_situation=said["living"],
        note=said["note"].strip() or None,
        staff_ids=tuple(said["staff_ids"]),
        lon=point[0],
        lat=point[1],
        address=said["place"] if point[0] is not None else None,
        closes=() if OUTCOMES[said["outcome"]] == "contact_attempt" else said["closes"],
        next_due=ahead,
    )


def _happened(day: date, at: time | None, now: datetime, zone: str) -> datetime:
    """Return when it was; without a time: now, or noon of another day."""
    if at is None:
        return now if day == local_date(now, zone) else at_local(day, time(12), zone)
    return at_local(day, at, zone)


def keep(
    view: CityView, whom: Whom, old: dict[str, Any] | None, entry: VisitEntry, by: str
) -> None:
    """Keep an entry once, however often it is sent, and begin anew."""
    now, kept = wall_clock.now(), list[Logged]()

    def send() -> None:
        if old is None:
            kept.append(visit_log.log_visit(view.folder, entry, by=by, now=now))
        else:
            replaced = old["visit_id"]
            kept.append(visit_log.correct_visit(view.folder, replaced, entry, by=by, now=now))

    if not frame.attempt(send):
        return
    begin_anew()
    work_forms.remember("staff", list(entry.staff_ids))
    work_forms.remember("visit", entry.visit_id)
    saving.anew()
    st.session_state["said"] = _told(whom, entry, kept[0])
    st.rerun()


def _told(whom: Whom, entry: VisitEntry, done: Logged) -> str:
    outcome = in_words(entry.outcome).lower()
    saved = _("Saved: {whom}, {outcome}.").format(whom=whom.label, outcome=outcome)
    return work_forms.days_in_words(" ".join([saved, *done.messages]))


if __name__ == "__main__":
    page()
