"""Who may call which route, and for what. A route that does not say so stops the start.

Walks the routes as FastAPI serves them: included routers are lazy, so `app.routes` alone would
show none of theirs, and a check that finds nothing to check is a failure as well.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from app.identity.declared import action_of
from app.identity.guards import (
    form_ticket,
    integrator,
    officer,
    officer_by_form,
    officer_called,
    signed_in,
    signed_in_by_form,
    visitor,
)
from app.legitimation.guards import acting_mandate

# Adding a path here is a security decision. Say why.
PUBLIC: Final[Mapping[str, str]] = {
    "/openapi.json": "the contract is public",
    "/login": "nobody is signed in before",
    "/callback": "takes a sign-in's own cookie, state and code, each once",
    "/backchannel-logout": "takes a provider's signed word, once; it can only sign somebody out",
    "/v1/questions": "general questions, which reach no case",
    "/log/{tenant}/checkpoint": "the log is for everybody",
    "/log/{tenant}/vkey": "the log is for everybody",
    "/log/{tenant}/witnessed": "the log is for everybody",
    "/log/{tenant}/first": "the log is for everybody",
    "/log/{tenant}/tile/{path:path}": "the log is for everybody",
    "/.well-known/oauth-protected-resource": "says how to call, before anybody can",
    "/.well-known/oauth-protected-resource/t/{tenant}": "says how to call, before anybody can",
    "/.well-known/security.txt": "whom to tell of a weakness",
    "/healthz": "says only that the process answers",
    "/readyz": "names parts, and nothing of anybody",
    "/static": "style sheets and scripts",
    "/": "the first page, which says what this is",
    "/general": "general questions, which reach no case",
    "/privacy": "what everybody must be told before",
}

# Pages that also know how to be seen by nobody: they ask their View for the person themselves.
# tests/architecture/test_routes.py calls each without a session.
ASK_THEMSELVES: Final = frozenset(
    {
        "/accesses",
        "/answers/{answer_id}",
        "/ask",
        "/bind",
        "/consents",
        "/export",
        "/export/download",
        "/fields",
        "/mandates",
        "/protection",
        "/session",
        "/step-up",
    }
)

GUARDS: Final = frozenset[Callable[..., object]](
    {
        signed_in,
        signed_in_by_form,
        form_ticket,
        integrator,
        acting_mandate,
        officer,
        officer_by_form,
        officer_called,
    }
)
# Whoever has come through one of these looks after data protection, and is no citizen.
OF_OFFICERS: Final = frozenset[Callable[..., object]]({officer, officer_by_form, officer_called})
# Whoever has come through one of these is a person, or a form of one.
OF_CITIZENS: Final = GUARDS - {integrator} - OF_OFFICERS
# What a path that begins or is marked so must have asked for.
OF_A_CASE: Final = "{case_id}"
OF_INTEGRATORS: Final = "/v1/integration"
OF_OVERSIGHT: Final = ("/v1/oversight", "/oversight")


class Unguarded(ValueError):
    """Names the routes, which are ours."""


@dataclass(frozen=True, slots=True)
class Door:
    path: str
    asked: frozenset[Callable[..., object]]
    endpoint: object = None

    @property
    def open_to_all(self) -> bool:
        return self.path in PUBLIC

    @property
    def asks_itself(self) -> bool:
        return self.path in ASK_THEMSELVES and visitor in self.asked

    @property
    def guarded(self) -> bool:
        if OF_A_CASE in self.path:
            return acting_mandate in self.asked
        if self.path.startswith(OF_INTEGRATORS):
            return integrator in self.asked
        if self.path.startswith(OF_OVERSIGHT):
            return bool(OF_OFFICERS & self.asked)
        return self.asks_itself or bool(GUARDS & self.asked)

    @property
    def undeclared(self) -> bool:
        """Whether it lets citizens in and does not say for what, so that no floor holds them."""
        citizens = self.asks_itself or bool(OF_CITIZENS & self.asked)
        officers = bool(OF_OFFICERS & self.asked)
        return citizens and not officers and action_of(self.endpoint) is None


def require_guards(app: FastAPI) -> None:
    """Raises Unguarded for a route that anybody could call and that is not in the list.

    Also for one that citizens call and that is none of the actions of policies/actions.yaml.
    """
    found = list(doors(app.routes))
    if not any(door.guarded for door in found):
        raise Unguarded("no route asks who is calling: the check looks in the wrong place")
    left_open = sorted(door.path for door in found if not door.guarded and not door.open_to_all)
    if left_open:
        raise Unguarded(f"nobody said who may call {', '.join(left_open)}")
    without_action = sorted(door.path for door in found if door.undeclared)
    if without_action:
        raise Unguarded(f"nobody said what is done at {', '.join(without_action)}")


def doors(routes: Iterable[BaseRoute]) -> Iterator[Door]:
    for route in iter_route_contexts(list(routes)):
        dependant = getattr(route, "dependant", None)
        yield Door(
            path=route.path or "",
            asked=frozenset(_asked(dependant) if isinstance(dependant, Dependant) else ()),
            endpoint=route.endpoint,
        )


def _asked(dependant: Dependant) -> Iterator[Callable[..., object]]:
    if dependant.call is not None:
        yield dependant.call
    for below in dependant.dependencies:
        yield from _asked(below)
