"""The demo world: two offices, their households, and the accounts that may sign in.

`build` is a pure function: the same day and the same seed give the same world, to the last byte.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from random import Random
from types import MappingProxyType
from typing import Final, Literal

from app.vocabulary.json import Json
from demo.world import bergstrasse, main_kinzig
from demo.world.accounts import ACCOUNTS, LEVELS, Account
from demo.world.cases import Case, Person, case
from demo.world.households import settle
from demo.world.offices import BERGSTRASSE, MAIN_KINZIG, Tenant
from demo.world.shapes import Fields

SEED: Final = 20260701
_REPRESENTATIVE: Final = "rep-1"
# Who has custody, by case.
_PARENTS: Final[Mapping[str, tuple[str, ...]]] = {"bs-0002": ("p1", "p2"), "bs-0004": ("p1",)}
_OFFICES: Final = (
    (BERGSTRASSE, bergstrasse.HOUSEHOLDS),
    (MAIN_KINZIG, main_kinzig.HOUSEHOLDS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One side of a mandate. Without a case it is somebody who only acts for others."""

    case: str | None
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """`reference` is the hash of the paper, never the paper."""

    kind: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """Holds from the start of its first day until the start of `valid_to`, if there is one."""

    tenant: Tenant
    ref: str
    kind: Literal["PARENT", "GUARDIAN"]
    grantor: Party
    grantee: Party
    groups: tuple[str, ...]
    actions: tuple[str, ...]
    evidence: Evidence
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """Somebody whom the office keeps from being found."""

    tenant: Tenant
    case: str
    person: str
    ground: Literal["separation", "shelter", "register_block", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    tenant: Tenant
    case: str | None
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    today: date
    seed: int
    cases: tuple[Case, ...]
    persons: tuple[Person, ...]
    bindings: Mapping[str, Binding]
    mandates: tuple[Mandate, ...]
    protections: tuple[Protection, ...]
    accounts: tuple[Account, ...]

    def person(self, binding: Binding) -> Person:
        """Who an account is. Raises KeyError where the world has no such person."""
        for each in self.persons:
            if (each.tenant, each.case, each.ref) == (
                binding.tenant, binding.case, binding.person,
            ):  # fmt: skip
                return each
        raise KeyError(binding.person)


# Ursula's husband, whose entry in the population register is blocked (§ 51 BMG).
_BLOCKED: Final = Protection(
    tenant="main-kinzig", case="mk-0006", person="p2", ground="register_block"
)


def build(today: date, seed: int = SEED) -> World:
    """Every household as it is on that day in Germany."""
    cases: list[Case] = []
    for office, plans in _OFFICES:
        for plan in plans:
            rng = Random(f"{seed}:{plan.ref}")
            household = settle(plan, today=today, rng=rng)
            cases.append(case(household, office=office, rng=rng, place=len(cases)))
    representative = Person(
        tenant="bergstrasse",
        case=None,
        ref=_REPRESENTATIVE,
        role=None,
        given="Birgit",
        family="Hollmann",
        birth_date=date(1972, 8, 9),
    )
    persons = (*(person for each in cases for person in each.persons), representative)
    return World(
        today=today,
        seed=seed,
        cases=tuple(cases),
        persons=persons,
        bindings=MappingProxyType(
            {each.name: _binding(each) for each in ACCOUNTS if each.person is not None}
        ),
        mandates=(_guardian(today), *_parents(persons)),
        protections=(_BLOCKED,),
        accounts=ACCOUNTS,
    )


def accounts_json(world: World) -> list[Fields]:
    """One entry for each account a human signs in with, for the demo provider.

    Names and birth dates are those of the files; the machine client is none of them.
    """
    return [_entry(world, each) for each in world.accounts if each.acr is not None]


def _entry(world: World, account: Account) -> Fields:
    binding = world.bindings.get(account.name)
    given, family, birth = account.given, account.family, account.birth_date
    if binding is not None:
        person = world.person(binding)
        given, family, birth = person.given, person.family, person.birth_date
    levels: list[Json] = list(LEVELS[: LEVELS.index(account.acr or "basic") + 1])
    return {
        "account": account.name,
        "given_name": given,
        "family_name": family,
        "birthdate": birth.isoformat(),
        "highest_acr": account.acr or "basic",
        "levels": levels,
    }


def _binding(account: Account) -> Binding:
    return Binding(tenant=account.tenant, case=account.case, person=account.person or "")


def _guardian(today: date) -> Mandate:
    """Karl's guardian (§ 1814 BGB). The court named neither his health nor the file's notes."""
    start = date(today.year - 1, 7, 1)
    paper = f"Betreuerausweis Birgit Hollmann für Karl Ahrens vom {start:%d.%m.%Y}"
    return Mandate(
        tenant="bergstrasse",
        ref="betreuung-0001",
        kind="GUARDIAN",
        grantor=Party(case="bs-0006", person="p1"),
        grantee=Party(case=None, person=_REPRESENTATIVE),
        groups=(
            "person",
            "household",
            "benefit",
            "decision",
            "application",
            "appointment",
            "housing",
        ),
        actions=("read", "explain"),
        evidence=_seen("guardian_card", paper),
        valid_from=start,
        valid_to=date(today.year + 2, 7, 1),
    )


def _parents(persons: Iterable[Person]) -> Iterator[Mandate]:
    """Each child of these families and each parent (§§ 1626, 1629 BGB), until it is eighteen."""
    for child in persons:
        for number, parent in enumerate(_PARENTS.get(child.case or "", ()), start=1):
            if child.role == "child":
                name = f"{child.given} {child.family}"
                yield Mandate(
                    tenant=child.tenant,
                    ref=f"sorge-{child.case}-{child.ref}-{number}",
                    kind="PARENT",
                    grantor=Party(case=child.case, person=child.ref),
                    grantee=Party(case=child.case, person=parent),
                    groups=("*",),
                    actions=("read", "explain", "submit"),
                    evidence=_seen("birth_certificate", f"Geburtsurkunde {name}"),
                    valid_from=child.birth_date,
                    valid_to=None,
                )


def _seen(kind: str, paper: str) -> Evidence:
    return Evidence(kind=kind, reference=f"sha256:{sha256(paper.encode()).hexdigest()}")
