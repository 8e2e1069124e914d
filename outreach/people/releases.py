"""Which fields of whom an organisation may see, and what they say (duties 33 and 38)."""

from collections.abc import Collection
from datetime import date

import numpy as np
import pandas as pd

from outreach.people.consent import binds_on, local_days, newest, subjects_of
from outreach.work_words import RELEASABLE


def asked(
    rule: str,
    participants: pd.DataFrame,
    consents: pd.DataFrame,
    limits: pd.DataFrame,
    *,
    on: date,
) -> set[str]:
    """Return the participants whom a rule of CONSENT_RULES binds on a day.

    Somebody enrolled twice is one person: what one row says binds both.

    Needs    participants    PARTICIPANTS; person_id is the linked id
             consents        CONSENTS and withdrawn_on (local day, or missing)
             limits          LIMITS; subject is the linked id
    """
    subjects = subjects_of(participants)
    own = consents[consents["rule"] == rule].to_dict("records")
    told = {row["participant_id"] for row in own if binds_on(row, on)}
    kept = limits[limits["rule"] == rule]
    kept = kept[np.array([pd.isna(until) or on <= until for until in kept["until"]], bool)]
    bound = set(subjects[participants["participant_id"].isin(told)]) | set(kept["subject"])
    return set(participants.loc[subjects.isin(bound), "participant_id"])


def current(signed: pd.DataFrame, on: date) -> pd.DataFrame:
    """Return the rows that hold on a day: from when they were signed to when they expire.

    Needs    signed    RELEASES or AGREEMENTS; both days are included
    """
    return signed[(signed["signed_on"] <= on) & (signed["expires_on"] >= on)]


def visible(
    releases: pd.DataFrame,
    agreements: pd.DataFrame,
    opted_out: Collection[str],
    *,
    organisation_id: str,
    on: date,
) -> pd.DataFrame:
    """Return what an organisation may see on a day, a row per participant and field.

    It sees a field only while a release of the participant lists it and an agreement with the
    organisation allows it; of somebody who opted out it sees nothing. Both count from the day
    they were signed to the day they expire, that day included; a release not once it is revoked.

    Needs    releases, agreements     RELEASES, AGREEMENTS
             opted_out                participants, as ``asked`` tells
    Adds     participant_id, field    of RELEASABLE, in its order
    """
    signed = [
        current(frame[frame["organisation_id"] == organisation_id], on)
        for frame in (releases, agreements)
    ]
    released, agreed = signed[0][signed[0]["revoked_at"].isna()], signed[1]
    may_see = {field for text in agreed["may_see"] for field in text.split()}
    found = {
        (row.participant_id, field)
        for row in released.itertuples()
        for field in str(row.fields).split()
        if row.participant_id not in opted_out and field in may_see and field in RELEASABLE
    }
    order = sorted(found, key=lambda pair: (pair[0], RELEASABLE.index(pair[1])))
    return pd.DataFrame(order, columns=["participant_id", "field"], dtype="object")


def disclosed(
    seen: pd.DataFrame,
    participants: pd.DataFrame,
    visits: pd.DataFrame,
    tasks: pd.DataFrame,
    referrals: pd.DataFrame,
    *,
    since: date | None,
    time_zone: str,
) -> pd.DataFrame:
    """Return the visible fields as texts, a row per participant and a column per field.

    Nothing else of a participant is in it; notes never are. What may not be seen is blank, and a
    field that nobody releases has no column. ``since`` cuts services and referrals.

    Needs    seen                   as ``visible``
             participants, visits, tasks    PARTICIPANTS, VISITS, TASKS
             referrals              REFERRALS, and step: the last one
    """
    made = newest(visits)
    made = made.assign(day=local_days(made["happened_at"], time_zone))
    met = made[made["stage"] != "contact_attempt"]
    recent = met if since is None else met[met["day"] >= since]
    opened = referrals.assign(day=local_days(referrals["opened_at"], time_zone))
    opened = opened if since is None else opened[opened["day"] >= since]
    rows = participants.set_index("participant_id")
    last = met.groupby("participant_id")["day"].max()
    situation = met[met["living_situation"].notna()].sort_values("happened_at")
    names = rows["given_name"].fillna("") + " " + rows["family_name"].fillna("")
    values = {
        "name": names.astype("str").str.strip(),
        "birth_date": rows["birth_date"],
        "phone": rows["phone"],
        "status": rows["status"],
        "last_contact": last.astype("str"),
        "next_step": _next_steps(tasks),
        "services": recent.groupby("participant_id")["services"].agg(_words),
        "referrals": _told(opened).groupby(opened["participant_id"]).agg("; ".join),
        "living_situation": situation.groupby("participant_id")["living_situation"].last(),
    }
    texts = [
        values[field].get(who)
        for who, field in zip(seen["participant_id"], seen["field"], strict=True)
    ]
    told = seen.assign(text=["" if pd.isna(text) else str(text) for text in texts])
    wide = told.pivot_table(
        index="participant_id", columns="field", values="text", aggfunc="first", fill_value=""
    )
    columns = [field for field in RELEASABLE if field in wide.columns]
    return wide[columns].rename_axis(columns=None).reset_index()


def _next_steps(tasks: pd.DataFrame) -> pd.Series:
    """Return each participant's next open task in words; never its note."""
    waiting = tasks[(tasks["status"] == "open")].sort_values("due_on")
    first = waiting.drop_duplicates("participant_id").set_index("participant_id")
    texts = first["kind"].str.replace("_", " ") + ", " + first["due_on"].astype("str")
    return texts.rename("next_step")


def _told(referrals: pd.DataFrame) -> pd.Series:
    """Return each referral in words: what for, and how far it came; not to whom."""
    came = referrals["outcome"].fillna(referrals["step"]).fillna("offered")
    return (referrals["service"] + ": " + came).str.replace("_", " ")


def _words(services: pd.Series) -> str:
    """Return what several visits gave, each service once."""
    given = sorted({word for text in services for word in text.split()})
    return ", ".join(word.replace("_", " ") for word in given)
