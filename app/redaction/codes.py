"""Numbers and names searched by their letters and digits alone, however they are spaced."""

import re
from collections.abc import Iterator
from typing import Final

from app.redaction.spelling import bare

_SIGN: Final = re.compile(r"[^\W_]")
_GAP: Final = re.compile(r"[\W_]+")
_INFLECTED: Final = re.compile(r"'?s(?!\w)")
_WIDEST: Final = 7
_FEW: Final = 2
_KNOWN_CHARACTERS: Final = 4_096


class _Folded(dict[int, str]):
    """What is left of a character; of single characters nobody learns anything."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        left = bare(char) if _SIGN.match(char) else ""
        if len(self) < _KNOWN_CHARACTERS:
            self[code] = left
        return left


_FOLDED: Final = _Folded()


class Squeezed:
    """A text without anything but its folded letters and digits, with the way back."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._signs = text.translate(_FOLDED)
        self._places: list[int] = []

    def find(self, code: str) -> Iterator[tuple[int, int]]:
        """Where it stands in the text on its own, in groups with short gaps."""
        at = self._signs.find(code)
        while at >= 0:
            start, end = self._at(at), self._at(at + len(code) - 1) + 1
            gaps = _GAP.findall(self._text[start:end])
            if self._alone(start, end) and all(len(gap) <= _WIDEST for gap in gaps):
                yield start, end
            at = self._signs.find(code, at + 1)

    def find_together(self, name: str) -> Iterator[tuple[int, int]]:
        """Like `find`, for a name: run together, broken once or twice, or spelled out evenly."""
        for start, end in self.find(name):
            gaps = len(_GAP.findall(self._text[start:end]))
            if gaps <= _FEW or gaps == len(name) - 1:
                yield start, end

    def _at(self, sign: int) -> int:
        """Where in the text it stands: asked for in few texts."""
        if not self._places:
            self._places = [
                at for at, code in enumerate(map(ord, self._text)) for _ in _FOLDED[code]
            ]
        return self._places[sign]

    def _alone(self, start: int, end: int) -> bool:
        if start and self._text[start - 1].isalnum():
            return False
        return not self._text[end : end + 1].isalnum() or bool(_INFLECTED.match(self._text, end))
