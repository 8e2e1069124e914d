"""Long work that goes on while pages come and go: how far it is, and what came of it.

It runs in a thread of the app and so outlives the page that began it. Whoever opens the app
meanwhile sees it too; what came to nothing is told until somebody has read it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import streamlit as st

from outreach.errors import OutreachError
from outreach.language.translate import N_, Say
from outreach.pages import broken, frame, wall_clock
from outreach.pages.language import _, number
from outreach.plan.solver import Progress, Watch
from outreach.roles import Viewer, acting_as, viewer

Report = Callable[[str], None]
Work = Callable[[Report, Watch], object]
Title = Callable[[Say], str]  # each reader hears it in their own language
BROKEN = N_("something went wrong in the program itself; its log says what")
_MINE = "jobs of this session"
_KEPT_FOR = timedelta(hours=2)
_QUICK_S = 0.4  # so long a page waits before it shows that something runs


@dataclass(eq=False)
class Job:
    """One piece of work; its thread writes how it goes, and pages read it."""

    title: Title  # Draft of 2026-W48
    folder: Path
    by: str
    otherwise: str  # what is as it was, should it come to nothing; marked for translation
    reader: Viewer  # in the thread nobody is at the screen
    what: object = None  # for which desk it is done, for instance
    job_id: str = field(default_factory=lambda: uuid4().hex)
    started_at: datetime = field(default_factory=wall_clock.now)
    step: str = N_("starting")
    progress: Progress | None = None
    result: Any = None  # small: a plan's week and number, never the plan
    error: str = ""
    enough: Event = field(default_factory=Event)  # somebody asked for the best so far
    ended: Event = field(default_factory=Event)

    def report(self, step: str) -> None:
        """Say what is being done now."""
        self.step = step

    def watch(self, progress: Progress) -> bool:
        """Take note of how far a search is; False ends it."""
        self.progress = progress
        return not self.enough.is_set()

    def run(self, work: Work) -> None:
        """Do the work for whom it was begun, and keep what came of it."""
        try:
            with acting_as(self.reader):
                self.result = work(self.report, self.watch)
        except OutreachError as error:
            self.error = str(error)
        except Exception as error:
            broken.note(error, self.title(str))
            self.error = BROKEN
        finally:
            self.ended.set()


@st.cache_resource
def _all() -> dict[str, Job]:
    """Return the jobs of all sessions, by job_id."""
    return {}


def start(
    folder: Path,
    title: Title,
    work: Work,
    *,
    by: str = "",
    otherwise: str = "",
    what: object = None,
) -> None:
    """Begin a piece of work; one of the same title, for the same what, that runs is joined."""
    for one in list(_all().values()):
        if wall_clock.now() - one.started_at > _KEPT_FOR and one.ended.is_set():
            _all().pop(one.job_id, None)
    same = (title(str), what)
    job = next((one for one in running(folder) if (one.title(str), one.what) == same), None)
    if job is None:
        job = Job(title, folder, by, otherwise, viewer(), what)
        _all()[job.job_id] = job
        Thread(target=job.run, args=(work,), name=title(str), daemon=True).start()
    st.session_state[_MINE] = [*st.session_state.get(_MINE, ()), job.job_id]
    job.ended.wait(_QUICK_S)


def running(folder: Path) -> list[Job]:
    """Return what is being done for a city, the oldest first."""
    return [job for job in _of(folder) if not job.ended.is_set()]


def results(folder: Path, kind: type) -> list[Job]:
    """Return what was done for a city lately and gave something of a kind, the newest first."""
    return [job for job in _of(folder)[::-1] if isinstance(job.result, kind)]


def _of(folder: Path) -> list[Job]:
    return [job for job in list(_all().values()) if job.folder == folder]


def just_ended(folder: Path) -> list[Job]:
    """Return what this session began and has come to an end since it asked last."""
    mine = st.session_state.get(_MINE, ())
    ended = [job for job in _of(folder) if job.job_id in mine and job.ended.is_set()]
    over = {job.job_id for job in ended}
    st.session_state[_MINE] = [one for one in mine if one not in over and one in _all()]
    return [job for job in ended if not job.error]


def show(folder: Path, *, since: Sequence[Job], apart: Sequence[object] = ()) -> None:
    """Show what is being done for a city, and what came to nothing.

    ``since`` is what ran before the page read its data: if it has ended meanwhile, the page is
    read anew. What is done for one of ``apart`` is left to ``show_own``, elsewhere on the page.
    """
    if any(job.ended.is_set() for job in since):
        st.rerun()
    _show([job for job in _of(folder) if job.what not in apart], "all")


def show_own(folder: Path, what: object) -> bool:
    """Show, where it was begun, what is done for one desk; return whether anything runs."""
    mine = [job for job in _of(folder) if job.what == what]
    begun = st.session_state.get(_MINE, ())
    if any(job.ended.is_set() and job.job_id in begun for job in mine):
        st.rerun()  # it has ended since the page was read
    return _show(mine, "own")


def _show(jobs: Sequence[Job], place: str) -> bool:
    """Show jobs at one place of the page; return whether any of them runs."""
    for job in jobs:
        if job.error and job.ended.is_set():
            _show_error(job, place)
    going = [job.job_id for job in jobs if not job.ended.is_set()]
    if going:
        _show_running(going, place)
    return bool(going)


def _show_error(job: Job, place: str) -> None:
    error = _(job.error)
    why = _("{title}: not made. {error}.").format(
        title=job.title(_), error=f"{error[:1].upper()}{error[1:]}"
    )
    st.error(frame.plain_markdown(f"{why} {_(job.otherwise)}".strip()))
    if st.button(_("I have read it"), key=f"read {place} {job.job_id}"):
        _all().pop(job.job_id, None)
        st.rerun()


@st.fragment(run_every=1.0)
def _show_running(ids: Sequence[str], place: str) -> None:
    """Show how far jobs are, every second, while the rest of the page stays as it is."""
    jobs = [job for job in map(_all().get, ids) if job is not None]
    if len(jobs) < len(ids) or any(job.ended.is_set() for job in jobs):
        st.rerun()
    for job in jobs:
        with st.container(border=True):
            st.progress(_share(job), text=frame.plain_markdown(_words(job)))
            if job.progress is not None:
                st.button(
                    _("Take the best so far"),
                    key=f"enough {place} {job.job_id}",
                    on_click=job.enough.set,
                    disabled=job.enough.is_set(),
                )


def _share(job: Job) -> float:
    return min(max(job.progress.share, 0.0), 1.0) if job.progress else 0.0


def _words(job: Job) -> str:
    head = _("{title} for {name}") if job.by else "{title}"
    head = head.format(title=job.title(_), name=job.by)
    if job.enough.is_set():
        return _("{title}: taking the best so far …").format(title=head)
    if job.progress is None:
        return f"{head}: {_(job.step)} …"
    return _(
        "{title}: {step}, {share} done. So far {stops} stops, worth about {calls} calls a week."
    ).format(
        title=head,
        step=_(job.step),
        share=f"{_share(job):.0%}",
        stops=job.progress.stops,
        calls=number(round(job.progress.worth)),
    )
