"""Witnesses that are asked: what they cosign, what they catch, and that nobody waits for them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from app.audit.canonical import canonical
from app.audit.notes import Checkpoint
from app.audit.proofs import document
from app.audit.quorum import TrustPolicy
from app.audit.reading import LogReader, latest
from app.audit.rejection import Rejected
from app.audit.tiles import files
from app.audit.verification import verify_log, verify_receipt
from app.audit.witnessing import Outcome, Witnessing
from tests.audit.conftest import Trail
from tests.audit.test_sequencer import Attacker
from tests.doubles.witness import Manner, WitnessServer


@pytest.fixture
def witnesses(trail: Trail) -> Iterator[list[WitnessServer]]:
    """Two, of different houses."""
    vkey = trail.key.verifier.vkey
    with ExitStack() as running:
        yield [
            running.enter_context(WitnessServer([vkey], name=f"witness.example/{name}"))
            for name in ("one", "two")
        ]


def policy_of(trail: Trail, witnesses: list[WitnessServer], quorum: str = "all") -> TrustPolicy:
    known = [f"witness w{at} {each.vkey} {each.url}" for at, each in enumerate(witnesses)]
    names = " ".join(f"w{at}" for at in range(len(witnesses)))
    log = f"log {trail.key.verifier.vkey}"
    return TrustPolicy.parse("\n".join([log, *known, f"group g {quorum} {names}", "quorum g", ""]))


Asking = Callable[[list[WitnessServer]], Witnessing]


@pytest.fixture
def asking(trail: Trail) -> Asking:
    def make(witnesses: list[WitnessServer]) -> Witnessing:
        known = tuple(policy_of(trail, witnesses).witnesses.values())
        return Witnessing(trail.database, {trail.tenant: known})

    return make


def said(outcome: Outcome) -> dict[str, Outcome]:
    return {"w0": outcome, "w1": outcome}


async def witnessed(trail: Trail) -> dict[str, bytes]:
    """The log as it is served, under the checkpoint that was cosigned."""
    reader = LogReader(trail.database, {trail.tenant: trail.key.verifier})
    note = (await reader.witnessed(trail.tenant)).encode()
    served = {"checkpoint": note}
    for tile in files(int(note.split(b"\n")[1])):
        served[tile.path] = await reader.file(trail.tenant, tile.path)
    return served


class TestCosigned:
    async def test_a_log_is_cosigned_as_it_grows_and_verifies_with_the_policy(
        self, trail: Trail, witnesses: list[WitnessServer], asking: Asking
    ) -> None:
        """Consistency proofs of several sizes, judged by a library that is not ours."""
        asks, policy = asking(witnesses), policy_of(trail, witnesses)
        total = 0
        for count in (1, 2, 254, 300, 1):
            await trail.fill(count)
            await trail.sequencer.drain(trail.tenant)
            total += count

            assert await asks.ask(trail.tenant) == said(Outcome.COSIGNED)
            assert verify_log((await witnessed(trail)).__getitem__, policy=policy).size == total
        assert [each.seen[trail.key.name][0] for each in witnesses] == [total, total]

    async def test_nobody_is_asked_where_nothing_is_new(
        self, trail: Trail, witnesses: list[WitnessServer], asking: Asking
    ) -> None:
        asks = asking(witnesses)

        assert await asks.ask(trail.tenant) == said(Outcome.NOTHING_NEW)
        await trail.write()
        await trail.sequencer.drain(trail.tenant)
        await asks.ask(trail.tenant)
        assert await asks.ask(trail.tenant) == said(Outcome.NOTHING_NEW)
        assert [each.asked for each in witnesses] == [1, 1]

    async def test_a_receipt_is_proven_under_the_cosigned_checkpoint(
        self, trail: Trail, witnesses: list[WitnessServer], asking: Asking
    ) -> None:
        (entry,) = await trail.write()
        await trail.sequencer.drain(trail.tenant)
        await asking(witnesses).ask(trail.tenant)
        await trail.write(3)
        await trail.sequencer.drain(trail.tenant)
        async with trail.database.transaction(trail.tenant) as tx:
            told = canonical((await document(tx, trail.tenant, entry, sealer=trail.sealer)).json())

        assert verify_receipt(told, policy=policy_of(trail, witnesses)).tree_size == 1
        assert verify_receipt(told, trail.key.verifier.vkey).entry == entry

    async def test_an_entry_newer_than_that_is_proven_without_cosignatures(
        self, trail: Trail, witnesses: list[WitnessServer], asking: Asking
    ) -> None:
        await trail.write()
        await trail.sequencer.drain(trail.tenant)
        await asking(witnesses).ask(trail.tenant)
        (entry,) = await trail.write()
        await trail.sequencer.drain(trail.tenant)
        async with trail.database.transaction(trail.tenant) as tx:
            told = canonical((await document(tx, trail.tenant, entry, sealer=trail.sealer)).json())

        assert verify_receipt(told, trail.key.verifier.vkey).tree_size == 2
        with pytest.raises(Rejected, match="Not there: w0, w1"):
            verify_receipt(told, policy=policy_of(trail, witnesses))

    async def test_a_witness_that_knows_more_than_we_wrote_down_is_asked_from_there(
        self, trail: Trail, witnesses: list[WitnessServer], asking: Asking
    ) -> None:
        """Its answer was lost on the way: it says which size it saw, and is asked again."""
        await trail.write(3)
        await trail.sequencer.drain(trail.tenant)
        async with trail.database.transaction(trail.tenant) as tx:
            last = await latest(tx, trail.tenant)
        assert last is not None
        for each in witnesses:
            assert (
                each.answer("/witness/add-checkpoint", f"old 0\n\n{last[1]}".encode(), None).status
                == 200
            )

        assert await asking(witnesses).ask(trail.tenant) == said(Outcome.COSIGNED)
        await trail.write(3)
        await trail.sequencer.drain(trail.tenant)
        assert await asking(witnesses).ask(trail.tenant) == said(Outcome.COSIGNED)


class TestAway:
    @pytest.mark.parametrize("manner", [each for each in Manner if each is not Manner.HONEST])
    async def test_one_that_does_not_answer_well_stops_neither_the_log_nor_the_other(
        self, trail: Trail, witnesses: list[WitnessServer], asking: Asking, manner: Manner
    ) -> None:
        asks = asking(witnesses)
        policy, either = policy_of(trail, witnesses), policy_of(trail, witnesses, "any")
        witnesses[1].manner = manner
        await trail.write(3)
        await trail.sequencer.drain(trail.tenant)

        assert await asks.ask(trail.tenant) == {"w0": Outcome.COSIGNED, "w1": Outcome.AWAY}
        await trail.write(2)
        assert await trail.sequencer.drain(trail.tenant) == 2
        served = await witnessed(trail)
        assert verify_log(served.__getitem__, policy=either).size == 3
        with pytest.raises(Rejected, match="Not there: w1"):
            verify_log(served.__getitem__, policy=policy)

    async def test_one_that_is_gone_is_waited_for(self, trail: Trail, asking: Asking) -> None:
        with WitnessServer([trail.key.verifier.vkey]) as witness:
            asks = asking([witness])
        await trail.write()
        await trail.sequencer.drain(trail.tenant)

        assert await asks.ask(trail.tenant) == {"w0": Outcome.AWAY}
        reader = LogReader(trail.database, {trail.tenant: trail.key.verifier})
        assert (await reader.checkpoint(trail.tenant)).startswith(trail.key.name)

    async def test_one_that_does_not_know_this_log_is_as_good_as_away(
        self, trail: Trail, asking: Asking
    ) -> None:
        await trail.write()
        await trail.sequencer.drain(trail.tenant)
        with WitnessServer([]) as witness:
            assert await asking([witness]).ask(trail.tenant) == {"w0": Outcome.AWAY}


@pytest.fixture
def attacker(superuser_url: str, trail: Trail) -> Attacker:
    return Attacker(superuser_url, trail)


class TestCaught:
    """Whoever has the database and the signing key as well; AP-12."""

    async def test_a_fork_is_refused(
        self, trail: Trail, witnesses: list[WitnessServer], asking: Asking, attacker: Attacker
    ) -> None:
        asks = asking(witnesses)
        await trail.write(3)
        await trail.sequencer.drain(trail.tenant)
        assert await asks.ask(trail.tenant) == said(Outcome.COSIGNED)
        forget(attacker)
        await trail.write(5)
        forked = trail.another_sequencer()
        assert await forked.drain(trail.tenant) == 5

        assert await asks.ask(trail.tenant) == said(Outcome.REFUSED)
        assert [each.seen[trail.key.name][0] for each in witnesses] == [3, 3]

    async def test_another_tree_of_the_same_size_is_refused(
        self, trail: Trail, witnesses: list[WitnessServer], asking: Asking, attacker: Attacker
    ) -> None:
        await trail.write(3)
        await trail.sequencer.drain(trail.tenant)
        await asking(witnesses).ask(trail.tenant)
        forget(attacker)
        await trail.write(3)
        await trail.another_sequencer().drain(trail.tenant)

        assert await asking(witnesses).ask(trail.tenant) == said(Outcome.REFUSED)

    async def test_a_rollback_is_refused(
        self, trail: Trail, witnesses: list[WitnessServer], asking: Asking, attacker: Attacker
    ) -> None:
        """Yesterday's backup, restored together with what we had written down of the witnesses."""
        await trail.write(3)
        await trail.sequencer.drain(trail.tenant)
        await trail.write(2)
        await trail.sequencer.drain(trail.tenant)
        assert await asking(witnesses).ask(trail.tenant) == said(Outcome.COSIGNED)
        attacker.does(
            "DELETE FROM audit_cosignatures WHERE tenant = %(tenant)s",
            "DELETE FROM audit_entries WHERE tenant = %(tenant)s AND index >= 3",
            "DELETE FROM audit_checkpoints WHERE tenant = %(tenant)s AND size > 3",
        )

        assert await asking(witnesses).ask(trail.tenant) == said(Outcome.REFUSED)

    async def test_what_the_witness_cosigned_is_what_the_log_said(
        self, trail: Trail, witnesses: list[WitnessServer], asking: Asking
    ) -> None:
        """The twin of all of these: the same growth without anybody's hand in it is cosigned."""
        for _ in range(2):
            await trail.write(3)
            await trail.sequencer.drain(trail.tenant)
            assert await asking(witnesses).ask(trail.tenant) == said(Outcome.COSIGNED)
        note = (await witnessed(trail))["checkpoint"].decode()
        said_then = Checkpoint.parse(note.partition("\n\n")[0] + "\n")

        assert {each.seen[trail.key.name] for each in witnesses} == {
            (said_then.size, said_then.root)
        }


def forget(attacker: Attacker) -> None:
    """The log from its beginning, as if nothing had been."""
    attacker.does(
        "DELETE FROM audit_cosignatures WHERE tenant = %(tenant)s",
        "DELETE FROM audit_entries WHERE tenant = %(tenant)s",
        "DELETE FROM audit_checkpoints WHERE tenant = %(tenant)s",
    )
