"""Single sign-on by OIDC: what of Streamlit's own login (``[auth]`` in its secrets) is used.

Streamlit sends a browser to the provider, checks the word that comes back, and signs it into a
cookie of 30 days. The gate takes that word once, while it is fresh, and gives a session of ours.
"""

import json
from collections.abc import Mapping

from starlette.responses import Response
from streamlit import auth_util
from streamlit.errors import StreamlitAuthError
from streamlit.web.server.starlette import starlette_websocket as signed
from streamlit.web.server.starlette.starlette_server_config import (
    TOKENS_COOKIE_NAME,
    USER_COOKIE_NAME,
)


def configured() -> bool:
    """Return whether a provider is set up; without secrets Streamlit itself would raise."""
    return provider() is not None


def provider() -> str | None:
    """Return the provider's name in the secrets: ``default``, or the first that is named."""
    section = auth_util.get_secrets_auth_section()
    if not section:
        return None
    named = [key for key, value in section.to_dict().items() if isinstance(value, dict)]
    for name in ("default", *named):
        try:
            auth_util.validate_auth_credentials(name)
        except StreamlitAuthError:
            continue
        return name
    return None


def way_to_provider() -> str:
    """Return the address that sends a browser to the provider; it holds for a moment only."""
    return f"/auth/login?provider={auth_util.encode_provider_token(provider() or 'default')}"


def claims_of(cookies: Mapping[str, str]) -> dict[str, object] | None:
    """Return what the provider said of a browser's owner, if the cookie is one we signed."""
    if USER_COOKIE_NAME not in cookies or not configured():
        return None
    found = signed._get_signed_cookie_with_chunks(dict(cookies), USER_COOKIE_NAME)
    try:
        claims = json.loads(found) if found else None
    except ValueError:
        return None
    if not isinstance(claims, dict) or claims.get("is_logged_in") is not True:
        return None
    return claims if _is_for_us(claims) else None


def _is_for_us(claims: Mapping[str, object]) -> bool:
    """Return whether a word was given to this app; authlib lets others pass that name us second."""
    section = auth_util.get_secrets_auth_section().to_dict()
    name = str(claims.get("provider"))
    ours = section[name] if isinstance(section.get(name), dict) else section
    told = claims.get("aud")
    return ours.get("client_id") in (told if isinstance(told, list) else [told])


def forget(answer: Response, cookies: Mapping[str, str]) -> None:
    """Take the provider's word out of the browser."""
    for name in cookies:
        if name.startswith((USER_COOKIE_NAME, TOKENS_COOKIE_NAME)):
            answer.delete_cookie(name, httponly=True, samesite="lax")
