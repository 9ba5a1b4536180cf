"""What every page knows: who looks at it, for whom they act, and in which language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Final, Self

from fastapi import Depends, Request
from starlette.responses import RedirectResponse

from app.answers.fieldlist import FieldDesk
from app.catalogue.rulebook import Rulebook
from app.identity.browser.cookies import SESSION, ticket_in
from app.identity.guards import Visitor
from app.identity.officers import Officer
from app.identity.persons import Person
from app.legitimation.desk import LegitimationDesk
from app.legitimation.guards import Legitimation
from app.legitimation.kinds import Action, MandateKind
from app.legitimation.mandates import Mandate, Offer
from app.policy.consenting import ConsentDesk
from app.vocabulary.dates import BERLIN
from app.vocabulary.desks import Wanted
from app.vocabulary.errors import Unauthenticated
from app.vocabulary.ids import TenantId
from app.vocabulary.levels import Hosting, Language
from app.web.pages import language
from app.web.tenants import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """What the pages are made from, put together once by `app.web.main`."""

    tenants: Mapping[TenantId, Tenant]
    hosting: Mapping[TenantId, Hosting]
    rulebook: Rulebook
    consents: ConsentDesk
    fields: FieldDesk
    demo: bool


get_pages: Final = Wanted[Pages]("get_pages")
Given = Annotated[Pages, Depends(get_pages)]


def first_day(begins: datetime) -> date:
    return begins.astimezone(BERLIN).date()


def last_day(ends: datetime | None) -> date | None:
    """What ends at midnight was last good on the day before."""
    if ends is None:
        return None
    return (ends - timedelta(microseconds=1)).astimezone(BERLIN).date()


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody to act for. `name` is what the office recorded, or the provider for oneself."""

    offer: Offer
    name: str | None

    @property
    def for_self(self) -> bool:
        return self.offer.kind is MandateKind.SELF

    @property
    def since(self) -> date:
        return first_day(self.offer.valid_from)

    @property
    def until(self) -> date | None:
        return last_day(self.offer.valid_to)

    @property
    def may_decide(self) -> bool:
        """Whether this mandate covers giving and refusing consent."""
        return Action.SUBMIT in self.offer.actions

    @property
    def may_refuse(self) -> bool:
        """To say no for oneself takes no capacity to act (Art. 7(3) GDPR)."""
        return self.for_self or self.may_decide


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One request, as its page sees it. `acting` is None until it is clear for whom."""

    request: Request
    language: Language
    person: Person | None = None
    officer: Officer | None = None
    tenant: Tenant | None = None
    form_token: str | None = None
    choices: tuple[Choice, ...] = ()
    acting: Choice | None = None

    @classmethod
    def of_nobody(cls, request: Request) -> Self:
        return cls(request=request, language=language.chosen(request))

    def signed_in(self) -> Person:
        if self.person is None:
            raise Unauthenticated
        return self.person

    def detour(self) -> RedirectResponse | None:
        """Where to go first when it is not clear yet for whom this person acts."""
        self.signed_in()
        if self.acting is not None:
            return None
        return RedirectResponse("/mandates" if self.choices else "/bind", status_code=303)

    async def mandate(self, desk: LegitimationDesk) -> Mandate:
        """The mandate, read afresh. Raises Unauthenticated where there is nobody to have one."""
        if self.acting is None:
            raise Unauthenticated
        return await desk.mandate(self.signed_in(), self.acting.offer.case, named=None)


async def get_view(request: Request, person: Visitor, pages: Given, desk: Legitimation) -> View:
    """For any page. Raises Unavailable rather than serve somebody as nobody."""
    if person is None:
        return View.of_nobody(request)
    ticket = ticket_in(request, SESSION)
    choices = tuple(
        Choice(offer, person.name if offer.kind is MandateKind.SELF else label)
        for offer, label in await desk.offers(person)
    )
    return View(
        request=request,
        language=language.chosen(request),
        person=person,
        tenant=pages.tenants[person.tenant],
        form_token=None if ticket is None else ticket.form_token(),
        choices=choices,
        acting=_acting(choices, person),
    )


def _acting(choices: tuple[Choice, ...], person: Person) -> Choice | None:
    """As `mandates.choose` has it: the chosen one, or the only one."""
    if person.active_mandate is not None:
        return next((c for c in choices if c.offer.id == person.active_mandate), None)
    return choices[0] if len(choices) == 1 else None


Seen = Annotated[View, Depends(get_view)]
