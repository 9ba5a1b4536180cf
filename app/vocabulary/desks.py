"""How a room asks for the desk it works at, and how `app.web` hands it over.

FastAPI's own `dependency_overrides` are for tests: with any of them set, it takes apart the
signature of every overridden dependency at every request, a tenth of an answer's time.
"""

from collections.abc import Mapping
from typing import Final, Generic, TypeVar, cast

from starlette.applications import Starlette
from starlette.requests import Request

from app.vocabulary.errors import Unavailable

T_co = TypeVar("T_co", covariant=True)

_STATE: Final = "desks"


class Wanted(Generic[T_co]):
    """A dependency: whatever `hand_out` gave the application for it."""

    def __init__(self, name: str) -> None:
        self.__name__ = name

    async def __call__(self, request: Request) -> T_co:
        """A coroutine, so that FastAPI does not send it to a thread at every request.

        Raises Unavailable in an application that was not put together.
        """
        desks: Mapping[object, object] = getattr(request.app.state, _STATE, {})
        if self not in desks:
            raise Unavailable(self.__name__)
        return cast("T_co", desks[self])  # hand_out keeps each under its own kind


def hand_out(app: Starlette, desks: Mapping[Wanted[object], object]) -> None:
    setattr(app.state, _STATE, dict(desks))
