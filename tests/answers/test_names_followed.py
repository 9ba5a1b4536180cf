"""A name followed through a streamed answer, and what happens where redaction cannot (R6).

Over HTTP, in front of a scripted model: what it is sent, what the person is told, piece by
piece, what is logged and what is kept.
"""

import json
from collections.abc import Sequence
from dataclasses import replace

import httpx2
import pytest
from sqlalchemy import text

from app.answers.public import get_public_desk
from app.answers.routes import get_pipeline
from app.redaction.finder import Detector
from app.redaction.kinds import Kind
from app.redaction.text import Span
from app.vocabulary.errors import NotRedacted
from app.vocabulary.json import Json
from app.vocabulary.levels import Language
from tests.answers.conftest import WHEN_PAID, Front
from tests.doubles.model_server import ModelServer
from tests.parties import BERGSTRASSE, couple
from tests.service import Whole

STREAM = {"accept": "text/event-stream"}
# In the question, in the notes, in the model's reply: somebody the file does not know.
STRANGER, NOTED, INVENTED = "Quirrenbach", "Zschokkelt", "Pfannebecker"
PAYMENT = "benefit.next_payment"


def with_notes() -> dict[str, Json]:
    document = couple()
    household = document["household"]
    assert isinstance(household, dict)
    fields = household["fields"]
    assert isinstance(fields, dict)
    fields["file.notes"] = [{"date": "2026-02-03", "text": f"Frau {NOTED} rief an, Alma auch."}]
    return document


async def asking(whole: Whole) -> tuple[dict[str, str], str]:
    """Somebody of a case with notes in it: their headers, and where they ask."""
    ref, ids = await whole.push(with_notes())
    return whole.citizen(await whole.bound(ref)), f"/v1/cases/{ids['case']}/questions"


def events(body: str) -> list[tuple[str, dict[str, Json]]]:
    found = []
    for block in body.strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


class TestFollowed:
    QUESTION = f"Ich bin Alma Berghaus, Frau {STRANGER} hilft mir. {WHEN_PAID}"

    async def streamed(
        self, modelled: Front, model: ModelServer, reply: str
    ) -> list[tuple[str, dict[str, Json]]]:
        model.reply = reply
        headers, path = await asking(modelled.whole)
        told = await modelled.whole.call(
            "POST", path, headers | STREAM, {"question": self.QUESTION}
        )
        assert told.status_code == 200, told.text
        return events(told.text)

    async def test_a_name_leaves_as_a_token_and_comes_back_as_a_name_in_a_stream(
        self, modelled: Front, model: ModelServer
    ) -> None:
        """AZ-03."""
        found = await self.streamed(
            modelled,
            model,
            f"⟦PERSON-1⟧, sehen Sie ⟦{PAYMENT}.date⟧ [{PAYMENT}]. "
            f"Mit [person 2] sehen Sie ⟦{PAYMENT}.amount⟧ [{PAYMENT}].",
        )
        pieces = [str(data["text"]) for name, data in found if name == "text"]
        answer = found[-1][1]

        assert answer["composer"] == "model"
        assert pieces[0].startswith("Alma Berghaus, sehen Sie ")
        assert f"Mit {STRANGER} sehen Sie 1.402,00" in "".join(pieces)
        assert "".join(pieces) == answer["text"]
        assert len(model.requests) == 1
        for name in ("Alma", "Berghaus", STRANGER, NOTED):
            assert name not in model.everything
        assert "Ich bin ⟦PERSON-1⟧, Frau ⟦PERSON-2⟧ hilft mir." in model.everything
        assert isinstance(answer["redacted"], dict)
        assert answer["redacted"]["count"] == 2

    async def test_a_name_only_the_notes_or_the_model_know_is_told_to_nobody(
        self, modelled: Front, model: ModelServer
    ) -> None:
        found = await self.streamed(
            modelled,
            model,
            f"⟦PERSON-1⟧, sehen Sie ⟦{PAYMENT}.date⟧ [{PAYMENT}]. "
            f"Frau {INVENTED} zahlt ⟦{PAYMENT}.amount⟧ [{PAYMENT}]. "
            f"Fragen Sie ⟦PERSON-3⟧ oder ⟦PERSON-907⟧ [{PAYMENT}].",
        )
        told = json.dumps(found, ensure_ascii=False)

        assert "Alma Berghaus, sehen Sie" in told
        for nobody in (INVENTED, NOTED, "Ekdahl", "PERSON-", "⟦", "⟧"):
            assert nobody not in told

    async def test_no_piece_of_a_stream_holds_a_part_of_a_token(
        self, modelled: Front, model: ModelServer
    ) -> None:
        found = await self.streamed(
            modelled, model, f"Sehen Sie ⟦{PAYMENT}.date⟧, ⟦ Person - 1 ⟧ [{PAYMENT}]. ⟦PERS"
        )

        for name, data in found:
            piece = str(data.get("text", ""))
            assert "PERS" not in piece.upper(), name
            assert "⟦" not in piece
        assert "Alma Berghaus" in str(found[-1][1]["text"])

    async def test_names_are_kept_sealed_and_tokens_not_at_all(
        self, modelled: Front, model: ModelServer
    ) -> None:
        """The contract knows no conversation: a table of tokens ends with its request."""
        await self.streamed(modelled, model, f"⟦PERSON-1⟧, ⟦{PAYMENT}.date⟧ [{PAYMENT}].")

        async with modelled.office.database.transaction(BERGSTRASSE) as tx:
            names = await tx.execute(
                text(
                    "SELECT DISTINCT table_name FROM information_schema.table_privileges WHERE"
                    " table_schema = 'public' AND privilege_type = 'SELECT'"
                    " AND grantee = current_user"
                )
            )
            tables = [str(row.table_name) for row in names]
            rows = [
                str(row)
                for table in tables
                for row in await tx.execute(text(f'SELECT t::text FROM "{table}" t'))  # noqa: S608 - a table of ours
            ]
        assert len(rows) > 20
        for hidden in ("Alma", "Berghaus", STRANGER, "PERSON-1"):
            assert not any(hidden in row for row in rows)
        assert STRANGER not in modelled.whole.logged.getvalue()


class Failing:
    def detect(self, text: str, language: Language) -> Sequence[Span]:
        raise RuntimeError(text)


class Killed:
    def detect(self, text: str, language: Language) -> Sequence[Span]:
        raise SystemExit(text)


class OutOfPlace:
    def detect(self, text: str, language: Language) -> Sequence[Span]:
        return [Span(start=0, end=len(text) + 9, kind=Kind.PERSON)]


class Nothing:
    def detect(self, text: str, language: Language) -> Sequence[Span]:
        return None  # type: ignore[return-value]  # what a broken detector gives


class OnlyOnFacts:
    """Works on the question and fails on what comes after."""

    def __init__(self) -> None:
        self.texts = 0

    def detect(self, text: str, language: Language) -> Sequence[Span]:
        self.texts += 1
        if self.texts > 1:
            raise RuntimeError(text)
        return []


class TestRefused:
    QUESTION = f"{WHEN_PAID} Das fragt Frau {STRANGER}."

    def broken(self, front: Front, monkeypatch: pytest.MonkeyPatch, detector: Detector) -> None:
        desks = front.whole.app.state.desks
        flow, public = front.whole.parts.pipeline, front.whole.parts.public
        monkeypatch.setitem(
            desks, get_pipeline, replace(flow, masking=replace(flow.masking, detector=detector))
        )
        monkeypatch.setitem(desks, get_public_desk, replace(public, detector=detector))

    def assert_clean(self, front: Front, model: ModelServer, response: httpx2.Response) -> None:
        assert model.sent == []
        assert STRANGER not in f"{response.headers} {response.text}"
        assert STRANGER not in front.whole.logged.getvalue()

    @pytest.mark.parametrize("fault", [Failing, Killed, OutOfPlace, Nothing, OnlyOnFacts])
    @pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
    async def test_where_redaction_fails_nothing_leaves_and_the_trail_says_so(
        self,
        modelled: Front,
        model: ModelServer,
        monkeypatch: pytest.MonkeyPatch,
        fault: type[Detector],
        *,
        stream: bool,
    ) -> None:
        """AZ-03, AP-11."""
        headers, path = await asking(modelled.whole)
        self.broken(modelled, monkeypatch, fault())

        refused = await modelled.whole.call(
            "POST", path, headers | (STREAM if stream else {}), {"question": self.QUESTION}
        )

        self.assert_clean(modelled, model, refused)
        if stream:
            name, body = events(refused.text)[-1]
            assert name == "problem"
            assert "text" not in [each for each, _ in events(refused.text)]
        else:
            body = refused.json()
            assert refused.status_code == 503
        assert body["code"] == "unavailable"
        assert body["title"] == NotRedacted.title_de
        entries = await modelled.entries(await modelled.newest_release())
        told = sorted(f"{each['event']}:{each['outcome']}" for each in entries)
        assert "answer_failed:failed" in told
        assert "released:done" in told
        assert not any(entry.startswith("answered") for entry in told)

    async def test_the_twin_with_a_detector_that_works_is_answered(
        self, modelled: Front, model: ModelServer
    ) -> None:
        headers, path = await asking(modelled.whole)

        answered = await modelled.whole.call("POST", path, headers, {"question": self.QUESTION})

        assert answered.status_code == 200, answered.text
        assert len(model.requests) == 1
        assert STRANGER not in model.everything

    async def test_preview_and_public_questions_are_refused_alike(
        self, modelled: Front, model: ModelServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        headers, path = await asking(modelled.whole)
        self.broken(modelled, monkeypatch, Failing())

        public = {"tenant": "bergstrasse", "question": f"Was ist Mehrbedarf, Frau {STRANGER}?"}
        for refused in (
            await modelled.whole.call(
                "POST", f"{path}/preview", headers, {"question": self.QUESTION}
            ),
            await modelled.whole.call("POST", "/v1/questions", {"accept-language": "en"}, public),
        ):
            self.assert_clean(modelled, model, refused)
            assert refused.status_code == 503
            assert refused.json()["title"] in {NotRedacted.title_de, NotRedacted.title_en}

    @pytest.mark.parametrize(
        "content",
        [
            b'{"question": "' + STRANGER.encode() + b' \\ud83d"}',
            b'{"question": "' + STRANGER.encode() + b' \xff"}',
            b'{"question": "' + STRANGER.encode() + b' \xed\xa0\xbd"}',
            json.dumps({"question": STRANGER * 200}).encode(),
            json.dumps({"question": STRANGER, "language": "tlh"}).encode(),
        ],
        ids=["half-a-pair", "no-utf-8", "encoded-half", "oversize", "unknown-language"],
    )
    async def test_what_is_no_text_or_too_much_of_it_is_refused_without_an_echo(
        self, modelled: Front, model: ModelServer, content: bytes
    ) -> None:
        headers, path = await asking(modelled.whole)

        refused = await modelled.whole.call(
            "POST", path, headers | {"content-type": "application/json"}, content=content
        )

        self.assert_clean(modelled, model, refused)
        assert 400 <= refused.status_code < 500
        assert refused.json()["code"] in {"invalid_body", "too_large"}
