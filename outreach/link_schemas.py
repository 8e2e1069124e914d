"""Who is who among the people in the calls: what is compared, joined, doubted and decided."""

from outreach.columns import (
    BOOL,
    FLOAT,
    FLOAT_OR_NONE,
    TEXT,
    TEXT_OR_NONE,
    TIME,
    Table,
    one_of,
)
from outreach.work_words import VERDICTS

LINK_RECORDS = Table(
    "link_records",
    {
        "record_id": TEXT,
        "person_id": TEXT,  # records that share it are one person already
        "given_name": TEXT_OR_NONE,
        "family_name": TEXT_OR_NONE,
        "birth_date": TEXT_OR_NONE,  # YYYY-MM-DD
        "phone": TEXT_OR_NONE,  # digits only
        "id_number": TEXT_OR_NONE,  # such as a social security number
        "address": TEXT_OR_NONE,  # street and number
        "area": TEXT_OR_NONE,  # postcode, suburb or neighbourhood
        "place": TEXT_OR_NONE,  # where usually met: text of a cell
    },
    key=("record_id",),
    doc="What is known of the people in the calls, one row a spelling.",
)

PERSON_LINKS = Table(
    "person_links",
    {
        "person_id": TEXT,  # pseudonym in the calls
        "linked_id": TEXT,  # the person: one of its own pseudonyms, the same from week to week
        "match_weight": FLOAT_OR_NONE,  # of the best pair that ties it to the person; log2 odds
        "reason": TEXT,
    },
    key=("person_id",),
    doc="Which pseudonyms are one person; those that stand alone are left out.",
)

LINK_PAIRS = Table(
    "link_pairs",
    {
        "person_a": TEXT,  # person_a < person_b
        "person_b": TEXT,
        "match_weight": FLOAT,
        "probability": FLOAT,
        "joined": BOOL,  # the two are in one person now
        "reason": TEXT,
    },
    key=("person_a", "person_b"),
    doc="Pairs that the model is not sure about, for a person to decide.",
)

LINK_DECISIONS = Table(
    "link_decisions",
    {
        "decision_id": TEXT,
        "person_a": TEXT,
        "person_b": TEXT,
        "verdict": one_of(*VERDICTS),
        "decided_at": TIME,
        "decided_by": TEXT,
    },
    key=("decision_id",),
    doc="What people decided about pairs; the newest counts, and always wins over the model.",
)
