"""Invented people for training: given names and surnames of many origins.

Names come from lists that are not in this repository (`../shared/data/pii/names`),
from Faker's locales and from our own `origins.txt`.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from faker.providers import person as locales

from app.redaction.names.training.sources import lines

_LATIN_LOCALES: Final = [
    "tr_TR",
    "az_AZ",
    "pl_PL",
    "ro_RO",
    "hr_HR",
    "cs_CZ",
    "sk_SK",
    "sl_SI",
    "hu_HU",
    "it_IT",
    "es_ES",
    "pt_PT",
    "fr_FR",
    "nl_NL",
    "sv_SE",
    "da_DK",
    "vi_VN",
    "en_NG",
    "yo_NG",
    "ig_NG",
    "ha_NG",
    "en_KE",
    "tw_GH",
    "zu_ZA",
    "sw",
    "en_IN",
    "en_PK",
    "id_ID",
    "lt_LT",
    "lv_LV",
    "fr_DZ",
    "et_EE",
    "fi_FI",
    "no_NO",
    "uz_UZ",
]
_GERMAN_LOCALES: Final = ("de_DE", "de_AT", "de_CH")
_ENGLISH_LOCALES: Final = ("en_US", "en_GB", "en_IE")
_SCRIPTS: Final = {
    "uk": ("uk_UA",),
    "ru": ("ru_RU",),
    "bg": ("bg_BG",),
    "ar": ("ar_AA", "ar_SA", "ar_PS"),
    "fa": ("fa_IR",),
}
_OWN: Final = {
    "tr": ("turkish",),
    "pl": ("polish",),
    "ro": ("romanian",),
}
_CYRILLIC: Final = {
    "а": "a", "б": "b", "в": "w", "г": "g", "д": "d", "е": "e", "ё": "jo", "ж": "sch", "з": "s",
    "и": "i", "й": "j", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
    "с": "s", "т": "t", "у": "u", "ф": "f", "х": "ch", "ц": "z", "ч": "tsch", "ш": "sch",
    "щ": "schtsch", "ъ": "#", "ы": "y", "ь": "#", "э": "e", "ю": "ju", "я": "ja", "і": "i",
    "ї": "ji", "є": "je", "ґ": "g",
}  # fmt: skip
_ENGLISH_WAY: Final = {
    "в": "v", "ж": "zh", "з": "z", "й": "y", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh",
    "щ": "shch", "ю": "iu", "я": "ia", "ї": "yi", "є": "ye", "ё": "yo",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pool:
    given: tuple[str, ...]
    surnames: tuple[str, ...]


class People:
    """Draws names: `de` from all origins, another language from its own."""

    def __init__(self, names: Path, random: Random) -> None:
        self._random = random
        self._own = _origins()
        german = _faker(_GERMAN_LOCALES)
        berlin = [
            (name, int(count) ** 0.5)
            for name, _, count in (
                line.partition("\t") for line in lines(names / "first_names_berlin.tsv")
            )
            if count.isdigit() and len(name) > 2 and name[0].isupper()  # noqa: PLR2004 - initials
        ]
        self._berlin = [name for name, _ in berlin]
        self._weights = _sums(weight for _, weight in berlin)
        self._german = Pool(
            (
                *german.given,
                *lines(names / "first_names_female.txt"),
                *lines(names / "first_names_male.txt"),
                *lines(names / "nicknames_female.txt"),
                *lines(names / "nicknames_male.txt"),
            ),
            (*german.surnames, *lines(names / "surnames.txt")),
        )
        self._common = Pool(german.given, german.surnames)
        self._english = _faker(_ENGLISH_LOCALES)
        self._scripts = {code: _faker(codes) for code, codes in _SCRIPTS.items()}
        self._everyday = " ".join(lines(Path(__file__).with_name("everyday_surnames.txt"))).split()
        self._origins = [
            *self._own.values(),
            *(pool for code in _LATIN_LOCALES if (pool := _faker((code,))).given and pool.surnames),
            *(_romanised(self._scripts[code]) for code in ("uk", "ru", "bg")),
        ]

    def pool(self, language: str) -> Pool:
        """The origin of one person."""
        if language in self._scripts:
            return self._scripts[language]
        if language in _OWN:
            return self._own[_OWN[language][0]]
        chance = self._random.random()
        if language == "en" and chance < 0.5:  # noqa: PLR2004 - half of them
            return self._english
        if chance < 0.28:  # noqa: PLR2004 - the shares of origins
            return self._german
        if chance < 0.4:  # noqa: PLR2004 - a share
            return self._common
        return self._random.choice(self._origins)

    def given(self, pool: Pool) -> str:
        latin = pool not in self._scripts.values()
        if latin and self._random.random() < 0.25:  # noqa: PLR2004 - a quarter
            (name,) = self._random.choices(self._berlin, cum_weights=self._weights)
            return name
        return self._random.choice(pool.given)

    def surname(self, pool: Pool) -> str:
        german = pool in (self._german, self._common)
        if german and self._random.random() < 0.12:  # noqa: PLR2004 - a share
            return self.everyday()
        return self._random.choice(pool.surnames)

    def everyday(self) -> str:
        """A surname that is a word as well."""
        return self._random.choice(self._everyday)


def _origins() -> Mapping[str, Pool]:
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for line in lines(Path(__file__).with_name("origins.txt")):
        origin, which, names = line.split("|")
        found.setdefault(origin, {})[which] = tuple(names.split())
    return {
        origin: Pool(kinds.get("given", found["slavic"]["given"]), kinds["sur"])
        for origin, kinds in found.items()
    }


def faker_names(which: str) -> frozenset[str]:
    """All given names (`first_name`) or surnames (`last_name`) of all locales."""
    codes = [module.name for module in pkgutil.iter_modules(locales.__path__)]
    return frozenset(
        name
        for code in codes
        for name in _attributes(code, which)
        if 1 < len(name) < 25  # noqa: PLR2004 - a share
    )


def own_names(which: str) -> frozenset[str]:
    return frozenset(
        name
        for pool in _origins().values()
        for name in (pool.given if which == "given" else pool.surnames)
    )


def romanised_names(which: str) -> frozenset[str]:
    pools = [_romanised(_faker(_SCRIPTS[code])) for code in ("uk", "ru", "bg")]
    return frozenset(
        n for pool in pools for n in (pool.given if which == "given" else pool.surnames)
    )


def _faker(codes: tuple[str, ...]) -> Pool:
    return Pool(
        tuple(sorted({name for code in codes for name in _attributes(code, "first_name")})),
        tuple(sorted({name for code in codes for name in _attributes(code, "last_name")})),
    )


def _attributes(code: str, which: str) -> Iterator[str]:
    provider = importlib.import_module(f"faker.providers.person.{code}").Provider
    for attribute in sorted(dir(provider)):
        if which in attribute and "romanized" not in attribute and "pair" not in attribute:
            values = getattr(provider, attribute)
            if isinstance(values, (tuple, list, set, frozenset, dict)):
                yield from (v for v in values if isinstance(v, str) and v and v != "Doe")


def _romanised(pool: Pool) -> Pool:
    tables = (_CYRILLIC, _CYRILLIC | _ENGLISH_WAY)

    def latin(name: str, table: Mapping[str, str]) -> str:
        letters = "".join(table.get(char, char) for char in name.casefold()).replace("#", "")
        return letters.title()

    return Pool(
        tuple(sorted({latin(name, table) for name in pool.given for table in tables})),
        tuple(sorted({latin(name, table) for name in pool.surnames for table in tables})),
    )


def _sums(weights: Iterator[float]) -> list[float]:
    total, sums = 0.0, []
    for weight in weights:
        total += weight
        sums.append(total)
    return sums
