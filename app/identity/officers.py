"""Who looks after data protection at an office, and is no citizen there (AZ-10)."""

from collections.abc import Collection, Mapping
from dataclasses import InitVar, dataclass
from datetime import datetime
from typing import Final, final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.catalogue.actions import Floor
from app.identity import floors
from app.identity.persons import Person
from app.identity.tables import IdentityRow
from app.vocabulary.errors import NotFound, StepUpRequired, Unauthenticated
from app.vocabulary.evidence import Evidence, Seal
from app.vocabulary.ids import IdentityId, SessionId, TenantId
from app.vocabulary.levels import Assurance

# Accounts are remembered, as (iss, sub) of an identity never changes. So many at most.
_MOST: Final = 10_000
_SEAL: Final = Seal()


class ActsForNobody(Unauthenticated):
    """An officer's account where citizens are served. It reaches no file, nor one of its own."""

    title_en = (
        "You are signed in as data protection officer. This account sees no file. "
        "To ask about a file of your own, sign in with another one."
    )
    title_de = (
        "Sie sind als Datenschutzbeauftragte oder Datenschutzbeauftragter angemeldet. Dieses Konto "
        "sieht keine Akte. Für Fragen zu einer eigenen Akte melden Sie sich mit einem anderen an."
    )


class StrongerOfficer(StepUpRequired):
    """An officer whose sign-in is too weak or too old for the desk."""

    title_en = (
        "For the data protection desk, please sign in with a stronger means, such as your online "
        "ID card, or sign in anew."
    )
    title_de = (
        "Für die Seiten des Datenschutzes melden Sie sich bitte stärker an, zum Beispiel mit dem "
        "Online-Ausweis, oder noch einmal neu."
    )


@dataclass(frozen=True, slots=True)
class Named:
    """Accounts of one office by issuer and subject, and the sign-in it asks of them."""

    accounts: frozenset[tuple[str, str]]
    floor: Floor


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Officer(Evidence):
    """Somebody whom the file of their office names as a data protection officer.

    Exactly one of `session` and `client_id` is there, as with a Person.
    """

    tenant: TenantId
    identity: IdentityId
    assurance: Assurance
    session: SessionId | None
    client_id: str | None
    name: str | None
    seal: InitVar[Seal]

    def __post_init__(self, seal: Seal) -> None:
        if seal is not _SEAL:
            raise TypeError("an Officer is minted by app.identity.officers alone")


class Officers:
    """The accounts that the tenants' files name. `pages` are those of officers alone."""

    def __init__(
        self, named: Mapping[TenantId, Named] | None = None, *, pages: Collection[str] = ()
    ) -> None:
        self._named: Final = dict(named or {})
        self._pages: Final = frozenset(pages)
        self._seen: dict[tuple[TenantId, IdentityId], bool] = {}

    async def establish(self, tx: AsyncSession, person: Person, *, now: datetime) -> Officer:
        """Raises NotFound for everybody else: they are not told that there is something here.

        Raises StrongerOfficer below the floor of the office.
        """
        if not await self._names(tx, person):
            raise NotFound
        floor = self._named[person.tenant].floor
        if not floors.reaches(person, floor, now=now):
            raise StrongerOfficer(
                tenant=person.tenant, assurance=floor.assurance, max_age=floor.max_age
            )
        return Officer(
            tenant=person.tenant,
            identity=person.identity,
            assurance=person.assurance,
            session=person.session,
            client_id=person.client_id,
            name=person.name,
            seal=_SEAL,
        )

    def floor(self, tenant: TenantId, page: str) -> Floor | None:
        """What signing in to come to this page takes; None for a page of others."""
        named = self._named.get(tenant) if page in self._pages else None
        return None if named is None else named.floor

    async def keep_apart(self, tx: AsyncSession, person: Person) -> None:
        """Raises ActsForNobody for an officer, who is served as no citizen."""
        if await self._names(tx, person):
            raise ActsForNobody

    async def _names(self, tx: AsyncSession, person: Person) -> bool:
        named = self._named.get(person.tenant)
        if named is None or not named.accounts:
            return False
        key = (person.tenant, person.identity)
        if key not in self._seen:
            if len(self._seen) >= _MOST:
                self._seen.clear()
            self._seen[key] = await _account(tx, person) in named.accounts
        return self._seen[key]


async def _account(tx: AsyncSession, person: Person) -> tuple[str, str]:
    """Raises Unauthenticated for an account that is gone: nobody is let in by not being found."""
    found = await tx.execute(
        select(col(IdentityRow.issuer), col(IdentityRow.subject)).where(
            col(IdentityRow.tenant) == person.tenant, col(IdentityRow.id) == person.identity
        )
    )
    row = found.one_or_none()
    if row is None:
        raise Unauthenticated
    return row.issuer, row.subject
