"""A caller that costs little itself: one connection kept open, no cookie jar, no redirects."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Final
from urllib.parse import urlsplit

QUESTIONS: Final = (
    "Wann kommt mein Geld und wie viel ist es?",
    "Bis wann ist meine Leistung bewilligt?",
    "Wie hoch ist meine Miete anerkannt?",
    "Welche Unterlagen fehlen noch?",
    "Wer ist für mich zuständig?",
    "How much was paid last month?",
)


class Refused(Exception):
    """The service answered with something else than an answer, so there is nothing to measure."""


@dataclass(frozen=True, slots=True)
class Target:
    """A case to ask about, and the token to ask with."""

    url: str
    path: str
    headers: dict[str, str]


class Caller:
    """One connection. `milliseconds` and `stages` each ask once."""

    def __init__(self, target: Target) -> None:
        split = urlsplit(target.url)
        self._target = target
        self._connection = HTTPConnection(split.hostname or "", split.port, timeout=30)

    def get(self, path: str) -> float:
        begun = time.perf_counter()
        self._connection.request("GET", path)
        response = self._connection.getresponse()
        response.read()
        if response.status != HTTPStatus.OK:
            raise Refused(f"{path} answered {response.status}")
        return (time.perf_counter() - begun) * 1000

    def milliseconds(self, question: str) -> float:
        """From the request to the whole answer."""
        begun = time.perf_counter()
        self._ask(question, "application/json")
        response = self._connection.getresponse()
        answer = json.loads(response.read())
        if response.status != HTTPStatus.OK or answer["status"] not in {"answered", "partial"}:
            raise Refused(f"a question was answered {response.status} {answer.get('status')}")
        return (time.perf_counter() - begun) * 1000

    def stages(self, question: str) -> dict[str, float]:
        """How long each stage took: the stream says when one is done."""
        before = time.perf_counter()
        self._ask(question, "text/event-stream")
        took: dict[str, float] = {}
        for name, at in self._done():
            took[name] = (at - before) * 1000
            before = at
        return took

    def close(self) -> None:
        self._connection.close()

    def _ask(self, question: str, accept: str) -> None:
        body = json.dumps({"question": question}).encode()
        headers = {**self._target.headers, "Content-Type": "application/json", "Accept": accept}
        self._connection.request("POST", self._target.path, body=body, headers=headers)

    def _done(self) -> Iterator[tuple[str, float]]:
        response, event = self._connection.getresponse(), ""
        for line in response:
            key, _, value = line.decode().rstrip().partition(": ")
            if key == "event":
                event = value
            elif key == "data" and event == "stage":
                yield json.loads(value)["stage"], time.perf_counter()
        if response.status != HTTPStatus.OK:
            raise Refused(f"a streamed question was answered {response.status}")
