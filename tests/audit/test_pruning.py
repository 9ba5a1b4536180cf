"""What goes of a log when its time is up, and that everything else stays proven.

The rule is the database's own: whole bundles from the beginning, entries older than five years,
payloads gone before.
"""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.audit.canonical import canonical
from app.audit.proofs import document
from app.audit.pruning import prune
from app.audit.reading import LogReader
from app.audit.rejection import Rejected
from app.audit.tiles import files
from app.audit.verification import LogVerified, verify_log, verify_receipt
from app.database.engine import Database
from app.lifecycle.retention import Retention
from app.lifecycle.running import Keeper
from app.vocabulary.errors import NotFound
from app.vocabulary.ids import EntryId
from tests.audit.conftest import Trail, a_leaf, an_event
from tests.fixtures import ROOT

OLD = datetime(2020, 2, 3, 4, 5, tzinfo=UTC)


async def fill_old(trail: Trail, count: int) -> None:
    """Entries of 2020 without payloads."""
    leaves = [a_leaf() for _ in range(count)]
    hour = int(OLD.timestamp()) // 3600
    rows = [
        {
            "t": trail.tenant,
            "e": leaf.entry,
            "l": leaf.encode()[:17] + hour.to_bytes(4) + leaf.encode()[21:],
        }
        for leaf in leaves
    ]
    async with trail.database.transaction(trail.tenant) as tx:
        await tx.execute(text("INSERT INTO audit_queue VALUES (:t, :e, :l)"), rows)
    await trail.sequencer.drain(trail.tenant)


async def write_old(trail: Trail) -> EntryId:
    """One real entry of 2020, with its payload."""
    async with trail.database.transaction(trail.tenant) as tx:
        receipt = await trail.log.record(tx, trail.tenant, an_event(at=OLD))
    await trail.sequencer.drain(trail.tenant)
    return receipt.entry


async def pruned(trail: Trail) -> int:
    async with trail.database.transaction(trail.tenant) as tx:
        return await prune(tx)


async def served(trail: Trail) -> dict[str, bytes]:
    reader = LogReader(trail.database, {trail.tenant: trail.key.verifier})
    found = {"checkpoint": (await reader.checkpoint(trail.tenant)).encode()}
    found["first"] = str(await reader.first(trail.tenant)).encode()
    for tile in files(int(found["checkpoint"].split(b"\n")[1])):
        try:
            found[tile.path] = await reader.file(trail.tenant, tile.path)
        except NotFound:
            continue
    return found


async def verified(trail: Trail, **more: bytes) -> LogVerified:
    log = await served(trail)
    vkey = trail.key.verifier.vkey
    earlier = more.get("earlier")
    return verify_log(log.__getitem__, vkey, first=int(log["first"]), earlier=earlier)


class TestTheRule:
    async def test_only_whole_bundles_go(self, trail: Trail) -> None:
        await fill_old(trail, 700)
        assert await pruned(trail) == 512
        assert await pruned(trail) == 512

        log = await served(trail)
        assert {path for path in log if path.startswith("tile/entries")} == {
            "tile/entries/002.p/188"
        }
        assert {"tile/0/000", "tile/0/001", "tile/0/002.p/188", "tile/1/000.p/2"} <= log.keys()

    async def test_nothing_of_the_last_five_years_goes(self, trail: Trail) -> None:
        """Nor anything behind it, however old: what goes is a beginning."""
        await fill_old(trail, 300)
        await trail.fill(1)
        await trail.sequencer.drain(trail.tenant)
        await fill_old(trail, 600)

        assert await pruned(trail) == 256

    async def test_nothing_that_has_its_payload_goes(self, trail: Trail) -> None:
        await fill_old(trail, 256)
        await write_old(trail)
        await fill_old(trail, 300)
        assert await pruned(trail) == 256

        async with trail.database.transaction(trail.tenant) as tx:
            await tx.execute(text("DELETE FROM audit_payloads"))
        assert await pruned(trail) == 512

    async def test_a_log_too_young_or_empty_is_left_alone(self, trail: Trail) -> None:
        assert await pruned(trail) == 0
        await trail.fill(300)
        await trail.sequencer.drain(trail.tenant)
        assert await pruned(trail) == 0

    @pytest.mark.parametrize("role", ["app", "owner"])
    async def test_nobody_deletes_by_another_rule(
        self, trail: Trail, owner_database: Database, role: str
    ) -> None:
        """AP-12."""
        await fill_old(trail, 600)
        await pruned(trail)
        database = trail.database if role == "app" else owner_database
        with pytest.raises(DBAPIError):
            async with database.transaction(trail.tenant) as tx:
                await tx.execute(text("DELETE FROM audit_entries"))
        with pytest.raises(DBAPIError):
            async with trail.database.transaction(trail.tenant) as tx:
                await tx.execute(
                    text("INSERT INTO audit_prunings (tenant, first) VALUES (:t, 600)"),
                    {"t": trail.tenant},
                )

        assert (await verified(trail)).size == 600


class TestWhatStays:
    async def test_the_log_still_verifies_grows_and_continues_what_was_kept(
        self, trail: Trail
    ) -> None:
        await fill_old(trail, 700)
        before = (await served(trail))["checkpoint"]
        await pruned(trail)
        await trail.write(3)
        await trail.fill(300)
        assert await trail.another_sequencer().drain(trail.tenant) == 303

        found = await verified(trail, earlier=before)
        assert (found.first, found.size) == (512, 1003)

    async def test_every_remaining_entry_is_proven_and_a_receipt_of_before_stays_good(
        self, trail: Trail
    ) -> None:
        gone = await write_old(trail)
        await fill_old(trail, 511)
        async with trail.database.transaction(trail.tenant) as tx:
            kept = canonical((await document(tx, trail.tenant, gone, sealer=trail.sealer)).json())
            await tx.execute(text("DELETE FROM audit_payloads"))
        stay = await trail.write(5)
        await trail.sequencer.drain(trail.tenant)
        assert await pruned(trail) == 512

        vkey = trail.key.verifier.vkey
        assert verify_receipt(kept, vkey).entry == gone
        for entry in stay:
            async with trail.database.transaction(trail.tenant) as tx:
                told = await document(tx, trail.tenant, entry, sealer=trail.sealer)
            assert verify_receipt(canonical(told.json()), vkey).payload is not None
        async with trail.database.transaction(trail.tenant) as tx:
            with pytest.raises(NotFound):
                await document(tx, trail.tenant, gone, sealer=trail.sealer)

    async def test_who_says_too_much_is_pruned_or_lies_about_tiles_is_noticed(
        self, trail: Trail
    ) -> None:
        """AP-12: where entries are gone the hashes above them are held against the signature."""
        await fill_old(trail, 700)
        await pruned(trail)
        log = await served(trail)
        vkey = trail.key.verifier.vkey
        assert verify_log(log.__getitem__, vkey, first=512).size == 700

        lying = {**log, "tile/1/000.p/2": bytes(32) + log["tile/1/000.p/2"][32:]}
        with pytest.raises(Rejected):
            verify_log(lying.__getitem__, vkey, first=512)
        for first in (100, 768, 1024):
            with pytest.raises(Rejected):
                verify_log(log.__getitem__, vkey, first=first)
        with pytest.raises(KeyError):
            verify_log(log.__getitem__, vkey)


async def test_what_keeps_data_prunes_as_well_and_a_dry_run_tells_it_and_leaves_all(
    trail: Trail,
) -> None:
    await fill_old(trail, 300)
    keeper = Keeper(
        database=trail.database,
        log=trail.log,
        clock=lambda: datetime.now(UTC),
        retention=Retention.load(ROOT / "policies" / "retention.yaml"),
        answers_months={},
    )

    told = [await keeper.prune(trail.tenant, dry_run=True) for _ in range(2)]
    gone = [await keeper.prune(trail.tenant) for _ in range(2)]

    assert told == [256, 256]
    assert gone == [256, 0]
