"""The first version of the work database.

It stands as it was on the day it was made: a later change of the tables is a version of its own.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

INT, FLOAT, BOOL, DATE = sa.Integer(), sa.Float(), sa.Boolean(), sa.Date()
TIME = sa.DateTime(timezone=True)  # UTC
PARTNERS = (
    "provider shelter hospital police emergency_medical prosecutor court business community hmis"
)
BARRIERS = (
    "health pain_or_withdrawal fear_or_distrust language family_or_pets no_phone "
    "no_identity_papers no_bed waiting_list eligibility_rules opening_hours transport "
    "cost_or_insurance background_checks stigma_in_service"
)
SERVICE = "housing_search food eviction_aid emotional_support partner_referral other_basic_needs"
REFERRED = "retained completed served_once declined no_place not_reached"
OUTCOMES = (
    "not_found left_information declined asked_no_visits checked notified engaged accompanied"
)
LIVING = (
    "unsheltered emergency_shelter transitional_housing institution with_family_or_friends "
    "hotel_or_motel rented owned supportive_housing not_known"
)
TASK_KINDS = "follow_up accompany notification call_back sharps_pickup campaign"


def upgrade() -> None:
    """Make the tables of an empty database."""
    _people_who_work_here()
    _participants()
    _what_participants_want()
    _referrals()
    _visits()
    _tasks()
    _links()
    _audit()


def _must(name: str, kind: Any = None, **said: Any) -> sa.Column[Any]:
    return sa.Column(name, kind or sa.Text(), nullable=False, info=said)


def _key(name: str, **said: Any) -> sa.Column[Any]:
    return _must(name, key=True, **said)


def _may(name: str, kind: Any = None, **said: Any) -> sa.Column[Any]:
    return sa.Column(name, kind or sa.Text(), nullable=True, info=said)


def _table(name: str, *columns: sa.Column[Any], **rules: str) -> None:
    """Make a table with its keys and checks, and an index on each column that refers."""
    keys = [column.name for column in columns if "key" in column.info]
    to = {column.name: column.info["to"] for column in columns if "to" in column.info}
    for column in columns:
        if "among" in column.info:
            words = ", ".join(f"'{word}'" for word in column.info["among"].split())
            rules[column.name] = f"{column.name} IN ({words})"
    op.create_table(
        name,
        *columns,
        sa.PrimaryKeyConstraint(*keys, name=f"pk_{name}"),
        *(sa.ForeignKeyConstraint([at], [key], name=f"fk_{name}_{at}") for at, key in to.items()),
        *(sa.CheckConstraint(rule, name=f"ck_{name}_{what}") for what, rule in rules.items()),
    )
    for at in to:
        if at != keys[0]:
            op.create_index(f"ix_{name}_{at}", name, [at])


def _people_who_work_here() -> None:
    _table(
        "households",
        _key("household_id"),
        _may("label"),
        _must("created_at", TIME),
    )
    _table(
        "staff",
        _key("staff_id"),
        _must("name"),
        _must("role", among="caseworker clinician peer officer"),
        _must("languages"),
        _must("active", BOOL),
        _must("capacity", INT),
    )
    _table(
        "training",
        _key("training_id"),
        _must("staff_id", to="staff.staff_id"),
        _must("kind"),
        _must("hours", FLOAT),
        _must("done_on", DATE),
        _may("expires_on", DATE),
    )
    _table(
        "organisations",
        _key("organisation_id"),
        _must("name"),
        _must("kind", among=PARTNERS),
        _may("contact_name"),
        _may("contact_phone"),
        _must("warm_handoff", BOOL),
        _may("verified_on", DATE),
    )
    _table(
        "agreements",
        _key("agreement_id"),
        _must("organisation_id", to="organisations.organisation_id"),
        _must("signed_on", DATE),
        _must("expires_on", DATE),
        _must("may_see"),
    )


def _participants() -> None:
    _table(
        "participants",
        _key("participant_id"),
        _may("person_id"),
        _must("door", among="arrest_diversion social_contact community"),
        _must("enrolled_on", DATE),
        _must("status", among="active inactive"),
        _must("status_since", DATE),
        _must("listed_until", DATE),
        _may("staff_id", to="staff.staff_id"),
        _may("household_id", to="households.household_id"),
        _may("given_name"),
        _may("family_name"),
        _may("birth_date"),
        _may("phone"),
        _may("note"),
        _may("cap_visits", INT),
        _may("cap_days", INT),
        _may("cooling_off_days", INT),
        _must("version", INT),
    )
    _table(
        "aliases",
        _key("alias_id"),
        _must("participant_id", to="participants.participant_id"),
        _may("name"),
        _must("added_at", TIME),
    )
    _table(
        "usual_places",
        _key("usual_place_id"),
        _must("participant_id", to="participants.participant_id"),
        _must("lon", FLOAT),
        _must("lat", FLOAT),
        _may("address"),
        _must("last_seen_on", DATE),
        _may("ended_on", DATE),
    )


def _what_participants_want() -> None:
    _table(
        "consents",
        _key("consent_id"),
        _must("participant_id", to="participants.participant_id"),
        _must("rule", among="opt_out do_not_visit no_police"),
        _must("since", DATE),
        _may("until", DATE),
        _must("recorded_at", TIME),
        _must("recorded_by"),
        _may("withdrawn_at", TIME),
        _may("withdrawn_by"),
    )
    _table(
        "wishes",
        _key("participant_id", to="participants.participant_id"),
        _may("visit_from_local"),
        _may("visit_until_local"),
        _may("days"),
        _may("usual_place_id", to="usual_places.usual_place_id"),
        _may("staff_id", to="staff.staff_id"),
        _must("way", among="visit phone"),
        _may("organisation_id", to="organisations.organisation_id"),
    )
    _table(
        "barriers",
        _key("barrier_id"),
        _must("participant_id", to="participants.participant_id"),
        _must("barrier", among=BARRIERS),
        _must("since", DATE),
        _may("ended_on", DATE),
    )
    _table(
        "releases",
        _key("release_id"),
        _must("participant_id", to="participants.participant_id"),
        _must("organisation_id", to="organisations.organisation_id"),
        _must("fields"),
        _must("signed_on", DATE),
        _must("expires_on", DATE),
        _may("revoked_at", TIME),
        _must("recorded_by"),
    )


def _referrals() -> None:
    _table(
        "referrals",
        _key("referral_id"),
        _must("participant_id", to="participants.participant_id"),
        _must("organisation_id", to="organisations.organisation_id"),
        _must("service", among=SERVICE),
        _must("warm_handoff", BOOL),
        _may("barrier", among=BARRIERS),
        _must("opened_at", TIME),
        _must("opened_by"),
        _may("closed_at", TIME),
        _may("outcome", among=REFERRED),
        closed_with_outcome="(closed_at IS NULL) = (outcome IS NULL)",
    )
    _table(
        "referral_steps",
        _key("step_id"),
        _must("referral_id", to="referrals.referral_id"),
        _must("step", among="offered accepted transported arrived admitted retained"),
        _must("happened_at", TIME),
        _must("recorded_at", TIME),
        _must("recorded_by"),
    )


def _visits() -> None:
    _table(
        "visits",
        _key("visit_id"),
        _may("participant_id", to="participants.participant_id"),
        _may("subject"),
        _must("happened_at", TIME),
        _must("recorded_at", TIME),
        _must("recorded_by"),
        _must("stage", among="contact_attempt contact engagement"),
        _must("outcome", among=OUTCOMES),
        _must("response_mode", among="community co_response phone notification"),
        _may("lon", FLOAT),
        _may("lat", FLOAT),
        _may("minutes", FLOAT),
        _must("police_involved", BOOL),
        _must("services"),
        _must("sharps", INT),
        _may("living_situation", among=LIVING),
        _may("note"),
        _may("replaces"),
        no_negative_count="sharps >= 0",
    )
    _table(
        "visit_staff",
        _key("visit_id", to="visits.visit_id"),
        _key("staff_id", to="staff.staff_id"),
    )


def _tasks() -> None:
    _table(
        "tasks",
        _key("task_id"),
        _must("kind", among=TASK_KINDS),
        _may("participant_id", to="participants.participant_id"),
        _may("referral_id", to="referrals.referral_id"),
        _may("staff_id", to="staff.staff_id"),
        _must("due_on", DATE),
        _may("fixed_at", TIME),
        _may("lon", FLOAT),
        _may("lat", FLOAT),
        _may("address"),
        _must("people_needed", INT),
        _must("status", among="open done cancelled"),
        _may("note"),
        _must("created_at", TIME),
        _must("created_by"),
        _may("closed_at", TIME),
        _may("closed_by"),
        closed_when_not_open="(closed_at IS NULL) = (status = 'open')",
    )
    _table(
        "sharps_pickups",
        _key("pickup_id"),
        _may("reported_at", TIME),
        _must("happened_at", TIME),
        _may("lon", FLOAT),
        _may("lat", FLOAT),
        _may("address"),
        _must("sharps", INT),
        _must("recorded_at", TIME),
        _must("recorded_by"),
        no_negative_count="sharps >= 0",
    )
    _table(
        "listings",
        _key("listing_id"),
        _must("subject"),
        _must("listed_on", DATE),
        _must("until", DATE),
        _may("renewed_by"),
        _may("ended_on", DATE),
    )


def _links() -> None:
    _table(
        "person_links",
        _key("person_id"),
        _must("linked_id"),
        _may("match_weight", FLOAT),
        _must("reason"),
    )
    _table(
        "link_pairs",
        _key("person_a"),
        _key("person_b"),
        _must("match_weight", FLOAT),
        _must("probability", FLOAT),
        _must("joined", BOOL),
        _must("reason"),
        in_order="person_a < person_b",
    )
    _table(
        "link_decisions",
        _key("decision_id"),
        _must("person_a"),
        _must("person_b"),
        _must("verdict", among="same different later withdrawn"),
        _must("decided_at", TIME),
        _must("decided_by"),
        in_order="person_a < person_b",
    )


def _audit() -> None:
    _table(
        "audit",
        _key("audit_id"),
        _must("at", TIME),
        _must("who"),
        _must("did"),
        _must("what"),
        _may("participant_id"),
    )
    _only_ever_added_to()


def _only_ever_added_to() -> None:
    """Let the database itself refuse changes of the audit trail (safeguard 8)."""
    told = "the audit trail is only ever added to"
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{change.lower()} BEFORE {change} ON audit "
                f"BEGIN SELECT RAISE(ABORT, '{told}'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{told}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
    )
