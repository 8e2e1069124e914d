"""Same person? Pairs of people in the calls that the model is not sure about, for a person."""

from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path

import pandas as pd
import streamlit as st

from outreach.language.translate import N_
from outreach.maps.elements import each
from outreach.pages import frame, saving, wall_clock, work_forms
from outreach.pages.language import _, _n, moment, number
from outreach.pages.participant_forms import entry
from outreach.pipeline import linkage

VERDICT_WORDS = {
    "same": N_("Same person"),
    "different": N_("Different people"),
    "later": N_("Later"),
}
SIDES = {
    "names": N_("Spellings"),
    "birth_dates": N_("Birth date"),
    "phones": N_("Phone"),
    "address": N_("Most calls from"),
    "calls": N_("Calls"),
}
PAST = 20  # decisions that are listed
ANEW = 10  # decisions after which the pairs are read anew


def page() -> None:
    """Show one pair at a time, the decisions made, and a way to link anew."""
    folder, city = frame.open_without_calls(
        _("Same person?"),
        _(
            "One person may be written in several ways. What a person decides here always wins "
            "over the model, and can be undone."
        ),
    )
    by = work_forms.who()
    kept = opened(folder)
    if len(kept.pairs):
        one_pair(folder, kept, by)
    else:
        frame.nothing_yet(
            _("No pair is waiting for a decision."),
            _(
                "Link the calls after new ones came in (outreach ingest FILE, then the button "
                "below): pairs in doubt then stand here."
            ),
        )
    saving.say()  # below the buttons, which would move from pair to pair
    past(folder, kept.made, by, city.time_zone)
    link_now(folder, by)


@dataclass
class Kept:
    """The pairs and decisions that are looked through; reading them takes a second."""

    visit: object  # of the page
    pairs: pd.DataFrame  # as linkage.pairs_to_review
    made: pd.DataFrame  # as linkage.decisions_made
    taken: int = 0  # decisions since they were read


def opened(folder: Path) -> Kept:
    """Return what is looked through: read when the page is opened, and now and then anew.

    A decision may settle other pairs too; to decide one of these does no harm.
    """
    visit = st.session_state.get("page visit")
    kept: Kept | None = st.session_state.get("pairs")
    if kept is None or kept.visit != visit or kept.taken >= ANEW or kept.pairs.empty:
        pairs = frame.read(lambda: linkage.pairs_to_review(folder, now=wall_clock.now()))
        made = frame.read(lambda: linkage.decisions_made(folder, now=wall_clock.now()))
        kept = st.session_state["pairs"] = Kept(visit, pairs, made)
    return kept


def one_pair(folder: Path, kept: Kept, by: str) -> None:
    """Show the first pair side by side, and take a decision."""
    waiting, put_off = int((~kept.pairs["later"]).sum()), int(kept.pairs["later"].sum())
    told = _n(
        "**{number}** pair waits for a decision", "**{number}** pairs wait for a decision", waiting
    )
    if put_off:
        told = _("{pairs}; {later} put off until later").format(pairs=told, later=number(put_off))
    st.markdown(f"{told}.")
    pair = next(each(kept.pairs.head(1)))
    st.html(pair_html(pair))
    with st.container(horizontal=True, key="verdict"):
        for verdict, words in VERDICT_WORDS.items():
            if st.button(_(words), key=verdict):
                action = partial(decided, folder, kept, verdict, by)
                said = _("Saved: {verdict}. It can be undone below.")
                saving.keep(action, said.format(verdict=_(words).lower()), by)


def decided(folder: Path, kept: Kept, verdict: str, by: str) -> None:
    """Record a verdict on the first pair, and go on to the next."""
    now = wall_clock.now()
    pair = kept.pairs.iloc[:1]
    key = linkage.decide(
        folder, pair["person_a"].iloc[0], pair["person_b"].iloc[0], verdict, by=by, now=now
    )
    new = pair.assign(decision_id=key, verdict=verdict, decided_at=now, decided_by=by)
    kept.made = pd.concat([new, kept.made]) if len(kept.made) else new
    kept.pairs, kept.taken = kept.pairs.iloc[1:], kept.taken + 1
    if verdict != "later":
        frame.forget()  # the lists of people may be other ones now


def pair_html(pair: pd.Series) -> str:
    """Return a pair side by side, field by field; every text is escaped."""
    told = [f"{pair.reason[:1].upper()}{pair.reason[1:]}."]
    told.append(
        _("They count as one person now.") if pair.joined else _("They count as two people now.")
    )
    if pair.matters:
        told.append(_("One of them is a participant or has set limits."))
    known = [name for name in SIDES if getattr(pair, f"{name}_a") or getattr(pair, f"{name}_b")]
    rows = "".join(
        f'<div class="field"><p class="quiet">{escape(_field(pair, name))}</p>'
        f"{_side(pair, name, 'a')}{_side(pair, name, 'b')}</div>"
        for name in known
    )
    return (
        f'<div class="pair"><p class="where">{sure(pair.probability)}</p>'
        f"<p>{escape(' '.join(told))}</p>{rows}</div>"
    )


def sure(probability: float) -> str:
    """Return in words how likely the model holds it that two are one person."""
    in_hundred = min(max(round(100 * probability), 1), 99)
    told = (
        _("The model leans to one person: of 100 pairs like this, about {number} are one person.")
        if probability >= 0.5
        else _(
            "The model leans to two people: of 100 pairs like this, about {number} are one person."
        )
    )
    return told.format(number=in_hundred)


def _side(pair: pd.Series, name: str, side: str) -> str:
    lines = str(getattr(pair, f"{name}_{side}")).split("; ")
    told = "<br>".join(escape(line) for line in lines) if any(lines) else _("not known")
    return f"<p>{told}</p>"


def _field(pair: pd.Series, name: str) -> str:
    """Return what a field is called, and whether its two sides agree where both are known."""
    told = _(SIDES[name])
    sides = [set(str(getattr(pair, f"{name}_{side}")).split("; ")) - {""} for side in ("a", "b")]
    if name == "calls" or not all(sides):
        return told
    compared = _("{field}: one the same") if sides[0] & sides[1] else _("{field}: differ")
    return compared.format(field=told)


def past(folder: Path, made: pd.DataFrame, by: str, zone: str) -> None:
    """List what was decided last, each with a way back."""
    st.subheader(_("Decisions made"))
    if not len(made):
        st.markdown(_("None yet."))
        return
    for row in each(made.head(PAST)):
        told = _("{verdict}: {one} and {other}. {who}, {when}").format(
            verdict=_(VERDICT_WORDS[row.verdict]),
            one=row.names_a.split("; ")[0] or _("nameless"),
            other=row.names_b.split("; ")[0] or _("nameless"),
            who=row.decided_by,
            when=moment(row.decided_at, zone),
        )
        if entry(told, _("Undo"), str(row.decision_id)):
            saving.keep(partial(undone, folder, str(row.decision_id), by), _("Undone."), by)
    if len(made) > PAST:
        older = _("{number} older ones are not listed.")
        st.caption(older.format(number=number(len(made) - PAST)))


def undone(folder: Path, decision_id: str, by: str) -> None:
    """Withdraw a decision."""
    linkage.undo(folder, decision_id, by=by, now=wall_clock.now())
    look_anew()


def look_anew() -> None:
    """Read pairs, decisions and the lists of people anew."""
    st.session_state.pop("pairs", None)
    frame.forget()


def link_now(folder: Path, by: str) -> None:
    """Let somebody link the calls known now."""
    st.subheader(_("Link anew"))
    st.caption(
        _(
            "Compares names, birth dates, phones and places of all calls. Somebody without a name "
            "is never linked to a name by the place alone."
        )
    )
    if not st.button(_("Link now")) or not work_forms.named(by):
        return
    done: list[linkage.LinkDone] = []
    with st.status(_("Linking …"), expanded=True) as progress:
        went_well = frame.attempt(
            lambda: done.append(
                linkage.link_city(
                    folder,
                    now=wall_clock.now(),
                    by=by,
                    report=lambda text: progress.update(label=frame.plain_markdown(text)),
                )
            )
        )
        progress.update(label=_("Linked") if went_well else _("Not linked"), state="complete")
    if went_well:
        found = done[0]
        told = _(
            "Linked: {spellings} spellings in the calls are {people} people; {pairs} pairs are in "
            "doubt."
        ).format(
            spellings=number(found.pseudonyms),
            people=number(found.people),
            pairs=number(found.to_review),
        )
        st.session_state["said"] = found.note or told
        look_anew()
        st.rerun()


if __name__ == "__main__":
    page()
