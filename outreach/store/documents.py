"""Documents kept whole: plan versions and saved column mappings, as text."""

from pathlib import Path

from outreach.errors import StoreError
from outreach.store.folder import write_whole
from outreach.weeks import parse_week, week_label

PLANS = "plans"  # the folder of them, in that of a city


def plan_path(folder: Path, week: str, version: int) -> Path:
    """Return where a version of a week's plan lies.

    Raises   InputError   the week is none: it comes from addresses and command lines
    """
    return folder / PLANS / week_label(parse_week(week)) / f"v{version:03d}.json"


def plan_versions(folder: Path, week: str = "*") -> list[Path]:
    """Return the stored plans, newest week and version first."""
    wanted = week if week == "*" else week_label(parse_week(week))
    found = (folder / PLANS).glob(f"{wanted}/v*.json")
    return sorted(found, key=lambda path: (path.parent.name, _number(path)), reverse=True)


def _number(path: Path) -> int:
    return int(path.stem[1:])


def next_version(folder: Path, week: str) -> int:
    """Return the number that a new draft of a week gets."""
    versions = plan_versions(folder, week)
    return _number(versions[0]) + 1 if versions else 1


def write_plan(folder: Path, week: str, version: int, text: str) -> Path:
    """Keep a version of a week's plan; plans name addresses, so their owner alone reads them."""
    path = plan_path(folder, week, version)
    write_whole(path, text, private=True)
    return path


def read_plan(folder: Path, week: str, version: int) -> str:
    """Return the text of a stored plan.

    Raises   StoreError   there is no such version
    """
    path = plan_path(folder, week, version)
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        raise StoreError(f"there is no version {version} of a plan for {week}") from None
