"""What a participant wants and allows, and where they are found: shown, added, taken back."""

from collections.abc import Mapping
from datetime import date, time, timedelta
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from outreach.maps.elements import each
from outreach.maps.participant import seen_ago
from outreach.pages import confirm, frame, wall_clock
from outreach.pages import language as reader
from outreach.pages.language import HOURS, _, _n, full_day, in_words
from outreach.pages.participant_tables import known, place_name, weekday
from outreach.pages.saving import keep, organisation_names, saves, worker_names
from outreach.pages.work_forms import language
from outreach.pipeline import wishes
from outreach.pipeline.locate import locate
from outreach.pipeline.profiles import Profile
from outreach.pipeline.referrals import referral_choices
from outreach.pipeline.view import CityView
from outreach.weeks import DAY_NAMES, local_date
from outreach.work_words import CONSENT_RULES, LANGUAGES, RELEASABLE

SIGNED_FOR = timedelta(days=365)  # a release's usual term; it can be changed
FROM_CALLS = 5  # places of calls that are offered as usual places


def entry(told: str, button: str, key: str, *, sure: str = "") -> bool:
    """Show a line with one button and return whether it was pressed; twice where ``sure`` asks."""
    with st.container(key=f"entry-{key}", horizontal=True, vertical_alignment="center"):
        st.markdown(frame.plain_markdown(told), width="stretch")
        if sure:
            return confirm.sure(button, sure, key=f"{key} {saves()}")
        return st.button(button, key=f"{key} {saves()}")


def wishes_and_limits(view: CityView, profile: Profile, by: str) -> None:
    """Show and change what a participant does not want, and what they want."""
    left, right = st.columns(2, gap="large")
    with left:
        limits(view, profile, by)
    with right:
        wish_form(view, profile, by)


def limits(view: CityView, profile: Profile, by: str) -> None:
    """Show which rules hold, take one back, or add one."""
    st.markdown(f"##### {_('Limits')}")
    st.caption(_("A limit binds from the day it is saved: no plan can go against it."))
    now = wall_clock.now()
    today = local_date(now, view.city.time_zone)
    open_ = profile.consents[profile.consents["withdrawn_at"].isna()]
    open_ = open_[[not known(day) or day >= today for day in open_["until"]]]
    for row in each(open_):
        sure = _("From now on plans may go against it again. The row stays in the record.")
        if entry(_limit_words(row), _("Taken back"), str(row.consent_id), sure=sure):
            action = partial(wishes.withdraw_consent, view.folder, row.consent_id, by=by, now=now)
            keep(action, _("Taken back: {rule}.").format(rule=in_words(row.rule)), by)
    if not len(open_):
        st.markdown(_("None."))
    with st.form(f"limit {saves()}"):
        rule = st.radio(_("Add a limit"), CONSENT_RULES, index=None, format_func=in_words)
        until = st.date_input(_("Until (empty: for good)"), value=None, min_value=today)
        if not st.form_submit_button(_("Save the limit")):
            return
    if rule is None:
        st.warning(_("Choose a limit first."))
        return
    added = partial(
        wishes.add_consent, view.folder, profile.participant["participant_id"], rule,
        until=until, by=by, now=now,
    )  # fmt: skip
    keep(added, _("Saved: {what}.").format(what=in_words(rule)), by)


def _limit_words(limit: Any) -> str:
    rule, since, who = in_words(limit.rule), full_day(limit.since), limit.recorded_by
    if not known(limit.until):
        told = _("{rule} since {since}, recorded by {who}")
        return told.format(rule=rule, since=since, who=who)
    told = _("{rule} since {since} until {until}, recorded by {who}")
    return told.format(rule=rule, since=since, until=full_day(limit.until), who=who)


def wish_form(view: CityView, profile: Profile, by: str) -> None:
    """Show and change when, where, with whom and how a participant wants contact."""
    st.markdown(f"##### {_('Wishes')}")
    st.caption(_("All of them bind; an empty field means that it does not matter."))
    wish = profile.wishes or {}
    places = profile.usual_places[profile.usual_places["ended_on"].isna()]
    spots = {r.usual_place_id: place_name(r.address) for r in each(places)}
    workers = worker_names(view.folder)
    partners = _offered(view, profile)
    with st.form(f"wishes {saves()}"):
        way = st.radio(
            _("How"), ("visit", "phone"), index=int(wish.get("way") == "phone"), horizontal=True,
            format_func={"visit": _("Visit or phone"), "phone": _("Phone only")}.__getitem__,
        )  # fmt: skip
        early, late = _clock(wish.get("visit_from_local")), _clock(wish.get("visit_until_local"))
        begin = st.time_input(_("Not before"), value=early, step=1800, format=HOURS)
        end = st.time_input(_("Not after"), value=late, step=1800, format=HOURS)
        days = st.pills(
            _("Only on"), DAY_NAMES, default=str(wish.get("days") or "").split(),
            selection_mode="multi", format_func=weekday,
        )  # fmt: skip
        place = choice(_("Meet at"), spots, wish.get("usual_place_id"), _("Anywhere"))
        worker = choice(_("With"), workers, wish.get("staff_id"), _("Anybody of the team"))
        tongues = {code: language(code) for code in LANGUAGES}
        tongue = choice(_("In this language"), tongues, wish.get("language"), _("Any"))
        often = st.pills(
            _("Visits a week"), wishes.VISITS_A_WEEK, default=_number(wish.get("visits_a_week")),
            format_func={1: _("Once"), 2: _("Twice")}.__getitem__,
        )  # fmt: skip
        partner = choice(
            _("Referrals to this one first"), partners, wish.get("organisation_id"), _("Any")
        )
        if not st.form_submit_button(_("Save the wishes")):
            return
    made = wishes.Wish(
        visit_from_local=f"{begin:%H:%M}" if begin else None,
        visit_until_local=f"{end:%H:%M}" if end else None,
        days=tuple(days),
        usual_place_id=place,
        staff_id=worker,
        way=way,
        organisation_id=partner,
        language=tongue,
        visits_a_week=often,
    )
    action = partial(
        wishes.set_wishes, view.folder, profile.participant["participant_id"], made,
        by=by, now=wall_clock.now(), version=profile.participant["version"],
    )  # fmt: skip
    keep(action, _("Saved: what they want."), by)


def _offered(view: CityView, profile: Profile) -> Mapping[str, str]:
    """Return the names of organisations to refer to, and the one preferred whatever it is."""
    found = frame.read(lambda: referral_choices(view.folder, profile.participant["participant_id"]))
    wish = profile.wishes or {}
    kept = {wish["organisation_id"]: wish["organisation"]} if wish.get("organisation_id") else {}
    return kept | dict(zip(found["organisation_id"], found["name"], strict=True))


def _number(value: Any) -> int | None:
    return int(value) if known(value) else None


def _clock(text: Any) -> time | None:
    return time.fromisoformat(text) if known(text) else None


def choice(
    label: str, names: Mapping[str, str], chosen: Any, nothing: str, *, key: str | None = None
) -> str | None:
    """Ask for one of some ids by their names; None where it does not matter."""
    ids = list(names)
    return st.selectbox(
        label,
        ids,
        index=ids.index(chosen) if chosen in names else None,
        format_func=names.__getitem__,
        placeholder=nothing,
        key=key,
    )


def sharing(view: CityView, profile: Profile, by: str) -> None:
    """Show, add and end releases of information."""
    st.markdown(f"##### {_('What may be shared')}")
    st.caption(
        _(
            "Nothing is shared without a release, nor without a current agreement. Notes are never "
            "shared."
        )
    )
    now = wall_clock.now()
    open_ = profile.releases[profile.releases["revoked_at"].isna()]
    for row in each(open_):
        sure = _("They see nothing more from now on. To share again takes a new signature.")
        if entry(_release_words(row), _("End it"), str(row.release_id), sure=sure):
            action = partial(wishes.revoke_release, view.folder, row.release_id, by=by, now=now)
            keep(action, _("Ended: the release for {name}.").format(name=row.organisation), by)
    if not len(open_):
        st.markdown(_("Nothing."))
    partners = organisation_names(view.folder)
    if not partners:
        frame.nothing_yet(
            _("No organisation is recorded, so nothing can be released."),
            _("Add one on the page “Staff”."),
        )
        return
    release_form(view, profile, by, partners)


def _release_words(release: Any) -> str:
    told = (
        _("{name}: {fields}; signed {signed}, until {until}")
        if release.current
        else _("{name}: {fields}; signed {signed}, not in force; until {until}")
    )
    return told.format(
        name=release.organisation,
        fields=", ".join(in_words(field).lower() for field in str(release.fields).split()),
        signed=full_day(release.signed_on),
        until=full_day(release.expires_on),
    )


def release_form(view: CityView, profile: Profile, by: str, partners: Mapping[str, str]) -> None:
    """Ask what may be shared with whom until when."""
    now = wall_clock.now()
    today = local_date(now, view.city.time_zone)
    with st.form(f"release {saves()}", width=640):
        partner = choice(_("Organisation"), partners, None, _("Choose"))
        fields = st.pills(
            _("What it may see"), RELEASABLE, selection_mode="multi", format_func=in_words
        )
        signed = st.date_input(_("Signed on"), value=today, max_value=today)
        ends = st.date_input(_("Until"), value=today + SIGNED_FOR, min_value=today)
        if not st.form_submit_button(_("Save the release")):
            return
    if partner is None or not fields:
        st.warning(_("Choose an organisation and what it may see."))
        return
    action = partial(
        wishes.add_release, view.folder, profile.participant["participant_id"], partner, fields,
        signed_on=signed, expires_on=ends, by=by, now=now,
    )  # fmt: skip
    told = _("Saved: a release for {name} until {day}.")
    keep(action, told.format(name=partners[partner], day=full_day(ends)), by)


def usual_places(view: CityView, profile: Profile, by: str) -> None:
    """Show, add and end usual places, and note that somebody was seen."""
    st.markdown(f"##### {_('Usual places')}")
    now = wall_clock.now()
    today = local_date(now, view.city.time_zone)
    current = profile.usual_places[profile.usual_places["ended_on"].isna()]
    for row in each(current):
        place_entry(view, row, by, today)
    if not len(current):
        st.markdown(_("None is known."))
    offered = _of_calls(profile, current)
    if len(offered):
        st.markdown(_("Calls for help came from:"))
    for row in each(offered):
        told = _("{address}: {calls}, the last on {day}").format(
            address=row.address,
            calls=_n("{number} call", "{number} calls", int(row.calls)),
            day=full_day(row.last_on),
        )
        if entry(told, _("Add it"), f"from-{row.place_id}"):
            add_place(view, profile, by, (row.lon, row.lat), str(row.address), row.last_on)
    with st.form(f"place {saves()}", width=640):
        address = st.text_input(
            _("Add an address or a crossing"), placeholder=_("12 Elm St, or Elm & Oak")
        )
        seen = st.date_input(_("Last seen there"), value=today, max_value=today)
        if not st.form_submit_button(_("Save the place")):
            return
    point: list[tuple[float, float]] = []
    if frame.attempt(lambda: point.append(locate(view.folder, address))):
        add_place(view, profile, by, point[0], address.strip(), seen)


def _of_calls(profile: Profile, current: pd.DataFrame) -> pd.DataFrame:
    """Return the places of calls that are no usual places yet, each address once."""
    if profile.needs is None:
        return pd.DataFrame()
    found = profile.needs.places.dropna(subset=["lon", "lat", "address"])
    spelt = found["address"].str.casefold()
    known_ = set(current["address"].dropna().str.casefold())
    return found[~spelt.duplicated() & ~spelt.isin(known_)].head(FROM_CALLS)


def place_entry(view: CityView, row: Any, by: str, today: date) -> None:
    """Show one usual place with what can be said of it."""
    where = place_name(row.address)
    key, now = str(row.usual_place_id), wall_clock.now()
    with st.container(key=f"entry-{key}", horizontal=True, vertical_alignment="center"):
        told = f"{where}: {seen_ago(row.last_seen_on, today, reader.language())}"
        st.markdown(frame.plain_markdown(told), width="stretch")
        seen = st.button(_("Seen today"), key=f"seen {key} {saves()}")
        ended = confirm.sure(
            _("Not there any more"),
            _("No visit is planned here any more. What happened here stays in the record."),
            key=f"end {key} {saves()}",
        )
    if seen:
        action = partial(wishes.seen_at, view.folder, key, by=by, now=now)
        keep(action, _("Seen today: {where}.").format(where=where), by)
    if ended:
        action = partial(wishes.end_usual_place, view.folder, key, by=by, now=now)
        keep(action, _("Not a usual place any more: {where}.").format(where=where), by)


def add_place(
    view: CityView,
    profile: Profile,
    by: str,
    point: tuple[float, float],
    address: str,
    seen_on: date,
) -> None:
    """Save a usual place."""
    action = partial(
        wishes.add_usual_place, view.folder, profile.participant["participant_id"], *point,
        address=address, seen_on=seen_on, by=by, now=wall_clock.now(),
    )  # fmt: skip
    keep(action, _("Saved: usually found at {address}.").format(address=address), by)
