"""Limits for tests of other things: counted like everybody's, and never reached."""

from collections.abc import Mapping

from app.database.engine import Database
from app.identity.limits.budgets import Allowances, Budget, allowances
from app.identity.limits.limits import Limits
from app.vault.keys import Vault
from app.vocabulary.dates import Clock
from app.vocabulary.ids import TenantId

TENANTS = (TenantId("bergstrasse"), TenantId("main-kinzig"))
MANY = 1_000_000


def wide() -> Allowances:
    return allowances(dict.fromkeys(Budget, MANY))


def limits_of(
    database: Database, vault: Vault, clock: Clock, each: Allowances | None = None
) -> Limits:
    tenants: Mapping[TenantId, Allowances] = dict.fromkeys(TENANTS, each or wide())
    return Limits(database=database, vault=vault, clock=clock, tenants=tenants)
