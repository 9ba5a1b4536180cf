"""Whom to tell of a weakness: `/.well-known/security.txt` (RFC 9116)."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from fastapi.responses import PlainTextResponse

from app.vocabulary.desks import Wanted
from app.web.settings import Settings
from app.web.wiring import Service

PATH: Final = "/.well-known/security.txt"
# Half of what the RFC calls too long. A copy that somebody kept is not believed for longer.
VALID: Final = timedelta(days=180)

router = APIRouter(include_in_schema=False)

get_contact: Final = Wanted[Service]("get_contact")


@router.get(PATH, response_class=PlainTextResponse)
async def security_txt(service: Annotated[Service, Depends(get_contact)]) -> str:
    """Where to write, in which languages, and until when this page may be believed."""
    return page(service.settings, now=service.identity.clock())


def page(settings: Settings, *, now: datetime) -> str:
    today = datetime.combine(now.astimezone(UTC), time.min, tzinfo=UTC)
    fields = {
        "Contact": settings.security_contact,
        "Expires": (today + VALID).isoformat().replace("+00:00", "Z"),
        "Preferred-Languages": "de, en",
        "Canonical": f"{settings.origin}{PATH}",
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items())
