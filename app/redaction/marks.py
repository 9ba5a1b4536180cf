"""How a token is written: by us, and by models that bend it.

Ours is `⟦PERSON-1⟧`. A model changes case, puts spaces, markdown or invisible characters
into it, translates the word, appends a genitive, takes other brackets, forgets one of them
or all. All that is read as the token it can only be; without any bracket, only a word of ours
with its number joined by a hyphen is. What looks like a token and is none of ours is dropped.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from app.redaction.kinds import WORDS, Kind

# Zero-width characters, soft hyphens, marks of direction.
_UNSEEN: Final = r"\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_HYPHENS: Final = r"\-‐-―−﹣－_"
JUNK: Final = rf"[\s*_`~\\{_UNSEEN}]{{0,4}}"
BETWEEN: Final = rf"[\s{_HYPHENS}.:#\\{_UNSEEN}]{{0,4}}"
OPENING: Final = r"(?:\\?\[{1,2}|[{【〚]{1,2})"
CLOSING: Final = r"(?:\\?\]{1,2}|[}】〛]{1,2})"
# The longest unfinished thing in our own brackets that is waited for.
WITHIN: Final = r"[^⟦⟧]{0,64}"
SLOT: Final = r"[a-z_]+(?:\.[a-z0-9_]+)+(?:@\d{1,3})?"
HYPHEN: Final = f"[{_HYPHENS}]"

_WORD: Final = r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f]){1,31}"


def _either(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


KINDS: Final = f"(?i:{_either(Kind)})"
KNOWN: Final = f"(?i:{_either(WORDS)})"
# Not inside a word, nor after `Ein-`: what stands before a token without brackets.
FREE: Final = r"(?<![^\W\d_])(?<![^\W\d_]-)"


def _inner(n: int, word: str) -> str:
    number, genitive = rf"(?P<number{n}>\d{{1,9}})", rf"(?P<inner{n}>['’]?s)?"
    return f"{JUNK}(?P<kind{n}>{word}){BETWEEN}{number}{genitive}"


def _tail(n: int) -> str:
    return rf"(?P<tail{n}>['’]?s(?!\w)|['’](?!\w))?"


# After a token whose closing bracket was forgotten: the end of a word, and no other number.
_BROKEN_OFF: Final = r"(?=[\s;!?)…\"“”⟦]|[.,:](?!\d))"
_IN_WORD: Final = r"\w"
_WORD_GOES_ON: Final = r"[\w-]"
_OURS: Final = rf"⟦{{1,2}}{_inner(1, _WORD)}{JUNK}⟧{{1,2}}{_tail(1)}"
_OTHERS: Final = rf"(?:⟦{{1,2}}|{OPENING}){_inner(2, KNOWN)}{JUNK}(?:⟧{{1,2}}|{CLOSING}){_tail(2)}"
_HALF: Final = rf"⟦{{1,2}}{_inner(3, KNOWN)}(?P<tail3>){_BROKEN_OFF}"


def _bare(after: str) -> str:
    """Without brackets; `after` is what may not stand after its number."""
    return (
        rf"{FREE}(?=[^\W\d_]{{2,32}}{HYPHEN}\d)(?P<kind4>{KINDS}){HYPHEN}(?P<number4>\d{{1,9}})"
        rf"(?P<inner4>['’]?s)?(?P<tail4>)(?:(?!{after})|(?=-?{KINDS}{HYPHEN}\d))"
    )


# Everything in a model's text that is ours to resolve, keep (slots) or drop.
MARKS: Final = re.compile(
    rf"(?P<slot>⟦{SLOT}⟧)|{_OURS}|{_OTHERS}|{_HALF}|⟦{WITHIN}(?:⟧|\Z)|[⟦⟧]|{_bare(_WORD_GOES_ON)}"
)
# The same in a text from outside, where no bracket of ours is left.
OUTSIDE: Final = re.compile(f"{_OTHERS}|{_bare(_WORD_GOES_ON)}")
# And where the text was tidied: its hyphens were perhaps none before, and may be others after.
OUTSIDE_TIDIED: Final = re.compile(f"{_OTHERS}|{_bare(_IN_WORD)}")
# What every one of them has in it: most texts have none, which is seen sooner so.
MAYBE: Final = re.compile(rf"[\[{{【〚]|{HYPHEN}\d")


def written(mark: re.Match[str]) -> tuple[str, str] | None:
    """The token as we write it, and the genitive after it; None for what is no token."""
    for n in "1234":
        if (word := mark[f"kind{n}"]) is not None:
            kind = WORDS.get(_folded(word))
            token = f"⟦{kind}-{int(mark[f'number{n}'])}⟧"
            return token, mark[f"tail{n}"] or mark[f"inner{n}"] or ""
    return None


def _folded(word: str) -> str:
    """`KİŞİ`, and a word whose accents are written as characters of their own."""
    folded = unicodedata.normalize("NFC", word).casefold()
    return folded if folded in WORDS else unicodedata.normalize("NFC", folded.replace("\u0307", ""))
