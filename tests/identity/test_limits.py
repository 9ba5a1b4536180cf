"""Counting, over several workers on one database."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from secrets import token_hex

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.engine import Database
from app.identity.limits.budgets import DAY, DEFAULTS, HOUR, MINUTE, Allowance, Budget, allowances
from app.identity.limits.limits import INSTALLATION, Limits
from app.vault.keys import Vault
from app.vault.services import FileKeyService
from app.vocabulary.errors import NotFound, RateLimited, Unavailable
from app.vocabulary.ids import TenantId
from tests.allowances import TENANTS
from tests.fixtures import MovableClock, Urls
from tests.parties import Office

HERE, THERE = TENANTS
EXACT = Allowance(5, HOUR)
LEASED = Allowance(30, MINUTE, lease=5)


@pytest.fixture
def workers(
    database: Database, key_service: FileKeyService, movable_clock: MovableClock
) -> Callable[..., list[Limits]]:
    """Each counts for itself; they share the database and nothing else."""

    def started(number: int = 2, **budgets: Allowance) -> list[Limits]:
        own = {**DEFAULTS} | {Budget[name.upper()]: each for name, each in budgets.items()}
        return [
            Limits(
                database=database,
                vault=Vault(key_service),
                clock=movable_clock,
                tenants=dict.fromkeys(TENANTS, own),
            )
            for _ in range(number)
        ]

    return started


async def tried(limits: Limits, budget: Budget, whose: str, tenant: TenantId = HERE) -> int:
    """0 where it was let through, else the seconds to wait."""
    try:
        await limits.spend(tenant, {budget: whose})
    except RateLimited as refused:
        return refused.retry_after
    return 0


async def let_through(workers: Sequence[Limits], budget: Budget, whose: str, times: int) -> int:
    """At once, in turns over the workers."""
    calls = [tried(workers[n % len(workers)], budget, whose) for n in range(times)]
    return (await asyncio.gather(*calls)).count(0)


async def rows(database: Database, tenant: TenantId, key: bytes) -> int:
    async with database.transaction(tenant) as tx:
        found = await tx.execute(
            text("SELECT count(*) FROM limits WHERE tenant = :tenant AND key = :key"),
            {"tenant": tenant, "key": key},
        )
        return int(found.scalar_one())


async def test_ap_01_an_exact_budget_is_exact_over_two_workers_at_once(
    workers: Callable[..., list[Limits]],
) -> None:
    """AP-01"""
    both = workers(binding_tries=EXACT)

    assert await let_through(both, Budget.BINDING_TRIES, token_hex(8), 40) == EXACT.permits


async def test_ap_01_a_leased_budget_is_never_exceeded_and_loses_a_lease_a_worker_at_most(
    workers: Callable[..., list[Limits]],
) -> None:
    three = workers(3, questions=LEASED)
    whose = token_hex(8)

    through = await let_through(three, Budget.QUESTIONS, whose, 120)
    last = await let_through(three, Budget.QUESTIONS, whose, 30)

    assert through + last <= LEASED.permits
    assert through >= LEASED.permits - 3 * LEASED.lease


async def test_a_worker_alone_can_use_a_leased_budget_to_its_end(
    workers: Callable[..., list[Limits]],
) -> None:
    (alone,) = workers(1, questions=Allowance(33, MINUTE, lease=10))

    assert await let_through([alone], Budget.QUESTIONS, token_hex(8), 90) == 33


async def test_ap_01_whoever_waits_as_long_as_told_is_let_through_and_not_a_moment_earlier(
    workers: Callable[..., list[Limits]], movable_clock: MovableClock
) -> None:
    first, second = workers(binding_tries=EXACT)
    whose = token_hex(8)
    for _ in range(EXACT.permits):
        assert await tried(first, Budget.BINDING_TRIES, whose) == 0
    movable_clock.forward(timedelta(minutes=20, milliseconds=1))

    wait = await tried(second, Budget.BINDING_TRIES, whose)
    assert wait == 2400
    movable_clock.forward(timedelta(seconds=wait - 1))
    assert await tried(first, Budget.BINDING_TRIES, whose) == 1
    assert await tried(second, Budget.BINDING_TRIES, whose) == 1
    movable_clock.forward(timedelta(seconds=1))

    assert await tried(second, Budget.BINDING_TRIES, whose) == 0
    assert await tried(first, Budget.BINDING_TRIES, whose) == 0


async def test_refused_tries_do_not_make_the_wait_longer(
    workers: Callable[..., list[Limits]], movable_clock: MovableClock
) -> None:
    both = workers(binding_tries=EXACT)
    whose = token_hex(8)
    await let_through(both, Budget.BINDING_TRIES, whose, 5)
    for _ in range(30):
        movable_clock.forward(timedelta(minutes=2) - timedelta(seconds=1))
        for each in both:
            assert await tried(each, Budget.BINDING_TRIES, whose) > 0
    movable_clock.forward(timedelta(seconds=31))

    assert await tried(both[0], Budget.BINDING_TRIES, whose) == 0


class Slow:
    """A database that answers so much later, once."""

    def __init__(self, database: Database, clock: MovableClock, by: timedelta) -> None:
        self._database, self._clock, self._by = database, clock, by

    @asynccontextmanager
    async def transaction(self, tenant: TenantId) -> AsyncIterator[AsyncSession]:
        async with self._database.transaction(tenant) as tx:
            yield tx
        self._clock.forward(self._by)
        self._by = timedelta()


async def test_ap_01_a_window_that_ends_while_the_database_answers_refuses_nobody(
    workers: Callable[..., list[Limits]],
    movable_clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The permit is one of the next window then, which gives no more than any other."""
    (limits,) = workers(1, binding_tries=EXACT)
    whose = token_hex(8)
    assert await tried(limits, Budget.BINDING_TRIES, whose) == 0
    movable_clock.forward(HOUR - timedelta(seconds=1))
    slow = Slow(limits._database, movable_clock, timedelta(seconds=2))
    monkeypatch.setattr(limits, "_database", slow)

    assert await tried(limits, Budget.BINDING_TRIES, whose) == 0
    assert await let_through([limits], Budget.BINDING_TRIES, whose, EXACT.permits) == 4
    assert await tried(limits, Budget.BINDING_TRIES, whose) == HOUR.total_seconds()


async def test_a_worker_that_starts_anew_finds_the_budget_as_it_was(
    workers: Callable[..., list[Limits]],
) -> None:
    whose = token_hex(8)
    await let_through(workers(binding_tries=EXACT), Budget.BINDING_TRIES, whose, 5)

    assert await let_through(workers(binding_tries=EXACT), Budget.BINDING_TRIES, whose, 3) == 0


async def test_nobody_is_counted_for_another_another_budget_or_another_office(
    workers: Callable[..., list[Limits]],
) -> None:
    (limits,) = workers(1, binding_tries=EXACT, sign_ins=EXACT)
    whose = token_hex(8)
    assert await let_through([limits], Budget.BINDING_TRIES, whose, 6) == 5

    assert await tried(limits, Budget.BINDING_TRIES, token_hex(8)) == 0
    assert await tried(limits, Budget.SIGN_INS, whose) == 0
    assert await tried(limits, Budget.BINDING_TRIES, whose, THERE) == 0
    assert await tried(limits, Budget.BINDING_TRIES, whose) > 0


async def test_one_budget_used_up_leaves_the_others_as_they_were(
    workers: Callable[..., list[Limits]],
) -> None:
    (limits,) = workers(1, binding_tries=EXACT, binding_tries_of_address=Allowance(2, HOUR))
    whose, address = token_hex(8), token_hex(8)
    both = {Budget.BINDING_TRIES: whose, Budget.BINDING_TRIES_OF_ADDRESS: address}
    for _ in range(2):
        await limits.spend(HERE, both)
    for _ in range(9):
        with pytest.raises(RateLimited):
            await limits.spend(HERE, both)

    assert await let_through([limits], Budget.BINDING_TRIES, whose, 9) == 3


async def test_what_is_given_back_can_be_used_again_once(
    workers: Callable[..., list[Limits]],
) -> None:
    first, second = workers(binding_tries=EXACT)
    whose = token_hex(8)
    for _ in range(20):
        await first.spend(HERE, {Budget.BINDING_TRIES: whose})
        first.restore(HERE, {Budget.BINDING_TRIES: whose})

    assert await let_through([second, first], Budget.BINDING_TRIES, whose, 30) == 5


async def test_the_model_is_called_so_often_a_day_and_the_rules_answer_then(
    workers: Callable[..., list[Limits]], office: Office, movable_clock: MovableClock
) -> None:
    """AP-01, LLM10: nothing is refused; also where the office's own share is used up."""
    person, other = await office.person(), await office.person()
    (limits,) = workers(1, model_calls=Allowance(3, DAY), model_calls_of_office=LEASED)
    assert [await limits.may_use_model(person) for _ in range(5)] == [True] * 3 + [False] * 2
    assert await limits.may_use_model(other)
    movable_clock.forward(DAY)
    assert await limits.may_use_model(person)


async def test_an_office_nobody_set_limits_for_is_closed(
    workers: Callable[..., list[Limits]],
) -> None:
    """AP-14"""
    (limits,) = workers(1)

    with pytest.raises(Unavailable):
        await limits.spend(TenantId("nowhere"), {Budget.QUESTIONS: "x"})
    with pytest.raises(NotFound):
        await limits.spend_public_question("nowhere", connection=None)  # type: ignore[arg-type]  # refused before it is looked at


async def test_ap_14_without_a_database_nobody_is_let_through_uncounted(
    key_service: FileKeyService, movable_clock: MovableClock
) -> None:
    """AP-14: what reads nothing of anybody goes on within the same number; the rest is closed."""
    away = Database("postgresql+psycopg://nobody@127.0.0.1:9/none", wait_seconds=1)
    limits = Limits(
        database=away,
        vault=Vault(key_service),
        clock=movable_clock,
        tenants={HERE: {**DEFAULTS} | {Budget.PUBLIC_QUESTIONS: Allowance(3, MINUTE)}},
    )
    for budget in set(Budget) - {Budget.PUBLIC_QUESTIONS, Budget.ADDRESS_REQUESTS}:
        with pytest.raises(Unavailable):
            await limits.spend(HERE, {budget: "somebody"})

    assert await let_through([limits], Budget.PUBLIC_QUESTIONS, "203.0.113.7", 20) == 3
    assert await tried(limits, Budget.ADDRESS_REQUESTS, "203.0.113.7", INSTALLATION) == 0
    movable_clock.forward(MINUTE)
    assert await let_through([limits], Budget.PUBLIC_QUESTIONS, "203.0.113.7", 20) == 3
    await away.close()


@pytest.fixture
async def counted_apart(
    new_database: Callable[..., Urls], migrated_template: str
) -> AsyncIterator[Database]:
    """Nobody else's windows end here."""
    opened = Database(new_database(migrated_template).app)
    yield opened
    await opened.close()


async def test_an_address_is_kept_as_a_keyed_hash_and_no_longer_than_its_window(
    counted_apart: Database, key_service: FileKeyService, movable_clock: MovableClock
) -> None:
    vault = Vault(key_service)
    limits = Limits(
        database=counted_apart, vault=vault, clock=movable_clock, tenants={HERE: DEFAULTS}
    )
    whose = f"203.0.113.{token_hex(4)}"
    await limits.spend(HERE, {Budget.SIGN_INS: whose})
    await limits.spend(INSTALLATION, {Budget.ADDRESS_REQUESTS: whose})
    key = (await vault.indexer(HERE)).index(Budget.SIGN_INS, whose)
    shared = (await vault.indexer(INSTALLATION)).index(Budget.ADDRESS_REQUESTS, whose)
    async with counted_apart.transaction(HERE) as tx:
        kept = str((await tx.execute(text("SELECT * FROM limits"))).all())

    assert whose not in kept
    assert whose.encode().hex() not in kept
    await limits.sweep()
    assert await rows(counted_apart, HERE, key) == 1
    movable_clock.forward(DEFAULTS[Budget.SIGN_INS].window)
    await limits.sweep()
    assert await rows(counted_apart, HERE, key) == 0
    assert await rows(counted_apart, INSTALLATION, shared) == 0


def test_a_tenants_own_numbers_are_taken_and_leases_stay_the_same_part_of_them() -> None:
    own = allowances(
        {
            Budget.QUESTIONS: 4,
            Budget.QUESTIONS_A_DAY: 90,
            Budget.SIGN_INS: 1,
            Budget.BINDING_TRIES: 10_000,
            Budget.PERSON_REQUESTS: 10_000_000,
        }
    )

    assert own[Budget.QUESTIONS] == Allowance(4, MINUTE, lease=1)
    assert own[Budget.QUESTIONS_A_DAY].lease == 3
    assert own[Budget.SIGN_INS].permits == 1
    assert own[Budget.BINDING_TRIES].lease == 1
    assert own[Budget.PERSON_REQUESTS].lease == 1000
    assert own[Budget.MODEL_CALLS] == DEFAULTS[Budget.MODEL_CALLS]
    assert set(own) == set(Budget)


@pytest.mark.parametrize("lease", [0, 6])
def test_a_lease_of_nothing_or_of_more_than_there_is_is_refused(lease: int) -> None:
    with pytest.raises(ValueError, match="lease"):
        Allowance(5, HOUR, lease)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("spend"), st.integers(0, 1), st.integers(1, 4)),
        st.tuples(st.just("wait"), st.integers(1, 90), st.just(0)),
        st.tuples(st.just("restart"), st.integers(0, 1), st.just(0)),
    ),
    max_size=25,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS, lease=st.sampled_from([1, 3]))
async def test_ap_01_whatever_the_interleaving_of_two_workers_the_budget_is_kept(
    workers: Callable[..., list[Limits]],
    movable_clock: MovableClock,
    steps: list[tuple[str, int, int]],
    lease: int,
) -> None:
    """AP-01, against an oracle that knows windows and counts, and nothing of leases."""
    allowance = Allowance(9, MINUTE, lease)
    await _interleaved(workers, movable_clock, steps, allowance, token_hex(8))


async def _interleaved(
    workers: Callable[..., list[Limits]],
    clock: MovableClock,
    steps: list[tuple[str, int, int]],
    allowance: Allowance,
    whose: str,
) -> None:
    started = workers(questions=allowance)
    begun, through, lost = clock() - allowance.window, 0, 0
    for what, which, times in steps:
        if what == "wait":
            clock.forward(timedelta(seconds=which))
        elif what == "restart":
            started[which] = workers(1, questions=allowance)[0]
            lost += allowance.lease - 1
        else:
            if clock() >= begun + allowance.window:
                begun, through, lost = clock(), 0, 0
            given = await asyncio.gather(
                *(tried(started[which], Budget.QUESTIONS, whose) for _ in range(times))
            )
            through += given.count(0)
            assert through <= allowance.permits
            if given.count(0) < times:
                other_worker = allowance.lease - 1
                assert through >= allowance.permits - other_worker - lost
