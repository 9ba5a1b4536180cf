"""Who calls the running product: citizens with a token or a browser's cookie, and the office."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from demo.access import Doors
from demo.proofs import Holder
from demo.signin import access_token, browser_session
from demo.world.offices import Tenant
from tests.system.running import System

# Any: what the product answers is looked at as JSON, by members a test names.
Json = dict[str, Any]

# Tokens of the demo last five minutes.
_TOKEN_SECONDS = 200
PATIENCE_SECONDS = 30


@dataclass
class Caller:
    """`heard` is every answer it was given, headers included: the place to look for leaks."""

    system: System
    url: str
    tenant: Tenant = "bergstrasse"
    heard: list[str] = field(default_factory=list)
    _token: tuple[float, str] | None = None
    holder: Holder | None = None

    def authorization(self) -> dict[str, str]:
        if self._token is None or time.monotonic() - self._token[0] > _TOKEN_SECONDS:
            self._token = (time.monotonic(), asyncio.run(self.new_token()))
        return {"Authorization": f"{self.scheme} {self._token[1]}"}

    @property
    def scheme(self) -> str:
        return "Bearer" if self.holder is None else "DPoP"

    async def new_token(self) -> str:
        raise NotImplementedError

    def call(
        self,
        method: str,
        path: str,
        body: object | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        anonymous: bool = False,
    ) -> httpx2.Response:
        given = {**({} if anonymous else self.authorization()), **(headers or {})}
        if body is not None:
            content = json.dumps(body).encode()
            given.setdefault("Content-Type", "application/json")
        response = httpx2.request(
            method,
            f"{self.url}{path}",
            headers=given,
            content=content,
            auth=self.holder,
            timeout=60,
            trust_env=False,
        )
        self.heard.append(f"{method} {path}\n{response.headers}\n{response.text}")
        return response

    def told(self, method: str, path: str, body: object | None = None, **more: Any) -> Json:
        """The answer's JSON; the call must succeed."""
        response = self.call(method, path, body, **more)
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
        return dict(response.json()) if response.content else {}


@dataclass
class Citizen(Caller):
    account: str = ""
    acr: str = "substantial"
    mandate: Json | None = None

    async def new_token(self) -> str:
        return await access_token(
            self.system.place.issuer,
            self.account,
            tenant_audience=f"{self.system.url}/t/{self.tenant}",
            acr=self.acr,
        )

    def at(self, url: str) -> "Citizen":
        """The same person, asking another of the services."""
        return Citizen(
            self.system, url, self.tenant, self.heard, self._token, self.holder, self.account,
            self.acr, self.mandate,
        )  # fmt: skip

    def acting(self) -> Json:
        """The mandate the calls are made under: the person's own, or else the first."""
        if self.mandate is None:
            mandates = self.told("GET", "/v1/me")["mandates"]
            self.mandate = min(mandates, key=lambda each: str(each["kind"]) != "SELF")
        return self.mandate

    @property
    def case(self) -> str:
        return f"/v1/cases/{self.acting()['case_id']}"

    @property
    def subject(self) -> str:
        return str(self.acting()["subject"])

    def named(self) -> dict[str, str]:
        return {"Klarfall-Mandate": str(self.acting()["id"])}

    def bind(self, code: str) -> Json:
        return self.told("POST", "/v1/bindings", {"activation_code": code})

    def ask(self, question: str, **more: str) -> Json:
        body = {"question": question, **more}
        return self.told("POST", f"{self.case}/questions", body, headers=self.named())

    def preview(self, question: str, **more: str) -> Json:
        body = {"question": question, **more}
        return self.told("POST", f"{self.case}/questions/preview", body, headers=self.named())

    def stream(self, question: str, **more: str) -> list[tuple[str, Json]]:
        """The events of one question, in order."""
        response = self.call(
            "POST",
            f"{self.case}/questions",
            {"question": question, **more},
            headers={**self.named(), "Accept": "text/event-stream"},
        )
        assert response.is_success, response.text
        return [_event(block) for block in response.text.split("\n\n") if block]

    def receipt(self, answer: Json) -> bytes:
        """The receipt, as soon as the log's next checkpoint covers it."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            response = self.call("GET", f"/v1/answers/{answer['id']}/receipt")
            if response.status_code == httpx2.codes.OK:
                return response.content
            assert response.status_code == httpx2.codes.ACCEPTED, response.text
            time.sleep(0.3)
        raise AssertionError("the receipt was not included in time")


@dataclass
class Integrator(Caller):
    """Its tokens are bound to its key, and each call is signed with it."""

    def __post_init__(self) -> None:
        self.holder = Doors(self.system.place, self.system.folder / "keys").holder()

    async def new_token(self) -> str:
        doors = Doors(self.system.place, self.system.folder / "keys")
        return await doors.machine_token(self.tenant)

    def push(self, ref: str, document: Json) -> Json:
        return self.told("PUT", f"/v1/integration/cases/{ref}", document)

    def code(self, case: str, person: str) -> str:
        order = {"case": case, "person": person}
        return str(self.told("POST", "/v1/integration/activation-codes", order)["code"])


@dataclass
class Browser:
    """A session by cookie, as the pages of the product have it, and no access token."""

    system: System
    cookies: dict[str, str]

    @classmethod
    def signed_in(cls, system: System, account: str, tenant: Tenant = "bergstrasse") -> "Browser":
        return cls(system, asyncio.run(browser_session(system.url, tenant, account)))

    def call(
        self,
        method: str,
        path: str,
        body: object | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """Cookies by hand: they are Secure, which a client keeps back on http."""
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        response = httpx2.request(
            method,
            f"{self.system.url}{path}",
            headers={"Cookie": pairs, **(headers or {})},
            json=body,
            data=None if form is None else dict(form),
            timeout=60,
            trust_env=False,
        )
        for given in response.headers.get_list("set-cookie"):
            name, _, rest = given.partition("=")
            value = rest.partition(";")[0].strip('"')
            if value and "max-age=0" not in rest.lower():
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        return response

    def own(self) -> dict[str, str]:
        """What a script of our own page sends along with a call that changes something."""
        return {"Klarfall-Request": "1", "Origin": self.system.url}


def _event(block: str) -> tuple[str, Json]:
    name, data = "message", ""
    for line in block.split("\n"):
        key, _, value = line.partition(": ")
        if key == "event":
            name = value
        elif key == "data":
            data += value
    return name, dict(json.loads(data))
