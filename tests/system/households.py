"""A household drawn by lot: other names, amounts and dates at every run, and consistent.

`KLARFALL_TEST_SEED` draws an earlier one again; a failing test prints the seed.
"""

import os
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

# Any: documents are JSON, handled by members.
Json = dict[str, Any]

_BERLIN = ZoneInfo("Europe/Berlin")
_ONSETS = ("Br", "D", "F", "Gr", "H", "Kl", "L", "M", "N", "R", "S", "T", "V", "W")
_VOWELS = ("a", "e", "i", "o", "u", "ei", "au")
_CODAS = ("lm", "nd", "rk", "ss", "tt", "ck", "ns", "rn")
_THINGS = ("Mietvertrag", "Lohnzettel", "Kontoauszug", "Schulbescheinigung", "Impfpass")


def drawn_seed() -> int:
    return int(os.environ.get("KLARFALL_TEST_SEED") or secrets.randbelow(10**9))


@dataclass(frozen=True)
class Lot:
    """Draws values of each kind, none of money twice."""

    random: Random
    spent: set[Decimal]

    @classmethod
    def of(cls, seed: int) -> "Lot":
        return cls(Random(seed), set())  # noqa: S311 - a household to be drawn again, no secret

    def euros(self, low: int, high: int) -> Decimal:
        while True:
            amount = Decimal(self.random.randrange(low * 100, high * 100)) / 100
            if amount not in self.spent:
                self.spent.add(amount)
                return amount.quantize(Decimal("0.01"))

    def day(self, low: int, high: int) -> date:
        """So many days from today on, at least and at most."""
        return today() + timedelta(days=self.random.randint(low, high))

    def moment(self, low: int, high: int) -> str:
        at = datetime.combine(self.day(low, high), datetime.min.time(), _BERLIN)
        return at.replace(
            hour=self.random.randint(8, 17), minute=self.random.randint(0, 59)
        ).isoformat()

    def digits(self, number: int) -> str:
        return "".join(self.random.choice("0123456789") for _ in range(number))

    def name(self) -> str:
        pick = self.random.choice
        syllables = f"{pick(_ONSETS)}{pick(_VOWELS)}{pick(_CODAS)}"
        return f"{syllables}{pick(('berg', 'mann', 'hofer', 'stein', 'feld', 'wald'))}"

    def given(self) -> str:
        return self.random.choice(("Alma", "Bosse", "Cleo", "Dario", "Elin", "Fiete", "Greta"))

    def thing(self) -> str:
        return f"{self.random.choice(_THINGS)} Nr. {self.digits(5)}"


def today() -> date:
    return datetime.now(UTC).astimezone(_BERLIN).date()


def money(amount: Decimal) -> Json:
    return {"amount": f"{amount:.2f}", "currency": "EUR"}


def month(day: date) -> str:
    return f"{day:%Y-%m}"


def drawn(lot: Lot) -> Json:
    """One adult whose file answers all thirteen topics."""
    person, total = _person(lot)
    return {
        "persons": [{"ref": "p1", "role": "applicant", "fields": person}],
        "household": {"fields": _household(lot, total)},
    }


def _person(lot: Lot) -> tuple[Json, Decimal]:
    need, housing, income = lot.euros(480, 600), lot.euros(300, 500), lot.euros(50, 200)
    cut, rate = lot.euros(20, 90), lot.euros(15, 60)
    total = need + housing - income - cut - rate
    parts = {
        "standard_need": need,
        "housing": housing,
        "income_credited": -income,
        "reduction": -cut,
        "deduction": -rate,
    }
    fields = {
        "person.name": {"given": lot.given(), "family": lot.name()},
        "person.birth_date": f"{lot.day(-20000, -9000)}",
        "benefit.total_monthly": {
            "total": money(total),
            "parts": [{"kind": kind, "amount": money(part)} for kind, part in parts.items()],
        },
        "benefit.income_credited": {
            "lines": [
                {
                    "kind": "minijob",
                    "gross": money(income + lot.euros(200, 300)),
                    "net": money(income + lot.euros(100, 190)),
                    "allowance": money(lot.euros(100, 180)),
                    "credited": money(income),
                }
            ],
            "total": money(income),
        },
        "benefit.deductions": [
            {
                "kind": "loan_repayment",
                "amount": money(rate),
                "from": f"{lot.day(-200, -20)}",
                "to": f"{lot.day(40, 400)}",
                "legal": f"§ 42a Abs. 2 SGB II, Az. {lot.digits(4)}",
            }
        ],
        "benefit.reductions": [
            {
                "percent": lot.random.choice((10, 20, 30)),
                "amount": money(cut),
                "from": f"{lot.day(-60, -2)}",
                "to": f"{lot.day(5, 60)}",
                "reason": "missed_appointment",
                "legal": f"§ 32 SGB II, Az. {lot.digits(4)}",
            }
        ],
        "appointment.next": {
            "starts_at": lot.moment(2, 90),
            "place": f"Zimmer {lot.digits(3)}, {lot.name()}straße {lot.digits(2)}",
            "topic": f"Gespräch {lot.digits(4)}",
            "with": f"Frau {lot.name()}",
        },
    }
    return fields, total


def _household(lot: Lot, total: Decimal) -> Json:
    rent, ancillary, heating = lot.euros(300, 500), lot.euros(40, 120), lot.euros(40, 120)
    accepted = rent - lot.euros(10, 90)
    sent = lot.day(-12, -4)
    paid = [lot.day(-40 - 30 * back, -32 - 30 * back) for back in range(3)]
    return {
        "benefit.next_payment": {
            "date": f"{lot.day(1, 40)}",
            "amount": money(total),
            "account": f"DE** **** **** **** {lot.digits(4)}",
        },
        "benefit.payments": [
            {"date": f"{day}", "amount": money(lot.euros(300, 1200)), "month": month(day)}
            for day in paid
        ],
        "benefit.approval_period": {"from": f"{lot.day(-150, -5)}", "to": f"{lot.day(30, 180)}"},
        "benefit.housing_costs": {
            "rent_claimed": money(rent),
            "rent_accepted": money(accepted),
            "ancillary_claimed": money(ancillary),
            "ancillary_accepted": money(ancillary),
            "heating_claimed": money(heating),
            "heating_accepted": money(heating),
            "total_claimed": money(rent + ancillary + heating),
            "total_accepted": money(accepted + ancillary + heating),
        },
        "application.status": {"status": "in_review", "as_of": f"{lot.day(-20, -1)}"},
        "application.missing_documents": [
            {"what": lot.thing(), "until": f"{lot.day(2, 50)}"} for _ in range(3)
        ],
        "decision.latest": {
            "date": f"{sent}",
            "type": "change",
            "delivery": "post",
            "sent_on": f"{sent}",
            "provisional": True,
            "file_number": f"{lot.digits(3)}-{lot.digits(6)}/{lot.digits(2)}",
            "remedy_instruction": True,
        },
        "contact.caseworker": {
            "name": f"{lot.given()} {lot.name()}",
            "phone": f"0{lot.digits(4)} {lot.digits(6)}",
            "email": f"{lot.name().lower()}@amt.example",
            "room": f"{lot.random.choice('ABC')} {lot.digits(3)}",
        },
        "contact.office": {
            "name": f"Jobcenter {lot.name()}",
            "street": f"{lot.name()}weg {lot.digits(2)}",
            "postcode": lot.digits(5),
            "city": lot.name(),
            "phone": f"0{lot.digits(4)} {lot.digits(5)}",
            "email": f"post@{lot.name().lower()}.example",
            "hours": f"Mo bis Fr 8 bis {lot.random.randint(12, 18)} Uhr",
        },
    }
