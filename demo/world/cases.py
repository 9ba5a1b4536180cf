"""One household's file, as an integrator pushes it."""

from dataclasses import dataclass
from datetime import date
from random import Random

from app.vocabulary.json import Json
from demo.world.benefit import household_benefit, person_benefit
from demo.world.days import add_months, month_end
from demo.world.households import Household, Member
from demo.world.identifiers import household_number, office_line, tax_number
from demo.world.lives import caseworker, life, person
from demo.world.offices import HOURS, Office, Tenant
from demo.world.papers import papers
from demo.world.plans import Role
from demo.world.shapes import Fields, money


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`case` is missing for somebody who only acts for others."""

    tenant: Tenant
    case: str | None
    ref: str
    role: Role | None
    given: str
    family: str
    birth_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    tenant: Tenant
    ref: str
    document: Fields
    persons: tuple[Person, ...]


def case(household: Household, *, office: Office, rng: Random, place: int) -> Case:
    """`place` is the household's among all, so that no number is given twice."""
    number = household_number(rng, office=office.number, index=place)
    decided = household.plan.notice is not None
    files: dict[str, Fields] = {}
    for index, member in enumerate(household.members):
        fields = person(household, member, rng=rng, line=6 * place + index)
        fields |= life(household, member, office=office, rng=rng)
        if decided:
            fields |= person_benefit(household, member)
        files[member.ref] = fields
    shared = _household(household, number=number, office=office, rng=rng)
    shared |= papers(household, number=number)
    shared["benefit.status"] = "applied"
    if decided:
        shared |= household_benefit(household, iban=_account(files["p1"]))
    persons: list[Json] = [
        {"ref": member.ref, "role": member.who.role, "fields": files[member.ref]}
        for member in household.members
    ]
    return Case(
        tenant=office.tenant,
        ref=household.plan.ref,
        document={"persons": persons, "household": {"fields": shared}},
        persons=tuple(_person(household, member, office) for member in household.members),
    )


def _household(household: Household, *, number: str, office: Office, rng: Random) -> Fields:
    applicant = household.members[0]
    members: list[Json] = [
        {"person": each.ref, "role": each.who.role, **_name(each)} for each in household.members
    ]
    fields: Fields = {
        "household.number": number,
        "household.members": members,
        "household.representative": {"person": applicant.ref, **_name(applicant)},
        "contact.caseworker": _caseworker(household, office, rng),
        "contact.office": _office(office),
        "housing.landlord": {"name": household.home.landlord, "city": household.home.city},
    }
    if household.plan.notes:
        fields["file.notes"] = [
            {
                "date": household.before(days).isoformat(),
                "text": text.replace("{tax}", tax_number(rng)),
            }
            for days, text in sorted(household.plan.notes)
        ]
    return fields | _debts(household) | _children(household)


def _debts(household: Household) -> Fields:
    fields: Fields = {}
    if household.home.arrears is not None:
        amount, months = household.home.arrears
        since = add_months(household.month, -months).isoformat()
        fields["housing.arrears"] = {"amount": money(amount), "since": since}
    if household.home.energy_debt is not None:
        amount, supplier, months = household.home.energy_debt
        since = add_months(household.month, -months).isoformat()
        fields["housing.energy_debt"] = {
            "amount": money(amount),
            "supplier": supplier,
            "since": since,
        }
    return fields


def _children(household: Household) -> Fields:
    fields: Fields = {}
    if household.plan.education:
        fields["children.education_benefits"] = [
            _education(household, kind=kind, amount=amount, given=given, months=months)
            for kind, amount, given, months in household.plan.education
        ]
    if household.plan.custody:
        fields["children.custody"] = [
            {"kind": kind, "child": _full(household.members[index])}
            for index, kind in household.plan.custody
        ]
    return fields


def _education(household: Household, *, kind: str, amount: int, given: str, months: int) -> Json:
    child = next(each for each in household.members if each.who.given == given)
    line: Fields = {
        "kind": kind,
        "amount": money(amount),
        "status": "applied" if kind == "trip" else "approved",
        "for": _full(child),
    }
    if months:
        line["valid_to"] = month_end(add_months(household.month, months)).isoformat()
    return line


def _caseworker(household: Household, office: Office, rng: Random) -> Json:
    name = caseworker(household, office)
    offset = 100 if office.tenant == "bergstrasse" else 500
    return {
        "name": name,
        "phone": office_line(offset + 1 + office.caseworkers.index(name)),
        "email": office.email,
        "room": str(rng.randrange(101, 340)),
    }


def _office(office: Office) -> Json:
    return {
        "name": office.name,
        "street": office.street,
        "postcode": office.postcode,
        "city": office.city,
        "phone": office.phone,
        "email": office.email,
        "hours": HOURS,
    }


def _name(member: Member) -> Fields:
    return {"given": member.who.given, "family": member.who.family}


def _full(member: Member) -> str:
    return f"{member.who.given} {member.who.family}"


def _account(fields: Fields) -> str:
    match fields["person.bank_account"]:
        case {"iban": str(number)}:
            return number
        case _:
            raise ValueError("an applicant has an account")


def _person(household: Household, member: Member, office: Office) -> Person:
    return Person(
        tenant=office.tenant,
        case=household.plan.ref,
        ref=member.ref,
        role=member.who.role,
        given=member.who.given,
        family=member.who.family,
        birth_date=member.birth,
    )
