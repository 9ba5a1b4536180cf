"""The whole demo, started part by part and stopped as one.

    python -m demo.stack

PostgreSQL, migrations, keys, the identity provider, the service, the invented world. Each
part is tied to this process (see tether.py): however it ends, they end with it.
"""

import asyncio
import json
import os
import signal
import socket
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

import httpx2

from app.audit.signing import signing_key
from app.vocabulary.dates import today
from demo import postgres, witness
from demo.access import LEVELS, Doors
from demo.migrations import migrate
from demo.processes import Child, Ended, start
from demo.signin import PASSWORD, SignInFailed
from demo.state import (
    FOLDER,
    ROOT,
    TENANTS,
    WITNESS,
    Place,
    Running,
    ensure_secrets,
    held,
    remember_port,
    remembered_port,
    write_private,
)
from demo.world.load import Loaded, NotLoaded, load
from demo.world.world import World, accounts_json, build

HOST: Final = "127.0.0.1"
PATIENCE_SECONDS: Final = 120
HEARTBEAT_SECONDS: Final = 5
MISSED_AT_MOST: Final = 3


class NotStarted(Exception):
    """The message is the sentence the person reads."""


@dataclass(frozen=True, slots=True)
class Demo:
    place: Place
    database: postgres.Server
    service: Child


def say(line: str) -> None:
    print(line, flush=True)


def main() -> int:
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, end)
    port = int(os.environ.get("KLARFALL_PORT", "8000"))
    workers = int(os.environ.get("KLARFALL_WORKERS", "1"))
    try:
        with running(FOLDER, port=port, workers=workers) as demo:
            welcome(demo.place, build(today(lambda: datetime.now(UTC))))
            watch(demo.place)
    except Running:
        say("The demo is running already from this folder: see the terminal it was started in.")
        return 1
    except (NotStarted, Ended, NotLoaded, SignInFailed) as failure:
        say(f"\n{failure}")
        return 1
    except KeyboardInterrupt:
        say(
            "\nStopped. Nothing is left running; the data stays in .demo (`make clean` removes it)."
        )
    return 0


def end(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


@contextmanager
def running(folder: Path, *, port: int | None, workers: int = 1) -> Iterator[Demo]:
    """Everything up and the world loaded. `port` None takes a free one."""
    with ExitStack() as parts:
        parts.enter_context(held(folder))
        if port is not None and taken(port):
            raise NotStarted(
                f"Port {port} is taken. Stop what listens there, "
                f"or say another: KLARFALL_PORT={port + 1} make demo"
            )
        place = Place(
            url=f"http://{HOST}:{port or postgres.free_port()}",
            issuer=f"http://{HOST}:{provider_port(folder)}",
            pid=os.getpid(),
        )
        world = build(today(lambda: datetime.now(UTC)))
        with step("PostgreSQL"):
            server = parts.enter_context(postgres.running(folder / "postgres"))
        with step("Migrations"):
            anew = migrate(server, folder)
        if anew:
            say("    (the database in this folder was another version's: made anew)")
        with step("Keys and identity provider"):
            ensure_secrets(folder)
            if anew:
                witness.forget(folder / WITNESS)
            parts.callback(started_witness(folder).stop)
            provider = started_provider(folder, place, world)
            parts.callback(provider.stop)
        with step("Service"):
            service = started_service(folder, place, server.app_url(), workers)
            parts.callback(service.stop)
            until_ready(place.url + "/readyz", service)
        with step("Demo world"):
            asyncio.run(load_world(place, folder, world))
        place.write(folder)
        parts.callback((folder / "place.json").unlink, missing_ok=True)
        yield Demo(place, server, service)


@contextmanager
def step(what: str) -> Iterator[None]:
    begun = time.monotonic()
    print(f"  {what} … ", end="", flush=True)
    try:
        yield
    except BaseException:
        say("failed")
        raise
    print(f"{time.monotonic() - begun:.1f} s", flush=True)


def provider_port(folder: Path) -> int:
    """The same as last time where it can be: who signed in is known by issuer and number."""
    return kept_port(folder, "provider")


def kept_port(folder: Path, name: str) -> int:
    port = remembered_port(folder, name)
    if port is None or taken(port):
        port = postgres.free_port()
    remember_port(folder, name, port)
    return port


def started_witness(folder: Path) -> Child:
    """Nobody waits for it: the service asks every second, and goes on where nobody answers."""
    port = kept_port(folder, "witness")
    witness.write_policy(folder / WITNESS, port)
    logs = [log_key(folder, name) for name in TENANTS]
    return start(
        "The witness",
        [sys.executable, "-m", "demo.witness", folder / WITNESS, str(port), *logs],
        log=folder / "witness.log",
        folder=ROOT,
    )


def log_key(folder: Path, tenant: str) -> str:
    """The public key of this tenant's log, as its file names the log."""
    content = tomllib.loads((ROOT / "tenants" / f"{tenant}.toml").read_text("utf-8"))
    key = signing_key(content["log"]["origin"], folder / "keys" / f"log-{tenant}.pem")
    return key.verifier.vkey


def taken(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError:
            return True
    return False


def started_provider(folder: Path, place: Place, world: World) -> Child:
    accounts = [
        {
            "account": each["account"],
            "sub": sha256(f"demo account {each['account']}".encode()).hexdigest()[:32],
            "given_name": each["given_name"],
            "family_name": each["family_name"],
            "birthdate": each["birthdate"],
            "levels": LEVELS[: LEVELS.index(str(each["highest_acr"])) + 1],
        }
        for each in accounts_json(world)
    ]
    write_private(folder / "accounts.json", json.dumps(accounts).encode())
    child = start(
        "The identity provider",
        [Path(sys.executable).with_name("node"), ROOT / "demo" / "provider" / "server.mjs"],
        log=folder / "provider.log",
        environment={
            "PATH": os.environ.get("PATH", ""),
            "NODE_ENV": "production",
            "KLARFALL_PROVIDER_PORT": place.issuer.rpartition(":")[2],
            "KLARFALL_PROVIDER_KEYS": str(folder / "keys"),
            "KLARFALL_PROVIDER_ACCOUNTS": str(folder / "accounts.json"),
            "KLARFALL_PUBLIC_URL": place.url,
            "KLARFALL_TENANTS": ",".join(f"{name}:{profile_of(name)}" for name in TENANTS),
        },
    )
    try:
        until_ready(f"{place.issuer}/.well-known/openid-configuration", child)
    except BaseException:
        child.stop()
        raise
    return child


def profile_of(tenant: str) -> str:
    """How this tenant's web client talks to its provider, as the tenant's own file says."""
    content = tomllib.loads((ROOT / "tenants" / f"{tenant}.toml").read_text("utf-8"))
    return str(content["identity"]["profile"])


def started_service(folder: Path, place: Place, database_url: str, workers: int) -> Child:
    port = place.url.rpartition(":")[2]
    return start(
        "The service",
        [sys.executable, "-m", "app.web.cli", "serve", "--port", port, "--workers", str(workers)],
        log=folder / "service.log",
        folder=ROOT,
        environment={**os.environ, **service_environment(folder, place, database_url)},
    )


def service_environment(folder: Path, place: Place, database_url: str) -> Mapping[str, str]:
    """What the service is told. The model is whatever the person's own environment says."""
    return {
        "KLARFALL_ENVIRONMENT": "demo",
        "KLARFALL_DATABASE_URL": database_url,
        "KLARFALL_PUBLIC_URL": place.url,
        "KLARFALL_STATE": str(folder),
        "KLARFALL_ERASURE_LIST": str(folder / "erased"),
        "KLARFALL_DEMO_ISSUER": place.issuer,
    }


def until_ready(url: str, child: Child) -> None:
    """Raises Ended when the child ends first, NotStarted when it takes too long."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    told = ""
    while time.monotonic() < deadline:
        child.must_run()
        try:
            answer = httpx2.get(url, timeout=5, trust_env=False)
        except httpx2.HTTPError:
            pass
        else:
            if answer.is_success:
                return
            told = answer.text[:500]
        time.sleep(0.1)
    raise NotStarted(f"{child.name} is not ready. {told} Its output is in {child.log}.")


async def load_world(place: Place, folder: Path, world: World) -> Loaded:
    """Brought in through the same doors as everybody uses. Loading again changes nothing."""
    doors = Doors(place, folder / "keys")
    return await load(
        world,
        base_url=place.url,
        machine_token=doors.machine_token,
        user_token=doors.user_token,
        holder=doors.holder(),
    )


def welcome(place: Place, world: World) -> None:
    say(f"\nKlarfall is at {place.url}\n")
    say(f"Sign in as one of these; the password is always {PASSWORD}:\n")
    for each in world.accounts:
        if each.acr is not None:
            say(f"  {each.name:<11} {each.display_name:<20} {each.tenant:<12} {each.try_this}")
    first = world.accounts[0]
    say(f'\nA first thing to try: sign in as {first.name} and ask "{first.try_this}"')
    say(f"For the API: .venv/bin/klarfall demo token --as {first.name}")
    say("\nCtrl-C stops everything.")


def watch(place: Place) -> NoReturn:
    """Until stopped. Raises NotStarted when the service does not answer any more."""
    failures = 0
    while True:
        time.sleep(HEARTBEAT_SECONDS)
        try:
            httpx2.get(f"{place.url}/healthz", timeout=5, trust_env=False).raise_for_status()
        except httpx2.HTTPError:
            failures += 1
            if failures == MISSED_AT_MOST:
                raise NotStarted("The service stopped answering; see .demo/service.log.") from None
        else:
            failures = 0


if __name__ == "__main__":
    sys.exit(main())
