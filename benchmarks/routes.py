"""How far the planner's search stays behind the best known on public instances, and its peers.

Protocol. Instances and best-known values: the folder ``routing`` of the real data (Chao's sets 4
to 7; Solomon's and Cordeau's with time windows), a fixed sample of 40 spread over sets and names.
Each run is ``outreach bench-routes`` itself, in a process of its own: the planner's own search, one
thread, limits in processor time, three seeds; an instance's gap is that of the mean over its seeds.
Peers with the same limits on a sample of 12, one seed. Limits of the issue: Chao at 5 s at most
0.15 % mean; all sets at 30 s at most 0.3 % mean and none above 2 %.

    python benchmarks/routes.py
"""

import json
import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
DATA = Path(os.environ.get("OUTREACH_REAL_DATA", REPOSITORY.parent / "shared" / "data"))
OUTREACH = Path(sys.executable).parent / "outreach"
RUNS = (
    ("Chao", ["--set", "chao", "--seconds", "5", "--seeds", "3", "--sample", "40"]),
    ("all sets", ["--seconds", "30", "--seeds", "3", "--sample", "40"]),
    ("peers", ["--seconds", "5", "--seeds", "1", "--sample", "12", "--peers"]),
    ("peers", ["--seconds", "30", "--seeds", "1", "--sample", "12", "--peers"]),
)


def main() -> None:
    if not (DATA / "routing").is_dir():
        sys.exit(f"no instances in {DATA / 'routing'}; name the data in OUTREACH_REAL_DATA")
    for name, words in RUNS:
        command = [str(OUTREACH), "bench-routes", str(DATA / "routing"), *words, "--json"]
        print(f"\n{name}: {' '.join(words)}", flush=True)
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        facts = json.loads(done.stdout)
        tell(facts["solver"], facts)
        for peer, of_peer in facts["peers"].items():
            tell(peer, of_peer)
        for row in sorted(facts["instances"], key=lambda row: -row["gap_pct"])[:5]:
            print(
                f"    {row['instance']:12}best known {row['best_known']:g}, found "
                f"{row['found']:.1f} ({row['worst_found']:g} to {row['best_found']:g}): "
                f"{row['gap_pct']:.2f} %"
            )
        if facts["better_than_known"]:
            print(f"    more than the best known: {', '.join(facts['better_than_known'])}")


def tell(name: str, facts: dict) -> None:
    """Print the mean and greatest gap of all and of each set."""
    for what, summary in {"all": facts, **facts["sets"]}.items():
        print(
            f"  {name:10}{what:7}{summary['count']:4} instances: mean gap "
            f"{summary['mean_gap_pct']:.3f} %, greatest {summary['max_gap_pct']:.3f} %",
            flush=True,
        )


if __name__ == "__main__":
    main()
