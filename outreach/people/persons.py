"""People, by pseudonym, who called for help again and again."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from outreach.cells import centre, to_text
from outreach.columns import empty
from outreach.config import RepeatParams
from outreach.people.nearby import withheld
from outreach.people.recent import (
    RATE_DECIMALS,
    leading,
    need_counts,
    recent_calls,
    told,
    top_need,
    weighed_weeks,
)
from outreach.schemas import PERSONS

NOWHERE = 0  # stands for "no known place" while calls are grouped; no cell has this number


def repeat_persons(
    view: ir.Table,
    *,
    as_of: datetime,
    params: RepeatParams,
    barring: ir.Table,
    resources: pd.DataFrame,
) -> pd.DataFrame:
    """List the people who asked for help at least ``min_calls`` times in the window.

    Only the five needs count. The usual place is where most of those calls came from, on a tie
    the latest. A person without such calls in the window drops off the list by itself
    (safeguard 4). One call in the window that bars a visit, by anyone at the usual place or by
    the person from a place unknown, begun by staff or not, sets ``home_visit`` False: the door is
    not worth the danger.
    So does a usual place at a redacted site. Such a place may not be shown on anything shared.

    Needs    view          the demand view, cut at as_of
             barring       all known calls that bar a visit, those begun by staff too
             resources     RESOURCES, to know the redacted ones
    Adds     PERSONS       highest rate first; no rows where the export has no person key
    """
    calls = recent_calls(view, as_of=as_of, params=params)
    danger = recent_calls(barring, as_of=as_of, params=params)
    found: pd.DataFrame = person_table(calls, danger, min_calls=params.min_calls).to_pandas()
    if found.empty:
        return empty(PERSONS)
    first = view.received_at.min().to_pandas()
    weeks = weighed_weeks(first, as_of=as_of, params=params)
    points = [centre(spot) if spot != NOWHERE else (None, None) for spot in found["spot"]]
    persons = found.assign(
        weekly_rate=(found["weight"] / weeks).round(RATE_DECIMALS),
        top_need=top_need(found),
        place_id=pd.Series(
            [to_text(s) if s != NOWHERE else None for s in found["spot"]], dtype=object
        ),
        lon=pd.array([lon for lon, _ in points], "float64"),
        lat=pd.array([lat for _, lat in points], "float64"),
        home_visit=found[["barred_there", "barred_nowhere"]].isna().all(axis=1),
    )
    persons["home_visit"] &= ~withheld(persons, resources)
    persons["reason"] = [_reason(row, params) for row in persons.to_dict("records")]
    order = ["weekly_rate", "calls", "last_call_at", "person_id"]
    persons = persons.sort_values(order, ascending=[False, False, False, True], ignore_index=True)
    return persons[list(PERSONS.columns)]


def usual_doors(
    view: ir.Table, person_ids: Collection[str], *, as_of: datetime, params: RepeatParams
) -> pd.DataFrame:
    """Return where some people call from mostly, listed or not, as far as a place is known.

    Needs    view          the demand view, cut at as_of
    Adds     person_id, place_id
    """
    own = recent_calls(view, as_of=as_of, params=params).filter("helps").drop_null("fine_cell")
    own = own.filter(own.person_id.isin(list(person_ids)))
    usual = _usual_places(own.mutate(spot=own.fine_cell))
    found: pd.DataFrame = usual.select("person_id", "spot").order_by("person_id").to_pandas()
    places = pd.Series([to_text(spot) for spot in found["spot"]], dtype="object")
    return found.assign(place_id=places)[["person_id", "place_id"]]


def person_table(calls: ir.Table, barring: ir.Table, *, min_calls: int) -> ir.Table:
    """Return, as a query, the people with enough calls for help, and their usual place."""
    own = calls.drop_null("person_id").filter("helps")
    own = own.mutate(spot=own.fine_cell.fill_null(NOWHERE))
    grouped = own.group_by("person_id").agg(
        calls=own.count(),
        weight=own.weight.sum(),
        first_call_at=own.received_at.min(),
        last_call_at=own.received_at.max(),
        first_day=own.day.min(),
        last_day=own.day.max(),
        places=own.fine_cell.nunique(),
        safety_share=own.safety_concern.cast("float64").mean(),
        **need_counts(own, own.helps),
    )
    listed = grouped.filter(grouped.calls >= min_calls)
    usual = _usual_places(own.semi_join(listed, "person_id"))
    placed = listed.left_join(usual, "person_id").drop("person_id_right")
    there = barring.drop_null("fine_cell")
    there = there.group_by(spot=there.fine_cell).agg(barred_there=there.count())
    nowhere = barring.filter(barring.fine_cell.isnull()).drop_null("person_id")  # noqa: PD003
    nowhere = nowhere.group_by("person_id").agg(barred_nowhere=nowhere.count())
    placed = placed.left_join(there, "spot").drop("spot_right")
    return placed.left_join(nowhere, "person_id").drop("person_id_right")


def _usual_places(own: ir.Table) -> ir.Table:
    """Return each person's usual place, how many calls it has, and the address given there."""
    spots = own.group_by("person_id", "spot").agg(
        spot_calls=own.count(), spot_last=own.received_at.max()
    )
    spots = spots.mutate(unknown=spots.spot == NOWHERE)
    order = ["unknown", ibis.desc("spot_calls"), ibis.desc("spot_last"), "spot"]
    usual = leading(spots, by="person_id", order=order).drop("unknown", "spot_last")
    there = own.drop_null("address").semi_join(usual, ["person_id", "spot"])
    texts = there.group_by("person_id", "address").agg(
        n=there.count(), last=there.received_at.max()
    )
    order = [ibis.desc("n"), ibis.desc("last"), "address"]
    address = leading(texts, by="person_id", order=order).select("person_id", "address")
    return usual.left_join(address, "person_id").drop("person_id_right")


def _reason(row: Mapping[Any, Any], params: RepeatParams) -> str:
    known = row["spot"] != NOWHERE
    text = told(row, params)
    text += f"; {row['spot_calls']} from the usual place" if known else "; no place is known"
    if not row["home_visit"]:
        text += "; no visit at the door"
    return text + "."
