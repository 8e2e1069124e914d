"""The whole way on real streets, and every real export read, with the counts printed.

Needs the public data described in the README's section on real data (../shared/data, or the
folder named in OUTREACH_REAL_DATA). Calls on the real streets are invented; the streets, places
and exports are real. Writes into real-cities/, which is made anew.

    make real
"""

import os
import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from outreach import roles
from outreach.cli.output import COUNTED
from outreach.errors import OutreachError
from outreach.pipeline import directory, intake, invented, setup, week, week_map
from outreach.simulate.calls import CallParams
from outreach.weeks import coming_week, local_date

roles.answer_by(lambda: roles.OPERATOR)  # who works on the machine, as on the command line

REPOSITORY = Path(__file__).parent.parent
DATA = Path(os.environ.get("OUTREACH_REAL_DATA", REPOSITORY.parent / "shared" / "data"))
OUT = REPOSITORY / "real-cities"
NOW = datetime.now(UTC)

# Where each export is from; a city folder without streets reads and counts.
EXPORTS = {
    "berkeley_pd_cfs_a.csv": ("America/Los_Angeles", (37.87, -122.27), {}),
    "boston_311_2015.csv.gz": ("America/New_York", (42.36, -71.06), {}),
    "boston_311_2015_needle.csv": ("America/New_York", (42.36, -71.06), {}),
    "laguna_beach_pd_events.csv.gz": ("America/Los_Angeles", (33.54, -117.78), {}),
    "lane_county_mobile_crisis.csv": ("America/Los_Angeles", (44.05, -123.09), {}),
    "montgomery_pa_911.csv.gz": ("America/New_York", (40.2, -75.35), {}),
    "portland_cfs_2016-08_2017-02.csv.gz": ("America/Los_Angeles", (45.52, -122.68), {}),
    "tacoma_encampment_cleanups.csv": (
        "America/Los_Angeles", (47.25, -122.44), {"call_source": "officer_initiated"},
    ),
    "toronto_persons_in_crisis.csv.gz": ("America/Toronto", (43.65, -79.38), {}),
}  # fmt: skip


def say(text: str) -> None:
    print(text, flush=True)


def whole_way(name: str, streets: Path, resources: list[Path], calls_per_week: int) -> None:
    """Streets and places → invented calls → ingest → plan → map."""
    folder, began = OUT / name, time.perf_counter()
    new = setup.NewCity(streets=streets, resources=tuple(resources), invented_data=True)
    city = setup.init_city(folder, new, report=lambda _: None)
    zone = city.time_zone
    wanted = invented.Invention(local_date(NOW, zone), 1, CallParams(calls_per_week=calls_per_week))
    invented.simulate_city(folder, wanted, report=lambda _: None)
    export = folder / "exports" / "calls.csv"
    read = intake.ingest_file(folder, export, intake.Wishes(as_it_happened=True), now=NOW)
    made = week.make_week_plan(folder, coming_week(NOW, zone), now=NOW)
    target = folder / "sweep.html"
    week_map.write_week_map(folder, made.week, None, target, now=NOW, report=lambda _: None)
    say(f"\n{name} ({zone}), {time.perf_counter() - began:.0f} s")
    for mode, network in setup.load_networks(folder).items():
        say(f"  {mode}: {len(network.nodes):,} nodes, {len(network.edges):,} edges")
    say(f"  {len(directory.read_directory(folder)):,} places of help")
    say("  " + ", ".join(f"{key} {getattr(read.record, key):,}" for key in COUNTED))
    facts = week_map.plan_facts(made)
    say(f"  plan {facts}")
    say(f"  map {target.relative_to(REPOSITORY)}, {target.stat().st_size / 1e6:.1f} MB")


def read_exports() -> None:
    say(f"\n{'export':38}{''.join(f'{name:>18}' for name in COUNTED)}{'seconds':>9}")
    for file, (zone, base, wishes) in EXPORTS.items():
        folder = OUT / "exports" / file.split(".")[0]
        setup.init_city(folder, setup.NewCity(time_zone=zone, base=base), report=lambda _: None)
        began = time.perf_counter()
        try:
            read = intake.ingest_file(
                folder, DATA / "calls" / file, intake.Wishes(**wishes), now=NOW
            )
        except OutreachError as error:
            say(f"{file:38}error: {error}")
            continue
        counts = "".join(f"{getattr(read.record, name):>18,}" for name in COUNTED)
        say(f"{file:38}{counts}{time.perf_counter() - began:>9.1f}")
        for warning in read.record.warnings:
            say(f"    note: {warning}")


def main() -> None:
    if not DATA.is_dir():
        sys.exit(f"no real data in {DATA}; name their folder in OUTREACH_REAL_DATA")
    shutil.rmtree(OUT, ignore_errors=True)
    places = DATA / "places"
    read_exports()
    whole_way(
        "cambridge",
        DATA / "streets" / "TRANS_Centerlines.geojson",
        [
            places / "cambridge" / f"{name}.geojson"
            for name in ("HEALTH_Hospitals", "HEALTH_HealthClinics", "LANDMARK_PublicLibraries",
                         "PUBLICSAFETY_EmergencyShelters", "PUBLICSAFETY_PoliceStation",
                         "PUBLICSAFETY_FireStations", "LANDMARK_YouthCenters")
        ],
        calls_per_week=250,
    )  # fmt: skip
    whole_way(
        "albany",
        DATA / "streets" / "albany_2018_clean.osm.bz2",
        [
            places / "albany" / "albany_2018_pois.geojson",
            DATA / "resources" / "capital_district_food_pantries.csv",
        ],
        calls_per_week=400,
    )


if __name__ == "__main__":
    main()
