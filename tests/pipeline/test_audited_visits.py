"""Where teams went, for the audit of exposure: recorded visits, else planned stops."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pandas as pd

from outreach.cells import fine_cells, parents
from outreach.config import load_city
from outreach.pipeline import log
from outreach.pipeline.demand import _visits

AS_OF = datetime(2026, 11, 23, 17, tzinfo=UTC)  # a Monday
DAY = timedelta(days=1)


def plan(week, *moments, number=1, status="published"):
    ids = [f"c{i}" for i in range(len(moments))]
    stops = pd.DataFrame(
        {"candidate_id": ids, "arrive_at": pd.to_datetime(list(moments), utc=True).as_unit("us")}
    )
    spots = pd.DataFrame({"candidate_id": ids, "lon": -73.75, "lat": 42.65})
    return SimpleNamespace(
        stops=stops.assign(day=stops["arrive_at"].dt.date, shift_id="Team A"),
        candidates=spots,
        shifts=pd.DataFrame({"shift_id": ["Team A"], "end_at": pd.to_datetime([AS_OF], utc=True)}),
        week=week,
        number=number,
        status=status,
        time_zone="UTC",
        published_at=AS_OF - (140 - number) * DAY if status == "published" else None,
    )


def view(folder, *plans):
    return SimpleNamespace(folder=folder, city=load_city(folder), as_of=AS_OF, plans=plans)


def visited(folder, key, days_ago, **more):
    at = {"lon": -73.80, "lat": 42.70, "participant_id": "k"} | more
    entry = log.VisitEntry(key, AS_OF - days_ago * DAY, "checked", **at)
    log.log_visit(folder, entry, by="Ana", now=AS_OF)


def cell(lon, lat, folder):
    fine = fine_cells([lon], [lat]).to_numpy(np.int64)
    return parents(fine, load_city(folder).demand.finest_resolution)[0]


def test_planned_stops_stand_only_for_weeks_in_which_nothing_was_recorded(team_city):
    last, before = AS_OF - 5 * DAY, AS_OF - 12 * DAY  # of week 47 and of week 46
    plans = [
        plan("2026-W47", last, last),
        plan("2026-W46", before),
        plan("2026-W46", before, before, number=2),
        plan("2026-W45", AS_OF - 19 * DAY, status="draft"),
        plan("2026-W30", AS_OF - 120 * DAY),
        plan("2026-W49", AS_OF + 9 * DAY),
    ]
    seen = _visits(view(team_city, *plans))
    assert sorted(seen["at"]) == [before, before, last, last]
    visited(team_city, "v1", 4)
    visited(team_city, "v2", 4, response_mode="phone")
    visited(team_city, "v3", 4, lon=None, lat=None)
    visited(team_city, "v4", 30)
    seen = _visits(view(team_city, *plans))
    assert list(seen["cell"]).count(cell(-73.80, 42.70, team_city)) == 2
    assert sorted(seen["at"]) == [AS_OF - 30 * DAY, before, before, AS_OF - 4 * DAY]
    assert set(seen["cell"]) == {cell(*at, team_city) for at in ((-73.8, 42.7), (-73.75, 42.65))}


def test_corrected_visits_count_once_and_those_entered_later_not_yet(team_city):
    visited(team_city, "v1", 4)
    entry = log.VisitEntry("v2", AS_OF - 3 * DAY, "engaged", "k", lon=-73.8, lat=42.7)
    log.correct_visit(team_city, "v1", entry, by="Ana", now=AS_OF + DAY)
    assert list(_visits(view(team_city))["at"]) == [AS_OF - 4 * DAY]
    later = SimpleNamespace(**{**vars(view(team_city)), "as_of": AS_OF + 2 * DAY})
    assert list(_visits(later)["at"]) == [AS_OF - 3 * DAY]


def test_looking_makes_no_database(team_city):
    for path in team_city.glob("work.sqlite*"):
        path.unlink()
    seen = _visits(view(team_city))
    assert seen.empty
    assert list(seen.columns) == ["cell", "at"]
    assert not (team_city / "work.sqlite").exists()
