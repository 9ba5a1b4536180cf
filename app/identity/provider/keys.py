"""A provider's signing keys, kept for five minutes."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, final

from joserfc.jwk import ECKey

from app.vocabulary.dates import Clock
from app.vocabulary.errors import Unauthenticated, Unavailable

LIFETIME: Final = timedelta(seconds=300)
STALE_LIFETIME: Final = timedelta(seconds=600)
PAUSE: Final = timedelta(seconds=5)

Fetch = Callable[[], Awaitable[Mapping[str, ECKey]]]


@final
class Keys:
    """Asks once for all who wait, and never more often than every five seconds.

    A key the provider removed is dead after five minutes. While the provider is away, keys
    known before hold for five minutes more; a kid never seen is not looked for meanwhile.
    """

    def __init__(self, fetch: Fetch, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = asyncio.Lock()
        self._keys: Mapping[str, ECKey] = {}
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._away = False

    async def key(self, kid: str) -> ECKey:
        """Unauthenticated for a kid the provider does not have, Unavailable without keys."""
        found = self._fresh(kid)
        if found is None:
            async with self._lock:
                found = self._fresh(kid)
                if found is None:
                    await self._refetch()
                    found = self._fresh(kid) or self._stale(kid)
        if found is not None:
            return found
        if self._away:
            raise Unavailable("provider")
        raise Unauthenticated

    def _fresh(self, kid: str) -> ECKey | None:
        return self._keys.get(kid) if self._younger_than(LIFETIME) else None

    def _stale(self, kid: str) -> ECKey | None:
        return self._keys.get(kid) if self._away and self._younger_than(STALE_LIFETIME) else None

    def _younger_than(self, age: timedelta) -> bool:
        return self._fetched_at is not None and self._clock() - self._fetched_at < age

    async def _refetch(self) -> None:
        now = self._clock()
        if self._tried_at is not None and now - self._tried_at < PAUSE:
            return
        self._tried_at = now
        try:
            self._keys = await self._fetch()
        except Unavailable:
            self._away = True
        else:
            self._away = False
            self._fetched_at = now
