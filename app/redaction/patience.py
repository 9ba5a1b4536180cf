"""A time limit for work that may hang.

The work runs in a thread of its own and is given up when its time is over: what waits,
what runs in Python, and every C call that lets go of the interpreter's lock meanwhile.
One that keeps the lock (a runaway `re`) stops all threads of the process, this one, too:
until it returns nothing is answered and nothing leaves, and then it is refused as late.
Such a call could only be ended with its process; `/healthz` does not answer meanwhile,
so whatever supervises the workers does that.
"""

from collections.abc import Callable
from threading import BoundedSemaphore, Event, Thread
from time import perf_counter
from typing import Final, TypeVar

from app.vocabulary.errors import NotRedacted

T = TypeVar("T")

# Threads at work or given up. With so many of them, one more would not come to its end either.
_MOST: Final = 32
_PLACES: Final = BoundedSemaphore(_MOST)


def within(seconds: float, work: Callable[[], T]) -> T:
    """What the work gives.

    Raises NotRedacted where it is late, and whatever stops it, even what would end a
    program, is NotRedacted as well; what went wrong is not passed on, it may quote the text.
    """
    end = perf_counter() + seconds
    if not _PLACES.acquire(blocking=False):
        raise NotRedacted
    done: list[T] = []
    over = Event()

    def run() -> None:
        try:
            done.append(work())
        except BaseException:  # noqa: BLE001 - whatever it is, nothing leaves
            done.clear()
        finally:
            _PLACES.release()
            over.set()

    try:
        Thread(target=run, name="redaction", daemon=True).start()
    except RuntimeError:  # the system has no thread to give
        _PLACES.release()
        over.set()
    if not over.wait(seconds) or not done or perf_counter() > end:
        raise NotRedacted
    return done[0]
