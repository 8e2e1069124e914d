"""Which cells have surroundings with more or fewer calls than chance would put there."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import fft, sparse, stats

from outreach.columns import empty
from outreach.config import DemandParams
from outreach.demand.panel import FloatArray, Panel, ring_matrix
from outreach.schemas import HOT_SPOTS

SMALLEST_P = 1e-12  # what rounding leaves of the Fourier transform


def gi_star(values: npt.ArrayLike, ring: sparse.csr_array) -> FloatArray:
    """Compare each cell's surroundings, itself included, with the whole map: a z score.

    Needs    values   by cell, or cells x steps (each step is compared with itself only)
             ring     of ``ring_matrix``; a cell without neighbours is its own surroundings
    Adds     z of the same shape; 0 in a step where all values are the same
    Source   Ord & Getis 1995, eq. 14, with weights 0 and 1
    """
    x = np.asarray(values, float)
    n = len(x)
    size = surroundings_size(ring).reshape(-1, *[1] * (x.ndim - 1))
    spread = np.sqrt(size * (n - size) / max(n - 1, 1)) * x.std(axis=0)
    above = around(x, ring) - size * x.mean(axis=0)
    usable = spread > 1e-12 * np.abs(x).max(initial=1)
    return np.asarray(np.divide(above, spread, out=np.zeros_like(x), where=usable))


def around(values: npt.ArrayLike, ring: sparse.csr_array) -> FloatArray:
    """Return the sum of values over each cell and the cells that touch it."""
    x = np.asarray(values, float)
    return np.asarray(x + ring @ x)


def chance_of_sums(counts: npt.ArrayLike, draws: npt.ArrayLike) -> dict[int, FloatArray]:
    """Give the exact distribution of the sum of m counts drawn at random without replacement.

    This is what shuffling gives, with no shuffling; the normal approximation is far from it where
    few cells have most of the calls. The sum's generating function is an elementary symmetric
    polynomial, which Newton's identities give from the counts' Fourier transform.

    Needs    counts   whole numbers
             draws    the wanted m
    Adds     for each m the probability of each sum from 0 on, over the same range for all
    Source   Macdonald 1995, I.2.11' (Newton's identities)
    """
    x, wanted = np.asarray(counts).astype(np.int64).ravel(), np.unique(np.asarray(draws, int))
    n, most = len(x), int(wanted.max(initial=0))
    length = fft.next_fast_len(int(np.sort(x)[n - most :].sum()) + 1)
    wave = fft.fft(np.bincount(x, minlength=length))
    powers = [wave[np.arange(length) * k % length] for k in range(most + 1)]
    drawn = [np.ones(length, complex)]  # each scaled by the number of ways to draw so many
    for m in range(1, most + 1):
        scale, total = 1.0, np.zeros(length, complex)
        for k in range(1, m + 1):
            scale *= -(m - k + 1) / (n - m + k)
            total -= scale * powers[k] * drawn[m - k]
        drawn.append(total / m)
    return {int(m): np.asarray(fft.ifft(drawn[m]).real) for m in wanted}


def tails(
    sums: FloatArray, draws: npt.NDArray[np.int64], chance: dict[int, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Return how often chance gives sums as large or larger, and as small or smaller.

    Needs    sums     of any shape; between whole numbers the probability runs straight
             draws    how many counts each row of sums adds up
             chance   of ``chance_of_sums``
    """
    more, fewer = np.ones_like(sums), np.ones_like(sums)
    for m in np.unique(draws):
        rows, below = draws == m, np.cumsum(chance[int(m)])
        value = np.arange(len(below) + 1)
        fewer[rows] = np.interp(sums[rows], value, np.append(below, 1))
        more[rows] = np.interp(sums[rows], value, np.append(1, 1 - below))
    return np.clip(more, SMALLEST_P, 1), np.clip(fewer, SMALLEST_P, 1)


def two_sided_q(more: FloatArray, fewer: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return p of the nearer tail, doubled, and the false-discovery q of all of them together."""
    p = np.minimum(1, 2 * np.minimum(more, fewer))
    return p, np.asarray(stats.false_discovery_control(p.ravel())).reshape(p.shape)


def surroundings_size(ring: sparse.csr_array) -> npt.NDArray[np.int64]:
    """Return how many cells the surroundings of each cell have, itself included."""
    return np.asarray(1 + ring.sum(axis=1), np.int64)


def hot_spots(panel: Panel, *, params: DemandParams) -> pd.DataFrame:
    """Mark cells whose surroundings have more calls, or fewer, than chance would put there.

    Calls are summed over the last ``hot_spot_weeks`` weeks that were seen on all their days; chance
    is what shuffling these sums among the cells would give. A cell that touches no other, such as
    that of a stray call outside the study area, is its own surroundings.

    Needs    panel       of the whole study area
    Adds     HOT_SPOTS   in the panel's order
    Source   Ord & Getis 1995 (Gi*); Benjamini & Hochberg 1995 (false discovery)
    """
    if not len(panel.cells):
        return empty(HOT_SPOTS)
    ring = ring_matrix(panel.cells)
    weeks = np.flatnonzero(panel.whole)[-params.hot_spot_weeks :]
    calls = panel.calls[:, weeks].sum(axis=1)
    sums, size = around(calls, ring), surroundings_size(ring)
    more, fewer = tails(sums, size, chance_of_sums(calls, size))
    p, q = two_sided_q(more, fewer)
    found = np.where(more < fewer, "hot", "cold")
    spots = pd.DataFrame(
        {
            "cell": panel.cells,
            "calls": calls.astype("int64"),
            "gi_z": gi_star(calls, ring),
            "p": p,
            "q": q,
            "spot": np.where(q <= params.false_discovery_rate, found, "none"),
        }
    )
    return spots.assign(reason=_reasons(spots, sums, size, panel.weeks[weeks]))


def _reasons(
    spots: pd.DataFrame,
    sums: FloatArray,
    size: npt.NDArray[np.int64],
    weeks: npt.NDArray[np.datetime64],
) -> list[str]:
    """Say in one sentence what was counted; never why it is so."""
    if not len(weeks):
        return ["No week of the record was seen on all its days."] * len(spots)
    first, last = pd.Timestamp(weeks[0]), pd.Timestamp(weeks[-1]) + pd.Timedelta(days=6)
    when = f"in {_many(len(weeks), 'whole week')} from {_day(first)} to {_day(last)}"
    verdict = {
        "hot": "more than chance would put there",
        "cold": "fewer than chance would leave there",
        "none": "within what chance could put there",
    }
    mean = spots["calls"].mean()
    return [
        f"{_many(calls, 'call')} here{_with_around(int(total), int(m))}, {when}; "
        f"{_hexes(int(m))} of this city {'has' if m == 1 else 'have'} {m * mean:,.1f} on "
        f"average: {verdict[spot]}."
        for calls, total, m, spot in zip(spots["calls"], sums, size, spots["spot"], strict=True)
    ]


def _with_around(total: int, cells: int) -> str:
    if cells == 1:
        return ", in a hex that touches no other"
    return f" and {total:,} with the {_hexes(cells - 1)} around"


def _hexes(number: int) -> str:
    return "1 hex" if number == 1 else f"{number} hexes"


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _day(day: pd.Timestamp) -> str:
    return f"{day.day} {day:%b %Y}"
