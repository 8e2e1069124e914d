"""Who may log in: accounts, logins that fail, sessions that end."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from outreach import roles
from outreach.account_schemas import ACCOUNTS, FAILED_LOGINS, SESSIONS
from outreach.config import AppParams, City, dump_city
from outreach.errors import NotAllowedError, WorkError
from outreach.pipeline import accounts, log_in, organisations, staff
from outreach.roles import Viewer
from outreach.store import passwords
from outreach.store.secrets import make_key
from outreach.store.work import FILE_NAME, open_work
from outreach.work_schemas import AUDIT

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)  # still Sunday in New York
GOOD, OTHER = "seven green kettles", "nine quiet harbours"
BY = {"by": "Ops", "now": NOW}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Passwords are hashed with little work."""
    monkeypatch.setattr(passwords, "_HASHER", passwords.PasswordHasher(1, 64, 1))
    passwords._nobody.cache_clear()
    yield
    passwords._nobody.cache_clear()


@pytest.fixture
def folder(tmp_path):
    """A city with an admin."""
    app = AppParams(idle_min=60, session_h=12, failed_logins=3, wait_min=2)
    city = City(name="Linesville", time_zone="America/New_York", app=app)
    (tmp_path / "city.toml").write_text(dump_city(city))
    make_key(tmp_path)
    make(tmp_path, "ann", "Ann Admin", "admin")
    return tmp_path


def make(folder, login, name, role, password=GOOD, **details):
    given = {"name": name, "role": role} | details
    accounts.add_account(folder, login, details=given, password=password, **BY)
    return accounts.account_of(folder, login)["account_id"]


def partner(folder, until):
    shelter = organisations.add_organisation(folder, "Shelter", "shelter", details={}, **BY)
    told = {"signed_on": date(2026, 1, 1), "expires_on": until, "may_see": ["status"]}
    organisations.add_agreement(folder, shelter, **told, **BY)
    return shelter


def stored(folder, table):
    with open_work(folder).reading() as rows:
        return rows.fetch(table)


def told(folder):
    trail = stored(folder, AUDIT).sort_values("at", kind="stable")
    return list(zip(trail["who"], trail["did"], strict=True))


def test_logging_in_gives_a_session_of_which_only_a_hash_is_kept(folder):
    token = log_in.log_in(folder, " ANN ", GOOD, now=NOW)
    here = log_in.find_session(folder, token, now=NOW)
    assert (here.viewer.name, here.viewer.role, here.must_change) == ("Ann Admin", "admin", False)
    assert len(token) >= 43  # 256 bits
    kept = (folder / FILE_NAME).read_bytes()
    assert token.encode() not in kept
    assert GOOD.encode() not in kept
    assert log_in.session_id_of(token) == stored(folder, SESSIONS)["session_id"].item()
    assert ("Ann Admin", "logged in") in told(folder)


@pytest.mark.parametrize("login", ["ann", "nobody", "sso@example.org", "closed"])
def test_every_failure_has_one_answer_and_the_same_work(folder, login, monkeypatch):
    details = {"name": "Sol", "role": "lead"}
    accounts.add_account(folder, "sso@example.org", details=details, sso=True, **BY)
    accounts.close_account(folder, make(folder, "closed", "Cy", "lead"), **BY)
    work = []
    check = passwords.PasswordHasher.verify

    def counted(self, kept, password):
        work.append(kept)
        return check(self, kept, password)

    monkeypatch.setattr(passwords.PasswordHasher, "verify", counted)
    password = GOOD if login == "closed" else "not the right one"
    with pytest.raises(NotAllowedError) as refused:
        log_in.log_in(folder, login, password, now=NOW)
    assert str(refused.value) == log_in.WRONG
    assert len(work) == 1
    trail = stored(folder, AUDIT).set_index("did").loc["failed to log in"]
    assert trail["who"] == "somebody"
    assert login not in trail["what"]
    assert password not in trail["what"]
    assert login not in stored(folder, FAILED_LOGINS)["login"].item()


def test_failed_logins_wait_ever_longer_up_to_the_citys_limit(folder):
    heard = []
    for seconds in range(0, 400, 10):
        with pytest.raises(NotAllowedError) as refused:
            log_in.log_in(folder, "ann", "wrong", now=NOW + timedelta(seconds=seconds))
        if str(refused.value) == log_in.WRONG:
            heard.append(seconds)
    assert [later - one for one, later in pairwise(heard)] == [10, 10, 30, 60, 120, 120]


def test_who_waits_is_refused_the_right_password_too_and_success_starts_anew(folder):
    for _ in range(3):
        with pytest.raises(NotAllowedError):
            log_in.log_in(folder, "ann", "wrong", now=NOW)
    with pytest.raises(log_in.HasToWaitError, match="Wait 1 min"):
        log_in.log_in(folder, "ann", GOOD, now=NOW + timedelta(seconds=29))
    with pytest.raises(NotAllowedError, match="do not fit"):  # others need not wait
        log_in.log_in(folder, "bo", GOOD, now=NOW)
    assert log_in.log_in(folder, "ann", GOOD, now=NOW + timedelta(seconds=31))
    assert len(stored(folder, FAILED_LOGINS)) == 1  # that of bo
    with pytest.raises(NotAllowedError, match="do not fit"):
        log_in.log_in(folder, "ann", "wrong", now=NOW + timedelta(seconds=32))


def test_a_session_ends_without_a_sign_of_somebody_and_at_the_latest_then(folder):
    token = log_in.log_in(folder, "ann", GOOD, now=NOW)
    session_id = log_in.session_id_of(token)
    assert log_in.find_session(folder, token, now=NOW + timedelta(minutes=60))
    assert log_in.find_session(folder, token, now=NOW + timedelta(minutes=61)) is None
    at = NOW
    for _ in range(13):
        at += timedelta(minutes=55)
        log_in.touch_session(folder, session_id, now=at)
    assert log_in.find_session(folder, token, now=at)
    assert log_in.find_session(folder, token, now=NOW + timedelta(hours=12, seconds=1)) is None
    assert log_in.find_session(folder, "made up", now=NOW) is None
    assert log_in.find_session(folder, "", now=NOW) is None


def test_who_logged_out_or_was_closed_is_out_and_stays_so(folder):
    make(folder, "bo", "Bo", "lead")
    mine, other = (log_in.log_in(folder, "bo", GOOD, now=NOW) for _ in range(2))
    log_in.log_out(folder, mine, now=NOW)
    assert log_in.find_session(folder, mine, now=NOW) is None
    log_in.touch_session(folder, log_in.session_id_of(mine), now=NOW)
    assert log_in.find_session(folder, mine, now=NOW) is None
    assert log_in.find_session(folder, other, now=NOW)
    bo = accounts.account_of(folder, "bo")["account_id"]
    accounts.close_account(folder, bo, **BY)
    assert log_in.find_session(folder, other, now=NOW) is None
    accounts.change_account(folder, bo, {"active": True}, **BY)
    assert log_in.find_session(folder, other, now=NOW) is None  # it ended with the account
    assert ("Bo", "logged out") in told(folder)


def test_partners_and_police_get_nowhere_once_the_agreement_has_ended(folder):
    """Duty 38: checked at every look, not only at the login."""
    shelter = partner(folder, date(2026, 11, 22))
    make(folder, "pam", "Pam", "partner", organisation_id=shelter)
    make(folder, "cal", "Cal", "community", organisation_id=shelter)
    pam, cal = (log_in.log_in(folder, login, GOOD, now=NOW) for login in ("pam", "cal"))
    assert log_in.find_session(folder, pam, now=NOW).viewer.organisation_id == shelter
    later = NOW + timedelta(hours=3)  # the next day in New York
    log_in.touch_session(folder, log_in.session_id_of(pam), now=later)
    log_in.touch_session(folder, log_in.session_id_of(cal), now=later)
    assert log_in.find_session(folder, pam, now=later) is None
    assert log_in.find_session(folder, cal, now=later)
    with pytest.raises(NotAllowedError, match="no current agreement"):
        log_in.log_in(folder, "pam", GOOD, now=later)
    refused = accounts.list_accounts(folder, later).set_index("login")["refused"]
    assert refused["pam"] == "no current agreement"
    assert refused["cal"] == ""


def test_a_given_password_must_be_changed_and_a_change_ends_all_sessions(folder):
    details = {"name": "Bo", "role": "lead"}
    given = accounts.add_account(folder, "bo", details=details, **BY)
    first, second = (log_in.log_in(folder, "bo", given, now=NOW) for _ in range(2))
    assert log_in.find_session(folder, first, now=NOW).must_change
    for bad, why in (("short", "12 signs"), (given, "name or login")):
        with pytest.raises(WorkError, match=why):
            log_in.change_password(folder, first, given, bad, now=NOW)
    with pytest.raises(NotAllowedError, match="old password"):
        log_in.change_password(folder, first, "wrong", OTHER, now=NOW)
    third = log_in.change_password(folder, first, given, OTHER, now=NOW)
    assert not log_in.find_session(folder, third, now=NOW).must_change
    assert {log_in.find_session(folder, one, now=NOW) for one in (first, second)} == {None}
    with pytest.raises(NotAllowedError):
        log_in.log_in(folder, "bo", given, now=NOW)
    new = accounts.reset_password(folder, accounts.account_of(folder, "bo")["account_id"], **BY)
    assert log_in.find_session(folder, third, now=NOW) is None
    assert log_in.find_session(folder, log_in.log_in(folder, "bo", new, now=NOW), now=NOW)


def test_an_older_hash_is_made_anew_at_the_login(folder, monkeypatch):
    before = stored(folder, ACCOUNTS)["password_hash"].item()
    monkeypatch.setattr(passwords, "_HASHER", passwords.PasswordHasher(2, 64, 1))
    log_in.log_in(folder, "ann", GOOD, now=NOW)
    after = stored(folder, ACCOUNTS)["password_hash"].item()
    assert "t=1" in before
    assert "t=2" in after


def test_the_last_admin_stays(folder):
    ann = accounts.account_of(folder, "ann")["account_id"]
    for changes in ({"active": False}, {"role": "lead"}):
        with pytest.raises(WorkError, match="last admin"):
            accounts.change_account(folder, ann, changes, **BY)
    make(folder, "bo", "Bo", "admin")
    accounts.change_account(folder, ann, {"role": "lead"}, **BY)
    assert accounts.has_admin(folder)


@pytest.mark.parametrize(
    ("login", "details", "why"),
    [
        ("ann", {"name": "B", "role": "lead"}, "login is taken"),
        ("bo", {"name": "ann  admin", "role": "lead"}, "has an account already"),
        ("bo", {"name": " ", "role": "lead"}, "needs a name"),
        ("b o", {"name": "B", "role": "lead"}, "one word"),
        ("bo", {"name": "B", "role": "operator"}, "is no role"),
        ("bo", {"name": "B", "role": "partner"}, "must name their organisation"),
        ("bo", {"name": "B", "role": "lead", "organisation_id": "x"}, "belongs to no organisation"),
        ("bo", {"name": "B", "role": "partner", "organisation_id": "x"}, "no organisation has"),
        ("bo", {"name": "B", "role": "manager", "staff_id": "x"}, "no worker of the teams"),
        ("bo", {"name": "B", "role": "lead", "staff_id": "x"}, "no worker has"),
        ("bo", {"name": "B", "role": "lead", "password_hash": "x"}, "password_hash of"),
    ],
)
def test_what_is_no_account_is_refused(folder, login, details, why):
    with pytest.raises(WorkError, match=why):
        accounts.add_account(folder, login, details=details, password=GOOD, **BY)
    assert len(stored(folder, ACCOUNTS)) == 1


def test_a_caseworker_may_be_one_of_the_staff(folder):
    ana = staff.add_staff(folder, "Ana", "peer", **BY)
    make(folder, "ana", "Ana", "caseworker", staff_id=ana)
    found = accounts.list_accounts(folder, NOW).set_index("login")
    assert found.loc["ana", "worker"] == "Ana"
    assert "password_hash" not in found
    token = log_in.log_in(folder, "ana", GOOD, now=NOW)
    assert log_in.find_session(folder, token, now=NOW).viewer.staff_id == ana


@pytest.mark.parametrize("role", [role for role in roles.ACCOUNT_ROLES if role != "admin"])
def test_only_admins_see_and_change_accounts(folder, role):
    ann = accounts.account_of(folder, "ann")["account_id"]
    with roles.acting_as(Viewer("X", role)):
        for action in (
            lambda: accounts.list_accounts(folder, NOW),
            lambda: accounts.account_of(folder, "ann"),
            lambda: accounts.choices(folder),
            lambda: make(folder, "x", "X", "admin"),
            lambda: accounts.change_account(folder, ann, {"name": "X"}, by="X", now=NOW),
            lambda: accounts.close_account(folder, ann, by="X", now=NOW),
            lambda: accounts.reset_password(folder, ann, by="X", now=NOW),
        ):
            with pytest.raises(NotAllowedError):
                action()


def claims(**changed):
    said = {"iss": "https://id", "sub": "1", "nonce": "n", "iat": NOW.timestamp()}
    return said | {"email": "Kim@Example.org", "email_verified": True} | changed


def test_single_sign_on_lets_in_whom_it_knows_once_and_only_fresh(folder):
    details = {"name": "Kim", "role": "lead"}
    accounts.add_account(folder, "kim@example.org", details=details, sso=True, **BY)
    token = log_in.log_in_sso(folder, claims(), now=NOW)
    assert log_in.find_session(folder, token, now=NOW).sso
    log_in.log_out(folder, token, now=NOW)
    refused = [
        (claims(), log_in.OLD_WORD),  # played back
        (claims(nonce="2", iat=NOW.timestamp() - 3600), log_in.OLD_WORD),
        (claims(nonce="3", iat=None), log_in.OLD_WORD),
        (claims(nonce="4", email="ann"), log_in.CLOSED),  # a local account
        (claims(nonce="5", email="who@example.org"), log_in.CLOSED),
        (claims(nonce="6", email=None), log_in.CLOSED),
        (claims(nonce="7", email_verified=False), log_in.CLOSED),
    ]
    for said, why in refused:
        with pytest.raises(NotAllowedError) as error:
            log_in.log_in_sso(folder, said, now=NOW)
        assert str(error.value) == why
    assert log_in.log_in_sso(folder, claims(nonce="8"), now=NOW)


def test_looking_for_an_admin_or_a_session_makes_no_database(tmp_path):
    assert not accounts.has_admin(tmp_path)
    assert log_in.find_session(tmp_path, "token", now=NOW) is None
    assert not (tmp_path / FILE_NAME).exists()


def test_whoever_may_see_something_else_logs_in_anew(folder):
    bo = make(folder, "bo", "Bo", "lead")
    token = log_in.log_in(folder, "bo", GOOD, now=NOW)
    accounts.change_account(folder, bo, {"language": "es", "role": "lead"}, **BY)
    assert log_in.find_session(folder, token, now=NOW)
    accounts.change_account(folder, bo, {"role": "manager"}, **BY)
    assert log_in.find_session(folder, token, now=NOW) is None
    anew = log_in.find_session(folder, log_in.log_in(folder, "bo", GOOD, now=NOW), now=NOW)
    assert anew.viewer.role == "manager"
