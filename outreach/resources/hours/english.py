"""Everyday English about opening hours, read whole or not at all.

A text becomes tokens (``lexicon``), tokens become parts (``parts``: days, times,
closings, conditions), the parts between strong marks become a sentence (``sentence``: each
group of days with its times), and sentences become rules. Whatever has no place, or could mean two
things, leaves the text unread.
"""

from dataclasses import replace

from outreach.resources.hours.emit import Rule, osm_text
from outreach.resources.hours.lexicon import NotUnderstoodError, tokens
from outreach.resources.hours.parts import Part, parts_of
from outreach.resources.hours.reading import Reading
from outreach.resources.hours.sentence import Sentence, sentence_of

_APPOINTMENT = {"appt", "only"}
_SAYS_WHEN = {"days", "times", "months", "closed", "cut", "needed", *_APPOINTMENT}


def read(text: str) -> Reading:
    """Read everyday English into an OSM opening_hours text, or say what was not understood."""
    try:
        return Reading(_read(text))
    except NotUnderstoodError as reason:
        return Reading(None, str(reason))


def _read(text: str) -> str:
    chunks = _merged(_chunks(_one_service(parts_of(tokens(text)))))
    ahead, chunks, of_all = _alone(chunks)
    sentences = [sentence_of([p for p in chunk if p.kind != "sep"]) for chunk in chunks]
    _months_are_clear(sentences)
    opened = [rule for sentence in sentences for rule in sentence.opened]
    offs = [rule for sentence in sentences for rule in sentence.offs]
    notes = list(dict.fromkeys([n for s in sentences for n in s.notes]))
    tails = list(dict.fromkeys([t for s in sentences for t in s.tails]))
    if of_all:
        if any(rule.state != "open" for rule in opened):
            raise NotUnderstoodError("what the appointment is for is not clear")
        opened = [replace(rule, state="unknown", comment=of_all) for rule in opened]
        opened = opened or [Rule((), (), "unknown", of_all)]
    if ahead and len(sentences) > 1:
        raise NotUnderstoodError("what the appointment is for is not clear")
    if not opened:
        raise NotUnderstoodError("no days with times are given")
    said = [
        replace(rule, comment="; ".join(filter(None, [rule.comment, *notes]))) for rule in opened
    ]
    return osm_text(said, offs, tails)


def _one_service(parts: list[Part]) -> list[Part]:
    """Return the parts without "pantry" or "office hours", where all hours are of that one.

    Raises   NotUnderstoodError   hours of several services, or some that are not labelled
    """
    labels = [part for part in parts if part.kind == "label"]
    left = [part for part in parts if part.kind != "label"]
    before = {part.kind for part in parts[: parts.index(labels[0])]} if labels else set()
    several = {"sep"} & {part.kind for part in parts} and {"days", "times"} & before
    if len({part.value for part in labels}) > 1 or several:
        raise NotUnderstoodError("hours of more than one service")
    if labels and labels[0].value == "office":
        left.append(Part("note", "office hours", text="office hours:"))
    return left


def _chunks(parts: list[Part]) -> list[list[Part]]:
    """Return the parts between strong marks; those in brackets stay with what is before."""
    chunks: list[list[Part]] = [[]]
    for part in parts:
        if part.kind == "sep":
            chunks.append([part] if part.text.startswith(".") else [])
        else:
            chunks[-1].append(part)
    return [chunk for chunk in chunks if any(part.kind != "sep" for part in chunk)]


def _kinds(chunk: list[Part]) -> list[str]:
    return [part.kind for part in chunk if part.kind in _SAYS_WHEN]


def _merged(chunks: list[list[Part]]) -> list[list[Part]]:
    """Join days with the times on the next line, and times with the days on the line before."""
    found: list[list[Part]] = []
    waiting: list[Part] = []
    for one in chunks:
        chunk, kinds = waiting + one, _kinds(one)
        if waiting:
            waiting = []
        elif found and set(kinds) == {"times"} and _kinds(found[-1])[:1] == ["days"]:
            found[-1] = found[-1] + chunk
            continue
        header = not _kinds(chunk) and any(part.kind == "monthly" for part in chunk)
        if (header or set(_kinds(chunk)) in ({"days"}, {"months"})) and not any(
            part.kind in {"also", "note"} for part in chunk
        ):
            waiting = chunk
        else:
            found.append(chunk)
    return [*found, waiting] if waiting else found


def _alone(chunks: list[list[Part]]) -> tuple[bool, list[list[Part]], str]:
    """Take out a sentence that is only "by appointment only" and so is said of all hours.

    Adds     whether the first sentence begins with such words, the other sentences, the words
    """
    of_all = [chunk for chunk in chunks if _kinds(chunk) and set(_kinds(chunk)) <= _APPOINTMENT]
    others = [chunk for chunk in chunks if not any(chunk is one for one in of_all)]
    words = list(dict.fromkeys(p.value for c in of_all for p in c if p.kind in _APPOINTMENT))
    for chunk in of_all:
        before = chunks[: next(at for at, one in enumerate(chunks) if one is chunk)]
        firm = not any(_kinds(one) for one in before)
        # on a line of its own it may be said of the line before; behind a full stop, of all
        one = sum(bool({"days", "times"} & set(_kinds(other))) for other in before) < 2
        firm |= (one or chunk[0].kind == "sep") and any(part.kind == "only" for part in chunk)
        if not firm:
            raise NotUnderstoodError("by appointment as well, or only?")
        others.append([part for part in chunk if part.kind not in {"sep", *_APPOINTMENT}])
    others = [chunk for chunk in others if chunk]
    ahead = bool(others) and others[0][0].kind in _APPOINTMENT
    return ahead and len(others) > 1, others, ", ".join(words)


def _months_are_clear(sentences: list[Sentence]) -> None:
    """Raise where a sentence without months follows one that begins with months."""
    led = False
    for sentence in sentences:
        if led and sentence.opened and not all(rule.months for rule in sentence.opened):
            raise NotUnderstoodError("which hours the months are said of is not clear")
        led |= bool(sentence.months)
