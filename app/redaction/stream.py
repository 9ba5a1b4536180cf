"""Putting names back while the text is still arriving."""

import re
from codecs import getincrementaldecoder
from typing import Final, final

from app.redaction.text import MARKS, Kind, Pseudonyms, resolve
from app.vocabulary.errors import NotRedacted


def _beginning(word: str) -> str:
    """A pattern for every beginning of `word`, the whole of it included: `P(?:E(?:R)?)?`."""
    return "(?:".join(map(re.escape, word)) + ")?" * (len(word) - 1)


_KIND: Final = "|".join(_beginning(kind) for kind in Kind)
_WHOLE: Final = "|".join(Kind)
_JUNK: Final = r"[\s*_`~\\]{0,4}"
_BETWEEN: Final = r"[\s\-‐-―_.:#\\]{0,4}"
_ENDING: Final = r"(?:['’]?s?)"

# The end of a text that may still become a token, or become a longer one.
_OPEN: Final = re.compile(
    rf"""(?:
      ⟦[^⟦⟧]{{0,64}}(?:⟧{_ENDING})?
    | (?:\\|(?:\\?\[{{1,2}}|[{{【〚]{{1,2}}){_JUNK}(?:
          (?i:{_KIND})?
        | (?i:{_WHOLE}){_BETWEEN}(?:\d{{1,6}}{_ENDING}{_JUNK}(?:\\|\\?[\]}}】〛]{{1,2}}{_ENDING})?)?
      ))
    | (?<![\w-])(?:{_KIND}|(?:{_WHOLE})-(?:\d{{1,6}}{_ENDING})?)
    )\Z""",
    re.VERBOSE,
)


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
        """One character already sent is kept in front: a token needs to see what stands before."""
        seen = self._before + self._held + text
        at = len(self._before)
        open_end = None if final else _OPEN.search(seen, at)
        stop = open_end.start() if open_end else len(seen)
        out: list[str] = []
        for mark in MARKS.finditer(seen, at):
            if mark.end() > stop:
                stop = min(stop, mark.start())
                break
            out += [seen[at : mark.start()], resolve(mark, self._names)]
            at = mark.end()
        out.append(seen[at:stop])
        self._before, self._held = seen[max(stop - 1, 0) : stop], seen[stop:]
        return "".join(out)
