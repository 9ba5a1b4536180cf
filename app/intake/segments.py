"""A question cut where one thing ends and the next begins."""

import re
from dataclasses import dataclass
from typing import Final

from app.intake.tokens import Token, tokens, word_set
from app.vocabulary.levels import Language

_SENTENCE: Final = re.compile(r"([.!?;:]+)(?:\s|$)|\n")
_JOINT: Final = {
    Language.DE: re.compile(
        r",|\s(?:und|sowie|oder|aber|ausserdem|außerdem)\s|\s[-–]\s", re.IGNORECASE
    ),
    Language.EN: re.compile(r",|\s(?:and|or|but|also|plus)\s|\s[-–]\s", re.IGNORECASE),
}
_QUESTIONS: Final = {
    Language.DE: word_set(
        "wann wan wie wieviel wieviele wo wohin woher wer wen wem wessen was welche welcher "
        "welches welchen welchem warum wieso weshalb weswegen wozu wofur worum womit woran "
        "woraus bis ab seit"
    ),
    Language.EN: word_set("when wen how where who whom whose what which why whether until till"),
}
_ASKING: Final = {
    Language.DE: _QUESTIONS[Language.DE]
    | word_set("ob zeig zeige zeigt liste nenn nenne sag sage gib auskunft bitte"),
    Language.EN: _QUESTIONS[Language.EN] | word_set("show list tell give name please"),
}
# A yes-or-no question opens with its verb.
_OPENING: Final = {
    Language.DE: word_set(
        "ist sind bin seid war waren hat habt haben hab habe hast hatte wurde wurden wird werde "
        "werden werdet kriege krieg kriegt kriegen bekomm bekomme bekommt bekommen muss mussen "
        "musst kann konnen konnt darf durfen soll sollen lauft laufen zahlt zahlen zahle gibt "
        "gilt gelte geht gehen steht stehen fehlt fehlen braucht brauchen brauche zahlt uberweist "
        "bezahlt stimmt liegt wisst weiss fuhrt nehmt rechnet behaltet kommt kommen erkennt gehort "
        "bleibt schulde ubernehmt schickt"
    ),
    Language.EN: word_set(
        "is are am was were has have had do does did can could will would shall should may might "
        "must any"
    ),
}


@dataclass(frozen=True, slots=True)
class Segment:
    """`asks`: it is a question, or asks to be told. `opens`: its first word makes it a question."""

    words: tuple[Token, ...]
    asks: bool
    opens: bool


def segments(text: str, language: Language) -> tuple[Segment, ...]:
    """The parts of a text, each with whether it asks; parts without a word are left out."""
    found: list[Segment] = []
    for sentence, mark in _sentences(text):
        parts = [tokens(part, language) for part in _JOINT[language].split(sentence)]
        parts = [part for part in parts if part]
        for number, part in enumerate(parts, start=1):
            closes = "?" in mark and number == len(parts)
            opens = part[0].word in _OPENING[language] or part[0].word in _QUESTIONS[language]
            asks = closes or opens or any(t.word in _ASKING[language] for t in part)
            found.append(Segment(part, asks, opens))
    return tuple(found)


def joined(*parts: Segment) -> Segment:
    return Segment(
        tuple(token for part in parts for token in part.words),
        any(part.asks for part in parts),
        parts[0].opens,
    )


def _sentences(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    start = 0
    for mark in _SENTENCE.finditer(text):
        found.append((text[start : mark.start()], mark.group()))
        start = mark.end()
    return [*found, (text[start:], "")]
