"""The teams' work as HTML that reads well on a phone: plain functions, every text is escaped."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from html import escape
from typing import Any

import pandas as pd

from outreach.language.translate import N_
from outreach.language.words import plain
from outreach.maps.elements import each
from outreach.pages.language import _, _n, clock, full_day, in_words, moment, number
from outreach.pages.work_forms import days_in_words, due_words, language

# As config.TrainingParams has them; a city's own stay as they are.
SUBJECTS = {
    "field": N_("Supervised field training"),
    "crisis intervention": N_("Crisis intervention"),
    "mental health first aid": N_("Mental health first aid"),
    "communication skills": N_("Communication skills"),
    "public safety coordination": N_("Public safety coordination"),
}


def badge(text: str, kind: str) -> str:
    """Return a short state: ``good``, ``look`` (at it) or ``quiet``; its words carry it alone."""
    sign = {"good": "✓ ", "look": "! ", "quiet": ""}[kind]
    return f'<span class="state {kind}">{sign}{escape(text)}</span>'


def staff_cards(people: pd.DataFrame, hours: pd.DataFrame) -> str:
    """Return a card for each of the staff: what is complete, and what is missing by subject.

    Needs    people    as pipeline.staff.staff_list
             hours     TRAINING_HOURS of them
    """
    by_staff = dict(iter(hours.groupby("staff_id")))
    cards = [_person(row, by_staff.get(row.staff_id, hours.iloc[:0])) for row in each(people)]
    return f'<div class="people">{"".join(cards)}</div>'


def _person(person: Any, hours: pd.DataFrame) -> str:
    tongues = ", ".join(language(code) for code in person.languages.split())
    facts = [in_words(person.role), tongues] if tongues else [in_words(person.role)]
    parts = [
        f'<p class="where">{escape(person.name)}</p>',
        f'<p class="quiet">{escape(", ".join(facts))}</p>',
        f"<p>{_standing(person)}</p>",
    ]
    if person.role != "officer":
        missing = hours[~hours["complete"]]
        parts += [_bar(row) for row in each(missing)]
        parts.append(_all_hours(hours))
    if person.warning:
        soon = _("Soon: {what}").format(what=days_in_words(person.warning))
        parts.append(f"<p>{badge(soon, 'look')}</p>")
    if person.role == "officer" and not person.participants:
        return f"<section>{''.join(parts)}</section>"
    return f"<section>{''.join(parts)}{_load(person)}</section>"


def _load(person: Any) -> str:
    over = person.participants - person.capacity
    counts = {"participants": person.participants, "capacity": person.capacity}
    if person.over_capacity:
        told = _("Carries {participants} of up to {capacity} participants: {over} too many")
        return f"<p>{badge(told.format(**counts, over=over), 'look')}</p>"
    told = _("Carries {participants} of up to {capacity} participants")
    return f'<p class="quiet">{escape(told.format(**counts))}</p>'


def _standing(person: Any) -> str:
    if not person.active:
        return badge(_("Not working now"), "quiet")
    if person.role == "officer":
        return badge(_("Officer: our hours do not apply"), "quiet")
    if person.trained:
        return badge(_("Trained"), "good")
    return badge(_("In training: goes along as an extra seat"), "look")


def _bar(hours: Any) -> str:
    share = min(hours.hours / hours.needed_h, 1) if hours.needed_h else 1
    told = _("{subject}: {short} h missing ({hours} of {needed} h)").format(
        subject=f"<b>{escape(subject(hours.kind))}</b>",
        short=number(hours.short_h),
        hours=number(hours.hours),
        needed=number(hours.needed_h),
    )
    bar = f'<span class="bar"><span style="width:{share:.1%}"></span></span>'
    return f'<p class="hours">{told}{bar}</p>'


def _all_hours(hours: pd.DataFrame) -> str:
    rows = "".join(f"<li>{escape(_hours_told(row))}</li>" for row in each(hours))
    head = escape(_("All hours by subject"))
    return f'<details class="quiet"><summary>{head}</summary><ul>{rows}</ul></details>'


def _hours_told(hours: Any) -> str:
    told, until = _("{subject}: {hours} of {needed} h"), ""
    if isinstance(hours.expires_on, date):
        told = _("{subject}: {hours} of {needed} h, until {day}")
        until = full_day(hours.expires_on)
    done, needed = number(hours.hours), number(hours.needed_h)
    return told.format(subject=subject(hours.kind), hours=done, needed=needed, day=until)


def subject(kind: str) -> str:
    """Return a kind of training as people read it."""
    return _(SUBJECTS[kind]) if kind in SUBJECTS else plain(kind)


def partner_cards(partners: pd.DataFrame) -> str:
    """Return a card for each organisation: what it may see, and when it was last verified.

    Needs    as pipeline.organisations.organisation_list
    """
    return f'<div class="people">{"".join(map(_partner, each(partners)))}</div>'


def _partner(partner: Any) -> str:
    told = [partner.contact_name, partner.contact_phone]
    contact = ", ".join(text for text in told if isinstance(text, str) and text)
    kind = in_words(partner.kind)
    kind = f"{kind}, {_('warm hand-off')}" if partner.warm_handoff else kind
    return "".join(
        [
            f'<section><p class="where">{escape(partner.name)}</p>',
            f'<p class="quiet">{escape(kind)}</p>',
            f"<p>{escape(contact)}</p>" if contact else "",
            f"<p>{_verified(partner)}</p><p>{_sees(partner)}</p></section>",
        ]
    )


def _verified(partner: Any) -> str:
    told, day = _("Never verified"), ""
    ask = _("Never verified: ask whether it still holds")
    if isinstance(partner.verified_on, date):
        told, day = _("Verified {day}"), full_day(partner.verified_on)
        ask = _("Verified {day}: ask whether it still holds")
    if partner.stale:
        return badge(ask.format(day=day), "look")
    return badge(told.format(day=day), "good")


def _sees(partner: Any) -> str:
    fields = ", ".join(in_words(field).lower() for field in partner.may_see.split())
    if not fields:
        return badge(_("Sees nothing: no agreement is current"), "quiet")
    told = _("May see: {fields}, until {day}")
    return escape(told.format(fields=fields, day=full_day(partner.agreement_until)))


def due_html(row: Mapping[Any, Any], time_zone: str) -> str:
    """Return one follow-up: for whom, what, by when, who carries it; every text is escaped.

    Needs    a row of due_tables.due_items
    """
    return (
        f'<p class="where">{escape(str(row["name"] or _("Somebody")))}</p>'
        f"<p>{_when(row, time_zone)}{_what(row)}</p>"
        f'<p class="quiet">{escape(_facts(row))}</p>'
    )


def _what(row: Mapping[Any, Any]) -> str:
    """Return what is to be done, unless the state says it."""
    alone = row["what"] == "no_contact" and row["state"] != "barred"
    return "" if alone else f" {escape(task_words(row))}"


def task_words(row: Mapping[Any, Any]) -> str:
    """Return what is to be done, without a name."""
    return in_words(str(row["what"]))


def _when(row: Mapping[Any, Any], time_zone: str) -> str:
    days, what = int(row["in_days"]), str(row["what"])
    if row["state"] == "barred":
        return badge(days_in_words(str(row["why"])), "quiet")
    if what == "no_contact":
        days = int(row["days_since_contact"])
        told = _n("{number} day without contact", "{number} days without contact", days)
        return badge(told, "look")
    words = due_words(row["due_on"], row["due_on"] - timedelta(days=days))
    if not pd.isna(row["fixed_at"]):
        told = _("Appointment {when} at {time}, {people} people").format(
            when=words, time=clock(row["fixed_at"], time_zone), people=int(row["people_needed"])
        )
        return badge(told, "look")
    due = _("Due {when}").format(when=words)
    return badge(words if days < 0 else due, "look" if days < 0 else "quiet")


def _facts(row: Mapping[Any, Any]) -> str:
    worker = _("With {worker}").format(worker=row["worker"])
    worker = worker if row["worker"] else _("Nobody carries it")
    place = str(row["address"]) if isinstance(row["address"], str) else ""
    why = str(row["why"]) if row["what"] == "no_contact" and row["state"] != "barred" else ""
    return ". ".join(part for part in (worker, place, why) if part)


def limits_html(bound: Iterable[str]) -> str:
    """Return what binds as framed words; every text is escaped."""
    words = "".join(f'<span class="state limit">{escape(text)}</span>' for text in bound)
    return f'<p class="binds">{words}</p>'


def referral_html(row: Mapping[Any, Any], time_zone: str) -> str:
    """Return one open referral: to whom, for what, how far; every text is escaped.

    Needs    a row of pipeline.lists.open_referrals
    """
    step = str(row["step"]) if isinstance(row["step"], str) else "offered"
    when = "" if pd.isna(row["step_at"]) else f", {moment(row['step_at'], time_zone)}"
    told = [_("For {service}").format(service=in_words(str(row["service"])).lower())]
    told += [_("warm hand-off")] if row["warm_handoff"] else []
    if isinstance(row["barrier"], str):
        barrier = in_words(row["barrier"]).lower()
        told.append(_("in the way: {barrier}").format(barrier=barrier))
    return (
        f'<p class="where">{escape(str(row["name"]))}: {escape(str(row["organisation"]))}</p>'
        f"<p>{badge(f'{in_words(step)}{when}', 'quiet')}</p>"
        f'<p class="quiet">{escape("; ".join(told))}</p>'
    )
