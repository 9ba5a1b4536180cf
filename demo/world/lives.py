"""The fields about people: who they are, their work, their health, their appointments."""

from datetime import date
from random import Random

from app.vocabulary.json import Json
from demo.world.days import add_months, age_on, moment, month_end, month_start
from demo.world.households import Household, Member
from demo.world.identifiers import (
    customer_number,
    health_number,
    iban,
    insurance_number,
    mail,
    mobile,
)
from demo.world.offices import SLOTS, Office
from demo.world.plans import Health, Income, Job, Work
from demo.world.shapes import Fields, money, month_word

_OWN_PHONE_AGE = 15


def person(household: Household, member: Member, *, rng: Random, line: int) -> Fields:
    """Names and numbers. `line` is the phone number's place in the range."""
    who, home = member.who, household.home
    name: Fields = {"given": who.given, "family": who.family}
    if who.birth_name is not None:
        name["birth_name"] = who.birth_name
    initial = who.birth_name or who.family
    health: Fields = {"number": health_number(rng, initial=who.family), "insurer": who.insurer}
    fields: Fields = {
        "person.name": name,
        "person.birth_date": member.birth.isoformat(),
        "person.address": {"street": home.street, "postcode": home.postcode, "city": home.city},
        "person.customer_number": customer_number(rng, initial=who.family),
        "person.health_insurance": health,
        "person.marital_status": who.marital,
    }
    if age_on(member.birth, household.today) >= _OWN_PHONE_AGE:
        fields["person.phone"] = mobile(line)
        fields["person.email"] = mail(who.given, who.family)
        fields["person.insurance_number"] = insurance_number(
            rng, birth=member.birth, initial=initial, female=who.female
        )
    if member.adult:
        fields["person.bank_account"] = {"iban": iban(rng), "holder": f"{who.given} {who.family}"}
    if who.permit is not None:
        kind, months = who.permit
        permit: Fields = {"kind": kind}
        if months is not None:
            permit["valid_to"] = _end(household, months)
        fields["person.residence_permit"] = permit
    return fields


def life(household: Household, member: Member, *, office: Office, rng: Random) -> Fields:
    """Work, health, integration and appointments, as far as the plan has them."""
    who = member.who
    fields: Fields = {}
    if who.job is not None:
        earned = next((each for each in who.income if each.gross is not None), None)
        fields |= _job(household, who.job, earned)
    if who.health is not None:
        fields |= _health(household, who.health)
    if who.work is not None:
        fields |= _work(household, who.work)
    if who.disputed:
        fields["file.disputed"] = [
            {"field": field, "since": household.before(days).isoformat()}
            for field, days in who.disputed
        ]
    return fields | _appointments(household, member, office=office, rng=rng)


def _job(household: Household, job: Job, income: Income | None) -> Fields:
    fields: Fields = {"employment.status": job.status}
    if job.employer is not None:
        employer: Fields = {"name": job.employer}
        if job.city is not None:
            employer["city"] = job.city
        fields["employment.employer"] = employer
    if income is not None and income.gross is not None:
        months: list[Json] = []
        for back, swing in enumerate(job.swing, start=1):
            month = add_months(month_start(household.today), -back)
            months.append(
                {
                    "month": month_word(month),
                    "gross": money(income.gross + swing),
                    "net": money(income.net + swing),
                }
            )
        fields["employment.income_months"] = months
    return fields


def _health(household: Household, health: Health) -> Fields:
    fields: Fields = {}
    if health.hours is not None:
        # § 8 SGB II: three hours a day, for the foreseeable future.
        fields["health.work_capacity"] = {
            "capable": health.hours >= 3,  # noqa: PLR2004 - the three hours of § 8 SGB II
            "hours_per_day": health.hours,
            "since": add_months(month_start(household.today), -14).isoformat(),
        }
    if health.degree is not None:
        marks: list[Json] = list(health.marks)
        fields["health.severe_disability"] = {
            "degree": health.degree,
            "marks": marks,
            "valid_to": _end(household, 26),
        }
    if health.due_in is not None:
        due = date.fromordinal(household.today.toordinal() + health.due_in)
        fields["health.pregnancy"] = {"due_date": due.isoformat()}
    if health.diagnoses:
        fields["health.diagnoses"] = list(health.diagnoses)
    return fields


def _work(household: Household, work: Work) -> Fields:
    fields: Fields = {}
    if work.goal:
        steps: list[Json] = list(work.steps)
        fields["integration.plan"] = {
            "agreed_on": household.before(34).isoformat(),
            "goal": work.goal,
            "steps": steps,
        }
    if work.measures:
        fields["integration.measures"] = [
            {
                "title": title,
                "provider": provider,
                "from": household.before(past).isoformat(),
                "to": household.ahead(future).isoformat(),
            }
            for title, provider, past, future in work.measures
        ]
    if work.offers:
        fields["integration.offers"] = [
            {"title": title, "employer": employer, "reply_by": household.ahead(9).isoformat()}
            for title, employer in work.offers
        ]
    return fields


def _appointments(household: Household, member: Member, *, office: Office, rng: Random) -> Fields:
    fields: Fields = {}
    if member.who.meeting is not None:
        day = household.ahead(rng.randrange(3, 25))
        fields["appointment.next"] = {
            "starts_at": moment(day, rng.choice(SLOTS)),
            "place": f"{office.street}, {office.city}, Zimmer {rng.randrange(101, 340)}",
            "topic": member.who.meeting,
            "with": caseworker(household, office),
        }
    if member.who.met:
        past = sorted(member.who.met, key=lambda met: met[1])
        fields["appointment.history"] = [
            {
                "starts_at": moment(household.before(days), rng.choice(SLOTS)),
                "topic": topic,
                "attended": attended,
            }
            for topic, days, attended in past
        ]
    return fields


def caseworker(household: Household, office: Office) -> str:
    """Always the same one for a household."""
    return office.caseworkers[int(household.plan.ref[-4:]) % len(office.caseworkers)]


def _end(household: Household, months: int) -> str:
    return month_end(add_months(household.month, months)).isoformat()
