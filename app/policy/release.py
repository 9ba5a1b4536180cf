"""The Release: which fields, to the person and to the model, in which form, and why not.

Default is withheld. Nothing after this room reads a field that no Release names.
"""

from collections.abc import Iterable
from dataclasses import InitVar, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, Self, final

from app.catalogue.bases import Bases, Ground
from app.catalogue.fields import Catalogue
from app.catalogue.notices import Notices
from app.legitimation.mandates import Mandate
from app.policy.engine import Ask, PolicyEngine, Verdict
from app.policy.entities import RECIPIENTS, Circumstances, Classes, request_entities
from app.vocabulary.evidence import Evidence, Seal
from app.vocabulary.ids import FieldName, ReleaseId, SubjectId, random_id
from app.vocabulary.levels import Form, Hosting, Purpose, Recipient, Withheld

_SEAL: Final = Seal()

Needed = tuple[SubjectId, FieldName]

# What tells people apart. Read only to be masked: shown to nobody, sent to nobody.
MASKED_OF_PERSONS: Final = (
    FieldName("person.name"),
    FieldName("person.birth_date"),
    FieldName("person.address"),
    FieldName("person.phone"),
    FieldName("person.email"),
    FieldName("person.bank_account"),
    FieldName("person.customer_number"),
    FieldName("person.insurance_number"),
    FieldName("person.health_insurance"),
    FieldName("employment.employer"),
)
MASKED_OF_HOUSEHOLD: Final = (
    FieldName("household.number"),
    FieldName("household.members"),
    FieldName("contact.caseworker"),
    FieldName("housing.landlord"),
)


@dataclass(frozen=True, slots=True)
class Item:
    """One field of one subject, decided.

    `reason` says why the person does not see it, `model_reason` why a model does
    not; `basis` is the citation the person's view rests on.
    """

    subject: SubjectId
    field: FieldName
    to_person: bool
    to_model: Form
    reason: Withheld | None
    model_reason: Withheld | None
    basis: str | None


@final
@dataclass(frozen=True, slots=True, repr=False)
class Release(Evidence):
    """Permission to read exactly these fields of one case, for one purpose, in this request."""

    id: ReleaseId
    mandate: Mandate
    purpose: Purpose
    hosting: Hosting
    policy_digest: str
    items: tuple[Item, ...]
    masking: frozenset[Needed]
    decided_at: datetime
    seal: InitVar[Seal]

    def __post_init__(self, seal: Seal) -> None:
        if seal is not _SEAL:
            raise TypeError("a Release is minted by app.policy.release alone")

    @property
    def readable(self) -> frozenset[Needed]:
        """What may be read to be shown or sent."""
        return frozenset((i.subject, i.field) for i in self.items if i.to_person)

    @property
    def withheld(self) -> tuple[Item, ...]:
        return tuple(i for i in self.items if not i.to_person)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """The policy set with the two registries it decides over."""

    engine: PolicyEngine
    catalogue: Catalogue
    bases: Bases
    notices: Notices
    digest: str

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Everything under policies/. The digest changes with any byte of it.

        Raises ValueError, naming what is amiss, rather than start with half a policy.
        """
        catalogue = Catalogue.load(folder / "fields.yaml")
        notices = Notices.load(folder / "notices.yaml")
        sheets = sorted([*folder.glob("*.cedar"), *folder.glob("*.cedarschema")])
        whole = sha256()
        for path in [*sheets, *sorted(folder.glob("*.yaml"))]:
            whole.update(sha256(path.read_bytes()).digest())
        return cls(
            engine=PolicyEngine.load(folder),
            catalogue=catalogue,
            bases=Bases.load(folder / "bases.yaml", catalogue=catalogue, notices=notices),
            notices=notices,
            digest=whole.hexdigest(),
        )

    def decide(
        self, mandate: Mandate, needed: Iterable[Needed], circumstances: Circumstances
    ) -> Release:
        """Twice for each (subject, field). An unknown field or an empty list releases nothing."""
        known = sorted({n for n in needed if n[1] in self.catalogue}, key=_order)
        person, model = self._verdicts(mandate, known, circumstances)
        items = tuple(
            self._item(pair, circumstances.purpose, p, m)
            for pair, p, m in zip(known, person, model, strict=True)
        )
        return Release(
            ReleaseId(random_id()),
            mandate,
            circumstances.purpose,
            circumstances.hosting,
            self.digest,
            items,
            masking_of(mandate) if any(i.to_model is not Form.NONE for i in items) else frozenset(),
            circumstances.now,
            _SEAL,
        )

    def rest_on_consent(self, fields: Iterable[FieldName], purpose: Purpose) -> bool:
        """Whether a consent can decide about any of these fields."""
        return any(
            self.bases.of(field, purpose, recipient).ground is Ground.CONSENT
            for field in fields
            if field in self.catalogue
            for recipient in (Recipient.PERSON, Recipient.MODEL)
        )

    def _item(self, needed: Needed, purpose: Purpose, person: Verdict, model: Verdict) -> Item:
        subject, name = needed
        to_model = person.allowed and model.allowed
        basis = self.bases.of(name, purpose, Recipient.PERSON)
        return Item(
            subject=subject,
            field=name,
            to_person=person.allowed,
            to_model=self.catalogue[name].form(purpose) if to_model else Form.NONE,
            reason=person.reason,
            model_reason=None if to_model else (person.reason or model.reason),
            basis=basis.citation() if person.allowed else None,
        )

    def _verdicts(
        self, mandate: Mandate, needed: list[Needed], circumstances: Circumstances
    ) -> tuple[list[Verdict], list[Verdict]]:
        """To the person and to the model, in one go: the facts of the request are told once."""
        sorter = Classes(self.catalogue, self.bases)
        asked = [
            (recipient, sorter.of(mandate, pair, circumstances, recipient))
            for recipient in RECIPIENTS
            for pair in needed
        ]
        numbers = {each: str(n) for n, each in enumerate(dict.fromkeys(asked))}
        grantee = str(mandate.grantee)
        asks = [Ask(grantee, number, recipient) for (recipient, _), number in numbers.items()]
        entities = request_entities(mandate, circumstances)
        entities += [each.entity(number) for (_, each), number in numbers.items()]
        verdicts = dict(zip(numbers, self.engine.decide(asks, entities), strict=True))
        told = [verdicts[each] for each in asked]
        return told[: len(needed)], told[len(needed) :]


def masking_of(mandate: Mandate) -> frozenset[Needed]:
    """The household's identifiers, which redaction must know before anything goes to a model.

    Named in the Release and logged, so that they too are read by no other door.
    """
    persons = {SubjectId(m.person) for m in mandate.members} | {mandate.subject}
    return frozenset(
        {(person, name) for person in persons for name in MASKED_OF_PERSONS}
        | {(mandate.household, name) for name in MASKED_OF_HOUSEHOLD}
    )


def _order(needed: Needed) -> tuple[str, str]:
    return needed[1], needed[0].hex
