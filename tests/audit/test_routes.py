"""The log as strangers fetch it, and as strangers' code judges it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from httpx2 import ASGITransport, AsyncClient, Response

from app.audit.reading import LogReader
from app.audit.routes import get_reader, router
from app.audit.tiles import files
from app.audit.verification import verify_log
from app.vocabulary.errors import KlarfallError
from tests.audit.conftest import Trail

GO_SOURCES = Path("/usr/share/gocode")
VERIFIER = Path(__file__).parents[3] / "shared" / "tools" / "tlog-verify" / "main.go"


async def problem(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, KlarfallError)
    return JSONResponse({"code": error.code}, status_code=error.status)


@pytest.fixture
async def app() -> FastAPI:
    app = FastAPI()
    app.include_router(router)
    app.add_exception_handler(KlarfallError, problem)
    return app


@pytest.fixture
async def client(app: FastAPI, trail: Trail) -> AsyncIterator[AsyncClient]:
    reader = LogReader(trail.database, {trail.tenant: trail.key.verifier})
    app.dependency_overrides[get_reader] = lambda: reader
    async with AsyncClient(
        transport=ASGITransport(app), base_url=f"http://klarfall.test/log/{trail.tenant}/"
    ) as client:
        yield client


async def export(client: AsyncClient, folder: Path) -> None:
    """What `wget -r` would give: the whole log, as files."""
    checkpoint = await client.get("checkpoint")
    size = int(checkpoint.text.split("\n")[1])
    for path in ("checkpoint", "vkey", *(tile.path for tile in files(size))):
        answer = await client.get(path)
        assert answer.status_code == 200, path
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(answer.content)


class TestServing:
    async def test_a_log_fetched_over_http_verifies(
        self, client: AsyncClient, trail: Trail, tmp_path: Path
    ) -> None:
        await trail.fill(520)
        await trail.sequencer.drain(trail.tenant)
        await export(client, tmp_path)

        vkey = (tmp_path / "vkey").read_text()
        assert verify_log(lambda path: (tmp_path / path).read_bytes(), vkey).size == 520

    async def test_kinds_and_caching_are_those_of_the_specification(
        self, client: AsyncClient, trail: Trail
    ) -> None:
        await trail.write(3)
        await trail.sequencer.drain(trail.tenant)

        def said(answer: Response) -> tuple[str, str]:
            return answer.headers["content-type"], answer.headers["cache-control"]

        final = ("application/octet-stream", "public, max-age=31536000, immutable")
        assert said(await client.get("checkpoint")) == ("text/plain; charset=utf-8", "no-cache")
        assert said(await client.get("vkey"))[0] == "text/plain; charset=utf-8"
        assert said(await client.get("tile/0/000.p/3")) == final
        assert said(await client.get("tile/entries/000.p/3")) == final

    async def test_partial_tiles_of_every_earlier_size_stay(
        self, client: AsyncClient, trail: Trail
    ) -> None:
        await trail.fill(257)
        await trail.sequencer.drain(trail.tenant)
        whole = (await client.get("tile/0/000")).content
        for width in (1, 100, 255):
            partial = await client.get(f"tile/0/000.p/{width}")

            assert partial.content == whole[: 32 * width]
        assert len((await client.get("tile/1/000.p/1")).content) == 32

    @pytest.mark.parametrize(
        "path",
        [
            "tile/0/000",
            "tile/0/000.p/4",
            "tile/0/001.p/1",
            "tile/1/000.p/1",
            "tile/entries/000",
            "tile/entries/000.p/4",
            "tile/64/000",
            "tile/0/0",
            "tile/entries/x",
            "tile/",
            "tile/63/x999/x999/x999/x999/x999/999",
            "nothing",
        ],
    )
    async def test_what_is_not_in_the_log_is_not_found(
        self, client: AsyncClient, trail: Trail, path: str
    ) -> None:
        await trail.write(3)
        await trail.sequencer.drain(trail.tenant)

        assert (await client.get(path)).status_code == 404

    @pytest.mark.parametrize("path", ["checkpoint", "vkey", "tile/0/000.p/1"])
    async def test_an_unknown_tenant_has_no_log(self, client: AsyncClient, path: str) -> None:
        answer = await client.get(f"http://klarfall.test/log/elsewhere/{path}")

        assert (answer.status_code, answer.json()) == (404, {"code": "not_found"})

    async def test_a_log_without_entries_has_a_key_and_no_checkpoint(
        self, client: AsyncClient
    ) -> None:
        assert (await client.get("vkey")).status_code == 200
        assert (await client.get("checkpoint")).status_code == 404
        assert (await client.get("tile/0/000.p/1")).status_code == 404

    async def test_a_service_not_put_together_serves_no_log(self, app: FastAPI) -> None:
        async with AsyncClient(transport=ASGITransport(app), base_url="http://k.test") as client:
            assert (await client.get("/log/bergstrasse/checkpoint")).status_code == 503
