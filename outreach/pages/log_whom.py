"""Whom an entry of the log is about: a stop of today, somebody enrolled, or a place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from outreach import cells
from outreach.errors import OutreachError
from outreach.maps.elements import each
from outreach.pages import frame, wall_clock, work_cards, work_forms
from outreach.pages.language import _, clock
from outreach.pages.today_cards import limit_words
from outreach.pipeline import contact, lists
from outreach.pipeline.locate import locate
from outreach.pipeline.standing import as_it_may_be_shown
from outreach.pipeline.today_stops import Limit
from outreach.pipeline.view import CityView
from outreach.plan.document import Plan
from outreach.weeks import at_local, local_date

_KEPT, _ASKED = "log whom", "log asked"
OF_NOBODY = ("added", "sharps_pickup", "campaign")  # stops without a person or a listed door


@dataclass(frozen=True)
class Whom:
    """Whom or what an entry is about, and where that is."""

    label: str
    participant_id: str | None = None
    subject: str | None = None
    address: str | None = None
    lon: float | None = None
    lat: float | None = None
    mode: str = "community"
    begins: str = ""  # of a stop, as planned


def keep(whom: Whom | None) -> None:
    """Keep who was chosen instead of whom a link named."""
    st.session_state[_KEPT] = whom
    st.session_state.pop(_ASKED, None)
    st.query_params.pop("participant", None)


def asked_for(folder: Path) -> Whom | None:
    """Return whom the link to this page names, or who was chosen on it."""
    wanted = st.query_params.get("participant")
    if wanted is not None and wanted != st.session_state.get(_ASKED):
        found = lists.people(folder, now=wall_clock.now())
        found = found[found["participant_id"] == wanted]
        named = enrolled(folder, wanted, found["name"].iloc[0]) if len(found) else None
        st.session_state[_KEPT], st.session_state[_ASKED] = named, wanted
        for key in ("log id", "log corrects"):  # of somebody else
            st.session_state.pop(key, None)
    kept: Whom | None = st.session_state.get(_KEPT)
    return kept


def enrolled(folder: Path, participant_id: str, name: str) -> Whom:
    """Return a participant, at the usual place where they were seen last."""
    places = lists.usual_places(folder, participant_id, now=wall_clock.now())
    if places.empty:
        return Whom(name, participant_id)
    last = places.iloc[0]
    address = last["address"] if isinstance(last["address"], str) else _("Their usual place")
    return Whom(name, participant_id, None, address, float(last["lon"]), float(last["lat"]))


def choose(view: CityView, done: pd.DataFrame) -> None:
    """Let the reader choose: today's stops first, then somebody enrolled, then a place.

    Needs    done    visits of today, as pipeline.lists.recent_visits
    """
    people = lists.people(view.folder, now=wall_clock.now())
    if people.empty:
        frame.nothing_yet(
            _("Nobody is enrolled yet, so only places can be logged."),
            _(
                "Enrol somebody on the page “Participants”; people who called come in by: "
                "outreach ingest FILE."
            ),
        )
    todays_stops(view, people, done)
    labels = people["label"].map(work_forms.days_in_words)  # with the birth date
    names = dict(zip(people["participant_id"], labels, strict=True))
    called = dict(zip(people["participant_id"], people["name"], strict=True))
    st.selectbox(
        _("Somebody enrolled"),
        list(names),
        index=None,
        format_func=names.__getitem__,
        placeholder=_("Type a name") if names else _("Nobody is enrolled yet"),
        key="enrolled",
        disabled=not names,
        on_change=_keep_enrolled,
        args=(view.folder, called),
    )
    with st.popover(_("Somebody not enrolled, or a place"), width="stretch"):
        with st.form("place", border=False):
            text = spot_field(view, _("Where it was"))
            if not st.form_submit_button(_("Go on"), type="primary", width="stretch"):
                return
        spot = found_spot(view, text)
        if spot is not None:
            address, lon, lat = spot
            subject = cells.to_text(int(cells.fine_cells([lon], [lat])[0]))
            keep(Whom(address, None, subject, address, lon, lat))
            st.rerun()


def _keep_enrolled(folder: Path, names: Mapping[str, str]) -> None:
    person = st.session_state["enrolled"]
    if person is not None:
        keep(enrolled(folder, person, names[person]))


def spot_field(view: CityView, label: str) -> str | None:
    """Ask for a place: one of the listed ones, or any address or crossing that is typed."""
    known = view.places.loc[view.places["home_visit"], "address"].dropna().unique().tolist()
    chosen: str | None = st.selectbox(
        label,
        known,
        index=None,
        placeholder=_("12 Elm St, or Elm St & Oak Ave"),
        accept_new_options=True,
    )
    return chosen


def found_spot(view: CityView, text: str | None) -> tuple[str, float, float] | None:
    """Return where a place is; None: the page says why not."""
    if not text or not text.strip():
        st.warning(_("Write where it was: a street and number, or a crossing."))
        return None
    listed = view.places[view.places["address"] == text]
    if len(listed):
        return text, float(listed["lon"].iloc[0]), float(listed["lat"].iloc[0])
    try:
        lon, lat = locate(view.folder, text)
    except OutreachError as error:
        st.warning(frame.plain_markdown(str(error)))
        return None
    return text.strip(), lon, lat


def todays_stops(view: CityView, people: pd.DataFrame, done: pd.DataFrame) -> None:
    """Offer the stops of a team's published plan for today."""
    today = local_date(wall_clock.now(), view.city.time_zone)
    plan = published(view.plans, today)
    if plan is None:
        st.caption(_("No published plan has stops for today."))
        return
    found = plan
    plan = frame.read(lambda: _as_it_may_be_shown(view, found))
    stops = plan.stops[plan.stops["day"] == today].merge(plan.candidates, on="candidate_id")
    stops = stops.sort_values("start_at").assign(
        begins=[clock(at, plan.time_zone) for at in stops.sort_values("start_at")["start_at"]]
    )
    team = chosen_team(sorted(set(stops["team"])))
    names = people.dropna(subset=["subject"]).drop_duplicates("subject").set_index("subject")
    seen = set(done["subject"].dropna()) | set(done["participant_id"].dropna())
    todays = [_of_stop(stop, names) for stop in each(stops[stops["team"] == team])]
    left = [whom for whom in todays if not {whom.subject, whom.participant_id} & seen]
    told = _("**Today's stops** ({left} of {stops} not logged yet)")
    st.markdown(told.format(left=len(left), stops=len(todays)))
    with st.container(key="stops", gap="xsmall"):
        for number, whom in enumerate(left):
            where = f", {whom.address}" if whom.address != whom.label else ""
            told = frame.plain_markdown(f"{whom.begins} {whom.label}{where}")
            key = f"stop {number} {whom.subject}"
            st.button(told, key=key, width="stretch", on_click=keep, args=(whom,))


def _as_it_may_be_shown(view: CityView, plan: Plan) -> Plan:
    """Leave out whoever asked not to be visited since; today's entries alone hide nobody."""
    dawn = at_local(local_date(wall_clock.now(), plan.time_zone), time(0), plan.time_zone)
    return as_it_may_be_shown(view.folder, plan, now=dawn)


def published(plans: tuple[Plan, ...], day: date) -> Plan | None:
    """Return the newest published plan that has stops on a day."""
    for plan in plans:
        if plan.status == "published" and (plan.stops["day"] == day).any():
            return plan
    return None


def chosen_team(teams: list[str]) -> str:
    """Let the reader choose a team, and remember it."""
    known = work_forms.remembered("team")
    team = st.pills(
        _("Team"),
        teams,
        default=known if known in teams else teams[0],
        key="log team",
        required=True,
    )
    work_forms.remember("team", team)
    return str(team)


def _of_stop(stop: Any, names: pd.DataFrame) -> Whom:
    where = {"address": stop.label, "lon": stop.lon, "lat": stop.lat, "mode": stop.response_mode}
    where["begins"] = stop.begins
    if stop.subject in names.index:
        row = names.loc[stop.subject]
        return Whom(row["name"], row["participant_id"], stop.subject, **where)
    if stop.kind in OF_NOBODY:  # then the spot tells where somebody was
        spot = cells.to_text(int(cells.fine_cells([stop.lon], [stop.lat])[0]))
        return Whom(stop.label, None, spot, **where)
    return Whom(stop.label, None, stop.subject, **where)


def show_limits(view: CityView, whom: Whom, now: datetime) -> None:
    """Say what binds whoever goes to a participant, before anything is entered."""
    if whom.participant_id is None:
        return
    try:
        allowed = contact.allowed_now(view.folder, whom.participant_id, now=now, mode=whom.mode)
    except OutreachError as error:
        st.error(frame.plain_markdown(str(error)))
        return
    if not allowed.allowed:
        why = frame.plain_markdown(work_forms.days_in_words(allowed.why))
        rest = _("Log only what has happened; plan nothing against it.")
        st.warning(f"**{why}** {rest}")
    told = {
        "no_police": allowed.no_police,
        "from": allowed.visit_from_local,
        "until": allowed.visit_until_local,
        "with": allowed.with_staff,
        "meet": allowed.address,
    }
    bound = [limit_words(Limit(kind, str(value))) for kind, value in told.items() if value]
    if bound:
        st.html(work_cards.limits_html(bound))


def places_of(folder: Path, whom: Whom) -> dict[str, tuple[float, float]]:
    """Return where an entry may have been, by address; the planned place first."""
    found: dict[str, tuple[float, float]] = {}
    if whom.address and whom.lon is not None and whom.lat is not None:
        found[whom.address] = (whom.lon, whom.lat)
    if whom.participant_id is not None:
        for place in each(lists.usual_places(folder, whom.participant_id, now=wall_clock.now())):
            address = place.address if isinstance(place.address, str) else _("Their usual place")
            found.setdefault(address, (float(place.lon), float(place.lat)))
    return found
