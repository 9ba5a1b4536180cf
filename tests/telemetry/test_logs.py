"""Log lines: one JSON object each, and no way to write another one into them."""

import ast
import io
import json
import logging
from collections.abc import Iterator
from datetime import datetime

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from app.telemetry import logs
from app.telemetry.attributes import Configured
from app.telemetry.logs import Level, Message, say
from app.vocabulary.ids import random_id
from app.vocabulary.levels import Language
from tests.fixtures import ROOT
from tests.sources import parsed

CANARY = "Quittengelee"
HOSTILE = f'{CANARY}\r\n{{"event": "forged"}}\x1b[31m\u2028\u0085\x00'


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    before = logging.getLogger().handlers[:], logging.getLogger().level
    written = io.StringIO()
    logs.configure(written)
    yield written
    logging.getLogger().handlers, logging.getLogger().level = before


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().split("\n") if line]


def test_a_line_is_one_json_object_with_its_time(stream: io.StringIO) -> None:
    answer = random_id()
    say(Message.STARTED, answer=answer, language=Language.DE, count=3)

    (line,) = lines(stream)
    assert line.keys() == {"at", "level", "answer", "language", "count", "event"}
    assert (line["event"], line["level"]) == ("started", "info")
    assert line["answer"] == str(answer)
    assert datetime.fromisoformat(str(line["at"])).tzinfo is not None


def test_what_is_not_on_the_list_is_not_in_the_line(stream: io.StringIO) -> None:
    say(Message.REQUEST_FAILED, level=Level.ERROR, question=CANARY, language=CANARY, error=CANARY)

    assert CANARY not in stream.getvalue()
    assert lines(stream)[0].keys() == {"at", "level", "event"}


@given(st.text())
def test_no_text_makes_a_second_line_or_moves_a_terminal(text: str) -> None:
    """AP-13."""
    stream = io.StringIO()
    logs.configure(stream)

    say(Message.REQUEST_REFUSED, error=Configured(text))

    written = stream.getvalue()
    assert written.endswith("\n")
    assert all(0x20 <= ord(character) < 0x7F for character in written[:-1])
    assert json.loads(written)["error"] == text


def test_a_hostile_text_stays_in_its_line(stream: io.StringIO) -> None:
    """AP-13."""
    say(Message.REQUEST_REFUSED, error=Configured(HOSTILE))

    (line,) = lines(stream)
    assert line["error"] == HOSTILE
    assert line["event"] == "request refused"
    assert "\x1b" not in stream.getvalue()
    assert stream.getvalue().count("\n") == 1


def test_a_library_is_named_and_not_quoted(stream: io.StringIO) -> None:
    logging.getLogger("sqlalchemy.engine").error("SELECT %s %s", CANARY, HOSTILE)

    (line,) = lines(stream)
    assert CANARY not in stream.getvalue()
    assert line["logger"] == "sqlalchemy.engine"
    assert (line["event"], line["level"]) == ("library", "error")


def test_a_librarys_exception_is_reduced_to_its_class(stream: io.StringIO) -> None:
    """AP-11, AP-13."""
    try:
        json.loads(CANARY)
    except ValueError:
        logging.getLogger("some_library").exception("failed with %s", CANARY)

    (line,) = lines(stream)
    assert CANARY not in stream.getvalue()
    assert line["error"] == "JSONDecodeError"


def test_a_librarys_chatter_is_not_heard(stream: io.StringIO) -> None:
    logging.getLogger("some_library").info(CANARY)
    logging.getLogger("uvicorn.access").info("GET /%s", CANARY)

    assert stream.getvalue() == ""


def test_the_servers_own_log_goes_the_same_way(stream: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").handlers = [logging.StreamHandler(stream)]
    logs.configure(stream)

    logging.getLogger("uvicorn.error").warning(CANARY)

    assert CANARY not in stream.getvalue()
    assert lines(stream)[0]["logger"] == "uvicorn.error"


def test_what_json_has_no_form_for_is_left_unsaid(stream: io.StringIO) -> None:
    """Nothing of ours gets here past the list; this is for what somebody binds beside it."""
    structlog.get_logger().info("started", thing=object())

    assert lines(stream)[0]["thing"] == "?"


def test_nobody_logs_but_through_the_closed_list() -> None:
    """Elsewhere `logging` is taken hold of only where a library is quietened."""
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "app").rglob("*.py")
        for node in ast.walk(parsed(path.read_text()))
        if isinstance(node, ast.Import)
        and {alias.name for alias in node.names} & {"logging", "structlog"}
    }

    assert found == {
        "app/telemetry/logs.py",
        "app/redaction/engine.py",
        "app/synthesis/model.py",
    }
