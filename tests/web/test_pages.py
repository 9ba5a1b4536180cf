"""The pages everybody may read, over HTTP, and the templates behind the sign-in, filled by hand."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from itertools import pairwise
from types import SimpleNamespace
from typing import Final
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from app.answers import public
from app.answers.accesses import Access, Accesses, UsedField
from app.answers.answer import Composer, Status
from app.catalogue.fields import Group
from app.catalogue.rulebook import Rulebook
from app.identity import guards as identity_guards
from app.identity import persons
from app.identity.browser.own_sessions import OwnSession
from app.identity.persons import Person
from app.legitimation import guards as legitimation_guards
from app.legitimation.binding import binding_routes
from app.legitimation.kinds import TERMS, Action, Effect, MandateKind
from app.legitimation.mandates import Offer
from app.legitimation.protection.protection import NOBODY_PROTECTED, SetBy
from app.policy.consent import ConsentDecision, ConsentState
from app.redaction.kinds import Kind
from app.vocabulary.errors import KlarfallError, Unauthenticated, Unavailable
from app.vocabulary.ids import (
    CaseId,
    EntryId,
    FieldName,
    IdentityId,
    MandateId,
    PersonId,
    ReleaseId,
    SessionId,
    SubjectId,
    TenantId,
)
from app.vocabulary.levels import Assurance, Form, Hosting, Language, Purpose, Withheld
from app.web import problems
from app.web.edge import Edge
from app.web.pages import routes
from app.web.pages.asking import STAGES
from app.web.pages.rendering import TEMPLATES, page
from app.web.pages.representing import Representative
from app.web.pages.view import Choice, View, get_pages, get_view
from app.web.pages.wording import words
from app.web.tenants import Tenant
from tests.fixtures import ROOT

RULEBOOK: Final = Rulebook.load(ROOT / "policies")
MARKUP: Final = '<img src=x onerror=alert(1)>Łukasz & "Co"'


def tenant(name: str, office: str) -> Tenant:
    return Tenant.model_validate(
        {
            "id": name,
            "name": office,
            "languages": ["de", "en"],
            "model": "none",
            "identity": {
                "issuer": "http://127.0.0.1:1/x",
                "client_id": "x",
                "key_file": "/x",
                "profile": "plain",
                "acr": {},
            },
            "office": {
                "hours": "Mo–Fr 8–12 Uhr",
                "telephone": "06252 0000000",
                "officer_contact": "datenschutz@office.example",
                "controller": office,
            },
            "log": {"origin": "log.example", "signing_key_file": "/x"},
            "keys": {"service": "file", "file": "/x"},
        }
    )


TENANTS: Final = {
    TenantId("bergstrasse"): tenant("bergstrasse", "Jobcenter Bergstraße"),
    TenantId("main-kinzig"): tenant("main-kinzig", "Jobcenter Main-Kinzig"),
}


class Page(HTMLParser):
    """What is on a page, as far as these tests ask."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.title = ""
        self._open: list[str] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["title"]:
            self.title += data
        if self._open[-1:] in (["script"], ["style"]) and data.strip():
            self.inline.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def headings(self) -> list[int]:
        return [int(tag[1]) for tag, _ in self.tags if re.fullmatch("h[1-6]", tag)]


def faults(shown: Page) -> list[str]:
    """Whatever a page of ours must not have."""
    found = [f"inline {text[:20]}" for text in shown.inline]
    for tag, attributes in shown.tags:
        found += [f"{tag} {a}" for a in attributes if a.startswith("on") or a == "style"]
        for name in ("href", "src", "action", "formaction"):
            address = attributes.get(name) or "/"
            if not address.startswith(("/", "#")) or address.startswith("//"):
                found.append(f"{tag} leads to {address}")
    if shown.headings.count(1) != 1 or shown.headings[0] != 1:
        found.append("not exactly one first heading")
    found += [f"h{a} then h{b}" for a, b in pairwise(shown.headings) if b > a + 1]
    ids = [a["id"] for _, a in shown.tags if "id" in a]
    found += [f"id {i} twice" for i in set(ids) if ids.count(i) > 1]
    for field in [*shown.all("textarea"), *shown.all("select")]:
        labelled = any(label.get("for") == field.get("id") for label in shown.all("label"))
        if "hidden" not in field and not labelled:
            found.append(f"{field.get('id')} has no label")
    return found


SESSION: Final = {"cookie": f"__Host-klarfall=main-kinzig.{'A' * 43}"}


class FailingIdentity:
    """Every session looked for ends like this."""

    error: KlarfallError = Unauthenticated()
    actions = RULEBOOK.actions

    def peer(self, _tenant: str) -> None:
        raise self.error


def nobody_needed() -> None:
    """What a page without a person does not come to use."""


@pytest.fixture
def identity() -> FailingIdentity:
    return FailingIdentity()


@pytest.fixture
async def browser(identity: FailingIdentity) -> AsyncIterator[httpx2.AsyncClient]:
    """The service as far as it needs neither database nor provider."""
    app = FastAPI()
    for error, handler in (
        (KlarfallError, problems.render_klarfall),
        (RequestValidationError, problems.render_invalid),
        (HTTPException, problems.render_http),
    ):
        app.add_exception_handler(error, handler)
    app.include_router(routes.router)
    given = SimpleNamespace(
        tenants=TENANTS,
        hosting=dict.fromkeys(TENANTS, Hosting.NO_MODEL),
        rulebook=RULEBOOK,
        demo=True,
    )
    app.dependency_overrides |= {
        get_pages: lambda: given,
        identity_guards.get_identity: lambda: identity,
        legitimation_guards.get_legitimation: nobody_needed,
        binding_routes.get_bindings: nobody_needed,
        public.get_public_desk: nobody_needed,
    }
    app.add_middleware(Edge)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(
        transport=transport, base_url="https://klarfall.example", headers={"Accept": "text/html"}
    ) as client:
        yield client


class TestForEverybody:
    @pytest.mark.parametrize("address", ["/", "/privacy", "/privacy?tenant=bergstrasse", "/ask"])
    @pytest.mark.parametrize("language", ["de", "en"])
    async def test_a_page_is_sound_in_both_languages(
        self, browser: httpx2.AsyncClient, address: str, language: str
    ) -> None:
        answer = await browser.get(address, headers={"Accept-Language": language})

        shown = Page(answer.text)
        assert faults(shown) == []
        assert shown.all("html")[0]["lang"] == language
        assert answer.headers["content-language"] == language
        assert shown.title.endswith("– Klarfall")
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"

    async def test_the_first_page_says_first_that_this_is_an_ai_system(
        self, browser: httpx2.AsyncClient
    ) -> None:
        text = (await browser.get("/")).text

        notice = text.index("KI-System. Es kann sich irren")
        assert notice < text.index("/login?tenant=") < text.index("<textarea")
        assert "/privacy" in text[: text.index("/login?tenant=")]

    async def test_each_office_can_be_signed_in_at(self, browser: httpx2.AsyncClient) -> None:
        links = [a["href"] for a in Page((await browser.get("/")).text).all("a")]

        assert {f"/login?tenant={name}&next=/ask" for name in TENANTS} <= set(links)

    async def test_the_notice_names_controller_officer_and_retention(
        self, browser: httpx2.AsyncClient
    ) -> None:
        text = (await browser.get("/privacy?tenant=main-kinzig")).text

        for needed in (
            "Jobcenter Main-Kinzig",
            "datenschutz@office.example",
            "13 Monate",
            "Art. 22 DSGVO",
            "§ 67b Abs. 2 SGB X",
        ):
            assert needed in text

    async def test_an_unknown_office_has_no_notice(self, browser: httpx2.AsyncClient) -> None:
        assert (await browser.get("/privacy?tenant=elsewhere")).status_code == 404

    async def test_the_language_asked_for_is_remembered(self, browser: httpx2.AsyncClient) -> None:
        first = await browser.get("/?lang=en")
        again = await browser.get("/")

        assert Page(first.text).all("html")[0]["lang"] == "en"
        assert Page(again.text).all("html")[0]["lang"] == "en"
        assert first.headers["set-cookie"].startswith("klarfall-language=en;")

    async def test_a_language_nobody_offers_is_not_kept(self, browser: httpx2.AsyncClient) -> None:
        answer = await browser.get('/?lang="><script>')

        assert "set-cookie" not in answer.headers
        assert "<script>" not in answer.text

    async def test_without_a_session_a_page_about_a_case_asks_to_sign_in(
        self, browser: httpx2.AsyncClient
    ) -> None:
        for path in ("/ask", "/mandates", "/bind", "/fields", "/consents", "/session"):
            answer = await browser.get(path)

            assert answer.status_code == 401, path
            assert 'href="/#sign-in"' in answer.text

    async def test_after_a_session_ended_the_way_leads_back_to_its_office(
        self, browser: httpx2.AsyncClient, identity: FailingIdentity
    ) -> None:
        identity.error = Unauthenticated()

        answer = await browser.get("/fields", headers=SESSION)

        assert answer.status_code == 401
        assert 'href="/login?tenant=main-kinzig&amp;next=/ask"' in answer.text
        assert "15 Minuten" in answer.text
        assert faults(Page(answer.text)) == []

    async def test_nobody_is_taken_for_nobody_while_the_database_is_away(
        self, browser: httpx2.AsyncClient, identity: FailingIdentity
    ) -> None:
        identity.error = Unavailable("database")

        answer = await browser.get("/", headers=SESSION)

        assert answer.status_code == 503
        assert "nichts verloren gegangen" in answer.text
        assert answer.headers["retry-after"] == "5"

    @pytest.mark.parametrize(
        ("question", "sentence"),
        [("", "Bitte schreiben Sie Ihre Frage"), ("x" * 1001, "Ihre Frage ist zu lang")],
    )
    async def test_a_question_that_does_not_fit_is_not_lost(
        self, browser: httpx2.AsyncClient, question: str, sentence: str
    ) -> None:
        answer = await browser.post(
            "/general", data={"tenant": "bergstrasse", "question": question}
        )

        assert answer.status_code == 422
        assert sentence in answer.text
        assert question in answer.text
        assert faults(Page(answer.text)) == []


class TestErrors:
    async def test_a_browser_gets_the_sentence_as_a_page(self, browser: httpx2.AsyncClient) -> None:
        answer = await browser.get("/nowhere", headers={"Accept-Language": "en"})

        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
        assert "There is nothing here." in answer.text

    async def test_a_program_gets_problem_json_even_if_it_takes_pages(
        self, browser: httpx2.AsyncClient
    ) -> None:
        answer = await browser.get("/v1/nowhere")

        assert answer.headers["content-type"] == "application/problem+json"

    async def test_an_address_is_not_repeated(self, browser: httpx2.AsyncClient) -> None:
        answer = await browser.get("/kilroy-was-here")

        assert "kilroy" not in answer.text.replace("/kilroy-was-here?lang=en", "")


def request() -> Request:
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/ask",
        "query_string": b"",
        "headers": [],
        "scheme": "https",
        "server": ("klarfall.example", 443),
    }
    return Request(scope)


def person(name: str | None) -> Person:
    now = datetime.now(UTC)
    return Person(
        tenant=TenantId("bergstrasse"),
        identity=IdentityId(uuid4()),
        assurance=Assurance.SUBSTANTIAL,
        authenticated_at=now,
        valid_until=now,
        session=SessionId(uuid4()),
        client_id=None,
        name=name,
        active_mandate=None,
        seal=persons._SEAL,
    )


def choice(kind: MandateKind, name: str | None) -> Choice:
    one = PersonId(uuid4())
    offer = Offer(
        id=MandateId(uuid4()),
        version=1,
        kind=kind,
        grantor=one,
        grantee=one,
        case=CaseId(uuid4()),
        groups=frozenset("*"),
        actions=frozenset(),
        valid_from=datetime.now(UTC),
        valid_to=datetime.now(UTC),
        evidence_assurance=Assurance.HIGH,
        shield=NOBODY_PROTECTED,
    )
    return Choice(offer, name)


def own_session(*, current: bool) -> OwnSession:
    begun = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
    return OwnSession(
        id=SessionId(uuid4()),
        created_at=begun,
        last_seen_at=begun,
        expires_at=begun,
        assurance=Assurance.SUBSTANTIAL,
        current=current,
    )


def representative(kind: MandateKind) -> Representative:
    """Named with markup, or not at all."""
    return Representative(
        id=MandateId(uuid4()),
        kind=kind,
        name=MARKUP if kind is MandateKind.PROXY else None,
        actions=[] if kind is MandateKind.PRESUMED_38 else list(Action),
        groups=["benefit", "housing"] if kind is MandateKind.GUARDIAN else ["*"],
        reserved=["benefit"] if kind is MandateKind.GUARDIAN else [],
        since=date(2026, 1, 1),
        until=date(2030, 1, 1) if kind is MandateKind.PARENT else None,
        effect=TERMS[kind].objection,
        objected=kind is MandateKind.GUARDIAN,
    )


def view(name: str | None = "Erika", language: Language = Language.DE) -> View:
    acting = choice(MandateKind.SELF, name)
    return View(
        request=request(),
        language=language,
        person=person(name),
        tenant=TENANTS[TenantId("bergstrasse")],
        form_token="f" * 64,
        choices=(acting, choice(MandateKind.PROXY, name), choice(MandateKind.PROXY, None)),
        acting=acting,
    )


def shown(template: str, seen: View, values: Mapping[str, object] | None = None) -> Page:
    return Page(
        bytes(page(seen, template, status=200, switch_to=None, **dict(values or {})).body).decode()
    )


def access(kind: MandateKind) -> Access:
    """One a model saw and answered, for each who acts for somebody; else one without an answer."""
    other = kind is not MandateKind.SELF
    form = Form.SLOT if other else Form.NONE
    return Access(
        id=ReleaseId(uuid4()),
        at=datetime.now(UTC),
        kind=kind,
        erased=False,
        name=MARKUP if other else None,
        mandate=MandateId(uuid4()),
        purpose=Purpose.ANSWER_OWN_QUESTION,
        used=(UsedField(SubjectId(uuid4()), FieldName("person.address"), "§ 83 SGB X", form),),
        hosting=Hosting.ON_PREMISES,
        policy="0" * 64,
        status=Status.ANSWERED if other else None,
        composer=Composer.MODEL if other else None,
        receipt=EntryId(uuid4()) if other else None,
    )


class TestBehindTheSignIn:
    ASK: Final[dict[str, object]] = {
        "question": "",
        "fault": None,
        "start": False,
        "longest": 1000,
        "stages": STAGES,
    }

    MANDATES: Final[dict[str, object]] = {
        "about": [representative(kind) for kind in MandateKind if kind is not MandateKind.SELF],
        "said": Effect.PASSED_ON,
    }
    ALONE: Final[dict[str, object]] = {"about": [], "said": Effect.ENDED}
    SESSIONS: Final[dict[str, object]] = {
        "sessions": [own_session(current=c) for c in (True, False)]
    }
    NO_LOG: Final[dict[str, object]] = {"log": None, "labels": {}, "laws": {}, "first": True}
    LOG: Final[dict[str, object]] = {
        "log": Accesses(tuple(access(kind) for kind in MandateKind), next=ReleaseId(uuid4())),
        "labels": {"person.address": "Anschrift"},
        "laws": {"§ 83 SGB X": "§ 83 SGB X"},
        "first": True,
    }

    @pytest.mark.parametrize("language", list(Language))
    @pytest.mark.parametrize(
        ("template", "values"),
        [("ask.html", ASK), ("mandates.html", MANDATES), ("mandates.html", ALONE),
         ("bind.html", {"fault": None, "match_fault": None, "matching": False}),
         ("bind.html", {"fault": "bind.unknown", "match_fault": None, "matching": True}),
         ("bind.html", {"fault": None, "match_fault": "bind.match_unknown", "matching": True}),
         ("accesses.html", NO_LOG),
         ("accesses.html", LOG), ("protection.html", {"by": None, "mine": True}),
         ("protection.html", {"by": frozenset(SetBy), "mine": True}),
         ("protection.html", {"by": None, "mine": False}), ("session.html", SESSIONS)],
    )  # fmt: skip
    def test_a_page_is_sound(
        self, template: str, values: dict[str, object], language: Language
    ) -> None:
        seen = shown(template, view(language=language), values)

        assert faults(seen) == []
        assert seen.all("html")[0]["lang"] == language

    @pytest.mark.parametrize("template", ["mandates.html", "session.html"])
    def test_a_name_with_markup_stays_a_name(self, template: str) -> None:
        seen = shown(template, view(MARKUP), {**self.MANDATES, **self.SESSIONS})

        assert "onerror" not in {name for _, a in seen.tags for name in a}
        assert "&lt;img src=x onerror=alert(1)&gt;Łukasz &amp; &#34;Co&#34;" in seen.text

    def test_every_page_says_for_whom_one_acts(self) -> None:
        for template, values in (("ask.html", self.ASK), ("session.html", self.SESSIONS)):
            assert "Sie handeln für sich selbst: Erika" in shown(template, view(), values).text

    def test_every_form_carries_its_token(self) -> None:
        seen = shown("mandates.html", view(), self.MANDATES)

        forms = [form for form in seen.all("form") if form.get("method") == "post"]
        tokens = [i for i in seen.all("input") if i.get("name") == "form_token"]
        assert len(forms) == len(tokens) == 10

    def test_a_question_with_markup_stays_text(self) -> None:
        seen = shown("ask.html", view(), {**self.ASK, "question": f"</textarea>{MARKUP}"})

        assert seen.text.count("</textarea>") == 1
        assert "<img src=x" not in seen.text


class TestWords:
    def test_both_languages_have_the_same_sentences(self) -> None:
        german, english = words(Language.DE), words(Language.EN)

        assert set(german) == set(english)
        for key in german:
            slots = [set(re.findall(r"\{(\w+)\}", w.say(key))) for w in (german, english)]
            assert slots[0] == slots[1], key

    def test_every_word_of_the_contract_can_be_said(self) -> None:
        closed: dict[str, Iterator[str]] = {
            "status": iter(Status),
            "reason": iter(Withheld),
            "kind": iter(Kind),
            "purpose": iter(Purpose),
            "hosting": iter(Hosting),
            "to_model": iter(Form),
            "would_model": iter(Form),
            "stage": iter(STAGES),
            "group": iter(Group),
            "consent": iter(ConsentState),
            "decision": iter(ConsentDecision),
            "assurance": (level.word for level in Assurance),
        }
        missing = [
            f"{part}.{word}"
            for part, members in closed.items()
            for word in members
            if f"{part}.{word}" not in words(Language.DE)
        ]

        assert missing == []

    def test_every_sentence_a_template_names_is_there(self) -> None:
        named = {
            key
            for path in TEMPLATES.glob("*.html")
            for key in re.findall(r"\bt\('([a-z_.]+[a-z0-9_])'[,)]", path.read_text())
        }

        assert len(named) > 80
        assert named - set(words(Language.DE)) == set()

    def test_a_sentence_that_is_not_there_is_an_error(self) -> None:
        with pytest.raises(KeyError):
            words(Language.DE).say("nothing.of.the.kind")


def test_the_guard_of_a_page_is_its_view() -> None:
    """Each page learns who looks; none can forget to ask."""
    assert get_view.__annotations__["person"] is identity_guards.Visitor
