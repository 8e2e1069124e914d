"""Duty 33: who is outside sees the fields that a release lists, and nothing from notes ever."""

from datetime import UTC, date, datetime, timedelta

import pytest

from outreach.errors import NotAllowedError, WorkError
from outreach.pipeline import log, tasks
from outreach.pipeline.exports import (
    UPDATES_NAME,
    hmis_export,
    own_update,
    partner_update,
    records_export,
    take_own_update,
)
from outreach.pipeline.referrals import ReferralEntry, open_referral
from outreach.roles import Viewer, acting_as
from outreach.store.work import open_work
from outreach.work_schemas import AGREEMENTS, AUDIT, CONSENTS, RELEASES
from outreach.work_words import RELEASABLE

NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)
TODAY = date(2026, 11, 23)
POLICE = Viewer("Pat", "police_liaison", "a1", "police")
PARTNER = Viewer("Sam", "partner", "a2", "shelter")
# What tells each field of Kim in any text that is handed out.
TELLING = {
    "name": ("Kim", "Doyle"),
    "birth_date": ("1980-05-17",),
    "phone": ("518 555 0100",),
    "status": ("active",),
    "last_contact": ("2026-11-22",),
    "next_step": ("follow up", "2026-12-24"),
    "services": ("eviction aid",),
    "referrals": ("housing search: offered",),
    "living_situation": ("unsheltered",),
}
SECRETS = ("a secret", "a private note", "another secret")


def put(folder, table, **row):
    days = {"signed_on": TODAY - timedelta(days=9), "expires_on": TODAY + timedelta(days=9)}
    with open_work(folder).writing() as into:
        into.insert(table, [days | row] if table in (AGREEMENTS, RELEASES) else [row])


def agree(folder, to="police", may_see=RELEASABLE, **more):
    told = {"agreement_id": f"{to}{more}", "organisation_id": to, "may_see": " ".join(may_see)}
    put(folder, AGREEMENTS, **told | more)


def release(folder, fields, to="police", who="k", **more):
    told = {"release_id": f"{who}{to}{more}", "participant_id": who, "organisation_id": to}
    told |= {"fields": " ".join(fields), "recorded_by": "Ana"}
    put(folder, RELEASES, **told | more)


@pytest.fixture
def known(team_city):
    """Everything about Kim that could ever leak, notes above all."""
    visited = log.VisitEntry(
        "v1",
        NOW - timedelta(days=1),
        "engaged",
        participant_id="k",
        services=("eviction_aid",),
        living_situation="unsheltered",
        note="a secret",
    )
    log.log_visit(team_city, visited, by="Ana", now=NOW)
    due = tasks.TaskEntry("t", "follow_up", date(2026, 12, 24), "k", note="another secret")
    tasks.add_task(team_city, due, by="Ana", now=NOW)
    handed = ReferralEntry("r", "k", "clinic", "housing_search")
    open_referral(team_city, handed, by="Ana", now=NOW)
    return team_city


def update(folder, viewer):
    with acting_as(viewer):
        return own_update(folder, by=viewer.name, now=NOW)


def everything(folder, viewer):
    """Return all that somebody gets: what the page shows, and the file."""
    shown = update(folder, viewer)
    with acting_as(viewer):
        taken = take_own_update(folder, by=viewer.name, now=NOW)
    files = [content.decode() for made in (shown, taken) for content in made.files.values()]
    return "\n".join([*files, shown.tables[UPDATES_NAME].to_csv()])


@pytest.mark.parametrize("viewer", [POLICE, PARTNER], ids=lambda one: one.role)
@pytest.mark.parametrize("left_out", RELEASABLE)
def test_duty_33_a_field_that_the_release_does_not_list_is_nowhere(known, viewer, left_out):
    to = viewer.organisation_id
    agree(known, to)
    release(known, [field for field in RELEASABLE if field != left_out], to)
    told = everything(known, viewer)
    for field, words in TELLING.items():
        for word in words:
            assert (word in told) == (field != left_out), (field, word)
    assert not [secret for secret in SECRETS if secret in told]
    assert "Lee" not in told  # who released nothing


@pytest.mark.parametrize("left_out", RELEASABLE)
def test_duty_33_nor_is_a_field_that_the_agreement_does_not_list(known, left_out):
    agree(known, may_see=[field for field in RELEASABLE if field != left_out])
    release(known, RELEASABLE)
    told = everything(known, POLICE)
    assert not [word for word in TELLING[left_out] if word in told]


def test_duty_38_without_a_current_agreement_nothing_is_told(known):
    release(known, RELEASABLE)
    agree(known, expires_on=TODAY - timedelta(days=1))
    for handed in (own_update, take_own_update):
        with acting_as(POLICE), pytest.raises(WorkError, match="no current agreement"):
            handed(known, by="Pat", now=NOW)
    for nobody in (None, "the moon"):
        with pytest.raises((NotAllowedError, WorkError)):
            update(known, Viewer("Pat", "police_liaison", "a1", nobody))


def test_police_see_nobody_who_asked_for_no_police_and_nobody_sees_who_opted_out(known):
    for to in ("police", "shelter"):
        agree(known, to)
        release(known, ["status"], to)
    row = {"consent_id": "c", "participant_id": "k", "rule": "no_police", "since": TODAY}
    put(known, CONSENTS, **row, recorded_at=NOW, recorded_by="Ana")
    assert update(known, POLICE).people == 0
    assert update(known, PARTNER).people == 1
    # Police stay police where an admin has set another organisation for their login.
    assert update(known, Viewer("Pat", "police_liaison", "a1", "shelter")).people == 0
    put(known, CONSENTS, **row | {"consent_id": "d", "rule": "opt_out"}, recorded_at=NOW,
        recorded_by="Ana")  # fmt: skip
    assert update(known, PARTNER).people == 0


def test_a_revoked_or_expired_release_tells_nothing(known):
    agree(known)
    release(known, RELEASABLE, expires_on=TODAY - timedelta(days=1))
    release(known, RELEASABLE, revoked_at=NOW)
    assert update(known, POLICE).people == 0


def test_what_was_seen_and_what_was_taken_are_in_the_audit_trail(known):
    agree(known)
    release(known, ["status"])
    everything(known, POLICE)
    with open_work(known).reading() as rows:
        told = rows.fetch(AUDIT, who="Pat")
    assert list(told["participant_id"]) == ["k", "k"]
    assert set(told["did"]) == {"saw", "exported"}


def test_duty_27_a_police_login_gets_nothing_of_another_organisation_or_of_the_house(known):
    agree(known, "shelter")
    release(known, RELEASABLE, "shelter")
    with acting_as(POLICE):
        with pytest.raises(NotAllowedError):
            partner_update(known, "shelter", by="Pat", now=NOW)
        with pytest.raises(NotAllowedError):
            hmis_export(known, "hmis", by="Pat", now=NOW)
        with pytest.raises(NotAllowedError):
            records_export(known, by="Pat", now=NOW)
        with pytest.raises(NotAllowedError):
            own_update(known, by="Ana", now=NOW)  # signed by another
