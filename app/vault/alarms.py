"""What does not open raises an alarm: it was moved, altered, rolled back or lost its key.

One such row stops nobody else. It is counted (`klarfall.sealed.unopenable`) and logged by its
table and column, without its row, so that who watches either can look for it.
"""

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
