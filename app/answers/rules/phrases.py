"""The phrases of one language, and how facts are put into them.

A phrase names the leaves it shows: `{amount:money}` is the leaf `amount` of the fact, spoken as
money; `{.:date}` is the fact itself; `{last_day}` without a shape is worked out by code. What
stands in `[…]` is left out where one of its leaves is not in the file. So a phrase cannot say a
figure that has no place in the file, and each sentence cites the places it shows.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml

from app.answers.rules.sentences import Sentence
from app.answers.values import Cite, Fact, Shape
from app.vocabulary.ids import FieldName
from app.vocabulary.levels import Language

_FOLDER: Final = Path(__file__).parent.parent / "templates"
_SEGMENT: Final = re.compile(r"\[([^\]]*)\]|([^\[]+)")
_SLOT: Final = re.compile(r"\{(?P<name>[\w.]+)(?::(?P<shape>\w+))?\}")
_LAW: Final = re.compile(
    r"§§? ?\d+\w*(?: Abs\. \d+\w*| ?\(\d+\w*\))*(?: Satz \d+)? (?:SGB [IVX]+|SGG|BGB)"
)
_WORD_FIRST: Final = re.compile(r"\{[\w.]+:word\}")

_SHARED: Final = "any"

Texts = Mapping[str, Mapping[str, str]]


@dataclass(slots=True)
class _Said:
    """A sentence in the making."""

    text: str = ""
    cites: list[Cite] = field(default_factory=list)
    computed: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        """Text of the file may end a sentence by itself: one full stop is enough."""
        stopped = self.text.endswith((".", "!", "?", "…"))
        self.text += text[1:] if stopped and text.startswith(".") else text


@dataclass(frozen=True, slots=True)
class Phrases:
    """`phrases`: by field and variant. `words`: by place without indexes and value."""

    language: Language
    phrases: Texts
    words: Texts

    def has(self, field: FieldName, variant: str) -> bool:
        return variant in self.phrases.get(field, {})

    def say(  # noqa: PLR0913 — one call is one sentence; all but the first two have defaults
        self,
        fact: Fact,
        variant: str,
        *,
        shared: bool = False,
        about: tuple[Fact, ...] = (),
        computed: Mapping[str, str] | None = None,
        item: bool = False,
    ) -> Sentence:
        """The phrase `variant` of the fact's field (`shared`: of any field), filled.

        `about` are leaves that chose the variant: cited, though not shown. Raises Unreadable where
        a leaf the phrase must show is absent or of another shape.
        """
        phrase = self.phrases[_SHARED if shared else fact.field][variant]
        said = _Said(cites=[part.cite for part in about])
        for optional, plain in _SEGMENT.findall(phrase):
            if optional and not self._complete(optional, fact):
                continue
            self._fill(said, optional or plain, fact, computed or {})
        return Sentence(
            text=_finish(said.text, phrase),
            field=fact.field,
            cites=tuple(dict.fromkeys(said.cites)),
            law=tuple(dict.fromkeys([*_LAW.findall(phrase), *_legal(fact, phrase)])),
            computed=tuple(said.computed),
            item=item,
        )

    def word(self, fact: Fact) -> str:
        """The word for a closed-set value; one we have no word for is shown as the file has it."""
        text = fact.text()
        return self.words.get(fact.kind, {}).get(text) or text.replace("_", " ")

    def _complete(self, segment: str, fact: Fact) -> bool:
        parts = [fact.find(slot["name"]) for slot in _SLOT.finditer(segment) if slot["shape"]]
        return all(part is not None and part.value != [] for part in parts)

    def _fill(self, said: _Said, segment: str, fact: Fact, computed: Mapping[str, str]) -> None:
        end = 0
        for slot in _SLOT.finditer(segment):
            said.add(segment[end : slot.start()])
            end = slot.end()
            if slot["shape"] is None:
                said.add(computed[slot["name"]])
                said.computed.append(computed[slot["name"]])
                continue
            part = fact.at(slot["name"])
            said.add(self._spoken(part, Shape(slot["shape"])))
            said.cites += [leaf.cite for leaf in _leaves(part)]
        said.add(segment[end:])

    def _spoken(self, part: Fact, shape: Shape) -> str:
        return self.word(part) if shape is Shape.WORD else part.spoken(shape, self.language)


def _finish(text: str, phrase: str) -> str:
    """A capital at the start, where a word of ours stands there."""
    text = text.strip()
    return text[:1].upper() + text[1:] if _WORD_FIRST.match(phrase) else text


def _leaves(part: Fact) -> tuple[Fact, ...]:
    return part.items() if isinstance(part.value, list | tuple) else (part,)


def _legal(fact: Fact, phrase: str) -> list[str]:
    """The legal basis the file itself names, where the phrase shows it."""
    part = fact.find("legal") if "{legal:" in phrase else None
    return [] if part is None or not part.text().startswith(("§", "Art.")) else [part.text()]


@lru_cache(maxsize=len(Language))
def phrases(language: Language) -> Phrases:
    """Read once from `templates/<language>.yaml`."""
    source = (_FOLDER / f"{language}.yaml").read_text(encoding="utf-8")
    loaded = yaml.load(source, Loader=yaml.CSafeLoader)
    return Phrases(language, loaded["phrases"], loaded["words"])
