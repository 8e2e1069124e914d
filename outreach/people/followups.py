"""What is due: tasks, and people nobody has met for long (duties 8 and 34)."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

from outreach.config import ContactParams
from outreach.people.consent import newest
from outreach.weeks import local_date

DUE_COLUMNS = (
    "state",
    "what",
    "task_id",
    "participant_id",
    "staff_id",
    "due_on",
    "days_overdue",
    "fixed_at",
    "address",
    "last_contact_on",
    "days_since_contact",
    "attempts_since",
    "why",
)
STATES = ("overdue", "due", "barred")


def current_visits(visits: pd.DataFrame) -> pd.DataFrame:
    """Return each visit once, as its newest correction tells it.

    Needs    visits    VISITS
    """
    return newest(visits).reset_index(drop=True)


def last_contacts(
    participants: pd.DataFrame, visits: pd.DataFrame, *, today: date, time_zone: str
) -> pd.DataFrame:
    """Tell when each participant was last met, and how often it was tried since.

    Needs    participants          PARTICIPANTS
             visits                VISITS; corrected ones are passed over
    Adds     last_contact_on       missing where there was none: attempts are no contact
             days_since_contact    since then, or since enrolment
             attempts_since        visits since then at which nobody was met
             indexed by participant_id
    """
    made = current_visits(visits)
    met = made[made["stage"] != "contact_attempt"]
    last_at = met.groupby("participant_id")["happened_at"].max().to_dict()
    attempts = made[made["stage"] == "contact_attempt"]
    tried = Counter(
        who
        for who, at in zip(attempts["participant_id"], attempts["happened_at"], strict=True)
        if who not in last_at or at > last_at[who]
    )
    ids = pd.Index(participants["participant_id"], name="participant_id")
    last_on = [local_date(last_at[who], time_zone) if who in last_at else None for who in ids]
    begun = [last or day for last, day in zip(last_on, participants["enrolled_on"], strict=True)]
    return pd.DataFrame(
        {
            "last_contact_on": pd.Series(last_on, ids, "object"),
            "days_since_contact": pd.Series([(today - day).days for day in begun], ids, "int64"),
            "attempts_since": pd.Series([tried[who] for who in ids], ids, "int64"),
        },
        index=ids,
    )


def due(
    tasks: pd.DataFrame,
    participants: pd.DataFrame,
    visits: pd.DataFrame,
    barred: pd.DataFrame | None = None,
    *,
    today: date,
    params: ContactParams,
    time_zone: str,
) -> pd.DataFrame:
    """List open tasks due by today, and active participants without contact for long.

    Overdue ones come first, the oldest on top; people whom a rule bars come last, with the rule.

    Needs    tasks                 TASKS
             participants          PARTICIPANTS
             visits                VISITS; corrected ones are passed over
             barred                participant_id, why, why_no_call: what bars each from a visit
                                   today and from a call by phone, "" where nothing does
    Adds     state                 overdue, due (today) or barred
             what                  kind of the task, or "no_contact"
             task_id               missing for no_contact
             participant_id, staff_id, due_on, fixed_at, address
             days_overdue          0: today
             last_contact_on, days_since_contact, attempts_since    as last_contacts
             why                   one sentence
    """
    contacts = last_contacts(participants, visits, today=today, time_zone=time_zone)
    waiting = tasks[(tasks["status"] == "open") & (tasks["due_on"] <= today)]
    waiting = waiting.assign(what=waiting["kind"])
    both = [waiting, _without_contact(participants, contacts, params)]
    found = pd.concat([part for part in both if len(part)] or [waiting], ignore_index=True)
    found = found.join(contacts, on="participant_id")
    days = [(today - day).days for day in found["due_on"]]
    rules = {} if barred is None else barred.set_index("participant_id").to_dict("index")
    why_not = [
        rules.get(who, {}).get("why_no_call" if what == "call_back" else "why")
        for who, what in zip(found["participant_id"], found["what"], strict=True)
    ]
    found = found.assign(
        days_overdue=pd.Series(days, index=found.index, dtype="int64"),
        state=[
            "barred" if rule else "overdue" if late else "due"
            for rule, late in zip(why_not, days, strict=True)
        ],
    )
    found["why"] = [
        rule or _why(row) for rule, row in zip(why_not, found.to_dict("records"), strict=True)
    ]
    for count in ("days_since_contact", "attempts_since"):
        found[count] = found[count].astype("Int64")  # missing where a task is about no participant
    found["rank"] = found["state"].map(STATES.index).astype("int64")
    found = found.sort_values(["rank", "due_on", "fixed_at", "participant_id"], ignore_index=True)
    return found[list(DUE_COLUMNS)]


def _without_contact(
    participants: pd.DataFrame, contacts: pd.DataFrame, params: ContactParams
) -> pd.DataFrame:
    """Return active participants whom nobody has met for ``overdue_days`` or longer."""
    people = participants.join(contacts, on="participant_id")
    left = (people["status"] == "active") & (people["days_since_contact"] >= params.overdue_days)
    people = people[left]
    return pd.DataFrame(
        {
            "what": "no_contact",
            "task_id": None,
            "participant_id": people["participant_id"],
            "staff_id": people["staff_id"],
            "due_on": [
                (last or enrolled) + timedelta(days=params.overdue_days)
                for last, enrolled in zip(
                    people["last_contact_on"], people["enrolled_on"], strict=True
                )
            ],
            "fixed_at": pd.Series(pd.NaT, index=people.index, dtype="datetime64[us, UTC]"),
            "address": None,
        }
    )


def _why(row: Mapping[Any, Any]) -> str:
    if row["what"] != "no_contact":
        kind = str(row["what"]).replace("_", " ").capitalize()
        return f"{kind} due on {row['due_on']}."
    last, tried = row["last_contact_on"], row["attempts_since"]
    text = f"Last met {row['days_since_contact']} days ago" if last else "Not met since enrolment"
    return text + (f"; tried {tried} times since." if tried else ".")
