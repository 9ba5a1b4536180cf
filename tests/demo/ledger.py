"""What must hold in a case document, worked out again from the document alone.

Nothing here comes from the code that made the document: figures of the law are written down once
more, sums are made of decimals, holidays are a list.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

# A document is JSON of many shapes, and this file is the one that says which.
Doc = Mapping[str, Any]

CENT: Final = Decimal("0.01")
NEED: Final = {
    level: Decimal(euros) for level, euros in enumerate((563, 506, 451, 471, 390, 357), start=1)
}
HOT_WATER: Final = {1: "2.3", 2: "2.3", 3: "2.3", 4: "1.4", 5: "1.2", 6: "0.8"}
EASTER: Final = {
    2024: date(2024, 3, 31),
    2025: date(2025, 4, 20),
    2026: date(2026, 4, 5),
    2027: date(2027, 3, 28),
    2028: date(2028, 4, 16),
    2029: date(2029, 4, 1),
    2030: date(2030, 4, 21),
}
SUMMED_OVER_HOUSEHOLD: Final = frozenset({"landlord_direct", "energy_direct"})


def euros(value: Doc) -> Decimal:
    assert value["currency"] == "EUR"
    return Decimal(value["amount"])


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def free_of_earnings(gross: Decimal, *, with_child: bool) -> Decimal:
    """§ 11b(2), (3) SGB II, euro by euro."""
    free = min(gross, Decimal(100))
    if gross > 100:
        free += (min(gross, Decimal(520)) - 100) * Decimal("0.2")
    if gross > 520:
        free += (min(gross, Decimal(1000)) - 520) * Decimal("0.3")
    if gross > 1000:
        free += (min(gross, Decimal(1500 if with_child else 1200)) - 1000) * Decimal("0.1")
    return rounded(free)


def works(day: date) -> bool:
    """Offices and banks in Hesse are open."""
    sunday = EASTER[day.year]
    closed = {(1, 1), (5, 1), (10, 3), (12, 25), (12, 26)}
    closed |= {
        ((sunday + timedelta(shift)).month, (sunday + timedelta(shift)).day)
        for shift in (-2, 1, 39, 50, 60)
    }
    return day.isoweekday() < 6 and (day.month, day.day) not in closed


def first_of(word: str) -> date:
    return date.fromisoformat(f"{word}-01")


def pay_day(month: date) -> date:
    day = month - timedelta(1)
    while not works(day):
        day -= timedelta(1)
    return day


def following(month: date) -> date:
    return (month + timedelta(31)).replace(day=1)


def months_between(early: date, late: date) -> int:
    return (late.year - early.year) * 12 + late.month - early.month


def full_years(birth: date, day: date) -> int:
    years = day.year - birth.year
    return years if (day.month, day.day) >= (birth.month, birth.day) else years - 1


def faults(document: Doc, today: date) -> list[str]:
    """Everything that does not hold, named. An empty list is a sound file."""
    found = [*_identifiers(document), *_household(document), *_calendar(document, today)]
    if "benefit.approval_period" in document["household"]["fields"]:
        found += [*_money(document, today), *_payments(document, today)]
        found += [*_decisions(document, today)]
    return found


def held(name: str, *facts: bool) -> Iterator[str]:
    if not all(facts):
        yield name


def _money(document: Doc, today: date) -> Iterator[str]:
    shared = document["household"]["fields"]
    people = document["persons"]
    month = first_of(people[0]["fields"]["decision.calculation"][0]["month"])
    ages = [full_years(date.fromisoformat(each["fields"]["person.birth_date"]), month)
            for each in people]  # fmt: skip
    adults = [each["role"] != "child" for each in people]
    minor = any(age < 18 and not adult for age, adult in zip(ages, adults, strict=True))
    children = [age for age, adult in zip(ages, adults, strict=True) if not adult]
    for person, age, adult in zip(people, ages, adults, strict=True):
        fields, ref = person["fields"], person["ref"]
        level = fields["benefit.standard_need"]["level"]
        if adult:
            expected = 1 if sum(adults) == 1 else 2
        else:
            expected = 6 if age < 6 else 5 if age < 14 else 4 if age < 18 else 3
        need = NEED[expected]
        yield from held(
            f"{ref} standard need",
            level == expected,
            euros(fields["benefit.standard_need"]["amount"]) == need,
        )
        alone = adult and sum(adults) == 1
        yield from _additional(fields, ref, level, children if alone else [])
        yield from _income(fields, ref, adult=age >= 18, minor=minor, party=adult)
        yield from _parts(fields, ref, month, need)
        yield from _debts(fields, ref, month, need)
    costs = {name: euros(value) for name, value in shared["benefit.housing_costs"].items()}
    yield from held(
        "housing costs",
        *(costs[f"{kind}_accepted"] <= costs[f"{kind}_claimed"]
          for kind in ("rent", "ancillary", "heating")),
        *(costs[f"total_{side}"] == sum(costs[f"{kind}_{side}"]
          for kind in ("rent", "ancillary", "heating")) for side in ("claimed", "accepted")),
    )  # fmt: skip
    shares = [part(each["fields"], "housing") for each in people]
    yield from held(
        "housing by heads",
        sum(shares) == costs["total_accepted"],
        max(shares) - min(shares) <= CENT,
    )


def part(fields: Doc, kind: str) -> Decimal:
    return sum(
        (euros(each["amount"]) for each in fields["benefit.total_monthly"]["parts"]
         if each["kind"] == kind),
        Decimal(0),
    )  # fmt: skip


def _additional(fields: Doc, ref: str, level: int, children: list[int]) -> Iterator[str]:
    lines = fields.get("benefit.additional_needs", [])
    amounts = {each["kind"]: euros(each["amount"]) for each in lines}
    need = NEED[level]
    yield from held(f"{ref} each additional need once", len(amounts) == len(lines))
    expected = dict.fromkeys(amounts, Decimal(-1))
    minors = [age for age in children if age < 18]
    if minors:
        sixteen = len([age for age in minors if age < 16])
        percent = 36 if min(minors) < 7 or sixteen in {2, 3} else 0
        percent = max(percent, min(12 * len(minors), 60))
        expected["single_parent"] = rounded(need * percent / 100)
    if "hot_water" in amounts:
        expected["hot_water"] = rounded(need * Decimal(HOT_WATER[level]) / 100)
    if "benefit.standard_need" in fields and "health.pregnancy" in fields:
        expected["pregnancy"] = rounded(need * 17 / 100)
    if "disability" in amounts:
        expected["disability"] = rounded(need * 35 / 100)
        yield from held(f"{ref} disability", "health.severe_disability" in fields)
    if "nutrition" in amounts:
        expected["nutrition"] = rounded(NEED[1] * 20 / 100)
    if level >= 3:
        expected["other"] = Decimal(25)
    yield from held(f"{ref} additional needs", amounts == expected)


def _income(fields: Doc, ref: str, *, adult: bool, minor: bool, party: bool) -> Iterator[str]:
    income = fields.get("benefit.income_credited", {"lines": [], "total": None})
    lines = income["lines"]
    insured = 0
    for line in lines:
        net, credited = euros(line["net"]), euros(line["credited"])
        allowance = euros(line["allowance"]) if "allowance" in line else Decimal(0)
        if "gross" in line:
            free = free_of_earnings(euros(line["gross"]), with_child=minor)
            rule = fields["benefit.allowances"]
            yield from held(
                f"{ref} earned allowance",
                allowance == free == euros(rule["total"]),
                euros(rule["basic"]) == 100,
                euros(rule["basic"]) + euros(rule["earned"]) == euros(rule["total"]),
                net <= euros(line["gross"]),
            )
        elif allowance:
            insured += 1
            yield from held(f"{ref} flat allowance", allowance == 30, adult)
        yield from held(f"{ref} credited", credited == max(Decimal(0), net - allowance))
        if line["kind"] == "child_benefit":
            yield from held(f"{ref} child benefit", net == 259, not party)
    yield from held(f"{ref} one flat allowance", insured <= 1)
    has = {line["kind"] for line in lines}
    yield from held(f"{ref} a child has child benefit", party or "child_benefit" in has)
    total = sum((euros(line["credited"]) for line in lines), Decimal(0))
    if lines:
        yield from held(f"{ref} income total", euros(income["total"]) == total)
    yield from held(f"{ref} income part", part(fields, "income_credited") == -total)


def _parts(fields: Doc, ref: str, month: date, need: Decimal) -> Iterator[str]:
    monthly = fields["benefit.total_monthly"]
    amounts = [euros(each["amount"]) for each in monthly["parts"]]
    added = sum((euros(each["amount"]) for each in fields.get("benefit.additional_needs", [])),
                Decimal(0))  # fmt: skip
    reduced = sum(
        (euros(each["amount"]) for each in fields.get("benefit.reductions", [])
         if each["from"] <= month.isoformat() <= each["to"]),
        Decimal(0),
    )  # fmt: skip
    kept = sum(
        (euros(each["amount"]) for each in _in_force(fields, month)
         if each["kind"] not in SUMMED_OVER_HOUSEHOLD),
        Decimal(0),
    )  # fmt: skip
    yield from held(
        f"{ref} parts",
        sum(amounts) == euros(monthly["total"]) >= 0,
        all(amounts),
        len({each["kind"] for each in monthly["parts"]}) == len(amounts),
        part(fields, "standard_need") == need,
        part(fields, "additional_needs") == added,
        part(fields, "reduction") == -reduced,
        part(fields, "deduction") == -kept,
    )
    for line in fields["decision.calculation"]:
        total = sum((euros(each["amount"]) for each in line["lines"]), Decimal(0))
        yield from held(f"{ref} calculation {line['month']}", total == euros(line["total"]))
    latest = fields["decision.calculation"][0]
    yield from held(
        f"{ref} calculation is the total",
        latest["lines"] == monthly["parts"],
        latest["total"] == monthly["total"],
    )


def _in_force(fields: Doc, month: date) -> list[Doc]:
    day = month.isoformat()
    return [
        each
        for each in fields.get("benefit.deductions", [])
        if each["from"] <= day and each.get("to", "9999") >= day
    ]


def _debts(fields: Doc, ref: str, month: date, need: Decimal) -> Iterator[str]:
    deductions = fields.get("benefit.deductions", [])
    rates = {each["amount"]["amount"] for each in deductions if each["kind"] == "loan_repayment"}
    for loan in fields.get("benefit.loans", []):
        rate = euros(loan["monthly_rate"])
        paid = months_between(date.fromisoformat(loan["since"]), month) * rate
        yield from held(
            f"{ref} loan",
            rate == rounded(need * 5 / 100),
            euros(loan["original"]) - paid == euros(loan["remaining"]) > 0,
            loan["monthly_rate"]["amount"] in rates,
        )
    for each in fields.get("benefit.reductions", []):
        yield from held(
            f"{ref} reduction",
            each["percent"] == 30,
            euros(each["amount"]) == rounded(need * 30 / 100),
            each["from"] < each["to"],
        )
    repaying = [each for each in fields.get("benefit.overpayments", [])
                if each["status"] == "repaying"]  # fmt: skip
    set_offs = [each for each in deductions if each["kind"] == "set_off"]
    yield from held(f"{ref} set-offs", len(repaying) == len(set_offs))
    for debt, line in zip(repaying, set_offs, strict=False):
        rate = euros(line["amount"])
        span = months_between(date.fromisoformat(line["from"]), date.fromisoformat(line["to"])) + 1
        yield from held(
            f"{ref} set-off",
            rate == rounded(need / 10),
            (span - 1) * rate < euros(debt["amount"]) <= span * rate,
            debt["decided_on"] < line["from"],
        )


def _payments(document: Doc, today: date) -> Iterator[str]:
    shared, people = document["household"]["fields"], document["persons"]
    due = shared["benefit.next_payment"]
    month = first_of(people[0]["fields"]["decision.calculation"][0]["month"])
    iban = people[0]["fields"]["person.bank_account"]["iban"]
    yield from held(
        "next payment",
        date.fromisoformat(due["date"]) == pay_day(month) >= today,
        pay_day((month - timedelta(1)).replace(day=1)) < today,
        euros(due["amount"]) == _paid_out(people, month) > 0,
        due["account"] == f"DE** **** **** **** {iban[-4:]}",
    )
    paid = shared["benefit.payments"]
    for line in paid:
        paid_month = first_of(line["month"])
        yield from held(
            f"payment {line['month']}",
            following(paid_month) == month,
            date.fromisoformat(line["date"]) == pay_day(paid_month) < today,
            euros(line["amount"]) == _paid_out(people, paid_month),
            line["month"] >= shared["benefit.approval_period"]["from"][:7],
        )
        month = paid_month
    months = [each["month"] for each in people[0]["fields"]["decision.calculation"]]
    yield from held("payments", bool(paid), months[1:] == [line["month"] for line in paid])


def _paid_out(people: list[Doc], month: date) -> Decimal:
    total = Decimal(0)
    for person in people:
        calculation = person["fields"]["decision.calculation"]
        total += sum(euros(each["total"]) for each in calculation
                     if first_of(each["month"]) == month)  # fmt: skip
        total -= sum(euros(each["amount"]) for each in _in_force(person["fields"], month)
                     if each["kind"] in SUMMED_OVER_HOUSEHOLD)  # fmt: skip
    return total


def _decisions(document: Doc, today: date) -> Iterator[str]:
    shared = document["household"]["fields"]
    latest, history = shared["decision.latest"], shared["decision.history"]
    start, end = (date.fromisoformat(shared["benefit.approval_period"][side])
                  for side in ("from", "to"))  # fmt: skip
    after = end + timedelta(1)
    due = first_of(document["persons"][0]["fields"]["decision.calculation"][0]["month"])
    approvals = [each["date"] for each in history if each["type"] == "approval"]
    yield from held(
        "approval period",
        start.day == 1 == after.day,
        start <= due <= end,
        months_between(start, after) == (6 if latest["provisional"] else 12),
        approvals[0] < start.isoformat(),
    )
    days = [each["date"] for each in history]
    yield from held(
        "decisions",
        all(latest[name] == history[0][name] for name in ("date", "type", "file_number")),
        days == sorted(set(days), reverse=True),
        all(works(date.fromisoformat(day)) for day in days),
        len({each["file_number"] for each in history}) == len(history),
    )
    trace = {
        "post": {"sent_on"}, "abroad": {"sent_on"}, "electronic": {"sent_on"},
        "portal": {"notified_on", "retrieved_on"}, "formal": {"notified_on"}, "unknown": set(),
    }  # fmt: skip
    steps = {name for name in ("sent_on", "notified_on", "retrieved_on") if name in latest}
    yield from held(
        "delivery",
        steps == trace[latest["delivery"]],
        all(latest["date"] <= latest[step] <= today.isoformat() for step in steps),
    )
    objection = shared["decision.objection"]
    if objection["status"] == "received":
        yield from held("objection", latest["date"] < objection["received_on"] <= today.isoformat())


def _calendar(document: Doc, today: date) -> Iterator[str]:
    shared, now = document["household"]["fields"], today.isoformat()
    status = shared["application.status"]
    yield from held(
        "application",
        shared["application.submitted_on"] <= status["as_of"] <= now,
        all(shared["application.submitted_on"] <= each["received_on"] <= now
            for each in shared["application.documents_received"]),
    )  # fmt: skip
    for each in shared.get("application.missing_documents", []):
        day = date.fromisoformat(each["until"])
        yield from held("missing document", day > today, works(day))
    for person in document["persons"]:
        fields, ref = person["fields"], person["ref"]
        if coming := fields.get("appointment.next"):
            yield from held(f"{ref} appointment", _in_office_hours(coming["starts_at"]) > today)
        past = [each["starts_at"] for each in fields.get("appointment.history", [])]
        yield from held(
            f"{ref} past appointments",
            all(_in_office_hours(moment) < today for moment in past),
            past == sorted(past, reverse=True),
        )
        for each in fields.get("integration.offers", []):
            yield from held(f"{ref} offer", each["reply_by"] > now)
        if permit := fields.get("person.residence_permit"):
            yield from held(f"{ref} permit", permit.get("valid_to", "9999") > now)
        if "health.pregnancy" in fields:
            yield from held(f"{ref} due date", fields["health.pregnancy"]["due_date"] > now)
        for each in fields.get("employment.income_months", []):
            yield from held(f"{ref} income month", each["month"] < now[:7])
        yield from held(f"{ref} birth date", fields["person.birth_date"] <= now)


def _in_office_hours(text: str) -> date:
    """The day, or the last of all days when nobody could come then."""
    moment = datetime.fromisoformat(text)
    local = moment.astimezone(ZoneInfo("Europe/Berlin"))
    closing = 12 if local.isoweekday() == 5 else 16
    right = local.utcoffset() == moment.utcoffset() and works(local.date())
    assert right
    assert 8 <= local.hour < closing
    return local.date()


def _household(document: Doc) -> Iterator[str]:
    shared, people = document["household"]["fields"], document["persons"]
    members = [
        {"person": each["ref"], "role": each["role"],
         "given": each["fields"]["person.name"]["given"],
         "family": each["fields"]["person.name"]["family"]}
        for each in people
    ]  # fmt: skip
    names = {f"{each['given']} {each['family']}" for each in members if each["role"] == "child"}
    first = {name: members[0][name] for name in ("person", "given", "family")}
    yield from held(
        "members",
        shared["household.members"] == members,
        shared["household.representative"] == first,
        [each["role"] for each in people].count("applicant") == 1,
        len({each["ref"] for each in people}) == len(people),
        {each["for"] for each in shared.get("children.education_benefits", [])} <= names,
        {each["child"] for each in shared.get("children.custody", [])} <= names,
    )
    for person in people:
        fields = person["fields"]
        known = shared.keys() | fields.keys()
        disputed = {each["field"] for each in fields.get("file.disputed", [])}
        yield from held(f"{person['ref']} disputes what is there", disputed <= known)


def _identifiers(document: Doc) -> Iterator[str]:
    number = document["household"]["fields"]["household.number"]
    yield from held("household number", bool(re.fullmatch(r"\d{5}//\d{7}", number)))
    for person in document["persons"]:
        fields, ref = person["fields"], person["ref"]
        customer = fields["person.customer_number"]
        yield from held(f"{ref} customer number", bool(re.fullmatch(r"\d{3}[A-Z]\d{6}", customer)))
        yield from held(
            f"{ref} health number", sound_health(fields["person.health_insurance"]["number"])
        )
        if pension := fields.get("person.insurance_number"):
            birth = date.fromisoformat(fields["person.birth_date"])
            yield from held(
                f"{ref} pension number",
                sound_pension(pension),
                pension[2:8] == birth.strftime("%d%m%y"),
            )
        if account := fields.get("person.bank_account"):
            yield from held(f"{ref} IBAN", sound_iban(account["iban"]))


def sound_iban(text: str) -> bool:
    turned = text[4:] + text[:4]
    number = "".join(str(int(letter, 36)) for letter in turned)
    return len(text) == 22 and int(number) % 97 == 1


def _with_letter_as_digits(text: str) -> list[int]:
    return [
        int(digit)
        for letter in text
        for digit in (f"{ord(letter) - 64:02d}" if letter.isalpha() else letter)
    ]


def _crossed(digits: list[int], weights: list[int]) -> int:
    products = [digit * weight for digit, weight in zip(digits, weights, strict=True)]
    return sum(int(cipher) for product in products for cipher in str(product)) % 10


def sound_pension(text: str) -> bool:
    shape = re.fullmatch(r"\d{8}[A-Z]\d{3}", text)
    weights = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]
    return bool(shape) and _crossed(_with_letter_as_digits(text[:-1]), weights) == int(text[-1])


def sound_health(text: str) -> bool:
    shape = re.fullmatch(r"[A-Z]\d{9}", text)
    weights = [1, 2] * 5
    return bool(shape) and _crossed(_with_letter_as_digits(text[:-1]), weights) == int(text[-1])


def sound_tax(text: str) -> bool:
    """ISO 7064 mod 11,10, and one digit of the first ten twice."""
    rest = 10
    for letter in text[:10]:
        total = (int(letter) + rest) % 10
        rest = (total or 10) * 2 % 11
    twice = [letter for letter in set(text[:10]) if text[:10].count(letter) == 2]
    return (
        len(text) == 11 and text[0] != "0" and len(twice) == 1 and (11 - rest) % 10 == int(text[10])
    )
