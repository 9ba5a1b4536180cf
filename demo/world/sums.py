"""What one person is due for one month, part by part."""

from dataclasses import dataclass
from datetime import date

from demo.world.days import add_months, month_end
from demo.world.households import Household, Member
from demo.world.plans import Home, Loan, Overpayment, Reduction
from demo.world.rates import (
    BASIC_ALLOWANCE,
    CHILD_BENEFIT,
    CHILD_SUPPLEMENT,
    HOT_WATER,
    INSURANCE_ALLOWANCE,
    LOAN_RATE,
    REDUCTION_RATE,
    SET_OFF_RATE,
    STANDARD_NEED,
    Cents,
    by_heads,
    earned_allowance,
    level,
    single_parent_rate,
    thousandths,
)

_ADULT_AGE = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    kind: str
    amount: Cents
    legal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    kind: str
    net: Cents
    gross: Cents | None
    allowance: Cents

    @property
    def credited(self) -> Cents:
        return max(0, self.net - self.allowance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduction:
    kind: str
    amount: Cents
    start: date
    end: date | None
    legal: str

    @property
    def direct(self) -> bool:
        """Paid to somebody else, so it leaves the benefit as it is."""
        return self.kind.endswith("_direct")

    def holds_in(self, month: date) -> bool:
        return self.start <= month and (self.end is None or month <= self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One person, one month."""

    level: int
    standard_need: Cents
    additions: tuple[Addition, ...]
    housing: Cents
    credits: tuple[Credit, ...]
    reduction: Cents
    deductions: tuple[Deduction, ...]

    @property
    def parts(self) -> tuple[tuple[str, Cents], ...]:
        """Parts that are zero are left out, the first and the housing costs apart."""
        kept_back = sum(each.amount for each in self.deductions if not each.direct)
        optional = (
            ("income_credited", -sum(each.credited for each in self.credits)),
            ("reduction", -self.reduction),
            ("deduction", -kept_back),
        )
        additions = sum(each.amount for each in self.additions)
        return (
            ("standard_need", self.standard_need),
            *((("additional_needs", additions),) if additions else ()),
            ("housing", self.housing),
            *(part for part in optional if part[1]),
        )

    @property
    def total(self) -> Cents:
        return sum(amount for _, amount in self.parts)

    @property
    def paid_elsewhere(self) -> Cents:
        return sum(each.amount for each in self.deductions if each.direct)


def shares(household: Household, month: date) -> tuple[Share, ...]:
    """What each member is due for the month, in the order of the household.

    Income counts on the person who has it. § 9(2) SGB II spreads it over the household by need,
    which moves money between its members and leaves the household's sum as it is.
    """
    housing = by_heads(accepted(household.home), len(household.members))
    return tuple(
        _share(household, member, month, housing=part)
        for member, part in zip(household.members, housing, strict=True)
    )


def accepted(home: Home) -> Cents:
    return accepted_rent(home) + home.ancillary + accepted_heating(home)


def accepted_rent(home: Home) -> Cents:
    return home.rent if home.rent_limit is None else min(home.rent, home.rent_limit)


def accepted_heating(home: Home) -> Cents:
    return home.heating if home.heating_limit is None else min(home.heating, home.heating_limit)


def arrangements(household: Household, member: Member) -> tuple[Deduction, ...]:
    """Everything kept back from this person or paid past them, whether or not it holds yet."""
    need = STANDARD_NEED[level_of(household, member, household.month)]
    loans = (_repayment(household, loan, need) for loan in member.who.loans)
    set_offs = (
        _set_off(household, debt, running, need)
        for debt in member.who.overpayments
        if (running := debt.set_off_running) is not None
    )
    directs = (
        Deduction(
            kind=direct.kind,
            amount=accepted_rent(household.home) + household.home.ancillary
            if direct.amount is None
            else direct.amount,
            start=add_months(household.month, -direct.running),
            end=None,
            legal=direct.legal,
        )
        for direct in member.who.directs
    )
    return (*set_offs, *loans, *directs)


def reduction_span(household: Household, reduction: Reduction) -> tuple[date, date]:
    start = add_months(household.month, reduction.start)
    return start, month_end(add_months(start, reduction.months - 1))


def level_of(household: Household, member: Member, month: date) -> int:
    partnered = sum(each.adult for each in household.members) > 1
    age = household.ages(month)[household.members.index(member)]
    return level(age=age, adult=member.adult, partnered=partnered)


def _share(household: Household, member: Member, month: date, *, housing: Cents) -> Share:
    level_number = level_of(household, member, month)
    need = STANDARD_NEED[level_number]
    reduced = any(
        start <= month <= end
        for start, end in (reduction_span(household, each) for each in member.who.reductions)
    )
    return Share(
        level=level_number,
        standard_need=need,
        additions=_additions(household, member, month),
        housing=housing,
        credits=_credits(household, member, month),
        reduction=thousandths(need, REDUCTION_RATE) if reduced else 0,
        deductions=tuple(each for each in arrangements(household, member) if each.holds_in(month)),
    )


def _additions(household: Household, member: Member, month: date) -> tuple[Addition, ...]:
    level_number = level_of(household, member, month)
    need = STANDARD_NEED[level_number]
    adults = sum(each.adult for each in household.members)
    found: list[tuple[str, Cents, str]] = []
    if member.adult and adults == 1:
        ages = [age for each, age in zip(household.members, household.ages(month), strict=True)
                if not each.adult]  # fmt: skip
        rate = single_parent_rate(ages)
        found.append(("single_parent", thousandths(need, rate), "§ 21 Abs. 3 SGB II"))
    for extra in member.who.extras:
        base = need if extra.of_level is None else STANDARD_NEED[extra.of_level]
        found.append((extra.kind, thousandths(base, extra.rate), extra.legal))
    if household.home.hot_water:
        amount = thousandths(need, HOT_WATER[level_number])
        found.append(("hot_water", amount, "§ 21 Abs. 7 SGB II"))
    if not member.adult:
        found.append(("other", CHILD_SUPPLEMENT, "§ 72 SGB II (Sofortzuschlag)"))
    return tuple(
        Addition(kind=kind, amount=amount, legal=legal) for kind, amount, legal in found if amount
    )


def _credits(household: Household, member: Member, month: date) -> tuple[Credit, ...]:
    age = household.ages(month)[household.members.index(member)]
    with_child = any(
        other < _ADULT_AGE and not each.adult
        for each, other in zip(household.members, household.ages(month), strict=True)
    )
    found: list[Credit] = []
    if not member.adult:
        insurance = _insurance(age)
        found.append(
            Credit(kind="child_benefit", net=CHILD_BENEFIT, gross=None, allowance=insurance)
        )
    for each in member.who.income:
        if each.gross is None:
            allowance = 0 if found else _insurance(age)
        else:
            allowance = BASIC_ALLOWANCE + earned_allowance(each.gross, with_child=with_child)
        found.append(Credit(kind=each.kind, net=each.net, gross=each.gross, allowance=allowance))
    return tuple(found)


def _insurance(age: int) -> Cents:
    """The flat sum for insurance is for adults (§ 6 of the regulation on income)."""
    return INSURANCE_ALLOWANCE if age >= _ADULT_AGE else 0


def _repayment(household: Household, loan: Loan, need: Cents) -> Deduction:
    rate = thousandths(need, LOAN_RATE)
    start = add_months(household.month, -loan.running)
    return Deduction(
        kind="loan_repayment",
        amount=rate,
        start=start,
        end=month_end(add_months(start, -(-loan.original // rate) - 1)),
        legal="§ 42a SGB II",
    )


def _set_off(household: Household, debt: Overpayment, running: int, need: Cents) -> Deduction:
    rate = thousandths(need, SET_OFF_RATE)
    start = add_months(household.month, -running)
    return Deduction(
        kind="set_off",
        amount=rate,
        start=start,
        end=month_end(add_months(start, -(-debt.amount // rate) - 1)),
        legal="§ 43 SGB II",
    )
