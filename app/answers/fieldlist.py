"""The catalogue as it applies to one person: what there is, on which basis, and never a value."""

from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from app.answers.gate import Asked, Gate
from app.audit.events import EventKind
from app.catalogue.actions import CitizenAction
from app.catalogue.fields import Group, Sensitivity, Stored
from app.catalogue.rulebook import Rulebook
from app.identity.declared import does
from app.legitimation.guards import ActingMandate
from app.legitimation.mandates import Mandate
from app.policy import consent
from app.policy.consent import Consents, ConsentState
from app.policy.release import Item, Needed
from app.records.presence import present
from app.vocabulary.desks import Wanted
from app.vocabulary.ids import FieldName
from app.vocabulary.levels import Hosting, Language, Purpose, Withheld

router = APIRouter(prefix="/v1/cases/{case_id}", tags=["citizens"])


class FieldBody(BaseModel):
    """`present` is there only where the field would be released to this person now."""

    subject: UUID
    field: str
    label: str
    description: str
    group: Group
    sensitivity: Sensitivity
    basis: str | None = None
    shown: bool
    reason: Withheld | None = None
    consent: ConsentState | None = None
    present: bool | None = None


class FieldsBody(BaseModel):
    fields: list[FieldBody]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDesk:
    gate: Gate
    rulebook: Rulebook

    async def fields(self, mandate: Mandate, language: Language) -> list[FieldBody]:
        """Decided and logged like a question about everything.

        Only whether a value exists is looked up, and only where it would be released.
        """
        purpose = Purpose.ANSWER_OWN_QUESTION
        needed = frozenset(
            (mandate.household if f.stored is Stored.HOUSEHOLD else mandate.subject, f.name)
            for f in self.rulebook.catalogue
        )
        asked = Asked(needed=needed, purpose=purpose, hosting=Hosting.NO_MODEL, special=False)
        release, receipt = await self.gate.release(mandate, asked, kind=EventKind.FIELDS_LISTED)
        tenant = mandate.person.tenant
        async with self.gate.database.transaction(tenant) as tx:
            there = await present(tx, release, receipt)
            states = await consent.read(tx, mandate)
        return [self._body(item, there, states, language) for item in release.items]

    def _body(
        self, item: Item, there: frozenset[Needed], states: Consents, language: Language
    ) -> FieldBody:
        field = self.rulebook.catalogue[item.field]
        name = FieldName(item.field)
        asked = Purpose.ANSWER_OWN_QUESTION
        choosable = self.gate.policies.rest_on_consent({name}, asked)
        return FieldBody(
            subject=item.subject,
            field=name,
            label=field.label(language),
            description=field.description(language),
            group=field.group,
            sensitivity=field.sensitivity,
            basis=item.basis,
            shown=item.to_person,
            reason=item.reason,
            consent=states.state(item.subject, name, asked) if choosable else None,
            present=(item.subject, name) in there if item.to_person else None,
        )


get_fields: Final = Wanted[FieldDesk]("get_fields")


@router.get("/fields", response_model_exclude_none=True)
@does(CitizenAction.LIST_FIELDS)
async def fields(
    mandate: ActingMandate,
    desk: Annotated[FieldDesk, Depends(get_fields)],
    language: Language = Language.DE,
) -> FieldsBody:
    """What may be in the file about the one acted for, and what would be shown now."""
    return FieldsBody(fields=await desk.fields(mandate, language))
