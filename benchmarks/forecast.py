"""How good the forecast is on real calls, also under the rules of the NIJ challenge.

Protocol. Data: Portland OR calls for service 2016-08-01 to 2017-02-28 and Montgomery County PA 911
2015-12-10 to 2016-08-24, read by ``outreach ingest`` into folders without streets, so that the
study area is the cells with any call of the chosen types. Origins: every ISO week with 26 whole
weeks before it. Baselines in the same run: last week's counts, and the trailing mean. The ceiling
is the PEI to expect if the true rates were known and counts were Poisson.

NIJ challenge 2017: cells of 62,500 to 360,000 sq ft (H3 resolution 10 fits), 0.25 to 0.75 sq mi
flagged, Portland taken as 147.7 sq mi; PAI = (n/N)/(a/A) with true cell areas, PEI = n/n*. Scored:
the last week (from 2017-02-22 on) and the last month (February 2017) of the file, trained on the
calls before, at both bounds of the flagged area.

    make bench-forecast
"""

import json
import os
import shutil
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from outreach import cells, roles
from outreach.demand.backtest import Backtest
from outreach.demand.card import to_card
from outreach.pipeline import backtest as testing
from outreach.pipeline import intake, setup
from outreach.pipeline.backtest import Study
from outreach.weeks import at_local

roles.answer_by(lambda: roles.OPERATOR)  # who works on the machine, as on the command line

REPOSITORY = Path(__file__).parent.parent
DATA = Path(os.environ.get("OUTREACH_REAL_DATA", REPOSITORY.parent / "shared" / "data"))
OUT = REPOSITORY / "real-cities" / "forecast"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CRISIS = ("UNWANTED PERSON", "WELFARE CHECK", "DISTURBANCE", "DETOX")
CITIES = {
    "portland": (
        "portland_cfs_2016-08_2017-02.csv.gz", "America/Los_Angeles", (45.52, -122.68), CRISIS
    ),
    "montgomery": ("montgomery_pa_911.csv.gz", "America/New_York", (40.2, -75.35), ("EMS",)),
}  # fmt: skip
SQ_MI_KM2, SQ_FT_KM2 = 2.589988, 9.290304e-8
FLAGGED_SQ_MI = (0.25, 0.75)
PORTLAND_KM2 = 147.7 * SQ_MI_KM2


def read(name: str) -> Path:
    file, zone, base, _ = CITIES[name]
    folder = OUT / name
    setup.init_city(folder, setup.NewCity(time_zone=zone, base=base), report=lambda _: None)
    intake.ingest_file(folder, DATA / "calls" / file, intake.Wishes(), now=NOW)
    return folder


def rolling(name: str, folder: Path, *, learned: bool) -> None:
    for resolution in (8, 9, 10):
        study = Study(resolution, CITIES[name][3], learned=learned and resolution == 9)
        began = time.process_time()
        done, record = testing.run_backtest(folder, study, now=NOW)
        facts = testing.backtest_facts(done, record)
        if resolution == 9:
            keep_card(name, done)
        print(
            f"\n{name}, resolution {resolution}: {done.flagged} of {done.cells:,} cells, "
            f"{facts['origins']} origins, half-life {done.half_life_weeks:.0f} weeks, ring "
            f"{done.ring_share:.0%}; {time.process_time() - began:.1f} CPU s"
        )
        for method in done.scores["method"].unique():
            mine = facts if method == "forecast" else facts[method]
            low, high = mine["pei_interval"]
            print(
                f"  {method:14} PEI {mine['pei']:.4f} ({low:.3f}-{high:.3f})  PAI {mine['pai']:.1f}"
                f"  hit rate {mine['hit_rate']:.3f}  stability {mine['stability']:.2f}"
            )
        print(
            f"  ceiling {facts['ceiling']:.4f}: PEI is {facts['pei'] / facts['ceiling']:.1%} of "
            f"it; coverage {facts['coverage']:.2f}; shown: {done.shown}"
        )


def keep_card(name: str, done: Backtest) -> None:
    """Write what was tuned, and how good it was, into the repository's models/."""
    file, _, _, types = CITIES[name]
    about = {
        "data": f"{file}, public calls for service; call types that begin as: {', '.join(types)}",
        "as_of": str(done.last_week),
        "made_by": "make bench-forecast",
    }
    card = json.dumps(to_card(done, about=about), indent=1)
    (REPOSITORY / "models" / f"{name}.json").write_text(card + "\n", encoding="utf-8")


def nij(folder: Path) -> None:
    print("\nNIJ rules, Portland, resolution 10: of the crisis types")
    for horizon, origin in (("7d", date(2017, 2, 22)), ("1m", date(2017, 2, 1))):
        for sq_mi in FLAGGED_SQ_MI:
            _nij(folder, horizon, origin, sq_mi)


def _nij(folder: Path, horizon: str, origin: date, sq_mi: float) -> None:
    plain = Study(10, CRISIS)
    record = testing.read_record(folder, plain, now=NOW, origin=origin)
    as_of = at_local(origin, datetime.min.time(), record.city.time_zone)
    panel = testing.panel_of(record, as_of=as_of, begins=origin.weekday())
    cell_km2 = float(np.mean([cells.area_km2(cell) for cell in panel.cells]))
    smallest, largest = 62_500 * SQ_FT_KM2, 360_000 * SQ_FT_KM2
    assert smallest <= cell_km2 <= largest
    flagged = round(sq_mi * SQ_MI_KM2 / cell_km2)
    study = replace(plain, flagged_share=flagged / len(panel.cells))
    found, _ = testing.run_horizons(folder, study, origin, [horizon], now=NOW)
    area_share = flagged * cell_km2 / PORTLAND_KM2
    for row in found.to_dict("records"):
        print(
            f"  {horizon:3} from {origin}, {sq_mi} sq mi ({flagged} cells of "
            f"{cell_km2 / SQ_FT_KM2:,.0f} sq ft)  {row['method']:14} "
            f"PAI {row['hit_rate'] / area_share:6.2f}  PEI {row['pei']:.4f}  "
            f"hit rate {row['hit_rate']:.3f}"
        )


def places(name: str, folder: Path) -> None:
    for types in (CITIES[name][3], ()):
        _places(name, folder, types)


def _places(name: str, folder: Path, types: tuple[str, ...]) -> None:
    found = testing.run_place_backtest(folder, Study(call_types=types), now=NOW)
    counted = ", ".join(types) or "the five needs by the code map as shipped"
    print(f"\n{name}: the top 50 repeat places, calls in the next four weeks ({counted})")
    for row in found.to_dict("records"):
        print(
            f"  {row['origin']}  expected {row['predicted']:7.1f}  came {row['actual']:5.0f}  "
            f"came / expected {row['ratio']:.2f}"
        )
    pooled = found["actual"].sum() / found["predicted"].sum()
    print(f"  all origins together {pooled:.2f}")


def main() -> None:
    if not DATA.is_dir():
        sys.exit(f"no real data in {DATA}; name their folder in OUTREACH_REAL_DATA")
    shutil.rmtree(OUT, ignore_errors=True)
    for name in CITIES:
        folder = read(name)
        rolling(name, folder, learned="--learned" in sys.argv)
        places(name, folder)
        if name == "portland":
            nij(folder)


if __name__ == "__main__":
    main()
