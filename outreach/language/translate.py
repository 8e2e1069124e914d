"""English texts into another language by gettext; the catalogues stand beside this file."""

import gettext
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel.dates import format_date, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LANGUAGES: Mapping[str, str] = {"en": "English", "es": "Español"}
# As they are written in the United States: 1,234.5 and 3:00 p. m.
LOCALES: Mapping[str, str] = {"en": "en_US", "es": "es_US"}
SHORT_DAY, FULL_DAY = "EEE d MMM", "d MMM y"  # patterns of Unicode's CLDR
_HERE = Path(__file__).parent

Say = Callable[[str], str]


def N_(text: str) -> str:  # noqa: N802 -- the mark that gettext's users know
    """Return a text as it is, marked for the catalogue: it is said later, by a translator."""
    return text


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> gettext.NullTranslations:
    """Return the translations of a language; what is not translated stays English."""
    path = _HERE / f"{language}.po"
    if language not in LANGUAGES or not path.is_file():
        return gettext.NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as handle:
        write_mo(compiled, read_po(handle, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translator(language: str) -> Say:
    """Return the function that says an English text in a language."""
    say = catalogue(language).gettext
    return lambda text: say(text) if text else text  # gettext keeps its own notes under ""


def plural(language: str, one: str, many: str, number: int) -> str:
    """Return the text for a number of things; ``one`` and ``many`` are English with {number}."""
    said = catalogue(language).ngettext(one, many, number)
    return said.format(number=number_words(number, language))


def day_words(day: date, language: str, form: str = SHORT_DAY) -> str:
    """Return a day as readers of a language write it; ``form`` is a pattern of Unicode's CLDR."""
    return format_date(day, form, locale=_locale(language))


def clock_words(at: datetime, language: str) -> str:
    """Return the time of day as readers of a language write it; ``at`` is local already."""
    return format_time(at, "short", locale=_locale(language)).replace("\u202f", "\u00a0")


def number_words(value: float, language: str) -> str:
    """Return a number with the thousands and the decimal sign of a language."""
    return format_decimal(value, locale=_locale(language))


def _locale(language: str) -> str:
    return LOCALES.get(language, LOCALES["en"])
