"""Frames into what pages show and hand out: plain functions, no Streamlit."""

import csv
import io
import re
from collections.abc import Sequence
from datetime import date
from html import escape
from pathlib import Path

import pandas as pd

from outreach import cells
from outreach.language.translate import N_
from outreach.pages.language import _, full_day, need_label
from outreach.reports.exports import harmless
from outreach.schemas import COUNTS_AS

# What came of an import's rows, as people read it.
COUNTS_SHOWN = {
    "rows_in": N_("Rows in"),
    "accepted": N_("Accepted"),
    "duplicates": N_("Duplicates"),
    "quarantined": N_("Set aside"),
    "unplaced": N_("Not placed"),
    "officer_initiated": N_("Officer-initiated"),
}


_LONGEST_NAME = 120
HEADS = (N_("Name"), N_("Place"))
REASONS = (N_("Reason"), N_("Why not this week"))


def cards_html(table: pd.DataFrame, numbers: Sequence[str], most: int = 40) -> str:
    """Return the first rows of a list for a narrow screen; every text is escaped.

    Needs    one of HEADS; one of REASONS
             numbers    further columns to show, if they are there
    """
    head = next(name for name in HEADS if name in table)
    why = next(name for name in REASONS if name in table)
    items = []
    for row in table.head(most).to_dict("records"):
        told = ((_(name).lower(), row[name]) for name in numbers if name in row)
        facts = ", ".join(
            f"{name}: {full_day(value) if isinstance(value, date) else value}"
            for name, value in told
        )
        items.append(
            f'<li><div><p class="where">{escape(str(row[head]))}</p><p>{escape(str(row[why]))}</p>'
            f'<p class="quiet">{escape(facts[:1].upper() + facts[1:])}</p></div></li>'
        )
    left = len(table) - len(items)
    more = _("{n} more stand in the table on a wider screen.").format(n=left)
    more = f'<p class="quiet">{escape(more)}</p>' if left else ""
    return f'<ol class="cards">{"".join(items)}</ol>{more}'


def rates_of_need(
    rates: pd.DataFrame, counts: pd.DataFrame, need: str, weeks: int = 26
) -> pd.DataFrame:
    """Return the cells with the calls of one need only, averaged over the last whole weeks.

    Needs     rates: CELL_RATES; counts: COUNTS, whole weeks
    """
    recent = sorted(counts["week"].unique())[-weeks:]
    kept = counts[(counts["need"] == need) & counts["week"].isin(recent)]
    calls = kept.groupby("cell")["calls"].sum()
    found = rates.assign(calls=rates["cell"].map(calls).fillna(0).astype("int64"))
    found = found[found["calls"] > 0]
    return found.assign(
        weekly_rate=found["calls"] / max(len(recent), 1),
        top_need=need,
        reason=[f"{n} calls of this need in the last {len(recent)} weeks" for n in found["calls"]],
    )


def hex_names(rates: pd.DataFrame) -> list[str]:
    """Return what people call each cell: the nearest crossing, or else its id.

    Needs    cell, near     as in CityView.rates
    """
    return [
        _("around {place}").format(place=near)
        if near
        else _("hex {cell}").format(cell=cells.to_text(cell))
        for cell, near in zip(rates["cell"], rates["near"], strict=True)
    ]


def change_table(rates: pd.DataFrame, trend: str) -> pd.DataFrame:
    """Return the cells of one trend, the clearest change first."""
    found = rates[rates["trend"] == trend].sort_values("q")
    return pd.DataFrame(
        {
            "Place": hex_names(found),
            N_("Lately"): found["recent_calls"].to_numpy(),
            N_("Before"): found["before_calls"].to_numpy(),
            N_("Most"): [need_label(need) for need in found["top_need"]],
            "Reason": found["reason"].to_numpy(),
        }
    )


def busiest(rates: pd.DataFrame, most: int = 100) -> pd.DataFrame:
    """Return the cells with the most calls a week, for readers who cannot use the map."""
    found = rates[rates["weekly_rate"] > 0].nlargest(most, "weekly_rate")
    return pd.DataFrame(
        {
            "Place": hex_names(found),
            "Calls a week": found["weekly_rate"].round(2).to_numpy(),
            "Most": [need_label(need) for need in found["top_need"]],
            "Reason": found["reason"].to_numpy(),
        }
    )


# How much a place or a person calls for help, as a list names it.
AMOUNTS = {"expected_calls": N_("Expected in 4 weeks"), "weekly_rate": N_("Calls a week")}


def ranked(frame: pd.DataFrame, name: str, zone: str) -> pd.DataFrame:
    """Return repeat places or people as a table; what must be seen comes first.

    Needs    PLACES or PERSONS, in their own order
    """
    amount = next(column for column in AMOUNTS if column in frame)
    local = {c: frame[c].dt.tz_convert(zone).dt.date for c in ("first_call_at", "last_call_at")}
    return pd.DataFrame(
        {
            N_("Rank"): range(1, len(frame) + 1),
            "Name": frame[name].fillna(_("without an address")).to_numpy(),
            AMOUNTS[amount]: frame[amount].round(1 if amount == "expected_calls" else 2).to_numpy(),
            N_("Last"): local["last_call_at"].to_numpy(),
            "Reason": frame["reason"].to_numpy(),
            N_("Calls"): frame["calls"].to_numpy(),
            N_("First"): local["first_call_at"].to_numpy(),
            N_("Need"): frame["top_need"].map(need_label).to_numpy(),
        }
    )


def unmapped(call_types: pd.DataFrame) -> tuple[pd.DataFrame, float]:
    """Return call types of the public without a known need by count, and their share of calls.

    Needs     call_type, need, counts_as, calls
    """
    demand = call_types[call_types["counts_as"] == COUNTS_AS[0]]
    unknown = demand[demand["need"] == "unknown"].sort_values("calls", ascending=False)
    share = float(unknown["calls"].sum()) / max(float(demand["calls"].sum()), 1.0)
    named = unknown[["call_type", "calls"]].fillna({"call_type": _("(empty)")})
    return named.reset_index(drop=True), share


def reasons(path: Path) -> pd.DataFrame:
    """Return how many rows of a quarantine file were set aside for which reason."""
    with path.open(encoding="utf-8", newline="") as handle:
        found = pd.Series([row.get("reason", "") for row in csv.DictReader(handle)], dtype="str")
    return found.value_counts().rename_axis("Reason").rename("Rows").reset_index()


def safe_file(path: Path) -> bytes:
    """Return a quarantine file made harmless for spreadsheets; its texts are strangers'."""
    with path.open(encoding="utf-8", newline="") as handle:
        rows = [[harmless(cell) for cell in row] for row in csv.reader(handle)]
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def upload_name(told: str) -> str:
    """Return under what name an upload is put down: its own, without folders and odd signs."""
    plain = re.sub(r"[^\w .()&+,-]", "_", told.replace("\\", "/").rsplit("/", 1)[-1])
    return plain.lstrip(". ")[-_LONGEST_NAME:] or "upload"
