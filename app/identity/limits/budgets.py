"""What is counted, for whom, and how much of it there is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from app.vocabulary.ids import TenantId

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
_LONGEST_LEASE: Final = 1000


class Budget(StrEnum):
    """The names are those a tenant file uses in `[limits]`. Beside each, whose it is."""

    ADDRESS_REQUESTS = "address_requests"  # an address's, of the whole installation
    PERSON_REQUESTS = "person_requests"  # an identity's, however often it signs in
    SESSION_REQUESTS = "session_requests"  # a session's
    CLIENT_REQUESTS = "client_requests"  # a program's of the office
    QUESTIONS = "questions"  # an identity's
    QUESTIONS_A_DAY = "questions_a_day"  # an identity's
    PUBLIC_QUESTIONS = "public_questions"  # an address's
    SIGN_INS = "sign_ins"  # an address's
    BINDING_TRIES = "binding_tries"  # an identity's; tries that bound are not counted
    BINDING_TRIES_OF_ADDRESS = "binding_tries_of_address"
    MODEL_CALLS = "model_calls"  # an identity's; the rules answer when they are used up
    MODEL_CALLS_OF_OFFICE = "model_calls_of_office"  # the tenant's


@dataclass(frozen=True, slots=True)
class Allowance:
    """`permits` in a window that begins with the first one taken and ends by itself.

    A worker takes `lease` permits at a time and counts them out in memory: what is left of
    them is lost when the worker stops, so at least `permits - lease` a worker can be used.
    A lease of one is exact.
    """

    permits: int
    window: timedelta
    lease: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.lease <= self.permits:
            raise ValueError("a lease is at least one permit and at most all of them")

    def of(self, permits: int) -> "Allowance":
        """The same with another number of permits, and a lease that is as large a part of them.

        What is exact stays exact.
        """
        lease = 1 if self.lease == 1 else self.lease * permits // self.permits
        return Allowance(permits, self.window, max(1, min(lease, _LONGEST_LEASE)))


Allowances = Mapping[Budget, Allowance]

DEFAULTS: Final[Allowances] = MappingProxyType(
    {
        Budget.ADDRESS_REQUESTS: Allowance(1200, MINUTE, lease=20),
        Budget.PERSON_REQUESTS: Allowance(240, MINUTE, lease=10),
        Budget.SESSION_REQUESTS: Allowance(180, MINUTE, lease=10),
        Budget.CLIENT_REQUESTS: Allowance(1200, MINUTE, lease=20),
        Budget.QUESTIONS: Allowance(30, MINUTE, lease=5),
        Budget.QUESTIONS_A_DAY: Allowance(300, DAY, lease=10),
        Budget.PUBLIC_QUESTIONS: Allowance(60, MINUTE, lease=5),
        Budget.SIGN_INS: Allowance(60, timedelta(minutes=10)),
        Budget.BINDING_TRIES: Allowance(5, HOUR),
        Budget.BINDING_TRIES_OF_ADDRESS: Allowance(20, HOUR),
        Budget.MODEL_CALLS: Allowance(200, DAY, lease=5),
        Budget.MODEL_CALLS_OF_OFFICE: Allowance(20_000, DAY, lease=20),
    }
)

# Served while the database is away, within the same number for each worker: neither reads
# anything of anybody, and general help is wanted most when the rest is down.
LOCAL_WHEN_AWAY: Final = frozenset({Budget.ADDRESS_REQUESTS, Budget.PUBLIC_QUESTIONS})


def allowances(permits: Mapping[Budget, int]) -> Allowances:
    """The defaults, with a tenant's own numbers over them."""
    return {
        budget: default.of(permits[budget]) if budget in permits else default
        for budget, default in DEFAULTS.items()
    }


def widest(tenants: Mapping[TenantId, Allowances], budget: Budget) -> Allowance:
    """What holds for all tenants together: nobody's address is held to another office's limit."""
    return max((each[budget] for each in tenants.values()), key=lambda a: a.permits)
