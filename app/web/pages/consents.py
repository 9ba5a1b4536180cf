"""Which fields a person decides about, with the text to read first, and the deciding."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from app.answers.fieldlist import FieldBody
from app.catalogue.actions import CitizenAction
from app.catalogue.fields import Group
from app.identity.declared import does
from app.identity.guards import form_ticket
from app.legitimation.guards import Legitimation
from app.legitimation.mandates import Mandate
from app.policy.consent import ConsentDecision, ConsentEvent, Consents, ConsentState, Notice
from app.vocabulary.ids import FieldName, SubjectId
from app.vocabulary.levels import Language, Purpose, Recipient, Withheld
from app.web.pages.rendering import page
from app.web.pages.view import Given, Pages, Seen, View

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

# What a consent changes. None stands for a field that is shown: the choice is then about the model.
_CONSENT_DECIDES: Final = frozenset({None, Withheld.CONSENT_MISSING, Withheld.CONSENT_REFUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decidable:
    """`text` comes before the choice, in full: nobody agrees to what they could not read.

    `may_allow` is false where one may only say no, as a ward in what a court reserved.
    """

    subject: SubjectId
    field: FieldName
    label: str
    purpose: Purpose
    state: ConsentState
    notice: Notice
    may_allow: bool

    @property
    def paragraphs(self) -> list[str]:
        return [part.strip() for part in self.notice.text.split("\n\n") if part.strip()]


async def decidable(
    pages: Pages, mandate: Mandate, view: View, purpose: Purpose = Purpose.ANSWER_OWN_QUESTION
) -> Mapping[str, Decidable]:
    """By field. Empty for whoever acts with a mandate that only reads."""
    if view.acting is None or not view.acting.may_refuse:
        return {}
    events = await pages.consents.history(mandate)
    return {
        each.field: each
        for each in _decidables(pages, mandate, events, view.language)
        if each.purpose is purpose
    }


def _decidables(
    pages: Pages, mandate: Mandate, events: tuple[ConsentEvent, ...], language: Language
) -> list[Decidable]:
    standing = Consents({(e.subject, e.field, e.purpose): e.decision for e in events})
    return [
        Decidable(
            subject=subject,
            field=field,
            label=pages.rulebook.catalogue[field].label(language),
            purpose=purpose,
            state=standing.state(subject, field, purpose),
            notice=notice,
            may_allow=mandate.submits(pages.rulebook.catalogue[field].group),
        )
        for field, purpose, notice in pages.consents.choices(mandate, language)
        for subject in (pages.consents.subject(mandate, field),)
    ]


def choice_about(
    choices: Mapping[str, Decidable], subject: UUID, field: str, reason: Withheld | None
) -> Decidable | None:
    """The choice beside a field that is shown, or held back for want of consent.

    None for the same field of another person: deciding would change one's own.
    """
    found = choices.get(field)
    if found is None or found.subject != subject or reason not in _CONSENT_DECIDES:
        return None
    return found


@router.get("/consents")
@does(CitizenAction.READ_CONSENTS)
async def consents(view: Seen, pages: Given, desk: Legitimation) -> Response:
    """What was allowed, what may be decided, and everything decided so far."""
    if (detour := view.detour()) is not None:
        return detour
    mandate = await view.mandate(desk)
    events = await pages.consents.history(mandate)
    every = _decidables(pages, mandate, events, view.language)
    by_notice: dict[tuple[Purpose, str], list[Decidable]] = {}
    for each in every:
        by_notice.setdefault((each.purpose, each.notice.id), []).append(each)
    return page(
        view,
        "consents.html",
        granted=[each for each in every if each.state is ConsentState.GRANTED],
        groups=list(by_notice.values()),
        history=[
            (event, pages.rulebook.catalogue[event.field].label(view.language))
            for event in reversed(events)
        ],
        back="/consents",
    )


class DecisionForm(BaseModel):
    """`back` is the page that showed the notice."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    form_token: str
    field: Annotated[str, StringConstraints(max_length=100)]
    purpose: Annotated[str, StringConstraints(max_length=100)]
    decision: ConsentDecision
    notice: Annotated[str, StringConstraints(max_length=100)]
    notice_language: Language
    back: Annotated[str, StringConstraints(max_length=60)]


@router.post("/consents", dependencies=[Depends(form_ticket)])
@does(CitizenAction.DECIDE_CONSENT)
async def decide(
    form: Annotated[DecisionForm, Form()], view: Seen, pages: Given, desk: Legitimation
) -> Response:
    """One decision, from the page that showed the notice, and back to it."""
    withdrawn = form.decision is ConsentDecision.WITHDRAWN
    await pages.consents.decide(
        await view.mandate(desk),
        form.field,
        form.purpose,
        decision=form.decision,
        notice=None if withdrawn else form.notice,
        language=form.notice_language,
    )
    place = f"{_back(form.back)}#consent-{form.field}-{form.purpose}"
    return RedirectResponse(place, status_code=303)


@router.get("/fields")
@does(CitizenAction.LIST_FIELDS)
async def fields(view: Seen, pages: Given, desk: Legitimation) -> Response:
    """What may be in the file, on which ground, and what would be shown now. Never a value."""
    if (detour := view.detour()) is not None:
        return detour
    listed = await pages.fields.fields(await view.mandate(desk), view.language)
    groups: dict[Group, list[tuple[FieldBody, str | None]]] = {group: [] for group in Group}
    for each in listed:
        basis = pages.rulebook.bases.of(
            each.field, Purpose.ANSWER_OWN_QUESTION, Recipient.PERSON
        ).citation(view.language)
        groups[each.group].append((each, basis))
    return page(
        view, "fields.html", groups={group: found for group, found in groups.items() if found}
    )


def _back(wanted: str) -> str:
    """Only to a page of ours that shows the choice."""
    return (
        wanted
        if wanted.startswith("/answers/") and wanted[9:].strip("0123456789abcdef-") == ""
        else "/consents"
    )
