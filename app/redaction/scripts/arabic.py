"""Names in Arabic and Persian texts: no capitals, words written together with the next.

Where a name ends is told by lists, by what names are made of (`بن`, `ال`, `عبد`, `زاده`), by the
sign or the verb after it. `و`, `ب`, `ل` before a name are no part of it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from app.redaction.lists import grouped, listed
from app.redaction.scripts.words import Announced, Words, once

_LETTER: Final = re.compile(r"[\u0620-\u06ff]")
_PART: Final = r"[\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc\u06ee-\u06ff]+"
_PATTERN: Final = re.compile(rf"{_PART}(?:-{_PART})*")
_PERSIAN: Final = re.compile("[پچژگکی]")
_MARKS: Final = "".join(map(chr, (*range(0x64B, 0x660), 0x670, 0x640)))
_FOLDED: Final = str.maketrans("أإآٱةۀیکؤئ", "ااااههيكوي", _MARKS)
_AWAITED: Final = frozenset({"introduction", "salutation", "label"})
_MOST: Final = 8
_LONG: Final = 3
_PAIR: Final = 2


def _fold(word: str) -> str:
    """Persian and Arabic letters alike, without vowel signs and hamza."""
    return word.casefold().translate(_FOLDED)


def _folded(*lists: str) -> frozenset[str]:
    return frozenset(_fold(word) for name in lists for word in listed(name))


def _either(names: frozenset[str]) -> frozenset[str]:
    """`مصطفى` is `مصطفی` in Persian."""
    return names | {f"{name.removesuffix('ى')}ي" for name in names if name.endswith("ى")}


_GIVEN: Final = _either(_folded("given_arabic"))
_BOTH: Final = _either(_folded("both_abroad"))
_SURNAMES: Final = _either(_folded("surnames_arabic"))
_NAMES: Final = _GIVEN | _SURNAMES
_STOP: Final = _folded("no_names", "no_names_abroad")
_CUES: Final = grouped("cues_arabic")
_LINK: Final = _CUES["link"]
_SERVANT: Final = "عبد"
_TELLING: Final = _CUES["title"] | _CUES["kin"] | _CUES["named"] | _CUES["fill"]
_BEING: Final = _CUES["being"]
_OVER: Final = _STOP | _BEING
_TOLD: Final = _BEING | _CUES["polite"]

# Kin and work with whose they are: `ابني`, `وزوجتها`.
_KIN: Final = re.compile(
    r"[وفبل]?(?:زوجت?|ابنت?|بنت|ولد|طفلت?|اخو?|اخت|اب|ابو|ام|والدت?|عمت?|خالت?|جدت?|خطيبت?|طليقت?"
    r"|حفيدت?|صديقت?|جارت?|زميلت?|مديرت?|محاميت?|مترجمت?|طبيبت?|حمات?|صهر|رييس|معلمت?)"
    r"(?:ي|نا|ها|ه|هم|ك|كم)"
)
_CLITIC: Final = re.compile(r"[وفبلك](?=..)|لل(?=..)")
_FAMILY_ENDS: Final = re.compile(
    r".{2,}(?:زاده|پور|نيا|نژاد|راد|فر|لو|يان|وند|دوست|پناه|خواه|منش|تبار|زي|خيل|اوغلو|(?<!ها)ي)"
)
_PERSIAN_VERB: Final = re.compile(r".*(?:م|د|ست|يم|شت|فت|خت|ند)|ن?مي.+")
_VERB: Final = re.compile(r"(?:مي|نمي)...+|(?:سي|ست|سا)?[يت]..+")
_NEXT: Final = re.compile(r"[ \t]{1,2}|\.[ \t]?")
_SPACE: Final = re.compile(r"[ \t]{1,2}")
_COMMA: Final = re.compile(r"[ \t]?[،,]?[ \t]{1,2}")
_COLON: Final = re.compile(r"[ \t]?:\s{0,2}")
_DASH: Final = re.compile(r"[ \t]?[:،,\-]?[ \t]{1,2}")
_LINE: Final = re.compile(r"[،,.!]?[ \t]*\n\s*|[،,][ \t]?")


@dataclass(frozen=True, slots=True)
class _Rule:
    """What stands before a name: `sure` wants a known one, `closes` the end of a line."""

    cue: str
    says: Callable[[str], object]
    gap: re.Pattern[str]
    score: float
    most: int
    sure: bool = False
    closes: bool = False


_RULES: Final = (
    _Rule("introduction", _CUES["named"].__contains__, _DASH, 0.9, 2),
    _Rule("salutation", _CUES["title"].__contains__, _NEXT, 0.85, 1),
    _Rule("label", _CUES["label"].__contains__, _COLON, 0.85, 3),
    # Below, what follows may be said of whoever it is; above, a name is awaited.
    _Rule("relation", _CUES["kin"].__contains__, _COMMA, 0.6, 1),
    _Rule("relation", _KIN.fullmatch, _COMMA, 0.6, 1),
    _Rule("relation", _CUES["role"].__contains__, _SPACE, 0.6, 1, sure=True),
    _Rule("self", _CUES["self"].__contains__, _DASH, 0.6, 1, sure=True),
    _Rule("signature", _CUES["closing"].__contains__, _LINE, 0.7, 3, closes=True),
)


def names(text: str) -> Iterator[Announced]:
    if _LETTER.search(text):
        words = Words(text, _PATTERN, _fold)
        persian = bool(_PERSIAN.search(text))
        yield from (_bare(name, text) for name in once(_found(words, persian=persian), words))


def _bare(name: Announced, text: str) -> Announced:
    """Without the `and`, `for` or `by` that is written together with a common name."""
    first = text[name.start : name.end].partition(" ")[0]
    skipped = _skipped(_fold(first))
    return Announced(name.start + skipped, name.end, name.score, name.cue)


def _skipped(word: str) -> int:
    clitic = None if word in _NAMES else _CLITIC.match(word)
    return clitic.end() if clitic and _listed(word[clitic.end() :]) else 0


def _listed(word: str) -> bool:
    """Whether a list holds the word, its halves, or it without its article."""
    return word in _NAMES or all(
        part in _NAMES or (part.startswith("ال") and part[2:] in _NAMES) for part in word.split("-")
    )


def _known(word: str) -> bool:
    return _listed(word) or _skipped(word) > 0


def _found(words: Words, *, persian: bool) -> Iterator[tuple[int, int, float, str]]:
    ended = 0
    for at in range(len(words)):
        if at < ended:
            continue
        found = (
            _introduced(words, at)
            or _cue(words, at, persian=persian)
            or _alone(words, at, persian=persian, after_name=_goes_on(words, at, ended))
        )
        if found is not None:
            first, last, score, why = found
            yield max(first, ended), last, score, why
            ended = last


def _may_name(word: str, *, persian: bool) -> bool:
    """Whether a word of no list may be a name where one is awaited."""
    if word in _STOP or word in _TELLING or _KIN.fullmatch(word):
        return False
    return len(word) > 1 and (persian or not _VERB.fullmatch(word))


def _run(words: Words, at: int, most: int, *, persian: bool) -> int:
    """Behind the last word of a name that begins here; only `most` words may be unknown ones."""
    last, taken = at, 0
    while last < len(words) and last - at < _MOST and (last == at or words.joined(last)):
        word = words.folded(last)
        servant = last > at and words.folded(last - 1) == _SERVANT
        if last > at and not servant and (word in _OVER or _skipped(word)):
            break
        if not (_known(word) or (not persian and _linked(words, last, begun=last > at))):
            likely = last > at and _likely(words, last, persian=persian)
            if not likely and (taken >= most or not _may_name(word, persian=persian)):
                break
        taken += word not in _LINK
        last += 1
    while last > at and words.folded(last - 1) in _LINK and not _known(words.folded(last - 1)):
        last -= 1
    return last


def _linked(words: Words, at: int, *, begun: bool) -> bool:
    """Whether `بن`, `عبد`, `أبو` go on with a name or begin it, or the word follows one of them."""
    if begun and words.folded(at - 1) in _LINK:
        return True
    return words.folded(at) in _LINK and at + 1 < len(words) and words.joined(at + 1)


def _likely(words: Words, at: int, *, persian: bool) -> bool:
    """Whether a word after a name goes on with it: `الحداد`, `احمدی`, or the last before a sign."""
    word = words.folded(at)
    if word in _STOP:
        return False
    if persian:
        told = words.folded(at + 1) in _TOLD
        last = words.closed(at) and not _PERSIAN_VERB.fullmatch(word)
        return bool(_FAMILY_ENDS.fullmatch(word)) or last or told
    return word.startswith("ال") and len(word) > _LONG


def _introduced(words: Words, at: int) -> tuple[int, int, float, str] | None:
    """`من … هستم`, `نام من … است`, `اسم ابني …`."""
    back = at - 1
    while back > 0 and words.folded(back) in _CUES["whose"] and words.joined(back):
        back -= 1
    if back < 0 or words.folded(back) not in _CUES["name"] or not _DASH.fullmatch(words.gap(at)):
        return None
    if words.folded(at) in _CUES["whose"] or words.folded(at) in _STOP:
        return None
    if back == at - 1 and ":" not in words.gap(at) and not _known(words.folded(at)):
        return None
    last = _run(words, at, 2, persian=True)
    return (at, last, 0.9, "introduction") if last > at else None


def _cue(words: Words, at: int, *, persian: bool) -> tuple[int, int, float, str] | None:
    """The name that begins here because of the word before it."""
    if not at:
        return None
    back = at - 1
    while back > 0 and words.folded(back) in _CUES["fill"] and words.joined(back):
        back -= 1
    near = {words.folded(at - 1), words.folded(back)}
    word = words.folded(at)
    telling = word in _TELLING or word in _CUES["role"]
    if telling or (word in _STOP and not (word in _NAMES and near & _CUES["title"])):
        return None
    known = _known(word) or word in _LINK
    for rule in _RULES:
        if not rule.gap.fullmatch(words.gap(at)) or not any(map(rule.says, near)):
            continue
        if rule.cue == "relation" and word.startswith("ال") and not known:
            continue
        last = _run(words, at, rule.most, persian=persian)
        if rule.cue in _AWAITED and last < len(words) and _closes(words, last):
            last += 1
        listed_here = known and (rule.cue != "self" or word not in _BOTH or last - at >= _PAIR)
        sure = listed_here or not rule.sure or (last - at >= _PAIR and _ends_as_name(words, last))
        if last > at and sure and (not rule.closes or words.closed(last - 1)):
            return at, last, rule.score, rule.cue
    return None


def _closes(words: Words, at: int) -> bool:
    """Whether one more word of a name stands there: a sign or the line's end comes after it."""
    word = words.folded(at)
    told = words.joined(at) and words.closed(at) and not words.closed(at - 1)
    return told and not _VERB.fullmatch(word) and _may_name(word, persian=False)


def _ends_as_name(words: Words, last: int) -> bool:
    return words.folded(last) in _BEING and bool(_FAMILY_ENDS.fullmatch(words.folded(last - 1)))


def _alone(
    words: Words, at: int, *, persian: bool, after_name: bool
) -> tuple[int, int, float, str] | None:
    """A common name; one that is a word, too, beside another name only."""
    word = words.folded(at)
    plain = word[_skipped(word) :]
    kunya = not persian and word in _LINK and _founds(words, at)
    if (word in _STOP or word in _CUES["title"] or not _known(word)) and not kunya:
        return None
    last = _run(words, at, 1, persian=persian)
    others = any(_tells(words.folded(one), persian=persian) for one in range(at + 1, last))
    polite = words.folded(last) in _CUES["polite"] and last < len(words) and words.joined(last)
    sure = plain not in _BOTH and len(plain) > _PAIR
    if persian and sure and plain in _SURNAMES and _before(words, at):
        return at - 1, last, 0.7, "surname"
    given = sure and (plain in _GIVEN or (persian and plain in _SURNAMES))
    linked = (kunya and last - at >= _PAIR) or (after_name and sure and plain in _GIVEN)
    if given or others or polite or linked:
        return at, last, 0.7, "given name"
    return None


def _before(words: Words, at: int) -> bool:
    """Whether the word before a surname is the given name."""
    return at > 0 and words.joined(at) and _may_name(words.folded(at - 1), persian=True)


def _tells(word: str, *, persian: bool) -> bool:
    """Whether a word after one that may be a name makes it one."""
    if persian:
        return _known(word) or bool(_FAMILY_ENDS.fullmatch(word))
    return _known(word) or word in _LINK or word == "الدين"


def _founds(words: Words, at: int) -> bool:
    """`أبو أحمد`, `عبد الباري`: whether a name begins with the word."""
    after = words.folded(at + 1)
    return words.folded(at) not in _STOP and (
        _listed(after) or (words.folded(at) == _SERVANT and after.startswith("ال"))
    )


def _goes_on(words: Words, at: int, ended: int) -> bool:
    """Whether a name stands right before the word, or before an `and`."""
    return ended > 0 and (at == ended or (at == ended + 1 and words.folded(at - 1) == "و"))
