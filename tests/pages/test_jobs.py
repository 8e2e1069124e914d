from threading import Event

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from outreach.errors import PlanError
from outreach.pages import jobs
from outreach.plan.solver import Progress


def draft(say):
    return say("Draft")


@pytest.fixture
def clean():
    st.cache_resource.clear()
    st.session_state.clear()
    yield
    st.cache_resource.clear()
    st.session_state.clear()


def test_work_goes_on_by_itself_and_its_result_is_taken_up_once(tmp_path, clean):
    go = Event()
    jobs.start(tmp_path, draft, lambda report, watch: (go.wait(5), ("2026-W48", 1))[1])
    assert [job.title(str) for job in jobs.running(tmp_path)] == ["Draft"]
    assert jobs.just_ended(tmp_path) == []
    go.set()
    jobs.results(tmp_path, object)[0].ended.wait(5)
    assert [job.result for job in jobs.just_ended(tmp_path)] == [("2026-W48", 1)]
    assert jobs.just_ended(tmp_path) == []
    assert jobs.running(tmp_path) == []


def test_the_same_work_is_not_begun_twice_at_once(tmp_path, clean):
    go, begun = Event(), []

    def work(report, watch):
        begun.append(1)
        go.wait(5)

    for _ in range(2):
        jobs.start(tmp_path, draft, work)
    jobs.start(tmp_path, draft, work, what="another desk")
    jobs.start(tmp_path / "other", draft, work)
    go.set()
    assert len(begun) == 3


@pytest.mark.parametrize(
    ("error", "told"), [(PlanError("no team may go"), "no team may go"), (KeyError("x"), "program")]
)
def test_what_comes_to_nothing_is_told_until_it_is_read(tmp_path, clean, error, told):
    def work(report, watch):
        raise error

    jobs.start(tmp_path, draft, work, otherwise="All versions are as they were.")
    assert jobs.just_ended(tmp_path) == []
    (job,) = jobs.results(tmp_path, type(None))
    assert told in job.error
    page = f"""
from pathlib import Path
from outreach.pages import jobs
jobs.show(Path({str(tmp_path)!r}), since=[])
"""
    app = AppTest.from_string(page).run()
    assert told in app.error[0].value.casefold()
    assert "as they were" in app.error[0].value
    app.button[0].click().run()
    assert not app.error


def test_the_best_so_far_ends_a_search(tmp_path, clean):
    def work(report, watch):
        report("searching")
        steps = 0
        while watch(Progress(min(steps / 1000, 1), 40.0, 60)) and steps < 2000:
            steps += 1
            Event().wait(0.005)
        return steps

    jobs.start(tmp_path, draft, work)
    page = f"""
from pathlib import Path
from outreach.pages import jobs
jobs.show(Path({str(tmp_path)!r}), since=[])
"""
    app = AppTest.from_string(page).run()
    assert app.button[0].label == "Take the best so far"
    (job,) = jobs.running(tmp_path)
    app.button[0].click().run()
    assert job.ended.wait(5)
    assert job.result < 2000
