"""What the law is compared with: the app's own decisions, over memory and over the database."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from sqlalchemy import insert

from app.integration.mandates import MandateOrder, MandateUnfit
from app.integration.places import Place
from app.legitimation import ages, history, mandates, register, requirements
from app.legitimation.endings import EndedReason
from app.legitimation.holding import Facts, Version, actions_at, holds
from app.legitimation.kinds import EVERY_GROUP, TERMS, Action, Effect, MandateKind
from app.legitimation.life import LifeEvent
from app.legitimation.register import Newcomer
from app.legitimation.requirements import Two, Wish
from app.legitimation.reservations import Reservation, reserved_at
from app.legitimation.tables import BindingRow, MandateRow
from app.vocabulary.errors import Conflict, NotLegitimated
from app.vocabulary.ids import MandateId, PersonId, random_id
from app.vocabulary.levels import Assurance
from tests.fixtures import MovableClock
from tests.legitimation.law import BEYOND, WITHIN, Granted
from tests.parties import BERGSTRASSE, Household, Office, couple

NOTHING: frozenset[str] = frozenset()


class Register(Protocol):
    """Mandates are numbered from 0 in the order in which they were taken."""

    async def grant(self, number: int, wanted: Granted, now: datetime) -> bool: ...
    async def again(self, number: int, now: datetime) -> bool: ...
    async def revoke(self, number: int, now: datetime) -> None: ...
    async def object(self, number: int, now: datetime) -> bool: ...
    async def happened(self, who: str, what: str, now: datetime) -> None: ...
    async def allowed(self, now: datetime) -> Mapping[int, frozenset[str]]: ...
    async def oneself(self, now: datetime) -> Mapping[tuple[str, str], frozenset[str]]: ...


def proof_of(kind: MandateKind) -> tuple[str, Assurance]:
    return next(iter(TERMS[kind].proofs.items()))


def groups_for(kind: MandateKind) -> frozenset[str]:
    return frozenset({EVERY_GROUP} if TERMS[kind].every_group else {WITHIN})


def wish_for(wanted: Granted, *, member: bool) -> Wish:
    kind = MandateKind(wanted.kind)
    proof, sure = proof_of(kind)
    return Wish(
        kind=kind,
        groups=groups_for(kind),
        actions=frozenset(map(Action, wanted.actions)),
        proof=proof,  # type: ignore[arg-type]  # a member of the table
        assurance=sure,
        member=member,
        valid_to=wanted.until,
        reserved=groups_for(kind) if wanted.reserved else NOTHING,
    )


@dataclass(slots=True)
class Memory:
    """The pure decisions, over the rows as the database would have them."""

    born: dict[str, date | None]
    roles: dict[str, str]
    facts: dict[str, Facts] = field(default_factory=dict)
    rows: dict[int, tuple[Granted, Version]] = field(default_factory=dict)
    rebutted: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for who, born in self.born.items():
            self.facts[who] = Facts(
                fifteen_at=None if born is None else ages.completed(born, 15),
                eighteen_at=None if born is None else ages.completed(born, 18),
            )

    async def grant(self, number: int, wanted: Granted, now: datetime) -> bool:
        wish = wish_for(wanted, member=wanted.grantee in self.roles)
        grantor = self.facts[wanted.grantor]
        two = Two(
            same=wanted.grantor == wanted.grantee,
            of_age_at=grantor.eighteen_at,
            died=grantor.died_at is not None,
            grantor_role=self.roles.get(wanted.grantor),
            grantee_role=self.roles.get(wanted.grantee),
        )
        if requirements.faults(wish) or requirements.faults_between(wish, two, now=now):
            return False
        if wish.kind is MandateKind.PRESUMED_38 and wanted.grantor in self.rebutted:
            return False
        version = Version(
            kind=wish.kind,
            groups=wish.groups,
            actions=frozenset(wanted.actions),
            valid_from=wanted.since,
            valid_to=wanted.until,
            ended=False,
        )
        self.rows[number] = (wanted, version)
        return True

    async def again(self, number: int, now: datetime) -> bool:
        """What ended does not come back."""
        wanted, version = self.rows[number]
        return not version.ended and await self.grant(number, wanted, now)

    async def revoke(self, number: int, now: datetime) -> None:
        self._end(number)

    async def object(self, number: int, now: datetime) -> bool:
        wanted, version = self.rows[number]
        if not self._own(wanted.grantor, now) or not self._holds(number, max(now, wanted.since)):
            return False
        if TERMS[version.kind].objection is Effect.ENDED:
            self._end(number)
        if version.kind is MandateKind.PRESUMED_38:
            self.rebutted.add(wanted.grantor)
            for each, (other, row) in list(self.rows.items()):
                if row.kind is version.kind and other.grantor == wanted.grantor:
                    self._end(each)
        return True

    async def happened(self, who: str, what: str, now: datetime) -> None:
        facts = self.facts[who]
        match what:
            case "left":
                for number, (wanted, version) in list(self.rows.items()):
                    if TERMS[version.kind].ends_on_leaving and who in {
                        wanted.grantor,
                        wanted.grantee,
                    }:
                        self._end(number)
            case "died" | "death_corrected":
                self.facts[who] = replace(facts, died_at=now if what == "died" else None)
            case "capacity_lost" | "capacity_regained":
                lost = what == "capacity_lost"
                self.facts[who] = replace(facts, incapable_at=now if lost else None)
            case "submit_restricted" | "restriction_lifted":
                restricted = what == "submit_restricted"
                self.facts[who] = replace(facts, restricted_at=now if restricted else None)
            case unknown:
                raise AssertionError(unknown)

    async def allowed(self, now: datetime) -> Mapping[int, frozenset[str]]:
        return {number: self._allowed(number, now) for number in self.rows}

    async def oneself(self, now: datetime) -> Mapping[tuple[str, str], frozenset[str]]:
        found = {}
        for who in self.roles:
            ordered = [
                Reservation(
                    groups=version.groups, valid_from=version.valid_from, valid_to=version.valid_to
                )
                for wanted, version in self.rows.values()
                if wanted.reserved and wanted.grantor == who and not version.ended
            ]
            for group in (WITHIN, BEYOND):
                lost = {Action.SUBMIT} if group in reserved_at(ordered, now) else set()
                found[who, group] = self._own(who, now) - lost
        return found

    def _end(self, number: int) -> None:
        wanted, version = self.rows[number]
        self.rows[number] = (wanted, replace(version, ended=True))

    def _holds(self, number: int, now: datetime) -> bool:
        wanted, version = self.rows[number]
        grantor, grantee = self.facts[wanted.grantor], self.facts[wanted.grantee]
        return holds(version, grantor=grantor, grantee=grantee, now=now)

    def _allowed(self, number: int, now: datetime) -> frozenset[str]:
        wanted, version = self.rows[number]
        if not self._holds(number, now):
            return NOTHING
        return actions_at(version, self.facts[wanted.grantor], now)

    def _own(self, who: str, now: datetime) -> frozenset[str]:
        facts = self.facts[who]
        if not holds(OWN, grantor=facts, grantee=facts, now=now):
            return NOTHING
        return actions_at(OWN, facts, now)


OWN = Version(
    kind=MandateKind.SELF,
    groups=frozenset({EVERY_GROUP}),
    actions=frozenset(Action),
    valid_from=datetime.fromisoformat("2000-01-01T00:00:00+00:00"),
    valid_to=None,
    ended=False,
)


@dataclass(slots=True)
class Stored:
    """The real register of an office, over its database."""

    office: Office
    clock: MovableClock
    household: Household
    places: dict[str, Place]
    accounts: dict[str, str]
    persons: dict[str, PersonId] = field(default_factory=dict)
    orders: dict[int, MandateOrder] = field(default_factory=dict)
    ids: dict[int, MandateId] = field(default_factory=dict)
    own: dict[str, MandateId] = field(default_factory=dict)

    @classmethod
    async def opened(
        cls,
        office: Office,
        clock: MovableClock,
        born: dict[str, date | None],
        roles: dict[str, str],
    ) -> "Stored":
        """Everybody is there and bound to an account of their own; members have their SELF."""
        document = couple()
        document["persons"] = [
            {
                "ref": who,
                "role": role,
                "fields": {
                    "person.name": {"given": who.title(), "family": "Berghaus"},
                    **({} if (day := born[who]) is None else {"person.birth_date": str(day)}),
                },
            }
            for who, role in roles.items()
        ]
        household = await office.case(document)
        places = {
            who: Place(
                case=household.ref if who in roles else None,
                person=who if who in roles else f"{who}-{household.ref}",
            )
            for who in born
        }
        accounts = {who: f"{who}-{household.ref}" for who in born}
        made = cls(office, clock, household, places, accounts)
        await made._introduce(born, roles)
        return made

    async def _introduce(self, born: dict[str, date | None], roles: dict[str, str]) -> None:
        indexer = await self.office.vault.indexer(BERGSTRASSE)
        async with self.office.database.transaction(BERGSTRASSE) as tx:
            for who, day in born.items():
                if who in roles:
                    self.persons[who] = self.household.id_of(who)
                    continue
                newcomer = Newcomer(
                    ref=self.places[who].person, birth_date=None if day is None else str(day)
                )
                self.persons[who] = await register.representative(
                    tx, indexer, BERGSTRASSE, newcomer, now=self.clock()
                )
        for who, person in self.persons.items():
            identity = (await self.office.person(self.accounts[who])).identity
            async with self.office.database.transaction(BERGSTRASSE) as tx:
                await tx.execute(
                    insert(BindingRow).values(
                        tenant=BERGSTRASSE,
                        id=random_id(),
                        identity_id=identity,
                        person_id=person,
                        evidence="activation_code",
                        valid_from=OWN.valid_from,
                    )
                )
                if who in roles:
                    self.own[who] = MandateId(random_id())
                    await tx.execute(
                        insert(MandateRow).values(
                            tenant=BERGSTRASSE,
                            id=self.own[who],
                            version=1,
                            recorded_at=OWN.valid_from,
                            kind="SELF",
                            grantor=person,
                            grantee=person,
                            case_id=self.household.case,
                            groups=["*"],
                            actions=list(Action),
                            evidence_kind="activation_code",
                            evidence_hash=b"",
                            valid_from=OWN.valid_from,
                        )
                    )

    async def grant(self, number: int, wanted: Granted, now: datetime) -> bool:
        kind = MandateKind(wanted.kind)
        place = self.places[wanted.grantee]
        order = MandateOrder(
            kind=kind,
            grantor=self.places[wanted.grantor],
            grantee=place,
            newcomer=None,
            label=None,
            groups=groups_for(kind),
            actions=frozenset(map(Action, wanted.actions)),
            evidence_kind=proof_of(kind)[0],  # type: ignore[arg-type]  # a member of the table
            evidence_reference="Bl. 1",
            valid_from=wanted.since,
            valid_to=wanted.until,
            ended_reason=None,
            reserved=groups_for(kind) if wanted.reserved else NOTHING,
        )
        self.orders[number] = order
        return await self._put(number)

    async def again(self, number: int, now: datetime) -> bool:
        return await self._put(number)

    async def revoke(self, number: int, now: datetime) -> None:
        order = replace(self.orders[number], ended_reason=EndedReason.REVOKED)
        await self.office.mandates.put(await self.office.machine(), self._ref(number), order)

    async def object(self, number: int, now: datetime) -> bool:
        grantor = next(w for w, p in self.places.items() if p == self.orders[number].grantor)
        person = await self.office.person(self.accounts[grantor])
        try:
            await self.office.legitimation.object_to(person, self.ids[number])
        except NotLegitimated:
            return False
        return True

    async def happened(self, who: str, what: str, now: datetime) -> None:
        event = LifeEvent.LEFT_HOUSEHOLD if what == "left" else LifeEvent(what)
        await self.office.person_events.receive(
            await self.office.machine(),
            self.places[who],
            event,
            effective_at=now - timedelta(days=3),
            received_at=now,
        )

    async def allowed(self, now: datetime) -> Mapping[int, frozenset[str]]:
        held = {o.id: o.actions for who in self.persons for o in await self._offers(who, now)}
        return {number: held.get(self.ids[number], NOTHING) for number in self.ids}

    async def oneself(self, now: datetime) -> Mapping[tuple[str, str], frozenset[str]]:
        found = {(who, group): NOTHING for who in self.own for group in (WITHIN, BEYOND)}
        for who, own in self.own.items():
            for offer in await self._offers(who, now):
                if offer.id == own:
                    found |= _in_each_group(who, offer.actions, offer.reserved)
        return found

    async def decided(
        self, then: datetime
    ) -> tuple[Mapping[int, frozenset[str]], Mapping[tuple[str, str], frozenset[str]]]:
        """The same two once more, from the rows that were there then."""
        found = {(who, group): NOTHING for who in self.own for group in (WITHIN, BEYOND)}
        allowed = {}
        async with self.office.database.transaction(BERGSTRASSE) as tx:
            for number, mandate in self.ids.items():
                if told := await history.known(tx, BERGSTRASSE, mandate, known=then, about=then):
                    allowed[number] = told.actions
            for who, own in self.own.items():
                if told := await history.known(tx, BERGSTRASSE, own, known=then, about=then):
                    found |= _in_each_group(who, told.actions, told.reserved)
        return allowed, found

    async def _offers(self, who: str, now: datetime) -> tuple[mandates.Offer, ...]:
        person = await self.office.person(self.accounts[who])
        async with self.office.database.transaction(BERGSTRASSE) as tx:
            return await mandates.offers(tx, person, now=now)

    async def _put(self, number: int) -> bool:
        try:
            recorded = await self.office.mandates.put(
                await self.office.machine(), self._ref(number), self.orders[number]
            )
        except (MandateUnfit, Conflict):
            return False
        self.ids[number] = recorded.id
        return True

    def _ref(self, number: int) -> str:
        return f"m-{number}-{self.household.ref}"


def _in_each_group(
    who: str, actions: frozenset[str], reserved: frozenset[str]
) -> dict[tuple[str, str], frozenset[str]]:
    return {
        (who, group): actions - {Action.SUBMIT} if group in reserved else actions
        for group in (WITHIN, BEYOND)
    }
