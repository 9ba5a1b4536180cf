"""Real people for tests: identities from verified tokens, households pushed as by an office."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_urlsafe
from uuid import UUID

from app.audit.log import Log
from app.audit.sealing import VaultSealer
from app.catalogue.document import CaseDocuments
from app.catalogue.rulebook import Rulebook
from app.database.engine import Database
from app.identity import identities, machines, persons
from app.identity.machines import Machine
from app.identity.persons import Person
from app.identity.provider.providers import Peer
from app.identity.tokens import access_tokens
from app.integration.cases import CaseIntake
from app.integration.codes import CodeIntake
from app.integration.mandates import MandateIntake
from app.integration.person_events import PersonEventIntake
from app.integration.places import Place
from app.legitimation.binding.binding_desk import BindingDesk
from app.legitimation.binding.bindings import Bound
from app.legitimation.desk import LegitimationDesk
from app.legitimation.mandates import Mandate
from app.vault.keys import Vault
from app.vault.services import KeyService
from app.vocabulary.dates import Clock
from app.vocabulary.ids import CaseId, PersonId, TenantId
from app.vocabulary.json import Json
from app.vocabulary.levels import Assurance
from tests.allowances import limits_of
from tests.doubles.lying_provider import LyingProvider, provider_of

BERGSTRASSE = TenantId("bergstrasse")
POLICY = "0" * 64


def eur(amount: str) -> dict[str, Json]:
    return {"amount": amount, "currency": "EUR"}


def couple() -> dict[str, Json]:
    """Two adults and a child, with a little of everything that tests look at."""
    return copy.deepcopy(
        {
            "persons": [
                {
                    "ref": "p1",
                    "role": "applicant",
                    "fields": {
                        "person.name": {"given": "Alma", "family": "Berghaus"},
                        "person.birth_date": "1988-03-04",
                        "benefit.standard_need": {"amount": eur("506.00"), "level": 2},
                        "health.diagnoses": ["Asthma bronchiale"],
                    },
                },
                {
                    "ref": "p2",
                    "role": "partner",
                    "fields": {
                        "person.name": {"given": "Bo", "family": "Ekdahl"},
                        "benefit.standard_need": {"amount": eur("506.00"), "level": 2},
                    },
                },
                {
                    "ref": "p3",
                    "role": "child",
                    "fields": {
                        "person.name": {"given": "Cara", "family": "Berghaus"},
                        "benefit.standard_need": {"amount": eur("390.00"), "level": 5},
                    },
                },
            ],
            "household": {
                "fields": {
                    "household.number": "12345//0001234",
                    "benefit.next_payment": {
                        "date": "2026-11-30",
                        "amount": eur("1402.00"),
                        "account": "DE** **** **** **** 1234",
                    },
                }
            },
        }
    )


@dataclass(frozen=True, kw_only=True)
class Office:
    """An integrator's side and a provider, over the real rooms."""

    database: Database
    vault: Vault
    log: Log
    clock: Clock
    cases: CaseIntake
    mandates: MandateIntake
    codes: CodeIntake
    person_events: PersonEventIntake
    legitimation: LegitimationDesk
    bindings: BindingDesk
    liar: LyingProvider

    @classmethod
    def open(
        cls, database: Database, keys: KeyService, clock: Clock, rulebook: Rulebook
    ) -> "Office":
        vault = Vault(keys)
        log = Log(VaultSealer(vault), policy=POLICY)
        documents = CaseDocuments(rulebook.catalogue)
        return cls(
            database=database,
            vault=vault,
            log=log,
            clock=clock,
            cases=CaseIntake(
                database=database, vault=vault, log=log, clock=clock, documents=documents
            ),
            person_events=PersonEventIntake(database=database, log=log, clock=clock),
            mandates=MandateIntake(database=database, vault=vault, log=log, clock=clock),
            codes=CodeIntake(database=database, log=log, clock=clock),
            legitimation=LegitimationDesk(database=database, vault=vault, log=log, clock=clock),
            bindings=BindingDesk(
                database=database,
                vault=vault,
                log=log,
                limits=limits_of(database, vault, clock),
                clock=clock,
                vouching={BERGSTRASSE: Assurance.SUBSTANTIAL},
            ),
            liar=LyingProvider(clock),
        )

    async def machine(self) -> Machine:
        peer = Peer(provider_of(self.liar), self.clock, self.liar)
        access = await access_tokens.access_token(
            self.liar.machine_token(),
            expected=peer.provider.expected,
            keys=peer.keys,
            now=self.clock(),
            shown_by=self.liar.machine_key.thumbprint(),
        )
        return machines.of_access(access, tenant=BERGSTRASSE)

    async def person(
        self, subject: str | None = None, assurance: Assurance = Assurance.SUBSTANTIAL
    ) -> Person:
        """Somebody signed in just now; a new somebody unless `subject` says who."""
        who = subject or token_urlsafe(9)
        peer = Peer(provider_of(self.liar), self.clock, self.liar)
        access = await access_tokens.access_token(
            self.liar.access_token(sub=who, acr=assurance.word),
            expected=peer.provider.expected,
            keys=peer.keys,
            now=self.clock(),
        )
        async with self.database.transaction(BERGSTRASSE) as tx:
            identity = await identities.recognise(
                tx, BERGSTRASSE, issuer=access.issuer, subject=access.subject, now=self.clock()
            )
        return persons.of_access(access, tenant=BERGSTRASSE, identity=identity)

    async def bind(self, person: Person, code: str) -> Bound:
        return await self.bindings.redeem(person, code, address="203.0.113.1")

    async def case(self, document: dict[str, Json] | None = None) -> "Household":
        ref = token_urlsafe(9).replace("_", "x").replace("-", "y")
        filed = await self.cases.put(
            await self.machine(), ref, document or couple(), expected_version=None
        )
        return Household(self, ref, filed.case, filed.persons)


@dataclass(frozen=True)
class Household:
    office: Office
    ref: str
    case: UUID
    persons: Mapping[str, UUID]

    @property
    def case_id(self) -> CaseId:
        return CaseId(self.case)

    def id_of(self, ref: str) -> PersonId:
        return PersonId(self.persons[ref])

    async def bind(self, person: Person, ref: str = "p1") -> None:
        """As with the letter: a code is issued, and redeemed."""
        place = Place(case=self.ref, person=ref)
        issued = await self.office.codes.issue(await self.office.machine(), place)
        await self.office.bind(person, issued.code)

    async def mandate(
        self, ref: str = "p1", assurance: Assurance = Assurance.SUBSTANTIAL
    ) -> Mandate:
        """The SELF mandate of a member who was bound before, and signed in just now."""
        who = token_urlsafe(9)
        await self.bind(await self.office.person(who, max(assurance, Assurance.SUBSTANTIAL)), ref)
        person = await self.office.person(who, assurance)
        return await self.office.legitimation.mandate(person, self.case_id, named=None)
