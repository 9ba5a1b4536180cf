"""What does not fit is refused in the contract's words: nothing echoed, lost or logged.

Every request carries a marker, which then may be in no answer and no log. The case they are sent
at is afterwards what it was before.
"""

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import monotonic, sleep
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.system.callers import Citizen, Integrator, Json
from tests.system.households import Lot, drawn, drawn_seed
from tests.system.running import System

CODES = {
    "unauthenticated",
    "step_up_required",
    "mandate_required",
    "not_found",
    "invalid_body",
    "too_large",
    "rate_limited",
    "conflict",
    "erased",
    "not_acceptable",
    "unavailable",
}
# In every request, and then nowhere.
MARKER = "zqmarkerqvxkwj"
QUESTION = "Wann kommt mein Geld?"


@dataclass
class Case:
    ref: str
    document: Json
    citizen: Citizen
    office: Integrator

    @property
    def ask(self) -> str:
        return f"{self.citizen.case}/questions"

    @property
    def filed(self) -> str:
        return f"/v1/integration/cases/{self.ref}"


@pytest.fixture(scope="module")
def case(office: Integrator, newcomer: Callable[..., Citizen]) -> Iterator[Case]:
    lot = Lot.of(drawn_seed())
    document = drawn(lot)
    ref = f"bad-{lot.digits(8)}"
    office.push(ref, document)
    citizen = newcomer(ref, "p1")
    before = citizen.ask(QUESTION)["text"]
    yield Case(ref, document, citizen, office)
    assert office.push(ref, document)["changed"] is False
    assert citizen.ask(QUESTION)["text"] == before


@pytest.fixture(scope="module", autouse=True)
def _nothing_in_a_log(system: System) -> Iterator[None]:
    """Looked for when all of this file is done."""
    yield
    logs = system.logs()
    assert "request refused" in logs
    assert MARKER not in logs.lower()
    assert "request failed" not in logs


def refused(response: httpx2.Response, *, code: str, status: int) -> Json:
    """The problem, which says the code and holds nothing of what was sent."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = dict(response.json())
    assert problem["code"] == code
    assert problem["status"] == status
    assert problem["code"] in CODES
    assert len(problem["title"]) > 10
    assert MARKER not in f"{response.headers}{response.text}".lower()
    return problem


BODIES: Mapping[str, bytes] = {
    "not json": f"{MARKER}".encode(),
    "half of it": f'{{"question": "{MARKER}'.encode(),
    "nothing": b"",
    "a list": f'["{MARKER}"]'.encode(),
    "a text": f'"{MARKER}"'.encode(),
    "null": b"null",
    "no question": f'{{"language": "de", "purpose": "{MARKER}"}}'.encode(),
    "an unknown member": f'{{"question": "{QUESTION}", "{MARKER}": 1}}'.encode(),
    "a member twice": f'{{"question": "{MARKER}", "question": "{QUESTION}"}}'.encode(),
    "another type": f'{{"question": ["{MARKER}"]}}'.encode(),
    "a number": b'{"question": 12345}',
    "not a number": f'{{"question": NaN, "{MARKER}": Infinity}}'.encode(),
    "an unknown purpose": f'{{"question": "{QUESTION}", "purpose": "{MARKER}"}}'.encode(),
    "another's purpose": f'{{"question": "{QUESTION}", "purpose": "quality_review"}}'.encode(),
    "an unknown language": f'{{"question": "{QUESTION}", "language": "{MARKER}"}}'.encode(),
    "an empty question": b'{"question": ""}',
    "1001 characters": json.dumps({"question": MARKER.ljust(1001, "x")}).encode(),
    "a lone surrogate": f'{{"question": "{MARKER} \\ud800"}}'.encode(),
    "bytes that are no text": b'{"question": "' + MARKER.encode() + b' \xff\xfe"}',
    "half a character": b'{"question": "' + MARKER.encode() + b' \xc3"}',
    "UTF-16": f'{{"question": "{MARKER}"}}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + f'{{"question": "{MARKER}"}}'.encode(),
    "deep": b'{"question": ' + b"[" * 3000 + b"]" * 3000 + b"}",
    "deep objects": b'{"a":' * 2500 + b"1" + b"}" * 2500,
    "a large number": b'{"question": ' + b"9" * 6000 + b"}",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("path", ["questions", "questions/preview"])
def test_a_question_that_is_none_is_refused(case: Case, path: str, body: bytes) -> None:
    """AP-02, AZ-13."""
    headers = {**case.citizen.named(), "Content-Type": "application/json"}
    response = case.citizen.call(
        "POST", f"{case.citizen.case}/{path}", content=body, headers=headers
    )
    refused(response, code="invalid_body", status=422)


@pytest.mark.parametrize("blank", ["   ", "\u200b\u200b", "\u00a0", "\n\t", "\u0000", "\u202e"])
def test_a_question_of_nothing_visible_is_refused_or_answered_with_nothing(
    case: Case, blank: str
) -> None:
    body = {"question": blank}
    response = case.citizen.call("POST", case.ask, body, headers=case.citizen.named())
    if response.status_code == 200:
        assert response.json()["used"] == []
    else:
        refused(response, code="invalid_body", status=422)


def test_control_characters_in_a_question_come_back_in_no_answer(case: Case) -> None:
    text = f"{QUESTION} \u0000\u0007\u001b[31m\u202e\u2066 {MARKER}"
    response = case.citizen.call("POST", case.ask, {"question": text}, headers=case.citizen.named())
    assert MARKER not in response.text
    assert not set("\u0000\u0007\u001b\u202e\u2066") & set(response.text)


def test_a_question_of_a_thousand_characters_is_answered(case: Case) -> None:
    answer = case.citizen.ask(QUESTION.ljust(1000, "!"))
    assert answer["status"] in {"answered", "partial"}


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", f"x/{MARKER}", ""]
)
def test_another_content_type_is_refused(case: Case, kind: str) -> None:
    body = json.dumps({"question": QUESTION}).encode()
    headers = {**case.citizen.named(), "Content-Type": kind}
    response = case.citizen.call("POST", case.ask, content=body, headers=headers)
    refused(response, code="invalid_body", status=422)


@pytest.mark.parametrize("accept", ["text/csv", "application/xml;q=1", f"text/{MARKER}"])
def test_a_form_we_cannot_answer_in_is_refused(case: Case, accept: str) -> None:
    headers = {**case.citizen.named(), "Accept": accept}
    response = case.citizen.call("POST", case.ask, {"question": QUESTION}, headers=headers)
    refused(response, code="not_acceptable", status=406)


def test_too_much_is_refused_before_it_is_read(case: Case) -> None:
    """AP-02."""
    large = json.dumps({"question": MARKER * 2000}).encode()
    headers = {**case.citizen.named(), "Content-Type": "application/json"}
    response = case.citizen.call("POST", case.ask, content=large, headers=headers)
    refused(response, code="too_large", status=413)


def test_a_case_of_more_than_a_mebibyte_is_refused(case: Case) -> None:
    """AP-02."""
    document = {**case.document, MARKER: "x" * (1 << 20)}
    refused(case.office.call("PUT", case.filed, document), code="too_large", status=413)


def test_a_case_as_large_as_may_be_is_judged(case: Case) -> None:
    document = {**case.document, MARKER: "x" * ((1 << 20) - 60_000)}
    problem = refused(
        case.office.call("PUT", case.filed, document), code="invalid_body", status=422
    )
    assert "errors" in problem


def test_a_case_that_does_not_fit_says_where_and_stores_nothing(case: Case) -> None:
    document = json.loads(json.dumps(case.document))
    document["persons"][0]["fields"]["person.birth_date"] = MARKER
    document["household"]["fields"]["benefit.next_payment"]["amount"]["amount"] = MARKER
    problem = refused(
        case.office.call("PUT", case.filed, document), code="invalid_body", status=422
    )
    assert len(problem["errors"]) >= 2
    assert case.office.push(case.ref, case.document)["changed"] is False


@pytest.mark.parametrize(
    "bad", [f"{MARKER} x", "..", "a/b", "%00", "x" * 101, "é", "a%20b", f"{MARKER}%0d%0aX-A:b"]
)
def test_a_reference_that_is_none_is_refused(case: Case, bad: str) -> None:
    response = case.office.call("PUT", f"/v1/integration/cases/{bad}", case.document)
    assert response.status_code in {404, 405, 422}
    refused(response, code=response.json()["code"], status=response.status_code)


@pytest.mark.parametrize("match", [MARKER, "*", '"99"', 'W/"1"', '"-1"'])
def test_another_version_than_there_is_is_refused(case: Case, match: str) -> None:
    headers = {"If-Match": match}
    response = case.office.call("PUT", case.filed, case.document, headers=headers)
    code, status = ("conflict", 409) if match == '"99"' else ("invalid_body", 422)
    refused(response, code=code, status=status)


@pytest.mark.parametrize(
    "other",
    [
        MARKER,
        "0",
        "00000000-0000-0000-0000-000000000000",
        "..%2f..%2fetc%2fpasswd",
        "1%27--",
        "%ff",
    ],
)
@pytest.mark.parametrize("rest", ["questions", "fields", "consents"])
def test_a_case_that_is_not_ones_own_looks_like_none(case: Case, other: str, rest: str) -> None:
    """AZ-02."""
    method, body = ("POST", {"question": QUESTION}) if rest == "questions" else ("GET", None)
    response = case.citizen.call(
        method, f"/v1/cases/{other}/{rest}", body, headers=case.citizen.named()
    )
    refused(response, code="not_found", status=404)


@pytest.mark.parametrize("other", [MARKER, "0", "00000000-0000-0000-0000-000000000000"])
@pytest.mark.parametrize("rest", ["", "/receipt", "/feedback"])
def test_an_answer_that_is_not_ones_own_looks_like_none(case: Case, other: str, rest: str) -> None:
    """AZ-02."""
    method, body = ("POST", {"useful": True}) if rest == "/feedback" else ("GET", None)
    response = case.citizen.call(method, f"/v1/answers/{other}{rest}", body)
    refused(response, code="not_found", status=404)


@pytest.mark.parametrize("other", [MARKER, "x" * 65, "00000000-0000-0000-0000-000000000000"])
def test_a_mandate_that_is_not_ones_own_opens_nothing(case: Case, other: str) -> None:
    headers = {"Klarfall-Mandate": other}
    response = case.citizen.call("POST", case.ask, {"question": QUESTION}, headers=headers)
    assert response.status_code in {404, 422}
    refused(response, code=response.json()["code"], status=response.status_code)


@pytest.mark.parametrize("code", [MARKER, "AAAA-AAAA-AAAA-AAAA", "x" * 41, "", "\u0000" * 10])
def test_a_code_that_is_none_binds_nobody(case: Case, code: str) -> None:
    response = case.citizen.call("POST", "/v1/bindings", {"activation_code": code})
    assert response.status_code in {404, 422}
    refused(response, code=response.json()["code"], status=response.status_code)
    assert len(case.citizen.told("GET", "/v1/me")["mandates"]) == 1


@pytest.mark.parametrize(
    ("field", "purpose", "body", "status"),
    [
        (MARKER, "answer_own_question", {"decision": "granted", "notice": "x"}, 404),
        ("health.pregnancy", MARKER, {"decision": "granted", "notice": "x"}, 404),
        ("health.pregnancy", "answer_own_question", {"decision": MARKER, "notice": "x"}, 422),
        ("health.pregnancy", "answer_own_question", {"decision": "granted", "notice": MARKER}, 409),
        ("person.name", "answer_own_question", {"decision": "granted", "notice": MARKER}, 409),
    ],
)
def test_a_consent_to_nothing_is_none(
    case: Case, field: str, purpose: str, body: Json, status: int
) -> None:
    path = f"{case.citizen.case}/consents"
    before = case.citizen.told("GET", path, headers=case.citizen.named())
    response = case.citizen.call(
        "PUT", f"{path}/{field}/{purpose}", body, headers=case.citizen.named()
    )
    refused(response, code=response.json()["code"], status=status)
    assert case.citizen.told("GET", path, headers=case.citizen.named()) == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/v1/me"),
        ("PUT", "/v1/bindings"),
        ("GET", "/v1/questions"),
        ("PATCH", "/v1/integration/schema"),
        ("TRACE", "/v1/me"),
        ("OPTIONS", "/v1/me"),
        (MARKER.upper(), "/v1/me"),
        ("GET", "/v1/questions/preview"),
        ("POST", "/healthz"),
    ],
)
def test_a_method_nobody_declared_is_refused(case: Case, method: str, path: str) -> None:
    """AP-03."""
    response = case.citizen.call(method, path)
    assert response.status_code in {404, 405}
    refused(response, code="not_found", status=response.status_code)


@pytest.mark.parametrize(
    "given",
    [
        f"Bearer {MARKER}",
        f"Bearer {MARKER}.{MARKER}.{MARKER}",
        "Bearer",
        f"Basic {MARKER}",
        f"DPoP {MARKER}",
        "Bearer eyJhbGciOiJub25lIn0.eyJhdWQiOiJ4In0.",
    ],
)
def test_a_token_that_is_none_signs_nobody_in(case: Case, given: str) -> None:
    response = case.citizen.call("GET", "/v1/me", headers={"Authorization": given})
    refused(response, code="unauthenticated", status=401)
    assert "www-authenticate" in response.headers


def test_a_token_of_the_wrong_kind_opens_nothing(case: Case) -> None:
    """RS-10."""
    wrong = case.citizen.call("PUT", case.filed, case.document)
    refused(wrong, code="unauthenticated", status=401)
    machine = case.office.call("POST", case.ask, {"question": QUESTION})
    refused(machine, code="unauthenticated", status=401)


PATHS = [
    "/v1/cases/../me",
    "//v1//me",
    "/v1/cases/%2e%2e/%2e%2e/me",
    "/static/../../../../etc/passwd",
    "/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/static/..%2f..%2fmain.py",
    "/static/%00",
    "/log/bergstrasse/tile/../../../../etc/passwd",
    "/log/bergstrasse/tile/0/..%2f..%2fcheckpoint",
    f"/log/{MARKER}/checkpoint",
    f"/log/bergstrasse/tile/{MARKER}",
    f"/v1/{MARKER}?{MARKER}={MARKER}",
    "/v1/me;jsessionid=1",
    "/v1/ME",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_leads_elsewhere_leads_nowhere(system: System, path: str) -> None:
    """Sent as it stands: a client would have tidied it."""
    status, headers, body = raw(
        system, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    assert status in {400, 404, 405, 422}
    assert MARKER not in f"{headers}{body}".lower()
    assert "root:" not in body
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(body)["code"] in CODES


@pytest.mark.parametrize(
    "request_text",
    [
        f"{MARKER}\r\n\r\n",
        f"GET /{MARKER} HTTP/9.9\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: x\r\nX-{MARKER}: {'a' * 70000}\r\n\r\n",
        f"POST /v1/questions HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n{MARKER}",
        "POST /v1/questions HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"
        + MARKER,
        "POST /v1/questions HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
        + MARKER,
        f"GET /\x00{MARKER} HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_what_is_no_request_gets_no_answer_worth_having(system: System, request_text: str) -> None:
    """AP-04."""
    status, headers, body = raw(system, request_text, hang_up=True)
    assert status == 0 or 400 <= status < 500
    assert MARKER not in f"{headers}{body}".lower()
    assert httpx2.get(f"{system.url}/healthz", trust_env=False).status_code == 200


def test_a_refusal_is_logged_by_its_name_alone(case: Case, system: System) -> None:
    case.citizen.call("POST", f"/{MARKER}", {MARKER: MARKER})
    until = monotonic() + 10  # the line may be written after the answer is sent
    while '"error": "NotFound"' not in system.logs() and monotonic() < until:
        sleep(0.1)
    assert '"error": "NotFound"' in system.logs()
    assert MARKER not in system.logs().lower()


def raw(system: System, text: str, *, hang_up: bool = False) -> tuple[int, dict[str, str], str]:
    """Status 0 where the connection was closed without a word."""
    where = urlsplit(system.url)
    with socket.create_connection((str(where.hostname), int(where.port or 0)), timeout=10) as open_:
        open_.sendall(text.encode("latin-1"))
        if hang_up:
            open_.shutdown(socket.SHUT_WR)
        parts = []
        try:
            while part := open_.recv(65536):
                parts.append(part)
        except ConnectionResetError:
            pass
    head, _, body = b"".join(parts).decode("latin-1").partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines)}
    return int(first.split()[1]) if first else 0, headers, body
