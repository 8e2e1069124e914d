"""What new sites would change, in sentences and tables: plain functions, no Streamlit."""

import pandas as pd

from outreach.language.translate import N_
from outreach.maps.style import number
from outreach.pages.language import _, _n, language
from outreach.pipeline.help_sites import BY_ITSELF, SiteChoice
from outreach.pipeline.help_words import percent, site_name


def figures(found: SiteChoice) -> list[tuple[str, str, str]]:
    """Return label, value then, and value today."""
    before, after, limit = found.before, found.after, number(found.wish.within_min)
    people, today = _("People within {minutes} min"), _("today {value}")
    near = people if found.wish.demand == "people" else _("Calls within {minutes} min")
    if found.wish.what == "base":
        near = _("Listed places and people within {minutes} min")
    rows = [
        (
            near.format(minutes=limit),
            percent(after.share, language()),
            today.format(value=percent(before.share, language())),
        ),
        (
            _("On average"),
            _minutes(after.mean_min),
            today.format(value=_minutes(before.mean_min)),
        ),
        (
            _("Farthest"),
            _minutes(after.worst_min),
            today.format(value=_minutes(before.worst_min)),
        ),
    ]
    told = found.wish.what != "base" and found.wish.demand == "calls"
    if told and after.people is not None and before.people is not None:
        change = f"{before.people:,.0f}, {after.people - before.people:+,.0f}"
        rows.append(
            (people.format(minutes=limit), f"{after.people:,.0f}", today.format(value=change))
        )
    return rows


def _minutes(value: float | None) -> str:
    if value is None:
        return _("not reached")
    return _("{minutes} min").format(minutes=f"{value:.0f}" if value >= 10 else f"{value:.1f}")


def caution(found: SiteChoice) -> str:
    """Say what the figures rest on and what they do not say."""
    wish, today = found.wish, len(found.today)
    there = _("Today there is none in the directory.")
    if today:
        there = _("Today: {places}.").format(places=_n("{number} place", "{number} places", today))
    basis = {
        "help": _("Ways only: opening hours, and how many a place can take, are left aside."),
        "sharps_box": _(
            "Need is taken from calls about substance use: pickups of needles are too few to go by."
        ),
        "base": _(
            "Need is the number of listed places and people in each hex, on the way out to it."
        ),
    }[wish.what]
    said = [there, basis]
    if found.cells["people"].notna().any():
        said.append(_("People are taken as spread evenly within a neighbourhood."))
    best = _(
        "The sites are the best among those looked at, which says nothing of rent, leave or who "
        "would come."
    )
    return " ".join([*said, best])


def in_words(found: SiteChoice) -> pd.DataFrame:
    """Return the sites with their names and reasons in the reader's language.

    Needs    found.sites   SITES
    """
    sites, whole, spoken = found.sites, found.cells["demand"].sum(), language()
    told = _(BY_ITSELF)
    reasons = [
        told.format(
            share=percent(covered / whole, spoken),
            minutes=number(found.wish.within_min),
            today=percent(found.before.share, spoken),
            mean=f"{mean:.1f}",
        )
        for covered, mean in zip(sites["covered"], sites["mean_min"], strict=True)
    ]
    names = [site_name(name, spoken) for name in sites["name"]]
    return sites.assign(name=names, reason=reasons)


def candidates_table(found: SiteChoice) -> pd.DataFrame:
    """Return every candidate, the chosen ones first.

    Adds     Name, Chosen, Within … min, Average, Reason
    """
    sites, whole, spoken = in_words(found), found.cells["demand"].sum(), language()
    within = _("Within {minutes} min").format(minutes=number(found.wish.within_min))
    mean = _("{minutes} min")
    return pd.DataFrame(
        {
            N_("Name"): sites["name"],
            N_("Chosen"): [
                _("no") if pd.isna(rank) else f"{int(rank)}" for rank in sites["chosen"]
            ],
            within: [percent(one / whole, spoken) for one in sites["covered"]],
            N_("Average"): [mean.format(minutes=f"{one:.1f}") for one in sites["mean_min"]],
            N_("Reason"): sites["reason"],
        }
    )
