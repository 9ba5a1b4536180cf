"""A time limit for work that may hang.

The work runs in another thread and is given up when its time is over: what waits,
what runs in Python, and every C call that lets go of the interpreter's lock meanwhile.
One that keeps the lock (a runaway `re`) stops all threads of the process, this one, too:
until it returns nothing is answered and nothing leaves, and then it is refused as late.
Such a call could only be ended with its process; `/healthz` does not answer meanwhile,
so whatever supervises the workers does that.
"""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context
from functools import partial
from queue import SimpleQueue
from threading import BoundedSemaphore, Lock, Thread, local
from time import perf_counter
from typing import Final, TypeVar

from app.vocabulary.errors import NotRedacted

T = TypeVar("T")

# Threads at work or given up. With so many of them, one more would not come to its end either.
_MOST: Final = 32
_PLACES: Final = BoundedSemaphore(_MOST)

# Where threads that have nothing to do wait for work, and how many may. To start one takes a
# tenth as long as to read a short text.
_IDLE: Final[list["SimpleQueue[Callable[[], None]]"]] = []
_KEPT: Final = 4
os.register_at_fork(after_in_child=_IDLE.clear)

# Says in a thread of ours that somebody waits for it with a limit already.
_WATCHED: Final = local()


def within(seconds: float, work: Callable[[], T]) -> T:
    """What the work gives.

    Raises NotRedacted where it is late, and whatever stops it, even what would end a
    program, is NotRedacted as well; what went wrong is not passed on, it may quote the text.
    Inside of other work that is watched it runs in place: the limit around both ends it.
    """
    end = perf_counter() + seconds
    done: list[T] = []
    if getattr(_WATCHED, "now", False):
        _run(work, done)
    else:
        over = Lock()  # an Event, with two locks and a queue, takes twice as long to wake who waits
        over.acquire()
        _started(work, done, over.release)
        over.acquire(timeout=max(seconds, 0))  # less than nothing is for ever
    if not done or perf_counter() > end:
        raise NotRedacted
    return done[0]


async def awaited(seconds: float, work: Callable[[], T]) -> T:
    """As `within`, and nobody else waits meanwhile."""
    end = perf_counter() + seconds
    done: list[T] = []
    loop = asyncio.get_running_loop()
    over = asyncio.Event()

    def tell() -> None:
        with suppress(RuntimeError):  # nobody is there to be told any more
            loop.call_soon_threadsafe(over.set)

    _started(work, done, tell)
    with suppress(TimeoutError):
        await asyncio.wait_for(over.wait(), seconds)
    if not done or perf_counter() > end:
        raise NotRedacted
    return done[0]


def _started(work: Callable[[], T], done: list[T], tell: Callable[[], object]) -> None:
    """The work in another thread. Raises NotRedacted where there is none to be had."""
    if not _PLACES.acquire(blocking=False):
        raise NotRedacted
    whole = partial(_do, work, done, tell)
    with suppress(IndexError):
        _IDLE.pop().put(whole)
        return
    with suppress(RuntimeError):  # the system has no thread to give
        Thread(target=_serve, args=[[whole]], name="redaction", daemon=True).start()
        return
    _PLACES.release()
    raise NotRedacted


def _serve(first: list[Callable[[], None]]) -> None:
    """What a thread does, one work after the other; it keeps nothing of any."""
    _WATCHED.now = True
    waiting: SimpleQueue[Callable[[], None]] = SimpleQueue()
    first.pop()()
    while len(_IDLE) < _KEPT:
        _IDLE.append(waiting)
        waiting.get()()


def _do(work: Callable[[], T], done: list[T], tell: Callable[[], object]) -> None:
    try:
        Context().run(_run, work, done)
    finally:
        _PLACES.release()
        tell()


def _run(work: Callable[[], T], done: list[T]) -> None:
    try:
        done.append(work())
    except BaseException:  # noqa: BLE001 - whatever it is, nothing leaves
        done.clear()
