"""Every route as it is served, held against what the contract says of it."""

import re
from collections.abc import Iterator, Mapping
from secrets import token_urlsafe
from typing import Any

import httpx2
import pytest
from fastapi.routing import iter_route_contexts
from jsonschema import Draft202012Validator
from starlette.routing import Mount

from app.web.admission import PUBLIC
from app.web.contract import ALWAYS, CODES, operations, refusals
from app.web.edge import SECURITY_HEADERS
from tests.service import Whole

MARKER = "zqmarkerqvxkwj"
NO_SUCH = "00000000-0000-4000-8000-000000000000"
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "PROPFIND"]
Document = dict[str, Any]  # JSON, as the specification has it


def served(whole: Whole) -> dict[str, set[str]]:
    """The methods of each path. A mount has none of its own."""
    found: dict[str, set[str]] = {}
    for route in iter_route_contexts(list(whole.app.routes)):
        if route.path and route.methods:
            found.setdefault(route.path, set()).update(route.methods)
    assert len(found) > 30
    return found


def filled(path: str) -> str:
    """A path with something in each of its places that nobody has."""
    known = {"tenant": "bergstrasse", "field": "person.name", "purpose": "answer_own_question"}
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda found: known.get(found[1], NO_SUCH), path)


async def test_ap_03_only_declared_methods_are_answered_and_the_others_are_told(
    whole: Whole,
) -> None:
    refused = 0
    for path, declared in served(whole).items():
        for method in METHODS:
            if method in declared:
                continue
            answer = await whole.call(method, filled(path))
            where = f"{method} {path}"
            assert answer.status_code == 405, where
            assert answer.headers["allow"] == ", ".join(sorted(declared)), where
            assert not {n for n in answer.headers if n.startswith("access-control")}, where
            refused += 1

    assert refused > 200


async def test_ap_03_a_question_before_the_call_of_another_site_is_not_answered(
    whole: Whole,
) -> None:
    """There is no CORS here: a browser that asks is told nothing that would let it go on."""
    asking = {
        "origin": "https://evil.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "klarfall-request",
    }
    for path in ("/v1/me", "/v1/bindings", "/v1/questions"):
        answer = await whole.call("OPTIONS", path, asking)
        assert answer.status_code == 405
        assert not {name for name in answer.headers if name.startswith("access-control")}


async def test_ap_03_files_are_read_and_never_written(whole: Whole) -> None:
    (mount,) = [route for route in whole.app.routes if isinstance(route, Mount)]
    for method in METHODS:
        answer = await whole.call(method, f"{mount.path}/nothing.css")
        assert answer.status_code == (404 if method in {"GET", "HEAD"} else 405), method


async def test_ap_07_ap_08_every_route_answers_with_all_headers_and_is_not_kept(
    whole: Whole,
) -> None:
    """With a session and without one; only what is everybody's may be kept."""
    async with whole.browser() as browser:
        await whole.sign_in(browser, token_urlsafe(9))
        for path, methods in served(whole).items():
            for method in methods - {"HEAD"}:
                for caller in (browser.request, whole.call):
                    answer = await caller(method, filled(path))
                    where = f"{method} {path}: {answer.status_code}"
                    assert answer.status_code < 500 or path == "/readyz", where
                    for name in SECURITY_HEADERS:
                        assert len(answer.headers.get_list(name)) == 1, where
                    kept = answer.headers.get("cache-control", "")
                    everybodys = path.startswith(("/log/", "/.well-known/"))
                    assert everybodys or kept == "no-store", where
            if not (await browser.get("/v1/me")).is_success:
                await whole.sign_in(browser, token_urlsafe(9))


def test_ap_05_every_route_is_in_the_contract_or_is_a_page(whole: Whole) -> None:
    told = {(path, method) for path, method, _ in operations(whole.app.openapi())}
    there = {
        (path.replace(":path", ""), method)
        for path, methods in served(whole).items()
        for method in methods - {"HEAD"}
    }

    assert told <= there
    hidden = {path for path, _ in there - told}
    assert not {path for path in hidden if path.startswith(("/v1/", "/log/"))}


def test_ap_05_every_operation_says_who_may_call_it_and_with_what_it_refuses(
    whole: Whole,
) -> None:
    document = whole.app.openapi()
    assert {"session", "dpop"} <= document["components"]["securitySchemes"].keys()
    assert not {"HTTPValidationError", "ValidationError"} & document["components"]["schemas"].keys()
    assert document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"] == list(CODES)
    for path, method, operation in operations(document):
        assert bool(operation.get("security")) == (path.startswith("/v1/") and path not in PUBLIC)
        assert {str(status) for status in ALWAYS | refusals(path, method)} <= {
            *operation["responses"]
        }


class Contract:
    """Raises AssertionError for an answer that the contract does not know of."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.seen: dict[tuple[str, str], set[int]] = {}
        self._paths = [
            (re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), path, methods)
            for path, methods in document["paths"].items()
        ]

    def holds(self, method: str, path: str, answer: httpx2.Response) -> None:
        template, operation = self._operation(method, path)
        where = f"{method} {template} {answer.status_code}"
        documented = operation["responses"].get(str(answer.status_code))
        assert documented is not None, f"{where} is not in the contract: {answer.text[:200]}"
        self.seen.setdefault((template, method), set()).add(answer.status_code)
        content = documented.get("content", {})
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if not answer.content:
            return
        assert kind in content, f"{where} answers {kind}"
        schema = content[kind].get("schema", {})
        if kind.endswith("json") and schema:
            closed = _closed({**schema, "components": self.document["components"]})
            faults = list(Draft202012Validator(closed).iter_errors(answer.json()))
            assert not faults, f"{where}: {[fault.message for fault in faults]}"

    def _operation(self, method: str, path: str) -> tuple[str, Document]:
        plain = path.partition("?")[0]
        (found,) = [
            (template, methods[method.lower()])
            for pattern, template, methods in self._paths
            if pattern.fullmatch(plain) and method.lower() in methods
        ][:1]
        return found


def _closed(schema: Any) -> Any:
    """The same, with no member beyond those it names."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _closed(each) for name, each in schema.items()}
    if isinstance(schema.get("properties"), dict) and "type" in schema:
        found.setdefault("additionalProperties", False)
    return found


@pytest.fixture
def contract(whole: Whole) -> Contract:
    return Contract(whole.app.openapi())


def test_ap_05_the_check_sees_a_status_a_kind_and_a_member_nobody_told_of(
    contract: Contract,
) -> None:
    sound = {"type": "about:blank", "title": "x", "status": 404, "code": "not_found"}
    problem = {"content-type": "application/problem+json"}
    contract.holds("GET", "/v1/me", httpx2.Response(404, json=sound, headers=problem))

    for answer, complaint in (
        (httpx2.Response(418), "not in the contract"),
        (httpx2.Response(404, json=sound, headers={"content-type": "text/html"}), "text/html"),
        (httpx2.Response(404, json={**sound, "detail": "x"}, headers=problem), "detail"),
        (httpx2.Response(404, json={**sound, "code": "odd"}, headers=problem), "odd"),
        (httpx2.Response(404, json={"title": "x"}, headers=problem), "required"),
    ):
        with pytest.raises(AssertionError, match=complaint):
            contract.holds("GET", "/v1/me", answer)


def bad_calls(operation: Document) -> Iterator[dict[str, Any]]:
    """Bodies that do not fit, where there is a body at all."""
    yield {}
    if "requestBody" in operation:
        yield {"json": {}}
        yield {"json": {MARKER: MARKER}}
        yield {"json": [MARKER]}
        yield {"content": b"{", "headers": {"content-type": "application/json"}}
        yield {"content": b"x", "headers": {"content-type": "text/plain"}}
        yield {"content": b"{}" + b" " * 1_100_000, "headers": {"content-type": "application/json"}}


async def test_ap_05_ap_06_whatever_is_refused_is_refused_as_the_contract_says(
    whole: Whole, contract: Contract
) -> None:
    """By nobody, somebody without a case, and a machine; each with bodies that do not fit."""
    callers: Mapping[str, dict[str, str]] = {
        "nobody": {},
        "somebody": whole.citizen(token_urlsafe(9), acr="high"),
        "a machine": whole.machine(),
    }
    asked = 0
    for path, method, operation in operations(contract.document):
        for who, headers in callers.items():
            for call in bad_calls(operation):
                given = {**headers, **call.get("headers", {}), "x-marker": MARKER}
                more = {name: value for name, value in call.items() if name != "headers"}
                where = filled(path)
                answer = await whole.call(method, where, given, **more)
                contract.holds(method, where, answer)
                assert MARKER not in answer.text, f"{who}: {method} {path}"
                if not answer.is_success and answer.status_code != 503:
                    assert answer.json()["request"] == answer.headers["klarfall-request-id"]
                asked += 1

    assert asked > 150
    assert contract.seen.keys() == {(path, m) for path, m, _ in operations(contract.document)}
    assert MARKER not in whole.logged.getvalue()


async def test_ap_05_what_succeeds_has_the_members_the_contract_says_and_no_other(
    whole: Whole, contract: Contract
) -> None:
    ref, ids = await whole.push()
    who = await whole.bound(ref)
    case = f"/v1/cases/{ids['case']}"
    citizen = whole.citizen(who, acr="high")
    order = {"case": ref, "person": "p1"}
    question = {"question": "Wann kommt mein Geld und wie viel ist es?"}

    async def call(method: str, path: str, body: object = None, **headers: str) -> httpx2.Response:
        given = whole.machine() if path.startswith("/v1/integration") else citizen
        answer = await whole.call(method, path, {**given, **headers}, body)
        contract.holds(method, path, answer)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer

    asked = (await call("POST", f"{case}/questions", question)).json()
    await call("POST", f"{case}/questions", question, accept="text/event-stream")
    await call("POST", f"{case}/questions/preview", question)
    await call("GET", f"/v1/answers/{asked['id']}")
    await call("GET", f"/v1/answers/{asked['id']}/receipt")
    await call("POST", f"/v1/answers/{asked['id']}/feedback", {"useful": True})
    await call("GET", "/v1/me")
    await call("GET", f"{case}/fields")
    consents = (await call("GET", f"{case}/consents")).json()
    choice = consents["choices"][0]
    await call(
        "PUT",
        f"{case}/consents/{choice['field']}/{choice['purpose']}",
        {"decision": "granted", "notice": choice["notice"]},
    )
    await call("GET", f"{case}/consents")
    await call("GET", "/v1/integration/schema")
    await call("POST", "/v1/integration/activation-codes", order)
    await call("POST", "/v1/questions", {"tenant": "bergstrasse", **question})
    await call("GET", "/readyz")

    assert len([found for found in contract.seen.values() if found & {200, 201, 202, 204}]) >= 13
