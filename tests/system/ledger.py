"""What clients were told, and what they asked for without being told anything."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock
from typing import Final

import httpx2

PATIENCE_SECONDS: Final = 120
_AGAIN_SECONDS: Final = 0.05


class Deed(StrEnum):
    """By the entry that each leaves."""

    PUSH = "case_pushed"
    CODE = "activation_code_issued"
    BIND = "binding_created"
    ASK = "released"
    READ = "answer_read"
    GRANT = "consent_changed granted"
    WITHDRAW = "consent_changed withdrawn"
    LOOK = "access_log_read"
    LEAVE = "erasure_requested"
    FORGET = "erasure_decided"


class Refused(Exception):
    """An answer that is neither a success nor asks to come again."""


@dataclass
class Ledger:
    """`told`: answered 2xx. `cut`: no answer, or 5xx, so that it may have happened or not.

    Both by deed and by the person's reference. `answers` are the ids of answers given, with the
    entry each of them names.
    """

    told: Counter[tuple[Deed, str]] = field(default_factory=Counter)
    cut: Counter[tuple[Deed, str]] = field(default_factory=Counter)
    answers: dict[str, str] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def total(self) -> int:
        with self._lock:
            return self.told.total()

    def until_told(
        self, deed: Deed, ref: str, call: Callable[[], httpx2.Response]
    ) -> httpx2.Response:
        """Asked again as long as there is no answer. Raises Refused for a 4xx."""

        def cut() -> None:
            with self._lock:
                self.cut[deed, ref] += 1

        answer = until_answered(call, cut)
        with self._lock:
            self.told[deed, ref] += 1
        return answer

    def note(self, answer: dict[str, object], entry: str) -> None:
        with self._lock:
            assert str(answer["id"]) not in self.answers, "two answers of one id"
            self.answers[str(answer["id"])] = entry


def until_answered(
    call: Callable[[], httpx2.Response], cut: Callable[[], None] = lambda: None
) -> httpx2.Response:
    """The first success. `cut` hears of each try without an answer. Raises Refused for a 4xx."""
    deadline, last = time.monotonic() + PATIENCE_SECONDS, ""
    while time.monotonic() < deadline:
        try:
            answer = call()
        except httpx2.HTTPError as error:
            last = type(error).__name__
        else:
            if answer.is_success:
                return answer
            last = f"{answer.request.method} {answer.request.url.path}: {answer.status_code}"
            if answer.is_client_error:
                raise Refused(f"{last} {answer.text}")
        cut()
        time.sleep(_AGAIN_SECONDS)
    raise TimeoutError(f"not answered in {PATIENCE_SECONDS} s, at last {last}")
