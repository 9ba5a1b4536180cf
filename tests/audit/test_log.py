"""Writing to the trail, in the database it is written to."""

import json
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.audit.canonical import canonical
from app.audit.events import EventKind
from app.audit.leaves import Leaf
from app.audit.log import Log
from app.audit.proofs import State, document
from app.audit.receipts import Receipt
from app.audit.sealing import VaultSealer
from app.audit.verification import verify_receipt
from app.database.engine import Database
from app.vault.sealing import Unopenable
from app.vocabulary.errors import NotFound, ReceiptMismatch
from app.vocabulary.evidence import Seal
from app.vocabulary.ids import EntryId, ReleaseId, TenantId, random_id
from tests.audit.conftest import NOON, POLICY, Trail, an_event
from tests.statements import statements as sent

TABLES = ("audit_queue", "audit_entries", "audit_payloads", "audit_tiles", "audit_checkpoints")


async def count(trail: Trail, table: str) -> int:
    async with trail.database.transaction(trail.tenant) as tx:
        found = await tx.execute(text(f"SELECT count(*) FROM {table}"))  # noqa: S608 - our own names
        return int(found.scalar_one())


async def statements(trail: Trail) -> int:
    """How many one record takes."""
    async with trail.database.transaction(trail.tenant) as tx:
        with sent() as seen:
            await trail.log.record(tx, trail.tenant, an_event())
    return len(seen)


class Interrupted(Exception):
    """Something went wrong in the caller's transaction."""


class TestRecord:
    async def test_it_gives_the_receipt_of_that_release(self, trail: Trail) -> None:
        release, other = ReleaseId(random_id()), ReleaseId(random_id())
        async with trail.database.transaction(trail.tenant) as tx:
            receipt = await trail.log.record(tx, trail.tenant, an_event(), release=release)

        receipt.require(release, tenant=trail.tenant)
        with pytest.raises(ReceiptMismatch):
            receipt.require(other, tenant=trail.tenant)
        with pytest.raises(ReceiptMismatch):
            receipt.require(release, tenant=TenantId("main-kinzig"))

    async def test_a_receipt_without_a_release_is_good_for_none(self, trail: Trail) -> None:
        async with trail.database.transaction(trail.tenant) as tx:
            receipt = await trail.log.record(tx, trail.tenant, an_event())

        with pytest.raises(ReceiptMismatch):
            receipt.require(ReleaseId(random_id()), tenant=trail.tenant)

    def test_a_receipt_cannot_be_made_elsewhere(self) -> None:
        with pytest.raises(TypeError, match="minted"):
            Receipt(TenantId("t"), EntryId(random_id()), None, Seal())

    async def test_what_is_rolled_back_leaves_nothing(self, trail: Trail) -> None:
        with suppress(Interrupted):
            async with trail.database.transaction(trail.tenant) as tx:
                receipt = await trail.log.record(tx, trail.tenant, an_event())
                raise Interrupted

        assert receipt.tenant == trail.tenant

        assert [await count(trail, table) for table in TABLES] == [0, 0, 0, 0, 0]
        assert await trail.sequencer.drain(trail.tenant) == 0

    async def test_it_costs_one_statement_once_the_key_is_known(self, trail: Trail) -> None:
        """The very first time the log's key is looked for, made and read back."""
        first, second, third = [await statements(trail) for _ in range(3)]

        assert first > 1
        assert (second, third) == (1, 1)

    async def test_the_logs_key_is_asked_for_again_after_a_minute(self, trail: Trail) -> None:
        now = [0.0]
        sealer = VaultSealer(trail.sealer._vault, monotonic=lambda: now[0])
        own = replace(trail, log=Log(sealer, policy=POLICY))
        await own.write()

        assert await statements(own) == 1
        now[0] = 59.9
        assert await statements(own) == 1
        now[0] = 60.1
        assert await statements(own) == 2

    async def test_a_key_made_in_a_transaction_that_failed_seals_nothing(
        self, trail: Trail
    ) -> None:
        with suppress(Interrupted):
            async with trail.database.transaction(trail.tenant) as tx:
                await trail.log.record(tx, trail.tenant, an_event())
                await trail.log.record(tx, trail.tenant, an_event())
                raise Interrupted
        (entry,) = await trail.write()
        afresh = VaultSealer(trail.sealer._vault)

        async with trail.database.transaction(trail.tenant) as tx:
            told = await document(tx, trail.tenant, entry, sealer=afresh)
        assert told.payload is not None

    async def test_a_tenant_may_keep_less_long(self, trail: Trail) -> None:
        brief = Log(
            trail.sealer,
            policy=POLICY,
            retention=lambda _, at: at.date() + timedelta(days=30),
        )
        async with trail.database.transaction(trail.tenant) as tx:
            receipt = await brief.record(tx, trail.tenant, an_event())
            told = await document(tx, trail.tenant, receipt.entry, sealer=trail.sealer)
            kept = await tx.execute(text("SELECT delete_after FROM audit_payloads"))

        assert kept.scalar_one() == date(2026, 12, 20)
        assert told.payload is not None
        assert told.payload["delete_after"] == "2026-12-20"

    def test_a_log_without_a_policy_digest_is_not_made(self, trail: Trail) -> None:
        with pytest.raises(ValueError, match="form"):
            Log(trail.sealer, policy="latest")


class TestReceiptDocument:
    async def test_it_is_recorded_first_and_provable_once_sequenced(self, trail: Trail) -> None:
        (entry,) = await trail.write()
        async with trail.database.transaction(trail.tenant) as tx:
            before = await document(tx, trail.tenant, entry, sealer=trail.sealer)
        await trail.sequencer.drain(trail.tenant)
        async with trail.database.transaction(trail.tenant) as tx:
            after = await document(tx, trail.tenant, entry, sealer=trail.sealer)

        assert before.state is State.RECORDED
        assert "proof" not in before.json()
        assert after.state is State.INCLUDED
        verified = verify_receipt(canonical(after.json()), trail.key.verifier.vkey)
        assert verified.entry == entry
        assert verified.payload == before.payload
        assert verified.policy == POLICY

    async def test_every_entry_of_a_log_of_several_tiles_is_provable(self, trail: Trail) -> None:
        entries = [*await trail.write(5), *await trail.fill(600)]
        await trail.sequencer.drain(trail.tenant)
        for entry in entries[::37]:
            async with trail.database.transaction(trail.tenant) as tx:
                told = await document(tx, trail.tenant, entry, sealer=trail.sealer)

            assert verify_receipt(canonical(told.json()), trail.key.verifier.vkey).entry == entry

    async def test_deleting_the_payload_keeps_the_proof(self, trail: Trail) -> None:
        (entry,) = await trail.write()
        await trail.sequencer.drain(trail.tenant)
        async with trail.database.transaction(trail.tenant) as tx:
            await tx.execute(text("DELETE FROM audit_payloads"))
            told = await document(tx, trail.tenant, entry, sealer=trail.sealer)

        verified = verify_receipt(canonical(told.json()), trail.key.verifier.vkey)
        assert verified.payload is None

    async def test_an_unknown_entry_and_another_tenants_are_not_found(
        self, new_trail: Callable[[], Trail]
    ) -> None:
        trail, other = new_trail(), new_trail()
        (entry,) = await other.write()
        for unknown in (entry, EntryId(random_id())):
            async with trail.database.transaction(trail.tenant) as tx:
                with pytest.raises(NotFound):
                    await document(tx, trail.tenant, unknown, sealer=trail.sealer)

    async def test_a_payload_moved_to_another_entry_does_not_open(self, trail: Trail) -> None:
        first, second = await trail.write(2)
        async with trail.database.transaction(trail.tenant) as tx:
            rows = await tx.execute(
                text("DELETE FROM audit_payloads RETURNING tenant, entry, sealed, delete_after")
            )
            exchanged = [
                {**row, "entry": second if row["entry"] == first else first}
                for row in rows.mappings()
            ]
            await tx.execute(
                text("INSERT INTO audit_payloads VALUES (:tenant, :entry, :sealed, :delete_after)"),
                exchanged,
            )
            with pytest.raises(Unopenable):
                await document(tx, trail.tenant, first, sealer=trail.sealer)


class TestLeavesTellNothing:
    async def test_no_word_of_an_event_is_in_what_anybody_may_read(self, trail: Trail) -> None:
        """AP-11."""
        async with trail.database.transaction(trail.tenant) as tx:
            receipt = await trail.log.record(tx, trail.tenant, an_event(EventKind.RELEASED))
            told = await document(tx, trail.tenant, receipt.entry, sealer=trail.sealer)
            rows = await tx.execute(
                text("SELECT leaf, sealed FROM audit_queue JOIN audit_payloads USING (entry)")
            )
            stored = b"".join(bytes(part) for part in rows.one())

        assert told.payload is not None
        actor = told.payload["actor"]
        assert isinstance(actor, dict)
        person = UUID(str(actor["person"]))
        for secret in (person.bytes, str(person).encode(), b"released", b"person", told.salt):
            assert secret is not None
            assert secret not in stored

    async def test_two_entries_of_the_same_event_share_only_hour_and_policy(
        self, trail: Trail
    ) -> None:
        same = an_event()
        leaves = []
        for _ in range(2):
            async with trail.database.transaction(trail.tenant) as tx:
                receipt = await trail.log.record(tx, trail.tenant, same)
                told = await document(tx, trail.tenant, receipt.entry, sealer=trail.sealer)
            leaves.append(Leaf.decode(b64decode(str(told.json()["leaf"]))))
        one, two = leaves

        assert (one.hour, one.policy) == (two.hour, two.policy)
        assert (
            one.hour
            == datetime(2026, 11, 20, 12, tzinfo=UTC)
            == NOON.replace(minute=0, second=0, microsecond=0)
        )
        assert one.entry != two.entry
        assert one.commitment != two.commitment


class TestTheDatabaseHoldsIt:
    @pytest.mark.parametrize("role", ["app", "owner"])
    @pytest.mark.parametrize("table", ["audit_entries", "audit_tiles", "audit_checkpoints"])
    @pytest.mark.parametrize(
        "verb", ["UPDATE {} SET tenant = tenant", "DELETE FROM {}", "TRUNCATE {}"]
    )
    async def test_final_rows_are_not_changed_by_either_role(
        self, trail: Trail, owner_database: Database, role: str, table: str, verb: str
    ) -> None:
        """AP-12."""
        await trail.fill(300)
        await trail.sequencer.drain(trail.tenant)
        before = await count(trail, table)
        database = trail.database if role == "app" else owner_database
        with pytest.raises(DBAPIError):
            async with database.transaction(trail.tenant) as tx:
                await tx.execute(text(verb.format(table)))

        assert await count(trail, table) == before > 0

    @pytest.mark.parametrize("verb", ["UPDATE {} SET tenant = tenant", "TRUNCATE {}"])
    async def test_payloads_go_but_do_not_change(
        self, trail: Trail, owner_database: Database, verb: str
    ) -> None:
        await trail.write()
        for database in (trail.database, owner_database):
            with pytest.raises(DBAPIError):
                async with database.transaction(trail.tenant) as tx:
                    await tx.execute(text(verb.format("audit_payloads")))

        assert await count(trail, "audit_payloads") == 1

    async def test_one_tenants_trail_is_invisible_to_another(
        self, new_trail: Callable[[], Trail]
    ) -> None:
        trail, other = new_trail(), new_trail()
        await other.write(3)
        await other.sequencer.drain(other.tenant)
        await other.write(3)

        assert [await count(trail, table) for table in TABLES] == [0, 0, 0, 0, 0]

    async def test_the_trail_of_another_tenant_cannot_be_written_to(
        self, new_trail: Callable[[], Trail]
    ) -> None:
        trail, other = new_trail(), new_trail()
        with pytest.raises(DBAPIError):
            async with trail.database.transaction(trail.tenant) as tx:
                await tx.execute(
                    text("INSERT INTO audit_queue VALUES (:tenant, :entry, 'x')"),
                    {"tenant": other.tenant, "entry": random_id()},
                )

    async def test_a_payload_is_json_with_a_salt_before_it(self, trail: Trail) -> None:
        (entry,) = await trail.write()
        async with trail.database.transaction(trail.tenant) as tx:
            rows = await tx.execute(text("SELECT sealed FROM audit_payloads"))
            opened = await trail.sealer.open(tx, trail.tenant, entry, bytes(rows.scalar_one()))

        assert json.loads(opened[32:])["entry"] == str(entry)
