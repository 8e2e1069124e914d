"""Day sheets as files: who may have them, what is on them, and what is told in the audit trail."""

import io
import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pypdf
import pytest

from outreach import roles
from outreach.errors import InputError, NotAllowedError, PlanError
from outreach.pipeline import sheets
from outreach.pipeline.sheets import Wanted, sheet_files
from outreach.roles import Viewer
from outreach.store.work import open_work
from outreach.work_schemas import AUDIT, CONSENTS

DAY = date(2026, 11, 23)
NORTH = Wanted(DAY, "Team North")


@pytest.fixture(scope="module")
def built(sheet_city, fake_city, tmp_path_factory):
    return sheet_city.build(tmp_path_factory.mktemp("built"), fake_city)


@pytest.fixture
def city(built, tmp_path):
    return Path(shutil.copytree(built, tmp_path / "city"))


@pytest.fixture
def make(city, sheet_city):
    def made(wanted=NORTH, by="Ana", now=sheet_city.PUBLISHED):
        return sheet_files(city, sheet_city.WEEK, wanted, by=by, now=now)

    return made


def texts(files):
    """All that stands in the files, PDF pages as text, and without the map library."""
    found = {}
    for name, content in files.items():
        if name.endswith(".pdf"):
            pages = pypdf.PdfReader(io.BytesIO(content)).pages
            found[name] = " ".join(page.extract_text() for page in pages)
        else:
            found[name] = content.decode()
    return found


def test_one_file_a_shift_and_kind_without_a_name_in_it(make, sheet_city):
    made = make(replace(NORTH, team=None))
    assert made.shifts == 3
    assert len(made.files) == 12
    assert "sheet-2026-11-23-team-north.html" in made.files
    for name, text in texts(made.files).items():
        for planted in sheet_city.PLANTED:
            assert planted.lower() not in text.lower(), (name, planted)
    html = texts(made.files)["sheet-2026-11-23-team-north.html"]
    assert "Bus station, ask for …" in html
    assert "behind …" in html
    assert "Riverton CART · 555-0199 · team@example.org" in html


def test_the_test_above_can_fail(city, sheet_city):
    """The same names are found where nothing takes them out."""
    from outreach.pipeline.week import find_plan

    told = " ".join(find_plan(city, sheet_city.WEEK).candidates["label"])
    assert "Kimberly Doyleson" in told


def test_limits_bind_in_words_and_the_reference_is_a_pseudonym(make):
    html = texts(make().files)["sheet-2026-11-23-team-north.html"]
    stop = re.search(r'id="stop-0-3".*?</li>', html, re.DOTALL)[0]
    assert "No police" in stop
    assert "At least 2 of you go in" in stop
    assert '<span class="ref">s2</span>' in stop


def test_each_making_is_told_of_each_participant(make, city):
    make()
    make(replace(NORTH, team="Team South"))
    with open_work(city).reading() as rows:
        told = rows.fetch(AUDIT, did="exported")
    assert sorted(told["participant_id"].fillna("")) == ["", "k"]
    assert set(told["who"]) == {"Ana"}


def test_who_opted_out_since_is_out(make, city, sheet_city):
    consent = {
        "consent_id": "c",
        "participant_id": "k",
        "rule": "opt_out",
        "since": date(2026, 11, 20),
        "recorded_at": sheet_city.PUBLISHED,
        "recorded_by": "Ana",
    }
    with open_work(city).writing() as rows:
        rows.insert(CONSENTS, [consent])
    made = make()
    assert made.participants == 0
    for text in texts(made.files).values():
        assert "102 Cedar" not in text
        assert "103" in text or "behind" in text


def test_a_redacted_site_is_on_no_sheet(make, monkeypatch, fake_city):
    known = fake_city.resources()
    secret = known[known["redacted"]].iloc[0]
    monkeypatch.setattr(sheets, "whole_directory", lambda _: known)
    made = make(replace(NORTH, team=None, day=None, together=True))
    for text in texts(made.files).values():
        assert str(secret["name"]) not in text
    assert (
        str(known.loc[~known["redacted"], "name"].iloc[0])
        in texts(made.files)["sheet-2026-W48-all-teams.html"]
    )


@pytest.mark.parametrize("role", ["manager", "police_liaison", "partner", "community", "admin"])
def test_who_sees_no_points_gets_no_sheet(make, role):
    with roles.acting_as(Viewer("Mo", role)), pytest.raises(NotAllowedError):
        make(by="Mo")


def test_a_draft_is_for_who_plans_and_says_so(sheet_city, fake_city, tmp_path):
    city = sheet_city.build(tmp_path, fake_city, draft=True)
    told = {"by": "Ana", "now": sheet_city.PUBLISHED}
    with pytest.raises(PlanError, match="no plan of 2026-W48 is published"):
        sheet_files(city, sheet_city.WEEK, NORTH, **told)
    one = replace(NORTH, number=1)
    with roles.acting_as(Viewer("Ana", "caseworker")), pytest.raises(PlanError, match="draft"):
        sheet_files(city, sheet_city.WEEK, one, **told)
    with roles.acting_as(Viewer("Ana", "lead")):
        made = sheet_files(city, sheet_city.WEEK, one, **told)
    assert made.draft
    for name, text in texts(made.files).items():
        assert name.startswith("draft-")
        assert "DRAFT" in text
    html = next(text for name, text in texts(made.files).items() if name.endswith("html"))
    assert 'class="log"' not in html


def test_what_is_not_there_is_said_in_one_line(make):
    with pytest.raises(InputError, match="not as docx"):
        make(replace(NORTH, kinds=("docx",)))
    with pytest.raises(InputError, match="'fr'"):
        make(replace(NORTH, language="fr"))
    with pytest.raises(PlanError, match="no visits are planned for Team X"):
        make(replace(NORTH, team="Team X"))


def test_choices_are_the_published_shifts_from_this_week_on(city, sheet_city):
    found = sheets.sheet_choices(city, now=sheet_city.NOW)
    assert len(found) == 15
    later = sheet_city.NOW.replace(month=12)
    assert sheets.sheet_choices(city, now=later).empty
