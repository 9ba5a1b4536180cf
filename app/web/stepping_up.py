"""The challenge of RFC 9470, section 3: which sign-in would do, in the provider's own words."""

from collections.abc import Mapping
from typing import Final

from fastapi import Request

from app.identity.guards import get_identity
from app.identity.tokens.challenges import PLAIN
from app.vocabulary.errors import StepUpRequired, Unauthenticated, Unavailable

ERROR: Final = "insufficient_user_authentication"


async def headers(request: Request, error: StepUpRequired) -> Mapping[str, str]:
    """`WWW-Authenticate`, in the scheme the caller came with, DPoP for a browser's session."""
    parts = [
        f'{_scheme(request)}error="{ERROR}"',
        f'acr_values="{await _acr_values(request, error)}"',
        f'max_age="{int(error.max_age.total_seconds())}"',
    ]
    return {"WWW-Authenticate": ", ".join(parts)}


def body(error: StepUpRequired) -> Mapping[str, object]:
    """The same for a reader of the body, in our words."""
    return {
        "needed": {
            "assurance": error.assurance.word,
            "max_age": int(error.max_age.total_seconds()),
        }
    }


def _scheme(request: Request) -> str:
    given = request.headers.get("authorization", "")
    return "Bearer " if given.lower().startswith("bearer ") else f"{PLAIN}, "


async def _acr_values(request: Request, error: StepUpRequired) -> str:
    """The tenant's own words for the levels that would do, weakest first."""
    try:
        provider = (await get_identity(request)).peer(error.tenant).provider
    except (Unauthenticated, Unavailable):
        return error.assurance.word
    return provider.acr_values(error.assurance)
