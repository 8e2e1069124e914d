"""Until when people and places count as listed for repeated calls (safeguard 4)."""

from pathlib import Path

import pandas as pd

from outreach.link_schemas import PERSON_LINKS
from outreach.people.person_ids import resolve
from outreach.roles import needs
from outreach.store.work import open_work
from outreach.work_schemas import LISTINGS


@needs("points")
def open_listings(folder: Path) -> pd.DataFrame:
    """Return the listings that have not ended: subject, listed_on, until; the first to end."""
    with open_work(folder).reading() as rows:
        listed = resolve(rows.fetch(LISTINGS), rows.fetch(PERSON_LINKS), "subject")
    going_on = listed[listed["ended_on"].isna()].sort_values("until")
    return going_on[["subject", "listed_on", "until"]].drop_duplicates("subject", ignore_index=True)
