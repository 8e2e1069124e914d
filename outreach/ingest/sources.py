"""Who a call came from, in our vocabulary; what staff began themselves is never demand."""

import re

_PATTERNS = tuple(
    (re.compile(pattern), source)
    for pattern, source in (
        (r"not 911|non ?911|non ?emerg|other than 911", "non_emergency"),
        (r"self service|constituent|citizens? connect|seeclickfix", "311"),
        (
            r"on ?view|pro ?active|self ?init|(?:officer|unit|field|staff|deputy|police) ?init|"
            r"^field|^officer|^police officer|^unit|^deputy|^ofc|^mobile unit|^mdt|^mdc|^mct|"
            r"city worker|employee|maximo|internal|^staff|patrol|directed|traffic stop",
            "officer_initiated",
        ),
        (r"\b988\b|crisis line|lifeline", "988"),
        (r"alarm", "alarm"),
        (r"schedul|recurring|appointment", "scheduled"),
        (r"\b311\b|\bapp\b|web|online|internet|portal|twitter|social media|chat bot", "311"),
        (r"e ?911|\b[ew]?9 ?1 ?1\b|wireless|landline|wrls|cellular|text|\brtt\b|\bvoip\b", "911"),
        (
            r"phone|\btel\b|\bcell\b|digit|admin|walk ?in|in ?person|counter|lobby|flag|citizen|"
            r"e ?mail|letter|\bfax\b|caller|public|radio|desk|front",
            "non_emergency",
        ),
    )
)
_YES = {"y", "yes", "true", "t", "1", "x", "1.0"}
_NO = {"n", "no", "false", "f", "0", "none", "null", "0.0"}


def classify(text: str) -> str:
    """Return the source that a verbatim value stands for; ``other`` where it is not known."""
    plain = " ".join(re.sub(r"[^a-z0-9]+", " ", text.lower()).split())
    return next((source for pattern, source in _PATTERNS if pattern.search(plain)), "other")


def is_yes_no(values: list[str]) -> bool:
    """Return whether a column only says yes or no."""
    plain = {value.lower() for value in values}
    return bool(plain & _YES) and plain <= _YES | _NO


def yes_no(value: str, default: str) -> str:
    """Return the source of a row by the answer of a column such as Officer Initiated."""
    return "officer_initiated" if value.lower() in _YES else default
