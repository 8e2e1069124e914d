from datetime import UTC, date, datetime
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from outreach.columns import empty
from outreach.link_schemas import LINK_DECISIONS, LINK_PAIRS, PERSON_LINKS
from outreach.people.caseload import Served, caseload, funnel, served
from outreach.work_schemas import PARTICIPANTS, STAFF, VISITS

NOW = datetime(2026, 11, 1, 3, tzinfo=UTC)  # still October in New York


def people(*rows):
    names = ["participant_id", "staff_id", "status", "door", "enrolled_on", "person_id"]
    return pd.DataFrame(rows, columns=names, dtype="object")


def visits(*rows):
    """Make visits of (participant_id, subject, stage), one after another."""
    frame = pd.DataFrame(rows, columns=["participant_id", "subject", "stage"], dtype="object")
    at = pd.Series([NOW] * len(frame), dtype="datetime64[us, UTC]")
    ids = [f"v{i}" for i in range(len(frame))]
    return frame.assign(visit_id=ids, replaces=None, happened_at=at, recorded_at=at)


def test_a_caseload_tells_who_carries_how_many_and_who_carries_too_many():
    staff = pd.DataFrame(
        [("a", "Ana", True, 1), ("b", "Bo", True, 9), ("c", "Cy", False, 9), ("d", "Di", False, 9)],
        columns=["staff_id", "name", "active", "capacity"],
    ).assign(role="caseworker")
    staff.loc[len(staff)] = ["e", "Ed", True, 9, "officer"]  # no officer carries a case
    old, new = date(2026, 1, 5), date(2026, 11, 2)
    carried = people(
        ("1", "a", "active", "community", old, None),
        ("2", "a", "active", "arrest_diversion", new, None),
        ("3", "a", "inactive", "community", old, None),
        ("4", "c", "active", "social_contact", old, None),
        ("5", None, "active", "community", new, None),
    )
    due = pd.DataFrame({"state": ["overdue", "overdue", "barred"], "staff_id": ["a", None, "b"]})
    found = caseload(staff, carried, due, since=date(2026, 11, 1))
    assert list(found["name"]) == ["Ana", "Bo", "Cy", "nobody yet"]  # Cy left, the case did not
    assert list(found["active"]) == [2, 0, 1, 1]
    assert list(found["inactive"]) == [1, 0, 0, 0]
    assert list(found["over_capacity"]) == [1, 0, 0, 0]
    assert list(found["overdue"]) == [1, 0, 0, 1]
    assert list(found["started"]) == [1, 0, 0, 1]
    assert list(found["arrest_diversion"]) == [1, 0, 0, 0]
    assert found["first_enrolled_on"].iloc[0] == old
    assert found["staff_id"].iloc[-1] is None


def test_the_funnel_counts_by_the_month_of_the_city():
    made = visits(("k", None, "contact_attempt"), ("k", None, "contact"), ("l", None, "engagement"))
    later = made.assign(
        happened_at=made["happened_at"] + pd.Timedelta(days=1), visit_id=["x", "y", "z"]
    )
    corrected = later.assign(visit_id=["x2", "y2", "z2"], replaces=["x", "y", "z"])
    found = funnel(pd.concat([made, later, corrected]), time_zone="America/New_York")
    assert list(found["month"]) == [date(2026, 10, 1), date(2026, 11, 1)]
    for name, count in {"attempts": 3, "contacts": 2, "engagements": 1}.items():
        assert list(found[name]) == [count, count]


def linked(*groups):
    rows = [(one, group[0], 9.0, "same name") for group in groups for one in group]
    return pd.DataFrame(rows, columns=list(PERSON_LINKS.columns), dtype="object")


def doubts(*rows):
    made = [(a, b, 1.0, 0.5, joined, "alike") for a, b, joined in rows]
    return pd.DataFrame(made, columns=list(LINK_PAIRS.columns))


def decided(a, b, *verdicts):
    rows = [
        (str(i), a, b, verdict, NOW + pd.Timedelta(i, "h"), "Ana")
        for i, verdict in enumerate(verdicts)
    ]
    return pd.DataFrame(rows, columns=list(LINK_DECISIONS.columns))


MET = visits(
    ("k", None, "contact"),
    ("k", None, "engagement"),
    ("l", None, "contact"),
    ("m", None, "contact"),  # not known in the calls
    (None, "p3", "contact"),
    (None, "8a2a1072b59ffff", "contact"),  # somebody met on a walk
    (None, "p4", "contact_attempt"),
)
ENROLLED = people(
    ("k", None, "active", "community", None, "p1"),
    ("l", None, "active", "community", None, "p2"),
    ("m", None, "active", "community", None, None),
)


@pytest.mark.parametrize(
    ("links", "pairs", "decisions", "people_low_high"),
    [
        (empty(PERSON_LINKS), empty(LINK_PAIRS), empty(LINK_DECISIONS), (4, 4, 4)),
        (linked(["p1", "p2"]), empty(LINK_PAIRS), empty(LINK_DECISIONS), (3, 3, 3)),
        (linked(["p1", "p2"]), doubts(("p1", "p2", True)), empty(LINK_DECISIONS), (3, 3, 4)),
        (empty(PERSON_LINKS), doubts(("p2", "p3", False)), empty(LINK_DECISIONS), (4, 3, 4)),
        (empty(PERSON_LINKS), doubts(("p2", "p4", False)), empty(LINK_DECISIONS), (4, 4, 4)),
        # Two groups are in doubt through spellings that were not met.
        (
            linked(["p1", "p8"], ["p2", "p9"]),
            doubts(("p8", "p9", False)),
            empty(LINK_DECISIONS),
            (4, 3, 4),
        ),
        # What a person decided last is in doubt no more.
        (
            empty(PERSON_LINKS),
            doubts(("p2", "p3", False)),
            decided("p2", "p3", "later", "different"),
            (4, 4, 4),
        ),
        (
            empty(PERSON_LINKS),
            doubts(("p2", "p3", False)),
            decided("p2", "p3", "different", "withdrawn"),
            (4, 3, 4),
        ),
    ],
)
def test_people_served_are_counted_once_with_what_is_in_doubt(
    links, pairs, decisions, people_low_high
):
    found = served(MET, ENROLLED, links, pairs, decisions)
    assert found == Served(6, *people_low_high, unnamed=1)


def test_the_count_lies_between_its_bounds_whatever_is_in_doubt():
    rng = np.random.default_rng(5)
    for _ in range(50):
        names = [f"p{i}" for i in range(8)]
        met = visits(*[(None, name, "contact") for name in rng.choice(names, 6)])
        cut = sorted(rng.choice(range(1, 8), 2, replace=False))
        groups = [names[a:b] for a, b in pairwise([0, *cut, 8])]
        chosen = [sorted(rng.choice(names, 2, replace=False)) for _ in range(4)]
        inside = [any(a in g and b in g for g in groups) for a, b in chosen]
        pairs = doubts(*[(a, b, joined) for (a, b), joined in zip(chosen, inside, strict=True)])
        pairs = pairs.drop_duplicates(["person_a", "person_b"])
        found = served(met, ENROLLED, linked(*groups), pairs, empty(LINK_DECISIONS))
        truth = sum(bool(set(group) & set(met["subject"])) for group in groups)
        assert found.people == truth
        assert found.low <= found.people <= found.high <= met["subject"].nunique()


def test_nobody_was_served_before_the_first_visit():
    nothing = (empty(PERSON_LINKS), empty(LINK_PAIRS), empty(LINK_DECISIONS))
    assert served(empty(VISITS), empty(PARTICIPANTS), *nothing) == Served(0, 0, 0, 0, 0)
    assert funnel(empty(VISITS), time_zone="UTC").empty
    none = caseload(
        empty(STAFF),
        empty(PARTICIPANTS),
        pd.DataFrame({"state": [], "staff_id": []}),
        since=date(2026, 1, 1),
    )
    assert none.empty
