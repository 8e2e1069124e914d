"""All that a participant's profile shows, gathered at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from outreach.config import City, load_city
from outreach.link_schemas import PERSON_LINKS
from outreach.people.consent import binds_on, local_days, newest
from outreach.people.profile import NeedProfile, need_profile, person_calls
from outreach.pipeline.audit_trail import write_looks
from outreach.pipeline.contact import Allowed, allowed_now
from outreach.pipeline.entries import moment, the_row
from outreach.pipeline.identities import pseudonyms_of
from outreach.pipeline.participants import full_names
from outreach.pipeline.view import known_calls
from outreach.roles import needs
from outreach.store import calls
from outreach.store.work import Rows, open_work
from outreach.weeks import local_date
from outreach.work_schemas import (
    ALIASES,
    BARRIER_ROWS,
    CONSENTS,
    ORGANISATIONS,
    PARTICIPANTS,
    REFERRALS,
    RELEASES,
    STAFF,
    STEPS,
    TASKS,
    USUAL_PLACES,
    VISIT_STAFF,
    VISITS,
    WISHES,
)
from outreach.work_words import REFERRAL_STEPS


@dataclass(frozen=True, eq=False)
class Profile:
    """What is known of one participant."""

    participant: Mapping[str, Any]  # a row of PARTICIPANTS, and name, worker
    aliases: pd.DataFrame  # ALIASES
    household: pd.DataFrame  # participant_id, name of the others in it
    usual_places: pd.DataFrame  # USUAL_PLACES, current ones first, and days_ago, old
    consents: pd.DataFrame  # CONSENTS and binding (today)
    wishes: Mapping[str, Any] | None  # a row of WISHES and address, worker, organisation
    barriers: pd.DataFrame  # BARRIER_ROWS
    releases: pd.DataFrame  # RELEASES and organisation, current
    referrals: pd.DataFrame  # REFERRALS and organisation, step (the furthest)
    tasks: pd.DataFrame  # TASKS, open ones first
    visits: pd.DataFrame  # VISITS in their newest version, newest first, and who
    timeline: pd.DataFrame  # at, kind (call, visit, referral, task), what; newest first
    links: pd.DataFrame  # PERSON_LINKS of the person they are in the calls
    needs: NeedProfile | None  # None: not known in the calls
    today: Allowed  # whether they may be visited today


@dataclass(frozen=True)
class _Names:
    """What ids of the work database stand for, in words."""

    workers: Mapping[str, str]
    organisations: Mapping[str, str]


@needs("participants")
def open_profile(folder: Path, participant_id: str, *, by: str, now: datetime) -> Profile:
    """Return what is known of a participant, and write down who looked (safeguard 8).

    Raises   WorkError   there is nobody of that id, or nobody is named who looks
    """
    at = moment(folder, by, now)
    city, today = load_city(folder), at.today
    with open_work(folder).writing() as rows:
        row = the_row(rows, PARTICIPANTS, participant_id)
        rows.audit(at=now, who=at.by, did="saw", what="profile", participant_id=participant_id)
        names = _Names(_named(rows, STAFF), _named(rows, ORGANISATIONS))
        own = {t.name: rows.fetch(t, participant_id=participant_id) for t in _OWN}
        made = newest(rows.fetch(VISITS))  # of all: a correction may tell of somebody else
        links = rows.fetch(PERSON_LINKS)
        household = _household(rows, row)
        shown = household["participant_id"]
        write_looks(rows, shown, "household of a profile", by=at.by, now=now)
        visits = _visits(rows, made[made["participant_id"] == participant_id], names)
        referrals = _referrals(rows, own["referrals"], names)
    group = [] if pd.isna(row["person_id"]) else pseudonyms_of(row["person_id"], links)
    told, needs = _calls(folder, city, group, now)
    name = full_names(pd.DataFrame([row])).iloc[0]
    tasks = own["tasks"].assign(_open=own["tasks"]["status"] == "open")
    tasks = tasks.sort_values(["_open", "due_on"], ascending=[False, True], ignore_index=True)
    return Profile(
        participant=_plain(row) | {"name": name, "worker": names.workers.get(row["staff_id"])},
        aliases=own["aliases"],
        household=household,
        usual_places=_places(own["usual_places"], today, city.contact.place_ages_days),
        consents=_consents(own["consents"], today, city.time_zone),
        wishes=_wishes(own, names),
        barriers=own["barriers"],
        releases=_releases(own["releases"], names, today),
        referrals=referrals,
        tasks=tasks.drop(columns="_open"),
        visits=visits,
        timeline=_timeline(told, visits, referrals, tasks),
        links=links[links["person_id"].isin(group)].reset_index(drop=True),
        needs=needs,
        today=allowed_now(folder, participant_id, now=now),
    )


_OWN = (
    ALIASES, USUAL_PLACES, CONSENTS, WISHES, BARRIER_ROWS, RELEASES, REFERRALS, TASKS,
)  # fmt: skip


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): None if pd.isna(value) else value for name, value in row.items()}


def _named(rows: Rows, table: Any) -> dict[str, str]:
    frame = rows.fetch(table)
    return dict(zip(frame[table.key[0]], frame["name"], strict=True))


def _household(rows: Rows, row: Mapping[str, Any]) -> pd.DataFrame:
    key = row["household_id"]
    everybody = rows.fetch(PARTICIPANTS, household_id="" if pd.isna(key) else key)
    others = everybody[everybody["participant_id"] != row["participant_id"]]
    return pd.DataFrame(
        {"participant_id": others["participant_id"], "name": full_names(others)}
    ).reset_index(drop=True)


def _visits(rows: Rows, visits: pd.DataFrame, names: _Names) -> pd.DataFrame:
    """Return visits, newest first, and who went."""
    made = visits.sort_values("happened_at", ascending=False, ignore_index=True)
    there = rows.fetch(VISIT_STAFF)
    there = there[there["visit_id"].isin(made["visit_id"])]
    people = there.assign(who=there["staff_id"].map(names.workers)).groupby("visit_id")["who"]
    who = people.agg(", ".join).to_dict()
    return made.assign(who=[who.get(one, "") for one in made["visit_id"]])


def _referrals(rows: Rows, referrals: pd.DataFrame, names: _Names) -> pd.DataFrame:
    steps = rows.fetch(STEPS)
    steps = steps[steps["referral_id"].isin(referrals["referral_id"])]
    far = steps.assign(far=steps["step"].map(REFERRAL_STEPS.index)).sort_values("far")
    furthest = far.drop_duplicates("referral_id", keep="last").set_index("referral_id")["step"]
    return referrals.assign(
        organisation=referrals["organisation_id"].map(names.organisations),
        step=referrals["referral_id"].map(furthest),
    ).sort_values("opened_at", ascending=False, ignore_index=True)


def _places(places: pd.DataFrame, today: date, ages_days: int) -> pd.DataFrame:
    """Return usual places, current ones first, those seen last before others."""
    days_ago = pd.Series(
        [(today - seen).days for seen in places["last_seen_on"]], index=places.index, dtype="int64"
    )
    told = places.assign(days_ago=days_ago, old=days_ago >= ages_days)
    told = told.assign(_over=told["ended_on"].notna())
    return told.sort_values(["_over", "days_ago"], ignore_index=True).drop(columns="_over")


def _consents(consents: pd.DataFrame, today: date, time_zone: str) -> pd.DataFrame:
    told = consents.assign(withdrawn_on=local_days(consents["withdrawn_at"], time_zone))
    binding = [binds_on(row, today) for row in told.to_dict("records")]
    return consents.assign(binding=pd.Series(binding, index=consents.index, dtype=bool))


def _wishes(own: Mapping[str, pd.DataFrame], names: _Names) -> dict[str, Any] | None:
    rows = own["wishes"].to_dict("records")
    if not rows:
        return None
    wish = _plain(rows[0])
    places = own["usual_places"].set_index("usual_place_id")["address"]
    return wish | {
        "address": places.get(wish["usual_place_id"]),
        "worker": names.workers.get(wish["staff_id"]),
        "organisation": names.organisations.get(wish["organisation_id"]),
    }


def _releases(releases: pd.DataFrame, names: _Names, today: date) -> pd.DataFrame:
    """Return releases and whether each holds today, its last day included."""
    days = zip(releases["signed_on"], releases["expires_on"], strict=True)
    holds = [begin <= today <= end for begin, end in days]
    current = pd.Series(holds, index=releases.index, dtype=bool) & releases["revoked_at"].isna()
    organisation = releases["organisation_id"].map(names.organisations)
    return releases.assign(organisation=organisation, current=current)


def _calls(
    folder: Path, city: City, group: list[str], now: datetime
) -> tuple[pd.DataFrame | None, NeedProfile | None]:
    """Return the calls for help of a person under all their pseudonyms, and what they come to."""
    if not group:
        return None, None
    asked = calls.demand(known_calls(folder, city, now))
    told = person_calls(asked, group)
    begins = calls.fetch(asked.agg(first=asked.received_at.min()))["first"].iloc[0]
    profile = need_profile(
        told,
        today=local_date(now, city.time_zone),
        record_begins=None if pd.isna(begins) else begins,
        time_zone=city.time_zone,
    )
    return told, profile


def _timeline(
    told: pd.DataFrame | None, visits: pd.DataFrame, referrals: pd.DataFrame, tasks: pd.DataFrame
) -> pd.DataFrame:
    """Return what happened, newest first: calls for help, visits, referrals and tasks."""
    entries: list[tuple[Any, str, str]] = []
    for row in [] if told is None else told.to_dict("records"):
        where = f" at {row['address']}" if isinstance(row["address"], str) else ""
        entries.append((row["received_at"], "call", f"{_words(row['need'])}{where}"))
    for row in visits.to_dict("records"):
        parts = [row["outcome"], *row["services"].split()]
        what = ", ".join([*map(_words, parts), *([f"by {row['who']}"] if row["who"] else [])])
        entries.append((row["happened_at"], "visit", what))
    for row in referrals.to_dict("records"):
        what = f"{_words(row['service'])} with {row['organisation']}"
        entries.append((row["opened_at"], "referral", f"{what}: opened"))
        if isinstance(row["outcome"], str):
            entries.append((row["closed_at"], "referral", f"{what}: {_words(row['outcome'])}"))
    for row in tasks.to_dict("records"):
        state = f"open, due {row['due_on']}" if row["status"] == "open" else row["status"]
        at = row["created_at"] if row["status"] == "open" else row["closed_at"]
        entries.append((at, "task", f"{_words(row['kind'])}: {state}"))
    frame = pd.DataFrame(entries, columns=["at", "kind", "what"])
    frame["at"] = pd.to_datetime(frame["at"], utc=True)
    return frame.sort_values("at", ascending=False, kind="stable", ignore_index=True)


def _words(code: str) -> str:
    return code.replace("_", " ")
