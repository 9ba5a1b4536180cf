"""From the queue into the tree: nothing lost, nothing doubled, nothing forged signed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.notes import Checkpoint
from app.audit.proofs import position
from app.audit.reading import LogReader, latest, tile_bytes
from app.audit.rejection import Rejected, TrailBroken
from app.audit.sequencer import BATCH, Pace, Sequencer
from app.audit.tiles import Tile, files
from app.audit.verification import LogVerified, verify_log
from app.database.engine import Database
from app.vocabulary.ids import EntryId, TenantId
from tests.audit.conftest import Trail, a_leaf, an_event, signing_key
from tests.fixtures import Urls

QUICK = Pace(
    interval=timedelta(milliseconds=20),
    sweep=timedelta(milliseconds=100),
)


async def verified(trail: Trail) -> LogVerified:
    """The served log, verified by the rules for strangers."""
    reader = LogReader(trail.database, {trail.tenant: trail.key.verifier})
    served = {"checkpoint": (await reader.checkpoint(trail.tenant)).encode()}
    size = int(served["checkpoint"].split(b"\n")[1])
    for tile in files(size):
        served[tile.path] = await reader.file(trail.tenant, tile.path)
    return verify_log(served.__getitem__, trail.key.verifier.vkey)


async def sequenced(trail: Trail) -> list[EntryId]:
    async with trail.database.transaction(trail.tenant) as tx:
        rows = await tx.execute(text("SELECT entry FROM audit_entries ORDER BY index"))
        return [EntryId(entry) for entry in rows.scalars()]


async def until(condition: Callable[[], Awaitable[bool]], *, seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - the database has no event to wait for
            await asyncio.sleep(0.01)


async def holds(trail: Trail, count: int, *, seconds: float = 10) -> None:
    """Waits until the log has this many entries."""

    async def enough() -> bool:
        return len(await sequenced(trail)) >= count

    await until(enough, seconds=seconds)


async def trouble(sequencer: Sequencer, tenant: TenantId, *, over: bool = False) -> None:
    async def so() -> bool:
        return (tenant not in sequencer.troubled) is over

    await until(so)


class Interrupted(Exception):
    """Something went wrong in the caller's transaction."""


class Faulty:
    """The database, failing at the n-th statement of a transaction, or at its commit."""

    def __init__(self, database: Database, *, after: int) -> None:
        self._database = database
        self._left = after

    @asynccontextmanager
    async def transaction(self, tenant: TenantId) -> AsyncIterator[AsyncSession]:
        async with self._database.transaction(tenant) as tx:
            execute = tx.execute

            async def counted(*arguments: object, **options: object) -> object:
                self._fail_at_last()
                return await execute(*arguments, **options)  # type: ignore[call-overload] # passed on as it came

            tx.execute = counted  # type: ignore[method-assign,assignment] # the fault is the point
            yield tx
            self._fail_at_last()

    def _fail_at_last(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise ConnectionResetError


class Overtaken:
    """The database, with the queue gone as soon as somebody has looked at it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def transaction(self, tenant: TenantId) -> AsyncIterator[AsyncSession]:
        async with self._database.transaction(tenant) as tx:
            execute = tx.execute

            async def looked(*arguments: object, **options: object) -> object:
                tx.execute = execute  # type: ignore[method-assign] # from here on as it was
                found = await execute(*arguments, **options)  # type: ignore[call-overload] # passed on as it came
                await execute(text("DELETE FROM audit_queue"))
                return found

            tx.execute = looked  # type: ignore[method-assign,assignment] # the race is the point
            yield tx


@asynccontextmanager
async def running(sequencer: Sequencer) -> AsyncIterator[None]:
    task = asyncio.create_task(sequencer.run())
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class TestBatches:
    async def test_the_log_grows_batch_by_batch_and_verifies_each_time(self, trail: Trail) -> None:
        total = 0
        for count in (1, 2, 250, 3, 1, 300):
            await trail.fill(count)
            total += count

            assert await trail.sequencer.drain(trail.tenant) == count
            assert (await verified(trail)).size == total

    async def test_an_empty_queue_signs_nothing(self, trail: Trail) -> None:
        assert await trail.sequencer.sequence(trail.tenant) == 0
        async with trail.database.transaction(trail.tenant) as tx:
            assert await latest(tx, trail.tenant) is None

    async def test_a_queue_emptied_between_looking_and_taking_signs_nothing(
        self, trail: Trail
    ) -> None:
        """The look may be older than the lock: another worker was quicker."""
        await trail.write()
        quicker = Sequencer(Overtaken(trail.database), {trail.tenant: trail.key})

        assert await quicker.sequence(trail.tenant) == 0
        async with trail.database.transaction(trail.tenant) as tx:
            assert await latest(tx, trail.tenant) is None

    async def test_neighbours_in_a_batch_are_in_the_order_of_their_random_ids(
        self, trail: Trail
    ) -> None:
        written = await trail.write(20)
        await trail.sequencer.drain(trail.tenant)

        assert await sequenced(trail) == sorted(written)

    async def test_a_batch_that_fails_at_any_statement_leaves_the_queue_as_it_was(
        self, trail: Trail
    ) -> None:
        """A fault at each statement in turn and at the commit; then everything is there once."""
        await trail.fill(300)
        await trail.sequencer.drain(trail.tenant)
        written = await trail.fill(250)
        faults = 0
        for after in range(20):
            faulty = Sequencer(Faulty(trail.database, after=after), {trail.tenant: trail.key})
            try:
                moved = await faulty.sequence(trail.tenant)
            except Exception:  # noqa: BLE001 - whatever becomes of a lost connection
                faults += 1
                assert len(await sequenced(trail)) == 300
            else:
                assert moved == 250
                break

        assert faults >= 8
        assert sorted((await sequenced(trail))[300:]) == sorted(written)
        assert (await verified(trail)).size == 550


class TestTogether:
    async def test_many_writers_and_sequencers_lose_nothing_and_double_nothing(
        self, trail: Trail
    ) -> None:
        sequencers = [trail.another_sequencer() for _ in range(3)]
        committed: list[EntryId] = []
        done = asyncio.Event()

        async def write(aborts: bool) -> None:
            for number in range(40):
                with suppress(Interrupted):
                    async with trail.database.transaction(trail.tenant) as tx:
                        receipt = await trail.log.record(tx, trail.tenant, an_event())
                        if aborts and number % 3 == 0:
                            raise Interrupted
                    committed.append(receipt.entry)

        async def sequence(sequencer: Sequencer) -> int:
            moved = 0
            while not done.is_set():
                moved += await sequencer.sequence(trail.tenant)
                await asyncio.sleep(0.002)
            return moved

        tasks = [asyncio.create_task(sequence(sequencer)) for sequencer in sequencers]
        await asyncio.gather(*(write(number % 2 == 0) for number in range(6)))
        done.set()
        moved = sum(await asyncio.gather(*tasks)) + await trail.sequencer.drain(trail.tenant)

        found = await sequenced(trail)
        assert moved == len(found) == len(set(found)) == len(committed) == 3 * 40 + 3 * 26
        assert set(found) == set(committed)
        assert (await verified(trail)).size == len(committed)

    async def test_while_one_has_the_lock_the_others_do_nothing(self, trail: Trail) -> None:
        await trail.write()
        async with trail.database.transaction(trail.tenant) as tx:
            await tx.execute(
                text("SELECT pg_advisory_xact_lock(hashtextextended('klarfall trail ' || :t, 0))"),
                {"t": trail.tenant},
            )

            assert await trail.sequencer.sequence(trail.tenant) == 0

        assert await trail.sequencer.sequence(trail.tenant) == 1


class TestRunning:
    async def test_what_was_written_is_provable_a_moment_later(self, trail: Trail) -> None:
        async with running(trail.sequencer):
            await asyncio.sleep(0.05)
            (entry,) = await trail.write()
            await holds(trail, 1, seconds=1.5)
            assert await sequenced(trail) == [entry]

        assert (await verified(trail)).size == 1

    async def test_more_than_a_batch_is_moved_batch_after_batch(self, trail: Trail) -> None:
        slow = Pace(interval=timedelta(milliseconds=20), sweep=timedelta(seconds=60))
        await trail.fill(2 * BATCH + 7)
        async with running(Sequencer(trail.database, {trail.tenant: trail.key}, pace=slow)):
            await holds(trail, 2 * BATCH + 7)

        async with trail.database.transaction(trail.tenant) as tx:
            sizes = await tx.execute(text("SELECT size FROM audit_checkpoints ORDER BY size"))
        assert list(sizes.scalars()) == [BATCH, 2 * BATCH, 2 * BATCH + 7]
        assert (await verified(trail)).size == 2 * BATCH + 7

    async def test_what_another_process_wrote_is_found_by_the_sweep(self, trail: Trail) -> None:
        other = Sequencer(trail.database, {trail.tenant: trail.key}, pace=QUICK)
        async with running(other):
            await asyncio.sleep(0.05)
            (entry,) = await trail.write()
            await holds(trail, 1)
            assert await sequenced(trail) == [entry]

    async def test_a_database_that_goes_away_is_waited_for(
        self, migrated_database: Urls, trail: Trail
    ) -> None:
        database = Database(migrated_database.app, wait_seconds=1)
        own = Trail(trail.tenant, database, trail.key, trail.sealer, trail.log, trail.sequencer)
        sequencer = Sequencer(database, {own.tenant: own.key}, pace=QUICK)
        name = migrated_database.app.rpartition("/")[2].partition("?")[0]
        superuser = migrated_database.superuser.replace("+psycopg", "").replace(
            f"/{name}", "/postgres"
        )
        try:
            async with running(sequencer):
                await own.write(3)
                with psycopg.connect(superuser, autocommit=True) as admin:
                    admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
                    admin.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                        [name],
                    )
                    await trouble(sequencer, own.tenant)
                    admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())
                await trouble(sequencer, own.tenant, over=True)
                await own.write(2)
                await holds(own, 5)

            assert (await verified(own)).size == 5
        finally:
            await database.close()

    async def test_one_broken_log_does_not_stop_the_others(
        self, new_trail: Callable[[], Trail]
    ) -> None:
        broken, sound = new_trail(), new_trail()
        await broken.write()
        await broken.sequencer.drain(broken.tenant)
        await broken.write()
        keys = {broken.tenant: signing_key(broken.key.name), sound.tenant: sound.key}
        sequencer = Sequencer(sound.database, keys, pace=QUICK)
        async with running(sequencer):
            await sound.write()
            await trouble(sequencer, broken.tenant)
            await holds(sound, 1)

        assert sequencer.troubled == {broken.tenant}
        assert len(await sequenced(broken)) == 1


class Attacker:
    """Has the whole database and not the signing key."""

    def __init__(self, superuser_url: str, trail: Trail) -> None:
        self._url = superuser_url.replace("+psycopg", "")
        self._tenant = trail.tenant

    def does(self, *statements: str, **values: object) -> None:
        with psycopg.connect(self._url) as connection:
            connection.execute("SET session_replication_role = replica")
            guards = connection.execute(
                "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgenabled = 'A'"
                " AND tgrelid::regclass::text LIKE 'audit%%'"
            ).fetchall()
            for table, name in guards:
                connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}".encode())
            for statement in statements:
                connection.execute(statement.encode(), {"tenant": self._tenant, **values})
            for table, name in guards:
                connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}".encode())


@pytest.fixture
def attacker(superuser_url: str, trail: Trail) -> Attacker:
    return Attacker(superuser_url, trail)


class TestNothingForgedIsSigned:
    async def nothing_is_signed(self, trail: Trail, sequencer: Sequencer | None = None) -> None:
        await trail.write()
        with pytest.raises(TrailBroken):
            await (sequencer or trail.another_sequencer()).sequence(trail.tenant)

    async def test_an_entry_altered_near_the_end(self, trail: Trail, attacker: Attacker) -> None:
        await trail.write(5)
        await trail.sequencer.drain(trail.tenant)
        attacker.does(
            "UPDATE audit_entries SET leaf = %(leaf)s WHERE tenant = %(tenant)s AND index = 2",
            leaf=a_leaf().encode(),
        )

        await self.nothing_is_signed(trail)

    async def test_an_entry_deleted(self, trail: Trail, attacker: Attacker) -> None:
        """AP-12."""
        await trail.write(5)
        await trail.sequencer.drain(trail.tenant)
        attacker.does("DELETE FROM audit_entries WHERE tenant = %(tenant)s AND index = 2")

        await self.nothing_is_signed(trail)

    async def test_a_tile_altered(self, trail: Trail, attacker: Attacker) -> None:
        await trail.fill(600)
        await trail.sequencer.drain(trail.tenant)
        attacker.does(
            "UPDATE audit_tiles SET root = %(root)s WHERE tenant = %(tenant)s AND index = 0",
            root=bytes(32),
        )

        await self.nothing_is_signed(trail)

    async def test_a_tile_deleted(self, trail: Trail, attacker: Attacker) -> None:
        """AP-12."""
        await trail.fill(600)
        await trail.sequencer.drain(trail.tenant)
        attacker.does("DELETE FROM audit_tiles WHERE tenant = %(tenant)s AND index = 1")

        await self.nothing_is_signed(trail)

    async def test_an_entry_deep_inside_is_caught_by_whoever_verifies(
        self, trail: Trail, attacker: Attacker
    ) -> None:
        await trail.fill(600)
        await trail.sequencer.drain(trail.tenant)
        attacker.does(
            "UPDATE audit_entries SET leaf = %(leaf)s WHERE tenant = %(tenant)s AND index = 2",
            leaf=a_leaf().encode(),
        )

        with pytest.raises(Rejected):
            await verified(trail)

    async def test_a_checkpoint_written_by_another_key(
        self, trail: Trail, attacker: Attacker
    ) -> None:
        await trail.write(5)
        await trail.sequencer.drain(trail.tenant)
        forged = signing_key(trail.key.name).sign(
            Checkpoint(trail.key.name, 5, (await verified(trail)).root).text
        )
        attacker.does(
            "UPDATE audit_checkpoints SET note = %(note)s WHERE tenant = %(tenant)s", note=forged
        )

        await self.nothing_is_signed(trail)

    async def test_an_older_note_under_a_newer_size(self, trail: Trail, attacker: Attacker) -> None:
        await trail.write(5)
        await trail.sequencer.drain(trail.tenant)
        attacker.does("UPDATE audit_checkpoints SET size = 6 WHERE tenant = %(tenant)s")

        await self.nothing_is_signed(trail)

    async def test_a_log_cut_back_while_the_sequencer_remembers_more(
        self, trail: Trail, attacker: Attacker
    ) -> None:
        """AP-12."""
        for _ in range(2):
            await trail.write(3)
            await trail.sequencer.drain(trail.tenant)
        attacker.does(
            "DELETE FROM audit_entries WHERE tenant = %(tenant)s AND index >= 3",
            "DELETE FROM audit_checkpoints WHERE tenant = %(tenant)s AND size > 3",
        )

        await self.nothing_is_signed(trail, trail.sequencer)

    async def test_a_log_emptied_while_the_sequencer_remembers_more(
        self, trail: Trail, attacker: Attacker
    ) -> None:
        await trail.write(3)
        await trail.sequencer.drain(trail.tenant)
        attacker.does(
            "DELETE FROM audit_entries WHERE tenant = %(tenant)s",
            "DELETE FROM audit_checkpoints WHERE tenant = %(tenant)s",
        )

        await self.nothing_is_signed(trail, trail.sequencer)

    async def test_a_full_tile_that_is_gone_or_short_is_not_served(
        self, trail: Trail, attacker: Attacker
    ) -> None:
        await trail.fill(600)
        await trail.sequencer.drain(trail.tenant)
        attacker.does("UPDATE audit_tiles SET hashes = 'short' WHERE tenant = %(tenant)s")

        async with trail.database.transaction(trail.tenant) as tx:
            with pytest.raises(TrailBroken):
                await tile_bytes(tx, trail.tenant, Tile(0, 0))
            with pytest.raises(TrailBroken):
                await position(tx, trail.tenant, 600)
