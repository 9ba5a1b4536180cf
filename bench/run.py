"""`make bench`: one JSON line a figure, with the baselines of the same run.

    python -m bench.run [rounds]

Everything is real: the embedded database (which does not wait for the disk), the provider's
token, HTTP over loopback. The caller and the database share the machine's cores with the
service, so the figures are what this machine gives all of them together; a question's own are
of one core, which all of them share. Not a test: nothing here passes or fails, and `target`
says what we aim at.
"""

import asyncio
import json
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path
from statistics import mean, quantiles
from tempfile import mkdtemp
from time import perf_counter, process_time
from typing import Final

import httpx2
import psutil

from bench import audit, keys, oversight, redaction
from bench.baselines import insert_milliseconds, presidio_milliseconds, started_empty_route
from bench.clients import QUESTIONS, Caller, Target
from bench.cores import one_core
from bench.identity import measure
from demo.access import Doors, account_named
from demo.processes import Child
from demo.stack import Demo, running, until_ready

ACCOUNT: Final = "erika"
WARM_UP: Final = 30
ROUNDS: Final = 300
CALLERS: Final = 8
SECONDS: Final = 20
SPINS: Final = 1_000_000
MEBIBYTE: Final = 1024 * 1024


def figure(name: str, value: float, unit: str, **more: object) -> None:
    line = {"figure": name, "value": round(value, 2), "unit": unit, **more}
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def main(rounds: int = ROUNDS) -> None:
    folder = Path(mkdtemp(prefix="klarfall-bench-"))
    folder.chmod(0o711)
    try:
        with one_core(), quietly_running(folder, workers=1) as demo:
            target = asyncio.run(target_of(demo, folder))
            machine()
            one_worker(target, rounds)
            machine()
            memory(demo.service)
            baselines(demo, folder)
        with quietly_running(folder, workers=1) as demo:
            machine()
            questions("question on all cores", asyncio.run(target_of(demo, folder)), rounds)
            measure(demo, folder / "demo", figure=figure)
            audit.measure(demo.database, folder / "demo" / "keys", figure)
            redaction.measure(figure)
            keys.measure(figure)
        with quietly_running(folder, workers=2) as demo:
            target = asyncio.run(target_of(demo, folder))
            machine()
            throughput(target)
            memory(demo.service, workers=2)
            oversight.measure(demo, folder / "demo", figure)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def quietly_running(folder: Path, *, workers: int) -> Iterator[Demo]:
    """The figures alone go to standard output."""
    with ExitStack() as parts:
        with redirect_stdout(sys.stderr):
            demo = parts.enter_context(running(folder / "demo", port=None, workers=workers))
        yield demo


async def target_of(demo: Demo, folder: Path) -> Target:
    token = await Doors(demo.place, folder / "demo" / "keys").user_token(account_named(ACCOUNT))
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(base_url=demo.place.url, headers=headers) as client:
        me = (await client.get("/v1/me")).raise_for_status().json()
    mandate = me["mandates"][0]
    return Target(
        demo.place.url,
        f"/v1/cases/{mandate['case_id']}/questions",
        {**headers, "Klarfall-Mandate": str(mandate["id"])},
    )


def one_worker(target: Target, rounds: int) -> None:
    questions("question", target, rounds, aims=(25, 80))
    caller = Caller(target)
    stages: dict[str, list[float]] = {}
    for turn in range(rounds // 3):
        for name, took in caller.stages(QUESTIONS[turn % len(QUESTIONS)]).items():
            stages.setdefault(name, []).append(took)
    whole = sum(mean(each) for each in stages.values())
    for name, each in stages.items():
        figure(f"stage {name}", mean(each), "ms", share=round(mean(each) / whole, 3))
    caller.close()


def questions(
    name: str, target: Target, rounds: int, *, aims: tuple[int, int] | None = None
) -> None:
    """One after the other."""
    caller = Caller(target)
    for turn in range(WARM_UP):
        caller.milliseconds(QUESTIONS[turn % len(QUESTIONS)])
    spent = [caller.milliseconds(QUESTIONS[turn % len(QUESTIONS)]) for turn in range(rounds)]
    percentiles(name, spent, target=aims)
    caller.close()


def percentiles(name: str, spent: list[float], target: tuple[int, int] | None = None) -> None:
    cuts = quantiles(spent, n=100)
    aims = target or (None, None)
    for percent, aim in zip((50, 99), aims, strict=True):
        more = {} if aim is None else {"target": aim}
        figure(f"{name} p{percent}", cuts[percent - 1], "ms", count=len(spent), **more)


def throughput(target: Target) -> None:
    """Questions answered in a second, by callers that each wait for their answer."""
    until = perf_counter() + SECONDS

    def ask_until_then(number: int) -> int:
        caller, answered = Caller(target), 0
        while perf_counter() < until:
            caller.milliseconds(QUESTIONS[(number + answered) % len(QUESTIONS)])
            answered += 1
        caller.close()
        return answered

    with ThreadPoolExecutor(CALLERS) as callers:
        answered = sum(callers.map(ask_until_then, range(CALLERS)))
    figure(
        "throughput", answered / SECONDS, "questions/s", workers=2, callers=CALLERS,
        cores=psutil.cpu_count(), target=60,
    )  # fmt: skip


def memory(service: Child, *, workers: int = 1) -> None:
    """The largest process of the service, after the load."""
    processes = psutil.Process(service.tether.pid).children(recursive=True)
    largest = max(process.memory_info().rss for process in processes)
    figure("worker memory", largest / MEBIBYTE, "MiB", workers=workers, target=400)


def machine() -> None:
    """How fast this machine is just now: shared cores halve and double within minutes."""
    begun = process_time()
    for turn in range(SPINS):
        turn * turn
    figure("machine: a million multiplications", (process_time() - begun) * 1000, "ms")


def baselines(demo: Demo, folder: Path) -> None:
    url, child = started_empty_route(folder)
    try:
        until_ready(f"{url}/nothing", child)
        caller = Caller(Target(url, "/nothing", {}))
        for _ in range(WARM_UP):
            caller.get("/nothing")
        percentiles("baseline: empty route", [caller.get("/nothing") for _ in range(ROUNDS)])
        caller.close()
    finally:
        child.stop()
    percentiles("baseline: bare Presidio pass", presidio_milliseconds())
    plain, audited = asyncio.run(insert_milliseconds(demo.database, folder / "demo" / "keys"))
    figure("baseline: plain insert", plain, "ms")
    figure("audited insert", audited, "ms", times_plain=round(audited / plain, 2))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
