"""Links that hand a place to the navigation of whoever opens them: never a name, only where."""

from collections.abc import Mapping
from urllib.parse import quote

APPS: Mapping[str, str] = {"phone": "", "apple": "Apple", "google": "Google"}  # and who is told
_MOST = 80  # characters of a place's words


def way_there(app: str, lon: float, lat: float, place: str = "") -> str:
    """Return the link that leads to a spot.

    "phone" asks nobody but the phone itself (RFC 5870); the others tell a company where one goes,
    so they get the spot alone.

    Needs    app     of APPS
             place   in words, as the phone's map shows it; any text is safe
    """
    spot = f"{lat:.6f},{lon:.6f}"
    if app == "apple":
        return f"https://maps.apple.com/?daddr={spot}"
    if app == "google":
        return f"https://www.google.com/maps/dir/?api=1&destination={spot}"
    words = "".join(sign for sign in place if sign.isprintable() and sign not in "()")[:_MOST]
    return f"geo:{spot}?q={spot}" + (f"({quote(words, safe='')})" if words.strip() else "")
