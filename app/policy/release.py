"""The Release: which fields, to the person and to the model, in which form, and why not.

Default is withheld. Nothing after this room reads a field that no Release names.
"""

from collections.abc import Iterable, Sequence
from dataclasses import InitVar, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, Self, final

from app.catalogue.bases import Bases, Ground
from app.catalogue.fields import Catalogue
from app.catalogue.notices import Notices
from app.legitimation.mandates import Mandate
from app.policy.engine import Ask, Entity, PolicyEngine, Verdict
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
    not; `basis` is the citation the person's view rests on. That somebody is protected is said
    to nobody: such an item is told like one without a basis, and `protected` is kept in the
    sealed row alone.
    """

    subject: SubjectId
    field: FieldName
    to_person: bool
    to_model: Form
    reason: Withheld | None
    model_reason: Withheld | None
    basis: str | None
    protected: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """Everything Cedar was told, kept so that the decision can be made once more.

    `asked` are the classes of each item, in their order: to the person, to the model.
    """

    principal: str
    entities: tuple[Entity, ...]
    asked: tuple[tuple[str, str], ...]


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
    told: Told | None = None

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
        self,
        mandate: Mandate,
        needed: Iterable[Needed],
        circumstances: Circumstances,
        *,
        before: Release | None = None,
    ) -> Release:
        """Twice for each (subject, field). An unknown field or an empty list releases nothing.

        `before` was decided a moment ago: what it was decided from is put together anew, and
        where nothing of that has changed its items are, without asking the engine again.
        """
        known = sorted({n for n in needed if n[1] in self.catalogue}, key=_order)
        told = self._told(mandate, known, circumstances)
        if before is not None and self._same(before, known, circumstances.purpose, told):
            items = before.items
        else:
            items = self.items(known, circumstances.purpose, told)
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
            told,
        )

    def _same(
        self, before: Release, needed: Sequence[Needed], purpose: Purpose, told: Told
    ) -> bool:
        """Whether `items` was asked this very thing, of these very policies, for `before`."""
        return (
            before.told == told
            and before.purpose is purpose
            and before.policy_digest == self.digest
            and [(i.subject, i.field) for i in before.items] == list(needed)
        )

    def items(self, needed: Sequence[Needed], purpose: Purpose, told: Told) -> tuple[Item, ...]:
        """Decided from what was told alone: the same words give the same items, always."""
        asked = dict.fromkeys(
            (each, recipient)
            for pair in told.asked
            for each, recipient in zip(pair, RECIPIENTS, strict=True)
        )
        asks = [Ask(told.principal, each, recipient) for each, recipient in asked]
        found = dict(zip(asked, self.engine.decide(asks, told.entities), strict=True))
        to_person, to_model = RECIPIENTS
        return tuple(
            self._item(pair, purpose, found[one, to_person], found[other, to_model])
            for pair, (one, other) in zip(needed, told.asked, strict=True)
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
            reason=_told(person.reason),
            model_reason=None if to_model else _told(person.reason or model.reason),
            basis=basis.citation() if person.allowed else None,
            protected=person.reason is Withheld.PROTECTED,
        )

    def _told(self, mandate: Mandate, needed: list[Needed], circumstances: Circumstances) -> Told:
        """For person and model in one go: the facts of the request are told once."""
        sorter = Classes(self.catalogue, self.bases)
        sorted_in = [
            tuple(sorter.of(mandate, pair, circumstances, recipient) for recipient in RECIPIENTS)
            for pair in needed
        ]
        every = dict.fromkeys(each for pair in sorted_in for each in pair)
        numbers = {each: str(number) for number, each in enumerate(every)}
        entities = request_entities(mandate, circumstances)
        entities += [each.entity(number) for each, number in numbers.items()]
        asked = tuple((numbers[one], numbers[other]) for one, other in sorted_in)
        return Told(str(mandate.grantee), tuple(entities), asked)


def masking_of(mandate: Mandate) -> frozenset[Needed]:
    """The household's identifiers, which redaction must know before anything goes to a model.

    Named in the Release and logged, so that they too are read by no other door.
    """
    persons = {SubjectId(m.person) for m in mandate.members} | {mandate.subject}
    return frozenset(
        {(person, name) for person in persons for name in MASKED_OF_PERSONS}
        | {(mandate.household, name) for name in MASKED_OF_HOUSEHOLD}
    )


def _told(reason: Withheld | None) -> Withheld | None:
    """Without saying that anybody is protected: there is no basis to show it, which is true."""
    return Withheld.NO_BASIS if reason is Withheld.PROTECTED else reason


def _order(needed: Needed) -> tuple[str, str]:
    return needed[1], needed[0].hex
