"""The offline proof of one entry (c2sp.org/tlog-proof@v1), as text."""

from base64 import b64encode
from dataclasses import dataclass
from typing import Final, Self

from app.audit.notes import unbase64
from app.audit.rejection import Rejected

_HEADER: Final = "c2sp.org/tlog-proof@v1"
_MOST_HASHES: Final = 64


@dataclass(frozen=True, slots=True)
class TlogProof:
    """`checkpoint` is the signed note, verbatim."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str

    @property
    def text(self) -> str:
        hashes = "".join(f"{b64encode(step).decode()}\n" for step in self.hashes)
        return f"{_HEADER}\nindex {self.index}\n{hashes}\n{self.checkpoint}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Refuses `extra` data as well: nobody signed it, and we never write it."""
        above, gap, checkpoint = text.partition("\n\n")
        header, index, *hashes = [*above.split("\n"), ""][: _MOST_HASHES + 3]
        number = index.removeprefix("index ")
        if not gap or header != _HEADER or not number.isascii() or not number.isdigit():
            raise Rejected("This is not a proof of an entry.")
        if len(number) > len(str(2**63)):
            raise Rejected("The proof speaks of an entry the log does not have.")
        proof = cls(int(number), tuple(unbase64(step) for step in hashes[:-1]), checkpoint)
        if proof.text != text:
            raise Rejected("The proof is not written as proofs are.")
        return proof
