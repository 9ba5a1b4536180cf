"""Work that may hang is given up, whoever waits for it and however deep it is."""

import asyncio
import gc
import threading
import weakref
from contextvars import ContextVar
from functools import partial

import pytest

from app.redaction import patience
from app.redaction.patience import awaited, within
from app.vocabulary.errors import NotRedacted

_MARK: ContextVar[str | None] = ContextVar("mark")


def thread() -> threading.Thread:
    return threading.current_thread()


def failing() -> None:
    raise ValueError("Alma Berg")


async def test_what_is_awaited_is_what_the_work_gives() -> None:
    assert await awaited(60, lambda: "done") == "done"


async def test_a_whole_request_takes_one_thread_however_many_texts_it_has() -> None:
    def several() -> list[threading.Thread]:
        return [thread(), within(60, thread), within(60, partial(within, 60, thread))]

    used = await awaited(60, several)

    assert len(set(used)) == 1
    assert thread() not in used
    assert within(60, thread) is not thread()


@pytest.mark.parametrize("seconds", [0, -1, -2.5])
def test_without_any_time_nothing_is_given(seconds: float) -> None:
    with pytest.raises(NotRedacted):
        within(seconds, lambda: "done")


def test_a_thread_that_is_done_waits_for_the_next_work_and_keeps_nothing_of_the_last() -> None:
    class Text:
        """What a work may hold on to."""

    def held(text: Text) -> tuple[threading.Thread, "weakref.ref[Text]"]:
        _MARK.set("told")
        return thread(), weakref.ref(text)

    before = [within(60, partial(held, Text())) for _ in range(20)]
    after = [within(60, lambda: (thread(), _MARK.get(None))) for _ in range(20)]

    assert len({used for used, _ in (*before, *after)}) < 20
    assert {told for _, told in after} == {None}
    for _ in range(1_000):
        gc.collect()
        if not any(text() for _, text in before):
            break
    assert not any(text() for _, text in before)


def test_a_thread_that_was_given_up_takes_no_other_work_before_it_is_done() -> None:
    go_on = threading.Event()
    begun: list[threading.Thread] = []

    def hangs() -> None:
        begun.append(thread())
        go_on.wait(3600)

    try:
        with pytest.raises(NotRedacted):
            within(0.05, hangs)
        assert begun[0] not in [within(60, thread) for _ in range(20)]
    finally:
        go_on.set()


async def test_what_hangs_deep_inside_is_given_up_by_the_limit_around_it() -> None:
    go_on = threading.Event()
    asked = asyncio.get_running_loop().time()
    ticks = 0

    async def others() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.001)
            ticks += 1

    waiting = asyncio.create_task(others())
    try:
        with pytest.raises(NotRedacted):
            await awaited(0.05, partial(within, 3600, partial(go_on.wait, 3600)))
    finally:
        go_on.set()
        waiting.cancel()
    assert asyncio.get_running_loop().time() - asked >= 0.05
    assert ticks > 1


async def test_what_is_late_inside_is_refused_though_it_came_to_its_end() -> None:
    def late() -> str:
        threading.Event().wait(0.02)
        return "late"

    with pytest.raises(NotRedacted):
        await awaited(60, partial(within, 0.001, late))
    assert await awaited(60, partial(within, 60, late)) == "late"


@pytest.mark.parametrize("work", [failing, partial(within, 60, failing)], ids=["here", "deeper"])
async def test_what_fails_is_refused_and_not_quoted(work: partial[None]) -> None:
    with pytest.raises(NotRedacted) as refused:
        await awaited(60, work)
    assert refused.value.__context__ is None
    assert "Alma" not in f"{refused.value!r} {refused.value}"


async def test_without_a_thread_to_be_had_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(patience, "_IDLE", [])
        patched.setattr(threading.Thread, "start", none)
        for _ in range(100):
            with pytest.raises(NotRedacted):
                await awaited(60, thread)
    assert await awaited(60, lambda: "again") == "again"
