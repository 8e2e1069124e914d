"""Commands about where need is: how good the forecast is, and the manager's weekly summary."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE
from rich.table import Table

from outreach.cli.options import CityOption, JsonOption, now
from outreach.cli.output import out, show_json, working
from outreach.config import load_city
from outreach.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from outreach.demand.backtest import Backtest
    from outreach.pipeline.backtest import Study

SHOWN = ("pei", "pai", "hit_rate", "ceiling")
METRIC_NAMES = {
    "pei": "PEI",
    "pai": "PAI",
    "hit_rate": "hit rate",
    "ceiling": "ceiling",
    "stability": "stability",
    "coverage": "coverage",
}
METHOD_NAMES = {
    "forecast": "forecast",
    "last_week": "last week's counts",
    "trailing_mean": "trailing mean",
    "learned": "learned model",
}


def backtest(
    city: CityOption = Path(),
    resolution: Annotated[
        int | None, typer.Option(min=6, max=12, help="Of the hexes; else as in city.toml.")
    ] = None,
    call_types: Annotated[
        str | None,
        typer.Option(
            help="Only these types, with commas between; the beginning of a type is enough: "
            '"unwanted person,welfare check". Else calls with one of the five needs.'
        ),
    ] = None,
    flagged_share: Annotated[
        float | None, typer.Option(help="Share of the hexes on the list; else as in city.toml.")
    ] = None,
    first_weeks: Annotated[
        int | None, typer.Option(help="Weeks of record before the first origin.")
    ] = None,
    origin: Annotated[
        str | None, typer.Option(help="One origin, YYYY-MM-DD, for the horizons asked for.")
    ] = None,
    horizon: Annotated[
        str, typer.Option(help="From the origin: days, weeks or months, such as 7d,14d,1m,2m,3m.")
    ] = "7d",
    learned: Annotated[
        bool, typer.Option("--learned", help="Fit a learned model too; takes a minute or more.")
    ] = False,
    places: Annotated[
        bool, typer.Option("--places", help="Test the calls expected from the top 50 places.")
    ] = False,
    plot: Annotated[
        Path | None, typer.Option(help="Draw the test of past weeks: a .png or .svg file.")
    ] = None,
    as_json: JsonOption = False,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same intervals.")] = 1,
) -> None:
    """Test the forecast on past weeks: what would it have said, and what came?

    From every week with enough record before it the next is forecast, with what was known then,
    beside plain counting: last week's counts, and the mean of many weeks. **PEI**: calls on the
    list over calls on the best list of its length. **PAI**: share of calls on the list over share
    of hexes on it. **Hit rate**: share of calls on the list. **Ceiling**: the PEI to expect if
    the true rates were known.

    With the city's own settings the outcome is kept in models/forecast.json, and decides whether
    the app shows the forecast.
    """
    from outreach.pipeline import backtest as testing

    types = () if call_types is None else _parts("--call-types", call_types)
    if plot is not None and (places or origin):
        raise InputError("--plot draws the test of past weeks; it goes without --places, --origin")
    study = testing.Study(resolution, types, flagged_share, first_weeks, learned, seed)
    if places:
        _places(city, study, as_json)
    elif origin:
        _horizons(city, study, origin, horizon, as_json)
    else:
        _rolling(city, study, plot, as_json)


def _parts(option: str, text: str) -> tuple[str, ...]:
    """Return what stands between commas; blank pieces are passed over, but not all may be."""
    parts = tuple(part.strip() for part in text.split(",") if part.strip())
    if not parts:
        raise InputError(f"{option} is blank; name something, or leave the option out")
    return parts


def _rolling(city: Path, study: "Study", plot: Path | None, as_json: bool) -> None:
    from outreach.pipeline import backtest as testing

    if plot is not None:
        testing.picture_kind(plot)
    with working() as report:
        done, record = testing.run_backtest(city, study, now=now(), report=report)
        if plot is not None:
            testing.write_plot(done, plot)
    if as_json:
        show_json(testing.backtest_facts(done, record))
        return
    out.print(
        f"{record.city.name}: {done.calls:,} calls, weeks from {done.first_week} to "
        f"{done.last_week}; resolution {done.resolution}, {done.flagged:,} of {done.cells:,} hexes "
        f"on the list, {done.origins['origin'].nunique()} origins",
        highlight=False,
    )
    _show_types(record.types)
    _show_scores(done)
    out.print(done.verdict, highlight=False, markup=False)
    if plot is not None:
        out.print(f"drawn: {plot}", highlight=False)


def _show_types(types: dict[str, int]) -> None:
    if types:
        named = ", ".join(f"{name} ({calls:,})" for name, calls in types.items())
        out.print(f"types: {named}", highlight=False, markup=False)


def _show_scores(done: "Backtest") -> None:
    methods = list(done.scores["method"].unique())
    methods.sort(key=list(METHOD_NAMES).index)
    table = Table("", *(METHOD_NAMES[method] for method in methods), box=SIMPLE)
    wide = done.scores.dropna(subset="value").set_index(["method", "metric"])
    for metric, name in METRIC_NAMES.items():
        known = [(method, metric) in wide.index for method in methods]
        cells = [
            _with_range(wide.loc[(method, metric)]) if here else ""
            for method, here in zip(methods, known, strict=True)
        ]
        table.add_row(name, *cells)
    out.print(table)


def _with_range(row: "pd.Series[Any]") -> str:
    digits = 3 if row["value"] <= 1 else 1
    return f"{row['value']:.{digits}f} ({row['low']:.{digits}f}–{row['high']:.{digits}f})"


def _horizons(city: Path, study: "Study", origin: str, horizon: str, as_json: bool) -> None:
    from outreach.pipeline import backtest as testing

    try:
        first = date.fromisoformat(origin)
    except ValueError:
        raise InputError(f"--origin takes a day such as 2017-03-01, not {origin!r}") from None
    wanted = _parts("--horizon", horizon)
    with working() as report:
        found, record = testing.run_horizons(city, study, first, wanted, now=now(), report=report)
    if as_json:
        show_json(testing.horizon_facts(found, record, first, wanted))
        return
    out.print(f"{record.city.name}, from {first} on", highlight=False)
    _show_types(record.types)
    table = Table("horizon", "until", "", *(METRIC_NAMES[name] for name in SHOWN))
    for row in found.to_dict("records"):
        scores = [f"{row[name]:.3f}" for name in SHOWN]
        table.add_row(row["horizon"], str(row["until"]), METHOD_NAMES[row["method"]], *scores)
    out.print(table)
    missing = [text for text in wanted if text not in set(found["horizon"])]
    if missing:
        out.print(f"note: the record does not reach {', '.join(missing)}", style="yellow")


def _places(city: Path, study: "Study", as_json: bool) -> None:
    from outreach.pipeline import backtest as testing

    with working() as report:
        found = testing.run_place_backtest(city, study, now=now(), report=report)
    if as_json:
        show_json({"origins": found.to_dict("records")})
        return
    wanted = ", ".join(study.call_types) or "one of the five needs"
    out.print(f"{load_city(city).name}: calls with {wanted}", highlight=False, markup=False)
    table = Table("origin", "places", "expected in 4 weeks", "came", "came / expected")
    for row in found.to_dict("records"):
        expected, came = f"{row['predicted']:.1f}", f"{row['actual']:.0f}"
        table.add_row(str(row["origin"]), str(row["places"]), expected, came, f"{row['ratio']:.2f}")
    out.print(table)
    predicted = found["predicted"].sum()
    if predicted > 0:
        pooled = found["actual"].sum() / predicted
        out.print(f"all origins together: {pooled:.2f}", highlight=False)


def summary(
    city: CityOption = Path(),
    output: Annotated[Path | None, typer.Option("--output", "-o", help="HTML file.")] = None,
) -> None:
    """Write the manager's weekly summary as one HTML file: no names, no points, no addresses.

    Last week's numbers, alarms beside those that chance alone would give, what is emerging, the
    forecast where it beats plain counting, and whether visits go where calls come from.
    """
    from outreach.pipeline.summary import weekly_summary, write_summary

    at = now()
    with working() as report:
        text, week = weekly_summary(city, now=at, report=report)
        target = output or Path(f"summary-{week}.html")
        write_summary(target, text)
    out.print(f"{target} ({target.stat().st_size / 1e6:.1f} MB)", highlight=False)
