"""A question as the stages after it see it: cleaned, understood, and what it needs of the file."""

from dataclasses import InitVar, dataclass
from typing import Final, final

from app.catalogue.fields import Catalogue, Sensitivity, Stored
from app.catalogue.rulebook import Rulebook
from app.catalogue.topics import TopicName, Topics
from app.intake.classes import Kind
from app.intake.cleaning import clean
from app.intake.others import NameIndex, named
from app.intake.understanding import Reading, Understanding
from app.legitimation.mandates import Mandate
from app.vocabulary.evidence import Evidence, Seal
from app.vocabulary.ids import FieldName, PersonId, SubjectId
from app.vocabulary.levels import Language

_SEAL: Final = Seal()


@final
@dataclass(frozen=True, slots=True, repr=False)
class Inquiry(Evidence):
    """What somebody with a mandate asks, and exactly which values that needs.

    `somebody_else`: it is about persons, known or not, and not also about the one
    it is asked for; of whom nothing personal is needed then.
    """

    mandate: Mandate
    text: str
    language: Language
    kind: Kind
    topics: tuple[TopicName, ...]
    fields: frozenset[FieldName]
    needed: frozenset[tuple[SubjectId, FieldName]]
    special: bool
    others: frozenset[PersonId]
    somebody_else: bool
    seal: InitVar[Seal]

    def __post_init__(self, seal: Seal) -> None:
        if seal is not _SEAL:
            raise TypeError("an Inquiry is minted by app.intake.inquiry alone")


@final
@dataclass(frozen=True, slots=True, repr=False)
class GeneralInquiry(Evidence):
    """What somebody unknown asks. No case can be read with it."""

    text: str
    language: Language
    kind: Kind
    topics: tuple[TopicName, ...]
    special: bool
    seal: InitVar[Seal]

    def __post_init__(self, seal: Seal) -> None:
        if seal is not _SEAL:
            raise TypeError("a GeneralInquiry is minted by app.intake.inquiry alone")


def establish(  # noqa: PLR0913  # each is a different thing, and named
    mandate: Mandate,
    question: str,
    *,
    preferred: Language,
    understanding: Understanding,
    rulebook: Rulebook,
    names: NameIndex,
) -> Inquiry:
    """What the question needs. Only one about the case needs anything.

    Raises InvalidBody for a question that is empty or too long. Somebody else of
    the household is needed where the question names them, and nobody where it names
    somebody who is not found; whether they may be seen is for policy to say.
    """
    text = clean(question)
    reading = understanding.read(text, preferred=preferred)
    fields = _fields(reading, rulebook.topics)
    about = named(
        text,
        reading.segments,
        reading.language,
        household=mandate,
        names=names,
    )
    persons = {SubjectId(other) for other in about.others}
    if about.self_too:
        persons.add(SubjectId(mandate.grantor))
    needed = frozenset(
        (subject, field)
        for field in fields
        for subject in (
            persons if rulebook.catalogue[field].stored is Stored.PERSON else {mandate.household}
        )
    )
    return Inquiry(
        mandate,
        text,
        reading.language,
        reading.kind,
        reading.topics,
        fields,
        needed,
        reading.special or _special(fields, rulebook.catalogue),
        about.others,
        not about.self_too,
        _SEAL,
    )


def general(question: str, *, preferred: Language, understanding: Understanding) -> GeneralInquiry:
    """A question without login: about the law and the office, never about a case.

    A question about one's own case keeps its kind, so that the answer can say
    how to ask it. Raises InvalidBody for a question that is empty or too long.
    """
    text = clean(question)
    reading = understanding.read(text, preferred=preferred)
    return GeneralInquiry(
        text, reading.language, reading.kind, reading.topics, reading.special, _SEAL
    )


def _fields(reading: Reading, topics: Topics) -> frozenset[FieldName]:
    if reading.kind is not Kind.CASE:
        return frozenset()
    return frozenset[FieldName]().union(*(topics[topic].fields for topic in reading.topics))


def _special(fields: frozenset[FieldName], catalogue: Catalogue) -> bool:
    return any(catalogue[field].sensitivity is Sensitivity.SPECIAL for field in fields)
