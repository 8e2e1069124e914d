"""The command that finds out who is who in the calls."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from outreach.cli.options import CityOption, JsonOption, now
from outreach.cli.output import out, show_json, working
from outreach.errors import InputError


def link(
    city: CityOption = Path(),
    retrain: Annotated[
        bool, typer.Option("--retrain", help="Learn anew, also where the saved model still fits.")
    ] = False,
    evaluate: Annotated[
        Path | None,
        typer.Option(help="Instead: a folder of test sets in the columns of FEBRL."),
    ] = None,
    dataset: Annotated[
        str, typer.Option(help="With --evaluate: the set's name; NAME.csv, or NAMEa and NAMEb.")
    ] = "febrl3",
    as_json: JsonOption = False,
) -> None:
    """Find out which people in the calls are one, however their names were spelt.

    Compares names, birth dates, phones and places by a model that is learned from the city's own
    records and kept in models/linkage.json. Pairs that are not sure wait for a person on the
    review page; what a person decided always wins and stays.

    With `--evaluate` a public test set is linked instead, and compared with its truth: precision
    (share of the pairs found that are true), recall (share of the true pairs that are found) and
    F1 (their harmonic mean).
    """
    if evaluate is not None:
        if retrain:
            raise InputError("--evaluate always learns anew; it goes without --retrain")
        _evaluate(evaluate, dataset, as_json)
        return
    from outreach.pipeline.linkage import link_city

    with working() as report:
        done = link_city(city, now=now(), retrain=retrain, report=report)
    if as_json:
        show_json(asdict(done))
        return
    if done.note:
        out.print(f"note: {done.note}", markup=False)
        return
    out.print(
        f"{done.pseudonyms:,} pseudonyms in the calls are {done.people:,} people; {done.linked:,} "
        "share their person with another",
        highlight=False,
    )
    model = "learned anew" if done.trained else "as saved"
    out.print(f"from {done.records:,} spellings, the model {model}", highlight=False)
    if done.to_review:
        out.print(
            f"{done.to_review:,} pairs are not sure: a person should look at them in the app; by "
            f"them, there may be {done.people_least:,} to {done.people_most:,} people",
            highlight=False,
        )


def _evaluate(folder: Path, dataset: str, as_json: bool) -> None:
    from outreach.pipeline.link_evaluation import evaluate

    with working() as report:
        facts = evaluate(folder, dataset, report=report)
    if as_json:
        show_json(facts)
        return
    for name, value in facts.items():
        text = f"{value:.4f}" if isinstance(value, float) else str(value)
        out.print(f"{name:14}{text}", highlight=False, markup=False)
