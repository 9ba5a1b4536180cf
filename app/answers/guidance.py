"""General answers: an article of ours with its §§ and its day, no case and no model."""

from app.answers.answer import Citation, CitationKind, Composed
from app.knowledge.answer import Guide, Source, SourceKind
from app.vocabulary.levels import Language

_KINDS = {SourceKind.GUIDANCE: CitationKind.GUIDANCE, SourceKind.LAW: CitationKind.LAW}


def from_guide(guide: Guide, question: str, language: Language) -> Composed | None:
    """The article that fits the redacted question best. None where none fits."""
    found = guide.answer(question, language)
    if found is None:
        return None
    lines = found.text.splitlines()
    pieces = tuple(line if n == 0 else f"\n{line}" for n, line in enumerate(lines))
    return Composed(pieces=pieces, citations=tuple(map(_citation, found.sources)))


def _citation(source: Source) -> Citation:
    return Citation(
        kind=_KINDS[source.kind], label=source.label, locator=source.locator, as_of=source.as_of
    )
