"""Same person? Pairs of people in the calls that the model is not sure about, for a person."""

from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path

import pandas as pd
import streamlit as st

from outreach.maps.elements import each
from outreach.pages import frame, saving, wall_clock, work_forms
from outreach.pages.participant_forms import entry
from outreach.pipeline import linkage
from outreach.weeks import local_text

VERDICT_WORDS = {"same": "Same person", "different": "Different people", "later": "Later"}
SIDES = {
    "names": "Spellings",
    "birth_dates": "Birth date",
    "phones": "Phone",
    "address": "Most calls from",
    "calls": "Calls",
}
PAST = 20  # decisions that are listed
ANEW = 10  # decisions after which the pairs are read anew


def page() -> None:
    """Show one pair at a time, the decisions made, and a way to link anew."""
    folder, city = frame.open_without_calls(
        "Same person?",
        "One person may be written in several ways. What a person decides here always wins over "
        "the model, and can be undone.",
    )
    by = work_forms.who()
    kept = opened(folder)
    if len(kept.pairs):
        one_pair(folder, kept, by)
    else:
        frame.nothing_yet(
            "No pair is waiting for a decision.",
            "Link the calls after new ones came in (outreach ingest FILE, then the button below): "
            "pairs in doubt then stand here.",
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
    told = f"**{waiting}** {'pair waits' if waiting == 1 else 'pairs wait'} for a decision"
    st.markdown(told + (f"; {put_off} put off until later." if put_off else "."))
    pair = next(each(kept.pairs.head(1)))
    st.html(pair_html(pair))
    with st.container(horizontal=True, key="verdict"):
        for verdict, words in VERDICT_WORDS.items():
            if st.button(words, key=verdict):
                action = partial(decided, folder, kept, verdict, by)
                saving.keep(action, f"Saved: {words.lower()}. It can be undone below.", by)


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
    now = "They count as one person now." if pair.joined else "They count as two people now."
    matters = " One of them is a participant or has set limits." if pair.matters else ""
    known = [name for name in SIDES if getattr(pair, f"{name}_a") or getattr(pair, f"{name}_b")]
    rows = "".join(
        f'<div class="field"><p class="quiet">{SIDES[name]}{_compared(pair, name)}</p>'
        f"{_side(pair, name, 'a')}{_side(pair, name, 'b')}</div>"
        for name in known
    )
    return (
        f'<div class="pair"><p class="where">{sure(pair.probability)}</p>'
        f"<p>{escape(pair.reason[:1].upper() + pair.reason[1:])}. {now}{matters}</p>{rows}</div>"
    )


def sure(probability: float) -> str:
    """Return in words how likely the model holds it that two are one person."""
    in_hundred = min(max(round(100 * probability), 1), 99)
    lean = "leans to one person" if probability >= 0.5 else "leans to two people"
    return f"The model {lean}: of 100 pairs like this, about {in_hundred} are one person."


def _side(pair: pd.Series, name: str, side: str) -> str:
    lines = str(getattr(pair, f"{name}_{side}")).split("; ")
    told = "<br>".join(escape(line) for line in lines) if any(lines) else "not known"
    return f"<p>{told}</p>"


def _compared(pair: pd.Series, name: str) -> str:
    if name == "calls":
        return ""
    sides = [set(str(getattr(pair, f"{name}_{side}")).split("; ")) - {""} for side in ("a", "b")]
    if not all(sides):
        return ""
    return ": one the same" if sides[0] & sides[1] else ": differ"


def past(folder: Path, made: pd.DataFrame, by: str, zone: str) -> None:
    """List what was decided last, each with a way back."""
    st.subheader("Decisions made")
    if not len(made):
        st.markdown("None yet.")
        return
    for row in each(made.head(PAST)):
        names = [name.split("; ")[0] or "nameless" for name in (row.names_a, row.names_b)]
        told = f"{VERDICT_WORDS[row.verdict]}: {' and '.join(names)}. {row.decided_by}, "
        if entry(told + local_text(row.decided_at, zone), "Undo", str(row.decision_id)):
            saving.keep(partial(undone, folder, str(row.decision_id), by), "Undone.", by)
    if len(made) > PAST:
        st.caption(f"{len(made) - PAST} older ones are not listed.")


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
    st.subheader("Link anew")
    st.caption(
        "Compares names, birth dates, phones and places of all calls. Somebody without a name is "
        "never linked to a name by the place alone."
    )
    if not st.button("Link now") or not work_forms.named(by):
        return
    done: list[linkage.LinkDone] = []
    with st.status("Linking …", expanded=True) as progress:
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
        progress.update(label="Linked" if went_well else "Not linked", state="complete")
    if went_well:
        found = done[0]
        st.session_state["said"] = found.note or (
            f"Linked: {found.pseudonyms:,} spellings in the calls are {found.people:,} people; "
            f"{found.to_review:,} pairs are in doubt."
        )
        look_anew()
        st.rerun()


if __name__ == "__main__":
    page()
