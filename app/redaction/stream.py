"""Putting names back while the text is still arriving."""

import re
from codecs import getincrementaldecoder
from collections.abc import Iterable
from typing import Final, final

from app.redaction.kinds import WORDS, Kind
from app.redaction.marks import (
    BETWEEN,
    CLOSING,
    FREE,
    HYPHEN,
    JUNK,
    KINDS,
    KNOWN,
    MARKS,
    OPENING,
    WITHIN,
)
from app.redaction.text import Pseudonyms, resolve
from app.vocabulary.errors import NotRedacted


def _beginning(words: Iterable[str]) -> str:
    """A pattern for every beginning of a word, the whole of it included: `P(?:E(?:R)?)?`."""
    each = ("(?:".join(map(re.escape, word)) + ")?" * (len(word) - 1) for word in words)
    return f"(?i:{'|'.join(each)})"


_ENDING: Final = r"(?:['’]?s?)"
_HYPHENS: Final = HYPHEN.strip("[]")
_KIND: Final = _beginning(Kind)

# The end of a text that may still become a token, or become a longer one.
_OPEN: Final = re.compile(
    rf"""(?:
      ⟦{{1,2}}{WITHIN}(?:⟧{{1,2}}{_ENDING})?
    | (?:\\|{OPENING}){JUNK}(?:
          {_beginning(WORDS)}?
        | {KNOWN}{BETWEEN}(?:\d{{1,9}}{_ENDING}{JUNK}(?:\\|(?:⟧{{1,2}}|{CLOSING}){_ENDING})?)?
      )
    | {FREE}(?=[\w'’{_HYPHENS}]+\Z)(?:
          {_KIND}
        | {KINDS}{HYPHEN}(?:\d{{1,9}}{_ENDING}(?:-?(?:{_KIND}|{KINDS}{HYPHEN})?)?)?
      )
    )\Z""",
    re.VERBOSE,
)
# What stands before a token and is looked at again, and the longest that can be open.
_SEEN: Final = 2
_LONGEST: Final = 160


@final
class RevealingStream:
    """Chunks in, text with names out; whatever the cuts, the same as `reveal` on the whole.

    Holds back only the end that may still become a token. At the end an unfinished
    token is dropped. Bytes may be cut inside a character; bytes that are no UTF-8
    raise NotRedacted.
    """

    __slots__ = ("_before", "_decoder", "_held", "_names")

    def __init__(self, names: Pseudonyms) -> None:
        self._names = names
        self._decoder = getincrementaldecoder("utf-8")("strict")
        self._before = ""
        self._held = ""

    def feed(self, chunk: str | bytes) -> str:
        text = chunk if isinstance(chunk, str) else self._decode(chunk, final=False)
        return self._advance(text, final=False)

    def finish(self) -> str:
        return self._advance(self._decode(b"", final=True), final=True)

    def _decode(self, chunk: bytes, *, final: bool) -> str:
        try:
            return self._decoder.decode(chunk, final)
        except UnicodeDecodeError:
            pass
        raise NotRedacted

    def _advance(self, text: str, *, final: bool) -> str:
        """What was sent last is kept in front: a token needs to see what stands before it."""
        if not text and not self._held:
            return ""
        seen = self._before + self._held + text
        at = len(self._before)
        open_end = None if final else _OPEN.search(seen, max(at, len(seen) - _LONGEST))
        stop = open_end.start() if open_end else len(seen)
        out: list[str] = []
        for mark in MARKS.finditer(seen, at):
            if mark.end() > stop:
                stop = min(stop, mark.start())
                break
            out += [seen[at : mark.start()], resolve(mark, self._names)]
            at = mark.end()
        out.append(seen[at:stop])
        self._before, self._held = seen[max(stop - _SEEN, 0) : stop], seen[stop:]
        return "".join(out)
