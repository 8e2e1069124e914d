"""Collect what is marked for translation into the catalogues, and say what they lack.

    python -m outreach.language.collect

Marked is what stands in ``_("…")``, ``_n("…", "…", number)``, ``N_("…")``, ``say("…")`` and
``plural(language, "…", "…", number)``. Translations that are there stay; a text that is not
marked any more goes. A translator then fills in what is empty.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from outreach.language.translate import LANGUAGES

PACKAGE = Path(__file__).parent.parent
KEYWORDS = {"_": None, "N_": None, "say": None, "_n": (1, 2), "plural": (2, 3)}
_WIDTH = 100


def path_of(language: str) -> Path:
    """Return where a language's catalogue stands."""
    return Path(__file__).parent / f"{language}.po"


def marked(package: Path = PACKAGE) -> Catalog:
    """Return every text that is marked in a package, each with the files that it stands in."""
    found = Catalog()
    for file, _line, text, comments, context in extract_from_dir(package, keywords=KEYWORDS):
        found.add(text, locations=[(file, 1)], auto_comments=comments, context=context)
    for path, node in _calls(package):
        for inner in _in_f_strings(node):
            found.add(inner, locations=[(path.relative_to(package).as_posix(), 1)])
    return found


def _calls(package: Path) -> Iterator[tuple[Path, ast.AST]]:
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            yield path, node


def _in_f_strings(node: ast.AST) -> Iterator[str | tuple[str, ...]]:
    """Yield what is marked inside of an f-string, which Babel reads as one text."""
    for part in ast.walk(node) if isinstance(node, ast.JoinedStr) else ():
        if isinstance(part, ast.Call) and getattr(part.func, "id", "") in KEYWORDS:
            texts = [a.value for a in part.args if isinstance(a, ast.Constant)]
            told = tuple(text for text in texts if isinstance(text, str))
            if told:
                yield told[0] if len(told) == 1 else told[-2:]


def read(language: str) -> Catalog:
    """Return the catalogue of a language as it stands."""
    with path_of(language).open("rb") as handle:
        return read_po(handle, locale=language)


def write(language: str, catalogue: Catalog) -> None:
    """Write the catalogue of a language in a settled order, without line numbers."""
    catalogue.project, catalogue.version = "Outreach", ""
    catalogue.msgid_bugs_address = catalogue.last_translator = ""
    catalogue.language_team = LANGUAGES[language]
    with path_of(language).open("wb") as handle:
        write_po(
            handle, catalogue, width=_WIDTH, sort_by_file=True, include_lineno=False,
            ignore_obsolete=True,
        )  # fmt: skip


def collect(language: str) -> Catalog:
    """Bring a language's catalogue up to what is marked now, and return it."""
    catalogue = read(language)
    catalogue.update(marked(), no_fuzzy_matching=True, update_creation_date=False)
    write(language, catalogue)
    return catalogue


def lacks(catalogue: Catalog, texts: Catalog) -> list[str]:
    """Return what is wrong with a catalogue, a line each; none where it can be handed out.

    Every marked text is there and translated, none is doubtful or left over, both sides hold
    the same {names}, and counted texts have all of the language's forms.
    """
    wanted, there = ({_first(message) for message in of if message.id} for of in (texts, catalogue))
    found = [f"is not in the catalogue: {text!r}" for text in sorted(wanted - there)]
    found += [f"is not used any more: {text!r}" for text in sorted(there - wanted)]
    found += [f"is not used any more: {key!r}" for key in catalogue.obsolete]
    for message in catalogue:
        if message.id:
            found += [f"{what}: {_first(message)!r}" for what in _faults(message, catalogue)]
    return found


def unmarkable(package: Path = PACKAGE) -> Iterator[str]:
    """Yield where a text is to be translated that no catalogue can hold.

    It is an f-string or a sum, or stands in ``translator(language)("…")``, which is not collected.
    """
    for path, node in _calls(package):
        if not isinstance(node, ast.Call):
            continue
        parts = [part for arg in node.args for part in ast.walk(arg)]
        marks = getattr(node.func, "id", "") in KEYWORDS
        told = marks and any(isinstance(part, ast.JoinedStr | ast.BinOp) for part in parts)
        maker = getattr(getattr(node.func, "func", None), "id", "")
        missed = maker == "translator" and any(isinstance(part, ast.Constant) for part in node.args)
        if told or missed:
            yield f"{path.relative_to(package)}:{node.lineno}"


def _faults(message: Message, catalogue: Catalog) -> Iterator[str]:
    said = _parts(message.string)
    if not all(said):
        yield "is not translated"
        return
    if message.fuzzy:
        yield "is marked as doubtful"
    if message.pluralizable and len(said) != catalogue.num_plurals:
        yield f"has {len(said)} forms, not {catalogue.num_plurals}"
    wanted = {name for text in _parts(message.id) for name in _names(text)}
    if any(set(_names(text)) != wanted for text in said):
        yield f"does not hold the same names as {sorted(wanted)}"


def _names(text: str) -> list[str]:
    try:
        return [name for _text, name, _form, _how in Formatter().parse(text) if name is not None]
    except ValueError:  # a lone brace
        return ["not a template"]


def _parts(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return ("",) if text is None else (text,) if isinstance(text, str) else tuple(text)


def _first(message: Message) -> str:
    return _parts(message.id)[0]


def main() -> int:
    """Update every catalogue and say what a translator has to do."""
    faults = [f"{file}: what is translated here cannot be collected" for file in unmarkable()]
    for language in LANGUAGES:
        if path_of(language).is_file():
            faults += [f"{language}: {line}" for line in lacks(collect(language), marked())]
    for line in faults:
        print(line)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
