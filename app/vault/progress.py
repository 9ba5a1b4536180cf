"""How far a renewal or a move is, told while it runs."""

from dataclasses import dataclass
from enum import StrEnum

from app.vocabulary.ids import TenantId


class Level(StrEnum):
    SERVICE = "service"
    TENANT = "tenant"
    DATA = "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """`what` is a word for the reader; `done` counts keys, values or seconds."""

    tenant: TenantId
    level: Level
    what: str
    done: int
