from datetime import UTC, date, datetime, time

import pytest

from outreach import weeks
from outreach.errors import InputError


def test_label_and_monday_agree_over_year_ends():
    for text in ("2026-W48", "2026-W01", "2020-W53", "2027-W01"):
        assert weeks.week_label(weeks.parse_week(text)) == text
    assert weeks.parse_week("2026w48") == date(2026, 11, 23)
    assert weeks.monday_of(date(2026, 11, 29)) == date(2026, 11, 23)


@pytest.mark.parametrize("text", ["2026-48", "2025-W53", "W48", "2026-W0", "next week", ""])
def test_what_is_no_week_is_refused(text):
    with pytest.raises(InputError, match="2026-W48"):
        weeks.parse_week(text)


def test_local_hours_across_daylight_saving():
    zone = "America/New_York"
    assert weeks.at_local(date(2026, 3, 7), time(9), zone) == datetime(2026, 3, 7, 14, tzinfo=UTC)
    assert weeks.at_local(date(2026, 3, 9), time(9), zone) == datetime(2026, 3, 9, 13, tzinfo=UTC)
    late = datetime(2026, 11, 23, 3, tzinfo=UTC)
    assert weeks.local_date(late, zone) == date(2026, 11, 22)
    assert weeks.week_start_utc(date(2026, 11, 23), zone) == datetime(2026, 11, 23, 5, tzinfo=UTC)
