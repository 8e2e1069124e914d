"""Who may see and do what: the roles of accounts, and the guard where data are read.

A function that hands out data or changes them says what it needs; it refuses everybody else,
whatever the page or command that called it. What it calls in turn is its own affair, so a count
of participants needs no right to see one.

    @needs("participants")
    def list_participants(folder, *, now): ...
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Literal, ParamSpec, TypeVar, get_args

from outreach.errors import NotAllowedError

Role = Literal[
    "lead", "caseworker", "manager", "police_liaison", "partner", "community", "admin", "operator"
]
Permission = Literal[
    "public",  # counts with small ones hidden, places of help that anybody may know
    "counts",  # hexes, trends, workloads: no names, no points
    "points",  # addresses, plans, day sheets
    "participants",  # names, wishes, what came of visits
    "record",  # log visits, referrals, tasks; correct the directory
    "manage",  # plan and publish; staff, agreements, who is who, imports
    "share",  # hand out what leaves the house
    "released",  # what releases of information let one's own organisation see
    "refer",  # ask the team to see somebody
    "accounts",
    "audit",
]
MAY: Mapping[Role, frozenset[Permission]] = {
    "lead": frozenset({"public", "counts", "points", "participants", "record", "manage", "share"}),
    "caseworker": frozenset({"public", "counts", "points", "participants", "record"}),
    "manager": frozenset({"public", "counts"}),
    "police_liaison": frozenset({"public", "released", "refer"}),
    "partner": frozenset({"public", "released", "refer"}),
    "community": frozenset({"public"}),
    "admin": frozenset({"public", "accounts", "audit"}),
    # Whoever works on the machine itself, by the command line: the city's key is theirs anyway.
    "operator": frozenset(get_args(Permission)),
}
ACCOUNT_ROLES: tuple[Role, ...] = tuple(role for role in MAY if role != "operator")

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Viewer:
    """Who asks."""

    name: str
    role: Role
    account_id: str | None = None  # None: nobody logged in, as in the demo or on the command line
    organisation_id: str | None = None  # of a partner, the police or the community
    staff_id: str | None = None

    def may(self, permission: Permission) -> bool:
        """Return whether their role allows it."""
        return permission in MAY[self.role]


OPERATOR = Viewer("operator", "operator")
_ANSWER: list[Callable[[], Viewer | None]] = [lambda: None]
_acting: ContextVar[Viewer | None] = ContextVar("acting", default=None)
_inside: ContextVar[bool] = ContextVar("inside", default=False)


def answer_by(who: Callable[[], Viewer | None]) -> None:
    """Say how this program knows who asks; until then nobody may do anything."""
    _ANSWER[0] = who


@contextmanager
def acting_as(viewer: Viewer) -> Iterator[None]:
    """Do something for somebody where nobody can be asked, as in a thread of its own."""
    token = _acting.set(viewer)
    try:
        yield
    finally:
        _acting.reset(token)


def viewer() -> Viewer:
    """Return who asks.

    Raises   NotAllowedError   nobody is logged in
    """
    found = _acting.get() or _ANSWER[0]()
    if found is None:
        raise NotAllowedError("nobody is logged in; nothing was shown or changed")
    return found


def require(permission: Permission) -> Viewer:
    """Return who asks, if they may.

    Raises   NotAllowedError   nobody is logged in, or their role does not allow it
    """
    found = viewer()
    if not found.may(permission):
        role = found.role.replace("_", " ")
        raise NotAllowedError(f"a {role} may not see or do this; nothing was shown or changed")
    return found


def needs(permission: Permission) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Guard a function: it runs for those who may, and for what is guarded itself.

    Whoever is logged in signs what they do with their own name: another one as ``by`` is refused.
    """

    def guard(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if _inside.get():
                return function(*args, **kwargs)
            asks = require(permission)
            by = kwargs.get("by", asks.name)
            if asks.account_id is not None and by != asks.name:
                raise NotAllowedError(f"this was to be signed by {by}, not by {asks.name}")
            token = _inside.set(True)
            try:
                return function(*args, **kwargs)
            finally:
                _inside.reset(token)

        guarded.needs = permission  # type: ignore[attr-defined]
        return guarded

    return guard
