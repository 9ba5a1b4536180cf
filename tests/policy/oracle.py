"""Who may be released what, told once more in plain Python, without a look at the policies."""

from dataclasses import dataclass
from itertools import product
from random import Random

from app.vocabulary.levels import Withheld

NOW = 1_000_000
PURPOSE = "answer_own_question"


@dataclass(frozen=True, slots=True)
class Wish:
    """One release, as an enumerable world has it."""

    recipient: str
    hosting: str
    assurance: int
    special: bool
    window: str  # of the mandate: "open", "over", "not_begun"
    party: bool
    actions: tuple[str, ...]
    grantee: bool  # the one who asks is the mandate's grantee
    same_case: bool
    whose: str  # "own", "other", "household"
    group_covered: bool
    purpose_listed: bool
    min_assurance: int
    stale: bool
    basis: str
    consent: str
    form: str


CHOICES: tuple[tuple[object, ...], ...] = (
    ("person", "model"),
    ("no_model", "on_premises", "eu_processor", "third_country"),
    (0, 1, 2, 3),
    (False, True),
    ("open", "over", "not_begun"),
    (False, True),
    (("read",), ("explain",)),
    (True, False),
    (True, False),
    ("own", "other", "household"),
    (True, False),
    (True, False),
    (1, 2, 3),
    (False, True),
    ("statute", "consent", "none"),
    ("granted", "refused", "missing"),
    ("none", "slot", "value"),
)


def everything() -> int:
    size = 1
    for choice in CHOICES:
        size *= len(choice)
    return size


def worlds(seed: int, size: int) -> list[Wish]:
    """A sample in which every second wish starts from one that is granted and differs little."""
    random = Random(seed)  # noqa: S311 - a seeded sample, no secret
    found: list[Wish] = []
    granted = ("person", "on_premises", 3, False, "open", True, ("read",), True, True, "own")
    granted_tail = (True, True, 2, False, "statute", "missing", "slot")
    for number in range(size):
        picked = [random.choice(choice) for choice in CHOICES]
        if number % 2:
            base: list[object] = [*granted, *granted_tail]
            for place in random.sample(range(len(base)), random.randint(0, 3)):
                base[place] = picked[place]
            picked = base
        found.append(Wish(*picked))  # type: ignore[arg-type]  # one of each choice, in order
    return found


def neighbours() -> list[Wish]:
    """Every wish that differs from a granted one in two places at most."""
    granted = [
        *("person", "on_premises", 3, False, "open", True, ("read",), True, True, "own"),
        *(True, True, 2, False, "statute", "missing", "slot"),
    ]
    found: set[tuple[object, ...]] = set()
    for recipient in ("person", "model"):
        base: list[object] = [recipient, *granted[1:]]
        for one, other in product(range(len(base)), repeat=2):
            for first, second in product(CHOICES[one], CHOICES[other]):
                changed = list(base)
                changed[one], changed[other] = first, second
                found.add(tuple(changed))
    return [Wish(*each) for each in sorted(found, key=str)]  # type: ignore[arg-type]  # as above


def allowed(wish: Wish) -> bool:
    """The whole truth, each line a reason to say no."""
    if not wish.grantee or not wish.same_case or wish.window != "open":
        return False
    if "read" not in wish.actions or not wish.group_covered or not wish.purpose_listed:
        return False
    if wish.whose == "other" or (wish.whose == "household" and not wish.party):
        return False
    if wish.assurance == 0 or wish.assurance < wish.min_assurance or wish.stale:
        return False
    if wish.basis == "none" or (wish.basis == "consent" and wish.consent != "granted"):
        return False
    return wish.recipient == "person" or to_model(wish)


def to_model(wish: Wish) -> bool:
    if wish.hosting not in {"on_premises", "eu_processor"} or wish.form == "none":
        return False
    return not wish.special or wish.hosting == "on_premises"


def reasons(wish: Wish) -> set[Withheld]:
    """Every reason that holds; the one told is among them."""
    found = {
        Withheld.OTHER_PERSON: wish.whose == "other"
        or (wish.whose == "household" and not wish.party),
        Withheld.NOT_MANDATED: not wish.group_covered
        or not wish.grantee
        or not wish.same_case
        or wish.window != "open"
        or "read" not in wish.actions,
        Withheld.PURPOSE_MISMATCH: not wish.purpose_listed,
        Withheld.NO_BASIS: wish.basis == "none"
        or (wish.recipient == "model" and wish.hosting != "no_model" and not to_model(wish))
        or (wish.recipient == "model" and (wish.special or wish.form == "none")),
        Withheld.NOT_NEEDED: wish.recipient == "model" and wish.hosting == "no_model",
        Withheld.ASSURANCE_TOO_LOW: wish.assurance == 0 or wish.assurance < wish.min_assurance,
        Withheld.AUTHENTICATION_TOO_OLD: wish.stale,
        Withheld.CONSENT_REFUSED: wish.basis == "consent" and wish.consent == "refused",
        Withheld.CONSENT_MISSING: wish.basis == "consent" and wish.consent == "missing",
    }
    return {reason for reason, holds in found.items() if holds}
