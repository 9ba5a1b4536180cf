"""Is the process alive, and is every part it needs there."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated, Final, Literal

import httpx2
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from app.vault import alarmbook
from app.vocabulary.desks import Wanted
from app.vocabulary.errors import KlarfallError, Unavailable
from app.web.wiring import Service

router = APIRouter(tags=["operations"])

PATIENCE_SECONDS: Final = 3.0


class Part(StrEnum):
    DATABASE = "database"
    KEYS = "keys"
    POLICIES = "policies"
    PROVIDER = "provider"
    MODEL = "model"
    LOG = "log"
    SEALED = "sealed"


State = Literal["ready", "away", "not_used", "alarm"]


class ReadyBody(BaseModel):
    """`model` may be away and the service is ready still: the rules answer.

    `sealed: alarm` says that something did not open since somebody last looked: one row was
    altered, moved or put back. All others are served; `klarfall keys status` says where it was.
    """

    ready: bool
    parts: dict[Part, State]


get_service: Final = Wanted[Service]("get_service")


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/readyz", responses={503: {"model": ReadyBody}})
async def readyz(
    service: Annotated[Service, Depends(get_service)], response: Response
) -> ReadyBody:
    """Each part by name. 503 while one that is needed is away."""
    probes: dict[Part, Callable[[], Awaitable[None]]] = {
        Part.DATABASE: service.database.ping,
        Part.KEYS: lambda: _keys(service),
        Part.POLICIES: lambda: _policies(service),
        Part.PROVIDER: service.identity.ready,
        Part.MODEL: lambda: _model(service),
        Part.LOG: lambda: _log(service),
    }
    states = await asyncio.gather(*(_state(probe) for probe in probes.values()))
    parts: dict[Part, State] = dict(zip(probes, states, strict=True))
    if service.model is None:
        parts[Part.MODEL] = "not_used"
    parts[Part.SEALED] = await _sealed(service)
    needed = [parts[part] for part in probes if part is not Part.MODEL]
    ready = all(state == "ready" for state in needed)
    response.status_code = 200 if ready else 503
    return ReadyBody(ready=ready, parts=parts)


async def _state(probe: Callable[[], Awaitable[None]]) -> State:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await probe()
    except (KlarfallError, TimeoutError, httpx2.HTTPError):
        return "away"
    return "ready"


async def _keys(service: Service) -> None:
    for tenant in service.tenants:
        await service.vault.ready(tenant)


async def _sealed(service: Service) -> State:
    """Of all processes: each writes down what it met. Never a reason to serve nobody."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await alarmbook.write(service.database, service.vault.alarms)
            standing = await alarmbook.read(service.database, service.tenants)
    except (KlarfallError, TimeoutError):
        return "away"
    return "alarm" if standing else "ready"


async def _policies(service: Service) -> None:
    if not service.pipeline.gate.policies.engine.ids:
        raise Unavailable("policies")


async def _log(service: Service) -> None:
    if service.sequencer.troubled:
        raise Unavailable("log")


async def _model(service: Service) -> None:
    """Whether something answers at the model's address; nothing is asked of it."""
    url = service.settings.model_url
    if service.model is None or url is None:
        return
    async with httpx2.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as client:
        await client.get(f"{str(url).rstrip('/')}/models")
