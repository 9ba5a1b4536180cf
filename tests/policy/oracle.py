"""Who may be released what, told once more in plain Python, without a look at the policies."""

from dataclasses import dataclass
from itertools import combinations, product
from random import Random

from app.vocabulary.levels import Withheld

NOW = 1_000_000
PURPOSE = "answer_own_question"
DAY = 86_400
OLDEST = 3600  # seconds since the sign-in, at most


@dataclass(frozen=True, slots=True)
class Wish:
    """One release, as an enumerable world has it."""

    recipient: str
    hosting: str
    assurance: int
    special: bool
    window: str  # of the mandate: "open", "begins_now", "ends_next", "over", "not_begun"
    kind: str
    evidence: int
    party: bool
    actions: tuple[str, ...]
    grantee: bool  # the one who asks is the mandate's grantee
    same_case: bool
    whose: str  # "own", "other", "household"
    groups: str  # of the mandate: "named", "every", "another"
    purpose_listed: bool
    min_assurance: int
    age: int
    basis: str
    consent: str
    form: str
    locating: bool
    subject_protected: bool
    household_protected: bool


CHOICES: tuple[tuple[object, ...], ...] = (
    ("person", "model"),
    ("no_model", "on_premises", "eu_processor", "third_country"),
    (0, 1, 2, 3),
    (False, True),
    ("open", "begins_now", "ends_next", "over", "not_begun"),
    ("SELF", "PROXY"),
    (0, 1, 2, 3),
    (False, True),
    (("read",), ("explain",)),
    (True, False),
    (True, False),
    ("own", "other", "household"),
    ("named", "every", "another"),
    (True, False),
    (0, 1, 2, 3),
    (1, OLDEST, OLDEST + 1),
    ("statute", "consent", "none"),
    ("granted", "refused", "missing"),
    ("none", "slot", "value"),
    (False, True),
    (False, True),
    (False, True),
)
_PLACES = list(Wish.__dataclass_fields__)
_GRANTED = (
    *("person", "on_premises", 3, False, "open", "SELF", 3, True, ("read",), True, True, "own"),
    *("named", True, 2, 1, "statute", "granted", "slot", False, False, False),
)


def everything() -> int:
    size = 1
    for choice in CHOICES:
        size *= len(choice)
    return size


def granted() -> list[Wish]:
    """The wishes that the others are near to: each is granted, and each for a reason of its own."""
    found = []
    for recipient, kind, whose, basis in product(
        ("person", "model"), ("SELF", "PROXY"), ("own", "household"), ("statute", "consent")
    ):
        changes: dict[str, object] = {
            "recipient": recipient,
            "kind": kind,
            "whose": whose,
            "basis": basis,
        }
        found.append(_changed(_GRANTED, changes))
    found.append(_changed(_GRANTED, {"recipient": "model", "hosting": "eu_processor"}))
    found.append(_changed(_GRANTED, {"locating": True}))
    return [Wish(*each) for each in found]  # type: ignore[arg-type]  # one of each choice, in order


def _changed(base: tuple[object, ...], changes: dict[str, object]) -> tuple[object, ...]:
    return tuple(changes.get(place, base[n]) for n, place in enumerate(_PLACES))


def worlds(seed: int, size: int) -> list[Wish]:
    """A sample in which every second wish starts from one that is granted and differs little."""
    random = Random(seed)  # noqa: S311 - a seeded sample, no secret
    bases = granted()
    found: list[Wish] = []
    for number in range(size):
        picked = [random.choice(choice) for choice in CHOICES]
        if number % 2:
            base: list[object] = list(_values(random.choice(bases)))
            for place in random.sample(range(len(base)), random.randint(0, 4)):
                base[place] = picked[place]
            picked = base
        found.append(Wish(*picked))  # type: ignore[arg-type]  # one of each choice, in order
    return found


def neighbours(*, places: int = 2) -> list[Wish]:
    """Every wish that differs from a granted one of `_GRANTED` in so many places at most.

    And every wish that differs in one place from any other that is granted.
    """
    found: set[tuple[object, ...]] = set()
    for recipient in ("person", "model"):
        _near(_changed(_GRANTED, {"recipient": recipient}), places, found)
    for base in granted():
        _near(_values(base), 1, found)
    # What protection turns on, whole: nothing near a granted wish is far enough from it.
    for recipient, kind, whose, *flags in product(
        ("person", "model"), ("SELF", "PROXY"), ("own", "household"), *((False, True),) * 3
    ):
        names = ("locating", "subject_protected", "household_protected")
        changes: dict[str, object] = {"recipient": recipient, "kind": kind, "whose": whose}
        found.add(_changed(_GRANTED, changes | dict(zip(names, flags, strict=True))))
    return [Wish(*each) for each in sorted(found, key=str)]  # type: ignore[arg-type]  # as above


def _near(base: tuple[object, ...], places: int, found: set[tuple[object, ...]]) -> None:
    for chosen in combinations(range(len(base)), places):
        for values in product(*(CHOICES[place] for place in chosen)):
            near = list(base)
            for place, value in zip(chosen, values, strict=True):
                near[place] = value
            found.add(tuple(near))


def _values(wish: Wish) -> tuple[object, ...]:
    return tuple(getattr(wish, place) for place in _PLACES)


def valid(wish: Wish) -> bool:
    return wish.window in {"open", "begins_now", "ends_next"}


def hidden(wish: Wish) -> bool:
    """Whether it would lead to somebody who is protected."""
    if not wish.locating:
        return False
    if wish.whose == "household":
        return wish.household_protected
    return wish.subject_protected and wish.kind != "SELF"


def allowed(wish: Wish) -> bool:
    """The whole truth, each line a reason to say no."""
    if not wish.grantee or not wish.same_case or not valid(wish):
        return False
    if "read" not in wish.actions or wish.groups == "another" or not wish.purpose_listed:
        return False
    if wish.whose == "other" or (wish.whose == "household" and not wish.party) or hidden(wish):
        return False
    sure = min(wish.assurance, wish.evidence)
    if wish.assurance == 0 or sure < wish.min_assurance or wish.age > OLDEST:
        return False
    if wish.basis == "none" or (wish.basis == "consent" and wish.consent != "granted"):
        return False
    return wish.recipient == "person" or to_model(wish)


def to_model(wish: Wish) -> bool:
    if wish.hosting not in {"on_premises", "eu_processor"} or wish.form == "none":
        return False
    return not wish.special or wish.hosting == "on_premises"


def forbidding(wish: Wish) -> frozenset[str]:
    """Every policy that says no, by its id. None of them is needed where no permit says yes."""
    model, consent = wish.recipient == "model", wish.basis == "consent"
    found = {
        "own-data-only": wish.whose == "other",
        "household-to-its-parties": wish.whose == "household" and not wish.party,
        "safe-at-home": hidden(wish),
        "within-the-mandate": wish.groups == "another",
        "evidence-floor": wish.evidence < wish.min_assurance,
        "purpose": not wish.purpose_listed,
        "legal-basis": wish.basis == "none",
        "assurance-floor": wish.assurance == 0 or wish.assurance < wish.min_assurance,
        "fresh-authentication": wish.age > OLDEST,
        "consent-refused": consent and wish.consent == "refused",
        "consent-where-consent-is-the-basis": consent and wish.consent == "missing",
        "no-model": model and wish.hosting == "no_model",
        "no-third-country": model and wish.hosting == "third_country",
        "special-questions-stay-in-the-house": model
        and wish.special
        and wish.hosting != "on_premises",
        "never-to-a-model": model and wish.form == "none",
    }
    return frozenset(name for name, holds in found.items() if holds)


def reasons(wish: Wish) -> set[Withheld]:
    """Every reason that holds; the one told is among them."""
    found = {
        Withheld.OTHER_PERSON: wish.whose == "other"
        or (wish.whose == "household" and not wish.party),
        Withheld.NOT_MANDATED: wish.groups == "another"
        or wish.evidence < wish.min_assurance
        or not wish.grantee
        or not wish.same_case
        or not valid(wish)
        or "read" not in wish.actions,
        Withheld.PROTECTED: hidden(wish),
        Withheld.PURPOSE_MISMATCH: not wish.purpose_listed,
        Withheld.NO_BASIS: wish.basis == "none"
        or (wish.recipient == "model" and wish.hosting != "no_model" and not to_model(wish))
        or (wish.recipient == "model" and (wish.special or wish.form == "none")),
        Withheld.NOT_NEEDED: wish.recipient == "model" and wish.hosting == "no_model",
        Withheld.ASSURANCE_TOO_LOW: wish.assurance == 0 or wish.assurance < wish.min_assurance,
        Withheld.AUTHENTICATION_TOO_OLD: wish.age > OLDEST,
        Withheld.CONSENT_REFUSED: wish.basis == "consent" and wish.consent == "refused",
        Withheld.CONSENT_MISSING: wish.basis == "consent" and wish.consent == "missing",
    }
    return {reason for reason, holds in found.items() if holds}
