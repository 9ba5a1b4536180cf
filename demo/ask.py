"""Asks one question as a demo citizen and verifies the receipt of the answer.

    python -m demo.ask [--as erika] ["Wann kommt mein Geld und wie viel ist es?"]

Uses the demo that runs, or starts one for as long as it takes. Signs in as a browser does, by
way of the service's own /login and /callback, and asks by the session cookie. Exit code 0 only if
the sign-in held, all eight stages were seen in order, an answer came and its receipt was verified;
the question asked when none is given must be answered from the file. The receipt is verified
against the served log by demo/verify_receipt.py, in a process of its own that imports nothing of
the app.
"""

import asyncio
import json
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, TypeAlias

import httpx2

from app.vocabulary.json import Json
from demo.access import NoSuchAccount, account_named, usual_acr
from demo.processes import Ended
from demo.signin import SignInFailed, browser_session
from demo.stack import NotStarted, end, running, say
from demo.state import FOLDER, ROOT, WITNESS, Place, Running, write_private
from demo.witness import KEY_NAME
from demo.world.accounts import Account
from demo.world.load import NotLoaded

Object: TypeAlias = dict[str, Json]

QUESTION: Final = "Wann kommt mein Geld und wie viel ist es?"
RECEIPT_SECONDS: Final = 20
WITNESS_SECONDS: Final = 4
STAGES: Final = (
    "identity",
    "legitimation",
    "intake",
    "policy",
    "records",
    "redaction",
    "synthesis",
    "answers",
)
FROM_THE_FILE: Final = frozenset({"answered", "partial"})
# What a person may rightly be told instead; anything else is no answer.
SETTLED_OTHERWISE: Final = frozenset(
    {
        "no_information",
        "needs_step_up",
        "needs_consent",
        "out_of_scope",
        "refused_decision",
        "unsafe",
        "crisis",
        "handed_over",
    }
)


class NotHeld(Exception):
    """Something of what was promised did not hold. The message says what."""


def main() -> int:
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, end)
    parser = ArgumentParser(prog="klarfall ask")
    parser.add_argument("--as", dest="account", default="erika", help="the demo account")
    parser.add_argument("question", nargs="?", default=QUESTION)
    chosen = parser.parse_args()
    try:
        account = account_named(chosen.account)
        with ExitStack() as parts:
            place = Place.read(FOLDER)
            if place is None:
                say("Starting the demo")
                place = parts.enter_context(running(FOLDER, port=None)).place
            asyncio.run(converse(place, account, chosen.question))
    except (NoSuchAccount, NotHeld, NotStarted, Ended, NotLoaded, SignInFailed) as failure:
        say(f"\n{failure}")
        return 1
    except Running:
        say("The demo is starting or stopping in another terminal: try again in a moment.")
        return 1
    except httpx2.HTTPError as failure:
        say(f"\nThe service did not answer ({type(failure).__name__}); see .demo/service.log.")
        return 1
    except KeyboardInterrupt:
        say("\nStopped.")
        return 1
    return 0


async def converse(place: Place, account: Account, question: str) -> None:
    """Raises NotHeld at the first thing that does not hold."""
    cookies = await browser_session(place.url, account.tenant, account.name, usual_acr(account))
    async with session_client(place.url, cookies) as client:
        me = await fetched(client, "/v1/me")
        say(f"\nSigned in as {account.display_name} ({me.get('assurance')})")
        mandate = chosen_mandate(me)
        await act_under(client, mandate)
        say(f"Acting for {whom(mandate)} ({mandate.get('kind')})")
        say(f"\n  {question}\n")
        answer = await asked(client, mandate, question)
        tell(answer)
        judge(answer, by_default=question == QUESTION)
        await verify(client, account.tenant, answer)


def session_client(url: str, cookies: Mapping[str, str]) -> httpx2.AsyncClient:
    """As a page of the service calls its API: with the session's cookie, from our own origin.

    The cookie is set by hand: it is Secure, and no client but a browser sends those to 127.0.0.1.
    """
    headers = {"Origin": url, "Klarfall-Request": "1", "Cookie": spelled(cookies)}
    return httpx2.AsyncClient(base_url=url, headers=headers, timeout=60, trust_env=False)


def spelled(cookies: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def whom(mandate: Object) -> str:
    if mandate.get("kind") == "SELF":
        return "themselves"
    return str(mandate.get("acting_for") or "somebody else")


async def act_under(client: httpx2.AsyncClient, mandate: Object) -> None:
    """Chooses for whom to act, where that is not clear yet. The session gets a new id."""
    if mandate.get("active"):
        return
    chosen = await client.post(f"/v1/mandates/{mandate['id']}/activate")
    given = chosen.headers.get("set-cookie", "").partition(";")[0]
    if not chosen.is_success or not given:
        raise NotHeld(f"The mandate could not be chosen: {chosen.status_code}.")
    client.headers["Cookie"] = given


async def fetched(client: httpx2.AsyncClient, path: str) -> Object:
    answer = await client.get(path)
    if not answer.is_success:
        raise NotHeld(f"{path} answered {answer.status_code}.")
    return as_object(answer.json())


def as_object(value: Json) -> Object:
    if not isinstance(value, dict):
        raise NotHeld("The service answered with something else than an object.")
    return value


def objects(value: Json) -> list[Object]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def chosen_mandate(me: Object) -> Object:
    """The person's own, or else the first."""
    mandates = objects(me.get("mandates"))
    if not mandates:
        raise NotHeld(
            "This account may act for nobody, so there is no case to ask about. "
            "A password alone is not enough to be tied to a case."
        )
    return min(mandates, key=lambda each: str(each.get("kind")).upper() != "SELF")


async def asked(client: httpx2.AsyncClient, mandate: Object, question: str) -> Object:
    """Prints the stages as they happen; the answer at the end.

    Raises NotHeld for an answer that did not come by way of all stages, in their order.
    """
    begun = time.monotonic()
    reached: list[str] = []
    async with client.stream(
        "POST",
        f"/v1/cases/{mandate['case_id']}/questions",
        json={"question": question},
        headers={"Accept": "text/event-stream"},
    ) as response:
        if not response.is_success:
            await response.aread()
            raise NotHeld(f"The question was refused: {response.status_code} {response.text}")
        async for event, data in events(response):
            passed = (time.monotonic() - begun) * 1000
            match event, data:
                case "stage", {"stage": str(name)}:
                    reached.append(name)
                    say(f"  {passed:6.0f} ms  {name}")
                case "answer", {"id": str()}:
                    say(f"  {passed:6.0f} ms  answer")
                    all_stages(reached)
                    return as_object(data)
                case "problem", {"title": str(title)}:
                    raise NotHeld(title)
                case _:
                    pass
    raise NotHeld("The stream ended without an answer.")


def all_stages(reached: Sequence[str]) -> None:
    if tuple(reached) != STAGES:
        raise NotHeld(f"The answer did not pass all stages in order: {', '.join(reached)}.")


async def events(response: httpx2.Response) -> AsyncIterator[tuple[str, Json]]:
    """Server-sent events, as the HTML standard writes them."""
    name, lines = "message", list[str]()
    async for line in response.aiter_lines():
        key, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match key:
            case "event":
                name = value
            case "data":
                lines.append(value)
            case "" if not line and lines:
                data: Json = json.loads("\n".join(lines))
                yield name, data
                name, lines = "message", []
            case _:
                pass


def tell(answer: Object) -> None:
    say(f"\n{answer.get('text')}\n")
    say(f"  status     {answer.get('status')}, written by {answer.get('composer')}")
    for each in objects(answer.get("citations")):
        say(f"  source     {each.get('label')} ({each.get('locator')}, {each.get('as_of')})")
    for each in objects(answer.get("used")):
        say(f"  used       {each.get('field')}; to a model: {each.get('to_model')}")
    for each in objects(answer.get("withheld")):
        say(f"  withheld   {each.get('field')}: {each.get('reason')}")


def judge(answer: Object, *, by_default: bool) -> None:
    """The question of `make ask` must be answered from the file; others may end otherwise."""
    status = answer.get("status")
    if status in FROM_THE_FILE:
        return
    if by_default or status not in SETTLED_OTHERWISE:
        raise NotHeld(f"The question was not answered from the file: {status}.")
    say(f"  note       not answered from the file, and said so: {status}")


async def verify(client: httpx2.AsyncClient, tenant: str, answer: Object) -> None:
    """The receipt against the served log, by a program that shares no code with the service."""
    receipt, policy = await included(client, str(answer["id"])), FOLDER / WITNESS / "policy"
    promised = as_object(answer.get("receipt")).get("entry")
    if as_object(json.loads(receipt)).get("entry") != promised:
        raise NotHeld("The receipt is of another entry than the answer says.")
    vkey = await client.get(f"/log/{tenant}/vkey")
    folder = FOLDER / "receipts"
    folder.mkdir(mode=0o700, exist_ok=True)
    document, key = folder / f"{promised}.json", folder / f"{tenant}.vkey"
    write_private(document, receipt)
    write_private(key, vkey.content)
    say(f"  receipt    entry {promised}, kept in {document}")
    asked_for = policy if cosigned(receipt) else None
    if asked_for is None:
        say("  witness    did not cosign it in time: it rests on the log's own signature alone")
    done = await asyncio.to_thread(verdict, document, key, asked_for)
    say(f"  verified   {(done.stdout or done.stderr).strip()}")
    if done.returncode:
        raise NotHeld("The receipt could not be verified.")


def cosigned(receipt: bytes) -> bool:
    """Whether a line of the demo's witness is there. Whether it holds, the verifier says."""
    note = str(as_object(json.loads(receipt)).get("checkpoint"))
    return f"\N{EM DASH} {KEY_NAME} " in note


def verdict(document: Path, key: Path, policy: Path | None) -> "subprocess.CompletedProcess[str]":
    program = ROOT / "demo" / "verify_receipt.py"
    return subprocess.run(
        [sys.executable, "-I", program, document, key, *([] if policy is None else [policy])],
        capture_output=True,
        text=True,
        check=False,
    )


async def included(client: httpx2.AsyncClient, answer: str) -> bytes:
    """The receipt, as soon as the log's next checkpoint covers it and the witness cosigned that.

    For the witness nobody waits long: a second is usual.
    """
    deadline = time.monotonic() + RECEIPT_SECONDS
    patience: float | None = None
    while time.monotonic() < deadline:
        response = await client.get(f"/v1/answers/{answer}/receipt")
        if response.status_code == httpx2.codes.OK:
            patience = patience or time.monotonic() + WITNESS_SECONDS
            if cosigned(response.content) or time.monotonic() >= patience:
                return response.content
            await asyncio.sleep(0.25)
            continue
        if response.status_code != httpx2.codes.ACCEPTED:
            raise NotHeld(f"The receipt was refused: {response.status_code}.")
        await asyncio.sleep(waiting_time(response.headers))
    raise NotHeld("The receipt was not in the log in time.")


def waiting_time(headers: Mapping[str, str]) -> float:
    try:
        return min(float(headers.get("retry-after", "0.5")), 2.0)
    except ValueError:
        return 0.5


if __name__ == "__main__":
    sys.exit(main())
