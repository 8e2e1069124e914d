"""Random weeks, planned and planned again: what must hold of every plan, whatever the week."""

import numpy as np
import pandas as pd
import pytest

from outreach.plan.compare import kept_of_untouched
from outreach.plan.shifts import week_shifts
from outreach.plan_schemas import CAUSES, CHANGES
from outreach.weeks import DAY_NAMES

WEEKS = range(8)
CLOCKS = [("09:00", "19:00"), ("10:00", "12:00"), ("09:00", "10:30"), ("11:00", "13:00")]


@pytest.fixture(scope="module")
def random_rows(make_candidates):
    """A function: candidates of all kinds, some barred, some in groups, some asking for much."""

    def made(seed):
        rng = np.random.default_rng([5, seed])
        n = int(rng.integers(12, 70))
        rows = make_candidates(n, seed=seed, explore=int(rng.integers(0, 8)))
        explores = rows["kind"] == "exploration"
        cell = ~explores & (rng.random(n) < 0.25)
        rows.loc[cell, ["kind", "known", "response_mode"]] = ["cell", False, "community"]
        clocks = rng.choice(len(CLOCKS), n, p=[0.7, 0.1, 0.1, 0.1])
        opens, closes = zip(*(CLOCKS[i] for i in clocks), strict=True)
        rows = rows.assign(window_from_local=opens, window_until_local=closes)
        few = rng.random(n) < 0.15
        rows.loc[few, "days"] = [
            " ".join(rng.choice(DAY_NAMES[:3], 2, replace=False)) for _ in range(few.sum())
        ]
        rows.loc[rng.random(n) < 0.05, "with_staff"] = "Ana"
        rows.loc[rng.random(n) < 0.1, "preferred_staff"] = "Bo"
        rows.loc[rng.random(n) < 0.05, "people_needed"] = 2
        rows.loc[rng.random(n) < 0.05, "seats_needed"] = 3
        rows["visit_group"] = [str(g) for g in rng.integers(0, n, n)]
        rows["gap_days"] = rng.choice([2, 7], n)
        barred = rng.random(n) < 0.1
        rows.loc[barred, ["barred", "barred_cause"]] = ["Asked for no contact.", "consent"]
        rows.loc[barred, ["lon", "lat"]] = np.nan
        return rows

    return made


def everyone_is_told_once(plan, rows):
    told = pd.concat([plan.stops["candidate_id"], plan.left_out["candidate_id"]])
    assert sorted(told) == sorted(rows["candidate_id"])
    assert plan.left_out["cause"].isin(CAUSES).all()
    assert plan.left_out["why"].str.fullmatch(r"[A-Z].*\.").all()
    assert plan.stops["why"].str.fullmatch(r"[A-Z0-9].*\.").all()


def some_changes(plan, rows):
    """Pins of three stops where they are, and two forbids; of one group only one."""
    planned = plan.stops.merge(rows[["candidate_id", "visit_group"]], on="candidate_id")
    planned = planned.drop_duplicates("visit_group").sample(frac=1, random_state=1)
    if len(planned) < 6:
        return pd.DataFrame(columns=list(CHANGES.columns))
    stay, out = planned.iloc[:3], planned.iloc[3:5]
    told = [(row.candidate_id, "pin", row.shift_id) for row in stay.itertuples()]
    told += [(one, "forbid", None) for one in out["candidate_id"]]
    frame = pd.DataFrame(told, columns=["candidate_id", "change", "shift_id"])
    empty = pd.Series([pd.NaT] * len(frame), dtype="datetime64[us, UTC]")
    return frame.assign(start_at=empty, made_by="Lea")


@pytest.mark.parametrize("seed", WEEKS)
def test_every_week_is_sound_planned_and_planned_again(seed, random_rows, make_week, recheck, city):
    rng = np.random.default_rng([6, seed])
    rows = random_rows(seed)
    plan = make_week(rows, solver_limit_s=0.3, seed=seed)
    assert recheck(plan) == []
    everyone_is_told_once(plan, rows)

    changes = some_changes(plan, rows)
    shifts = week_shifts(city, plan.shifts["day"].min())
    pinned = set(changes["shift_id"].dropna())
    lost = next(one for one in rng.permutation(shifts["shift_id"]) if one not in pinned)
    again = make_week(
        rows,
        shifts=shifts[shifts["shift_id"] != lost].reset_index(drop=True),
        order={"changes": changes, "previous": plan} if len(changes) else {"previous": plan},
        solver_limit_s=0.3,
    )
    assert recheck(again) == []
    everyone_is_told_once(again, rows)
    where = dict(zip(again.stops["candidate_id"], again.stops["shift_id"], strict=True))
    for change in changes.itertuples():
        expected = change.shift_id if change.change == "pin" else None
        assert where.get(change.candidate_id) == expected
    kept, untouched = kept_of_untouched(plan, again)
    assert kept >= 0.6 * untouched
    assert again.changed_stops >= untouched - kept
