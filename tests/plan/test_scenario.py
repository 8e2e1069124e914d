"""More hours never meet less, and the curve starts with the week as it is."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest

from outreach.columns import check
from outreach.plan import make
from outreach.plan.scenario import AS_IT_IS, Extra, curve
from outreach.plan.search import default_solver
from outreach.plan.shifts import week_shifts
from outreach.plan_schemas import SCENARIO

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def told(networks, city, make_candidates):

    city = city.model_copy(update={"plan": city.plan.model_copy(update={"solver_limit_s": 2.0})})
    shifts = week_shifts(city, date(2026, 11, 23))
    thursday = (
        shifts[shifts["team"] == "Team A"]
        .iloc[[0]]
        .assign(
            shift_id="2026-11-26/Team A (added)",
            day=date(2026, 11, 26),
            start_at=pd.Timestamp("2026-11-26T14:00Z"),
            pause_earliest=pd.NaT,
            pause_latest=pd.NaT,
            pause_s=0.0,
        )
    )
    for name in ("pause_earliest", "pause_latest", "start_at"):
        thursday[name] = pd.to_datetime(thursday[name], utc=True).dt.as_unit("us")

    def extra(hours):
        end = thursday["start_at"] + pd.Timedelta(hours=hours)
        return Extra(hours, thursday.assign(end_at=end.dt.as_unit("us")), f"{hours} h on Thursday")

    rows = make_candidates(90, explore=8)
    order = make.Order(city, "2026-W48", made_at=AT, as_of=AT)
    found = curve(
        rows, shifts, [extra(4), extra(0.5), extra(2)], networks, order=order,
        solver=default_solver(),
    )  # fmt: skip
    return rows, found


def test_more_hours_meet_more_and_never_less(told):
    rows, found = told
    check(found, SCENARIO)
    assert found["extra_h"].tolist() == [0, 0.5, 2, 4]
    assert found["added"].tolist()[:2] == [AS_IT_IS, "0.5 h on Thursday"]
    assert found["need_met"].is_monotonic_increasing
    assert found["need_met"].iloc[-1] > 1.02 * found["need_met"].iloc[0]
    assert found["need_met"].iloc[-1] <= rows["prize"].sum()
    assert found["stops"].iloc[-1] > found["stops"].iloc[0]


def test_the_gain_is_told_an_hour(told):
    _, found = told
    for row in found.iloc[1:].itertuples():
        gained = row.need_met - found["need_met"].iloc[0]
        assert row.more_per_h * row.extra_h == pytest.approx(gained)
    assert found["more_per_h"].iloc[0] == 0
