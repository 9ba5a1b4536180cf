"""What a question is about, found with the phrases under policies/."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from app.catalogue import sheets
from app.catalogue.rulebook import Rulebook
from app.catalogue.sheets import Unsound
from app.catalogue.topics import TopicName
from app.intake.classes import Kind, Mark, kind_of
from app.intake.language import recognise
from app.intake.lexicon import Lexicon
from app.intake.matching import Matcher
from app.intake.phrases import Grammar, Words
from app.intake.segments import Segment, joined, segments
from app.intake.tokens import stem
from app.vocabulary.levels import Language

_Sheet = Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A question as understood. `special`: it speaks of what Art. 9 GDPR or decency protects."""

    language: Language
    kind: Kind
    topics: tuple[TopicName, ...]
    special: bool
    segments: tuple[Segment, ...]


class Understanding:
    """Built once at start from the sheets; keeps nothing of a question."""

    def __init__(self, grammars: Mapping[Language, "Ear"]) -> None:
        self._ears: Final = dict(grammars)

    @classmethod
    def load(cls, policies: Path, rulebook: Rulebook) -> Self:
        """Raises Unsound when a phrase cannot be read or names words that are not there."""
        words = _words(policies / "words.yaml")
        classes = _phrases(policies / "classes.yaml")
        if classes.keys() != set(Mark):
            raise Unsound("classes.yaml", "the sheet", "does not hold exactly the known classes")
        topics = {str(topic.name): topic.words for topic in rulebook.topics}
        return cls(
            {language: Ear(language, words[language], classes, topics) for language in Language}
        )

    def read(self, text: str, *, preferred: Language) -> Reading:
        """What a cleaned text asks, whoever asks it."""
        language = recognise(text, preferred=preferred)
        parts = segments(text, language)
        ear = self._ears[language]
        marks = ear.marks(parts)
        topics = ear.topics(parts) or self._elsewhere(text, language)
        if not topics and Mark.PERSONAL in marks and Mark.OFF_TOPIC not in marks:
            topics = ear.likely(parts)
        return Reading(
            language=language,
            kind=kind_of(marks, on_topic=bool(topics)),
            topics=topics,
            special=Mark.SPECIAL in marks,
            segments=parts,
        )

    def _elsewhere(self, text: str, language: Language) -> tuple[TopicName, ...]:
        """People mix languages: what one does not hold, another may."""
        others = (other for other in Language if other is not language)
        return next(
            (
                found
                for other in others
                if (found := self._ears[other].topics(segments(text, other)))
            ),
            (),
        )


class Ear:
    """One language's phrases, ready to be looked for."""

    def __init__(
        self,
        language: Language,
        words: Mapping[str, Words],
        classes: _Sheet,
        topics: _Sheet,
    ) -> None:
        topic_grammar, class_grammar = Grammar(language, words), Grammar(language, words)
        plain = frozenset(
            stem(word, language) for form in words["plain"].forms for word in form.split("_")
        )
        topic_phrases = {
            TopicName(name): [topic_grammar.phrase(line) for line in lines[language]]
            for name, lines in topics.items()
        }
        class_phrases = {
            Mark(name): [class_grammar.phrase(line) for line in lines[language]]
            for name, lines in classes.items()
        }
        self._lexicon: Final = Lexicon(
            topic_grammar.vocabulary, plain=plain, spells=topic_grammar.spells
        )
        self._topics: Final = Matcher(topic_grammar, self._lexicon, topic_phrases)
        # Classes are serious: nothing is taken for misspelt into one.
        self._classes: Final = Matcher(
            class_grammar, Lexicon((), plain=plain, spells=class_grammar.spells), class_phrases
        )

    def marks(self, parts: tuple[Segment, ...]) -> frozenset[Mark]:
        """An order is no question; danger is also looked for across the parts of a sentence."""
        found = {
            mark
            for part in parts
            for mark in self._classes.scores(part)
            if not (mark is Mark.DECISION_REQUEST and part.opens)
        }
        whole = self._classes.scores(joined(*parts))
        return frozenset(found | (whole.keys() & {Mark.CRISIS}))

    def likely(self, parts: tuple[Segment, ...]) -> tuple[TopicName, ...]:
        return self._topics.nearly(joined(*parts))

    def topics(self, parts: tuple[Segment, ...]) -> tuple[TopicName, ...]:
        return self._topics.about(parts)


def _words(path: Path) -> Mapping[Language, Mapping[str, Words]]:
    found: dict[Language, dict[str, Words]] = {language: {} for language in Language}
    for name, entry in sheets.read(path).items():
        keys = sheets.members(
            entry, path.name, name, required=frozenset({"weight", *map(str, Language)})
        )
        weight = keys["weight"]
        if not isinstance(weight, float):
            raise Unsound(path.name, name, "has a weight that is not a decimal number")
        for language in Language:
            forms = sheets.texts(keys[language], path.name, f"{name}.{language}")
            found[language][name] = Words(tuple(f.replace(" ", "_") for f in forms), weight)
    return found


def _phrases(path: Path) -> _Sheet:
    return {name: sheets.words(entry, path.name, name) for name, entry in sheets.read(path).items()}
