# mypy: disable-error-code="no-any-return"
"""Ruin and recreate: take strings of visits out of neighbouring routes, put back what pays best.

One turn is ``ruin``, ``recreate`` and a look whether the week that came of it is accepted; read
``anneal`` at the end first.

Source   Christiaens & Vanden Berghe 2020, Slack induction by string removals for vehicle routing
         problems (SISR); here visits may stay absent, so the orders in which they are put back
         go by prize, and half the time by prize for added time
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from outreach.plan.kernel import (
    NEVER,
    Sweep,
    Week,
    called,
    compiled,
    copy_route,
    fits,
    insert,
    schedule,
    welcome,
)
from outreach.plan.problem import BoolArray, FloatArray, IntArray

# Of the paper:
AVERAGE_REMOVED = 10  # visits taken out in a turn
LONGEST_STRING = 10
SPLIT, NO_LONGER = 0.5, 0.01  # a string keeps some in its middle; and keeps no more of them
BLINK = 0.01  # a position is overlooked, so that greed does not repeat itself
# Of prizes:
BY_RATE = 0.5  # put back by prize for added time
OVERLOOK = 0.5  # a visit that was absent before is not tried in this turn
EVERYWHERE = 0.01  # turns in which every route is tried, and not only those ruined
# How work is counted, in positions looked at: what a turn costs besides, each visit of the week,
# each route tried for a visit, each stop of a route that changes. Fitted to processor time on 24
# public instances, single ones lie within a quarter of it.
TURN_WORK, VISIT_WORK, TRY_WORK, STOP_WORK = 350, 4, 4, 22


class Desk(NamedTuple):
    """Room to work in, and what is counted."""

    dice: npt.NDArray[np.uint64]  # (1,): state of the random numbers
    work: IntArray  # (1,): done so far
    touched: BoolArray  # (shifts,): routes that change in this turn
    ruined: BoolArray  # (shifts,): routes that lost a string in this turn
    removed: BoolArray  # (visits,): taken out in this turn
    queue: IntArray  # (visits,): to put back, in order
    rate: FloatArray  # (visits,): prize for added time of those in the queue
    orders: IntArray  # (kinds, visits): orders that last
    # (2,): prize for a second when places are compared; and when weeks are, so that of two weeks
    # of nearly the same worth the one with shorter ways is preferred
    price: FloatArray
    best: FloatArray  # (1,): greatest worth so far


@compiled
def roll(dice: npt.NDArray[np.uint64]) -> float:
    """Return a random number from 0 up to 1 (splitmix64, Steele et al. 2014)."""
    dice[0] += np.uint64(0x9E3779B97F4A7C15)
    z = dice[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)) * 2.0**-53


@compiled
def pick(dice: npt.NDArray[np.uint64], n: float) -> int:
    """Return a random whole number from 0 up to n."""
    return int(roll(dice) * n)


@called
def take_string(sweep: Sweep, desk: Desk, v: int) -> None:
    """Take out a string of visits around v; every other time some in its middle stay."""
    s, dice = sweep.where[v], desk.dice
    size, at = sweep.size[s], 1
    while sweep.stop[s, at] != v:
        at += 1
    length, stay = 1 + pick(dice, min(size, LONGEST_STRING)), 0
    if 1 < length < size and roll(dice) < SPLIT:
        stay = 1
        while length + stay < size and roll(dice) >= NO_LONGER:
            stay += 1
    low, high = max(1, at - length - stay + 1), min(at, size - length - stay + 1)
    begin = low + pick(dice, high - low + 1)
    stay_from = begin + (1 + pick(dice, length - 1) if stay else 0)
    put = begin
    for k in range(begin, size + 1):
        u = sweep.stop[s, k]
        if k < begin + length + stay and not stay_from <= k < stay_from + stay:
            sweep.where[u] = -1
            desk.removed[u] = True
        else:
            sweep.stop[s, put] = u
            put += 1
    sweep.size[s] = put - 1
    desk.touched[s] = desk.ruined[s] = True


@called
def ruin(week: Week, sweep: Sweep, desk: Desk) -> int:
    """Take strings out of routes that pass near a random visit, planned or not; return it.

    Visits of its group go too, since one of them may stand in its way from elsewhere.
    """
    desk.touched[:] = roll(desk.dice) < EVERYWHERE
    desk.ruined[:] = False
    desk.removed[:] = False
    longest = min(LONGEST_STRING, sweep.size.sum() / len(week.day))
    strings = 1 + pick(desk.dice, 4 * AVERAGE_REMOVED / (1 + longest) - 1)
    seed = pick(desk.dice, len(week.service_s))
    for g in range(week.group_from[seed], week.group_from[seed + 1]):
        u = week.others[g]
        if sweep.where[u] >= 0 and not desk.ruined[sweep.where[u]]:
            take_string(sweep, desk, u)
    for u in week.near[seed]:
        if strings == 0:
            break
        if sweep.where[u] >= 0 and not desk.ruined[sweep.where[u]]:
            take_string(sweep, desk, u)
            strings -= 1
    for s in range(len(week.day)):
        if desk.touched[s]:
            schedule(week, sweep, s)
    return seed


@compiled
def best_place(week: Week, sweep: Sweep, desk: Desk, v: int, s: int) -> tuple[int, int]:
    """Return the least travel that a visit adds to a route, and before which position (or -1)."""
    m, size, service = week.mode[s], sweep.size[s], week.service_s[v]
    least, place = NEVER, -1
    for k in range(1, size + 2):
        ways = week.back_s[m, v, sweep.stop[s, k - 1]] + week.travel_s[m, v, sweep.stop[s, k]]
        added = ways - sweep.leg_s[s, k]
        if added >= least or ways + service > sweep.slack_s[s, k]:
            continue
        if roll(desk.dice) >= BLINK and fits(week, sweep, v, s, k):
            least, place = added, k
    desk.work[0] += size + TRY_WORK
    return least, place


@compiled
def may_try(sweep: Sweep, desk: Desk, v: int) -> bool:
    """Return whether a visit is to be put back in this turn if it can."""
    return sweep.where[v] < 0 and (desk.removed[v] or roll(desk.dice) >= OVERLOOK)


@called
def line_up(week: Week, sweep: Sweep, desk: Desk, seed: int) -> int:
    """Put absent visits into the queue in one of the orders and return how many they are.

    At random, nearest to what was ruined first, or as ``orders`` say.
    """
    kind, count = pick(desk.dice, 2 + len(desk.orders)), 0
    for place in range(len(week.service_s)):
        v = place
        if kind >= 2:
            v = desk.orders[kind - 2, place]
        elif kind == 1:
            v = week.near[seed, place]
        if may_try(sweep, desk, v):
            swap = pick(desk.dice, count + 1) if kind == 0 else count
            desk.queue[count] = desk.queue[swap]
            desk.queue[swap] = v
            count += 1
    return count


@called
def line_up_by_rate(week: Week, sweep: Sweep, desk: Desk) -> int:
    """Put absent visits that fit somewhere into the queue, most prize for added time first."""
    count = 0
    for v in range(len(week.service_s)):
        if not may_try(sweep, desk, v):
            continue
        rate = 0.0
        for s in range(len(week.day)):
            if (desk.touched[s] or desk.removed[v]) and welcome(week, sweep, v, s):
                added, k = best_place(week, sweep, desk, v, s)
                if k > 0:
                    rate = max(rate, week.gain[v, s] / max(added + week.service_s[v], 1))
        if rate > 0:
            q = count
            while q > 0 and desk.rate[q - 1] < rate:
                desk.rate[q], desk.queue[q] = desk.rate[q - 1], desk.queue[q - 1]
                q -= 1
            desk.rate[q], desk.queue[q] = rate, v
            count += 1
    return count


@called
def recreate(week: Week, sweep: Sweep, desk: Desk, seed: int) -> None:
    """Put visits back one after the other where each costs least.

    Those absent before are tried in the routes that changed: in others there was no room.
    """
    if roll(desk.dice) < BY_RATE:
        count = line_up_by_rate(week, sweep, desk)
    else:
        count = line_up(week, sweep, desk, seed)
    for q in range(count):
        v = desk.queue[q]
        least, shift, place = np.inf, -1, -1
        for s in range(len(week.day)):
            if (desk.touched[s] or desk.removed[v]) and welcome(week, sweep, v, s):
                added, k = best_place(week, sweep, desk, v, s)
                cost = added * desk.price[0] - week.gain[v, s]
                if k > 0 and cost < least:
                    least, shift, place = cost, s, k
        if shift >= 0:
            insert(week, sweep, v, shift, place)
            desk.touched[shift] = True


@called
def copy_touched(old: Sweep, new: Sweep, desk: Desk) -> None:
    """Make the touched routes of ``new`` as they are in ``old``."""
    for s in range(len(old.size)):
        if desk.touched[s]:
            for k in range(1, new.size[s] + 1):
                if new.where[new.stop[s, k]] == s:
                    new.where[new.stop[s, k]] = -1
    for s in range(len(old.size)):
        if desk.touched[s]:
            copy_route(old, new, s)
            for k in range(1, new.size[s] + 1):
                new.where[new.stop[s, k]] = s


@called
def anneal(
    week: Week,
    sweep: Sweep,
    kept: Sweep,
    best: Sweep,
    desk: Desk,
    heat: FloatArray,
    until: int,
) -> None:
    """Ruin and recreate until so much work is done, while ``heat`` falls from first to second.

    ``sweep`` is changed in each turn; ``kept`` is the week accepted last, ``best`` the best seen.
    """
    begun = desk.work[0]
    cooling = np.log(heat[1] / heat[0]) / max(until - begun, 1)
    while desk.work[0] < until:
        warmth = heat[0] * np.exp(cooling * (desk.work[0] - begun))
        seed = ruin(week, sweep, desk)
        recreate(week, sweep, desk, seed)
        gained = 0.0
        for s in range(len(week.day)):
            if desk.touched[s]:
                gained += sweep.value[s] - desk.price[1] * sweep.work_s[s]
                gained -= kept.value[s] - desk.price[1] * kept.work_s[s]
                desk.work[0] += STOP_WORK * sweep.size[s]
        desk.work[0] += TURN_WORK + VISIT_WORK * len(week.service_s)
        if gained > warmth * np.log(max(roll(desk.dice), 1e-300)):
            copy_touched(sweep, kept, desk)
            worth = kept.value.sum()
            if worth > desk.best[0] + 1e-9:
                desk.best[0] = worth
                desk.touched[:] = True
                copy_touched(kept, best, desk)
        else:
            copy_touched(kept, sweep, desk)
