"""Looking up again while a model is slow: who was signed out meanwhile waits for nothing more."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from datetime import timedelta
from typing import Final, TypeVar

T = TypeVar("T")

# Signing out elsewhere must show within a second (SE-08).
EVERY: Final = timedelta(milliseconds=400)


async def watched(
    pieces: AsyncGenerator[T, None],
    look: Callable[[], Awaitable[None]],
    *,
    every: timedelta = EVERY,
) -> AsyncGenerator[T, None]:
    """The pieces as they come. While one is awaited, `look` is called now and then, and may raise.

    Then the piece is not awaited any longer, so that a model is not asked on for nobody.
    """
    async with aclosing(pieces):
        while True:
            coming = asyncio.ensure_future(anext(pieces))
            try:
                while not (await asyncio.wait({coming}, timeout=every.total_seconds()))[0]:
                    await look()
                piece = await coming
            except StopAsyncIteration:
                return
            finally:
                await _given_up(coming)
            yield piece


async def _given_up(coming: asyncio.Future[T]) -> None:
    """Nothing to do for one that came."""
    if not coming.done():
        coming.cancel()
        with suppress(BaseException):  # the first reason is the one that counts
            await coming
