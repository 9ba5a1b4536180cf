"""Somebody who has the whole public log of two people's activity, and wants to link entries.

The adversary knows everything about how the log is made, and is told of half of the hours whose
each entry is, as if it had watched. Of the other hours it guesses. It learns from anything in a
leaf or its place: each byte, the hour, the size, the neighbours. Without a leak it does as well as
a coin. The twin of each test is a log with a leak planted in it, which the same adversary finds:
so it is one that could. What it is not told it could see in a quiet office: who alone was there in
an hour (docs/log.md, Limits).
"""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from math import log as log_of
from math import sqrt
from uuid import UUID

import pytest

from app.audit.canonical import canonical
from app.audit.events import Actor, ActorKind, Event, EventKind, Stamp, payload
from app.audit.leaves import SALT_BYTES, Leaf, commitment, hour_of
from app.vocabulary.ids import EntryId, PersonId, TenantId
from tests.audit.conftest import POLICY

DAYS = 60
KINDS = (EventKind.SIGNED_IN, EventKind.RELEASED)
# Chance alone goes beyond this once in some thousands of runs of all tests here.
SURE = 4.5

Entry = tuple[datetime, int, bytes]  # when, whose, leaf
Leak = Callable[[Leaf, int, int], Leaf]


def no_leak(leaf: Leaf, _whose: int, _number: int) -> Leaf:
    return leaf


def activity(chance: random.Random) -> Iterator[tuple[datetime, int]]:
    """Two people, as likely to do something in any hour, each in sessions of a few events."""
    begin = datetime(2026, 9, 1, tzinfo=UTC)
    for _ in range(DAYS * 12):
        at = begin + timedelta(minutes=chance.randrange(DAYS * 24 * 60))
        whose = chance.randrange(2)
        for _ in range(chance.randint(1, 4)):
            at += timedelta(seconds=chance.randint(1, 40))
            yield at, whose


def drawn(chance: random.Random) -> UUID:
    """As random_id draws, and the same each time."""
    return UUID(bytes=chance.randbytes(16))


def public_log(seed: int, leak: Leak = no_leak, *, in_order: bool = False) -> list[Entry]:
    """As our code makes it: real payloads, salts and leaves, batches in the order of their ids."""
    chance = random.Random(seed)  # noqa: S311 - who does what when, the same each time
    tenant = TenantId("bergstrasse")
    people = [PersonId(drawn(chance)) for _ in range(2)]
    entries: list[Entry] = []
    for number, (at, whose) in enumerate(sorted(activity(chance))):
        actor = Actor(kind=ActorKind.PERSON, person=people[whose])
        event = Event(kind=chance.choice(KINDS), at=at, actor=actor)
        entry = EntryId(drawn(chance))
        stamp = Stamp(
            tenant=tenant, entry=entry, release=None, policy=POLICY, delete_after=at.date()
        )
        document = canonical(payload(event, stamp))
        leaf = Leaf(
            entry=entry,
            hour=hour_of(at),
            policy=bytes.fromhex(POLICY),
            commitment=commitment(chance.randbytes(SALT_BYTES), document),
        )
        entries.append((at, whose, leak(leaf, whose, number).encode()))
    if in_order:
        return entries
    batches = defaultdict[int, list[Entry]](list)
    for each in entries:
        batches[int(each[0].timestamp())].append(each)
    return [
        each
        for second in sorted(batches)
        for each in sorted(batches[second], key=lambda entry: entry[2][1:17])
    ]


def features(log: list[Entry]) -> list[list[object]]:
    """Everything the adversary looks at, of each entry in its place."""
    leaves = [leaf for _, _, leaf in log]
    return [
        [
            len(leaf),
            *(("byte", at, value) for at, value in enumerate(leaf)),
            ("hour of day", int.from_bytes(leaf[17:21]) % 24),
            ("place", index % 2),
            ("first of hour", index == 0 or leaves[index - 1][17:21] != leaf[17:21]),
            ("parity of id", sum(leaf[1:17]) % 2),
            ("parity of commitment", sum(leaf[53:]) % 2),
            ("id against neighbour", index > 0 and leaf[1:17] > leaves[index - 1][1:17]),
            ("hashes", sha256(leaf).digest()[0] % 2),
        ]
        for index, leaf in enumerate(leaves)
    ]


def right_of(log: list[Entry], seed: int) -> float:
    """How many standard deviations above a coin the adversary's guesses of unseen hours are."""
    chance = random.Random(seed)  # noqa: S311 - of which hours it is told
    looks = features(log)
    hours = sorted({leaf[17:21] for _, _, leaf in log})
    told = {hour for hour in hours if chance.random() < 0.5}
    seen = Counter[tuple[object, int]]()
    for look, (_, whose, leaf) in zip(looks, log, strict=True):
        if leaf[17:21] in told:
            seen.update((feature, whose) for feature in ("any", *look))
    right = total = 0
    for look, (_, whose, leaf) in zip(looks, log, strict=True):
        if leaf[17:21] not in told:
            score = sum(speaks_for_one(seen, feature) for feature in look)
            right += (score > 0) == (whose == 1)
            total += 1
    return (right - total / 2) / sqrt(total / 4)


def speaks_for_one(seen: Counter[tuple[object, int]], feature: object) -> float:
    """Naive Bayes: how much likelier the feature was of the second person than of the first."""
    return log_of((seen[feature, 1] + 1) / (seen["any", 1] + 2)) - log_of(
        (seen[feature, 0] + 1) / (seen["any", 0] + 2)
    )


def repeats(log: list[Entry]) -> int:
    """Runs of eight bytes, behind the hour and the policy, that two entries have in common."""
    parts = Counter(
        leaf[at : at + 8] for _, _, leaf in log for at in (*range(1, 10), *range(53, 78))
    )
    return sum(count - 1 for count in parts.values())


def of_person(leaf: Leaf, whose: int, _number: int) -> Leaf:
    """An id that is made from the person's."""
    return Leaf(
        entry=EntryId(UUID(bytes=bytes([whose * 7 + 1]) + leaf.entry.bytes[1:])),
        hour=leaf.hour,
        policy=leaf.policy,
        commitment=leaf.commitment,
    )


def without_salt(leaf: Leaf, whose: int, _number: int) -> Leaf:
    """A commitment to the person alone, which is the same each time."""
    return Leaf(
        entry=leaf.entry,
        hour=leaf.hour,
        policy=leaf.policy,
        commitment=sha256(bytes([whose])).digest(),
    )


def own_policy(leaf: Leaf, whose: int, _number: int) -> Leaf:
    """A policy digest for each person."""
    return Leaf(
        entry=leaf.entry,
        hour=leaf.hour,
        policy=sha256(bytes([whose])).digest(),
        commitment=leaf.commitment,
    )


LEAKS = {"an id of the person's": of_person, "no salt": without_salt, "a policy each": own_policy}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ap_11_whose_an_entry_is_is_guessed_no_better_than_by_a_coin(seed: int) -> None:
    log = public_log(seed)

    assert len(log) > 1_000
    assert abs(right_of(log, seed)) < SURE
    assert repeats(log) == 0


@pytest.mark.parametrize("leak", LEAKS)
def test_the_same_adversary_finds_a_leak_that_is_planted(leak: str) -> None:
    assert right_of(public_log(1, LEAKS[leak]), 1) > SURE


def test_a_salt_that_is_used_again_would_be_seen() -> None:
    assert repeats(public_log(1, without_salt)) > 0


def same_session(log: list[Entry]) -> float:
    """Guesses that neighbours in the log are of one person, measured as above."""
    pairs = [(one[1], other[1]) for one, other in pairwise(log)]
    same = sum(one == other for one, other in pairs)
    return (same - len(pairs) / 2) / sqrt(len(pairs) / 4)


def busy(seed: int, *, in_order: bool) -> list[Entry]:
    """An office where two people are busy in the very same seconds."""
    log = public_log(seed, in_order=True)
    crowded = [
        (datetime.fromtimestamp(1_790_000_000 + number // 64, UTC), whose, leaf)
        for number, (_, whose, leaf) in enumerate(log)
    ]
    if in_order:
        return crowded
    return sorted(crowded, key=lambda entry: (entry[0], entry[2][1:17]))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_neighbours_of_one_batch_need_not_be_of_one_person(seed: int) -> None:
    """Inside a batch the order is that of random ids; its twin, in the order written, is linked."""
    assert abs(same_session(busy(seed, in_order=False))) < SURE
    assert same_session(busy(seed, in_order=True)) > SURE
