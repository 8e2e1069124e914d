"""Ruin and recreate: take strings of visits out of neighbouring routes, put back what pays best.

Source   Christiaens & Vanden Berghe 2020, Slack induction by string removals for vehicle routing
         problems (SISR); here visits may stay absent, so what is put back is chosen by prize
"""

from typing import NamedTuple

import numpy as np

from outreach.plan.kernel import Sweep, Week, called, compiled, copy_route, fits, insert, schedule, welcome
from outreach.plan.problem import BoolArray, FloatArray, IntArray

AVERAGE_REMOVED = 10  # visits taken out at once
LONGEST_STRING = 10
SPLIT, SPLIT_DEEPER = 0.5, 0.01  # a string that keeps some in its middle; and one more
BLINK = 0.01  # share of positions that are overlooked, so that greed does not repeat itself
ORDERS = 6
LOOK_EVERYWHERE = 0.01


class Desk(NamedTuple):
    """Room to work in, and what is counted."""

    dice: IntArray  # (1,): state of the random numbers
    effort: IntArray  # (1,): work done
    touched: BoolArray  # (shifts,): routes that changed in this turn
    string: IntArray  # (shifts,): strings taken out in this turn
    removed: BoolArray  # (visits,): taken out in this turn
    queue: IntArray  # (visits,)
    key: FloatArray  # (visits,)
    orders: IntArray  # (kinds, visits): lasting orders to put back in
    weight: FloatArray  # (1,): what a second of work costs in the search
    best: FloatArray  # (1,)


@compiled
def roll(dice):
    """Return a random number from 0 to 1 (splitmix64)."""
    dice[0] += np.uint64(0x9E3779B97F4A7C15)
    z = dice[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@compiled
def pick(dice, n):
    """Return a random whole number from 0 to n - 1."""
    return int(roll(dice) * n)


@called
def take_string(week, sweep, desk, v):
    """Take out a string of visits around v; every other time keep some in its middle."""
    s, dice = sweep.where[v], desk.dice
    stop, size = sweep.stop[s], sweep.size[s]
    at = 1
    while stop[at] != v:
        at += 1
    length = 1 + pick(dice, min(size, LONGEST_STRING))
    kept = 0
    if length > 1 and length < size and roll(dice) < SPLIT:
        kept = 1
        while length + kept < size and roll(dice) > SPLIT_DEEPER:
            kept += 1
    span = length + kept
    low, high = max(1, at - span + 1), min(at, size - span + 1)
    begin = low + pick(dice, high - low + 1)
    keep_from = begin + 1 + pick(dice, length - 1) if kept else begin
    put = begin
    for k in range(begin, size + 1):
        u = stop[k]
        if k < begin + span and not keep_from <= k < keep_from + kept:
            sweep.where[u] = -1
            desk.removed[u] = True
        else:
            stop[put] = u
            put += 1
    sweep.size[s] = put - 1
    desk.touched[s] = True
    desk.string[s] = 1


@called
def ruin(week, sweep, desk):
    """Take strings out of routes that pass near a random visit, planned or not."""
    shifts = len(week.day)
    desk.touched[:] = roll(desk.dice) < LOOK_EVERYWHERE
    desk.removed[:] = False
    desk.string[:] = 0
    planned = 0
    for s in range(shifts):
        planned += sweep.size[s]
    longest = min(LONGEST_STRING, planned / shifts)
    most = 4 * AVERAGE_REMOVED / (1 + longest) - 1
    strings = 1 + pick(desk.dice, most)
    seed = pick(desk.dice, len(week.service_s))
    for u in week.near[seed]:
        if strings == 0:
            break
        s = sweep.where[u]
        if s >= 0 and desk.string[s] == 0:
            take_string(week, sweep, desk, u)
            strings -= 1
    for g in range(week.group_from[seed], week.group_from[seed + 1]):
        u = week.others[g]
        if sweep.where[u] >= 0 and desk.string[sweep.where[u]] == 0:
            take_string(week, sweep, desk, u)
    for s in range(shifts):
        if desk.touched[s]:
            schedule(week, sweep, s)
    return seed


@compiled
def best_place(week, sweep, desk, v, s):
    """Return the least added travel of a visit in a route, and before which position."""
    m, size, service = week.mode[s], sweep.size[s], week.service_s[v]
    least, place = 1 << 40, -1
    for k in range(1, size + 2):
        ways = (
            week.back_s[m, v, sweep.stop[s, k - 1]] + week.travel_s[m, v, sweep.stop[s, k]]
        )
        added = ways - sweep.leg_s[s, k]
        if added >= least or ways + service > sweep.slack_s[s, k]:
            continue
        if roll(desk.dice) >= BLINK and fits(week, sweep, v, s, k):
            least, place = added, k
    desk.effort[0] += size + 1
    return least, place


@called
def line_up(week, sweep, desk, seed):
    """Put the absent into the queue in one of the orders and return how many they are."""
    kind = pick(desk.dice, ORDERS)
    count = 0
    if kind == 0:
        for v in range(len(week.service_s)):
            if sweep.where[v] < 0:
                swap = pick(desk.dice, count + 1)
                desk.queue[count] = desk.queue[swap]
                desk.queue[swap] = v
                count += 1
        return count
    order = week.near[seed] if kind == 1 else desk.orders[kind - 2]
    for v in order:
        if sweep.where[v] < 0:
            desk.queue[count] = v
            count += 1
    return count


@called
def recreate(week, sweep, desk, seed):
    """Put back, in a random kind of order, whatever fits where it adds least."""
    count = line_up(week, sweep, desk, seed)
    desk.effort[0] += len(week.service_s) // 4
    for q in range(count):
        v = desk.queue[q]
        best, chosen, place = 1e18, -1, -1
        for s in range(len(week.day)):
            if desk.touched[s] or desk.removed[v]:
                if not welcome(week, sweep, v, s):
                    continue
                added, k = best_place(week, sweep, desk, v, s)
                if k > 0:
                    price = added * desk.weight[0] - week.gain[v, s]
                    if price < best:
                        best, chosen, place = price, s, k
        if chosen >= 0:
            insert(week, sweep, v, chosen, place)
            desk.touched[chosen] = True


@called
def settle(old, new, desk):
    """Make touched routes of ``new`` as they are in ``old``."""
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
def anneal(week, sweep, kept, best, desk, heat, until):
    """Ruin and recreate until so much work is done, cooling from heat[0] to heat[1]."""
    begun = desk.effort[0]
    share = max(until - begun, 1)
    cooling = np.log(heat[1] / heat[0])
    turns = 0
    while desk.effort[0] < until:
        turns += 1
        heat_now = heat[0] * np.exp(cooling * (desk.effort[0] - begun) / share)
        seed = ruin(week, sweep, desk)
        recreate(week, sweep, desk, seed)
        value, before = 0.0, 0.0
        for s in range(len(week.day)):
            if desk.touched[s]:
                value += sweep.value[s] - desk.weight[0] * sweep.work_s[s]
                before += kept.value[s] - desk.weight[0] * kept.work_s[s]
        if value - before > heat_now * np.log(roll(desk.dice)):
            settle(sweep, kept, desk)
            total = kept.value.sum()
            if total > desk.best[0] + 1e-9:
                desk.best[0] = total
                desk.touched[:] = True
                settle(kept, best, desk)
        else:
            settle(kept, sweep, desk)
    return turns
