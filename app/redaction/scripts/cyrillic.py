"""Names in Ukrainian, Russian and Bulgarian texts, in whatever case they stand.

The lists hold the nominative; a name in another case is told by its stem.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from app.redaction.lists import grouped, listed
from app.redaction.scripts.words import Announced, Words, once

_LETTER: Final = re.compile(r"[\u0400-\u04ff]")
_PATTERN: Final = re.compile(r"[\u0400-\u04ff]+(?:['\-][\u0400-\u04ff]+)*")
_MOST: Final = 5
_PAIR: Final = 2
_STEM: Final = 3
_STOP: Final = listed("no_names") | listed("no_names_abroad")

_ENDINGS: Final = (
    *("ові", "еві", "ого", "ому", "ими", "ою", "ею", "єю", "ом", "ем", "єм", "ой", "ей", "ую"),
    *("юю", "им", "ым", "ій", "ої", "ів", "а", "я", "у", "ю", "і", "ї", "и", "ы", "е", "є", "о"),
    *("й", "ь"),
)
_ADJECTIVES: Final = ("ий", "ій", "ый", "ой", "ая")
_PATRONYMIC: Final = re.compile(
    r"[а-яёіїєґ]{3,}(?:ович|евич|євич|йович|івн|ївн|овн|евн|ичн)(?:а|у|ем|ом|еві|і|и|е|ою|ой|ы|о)?"
)
_SURNAME: Final = re.compile(
    r"[а-яёіїєґ]{2,}(?:енк|єнк|чук|щук|швіл|швил|дзе)(?:о|а|у|ом|ові|і|и|ем)?"
)

_VERB: Final = re.compile(
    r".+(?:ла|ли|ло|ав|ив|ув|ть|ти|ся|сь|ю|є|ет|ит|ат|ят|но|ах|ох|ме|те|ки|ий|ый|ая|ое|е)"
)
_TITLES: Final = re.compile(
    r"пан(?:і|а|у|ом|е|ові|ею|ове)?|г-н(?:а|у|ом|е)?|г-ж(?:а|и|і|е|у|ой|о)|д-р"
    r"|господин(?:а|у|ом|е|ът)?|госпож(?:а|и|е|у|ой|о|ата)|(?:доктор|професор|профессор)(?:а|у|ом|е|ка|ові)?"
    r"|товариш|громадян(?:ин|ка|ина|ки)|гражданин(?:а|у)?|гражданк[аиеу]|інженер|инженер|бай|бате|кака"
)
_NEAR: Final = re.compile(
    r"(?:син|сын|дочк|дочц|дочер|доч|доньк|доньц|дъщер|чоловік|муж|мъж|дружин|жен|съпруг|супруг|наречен|жених"
    r"|невест|годени[кц]|брат|сестр|мат|матер|майк|мам|бать|батьк|отец|отц|бащ|тат|татк|пап|баб|бабус|бабушк|дід"
    r"|дідус|дед|дедушк|дяд|дядьк|дядо|чич|лел|тітк|т[её]т|внук|онук|внучк|онучк|племінни[кц]|племянни[кц]"
    r"|племенни[кц]|свекрух|свекров|свекърв|т[её]щ|зят|зет|снах|невістк|подруг|друг|приятел|дитин|реб[её]н|дет"
    r"|малюк|малыш|беб|вітчим|отчим|мачух|мачех"
    r"|сусід|сосед|съсед|орендода|арендодател|наемодател|хазя|хозя|домовладел|господар|власни[кц]|собствени[кц]"
    r"|начальни[кц]|шеф|керівни[кц]|руководител|консультант|консултант|вчител|учител|вихова|воспитател|възпитател"
    r"|адвокат|лікар|врач|лекар|переклада|переводчи[кц]|превода|опікун|опекун|настойни[кц]|колег|волонт|доброво"
    r"|куратор|психолог|соцпраців|соцработ|бухгалтер|счетоводител|нотар|юрист|директор|викладач|преподавател|шефк"
    r"|родин|съпруз|сім|сем|семейств|подруж|супруги|тітонь)[а-яёіїєґ']{0,5}"
)
_CUES: Final = grouped("cues_cyrillic")
_CALLED: Final = _CUES["called"]
_NAMED: Final = _CUES["named"]
_SELF: Final = _CUES["self"]
_GREETING: Final = _CUES["greeting"]
_CLOSING: Final = _CUES["closing"]
_LABEL: Final = _CUES["label"]
# What stands between a cue and a name.
_FILL: Final = _CUES["fill"]
_AND: Final = _CUES["and"]
_NEXT: Final = re.compile(r"[ \t]{1,2}")
_DASH: Final = re.compile(r"[ \t]{0,2}[,:\-]?[ \t]{1,2}")
_COMMA: Final = re.compile(r",?[ \t]{1,2}")
_COLON: Final = re.compile(r"[ \t]?:\s{1,2}")
_LINE: Final = re.compile(r"[,.!]?[ \t]*\n\s*|,[ \t]|[ \t]")
_INITIAL: Final = re.compile(r"\.[ \t]?")


def _stems(name: str) -> Iterator[str]:
    yield name.rstrip("аяийьоєе") if len(name) > _STEM else name
    for ending in ("а", "я", "й", "ь", "о", *_ADJECTIVES):
        if name.endswith(ending) and len(name) - len(ending) >= _STEM:
            yield name.removesuffix(ending)


def _stemmed(names: frozenset[str]) -> frozenset[str]:
    stems = frozenset(stem for name in names for stem in _stems(name) if len(stem) >= _STEM)
    return stems | names


_NAMES: Final = _stemmed(listed("given_cyrillic") | listed("surnames_cyrillic"))
_GIVEN: Final = _stemmed(listed("given_cyrillic"))
_BOTH: Final = _stemmed(listed("both_abroad"))


@dataclass(frozen=True, slots=True)
class _Rule:
    """What stands before a name: `sure` wants a known one, `closes` the end of a line."""

    cue: str
    says: Callable[[str], object]
    gap: re.Pattern[str]
    score: float
    sure: bool = False
    closes: bool = False


_RULES: Final = (
    _Rule("introduction", _CALLED.__contains__, _DASH, 0.9),
    _Rule("salutation", _TITLES.fullmatch, _NEXT, 0.85),
    _Rule("introduction", _NAMED.__contains__, _DASH, 0.85),
    _Rule("label", _LABEL.__contains__, _COLON, 0.85),
    _Rule("self", "я".__eq__, _DASH, 0.6),
    _Rule("self", _SELF.__contains__, _DASH, 0.6, sure=True),
    _Rule("relation", _NEAR.fullmatch, _NEXT, 0.7),
    _Rule("relation", _NEAR.fullmatch, _COMMA, 0.7, sure=True),
    _Rule("greeting", _GREETING.__contains__, _COMMA, 0.6),
    _Rule("signature", _CLOSING.__contains__, _LINE, 0.75, closes=True),
)


def names(text: str) -> Iterator[Announced]:
    if _LETTER.search(text):
        words = Words(text, _PATTERN, str.casefold)
        yield from once(_found(words), words)


def _found(words: Words) -> Iterator[tuple[int, int, float, str]]:
    ended = 0
    for at in range(len(words)):
        if at < ended:
            continue
        after_name = 0 < ended <= at <= ended + 1
        found = _cue(words, at, after_name=after_name) or _alone(words, at) or _two(words, at)
        if found is not None:
            first, last, score, why = found
            yield max(first, ended), last, score, why
            ended = last


def _within(word: str, known: frozenset[str]) -> bool:
    return word in known or any(
        word.endswith(ending) and word.removesuffix(ending) in known
        for ending in _ENDINGS
        if len(word) - len(ending) >= _STEM
    )


def _known(word: str) -> bool:
    return any(
        _within(part, _NAMES) or _PATRONYMIC.fullmatch(part) or _SURNAME.fullmatch(part)
        for part in word.split("-")
    )


def _is_cue(words: Words, at: int) -> bool:
    """Whether the word is a title or a relation; a capital within a sentence makes it a name."""
    word = words.folded(at)
    if _TITLES.fullmatch(word):
        return True
    common = not words[at].capital or words.begins(at)
    return bool(common and _NEAR.fullmatch(word) and not _known(word))


def _initial(words: Words, at: int) -> bool:
    word = words[at]
    return (
        word.end - word.start == 1 and word.capital and words.text[word.end : word.end + 1] == "."
    )


def _run(words: Words, at: int, *, lower: bool = False) -> int:
    """Behind the last word of the name that begins here; `at` itself where none does."""
    last = at
    while last < len(words) and last - at < _MOST:
        word = words[last]
        tied = words.joined(last) or (
            last > 0 and _initial(words, last - 1) and bool(_INITIAL.fullmatch(words.gap(last)))
        )
        if last > at and not tied:
            break
        initial = _initial(words, last)
        if not initial and (word.folded in _STOP or _is_cue(words, last)):
            break
        small = not word.capital and (last == at or not words[last - 1].capital)
        if not word.capital and not (small and (_known(word.folded) or (lower and last == at))):
            break
        last += 1
    return at if all(_initial(words, one) for one in range(at, last)) else last


def _listed(words: Words, at: int) -> bool:
    """Whether more names follow: a comma stands there, or an `and`."""
    return at < len(words) and (words.gap(at) == ", " or words.folded(at) in _AND)


def _cue(words: Words, at: int, *, after_name: bool) -> tuple[int, int, float, str] | None:
    """The name that begins here because of the words before it."""
    if not at:
        return None
    back = at - 1
    while back > 0 and words.folded(back) in _FILL and _NEXT.fullmatch(words.gap(back)):
        back -= 1
    cue, gap = words.folded(back), words.gap(at)
    last = _run(words, at, lower=cue in _CALLED and bool(_NEXT.fullmatch(gap)))
    if last == at:
        return None
    sure = last - at >= _PAIR or _known(words.folded(at))
    near = {words.folded(at - 1), cue}
    several = _NEXT.fullmatch(gap) if cue in _AND else gap == ", " and _listed(words, last)
    if after_name and several:
        return at, last, 0.6, "relation"
    sure = sure or _listed(words, last)
    for rule in _RULES:
        if (sure or not rule.sure) and rule.gap.fullmatch(gap) and any(map(rule.says, near)):
            if rule.closes and not words.closed(last - 1):
                continue
            return at, last, rule.score, rule.cue
    return None


def _alone(words: Words, at: int) -> tuple[int, int, float, str] | None:
    """A common name, a patronymic or what can hardly be anything else."""
    word = words[at]
    if word.folded in _STOP or not _known(word.folded):
        return None
    last = _run(words, at)
    if last == at:
        return None
    doubtful = _within(word.folded, _BOTH) or not word.capital
    if doubtful and not _told(words, at, last):
        return None
    first = at
    if word.capital and at and words.joined(at) and not words.begins(at - 1):
        left = words[at - 1]
        if left.capital and left.folded not in _STOP and not _is_cue(words, at - 1):
            first = at - 1
    return first, last, 0.75, "given name"


def _two(words: Words, at: int) -> tuple[int, int, float, str] | None:
    """Two capitalised words that begin no sentence: nouns have no capital in these languages."""
    last = _run(words, at)
    first, second = words.folded(at), words.folded(at + 1)
    other = words.begins(at) and not _known(first) and (_known(second) or _VERB.fullmatch(first))
    if other or last - at < _PAIR or not all(words[one].capital for one in range(at, last)):
        return None
    return at, last, 0.5, "capitals"


def _told(words: Words, at: int, last: int) -> bool:
    """Whether a word that may be no name is one: by its capital or by the words after it."""
    given = _within(words.folded(at), _GIVEN)
    others = any(_known(words.folded(one)) for one in range(at + 1, last))
    if words[at].capital:
        return not words.begins(at) or others or last - at >= _PAIR
    return given and others
