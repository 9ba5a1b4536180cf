"""Whose signatures somebody asks for before believing a log (c2sp.org/tlog-policy).

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> all|any|<k> <name>...
    quorum <name>|none

The office writes one to say which witnesses it asks; a verifier writes one of its own.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Self

from app.audit.cosignatures import WitnessKey, cosigned_at
from app.audit.notes import Checkpoint, VerifierKey, open_checkpoint
from app.audit.rejection import Rejected

NONE: Final = "none"
_WORDS: Final = re.compile(r"[ \t]+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_MOST_LINES: Final = 1000


@dataclass(frozen=True, slots=True)
class Witness:
    """`url` is the submission prefix of c2sp.org/tlog-witness, where there is one."""

    name: str
    key: WitnessKey
    url: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """Counts as having cosigned where `needed` of its members do."""

    needed: int
    members: tuple[str, ...]


@dataclass(slots=True)
class _Draft:
    logs: list[VerifierKey] = field(default_factory=list)
    witnesses: dict[str, Witness] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str | None = None
    members: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustPolicy:
    logs: tuple[VerifierKey, ...]
    witnesses: Mapping[str, Witness]
    groups: Mapping[str, Group]
    quorum: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises Rejected, naming the line, for anything the specification does not know."""
        lines = text.split("\n")
        if lines.pop() or len(lines) > _MOST_LINES or _CONTROL.search(text):
            raise Rejected("The policy file is too long, unfinished, or no text.")
        draft = _Draft()
        for number, line in enumerate(lines, start=1):
            words = [word for word in _WORDS.split(line) if word]
            if words and not words[0].startswith("#"):
                try:
                    _take(draft, words[0], words[1:])
                except (Rejected, ValueError):
                    raise Rejected(f"Line {number} of the policy file does not fit.") from None
        if draft.quorum is None:
            raise Rejected("The policy file names no quorum.")
        return cls(
            logs=tuple(draft.logs),
            witnesses=draft.witnesses,
            groups=draft.groups,
            quorum=draft.quorum,
        )

    def open(self, note: str, key: VerifierKey | None = None) -> Checkpoint:
        """The checkpoint of a note that one of the logs signed and the quorum cosigned.

        `key` is for who knows from elsewhere which log it is; a policy may name none.
        """
        origin = note.partition("\n")[0]
        keys = [each for each in self.logs if each.name == origin]
        if key is not None:
            if self.logs and key not in self.logs:
                raise Rejected("The key is of a log that the policy does not know.")
            keys = [key]
        if not keys:
            raise Rejected("The policy does not know this log.")
        checkpoint = open_checkpoint(note, keys[0])
        self.require(note)
        return checkpoint

    def without_quorum(self) -> Self:
        """For a checkpoint that was kept: who kept it is its witness."""
        return replace(self, quorum=NONE)

    def require(self, note: str) -> None:
        """Raises Rejected, saying whose cosignature is missing, unless the quorum is there."""
        there = {
            name for name, each in self.witnesses.items() if cosigned_at(note, each.key) is not None
        }
        if not self._holds(self.quorum, there):
            missing = ", ".join(sorted(self._asked(self.quorum) - there))
            raise Rejected(
                f"The policy asks for more witnesses than cosigned. Not there: {missing}."
            )

    def _holds(self, name: str, there: set[str]) -> bool:
        if name == NONE:
            return True
        group = self.groups.get(name)
        if group is None:
            return name in there
        return sum(self._holds(member, there) for member in group.members) >= group.needed

    def _asked(self, name: str) -> set[str]:
        group = self.groups.get(name)
        if group is None:
            return {name}
        return set().union(*(self._asked(member) for member in group.members))


def _take(draft: _Draft, kind: str, words: Sequence[str]) -> None:
    match kind, words:
        case "log", [vkey, *url] if len(url) <= 1:
            log = VerifierKey.parse(vkey)
            _need(log.public not in {each.public for each in draft.logs})
            draft.logs.append(log)
        case "witness", [name, vkey, *url] if len(url) <= 1:
            key = WitnessKey.parse(vkey)
            _new(draft, name)
            _need(key.public not in {each.key.public for each in draft.witnesses.values()})
            draft.witnesses[name] = Witness(name, key, url[0] if url else None)
        case "group", [name, needed, *members] if members:
            _new(draft, name)
            draft.groups[name] = _group(draft, needed, tuple(members))
        case "quorum", [name]:
            _need(draft.quorum is None)
            _need(name == NONE or name in draft.witnesses or name in draft.groups)
            draft.quorum = name
        case _:
            raise Rejected("This is no line of a policy.")


def _group(draft: _Draft, needed: str, members: tuple[str, ...]) -> Group:
    """Members are known already, and in one group only: so that each counts in one way."""
    for member in members:
        _need(member in draft.witnesses or member in draft.groups)
        _need(member not in draft.members)
        draft.members.add(member)
    match needed:
        case "all":
            return Group(len(members), members)
        case "any":
            return Group(1, members)
        case _:
            _need(needed.isascii() and needed.isdigit() and str(int(needed)) == needed)
            _need(1 <= int(needed) <= len(members))
            return Group(int(needed), members)


def _new(draft: _Draft, name: str) -> None:
    _need(name != NONE and name not in draft.witnesses and name not in draft.groups)


def _need(condition: bool, /) -> None:  # noqa: FBT001 - reads as a sentence
    if not condition:
        raise Rejected("This does not fit what stands before it.")
