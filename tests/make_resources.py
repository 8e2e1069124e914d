"""Places of help for tests: what a test names, and usual values for the rest."""

from typing import Any

import pandas as pd

from outreach.columns import check
from outreach.resource_schemas import RESOURCES

USUAL: dict[str, Any] = {
    "name": "Somewhere",
    "organization": "Somebody",
    "service": "Help",
    "kind": "shelter",
    "needs": "homelessness",
    "address": None,
    "phone": None,
    "website": None,
    "hours_text": None,
    "hours": None,
    "hours_state": "none",
    "eligibility": None,
    "minimum_age": float("nan"),
    "maximum_age": float("nan"),
    "documents": None,
    "languages": "",
    "accessibility": None,
    "capacity_available": float("nan"),
    "capacity_maximum": float("nan"),
    "capacity_updated_at": pd.NaT,
    "verified_on": None,
    "redacted": False,
    "lon": -73.75,
    "lat": 42.65,
}
_TIMES = ("capacity_updated_at",)


def resources(**columns: Any) -> pd.DataFrame:
    """Return RESOURCES: each column a list, or one value for every row; ids are r0, r1, ...

    Needs    no column that RESOURCES lacks
    """
    unknown = sorted(set(columns) - set(RESOURCES.columns))
    assert not unknown, f"RESOURCES has no {unknown}"
    rows = max((len(v) for v in columns.values() if not _one(v)), default=1)
    told = USUAL | {"resource_id": [f"r{i}" for i in range(rows)]} | columns
    made = pd.DataFrame(
        {
            name: pd.Series([told[name]] * rows if _one(told[name]) else list(told[name]))
            for name in RESOURCES.columns
        }
    )
    for name in _TIMES:
        made[name] = pd.to_datetime(made[name], utc=True).astype("datetime64[us, UTC]")
    for name, column in RESOURCES.columns.items():
        if column.kind in ("float", "bool"):
            made[name] = made[name].astype("float64" if column.kind == "float" else "bool")
        elif column.kind in ("text", "date"):
            made[name] = made[name].astype(object).where(made[name].notna(), None)
    return check(made, RESOURCES)


def _one(value: Any) -> bool:
    return isinstance(value, str) or not hasattr(value, "__len__")
