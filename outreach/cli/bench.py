"""The command that holds the planner's search against public instances and other libraries."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outreach.cli.options import JsonOption
from outreach.cli.output import out, show_json, working
from outreach.errors import InputError

if TYPE_CHECKING:
    from outreach.plan.gaps import Gap

SECONDS, SEEDS = 5.0, 3


def bench_routes(
    folder: Annotated[Path, typer.Argument(help="A folder with best_known.csv and its sets.")],
    seconds: Annotated[float, typer.Option(min=0.1, help="Time limit of each run.")] = SECONDS,
    seeds: Annotated[int, typer.Option(min=1, help="Runs of each instance.")] = SEEDS,
    sample: Annotated[
        int | None, typer.Option(min=1, help="So many instances, spread over the sets; else all.")
    ] = None,
    only: Annotated[str | None, typer.Option("--set", help="Only this set, such as chao.")] = None,
    peers: Annotated[
        bool, typer.Option("--peers", help="Beside it PyVRP, VROOM and OR-Tools.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Measure the search that plans weeks on public instances of team orienteering.

    Prints how much less prize it collects than the best that anyone is known to have found, in
    percent of that: the mean over the seeds, by instance. Below zero it found more. Every solution
    is checked in the file's own numbers by code that shares nothing with the search. One thread.
    """
    from outreach.plan.gaps import measure
    from outreach.plan.instances import read_set, sample_of
    from outreach.plan.peers import all_peers
    from outreach.plan.search import SisrSolver, compile_now

    instances = [one for one in read_set(folder) if only in (None, one.set)]
    if not instances:
        raise InputError(f"{folder} lists no instance" + (f" of the set {only}" if only else ""))
    chosen = sample_of(instances, sample or len(instances))
    others = all_peers() if peers else ()
    found = {}
    with working() as report:
        report("compiling the search")
        compile_now()
        for solver in (SisrSolver(pace="clock"), *others):
            found[solver.name] = measure(
                chosen, solver, limit_s=seconds, seeds=seeds, report=report
            )
    (name, ours), *beside = found.items()
    if as_json:
        facts = {"seconds": seconds, "seeds": seeds, "solver": name, **_facts(ours)}
        show_json({**facts, "peers": {peer: _facts(gaps) for peer, gaps in beside}})
        return
    _show(found, seconds, seeds)


def _facts(gaps: "Sequence[Gap]") -> dict[str, Any]:
    return {
        **_summary(gaps),
        "sets": {
            name: _summary([gap for gap in gaps if gap.set == name])
            for name in dict.fromkeys(gap.set for gap in gaps)
        },
        "better_than_known": [gap.instance for gap in gaps if gap.best_found > gap.best_known],
        "instances": [asdict(gap) for gap in gaps],
    }


def _summary(gaps: "Sequence[Gap]") -> dict[str, float]:
    from outreach.plan.gaps import mean_gap_pct

    return {
        "mean_gap_pct": mean_gap_pct(gaps),
        "max_gap_pct": max(gap.gap_pct for gap in gaps),
        "count": len(gaps),
    }


def _show(found: "dict[str, list[Gap]]", seconds: float, seeds: int) -> None:
    """Print a row for each instance, then means and greatest gaps of all and of each set."""
    others = list(found)[1:]
    heads = f"{'best_known':>11}{'found':>9}{'best':>8}{'gap_pct':>9}{'seconds':>9}"
    _line(f"{'set':7}{'instance':12}{heads}" + "".join(f"{name:>10}" for name in others))
    for ours, *beside in zip(*found.values(), strict=True):
        _line(
            f"{ours.set:7}{ours.instance:12}{ours.best_known:11g}{ours.found:9.1f}"
            f"{ours.best_found:8g}{ours.gap_pct:9.3f}{ours.seconds:9.1f}"
            + "".join(f"{gap.gap_pct:10.3f}" for gap in beside)
        )
    for name, gaps in found.items():
        facts = _facts(gaps)
        _line(f"\n{name}: {len(gaps)} instances, {seeds} seeds, {seconds:g} s a run")
        for what, summary in {"all": facts, **facts["sets"]}.items():
            mean, most = summary["mean_gap_pct"], summary["max_gap_pct"]
            _line(f"  {what:7}mean_gap_pct {mean:.3f}  max_gap_pct {most:.3f}")
        if facts["better_than_known"]:
            _line(f"  more than the best known: {', '.join(facts['better_than_known'])}")


def _line(text: str) -> None:
    out.print(text, markup=False, highlight=False, soft_wrap=True)
