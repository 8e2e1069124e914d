"""Time, memory and quality of linking call records, from 10,000 to 1,000,000.

Protocol. Instance: calls about invented people (seed 1), one record each, none merged beforehand;
two in five people call once, the rest five times on average. Names are drawn as unevenly as in
life from pools of invented ones; a quarter of the records have a slip in the name and a tenth no
birth date, as in the demo city; a third give a phone. A person calls from home or from one other
address. Each size runs in a process of its own: the way of ``outreach link`` from the identities
to the groups, with a model learned from the records alone. Measured: wall time of each step, CPU
time of all steps (the better figure where cores are shared), the process's peak resident memory,
the pairs kept, and precision and recall of the pairs of records that end in one person, against
the truth that the generator planted.

The growth exponent is the slope of log(CPU time) over log(records) between two sizes: 1 is
linear, 2 is all pairs. Limit of the issue: a million records under 8 GB.

    make bench-linkage
"""

import json
import math
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import pandas as pd

from outreach.config import LinkageParams
from outreach.people.link_groups import person_groups
from outreach.people.link_records import link_records
from outreach.people.link_scores import pair_scores, pairs_in_groups
from outreach.people.linkage import score_pairs, train
from outreach.simulate.names import misspell, person_names
from outreach.store.calls import engine

SIZES = (10_000, 100_000, 1_000_000)
LIMIT_GB = 8
FAMILIES, GIVENS = 12_000, 2_000
ONCE_SHARE, MEAN_CALLS = 0.4, 4.0
SLIP_SHARE, NO_BIRTH_DATE_SHARE, PHONE_SHARE, AWAY_SHARE = 0.25, 0.1, 0.35, 0.25
PEOPLE_PER_AREA = 4_000


def invent(size: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """Return identities and places of that many calls, and whom each is truly about."""
    rng = np.random.default_rng([seed, size])
    about = _about(size, rng)
    people = int(about.max()) + 1
    names = _names(people, rng)[about]
    slips = np.flatnonzero(rng.random(size) < SLIP_SHARE)
    for at in slips:
        part = int(rng.random() < 0.4)
        names[at, part] = misspell(names[at, part], rng)
    born = (np.datetime64("1950-01-01") + rng.integers(0, 365 * 55, people)).astype(str)
    written = np.where(rng.random(size) < NO_BIRTH_DATE_SHARE, "", born[about])
    numbers = rng.integers(2_000_000, 9_999_999, people)
    told = rng.random(size) < PHONE_SHARE
    phones = np.where(told, np.char.add("518", numbers[about].astype(str)), "")
    ids = np.char.add("c", np.char.zfill(np.arange(size).astype(str), 7))
    identities = pd.DataFrame(
        {
            "person_id": ids,
            "name": [f"{family}, {given}".upper() for family, given in names],
            "birth_date": written,
            "phone": phones,
        }
    )
    return identities, _spots(ids, about, people, rng), about


def _about(size: int, rng: np.random.Generator) -> np.ndarray:
    """Return the person of each call: many call once, a few again and again."""
    counts = np.where(rng.random(size) < ONCE_SHARE, 1, 1 + rng.geometric(1 / MEAN_CALLS, size))
    about = np.repeat(np.arange(size), counts)[:size]
    return rng.permutation(about)


def _names(people: int, rng: np.random.Generator) -> np.ndarray:
    pool = np.array(person_names(max(FAMILIES, GIVENS), rng), object)
    drawn = []
    for column, count in ((0, FAMILIES), (1, GIVENS)):
        shares = 1 / (np.arange(count) + 20)
        drawn.append(rng.choice(pool[:count, column], people, p=shares / shares.sum()))
    return np.stack(drawn, axis=1)


def _spots(
    ids: np.ndarray, about: np.ndarray, people: int, rng: np.random.Generator
) -> pd.DataFrame:
    addresses = max(people // 2, 10)
    homes = rng.integers(0, addresses, (people, 2))
    at = homes[about, (rng.random(len(about)) < AWAY_SHARE).astype(int)]
    areas = max(people // PEOPLE_PER_AREA, 5)
    street = np.char.add(" INVENTED ST ", (at // 400).astype(str))
    return pd.DataFrame(
        {
            "person_id": ids,
            "fine_cell": 0,
            "address": np.char.add((at % 400 + 1).astype(str), street),
            "area": np.char.add("Area ", (at % areas).astype(str)),
        }
    )


class Clock:
    """Wall seconds of named steps, and CPU seconds of all."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}
        self.cpu_s = 0.0

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        print(f"  {name} …", file=sys.stderr, flush=True)
        began, began_cpu = time.perf_counter(), time.process_time()
        yield
        self.steps[name] = time.perf_counter() - began
        self.cpu_s += time.process_time() - began_cpu


def link(size: int, seed: int = 1) -> dict[str, float]:
    """Link that many call records and return the figures."""
    identities, spots, about = invent(size, seed)
    params, clock, connection = LinkageParams(), Clock(), engine().con
    with clock.step("records"):
        records = link_records(identities, spots)
    with clock.step("learn"):
        model = train(records, params=params, connection=connection)
    with clock.step("compare"):
        pairs = score_pairs(records, model, params=params, connection=connection)
    with clock.step("group"):
        nothing = pd.DataFrame(columns=["person_a", "person_b", "verdict"])
        groups = person_groups(records, pairs, nothing, params=params)
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    truth = pd.DataFrame({"record_id": identities["person_id"] + "-0", "group": about})
    scores = pair_scores(pairs_in_groups(groups), pairs_in_groups(truth))
    return {
        "size": size,
        "people": truth["group"].nunique(),
        "found": groups["group"].nunique(),
        "wall_s": sum(clock.steps.values()),
        "cpu_s": clock.cpu_s,
        **clock.steps,
        "peak_gb": peak_gb,
        "pairs": len(pairs),
        "precision": scores["precision"],
        "recall": scores["recall"],
    }


def main() -> None:
    rows = []
    for size in SIZES:
        command = [sys.executable, __file__, str(size)]
        print(f"{size:,} records", file=sys.stderr, flush=True)
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
    table("people", rows, {"people": ",", "found": ",", "precision": ".4f", "recall": ".4f"})
    table("wall s", rows, dict.fromkeys(("records", "learn", "compare", "group"), ".1f"))
    table("cost", rows, {"wall_s": ".1f", "cpu_s": ".1f", "peak_gb": ".2f", "pairs": ","})
    for less, more in pairwise(rows):
        slope = math.log(more["cpu_s"] / less["cpu_s"]) / math.log(more["size"] / less["size"])
        print(f"growth from {less['size']:,} to {more['size']:,} records: exponent {slope:.2f}")
    print(f"limit: {LIMIT_GB} GB")


def table(title: str, rows: list[dict[str, float]], columns: dict[str, str]) -> None:
    print(f"{title:>10}" + "".join(f"{name:>12}" for name in columns))
    for row in rows:
        told = "".join(f"{row[name]:>12{how}}" for name, how in columns.items())
        print(f"{row['size']:>10,}{told}")
    print()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(link(int(sys.argv[1]))))
    else:
        main()
