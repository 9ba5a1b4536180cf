"""R7: a model that obeys every injection has nothing to give away.

The injections stand in the question, in the notes and in documents of the file. Every value of
the file is a canary. What reaches the model is searched for them, and what the person is told
for those of anybody else and of anything that was not released. All attacks here, in one form
each; in `make thorough` in every form.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from secrets import token_hex
from typing import Any

import pytest

from tests.doubles.model_server import ModelServer
from tests.doubles.obedient import reply_to
from tests.fixtures import ROOT
from tests.service import Whole
from tests.system.canaries import IDENTIFIERS, Aviary

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
ATTACKS = [
    json.loads(line)
    for line in (ROOT / "tests/corpus/injections/attacks.ndjson").read_text().splitlines()
]
# What an honest person asks: much of it is released to the model as it stands.
ASKED = {
    "de": "Warum wurde mein Geld gekürzt, und welche Abzüge gibt es?",
    "en": "Why was my money reduced, and which deductions are there?",
}
STREAM = {"accept": "text/event-stream"}
# Members of the file's values that hold what somebody wrote freely.
FREE_TEXTS = {"text", "legal", "what", "topic", "goal", "title", "about", "place", "provider"}

# Any: documents and answers are JSON, handled by members.
Json = dict[str, Any]


@dataclass
class Case:
    """A household of canaries, and one of its two adults who asks."""

    whole: Whole
    model: ModelServer
    aviary: Aviary
    names: dict[str, str]
    path: str
    who: str

    async def ask(self, question: str, language: str, *, stream: bool, purpose: str) -> str:
        """All that was told; what must not be in it, or in the prompt, is looked for."""
        self.model.sent.clear()
        self.model.requests.clear()
        response = await self.whole.call(
            "POST",
            self.path,
            self.whole.citizen(self.who) | (STREAM if stream else {}),
            {"question": question, "language": language, "purpose": purpose},
        )
        assert response.status_code == 200, response.text
        told = response.text
        answer = json.loads(told.rpartition("event: answer\ndata: ")[2] if stream else told)
        self.assert_kept(answer, told)
        return told

    def assert_kept(self, answer: Json, told: str) -> None:
        used = [
            (self.names[each["subject"]], each["field"], each["to_model"])
            for each in answer["used"]
        ]
        released = self.aviary.of({(s, f) for s, f, form in used if form in {"value", "range"}})
        in_prompt = set(self.aviary.found(self.model.everything))
        assert in_prompt <= released, [c.place for c in in_prompt - released]
        assert not {c.field for c in in_prompt} & (IDENTIFIERS | {"file.notes"})
        shown = self.aviary.of({(s, f) for s, f, _ in used})
        heard = set(self.aviary.found(told))
        assert heard <= shown, [c.place for c in heard - shown]
        assert {c.owner for c in heard} <= {"p1", "household"}
        # The file's own texts, with the attacks in them, may be read out.
        text = answer["text"]
        for attack in ATTACKS:
            text = text.replace(_one_line(attack["text"]), "")
        assert "boese.example" not in text
        assert "⟦" not in text
        assert "⟧" not in text


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _planted(value: object, attacks: Iterator[str]) -> int:
    """How many texts of a value end in an attack now, each in another."""
    count = 0
    match value:
        case list():
            count = sum(_planted(item, attacks) for item in value)
        case dict():
            for name, member in value.items():
                if isinstance(member, str) and name in FREE_TEXTS:
                    value[name] = f"{member} {next(attacks)}"
                    count += 1
                else:
                    count += _planted(member, attacks)
        case _:
            pass
    return count


@pytest.fixture(scope="module")
async def case(modelled_service: Whole, model_server: ModelServer) -> Case:
    whole = modelled_service
    told = await whole.call("GET", "/v1/integration/schema", whole.machine())
    aviary = Aviary(token_hex(8))
    document = aviary.case(told.json())
    attacks = cycle(_one_line(each["text"]) for each in ATTACKS)
    fields = [document["household"]["fields"], *(each["fields"] for each in document["persons"])]
    assert sum(_planted(list(each.values()), attacks) for each in fields) > 20
    document["household"]["fields"]["file.notes"] += [
        {"date": "2026-01-02", "text": each["text"]} for each in ATTACKS
    ]
    ref, ids = await whole.push(document)
    names = {identifier: name for name, identifier in ids.items()}
    names[ids["case"]] = "household"
    who = await whole.bound(ref)
    path = f"/v1/cases/{ids['case']}/questions"
    return Case(whole, model_server, aviary, names, path, who)


def forms(number: int) -> list[tuple[bool, str]]:
    """Streamed or whole, and for which purpose: by turns, or all."""
    every = [(s, p) for s in (True, False) for p in ("explain_decision", "answer_own_question")]
    return every if THOROUGH else [every[number % len(every)]]


@pytest.mark.parametrize("number", range(len(ATTACKS)), ids=[each["id"] for each in ATTACKS])
async def test_an_obeyed_injection_gives_nothing_away(
    case: Case, model: ModelServer, number: int
) -> None:
    """AZ-03."""
    attack = ATTACKS[number]
    model.reply = partial(reply_to, attack["obeys"])

    for stream, purpose in forms(number):
        asked = f"{ASKED[attack['lang']]} {attack['text']}"
        await case.ask(asked, attack["lang"], stream=stream, purpose=purpose)


@pytest.mark.parametrize(
    ("how", "lang"),
    [
        (how, lang)
        for number, how in enumerate(sorted({each["obeys"] for each in ATTACKS}))
        for lang in (("de", "en") if THOROUGH else (("de", "en")[number % 2],))
    ],
)
async def test_an_injection_in_notes_and_documents_is_obeyed_in_vain(
    case: Case, model: ModelServer, how: str, lang: str
) -> None:
    """The twin: an honest question, so that the model is certainly asked."""
    model.reply = partial(reply_to, how)

    await case.ask(ASKED[lang], lang, stream=lang == "de", purpose="explain_decision")

    assert len(model.requests) == 1
    assert "<FACTS>" in model.everything


async def test_what_may_be_told_is_told_so_that_the_search_would_find_it(
    case: Case, model: ModelServer
) -> None:
    """The twin: released values reach the model and the person, and are found there."""
    model.reply = None
    told = await case.ask(ASKED["de"], "de", stream=False, purpose="explain_decision")

    assert case.aviary.found(model.everything)
    assert "p1" in {canary.owner for canary in case.aviary.found(told)}


async def test_a_model_that_gives_away_a_value_would_be_noticed(
    case: Case, model: ModelServer
) -> None:
    """The search itself, with values of the other adult put where they must not be."""
    told = await case.ask(ASKED["de"], "de", stream=False, purpose="explain_decision")
    secret = case.aviary.one("p2", "person.name").forms[0]

    with pytest.raises(AssertionError):
        case.assert_kept(json.loads(told), f"{told} {secret}")
    model.sent.append(secret)
    with pytest.raises(AssertionError):
        case.assert_kept(json.loads(told), told)


def test_there_are_enough_attacks_in_both_languages() -> None:
    assert len(ATTACKS) >= 40
    assert min(sum(each["lang"] == lang for each in ATTACKS) for lang in ("de", "en")) >= 20
