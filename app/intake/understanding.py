"""What a question is about, found with the phrases under policies/."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from app.catalogue import sheets
from app.catalogue.rulebook import Rulebook
from app.catalogue.sheets import Unsound
from app.catalogue.topics import TopicName
from app.intake.classes import SETTLING, Kind, Mark, kind_of
from app.intake.language import foreign, recognise
from app.intake.lexicon import Lexicon
from app.intake.likeness import Likeness
from app.intake.matching import Matcher, Once, TopicFinder
from app.intake.phrases import Grammar, Phrase, Words
from app.intake.segments import Segment, joined, segments
from app.intake.tokens import stem
from app.vocabulary.levels import Language

# Kinds told by likeness as well as by phrases, and how like a question must be.
_LIKENED: Final = frozenset(
    {Mark.CRISIS, Mark.UNSAFE, Mark.DECISION_REQUEST, Mark.OFF_TOPIC, Mark.GENERAL}
)
_LIKE_ENOUGH: Final = 0.2
_LIKE_DANGER: Final = 0.4
_LOUDER: Final = 0.03
_LOUDER_REQUEST: Final = 0.1

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
        examples = _phrases(policies / "examples.yaml")
        if examples.keys() != topics.keys() | _LIKENED:
            raise Unsound("examples.yaml", "the sheet", "does not hold exactly the known names")
        return cls(
            {
                language: Ear(language, words[language], classes, topics, examples)
                for language in Language
            }
        )

    def read(self, text: str, *, preferred: Language) -> Reading:
        """What a cleaned text asks, whoever asks it.

        A text in a language that is not offered is answered in the preferred one.
        """
        language = recognise(text, preferred=preferred)
        parts = segments(text, language)
        ear = self._ears[language].hearing()
        marks = ear.marks(parts)
        topics = ear.topics(parts) or self._elsewhere(text, language)
        if not topics and not marks & SETTLING and foreign(text):
            return Reading(
                language=preferred,
                kind=Kind.OTHER_LANGUAGE,
                topics=(),
                special=Mark.SPECIAL in marks,
                segments=parts,
            )
        if not topics and Mark.OFF_TOPIC not in marks:
            topics = ear.guess(parts, personal=Mark.PERSONAL in marks)
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
                if (found := self._ears[other].hearing().topics(segments(text, other)))
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
        examples: _Sheet,
    ) -> None:
        topic_grammar, class_grammar = Grammar(language, words), Grammar(language, words)
        plain = frozenset(
            stem(word, language) for form in words["plain"].forms for word in form.split("_")
        )
        topic_phrases = {
            TopicName(name): _read(topic_grammar, "topics.yaml", name, lines[language])
            for name, lines in topics.items()
        }
        class_phrases = {
            Mark(name): _read(class_grammar, "classes.yaml", name, lines[language])
            for name, lines in classes.items()
        }
        lexicon = Lexicon(topic_grammar.vocabulary, plain=plain, spells=topic_grammar.spells)
        groups = Grammar(language, words)
        for name, group in words.items():
            if group.forms:
                groups.phrase(f"@{name}")
        asked = [
            (name, joined(*segments(question, language)))
            for name, questions in examples.items()
            for question in questions[language]
        ]
        likeness = Likeness(groups, lexicon, asked)
        self._likeness: Final = likeness
        self._names: Final = tuple(topic_phrases)
        self._topics: Final = Matcher(topic_grammar, lexicon, topic_phrases)
        # Classes are serious: nothing is taken for misspelt into one.
        self._classes: Final = Matcher(
            class_grammar, Lexicon((), plain=plain, spells=class_grammar.spells), class_phrases
        )

    def hearing(self) -> "Hearing":
        """For one question."""
        likeness = Once(self._likeness)
        topics = TopicFinder(self._names, Once(self._topics), likeness)
        return Hearing(likeness, topics, Once(self._classes))


class Hearing:
    """One question heard in one language. What a stretch of it says is looked for once."""

    def __init__(self, likeness: Once[str], topics: TopicFinder, classes: Once[Mark]) -> None:
        self._likeness: Final = likeness
        self._topics: Final = topics
        self._classes: Final = classes

    def marks(self, parts: tuple[Segment, ...]) -> frozenset[Mark]:
        """An order is no question; danger is also looked for across the parts of a sentence."""
        found = {
            mark
            for part in parts
            for mark in self._classes.scores(part)
            if not (mark is Mark.DECISION_REQUEST and part.opens)
        }
        whole = joined(*parts)
        found |= self._classes.scores(whole).keys() & {Mark.CRISIS}
        return frozenset(found | self._like(whole))

    def _like(self, whole: Segment) -> set[Mark]:
        """The kind it is most like, unless a topic speaks louder; danger is never outdone."""
        likeness = self._likeness.scores(whole)
        mark = max(_LIKENED, key=lambda each: likeness[each])
        if mark is Mark.DECISION_REQUEST and not whole.asks:
            enough = _LIKE_ENOUGH
        elif mark is Mark.DECISION_REQUEST:
            enough = max(_LIKE_ENOUGH, self._topics.loudest(whole, likeness) + _LOUDER_REQUEST)
        elif mark is Mark.CRISIS and likeness[mark] >= _LIKE_DANGER:
            enough = _LIKE_DANGER
        else:
            enough = max(_LIKE_ENOUGH, self._topics.loudest(whole, likeness) + _LOUDER)
        return {mark} if likeness[mark] >= enough else set()

    def guess(self, parts: tuple[Segment, ...], *, personal: bool) -> tuple[TopicName, ...]:
        return self._topics.guess(parts, personal=personal)

    def topics(self, parts: tuple[Segment, ...]) -> tuple[TopicName, ...]:
        return self._topics.about(parts)


def _read(grammar: Grammar, sheet: str, name: str, lines: Sequence[str]) -> list[Phrase]:
    try:
        return [grammar.phrase(line) for line in lines]
    except ValueError as error:
        raise Unsound(sheet, name, f"has a phrase that cannot be read: {error}") from None


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
