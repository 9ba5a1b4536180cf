"""What SGB II gives in 2026, in cents, and how § 11b counts income. Pure arithmetic."""

from collections.abc import Sequence
from typing import Final

Cents = int

# § 20 SGB II with the regulation for 2026: standard need by level 1 to 6.
STANDARD_NEED: Final[dict[int, Cents]] = {
    1: 563_00,
    2: 506_00,
    3: 451_00,
    4: 471_00,
    5: 390_00,
    6: 357_00,
}
CHILD_BENEFIT: Final[Cents] = 259_00  # § 66 EStG, 2026
CHILD_SUPPLEMENT: Final[Cents] = 25_00  # § 72 SGB II, for whoever lives on level 3 to 6
BASIC_ALLOWANCE: Final[Cents] = 100_00  # § 11b(2) SGB II
INSURANCE_ALLOWANCE: Final[Cents] = 30_00  # flat sum for insurance on income that is not earned

# § 21(7) SGB II: hot water made in the flat, in thousandths of the standard need.
HOT_WATER: Final[dict[int, int]] = {1: 23, 2: 23, 3: 23, 4: 14, 5: 12, 6: 8}
LOAN_RATE: Final = 50  # § 42a(2): 5 % of the standard need
SET_OFF_RATE: Final = 100  # § 43(2): 10 %
REDUCTION_RATE: Final = 300  # §§ 31a, 32: 30 %

_ADULT: Final = 18
_NOT_YET_16: Final = 16
_NOT_YET_7: Final = 7
_TWO_OR_THREE: Final = (2, 3)


def thousandths(amount: Cents, rate: int) -> Cents:
    """`rate` thousandths of the amount, half a cent rounded up (§ 41(2) SGB II)."""
    return (amount * rate + 500) // 1000


def level(*, age: int, adult: bool, partnered: bool) -> int:
    """The level of the standard need, for someone in the household as a party or as a child."""
    if adult:
        return 2 if partnered else 1
    for level_number, limit in ((6, 6), (5, 14), (4, 18)):
        if age < limit:
            return level_number
    return 3


def single_parent_rate(ages: Sequence[int]) -> int:
    """§ 21(3) SGB II, in thousandths, for a single parent of minors of these ages."""
    minors = [age for age in ages if age < _ADULT]
    under_16 = sum(age < _NOT_YET_16 for age in minors)
    young = any(age < _NOT_YET_7 for age in minors) or under_16 in _TWO_OR_THREE
    return max(360 if young else 0, min(600, 120 * len(minors)))


def earned_allowance(gross: Cents, *, with_child: bool) -> Cents:
    """§ 11b(3) SGB II, on top of the basic 100 EUR.

    20 % of what lies between 100 and 520 EUR gross, 30 % of 520 to 1,000, and 10 % of
    1,000 to 1,200, or to 1,500 for whoever lives with a minor child.
    """
    top = 1_500_00 if with_child else 1_200_00
    bands = ((100_00, 520_00, 200), (520_00, 1_000_00, 300), (1_000_00, top, 100))
    return sum(thousandths(max(0, min(gross, upper) - lower), rate) for lower, upper, rate in bands)


def by_heads(total: Cents, heads: int) -> tuple[Cents, ...]:
    """Housing costs by heads; cents left over go to the first ones, so that nothing is lost."""
    each, left = divmod(total, heads)
    return tuple(each + (index < left) for index in range(heads))
