import csv
import io
import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from outreach.config import DATA_FOLDER
from outreach.errors import InputError, WorkError
from outreach.pipeline import exports, log, tasks
from outreach.pipeline.exports import hmis_export, partner_update, records_export, write_export
from outreach.reports.exports import LIVING_SITUATION_CODES, csv_bytes
from outreach.store.work import open_work
from outreach.work_schemas import AGREEMENTS, AUDIT, CONSENTS, PARTICIPANTS, RELEASES
from outreach.work_words import LIVING_SITUATIONS, RELEASABLE

NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)
TODAY = date(2026, 11, 23)
WHO = {"by": "Ana", "now": NOW}
ALL = " ".join(RELEASABLE)
# What tells each field of Kim, in any file.
TELLING = {
    "name": ("Kim", "Doyle"),
    "birth_date": ("1980-05-17",),
    "phone": ("518 555 0100",),
    "living_situation": ("unsheltered", ",116,"),
    "services": ("food",),
}


def put(folder, table, *rows):
    with open_work(folder).writing() as into:
        into.insert(table, list(rows))


def agree(folder, to, may_see=ALL, ends=9, key="a"):
    days = {"signed_on": TODAY - timedelta(days=9), "expires_on": TODAY + timedelta(days=ends)}
    row = {"agreement_id": f"{key} {to}", "organisation_id": to, "may_see": may_see}
    put(folder, AGREEMENTS, row | days)


def release(folder, to, fields=ALL, who="k", ends=9, revoked=None, key="r"):
    days = {"signed_on": TODAY - timedelta(days=9), "expires_on": TODAY + timedelta(days=ends)}
    row = {"release_id": f"{key} {who} {to}", "participant_id": who, "organisation_id": to}
    put(
        folder,
        RELEASES,
        row | days | {"fields": fields, "revoked_at": revoked, "recorded_by": "Ana"},
    )


def opt_out(folder, who="k", key="c"):
    row = {"consent_id": f"{key} {who}", "participant_id": who, "rule": "opt_out"}
    row |= {"since": date(2026, 11, 1), "until": None, "recorded_at": NOW, "recorded_by": "Ana"}
    put(folder, CONSENTS, row | {"withdrawn_at": None, "withdrawn_by": None})


def visit(folder, key, days_ago=1, **more):
    entry = {"outcome": "engaged", "participant_id": "k", "services": ("food",)}
    entry |= {"living_situation": "unsheltered", "note": "a secret"}
    at = NOW - timedelta(days=days_ago)
    log.log_visit(folder, log.VisitEntry(key, at, **(entry | more)), **WHO)


def table(export, name):
    return list(csv.DictReader(io.StringIO(export.files[name].decode())))


def text(export):
    return "\n".join(content.decode() for content in export.files.values())


def test_a_partner_sees_the_fields_of_the_release_under_a_reference_of_its_own(team_city):
    for to in ("clinic", "shelter"):
        agree(team_city, to)
        release(team_city, to, "name last_contact services next_step")
    visit(team_city, "v1")
    tasks.add_task(team_city, tasks.TaskEntry("t1", "follow_up", TODAY, "k", note="x"), **WHO)
    made = partner_update(team_city, "the CLINIC", **WHO)
    (row,) = table(made, "updates.csv")
    assert list(row) == ["reference", "name", "last_contact", "next_step", "services"]
    assert row["name"] == "Kim Doyle"
    assert (row["last_contact"], row["services"]) == ("2026-11-22", "food")
    assert "secret" not in text(made)
    assert "private" not in text(made)
    (again,) = table(partner_update(team_city, "clinic", **WHO), "updates.csv")
    (other,) = table(partner_update(team_city, "shelter", **WHO), "updates.csv")
    assert again["reference"] == row["reference"] != other["reference"]
    assert row["reference"] != "k"
    with open_work(team_city).reading() as rows:
        told = rows.fetch(AUDIT, did="exported")
    assert list(told["participant_id"]) == ["k", "k", "k"]
    assert not told["what"].str.contains("Kim").any()


def test_there_is_nothing_without_an_agreement_and_for_nobody_unknown(team_city):
    release(team_city, "clinic")
    for to, told in (("clinic", "no current agreement"), ("The moon", "no organisation here")):
        with pytest.raises(WorkError, match=told):
            partner_update(team_city, to, **WHO)
    agree(team_city, "clinic", ends=-1)
    with pytest.raises(WorkError, match="no current agreement"):
        partner_update(team_city, "clinic", **WHO)
    agree(team_city, "clinic", key="b")
    assert partner_update(team_city, "clinic", **WHO).people == 1
    opt_out(team_city)
    assert partner_update(team_city, "clinic", **WHO).people == 0


def test_the_hmis_files_hold_together_and_use_its_columns_and_codes(team_city):
    agree(team_city, "hmis")
    release(team_city, "hmis")
    visit(team_city, "v1", 3, outcome="checked", services=())
    visit(team_city, "v2", 2)
    visit(team_city, "v3", 1, outcome="not_found")
    visit(team_city, "v4", 200)  # before they were enrolled
    made = hmis_export(team_city, "hmis", **WHO)
    told = pd.read_csv(DATA_FOLDER / "hmis_columns.csv")
    assert list(made.files) == list(told["file"].unique())
    for name, part in told.groupby("file"):
        header = made.files[name].decode().splitlines()[0].split(",")
        assert header == list(part["column"])
    (export,) = table(made, "Export.csv")
    assert (export["CSVVersion"], export["ExportEndDate"]) == ("2024 v1.3", "2026-11-23")
    (client,) = table(made, "Client.csv")
    assert (client["FirstName"], client["LastName"], client["NameDataQuality"]) == (
        "Kim",
        "Doyle",
        "1",
    )
    assert (client["DOB"], client["DOBDataQuality"]) == ("1980-05-17", "1")
    assert (client["SSN"], client["VeteranStatus"]) == ("", "99")
    (enrolment,) = table(made, "Enrollment.csv")
    assert (enrolment["EntryDate"], enrolment["DateOfEngagement"]) == ("2026-09-01", "2026-11-21")
    lived = table(made, "CurrentLivingSituation.csv")
    assert [row["InformationDate"] for row in lived] == ["2026-11-20", "2026-11-21"]
    assert {row["CurrentLivingSituation"] for row in lived} == {"116"}
    (service,) = table(made, "Services.csv")
    assert (service["RecordType"], service["OtherTypeProvided"]) == ("141", "food")
    for row in (enrolment, *lived, service):
        assert row["PersonalID"] == client["PersonalID"]
        assert row["EnrollmentID"] == enrolment["EnrollmentID"]
        assert row["ExportID"] == export["ExportID"]
    assert len(client["PersonalID"]) == 32
    assert "secret" not in text(made)
    assert set(LIVING_SITUATION_CODES) == set(LIVING_SITUATIONS)


def test_an_hmis_gets_nobody_without_their_enrolment_and_no_other_partner_gets_the_files(team_city):
    agree(team_city, "hmis")
    agree(team_city, "clinic")
    release(team_city, "hmis", "name birth_date services")
    visit(team_city, "v1")
    made = hmis_export(team_city, "hmis", **WHO)
    assert made.people == 0
    assert sum(made.rows.values()) == made.rows["Export.csv"] == 1
    with pytest.raises(WorkError, match="kind hmis"):
        hmis_export(team_city, "clinic", **WHO)
    release(team_city, "hmis", "status", key="more")
    assert hmis_export(team_city, "hmis", since=TODAY, **WHO).rows["Services.csv"] == 0


def test_records_are_redacted(team_city):
    visit(team_city, "v1", lon=-73.75, lat=42.65, staff_ids=("ana",))
    visit(team_city, "v2", 60, outcome="declined", services=())
    log.correct_visit(
        team_city, "v1", log.VisitEntry("v3", NOW, "engaged", "k", services=("food",)), **WHO
    )
    made = records_export(team_city, **WHO)
    assert made.files["records.csv"].decode().splitlines() == [
        "month,outcome,response_mode,services",
        "2026-09,declined,community,",
        "2026-11,engaged,community,food",
    ]
    assert records_export(team_city, since=TODAY, **WHO).rows == {"records.csv": 1}


def test_no_text_is_a_formula_in_a_spreadsheet():
    made = csv_bytes(pd.DataFrame({"name": ["=1+1", "+1 518", "Kim", None], "n": [1, -2, 3, 4]}))
    assert made.decode().splitlines() == ["name,n", "'=1+1,1", "+1 518,-2", "Kim,3", ",4"]


def test_files_are_written_whole_for_their_owner_only(team_city, tmp_path, monkeypatch):
    agree(team_city, "hmis")
    release(team_city, "hmis")
    made = hmis_export(team_city, "hmis", **WHO)
    target = tmp_path / "out" / "hmis"
    calls = []

    def full(path, data, *, private=False):
        calls.append(path)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        path.write_bytes(data)

    with monkeypatch.context() as patched:
        patched.setattr(exports, "write_whole", full)
        with pytest.raises(Exception, match="No space left"):
            write_export(made, target)
    assert not list((tmp_path / "out").iterdir())
    write_export(made, target)
    assert {path.name for path in target.iterdir()} == set(made.files)
    assert target.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in target.iterdir())
    with pytest.raises(InputError, match="already"):
        write_export(made, target)


def test_no_export_ever_holds_a_person_or_a_field_against_an_opt_out_or_a_release(team_city):
    """Random releases, agreements and opt-outs through the database, checked by brute force."""
    rng = np.random.default_rng(3)
    visit(team_city, "v1")
    with open_work(team_city).writing() as rows:
        other = {"given_name": "Zoe", "family_name": "Zar", "birth_date": "1999-09-09"}
        rows.update(PARTICIPANTS, {"participant_id": "l"}, other | {"phone": "999"})
    for turn in range(8):
        fields = list(rng.choice(RELEASABLE, 6, replace=False))
        may_see = list(rng.choice(RELEASABLE, 7, replace=False))
        ends, revoked, out = rng.integers(-1, 2), rng.random() < 0.2, rng.random() < 0.2
        with open_work(team_city).writing() as rows:
            for one in (RELEASES, AGREEMENTS, CONSENTS):
                rows.delete(one, {})
        for to in ("hmis", "clinic"):
            agree(team_city, to, " ".join(may_see))
            when = NOW if revoked else None
            release(team_city, to, " ".join(fields), ends=int(ends), revoked=when)
        if out:
            opt_out(team_city, key=str(turn))
        current = ends >= 0 and not revoked and not out
        allowed = {f for f in RELEASABLE if current and f in fields and f in may_see}
        for made in (
            hmis_export(team_city, "hmis", **WHO),
            partner_update(team_city, "clinic", **WHO),
        ):
            shown = text(made)
            assert "Zar" not in shown
            assert "secret" not in shown
            for field in set(TELLING) - allowed:
                assert not [word for word in TELLING[field] if word in shown], field
            assert bool(made.people) == bool(
                allowed & ({"status"} if len(made.files) > 1 else allowed)
            )


def test_the_commands_write_what_they_say(team_city, tmp_path):
    agree(team_city, "hmis")
    release(team_city, "hmis", ends=9999)
    with open_work(team_city).writing() as rows:
        rows.update(AGREEMENTS, {}, {"expires_on": date(2099, 1, 1)})
        rows.update(AGREEMENTS, {}, {"signed_on": date(2020, 1, 1)})
        rows.update(RELEASES, {}, {"signed_on": date(2020, 1, 1)})
    visit(team_city, "v1")

    def run(*words):
        return subprocess.run(
            [sys.executable, "-c", "from outreach.cli.main import main; main()", "export", *words],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "OUTREACH_CITY": str(team_city), "COLUMNS": "100"},
        )

    target = tmp_path / "hmis"
    done = run("hmis", "--to", "The hmis", str(target), "--by", "Ana", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["people"], told["rows"]["Client.csv"]) == (1, 1)
    assert (target / "Client.csv").read_text().count("\n") == 2
    done = run("updates", "--to", "moon", str(tmp_path / "u.csv"))
    assert done.returncode == 2
    assert "no organisation here" in done.stderr
    assert not (tmp_path / "u.csv").exists()
    done = run("records", str(tmp_path / "r.csv"), "--since", "23 Nov")
    assert done.returncode == 2
    assert "YYYY" not in done.stderr


def test_no_export_to_police_holds_somebody_who_asked_for_no_police(team_city):
    for to in ("police", "clinic"):
        agree(team_city, to)
        release(team_city, to)
    row = {"consent_id": "n", "participant_id": "k", "rule": "no_police", "since": TODAY}
    row |= {"until": None, "recorded_at": NOW, "recorded_by": "Ana"}
    assert partner_update(team_city, "police", **WHO).people == 1
    put(team_city, CONSENTS, row | {"withdrawn_at": None, "withdrawn_by": None})
    assert partner_update(team_city, "police", **WHO).people == 0
    assert partner_update(team_city, "clinic", **WHO).people == 1
