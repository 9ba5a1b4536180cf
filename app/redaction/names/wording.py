"""What the second reader of the recall mode is told: words as they stand, and lines.

It sees what the first one does not and the other way round: two that err differently find
more names for the same number of words masked for nothing than either does alone.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from app.redaction.names.features import AFTER, BEFORE, Page, Word, cue_before

_LONGEST_LINE: Final = 5
_PLACES_IN_LINE: Final = 3


def wording(page: Page) -> list[list[str]]:
    words, marks = page.words, page.marks
    return [
        [
            *_own(word, mark),
            *_before(words, marks, at),
            *_after(words, marks, at),
            *_announced(words, mark, at),
            *line,
        ]
        for at, (word, mark, line) in enumerate(zip(words, marks, _lines(page), strict=True))
    ]


def _own(here: Word, mark: str) -> Sequence[str]:
    word = here.folded
    return (
        f"w={word}",
        f"m={mark}",
        f"zk={here.kind}{here.looks}",
        f"e3={word[-3:]}",
        f"e4={word[-4:]}",
        f"b3={word[:3]}",
        f"b4={word[:4]}",
        f"km={here.like}{mark}",
    )


def _before(words: Sequence[Word], marks: Sequence[str], at: int) -> Sequence[str]:
    if not at:
        return (BEFORE,)
    here, before = words[at], words[at - 1]
    told = (
        f"-w={before.folded}",
        f"-ww={before.folded}|{here.folded}",
        f"-m={marks[at - 1]}|{marks[at]}",
        f"-wk={before.folded}|{here.looks}",
        f"-wl={before.folded}|{here.lists}{here.shape}",
        f"-z={before.kind}|{here.sort}",
    )
    return told if at == 1 else (*told, f"--w={words[at - 2].folded}")


def _after(words: Sequence[Word], marks: Sequence[str], at: int) -> Sequence[str]:
    if at + 1 == len(words):
        return (AFTER,)
    here, after = words[at], words[at + 1]
    told = [
        f"+w={after.folded}",
        f"+ww={here.folded}|{after.folded}",
        f"+m={marks[at]}|{marks[at + 1]}",
        f"+wk={here.looks}|{after.folded}",
        f"+z={here.sort}|{after.kind}",
    ]
    if at:
        told.append(f"-+w={words[at - 1].folded}|{after.folded}")
    if at + 2 < len(words):
        told.append(f"++w={words[at + 2].folded}")
    return told


def _announced(words: Sequence[Word], mark: str, at: int) -> Sequence[str]:
    if (found := cue_before(words, at)) is None:
        return ()
    (back, cue), here = found, words[at]
    return (
        f"c{back}={cue}",
        f"cl={back}{cue}{here.lists}{mark}",
        f"ck={back}{cue}{here.like}{mark}",
    )


def _lines(page: Page) -> Iterator[tuple[str, str]]:
    """How long a word's line is, and where in it the word stands: signatures stand alone."""
    begins = [at for at, token in enumerate(page.tokens) if token.line or not at]
    for first, end in zip(begins, [*begins[1:], len(page.tokens)], strict=True):
        length = min(end - first, _LONGEST_LINE)
        for at in range(first, end):
            place = f"{length}{min(at - first, _PLACES_IN_LINE)}"
            yield f"lm={place}{page.marks[at]}", f"ll={place}{page.words[at].lists}"
