"""The log, served to anybody who wants to verify it (c2sp.org/tlog-tiles)."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response
from fastapi.responses import PlainTextResponse

from app.audit.reading import LogReader
from app.vocabulary.desks import Wanted
from app.vocabulary.ids import TenantId

router: Final = APIRouter(prefix="/log/{tenant}", tags=["log"])

_FINAL: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
_GROWING: Final = {"Cache-Control": "no-cache"}
_KEY: Final = {"Cache-Control": "public, max-age=300"}


get_reader: Final = Wanted[LogReader]("get_reader")
Reader = Annotated[LogReader, Depends(get_reader)]


@router.get("/checkpoint", response_class=PlainTextResponse)
async def checkpoint(tenant: str, reader: Reader) -> PlainTextResponse:
    """The newest signed checkpoint."""
    return PlainTextResponse(await reader.checkpoint(TenantId(tenant)), headers=_GROWING)


@router.get("/witnessed", response_class=PlainTextResponse)
async def witnessed(tenant: str, reader: Reader) -> PlainTextResponse:
    """The newest checkpoint that witnesses cosigned, with their cosignatures."""
    return PlainTextResponse(await reader.witnessed(TenantId(tenant)), headers=_GROWING)


@router.get("/first", response_class=PlainTextResponse)
async def first(tenant: str, reader: Reader) -> PlainTextResponse:
    """The index of the first entry that is still there: 0 until the log is pruned."""
    return PlainTextResponse(f"{await reader.first(TenantId(tenant))}\n", headers=_GROWING)


@router.get("/vkey", response_class=PlainTextResponse)
async def vkey(tenant: str, reader: Reader) -> PlainTextResponse:
    """The key to verify this log with, as signed notes write it."""
    return PlainTextResponse(reader.vkey(TenantId(tenant)) + "\n", headers=_KEY)


@router.get("/tile/{path:path}", response_class=Response)
async def tile(tenant: str, path: str, reader: Reader) -> Response:
    """A tile of hashes, `{L}/{N}[.p/{W}]`, or a bundle of entries, `entries/{N}[.p/{W}]`."""
    data = await reader.file(TenantId(tenant), f"tile/{path}")
    return Response(data, media_type="application/octet-stream", headers=_FINAL)
