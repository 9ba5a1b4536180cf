"""The log before strangers: verifiers of other people in Go, Rust and Python, and ours.

Where they disagree about a true log, these tests fail; where one of them believes a forgery,
the forgery says so and why it may. Ours believes none.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import metamorphic_log
import pytest
import uvicorn
from fastapi import FastAPI

from app.audit.notes import VerifierKey
from app.audit.reading import LogReader
from app.audit.routes import get_reader, router
from app.audit.tiles import files
from app.audit.tree import leaf_hash
from app.audit.verification import verify_log
from demo.postgres import free_port
from tests.audit.conftest import Trail
from tests.audit.forgeries import FORGERIES, KEPT, SIZE, Scene
from tests.audit.oracle import naive_root
from tests.audit.strangers import EARLIER, Panel, Verifier, built_go_verifier

ENTRIES = 3_000
EVERYBODY = set(Verifier)


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Panel:
    folder = tmp_path_factory.mktemp("strangers")
    return Panel(built_go_verifier(folder), folder / "log")


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene.make()


@asynccontextmanager
async def served(trail: Trail) -> AsyncIterator[str]:
    """The log's routes on a port of this machine; gives the address of this tenant's log."""
    app = FastAPI()
    app.include_router(router)
    reader = LogReader(trail.database, {trail.tenant: trail.key.verifier})
    app.dependency_overrides[get_reader] = lambda: reader
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None))
    running = asyncio.create_task(server.serve())
    try:
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{port}/log/{trail.tenant}/"
    finally:
        server.should_exit = True
        await running


async def fetched(url: str) -> dict[str, bytes]:
    async with httpx2.AsyncClient(base_url=url, trust_env=False) as client:

        async def get(path: str) -> bytes:
            return (await client.get(path)).raise_for_status().content

        log = {"checkpoint": await get("checkpoint"), "vkey": await get("vkey")}
        size = int(log["checkpoint"].split(b"\n")[1])
        return {**log, **{tile.path: await get(tile.path) for tile in files(size)}}


class TestATrueLog:
    async def test_is_believed_by_all_of_them_as_it_is_served_and_as_it_grew(
        self, trail: Trail, panel: Panel
    ) -> None:
        """Full and partial tiles on two levels, fetched over HTTP; AP-12."""
        await trail.fill(ENTRIES // 2)
        await trail.sequencer.drain(trail.tenant)
        async with served(trail) as url:
            earlier = (await fetched(url))["checkpoint"]
            await trail.write(7)
            await trail.fill(ENTRIES // 2)
            await trail.sequencer.drain(trail.tenant)
            log = await fetched(url)
        vkey = log["vkey"].decode().strip()

        assert {"tile/0/010", "tile/0/011.p/191", "tile/1/000.p/11"} <= log.keys()
        assert await asyncio.to_thread(panel.accepting, log, vkey) == EVERYBODY
        assert verify_log(log.__getitem__, vkey).size == ENTRIES + 7
        grown = {**log, EARLIER: earlier}
        assert await asyncio.to_thread(panel.accepting, grown, vkey) == EVERYBODY

    @pytest.mark.parametrize("size", [1, 2, 255, 256, 257])
    def test_of_any_size_is_believed_by_all_of_them(
        self, size: int, scene: Scene, panel: Panel
    ) -> None:
        log = scene.again(scene.log.entries[:size])
        del log[EARLIER]

        assert panel.accepting(log, scene.vkey) == EVERYBODY


class TestForgeries:
    def test_all_begin_from_a_log_that_all_believe(self, scene: Scene, panel: Panel) -> None:
        assert len(FORGERIES) >= 25
        assert (len(scene.log.entries), KEPT) == (SIZE, 130)
        assert panel.accepting(scene.files, scene.vkey) == EVERYBODY

    @pytest.mark.parametrize("name", FORGERIES)
    def test_one_is_believed_by_nobody_who_looks_and_never_by_us(
        self, name: str, scene: Scene, panel: Panel
    ) -> None:
        """AP-12. The true log that it was made from is believed by all: see the test above."""
        forgery = FORGERIES[name]
        forged = forgery.make(scene)

        assert forged != scene.files
        assert panel.accepting(forged, scene.vkey) == set(forgery.believed_by)


class TestProofs:
    """One entry at a time, as the Rust library judges what our proofs say."""

    def test_ours_convince_for_every_entry_and_no_other(self, scene: Scene) -> None:
        root = naive_root(scene.log.entries)
        for index in range(0, SIZE, 13):
            proof = list(scene.log.proof(index).hashes)
            hashed = leaf_hash(scene.log.entries[index])
            metamorphic_log.verify_inclusion(index, SIZE, hashed, proof, root)
            for wrong in (index ^ 1, SIZE, index + 2):
                with pytest.raises(metamorphic_log.VerifyError):
                    metamorphic_log.verify_inclusion(wrong, SIZE, hashed, proof, root)
            for broken in (proof[:-1], [*proof, bytes(32)], proof[::-1]):
                with pytest.raises(metamorphic_log.VerifyError):
                    metamorphic_log.verify_inclusion(index, SIZE, hashed, broken, root)

    def test_the_key_that_they_read_is_the_one_we_write(self, scene: Scene) -> None:
        head = metamorphic_log.checkpoint_verify(scene.note, [scene.vkey])

        assert (head.origin, head.size) == (VerifierKey.parse(scene.vkey).name, SIZE)
        assert head.extensions == []
