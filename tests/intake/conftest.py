import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest

from app.catalogue.rulebook import Rulebook
from app.identity import persons
from app.identity.persons import Person
from app.intake.understanding import Understanding
from app.legitimation import mandates
from app.legitimation.kinds import EVERY_GROUP, Action, MandateKind
from app.legitimation.mandates import Mandate, Member
from app.legitimation.protection.protection import NOBODY_PROTECTED
from app.vocabulary.ids import (
    CaseId,
    IdentityId,
    MandateId,
    PersonId,
    SessionId,
    TenantId,
    random_id,
)
from app.vocabulary.levels import Assurance

POLICIES = Path(__file__).parents[2] / "policies"


class Names:
    """A blind index with a key of the test's own."""

    def index(self, kind: str, value: str) -> bytes:
        return hmac.digest(b"test", f"{kind}:{value.casefold()}".encode(), "sha256")[:16]


NAMES = Names()


class Household(Protocol):
    """`proxy`: the number of the member who acts for the first, who otherwise acts alone."""

    def __call__(
        self, members: Sequence[tuple[str, str]], *, proxy: int | None = None
    ) -> Mandate: ...


@pytest.fixture(scope="session")
def rulebook() -> Rulebook:
    return Rulebook.load(POLICIES)


@pytest.fixture(scope="session")
def understanding(rulebook: Rulebook) -> Understanding:
    return Understanding.load(POLICIES, rulebook)


@pytest.fixture(scope="session")
def household() -> Household:
    """A mandate for the first of the given (role, given name) in a household of them."""
    return _mandate


def _mandate(members: Sequence[tuple[str, str]], *, proxy: int | None = None) -> Mandate:
    people = tuple(
        Member(PersonId(random_id()), f"p{number}", role, NAMES.index("given", given))
        for number, (role, given) in enumerate(members, start=1)
    )
    grantee = people[proxy].person if proxy is not None else people[0].person
    now = datetime.now(UTC)
    person = Person(
        tenant=TenantId("bergstrasse"),
        identity=IdentityId(random_id()),
        assurance=Assurance.SUBSTANTIAL,
        authenticated_at=now,
        valid_until=now,
        session=SessionId(random_id()),
        client_id=None,
        name=None,
        active_mandate=None,
        seal=persons._SEAL,
    )
    return Mandate(
        person=person,
        id=MandateId(random_id()),
        version=1,
        kind=MandateKind.SELF if proxy is None else MandateKind.PROXY,
        grantor=people[0].person,
        grantee=grantee,
        case=CaseId(random_id()),
        groups=frozenset({EVERY_GROUP}),
        actions=frozenset({Action.READ}),
        valid_from=now,
        valid_to=None,
        evidence_assurance=Assurance.HIGH,
        shield=NOBODY_PROTECTED,
        members=people,
        seal=mandates._SEAL,
    )
