"""Which action of the catalogue a route or form is, said where it is written.

The guards look it up before anybody becomes a Person, so that no route can forget its floor; the
service does not start with a citizen's route that says nothing (app.web.admission).
"""

from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from fastapi import Request

from app.catalogue.actions import CitizenAction

P = ParamSpec("P")
R = TypeVar("R")

_DECLARED: Final[dict[object, CitizenAction]] = {}


class Undeclared(LookupError):
    """A route that asks who is calling and does not say for what. A fault of ours."""


def does(action: CitizenAction) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Right above the function, below the route: the function itself stays as it is."""

    def note(endpoint: Callable[P, R]) -> Callable[P, R]:
        _DECLARED[endpoint] = action
        return endpoint

    return note


def action_of(endpoint: object) -> CitizenAction | None:
    return _DECLARED.get(endpoint)


def declared(request: Request) -> CitizenAction:
    """Raises Undeclared: without an action there is no floor to hold anybody to."""
    found = action_of(request.scope.get("endpoint"))
    if found is None:
        raise Undeclared
    return found
