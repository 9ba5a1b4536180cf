"""What does not open raises an alarm: it was moved, altered, put back or lost its key.

One such row stops nobody else. It is counted (`klarfall.sealed.unopenable`), logged by its
table and column, without its row, and noted for whoever looks after the office's keys
(`app.vault.alarmbook`).
"""

from collections import Counter

from app.telemetry.attributes import Configured
from app.telemetry.logs import Level, Message, say
from app.telemetry.spans import count
from app.vault.columns import Sealed
from app.vocabulary.ids import TenantId

_OURS = {each.value: each for each in Sealed}


def raise_alarm(tenant: TenantId, column: str) -> None:
    """Not for what a browser's cookie opens: there anybody may bring the wrong one."""
    if (sealed := _OURS.get(column)) is not None:
        count("sealed.unopenable", tenant=Configured(tenant), kind=sealed)
        say(
            Message.SEALED_VALUE_UNOPENABLE,
            level=Level.ERROR,
            tenant=Configured(tenant),
            kind=sealed,
        )


class Alarms:
    """Those of one vault that nobody has written down yet."""

    def __init__(self) -> None:
        self._raised: Counter[tuple[TenantId, Sealed]] = Counter()

    def sound(self, tenant: TenantId, column: str) -> None:
        raise_alarm(tenant, column)
        if (sealed := _OURS.get(column)) is not None:
            self._raised[tenant, sealed] += 1

    def of(self, tenant: TenantId) -> dict[Sealed, int]:
        return {sealed: many for (whose, sealed), many in self._raised.items() if whose == tenant}

    @property
    def tenants(self) -> frozenset[TenantId]:
        return frozenset(tenant for tenant, _ in self._raised)

    def written(self, tenant: TenantId, told: dict[Sealed, int]) -> None:
        """So many are in the book now; what was raised meanwhile is still to come."""
        self._raised.subtract({(tenant, sealed): many for sealed, many in told.items()})
        self._raised = +self._raised
