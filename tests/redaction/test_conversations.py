"""R4: whatever a model makes of tokens and wherever its stream is cut, the person reads names.

A seeded share of the conversations here, 100,000 of them in `make thorough`.
"""

import os
import re
from itertools import pairwise
from random import Random

import pytest

from app.redaction.kinds import Kind
from app.redaction.stream import RevealingStream
from app.redaction.text import Pseudonyms, reveal
from tests.redaction.conversations import BENT, SLOTS, Conversation

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
CONVERSATIONS = 100_000 if THOROUGH else 160
PARTS = 100 if THOROUGH else 2
FRAGMENT = re.compile(rf"[⟦⟧]|(?<![A-Za-z])(?i:{'|'.join(Kind)})[_‐-―-]?\d")


def drawn(number: int) -> Conversation:
    return Conversation(Random(number), number)  # noqa: S311 - to be drawn again, no secret


def turn(conversation: Conversation) -> tuple[str, str]:
    """The person asks, the model replies: what it writes, and what must be read."""
    question, said = conversation.question()
    conversation.heard(conversation.table.redact(question), said)
    return conversation.reply()


def in_two(raw: bytes, at: int, names: Pseudonyms) -> str:
    stream = RevealingStream(names)
    return stream.feed(raw[:at]) + stream.feed(raw[at:]) + stream.finish()


def in_parts(raw: bytes, random: Random, names: Pseudonyms) -> str:
    stream = RevealingStream(names)
    cuts = sorted(random.choices(range(len(raw) + 1), k=random.randint(1, 9)))
    ends = [0, *cuts, len(raw)]
    parts = [raw[start:end] for start, end in pairwise(ends)]
    return "".join([*map(stream.feed, parts), stream.finish()])


def fragments(text: str) -> list[str]:
    for slot in SLOTS:
        text = text.replace(slot, "")
    return FRAGMENT.findall(text)


@pytest.mark.parametrize("part", range(PARTS))
def test_what_a_model_writes_is_read_with_names_whatever_it_bends_and_wherever_it_is_cut(
    part: int,
) -> None:
    """Every cut in two, inside a character as well; byte by byte; and in parts by lot."""
    for number in range(part, CONVERSATIONS, PARTS):
        conversation = drawn(number)
        for _ in range(conversation.random.randint(1, 2)):
            written, meant = turn(conversation)
            names = conversation.table.names
            raw = written.encode()

            assert reveal(written, names) == meant, (number, written)
            assert not fragments(meant)
            stream = RevealingStream(names)
            single = [stream.feed(raw[at : at + 1]) for at in range(len(raw))]
            assert "".join([*single, stream.finish()]) == meant, (number, written)
            for at in range(len(raw) + 1):
                assert in_two(raw, at, names) == meant, (number, at, written)
            assert in_parts(raw, conversation.random, names) == meant, (number, written)


@pytest.mark.parametrize("part", range(PARTS))
def test_conversations_at_the_same_time_share_nothing(part: int) -> None:
    """Turn and turn about; each is also answered with the words meant for the other."""
    for number in range(part, CONVERSATIONS, PARTS):
        mine, theirs = drawn(number), drawn(CONVERSATIONS + number)
        for _ in range(2):
            (written, meant), (other, meant_other) = turn(mine), turn(theirs)
            streams = [RevealingStream(each.table.names) for each in (mine, theirs)]
            told = ["", ""]
            for at in range(0, max(len(written), len(other)), 7):
                told[0] += streams[0].feed(written[at : at + 7])
                told[1] += streams[1].feed(other[at : at + 7])
            ends = [stream.finish() for stream in streams]

            assert [told[0] + ends[0], told[1] + ends[1]] == [meant, meant_other]
            assert not any(value in meant for value in theirs.values)
            astray = reveal(other, mine.table.names)
            assert not any(value in astray for value in theirs.values)


def test_every_way_of_bending_a_token_was_met() -> None:
    """Each on its own, so that none is only ever drawn where another hides it."""
    for number, bend in enumerate(BENT):
        conversation = drawn(number)
        question, said = conversation.question()
        conversation.heard(conversation.table.redact(question), said)
        for value, token in conversation.tokens.items():
            kind, count = token.strip("⟦⟧").split("-")
            piece = bend(conversation.random, Kind(kind), int(count), value)
            whole = f"a {piece.written} b"

            assert reveal(whole, conversation.table.names) == f"a {piece.meant} b", whole
