"""Public instances in small: read, solved by hand, and refused where a line is wrong."""

import math
from itertools import combinations, permutations

import numpy as np
import pytest

from outreach.errors import PlanError
from outreach.plan.gaps import mean_gap_pct, measure
from outreach.plan.instances import prize_of, problem_of, read_set, sample_of
from outreach.plan.timing import timetable

HEADER = "set,instance,file,vehicles,best_known,kind\n"
# From (0, 0) to (10, 0) within 12: the vertex at (5, 3) takes 11.66, the one at (5, 4) 12.81.
CHAO = "n 5\nm 2\ntmax 12.0\n0 0 0\n5 3 7\n5 4 9\n5 0 3\n10 0 0\n"
# The second is 1.41 away, rounded down to 1.4; the third closes before it can be reached.
TOPTW = """4 1 3 1
0 200
  0 0 0 0 0 0 0 0 20
  1 1 1 2 10 1 1 1 0 1.4
  2 2 2 3 20 1 1 1 9 15
  3 5 5 1 40 1 1 1 0 7
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "chao").mkdir()
    (tmp_path / "toptw").mkdir()
    (tmp_path / "chao" / "p1.txt").write_text(CHAO)
    (tmp_path / "toptw" / "r1.txt").write_text(TOPTW)
    (tmp_path / "toptw" / "pr1.txt").write_text(TOPTW)
    (tmp_path / "best_known.csv").write_text(
        HEADER
        + "chao,p1,p1.txt,2,10,published\ntoptw,r1,r1.txt,1,30,optimum\n"
        + "toptw,pr1,pr1.txt,1,20,optimum\n"
    )
    return tmp_path


def test_what_is_read(folder):
    chao, solomon, cordeau = read_set(folder)
    assert (chao.set, chao.name, chao.vehicles, chao.best_known) == ("chao", "p1", 2, 10)
    assert (chao.longest, chao.end, chao.visits, chao.decimals) == (12, 4, (1, 2, 3), None)
    assert (solomon.longest, solomon.end, solomon.visits, solomon.decimals) == (20, 0, (1, 2, 3), 1)
    assert cordeau.decimals == 2
    assert (solomon.vertices[2].service, solomon.vertices[2].prize) == (3, 20)
    assert (solomon.vertices[2].opens, solomon.vertices[2].closes) == (9, 15)


def test_prize_is_added_up_in_the_files_own_numbers(folder):
    chao, solomon, _ = read_set(folder)
    assert prize_of(chao, ((0,), (2,))) == 10
    assert prize_of(chao, ((), ())) == 0
    assert prize_of(solomon, ((0, 1),)) == 30


@pytest.mark.parametrize(
    ("routes", "why"),
    [
        (((1,), ()), "path 1: 12.8062 long instead of 12"),
        (((2, 0), ()), "path 1: 13.8\\d* long"),
        (((0,), (0,)), "visited twice"),
        (((3,), ()), "does not exist"),
        (((-1,), ()), "does not exist"),
        (((), (), ()), "3 paths instead of 2"),
    ],
)
def test_false_solutions_are_refused(folder, routes, why):
    with pytest.raises(PlanError, match=why):
        prize_of(read_set(folder)[0], routes)


def test_late_visits_are_refused_and_roundings_differ(folder):
    _, solomon, cordeau = read_set(folder)
    with pytest.raises(PlanError, match="vertex 3 closes at 7, the visit starts at 7"):
        prize_of(cordeau, ((2,),))
    assert prize_of(solomon, ((2,),)) == 40  # 7.07 away, rounded down to 7.0 by one decimal
    with pytest.raises(PlanError, match=r"vertex 1 closes at 1\.4, the visit starts at 1\.41"):
        prize_of(cordeau, ((0,),))


def test_the_numbers_a_solver_sees_allow_what_the_check_allows(folder):
    for instance in read_set(folder):
        problem = problem_of(instance)
        for size in range(4):
            for chosen in combinations(range(3), size):
                for route in permutations(chosen):
                    routes = (route, *[()] * (instance.vehicles - 1))
                    try:
                        prize = prize_of(instance, routes)
                    except PlanError:
                        prize = None
                    fits = timetable(problem, 0, route) is not None
                    assert fits == (prize is not None), (instance.name, route)
                    if fits:
                        assert problem.prize[list(route)].sum() == prize


def test_ways_only_decide_between_equal_prizes(folder):
    for instance in read_set(folder):
        problem = problem_of(instance)
        hours = sum(span.end_s - span.start_s for span in problem.shifts) / 3600
        assert 0 < problem.cost_per_h * hours < 1


def test_rounding_up_loses_next_to_nothing(folder):
    chao = read_set(folder)[0]
    problem = problem_of(chao)
    scale = problem.shifts[0].end_s / chao.longest
    straight = [[math.dist((a.x, a.y), (b.x, b.y)) for b in chao.vertices] for a in chao.vertices]
    order = [1, 2, 3, 0, 4]
    exact = np.array(straight)[np.ix_(order, order)] * scale
    assert (problem.travel_s["drive"] >= exact - 1e-6 * scale).all()
    assert (problem.travel_s["drive"] - exact).max() <= 1
    assert 50 / scale < chao.longest * 2e-5


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("best_known.csv", "set,instance\n", "best_known.csv, line 1: expected set,instance,file"),
        ("best_known.csv", "", "best_known.csv, line 1"),
        ("best_known.csv", HEADER + "moon,p1,p1.txt,2,10,x\n", "line 2: .*chao or toptw"),
        ("best_known.csv", HEADER + "chao,p1,p1.txt,2\n", "line 2"),
        ("best_known.csv", HEADER + "chao,p1,p1.txt,two,10,x\n", "line 2: .*'two 10'"),
        ("best_known.csv", HEADER + "chao,p1,p1.txt,0,10,x\n", "line 2: 0 is no count"),
        ("best_known.csv", HEADER + "chao,p1,p9.txt,2,10,x\n", "p9.txt cannot be read"),
        ("chao/p1.txt", CHAO.replace("tmax", "t"), "p1.txt, line 3: expected tmax"),
        ("chao/p1.txt", CHAO.replace("5 4 9", "5 4"), "p1.txt, line 6: .* not '5 4'"),
        ("chao/p1.txt", CHAO.replace("5 4 9", "5 nan 9"), "p1.txt, line 6: .*'5 nan 9'"),
        ("chao/p1.txt", CHAO.replace("n 5", "n 6"), "line 9: the file ends before"),
        ("toptw/r1.txt", TOPTW.replace("2 2 2 3", "2 2 x 3"), "r1.txt, line 5: "),
        ("toptw/r1.txt", TOPTW.replace("4 1 3 1", "4 1 4 1"), "line 7: the file ends"),
        ("toptw/r1.txt", "", "r1.txt, line 1"),
        ("toptw/r1.txt", TOPTW.replace("4 1 3 1", "4 1 2.5 1"), "line 1: 2.5 is no count"),
        ("chao/p1.txt", CHAO.replace("tmax 12.0", "tmax 0"), "line 3: tmax must be above zero"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line(folder, name, text, why):
    (folder / name).write_text(text)
    with pytest.raises(PlanError, match=why):
        read_set(folder)


def test_a_missing_folder_is_one_clear_error(tmp_path):
    with pytest.raises(PlanError, match=r"best_known.csv cannot be read"):
        read_set(tmp_path / "nowhere")


def test_a_sample_is_fixed_spread_and_without_doubles(folder):
    many = read_set(folder) * 20
    named = [
        type(one)(**{**vars(one), "name": f"{one.name}-{i:02d}"}) for i, one in enumerate(many)
    ]
    chosen = sample_of(named, 12)
    assert chosen == sample_of(named[::-1], 12)
    assert len({one.name for one in chosen}) == 12
    assert sum(one.set == "chao" for one in chosen) == 4
    assert sample_of(named, 12, seed=2) != chosen
    assert len(sample_of(named, 500)) == len(named)


class Fixed:
    """Gives the same routes whatever it is asked."""

    name = "fixed"

    def __init__(self, *answers):
        self.answers = list(answers)

    def solve(self, problem, *, limit_s, seed, start=None, watch=None):
        return self.answers[seed - 1]


def test_gaps_are_of_the_mean_over_seeds_and_may_be_below_zero(folder):
    instance = read_set(folder)[0]
    told = []
    gaps = measure(
        [instance], Fixed(((0,), (2,)), ((0,), ())), limit_s=1, seeds=2, report=told.append
    )
    assert (gaps[0].found, gaps[0].best_found, gaps[0].worst_found) == (8.5, 10, 7)
    assert gaps[0].gap_pct == pytest.approx(15)
    assert mean_gap_pct(gaps) == gaps[0].gap_pct
    assert told == ["fixed: p1, 1 of 1"]
    better = type(instance)(**{**vars(instance), "best_known": 8.0})
    assert measure([better], Fixed(((0,), (2,))), limit_s=1, seeds=1)[0].gap_pct == -25


def test_a_false_solution_ends_the_measurement(folder):
    with pytest.raises(PlanError, match="visited twice"):
        measure([read_set(folder)[0]], Fixed(((0,), (0,))), limit_s=1, seeds=1)
