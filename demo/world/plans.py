"""What a household of the demo is like, before a day is given.

Months are counted from the next one to be paid (0), days from today. Amounts are cents.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from demo.world.rates import Cents

Role = Literal["applicant", "partner", "child"]
IncomeKind = Literal[
    "wage",
    "minijob",
    "maintenance",
    "unemployment_benefit",
    "pension",
    "parental_allowance",
    "other",
]
Delivery = Literal["post", "electronic", "portal", "formal", "abroad", "unknown"]


@dataclass(frozen=True, slots=True)
class Age:
    """A birth date that keeps a child's age: full years, and months since the birthday."""

    years: int
    months: int
    day: int


@dataclass(frozen=True, slots=True)
class NewYear:
    """Born on 1 January so many years ago: the same age on every day of a year."""

    years: int


@dataclass(frozen=True, slots=True)
class Income:
    """Monthly. Earned where there is a gross figure (§ 11b(2), (3)), otherwise not."""

    kind: IncomeKind
    net: Cents
    gross: Cents | None = None


@dataclass(frozen=True, slots=True)
class Job:
    status: Literal[
        "unemployed", "employed", "minijob", "self_employed", "training", "school", "not_available"
    ]
    employer: str | None = None
    city: str | None = None
    swing: tuple[Cents, Cents, Cents] = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Extra:
    """An additional need of this person alone, in thousandths of a standard need."""

    kind: Literal["pregnancy", "disability", "nutrition"]
    rate: int
    of_level: int | None
    legal: str


@dataclass(frozen=True, slots=True)
class Loan:
    kind: Literal["deposit", "appliances", "energy", "other"]
    original: Cents
    running: int


@dataclass(frozen=True, slots=True)
class Overpayment:
    amount: Cents
    months: tuple[int, int]
    status: Literal["open", "repaying", "repaid", "objected"]
    decided: int
    set_off_running: int | None = None


@dataclass(frozen=True, slots=True)
class Reduction:
    reason: Literal["missed_appointment", "breach_of_duty"]
    start: int
    months: int
    legal: str


@dataclass(frozen=True, slots=True)
class Direct:
    """Paid to a third party instead: lowers what reaches the account, not the benefit.

    Without an amount it is the accepted rent with ancillary costs.
    """

    kind: Literal["energy_direct", "landlord_direct"]
    amount: Cents | None
    running: int
    legal: str


@dataclass(frozen=True, slots=True)
class Health:
    hours: int | None = None
    capable: bool = True
    degree: int | None = None
    marks: tuple[str, ...] = ()
    due_in: int | None = None
    diagnoses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Work:
    """Measures are `(title, provider, days ago, days ahead)`, offers `(title, employer)`."""

    goal: str = ""
    steps: tuple[str, ...] = ()
    measures: tuple[tuple[str, str, int, int], ...] = ()
    offers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Someone:
    role: Role
    given: str
    family: str
    birth: date | Age | NewYear
    female: bool
    marital: Literal["single", "married", "partnership", "separated", "divorced", "widowed"] = (
        "single"
    )
    birth_name: str | None = None
    insurer: str = "Gesundkasse Hessen"
    permit: tuple[str, int | None] | None = None
    income: tuple[Income, ...] = ()
    job: Job | None = None
    extras: tuple[Extra, ...] = ()
    loans: tuple[Loan, ...] = ()
    overpayments: tuple[Overpayment, ...] = ()
    reductions: tuple[Reduction, ...] = ()
    directs: tuple[Direct, ...] = ()
    health: Health | None = None
    work: Work | None = None
    meeting: str | None = None
    met: tuple[tuple[str, int, bool], ...] = ()
    disputed: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Claimed per month; a limit is what the office accepts at most."""

    street: str
    postcode: str
    city: str
    rent: Cents
    ancillary: Cents
    heating: Cents
    rent_limit: Cents | None = None
    heating_limit: Cents | None = None
    hot_water: bool = False
    landlord: str
    arrears: tuple[Cents, int] | None = None
    energy_debt: tuple[Cents, str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The latest decision; without `days_ago` it is the approval itself."""

    delivery: Delivery
    type: Literal["approval", "change", "rejection", "revocation", "reimbursement", "reduction"] = (
        "approval"
    )
    days_ago: int | None = None
    provisional: bool = False
    instructed: bool = True
    objection: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """`status` and `days_ago` only for one that is still open."""

    status: Literal["received", "in_review", "documents_missing"] | None = None
    days_ago: int = 0
    missing: tuple[tuple[str, int], ...] = ()
    received: tuple[str, ...] = ("Mietvertrag", "Kontoauszüge der letzten drei Monate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One household. `notice` is missing while nothing was decided."""

    ref: str
    persons: tuple[Someone, ...]
    home: Home
    notice: Notice | None
    since: int = 4
    period: int = 12
    application: Application = Application()
    education: tuple[tuple[str, Cents, str, int], ...] = ()
    custody: tuple[tuple[int, Literal["joint", "sole"]], ...] = ()
    notes: tuple[tuple[int, str], ...] = ()
