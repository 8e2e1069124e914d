"""Log a stop of today in two taps: what came of it is kept at once, and can be changed after."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

import streamlit as st

from outreach.pages import frame, log_whom, wall_clock, work_forms
from outreach.pages.contents import PAGES
from outreach.pages.language import _, in_words
from outreach.pages.log_whom import Whom
from outreach.pages.today_cards import WALKS, title
from outreach.pipeline import log
from outreach.pipeline.log import Logged, PickupEntry, VisitEntry
from outreach.pipeline.today import TodayShift
from outreach.pipeline.today_stops import TodayStop
from outreach.pipeline.view import CityView
from outreach.weeks import local_date
from outreach.work_words import OUTCOMES

QUICK = (
    "not_found", "left_information", "checked", "engaged", "declined", "accompanied", "notified",
    "asked_no_visits",
)  # fmt: skip
OF_AREAS = ("left_information", "checked", "engaged", "not_found")  # where nobody is looked for
FIRST = {"notification": "notified", "accompany": "accompanied"}
OPEN, SURE, SAID = "today open", "today sure", "today said"


def outcomes_for(stop: TodayStop) -> Sequence[str]:
    """Return what can come of a stop in one tap, the likeliest first."""
    if stop.participant_id is None and stop.kind in (*WALKS, "campaign"):
        return OF_AREAS
    first = FIRST.get(stop.kind)
    return sorted(QUICK, key=lambda outcome: outcome != first)


def entry_for(
    shift: TodayShift, stop: TodayStop, outcome: str, visit_id: str, now: datetime, today: bool
) -> VisitEntry:
    """Return the entry that one tap makes: as planned, with the whole team, now.

    A stop of a day past gets its planned time. Its own task is settled if somebody was met.
    """
    met = OUTCOMES[outcome] != "contact_attempt" or stop.kind == "campaign"
    return VisitEntry(
        visit_id=visit_id,
        happened_at=now if today else stop.start_at.to_pydatetime(),  # type: ignore[attr-defined]
        outcome=outcome,
        participant_id=stop.participant_id,
        subject=stop.subject,
        response_mode=stop.mode,
        police_involved=stop.mode == "co_response",
        staff_ids=shift.staff_ids,
        lon=stop.lon,
        lat=stop.lat,
        address=stop.place,
        closes=(stop.task_id,) if stop.task_id and met else (),
    )


def show(view: CityView, shift: TodayShift, stop: TodayStop, by: str) -> None:
    """Offer to log a stop, or to change what was logged."""
    key = stop.candidate_id
    if st.session_state.get(OPEN) == key:
        _ask(view, shift, stop, by)
    elif stop.done is None:
        st.button(
            _("Log this visit"), key=f"log {key}", type="primary", width="stretch",
            icon=":material/edit:", on_click=_open, args=(key,),
        )  # fmt: skip
    elif stop.done.visit_id is not None:
        st.button(
            _("Change what was logged"), key=f"change {key}", width="stretch",
            icon=":material/undo:", on_click=_open, args=(key,),
        )  # fmt: skip


def _open(key: str | None) -> None:
    st.session_state[OPEN] = key
    st.session_state.pop(SURE, None)
    st.session_state.pop(SAID, None)


def _ask(view: CityView, shift: TodayShift, stop: TodayStop, by: str) -> None:
    key = stop.candidate_id
    old = stop.done.visit_id if stop.done else None
    if stop.kind == "sharps_pickup":
        _needles(view, stop, by)
    elif st.session_state.get(SURE) == key:
        _sure(view, shift, stop, by)
    else:
        st.markdown(f"**{_('What was it instead?') if old else _('What came of it?')}**")
        with st.container(key=f"outcomes-{stop.order}", gap="small"):
            for outcome in outcomes_for(stop):
                chosen = st.button(in_words(outcome), key=f"{outcome} {key}", width="stretch")
                if chosen and outcome == "asked_no_visits":
                    st.session_state[SURE] = key
                    st.rerun()
                if chosen:
                    _keep(view, shift, stop, outcome, by)
        if st.button(_("Write more: help given, a note"), key=f"more {key}", width="stretch"):
            _write_more(stop)
    st.button(_("Back"), key=f"back {key}", width="stretch", on_click=_open, args=(None,))


def _sure(view: CityView, shift: TodayShift, stop: TodayStop, by: str) -> None:
    """Ask once more before a wish binds the planner."""
    st.warning(
        _("No visit is planned for them from then on, until they take that back on their profile.")
    )
    words = _("Yes, they asked for no more visits")
    if st.button(words, key=f"sure {stop.candidate_id}", type="primary", width="stretch"):
        _keep(view, shift, stop, "asked_no_visits", by)


def _needles(view: CityView, stop: TodayStop, by: str) -> None:
    key = stop.candidate_id
    count = st.number_input(_("Needles picked up"), 0, 10_000, 1, key=f"needles {key}")
    if not st.button(_("Save"), key=f"save {key}", type="primary", width="stretch"):
        return
    now = wall_clock.now()
    entry = PickupEntry(
        _id_for(key), now, int(count), lon=stop.lon, lat=stop.lat, address=stop.place,
        closes=stop.task_id,
    )  # fmt: skip
    if not work_forms.named(by):
        return
    if frame.attempt(lambda: log.add_pickup(view.folder, entry, by=by, now=now)):
        said = _("Saved: {needles} needles at {place}.").format(
            needles=int(count), place=stop.place
        )
        _say(said, None)


def _id_for(key: str) -> str:
    """Return the id of the entry that a stop gets here: made once, so two taps keep one."""
    ids: dict[str, str] = st.session_state.setdefault("today ids", {})
    return ids.setdefault(key, uuid4().hex)


def _keep(view: CityView, shift: TodayShift, stop: TodayStop, outcome: str, by: str) -> None:
    """Keep an entry, or a corrected one in the place of that before."""
    if not work_forms.named(by):
        return
    now = wall_clock.now()
    old = stop.done.visit_id if stop.done else None
    visit_id = _id_for(stop.candidate_id if old is None else f"{stop.candidate_id} for {old}")
    same_day = shift.day == local_date(now, view.city.time_zone)
    entry = entry_for(shift, stop, outcome, visit_id, now, same_day)
    done: list[Logged] = []

    def send() -> None:
        if old is None:
            done.append(log.log_visit(view.folder, entry, by=by, now=now))
        else:
            done.append(log.correct_visit(view.folder, old, entry, by=by, now=now))

    if frame.attempt(send):
        said = _("Saved for {whom}: {outcome}.").format(whom=title(stop), outcome=in_words(outcome))
        more = work_forms.days_in_words(" ".join(done[0].messages))
        _say(f"{said} {more}".strip(), stop.candidate_id)


def _say(text: str, undo: str | None) -> None:
    st.session_state[OPEN] = None
    st.session_state.pop(SURE, None)
    st.session_state[SAID] = (text, undo)
    st.session_state["today kept"] = None  # read anew
    st.toast(frame.plain_markdown(text))
    st.rerun()


def say(shift: TodayShift) -> None:
    """Say what was saved last, and offer to take it back."""
    told = st.session_state.get(SAID)
    if told is None:
        return
    text, key = told
    with st.container(key="just-saved", gap="small"):
        st.success(frame.plain_markdown(text), icon=":material/check:")
        if any(stop.candidate_id == key and stop.done for stop in shift.stops):
            st.button(
                _("Undo: it was something else"), key="undo", icon=":material/undo:",
                width="stretch", on_click=_undo, args=(key,),
            )  # fmt: skip


def _undo(key: str) -> None:
    _open(key)
    st.session_state["today undo"] = key


def _write_more(stop: TodayStop) -> None:
    """Go on in the whole form: a new entry, or a correction of the one that is there."""
    whom = Whom(
        title(stop), stop.participant_id, stop.subject, stop.place, stop.lon, stop.lat, stop.mode
    )
    log_whom.keep(whom)
    for key in ("log id", "log corrects"):
        st.session_state.pop(key, None)
    st.session_state.pop("log kind", None)
    if stop.done is not None and stop.done.visit_id is not None:
        st.session_state["log corrects"] = stop.done.visit_id
        st.session_state["log id"] = uuid4().hex
    st.session_state[OPEN] = None
    st.switch_page(frame._page(PAGES["log"].name))
