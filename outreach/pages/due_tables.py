"""What is due now and ahead, in one list by how urgent it is; no Streamlit."""

from datetime import date, timedelta

import pandas as pd

from outreach.language.translate import N_

NO_CONTACT = "no_contact"
# In the order of the page, each with what a reader should know of it.
SECTIONS = {
    N_("Overdue"): "",
    N_("Today"): "",
    N_("Long without contact"): N_("Active, and nobody of the team has met them for long."),
    N_("This week"): N_("Within the next seven days."),
    N_("Later"): "",
    N_("Not to be contacted now"): N_("They asked for it, or there are visits enough for now."),
}
_COLUMNS = (
    "section",
    "state",
    "what",
    "task_id",
    "participant_id",
    "name",
    "worker",
    "due_on",
    "fixed_at",
    "address",
    "people_needed",
    "in_days",
    "days_since_contact",
    "why",
)


def due_items(due: pd.DataFrame, tasks: pd.DataFrame, *, today: date) -> pd.DataFrame:
    """Return what is due now and what is ahead, each with its section, most urgent first.

    Needs    due     as pipeline.followups.due_list
             tasks   as pipeline.lists.open_tasks
    Adds     section (of SECTIONS), in_days (below 0: overdue) and the columns of both
    """
    ahead = tasks[tasks["due_on"] > today]
    ahead = ahead.assign(what=ahead["kind"], state="ahead", days_since_contact=None, why="")
    now = due.merge(tasks[["task_id", "people_needed"]], on="task_id", how="left")
    both = pd.concat([part for part in (now, ahead) if len(part)] or [now], ignore_index=True)
    both["in_days"] = pd.Series([(day - today).days for day in both["due_on"]], both.index, "int64")
    week = timedelta(days=7).days
    both["section"] = [
        _section(state, what, days, week)
        for state, what, days in zip(both["state"], both["what"], both["in_days"], strict=True)
    ]
    return both.reindex(columns=list(_COLUMNS)).sort_values(
        ["in_days", "fixed_at", "name"], ignore_index=True
    )


def _section(state: str, what: str, days: int, week: int) -> str:
    if state == "barred":
        return "Not to be contacted now"
    if what == NO_CONTACT:
        return "Long without contact"
    if days < 0:
        return "Overdue"
    return "Today" if days == 0 else "This week" if days <= week else "Later"
