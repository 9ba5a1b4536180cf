"""The fields of the benefit: for each person, and for the household."""

from datetime import date

from app.vocabulary.json import Json
from demo.world.days import add_months, paid_on
from demo.world.households import Household, Member
from demo.world.identifiers import masked_account
from demo.world.plans import Overpayment
from demo.world.rates import BASIC_ALLOWANCE, LOAN_RATE, STANDARD_NEED, Cents, thousandths
from demo.world.shapes import Fields, money, month_word
from demo.world.sums import (
    Credit,
    Deduction,
    Share,
    accepted,
    accepted_heating,
    accepted_rent,
    arrangements,
    level_of,
    reduction_span,
    shares,
)


def person_benefit(household: Household, member: Member) -> Fields:
    """What is due to one person for the next month, and how it came about."""
    index = household.members.index(member)
    share = shares(household, household.month)[index]
    fields: Fields = {
        "benefit.standard_need": {
            "amount": money(share.standard_need),
            "level": share.level,
        },
        "benefit.total_monthly": {"total": money(share.total), "parts": _parts(share)},
        "decision.calculation": _calculation(household, index),
    }
    optional: Fields = {
        "benefit.additional_needs": [
            {"kind": each.kind, "amount": money(each.amount), "legal": each.legal}
            for each in share.additions
        ],
        "benefit.deductions": [_deduction(each) for each in arrangements(household, member)],
        "benefit.reductions": _reductions(household, member, share.standard_need),
        "benefit.loans": _loans(household, member),
        "benefit.overpayments": [_overpayment(household, debt) for debt in member.who.overpayments],
    }
    fields |= {name: value for name, value in optional.items() if value}
    if share.credits:
        fields["benefit.income_credited"] = {
            "lines": [_credit(each) for each in share.credits],
            "total": money(sum(each.credited for each in share.credits)),
        }
    for earned in (each for each in share.credits if each.gross is not None):
        fields["benefit.allowances"] = {
            "basic": money(BASIC_ALLOWANCE),
            "earned": money(earned.allowance - BASIC_ALLOWANCE),
            "total": money(earned.allowance),
        }
    return fields


def household_benefit(household: Household, *, iban: str) -> Fields:
    payments: list[Json] = [
        {
            "date": paid_on(month).isoformat(),
            "amount": money(_paid_out(household, month)),
            "month": month_word(month),
        }
        for month in household.paid_months
    ]
    return {
        "benefit.status": "active",
        "benefit.approval_period": {
            "from": household.start.isoformat(),
            "to": household.end.isoformat(),
        },
        "benefit.housing_costs": _housing_costs(household),
        "benefit.next_payment": {
            "date": paid_on(household.month).isoformat(),
            "amount": money(_paid_out(household, household.month)),
            "account": masked_account(iban),
        },
        "benefit.payments": payments,
    }


def _paid_out(household: Household, month: date) -> Cents:
    return sum(share.total - share.paid_elsewhere for share in shares(household, month))


def _parts(share: Share) -> list[Json]:
    return [{"kind": kind, "amount": money(amount)} for kind, amount in share.parts]


def _calculation(household: Household, index: int) -> list[Json]:
    """The month to come, then those paid already, newest first."""
    found: list[Json] = []
    for month in (household.month, *household.paid_months):
        share = shares(household, month)[index]
        found.append(
            {"month": month_word(month), "lines": _parts(share), "total": money(share.total)}
        )
    return found


def _housing_costs(household: Household) -> Json:
    home = household.home
    return {
        "rent_claimed": money(home.rent),
        "rent_accepted": money(accepted_rent(home)),
        "ancillary_claimed": money(home.ancillary),
        "ancillary_accepted": money(home.ancillary),
        "heating_claimed": money(home.heating),
        "heating_accepted": money(accepted_heating(home)),
        "total_claimed": money(home.rent + home.ancillary + home.heating),
        "total_accepted": money(accepted(home)),
    }


def _credit(credit: Credit) -> Json:
    line: Fields = {"kind": credit.kind}
    if credit.gross is not None:
        line["gross"] = money(credit.gross)
    line["net"] = money(credit.net)
    if credit.allowance:
        line["allowance"] = money(credit.allowance)
    line["credited"] = money(credit.credited)
    return line


def _deduction(deduction: Deduction) -> Json:
    line: Fields = {
        "kind": deduction.kind,
        "amount": money(deduction.amount),
        "from": deduction.start.isoformat(),
        "legal": deduction.legal,
    }
    if deduction.end is not None:
        line["to"] = deduction.end.isoformat()
    return line


def _reductions(household: Household, member: Member, need: Cents) -> list[Json]:
    found: list[Json] = []
    for reduction in member.who.reductions:
        start, end = reduction_span(household, reduction)
        found.append(
            {
                "percent": 30,
                "amount": money(thousandths(need, 300)),
                "from": start.isoformat(),
                "to": end.isoformat(),
                "reason": reduction.reason,
                "legal": reduction.legal,
            }
        )
    return found


def _loans(household: Household, member: Member) -> list[Json]:
    need = STANDARD_NEED[level_of(household, member, household.month)]
    rate = thousandths(need, LOAN_RATE)
    return [
        {
            "kind": loan.kind,
            "original": money(loan.original),
            "remaining": money(loan.original - loan.running * rate),
            "monthly_rate": money(rate),
            "since": add_months(household.month, -loan.running).isoformat(),
        }
        for loan in member.who.loans
    ]


def _overpayment(household: Household, debt: Overpayment) -> Json:
    first, last = (month_word(add_months(household.month, -back)) for back in debt.months)
    return {
        "amount": money(debt.amount),
        "month_from": first,
        "month_to": last,
        "status": debt.status,
        "decided_on": household.before(debt.decided).isoformat(),
    }
