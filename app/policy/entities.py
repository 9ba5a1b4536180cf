"""The facts of one request, told to Cedar as entities."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.catalogue.bases import Bases, Ground
from app.catalogue.fields import Catalogue, Group, Sensitivity
from app.legitimation.kinds import MandateKind
from app.legitimation.mandates import Mandate
from app.legitimation.protection.protection import Shield
from app.policy.consent import Consents, ConsentState
from app.policy.engine import Entity
from app.vocabulary.ids import FieldName, SubjectId
from app.vocabulary.levels import Assurance, Form, Hosting, Purpose, Recipient

_FOREVER: Final = 2**53
# In this order; the `Tx` of each has its name.
RECIPIENTS: Final = (Recipient.PERSON, Recipient.MODEL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a decision rests on besides the mandate and the fields.

    `shield` is as read in this very request: a flag holds from the next sentence on.
    """

    purpose: Purpose
    hosting: Hosting
    special_question: bool
    consents: Consents
    shield: Shield
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldClass:
    """Fields that are decided alike in a request; one Cedar decision serves them all."""

    group: Group
    household: bool
    subject: SubjectId
    min_assurance: int
    max_age: int
    locating: bool
    sensitivity: Sensitivity
    purposes: frozenset[Purpose]
    basis: Ground
    consent: ConsentState
    form: Form

    def entity(self, name: str) -> Entity:
        return _entity(
            "FieldClass",
            name,
            {
                "group": self.group,
                "subject": _reference("Person", self.subject),
                "household": self.household,
                "minAssurance": self.min_assurance,
                "maxAuthenticationAge": self.max_age,
                "locating": self.locating,
                "sensitivity": self.sensitivity,
                "purposes": sorted(self.purposes),
                "basis": self.basis,
                "consent": self.consent,
                "form": self.form,
            },
        )


@dataclass(frozen=True, slots=True)
class Classes:
    """Sorts fields into classes, by catalogue and registry of bases."""

    catalogue: Catalogue
    bases: Bases

    def of(
        self,
        mandate: Mandate,
        needed: tuple[SubjectId, FieldName],
        circumstances: Circumstances,
        recipient: Recipient,
    ) -> FieldClass:
        """A consent is looked up only where the basis is consent."""
        subject, name = needed
        field = self.catalogue[name]
        purpose = circumstances.purpose
        ground = self.bases.of(name, purpose, recipient).ground
        household = subject == mandate.household
        return FieldClass(
            group=field.group,
            household=household,
            subject=mandate.subject if household else subject,
            min_assurance=int(field.min_assurance),
            max_age=int(field.max_authentication_age.total_seconds()),
            locating=field.locating,
            sensitivity=field.sensitivity,
            purposes=field.purposes,
            basis=ground,
            consent=circumstances.consents.state(subject, name, purpose)
            if ground is Ground.CONSENT
            else ConsentState.MISSING,
            form=field.form(purpose),
        )


def request_entities(mandate: Mandate, circumstances: Circumstances) -> list[Entity]:
    """The people, the case, the mandate, and a `Tx` for each recipient."""
    people = {mandate.grantor, mandate.grantee, *(m.person for m in mandate.members)}
    return [
        *(_entity("Person", each, {}) for each in people),
        _entity("Case", mandate.case, {}),
        _mandate_entity(mandate),
        *(_tx_entity(mandate, circumstances, recipient) for recipient in RECIPIENTS),
    ]


def _mandate_entity(mandate: Mandate) -> Entity:
    ends = _FOREVER if mandate.valid_to is None else int(mandate.valid_to.timestamp())
    return _entity(
        "Mandate",
        mandate.id,
        {
            "kind": mandate.kind,
            "grantor": _reference("Person", mandate.grantor),
            "grantee": _reference("Person", mandate.grantee),
            "case": _reference("Case", mandate.case),
            "groups": sorted(mandate.groups),
            "actions": sorted(mandate.actions),
            "from": int(mandate.valid_from.timestamp()),
            "to": ends,
            "evidence": int(_evidence(mandate)),
            "party": mandate.party,
        },
    )


def _evidence(mandate: Mandate) -> Assurance:
    """Nobody needs a proof that they are themselves beyond the sign-in."""
    own = mandate.kind is MandateKind.SELF
    return Assurance.HIGH if own else mandate.evidence_assurance


def _tx_entity(mandate: Mandate, circumstances: Circumstances, recipient: Recipient) -> Entity:
    age = circumstances.now - mandate.person.authenticated_at
    return _entity(
        "Tx",
        recipient,
        {
            "case": _reference("Case", mandate.case),
            "mandate": _reference("Mandate", mandate.id),
            "purpose": circumstances.purpose,
            "recipient": recipient,
            "hosting": circumstances.hosting,
            "assurance": int(mandate.person.assurance),
            "authenticationAge": int(age.total_seconds()),
            "now": int(circumstances.now.timestamp()),
            "specialQuestion": circumstances.special_question,
            "subjectProtected": circumstances.shield.subject,
            "householdProtected": circumstances.shield.household,
        },
    )


def _reference(kind: str, name: object) -> dict[str, dict[str, str]]:
    return {"__entity": {"type": kind, "id": str(name)}}


def _entity(kind: str, name: object, attributes: dict[str, object]) -> Entity:
    return {"uid": {"type": kind, "id": str(name)}, "attrs": attributes, "parents": []}
