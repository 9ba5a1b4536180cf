"""What the rules say, and what each sentence rests on."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.answers.values import Cite
from app.vocabulary.ids import FieldName, SubjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """Every figure in `text` is that of a place in `cites`, of a law in `law`, or in `computed`.

    `item`: a line of a list. `computed` holds the dates worked out from the cited places.
    """

    text: str
    field: FieldName
    cites: tuple[Cite, ...]
    law: tuple[str, ...] = ()
    computed: tuple[str, ...] = ()
    item: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`recorded` had a value that could be said; `unrecorded` was allowed and has none."""

    sentences: tuple[Sentence, ...]
    recorded: tuple[tuple[SubjectId, FieldName], ...]
    unrecorded: tuple[tuple[SubjectId, FieldName], ...]
    unreadable: tuple[tuple[SubjectId, FieldName], ...]

    @property
    def text(self) -> str:
        return "".join(self.pieces())

    def pieces(self) -> Iterator[str]:
        """The text sentence by sentence, for a stream: a paragraph a field, a line a list item."""
        before: Sentence | None = None
        for sentence in self.sentences:
            yield _joint(before, sentence) + sentence.text
            before = sentence


def _joint(before: Sentence | None, sentence: Sentence) -> str:
    mark = "• " if sentence.item else ""
    if before is None:
        return mark
    if before.field != sentence.field:
        return "\n\n" + mark
    return "\n" + mark if sentence.item or before.item else " "
