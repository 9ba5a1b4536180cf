"""What people do at the running product while its parts are killed, and what they were told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import cycle
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Final

import httpx2

from tests.system.callers import Citizen, Integrator, Json
from tests.system.households import Lot, drawn
from tests.system.ledger import Deed, Ledger, Refused, until_answered
from tests.system.running import CROWD, System

QUESTIONS: Final = (
    "Wann kommt mein Geld und wie viel ist es?",
    "Welche Unterlagen fehlen noch?",
    "When is my next appointment?",
)
CHANCE_OF: Final = 20_000


class Fate(StrEnum):
    """Whether somebody is erased, and when: before the backup is taken or after it."""

    EARLY = "early"
    LATE = "late"
    STAYS = "stays"


@dataclass
class Life:
    """One person with a case of their own. `ids` are theirs once the case was pushed."""

    number: int
    ref: str
    fate: Fate
    system: System
    ledger: Ledger
    urls: Iterator[str]
    ids: dict[str, str] = field(default_factory=dict)
    lived: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self.citizen = Citizen(self.system, self.system.url, account=CROWD[self.number])

    def document(self) -> Json:
        made = drawn(Lot.of(CHANCE_OF + self.number))
        made["persons"][0]["ref"] = f"{self.ref}-p"
        made["persons"][0]["fields"]["person.name"] = {"given": f"{self.ref}a", "family": self.ref}
        return made

    def arrive(self, office: Integrator) -> None:
        """Pushed, given a code, bound. A code whose use was not confirmed may have been used."""
        where = f"/v1/integration/cases/{self.ref}"
        pushed = self.told(Deed.PUSH, office, "PUT", where, self.document())
        (person,) = pushed["persons"].values()
        self.ids = {"case": str(pushed["case_id"]), "person": str(person)}
        order = {"case": self.ref, "person": f"{self.ref}-p"}
        code = self.told(Deed.CODE, office, "POST", "/v1/integration/activation-codes", order)
        try:
            body = {"activation_code": code["code"]}
            self.told(Deed.BIND, self.citizen, "POST", "/v1/bindings", body)
        except Refused:
            assert self.ledger.cut[Deed.BIND, self.ref] > 0
        assert self.seen("/v1/me")["mandates"]

    def live(self, rounds: int) -> None:
        me = self.citizen
        at = f"/v1/cases/{self.ids['case']}"
        choices = self.seen(f"{at}/consents")["choices"]
        for turn in range(rounds):
            choice = choices[turn % len(choices)]
            consent = f"{at}/consents/{choice['field']}/{choice['purpose']}"
            self.ask(at, turn)
            granted = {"decision": "granted", "notice": choice["notice"]}
            self.told(Deed.GRANT, me, "PUT", consent, granted)
            answer = self.ask(at, turn + 1)
            self.told(Deed.LOOK, me, "GET", "/v1/me/access-log")
            self.told(Deed.WITHDRAW, me, "DELETE", consent)
            self.ask(at, turn + 2)
            self.told(Deed.READ, me, "GET", f"/v1/answers/{answer}")
        self.lived.set()

    def ask(self, at: str, turn: int) -> str:
        body = {"question": QUESTIONS[turn % len(QUESTIONS)]}
        answer = self.told(Deed.ASK, self.citizen, "POST", f"{at}/questions", body)
        self.ledger.note(answer, str(answer["receipt"]["entry"]))
        return str(answer["id"])

    def leave(self, office: Integrator) -> None:
        """Asked for by the person, approved by the office; erased when that answers."""
        asked = self.told(Deed.LEAVE, self.citizen, "POST", "/v1/me/erasure-requests")
        (request,) = asked["requests"]
        path = f"/v1/integration/erasure-requests/{request['id']}/decision"
        done = self.told(Deed.FORGET, office, "PUT", path, {"decision": "approved"})
        assert done["state"] == "erased", done

    def told(
        self, deed: Deed, who: Citizen | Integrator, method: str, path: str, body: object = None
    ) -> Json:
        def call() -> httpx2.Response:
            who.url = next(self.urls)
            return who.call(method, path, body)

        answer = self.ledger.until_told(deed, self.ref, call)
        return dict(answer.json()) if answer.content else {}

    def seen(self, path: str) -> Json:
        """For what leaves no entry."""

        def call() -> httpx2.Response:
            self.citizen.url = next(self.urls)
            return self.citizen.call("GET", path)

        return dict(until_answered(call).json())


@dataclass
class Crowd:
    """Several clients at once, each living one life after the other."""

    system: System
    urls: Sequence[str]
    salt: str
    size: int
    rounds: int
    clients: int = 3
    ledger: Ledger = field(default_factory=Ledger)
    backed_up: Event = field(default_factory=Event)
    failures: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        fates = cycle((Fate.EARLY, Fate.LATE, Fate.STAYS))
        self.lives = [
            Life(number, self._ref(number, fate), fate, self.system, self.ledger, cycle(self.urls))
            for number, fate in zip(range(self.size), fates, strict=False)
        ]
        self._waiting: SimpleQueue[Life] = SimpleQueue()
        for life in self.lives:
            self._waiting.put(life)
        self._threads = [Thread(target=self._client, daemon=True) for _ in range(self.clients)]

    def _ref(self, number: int, fate: Fate) -> str:
        """Those who will be erased have a word in theirs that nobody else has."""
        return f"bleibt{number}-{self.salt}" if fate is Fate.STAYS else f"{self.word}{number}"

    def start(self) -> None:
        for each in self._threads:
            each.start()

    @property
    def word(self) -> str:
        return f"kanarien{self.salt}x"

    @property
    def busy(self) -> bool:
        return any(each.is_alive() for each in self._threads)

    def of(self, *fates: Fate) -> list[Life]:
        return [life for life in self.lives if life.fate in fates]

    def _client(self) -> None:
        office, mine = Integrator(self.system, self.system.url), list[Life]()
        try:
            while True:
                try:
                    life = self._waiting.get_nowait()
                except Empty:
                    break
                mine.append(life)
                life.arrive(office)
                life.live(self.rounds)
                if life.fate is Fate.EARLY:
                    life.leave(office)
            self.backed_up.wait()
            for life in mine:
                if life.fate is Fate.LATE:
                    life.leave(office)
        except BaseException as failure:  # noqa: BLE001 - told by the test, which waits for us
            self.failures.append(failure)
