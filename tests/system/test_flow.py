"""Who may see what, over the API and by cookie; and the trail that all of it leaves."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

import httpx2
import pytest

from demo.contract import CONTRACT, spelled
from tests.fixtures import ROOT
from tests.schedule import uncounted
from tests.system.callers import PATIENCE_SECONDS, Browser, Citizen, Integrator, Json
from tests.system.households import Lot, drawn, drawn_seed
from tests.system.running import System
from tests.system.spoken import amounts_in

STAGES = [
    "identity", "legitimation", "intake", "policy", "records", "redaction", "synthesis", "answers",
]  # fmt: skip
MONEY = "Wann kommt mein Geld und wie viel ist es?"
NEEDS = "Bekomme ich einen Mehrbedarf?"
NEEDS_PLACE = "benefit.additional_needs/answer_own_question"
GO_SOURCES = Path("/usr/share/gocode")
VERIFIER = ROOT.parent / "shared" / "tools" / "tlog-verify" / "main.go"


def withheld(answer: Json) -> dict[str, str]:
    return {each["field"]: each["reason"] for each in answer["withheld"]}


def item(preview: Json, field: str) -> Json:
    return next(dict(each) for each in preview["release"] if each["field"] == field)


# --- consent ---


def test_a_special_field_goes_to_a_model_only_while_consent_stands(
    citizen: Callable[..., Citizen], with_model: str
) -> None:
    fatima = citizen("fatima", url=with_model)
    path = f"{fatima.case}/consents"
    choices = fatima.told("GET", path, headers=fatima.named())["choices"]
    notice = next(
        each["notice"] for each in choices if f"{each['field']}/{each['purpose']}" == NEEDS_PLACE
    )

    def state() -> tuple[str, str | None, str]:
        """What a model would get, why not, and what it did get."""
        seen = item(fatima.preview(NEEDS), "benefit.additional_needs")
        assert seen["to_person"] is True
        used = {each["field"]: each["to_model"] for each in fatima.ask(NEEDS)["used"]}
        return seen["to_model"], seen["model_reason"], used["benefit.additional_needs"]

    def decide(decision: str) -> None:
        body = {"decision": decision, "notice": notice}
        fatima.told("PUT", f"{path}/{NEEDS_PLACE}", body, headers=fatima.named())

    assert state() == ("none", "consent_missing", "none")
    decide("granted")
    assert state() == ("slot", None, "slot")
    decide("refused")
    assert state() == ("none", "consent_refused", "none")
    decide("granted")
    fatima.told("DELETE", f"{path}/{NEEDS_PLACE}", headers=fatima.named())
    assert state() == ("none", "consent_missing", "none")

    history = fatima.told("GET", path, headers=fatima.named())["history"]
    decisions = [each["decision"] for each in history if each["field"].startswith("benefit.add")]
    assert decisions == ["granted", "refused", "granted", "withdrawn"]


def test_the_person_is_answered_whatever_a_model_may_know(
    citizen: Callable[..., Citizen], with_model: str
) -> None:
    without, beside = citizen("fatima").ask(NEEDS), citizen("fatima", url=with_model).ask(NEEDS)
    assert amounts_in(without["text"], "de") == amounts_in(beside["text"], "de") != set()


# --- who sees what ---


def test_a_password_alone_shows_no_field_and_says_what_would_help(
    citizen: Callable[..., Citizen],
) -> None:
    """SU-04, SU-06: Erika this time, who could do better: her own case, and a password."""
    weak = citizen("erika", acr="basic")
    answer = weak.ask(MONEY)
    assert answer["status"] == "needs_step_up"
    assert answer["used"] == []
    assert set(withheld(answer).values()) == {"assurance_too_low"}
    assert not re.search(r"\d", answer["text"])
    listed = weak.told("GET", f"{weak.case}/fields", headers=weak.named())["fields"]
    assert len(listed) > 50
    assert not any(each["shown"] or "present" in each for each in listed)


def test_who_has_only_a_password_sees_no_field_of_their_own_case(
    citizen: Callable[..., Citizen],
) -> None:
    jonas = citizen("jonas", acr="basic")
    me = jonas.told("GET", "/v1/me")
    assert me["assurance"] == "basic"
    answer = jonas.ask(MONEY)
    assert (answer["status"], answer["used"]) == ("needs_step_up", [])


def test_a_sixteen_year_old_sees_her_own_and_not_the_households(
    citizen: Callable[..., Citizen],
) -> None:
    lena = citizen("lena")
    own = lena.ask("Wann ist mein nächster Termin?")
    assert (own["status"], [u["subject"] for u in own["used"]]) == ("answered", [lena.subject])

    shared = lena.ask("Wie hoch sind die Kosten der Unterkunft?")
    assert withheld(shared) == {"benefit.housing_costs": "other_person"}
    assert amounts_in(shared["text"], "de") == set()


def test_partners_see_their_own_rows_and_never_each_others(
    citizen: Callable[..., Citizen],
) -> None:
    """AZ-15."""
    mehmet, aylin = citizen("mehmet"), citizen("aylin")
    question = "Wie setzt sich meine Leistung im Monat zusammen?"
    his, hers = mehmet.ask(question), aylin.ask(question)
    assert his["text"] != hers["text"]
    assert [u["subject"] for u in his["used"]] == [mehmet.subject]
    assert [u["subject"] for u in hers["used"]] == [aylin.subject]

    only_hers = amounts_in(hers["text"], "de") - amounts_in(his["text"], "de")
    assert only_hers
    for asked in ("Wie viel bekommt Aylin im Monat?", "Wie wird Aylins Einkommen angerechnet?"):
        answer = mehmet.ask(asked)
        assert not amounts_in(answer["text"], "de") & only_hers
        assert aylin.subject not in {u["subject"] for u in answer["used"]}

    case = mehmet.acting()["case_id"]
    assert case == aylin.acting()["case_id"]
    listed = mehmet.told("GET", f"{mehmet.case}/fields", headers=mehmet.named())["fields"]
    assert {each["subject"] for each in listed if each["shown"]} == {mehmet.subject, case}


def test_one_partner_may_not_read_the_answers_given_to_the_other(
    citizen: Callable[..., Citizen],
) -> None:
    mehmet, aylin = citizen("mehmet"), citizen("aylin")
    given = aylin.ask(MONEY)
    assert aylin.told("GET", f"/v1/answers/{given['id']}")["text"] == given["text"]
    for rest in ("", "/receipt"):
        response = mehmet.call("GET", f"/v1/answers/{given['id']}{rest}")
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_a_representative_acts_within_the_groups_of_her_mandate(
    citizen: Callable[..., Citizen],
) -> None:
    birgit, karl = citizen("betreuerin"), citizen("karl")
    assert birgit.acting()["kind"] == "GUARDIAN"
    assert birgit.acting()["case_id"] == karl.acting()["case_id"]
    assert birgit.subject == karl.subject

    within = birgit.ask("Wann ist der nächste Termin?")
    assert within["status"] == "answered"
    assert [u["field"] for u in within["used"]] == ["appointment.next"]

    listed = birgit.told("GET", f"{birgit.case}/fields", headers=birgit.named())["fields"]
    outside = [each for each in listed if each["group"] in {"health", "file", "integration"}]
    assert outside
    assert not any(each["shown"] for each in outside)
    beyond = birgit.ask("Ist er erwerbsfähig? Wie viele Stunden am Tag kann er arbeiten?")
    assert set(withheld(beyond).values()) <= {"not_mandated"}
    assert "health.work_capacity" not in {u["field"] for u in beyond["used"]}


def test_who_may_act_for_two_must_say_for_whom(
    office: Integrator, newcomer: Callable[..., Citizen], system: System
) -> None:
    lots = [Lot.of(drawn_seed()) for _ in range(2)]
    mine, other = (f"two-{token_hex(4)}" for _ in lots)
    for ref, lot in zip((mine, other), lots, strict=True):
        office.push(ref, drawn(lot))
    order = {
        "kind": "PROXY",
        "grantor": {"case": other, "person": "p1"},
        "grantee": {"case": mine, "person": "p1"},
        "label": "Toni Zweitens",
        "groups": ["benefit"],
        "actions": ["read"],
        "evidence": {"kind": "power_of_attorney", "reference": "sha256:00"},
        "valid_from": "2026-01-01T00:00:00+01:00",
    }
    person = newcomer(mine, "p1")
    office.told("PUT", f"/v1/integration/mandates/{other}", order)
    offered = person.told("GET", "/v1/me")["mandates"]
    assert sorted(each["kind"] for each in offered) == ["PROXY", "SELF"]
    assert [each["active"] for each in offered] == [False, False]
    proxy = next(each for each in offered if each["kind"] == "PROXY")
    assert proxy["acting_for"] == "Toni Zweitens"

    answers = {}
    for each in offered:
        path = f"/v1/cases/{each['case_id']}/questions"
        unnamed = person.call("POST", path, {"question": MONEY})
        assert (unnamed.status_code, unnamed.json()["code"]) == (409, "mandate_required")
        named = {"Klarfall-Mandate": each["id"]}
        answers[each["kind"]] = person.told("POST", path, {"question": MONEY}, headers=named)
    assert answers["SELF"]["text"] != answers["PROXY"]["text"]
    _choosing_by_cookie(system, person, proxy)

    ended = {**order, "ended_reason": "revoked"}
    office.told("PUT", f"/v1/integration/mandates/{other}", ended)
    gone = person.call(
        "POST",
        f"/v1/cases/{proxy['case_id']}/questions",
        {"question": MONEY},
        headers={"Klarfall-Mandate": proxy["id"]},
    )
    assert (gone.status_code, gone.json()["code"]) == (404, "not_found")


def _choosing_by_cookie(system: System, person: Citizen, chosen: Json) -> None:
    browser = Browser.signed_in(system, person.account)
    path, body = f"/v1/cases/{chosen['case_id']}/questions", {"question": MONEY}
    assert browser.call("POST", path, body, headers=browser.own()).status_code == 409
    before = dict(browser.cookies)
    choice = browser.call("POST", f"/v1/mandates/{chosen['id']}/activate", headers=browser.own())
    assert choice.status_code == 204
    assert browser.cookies != before
    assert browser.call("POST", path, body, headers=browser.own()).status_code == 200
    assert Browser(system, before).call("GET", "/v1/me").status_code == 401


def test_tenants_do_not_know_each_others_cases(system: System) -> None:
    andrei = Citizen(system, system.url, tenant="main-kinzig", account="andrei")
    erika = Citizen(system, system.url, account="erika")
    given = erika.ask(MONEY)
    for response in (
        andrei.call("POST", f"{erika.case}/questions", {"question": MONEY}),
        andrei.call("POST", f"{erika.case}/questions", {"question": MONEY}, headers=erika.named()),
        andrei.call("GET", f"{erika.case}/fields"),
        andrei.call("GET", f"/v1/answers/{given['id']}"),
        andrei.call("POST", f"/v1/mandates/{erika.acting()['id']}/activate"),
    ):
        assert response.status_code in {401, 404}
        assert "Sommerfeld" not in response.text
    there = Integrator(system, system.url, tenant="main-kinzig")
    code = there.call(
        "POST", "/v1/integration/activation-codes", {"case": "bs-0001", "person": "p1"}
    )
    assert (code.status_code, code.json()["code"]) == (404, "not_found")


# --- a session by cookie ---


def test_a_browser_changes_things_only_from_a_page_of_ours(system: System) -> None:
    browser = Browser.signed_in(system, "erika")
    assert all(name.startswith("__Host-") for name in browser.cookies)
    me = browser.call("GET", "/v1/me")
    assert me.json()["name"] == "Erika Sommerfeld"
    path = f"/v1/cases/{me.json()['mandates'][0]['case_id']}/questions"
    body = {"question": MONEY}

    elsewhere = {"Klarfall-Request": "1", "Origin": "https://evil.example"}
    for headers in (
        {},
        {"Klarfall-Request": "1"},
        {"Origin": system.url},
        elsewhere,
        {**browser.own(), "Sec-Fetch-Site": "cross-site"},
        {**browser.own(), "Authorization": "Bearer x.y.z"},
    ):
        refused = browser.call("POST", path, body, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated"), headers
    allowed = browser.call("POST", path, body, headers=browser.own())
    assert allowed.status_code == 200
    assert allowed.json()["status"] == "answered"


def test_signing_out_ends_the_session_everywhere(system: System) -> None:
    """SE-06."""
    browser = Browser.signed_in(system, "erika")
    kept = dict(browser.cookies)
    page = browser.call("GET", "/session", headers={"Accept": "text/html"})
    token = re.search(r'name="form_token" value="([^"]+)"', page.text)
    assert token is not None

    forged = browser.call("POST", "/logout", form={"form_token": "x"}, headers=browser.own())
    assert forged.status_code == 401
    assert browser.call("GET", "/v1/me").status_code == 200
    out = browser.call("POST", "/logout", form={"form_token": token[1]}, headers=browser.own())

    assert out.status_code == 200
    assert f"{system.place.issuer}/session/end" in out.text
    assert not browser.cookies
    assert Browser(system, kept).call("GET", "/v1/me").status_code == 401


# --- a stream ---


@pytest.mark.parametrize("modelled", [False, True])
def test_a_stream_tells_its_stages_in_order_and_its_text_is_the_answers(
    citizen: Callable[..., Citizen], with_model: str, modelled: bool
) -> None:
    erika = citizen("erika", url=with_model if modelled else None)
    events = erika.stream(MONEY)
    names = [name for name, _ in events]
    answer = events[-1][1]

    assert [data["stage"] for name, data in events if name == "stage"] == STAGES
    assert (names[-1], names.count("answer")) == ("answer", 1)
    assert set(names) == {"stage", "text", "answer"}
    assert names.index("text") > names.index("stage") + STAGES.index("redaction")
    assert "".join(data["text"] for name, data in events if name == "text") == answer["text"]
    assert answer["composer"] == ("model" if modelled else "rules")
    assert erika.told("GET", f"/v1/answers/{answer['id']}")["text"] == answer["text"]


# --- the trail ---


def fetch(system: System, path: str) -> bytes:
    response = httpx2.get(f"{system.url}/log/bergstrasse/{path}", trust_env=False, timeout=30)
    assert response.status_code == 200, path
    return response.content


def size(checkpoint: bytes) -> int:
    return int(checkpoint.split(b"\n")[1])


def grown(system: System, beyond: int) -> bytes:
    """The first checkpoint over more entries than that."""
    end = time.monotonic() + PATIENCE_SECONDS
    while size(found := fetch(system, "checkpoint")) <= beyond:
        assert time.monotonic() < end
        time.sleep(0.2)
    return found


def verified(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    with uncounted():
        return subprocess.run(
            [sys.executable, "-m", "app.web.cli", "audit", "verify", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )


def test_every_answer_grows_the_log_and_the_log_verifies_over_http(
    system: System, citizen: Callable[..., Citizen], tmp_path: Path
) -> None:
    erika = citizen("erika")
    earlier, vkey = tmp_path / "earlier", tmp_path / "vkey"
    earlier.write_bytes(grown(system, 0))
    vkey.write_bytes(fetch(system, "vkey"))
    receipt = json.loads(erika.receipt(erika.ask(MONEY)))
    later = grown(system, size(earlier.read_bytes()))

    done = verified(f"{system.url}/log/bergstrasse", "--vkey", vkey, "--earlier", earlier)
    assert done.returncode == 0, done.stderr
    entries = re.search(r"(\d+) entries", done.stdout)
    assert entries is not None
    assert int(entries[1]) >= size(later) > receipt["index"] >= size(earlier.read_bytes())


def test_a_copy_of_the_log_verifies_and_a_copy_with_one_other_byte_does_not(
    system: System, tmp_path: Path
) -> None:
    """AP-12."""
    copied = copy(system, tmp_path)
    assert verified(tmp_path, "--vkey", tmp_path / "vkey").returncode == 0
    bundle = next(path for path in copied if "entries" in path.parts)
    content = bytearray(bundle.read_bytes())
    content[-1] ^= 1
    bundle.write_bytes(content)

    refused = verified(tmp_path, "--vkey", tmp_path / "vkey")
    assert refused.returncode == 1
    assert refused.stderr.startswith("NOT VERIFIED")


def test_a_verifier_that_is_not_ours_accepts_the_served_log(system: System, tmp_path: Path) -> None:
    go = shutil.which("go")
    if go is None or not (GO_SOURCES / "src/golang.org/x/mod").is_dir():
        pytest.skip("Debian's Go with golang-golang-x-mod-dev is not installed here")
    if not VERIFIER.is_file():
        pytest.skip("the Go verifier is not beside this repository")
    copy(system, tmp_path)
    environment = {
        **os.environ,
        "GOPATH": str(GO_SOURCES),
        "GO111MODULE": "off",
        "GOCACHE": str(tmp_path / "cache"),
    }
    done = subprocess.run(
        [go, "run", VERIFIER, tmp_path / "vkey", tmp_path],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "root-from-entries-matches=true" in done.stdout


def copy(system: System, folder: Path) -> list[Path]:
    """The whole log as files: no path is worked out by code of the product's."""
    checkpoint = grown(system, 0)
    (folder / "checkpoint").write_bytes(checkpoint)
    (folder / "vkey").write_bytes(fetch(system, "vkey"))
    made, level, width = [], 0, size(checkpoint)
    while width:
        full, rest = divmod(width, 256)
        for index in range(full + (rest > 0)):
            partial = "" if index < full else f".p/{rest}"
            assert index < 1000
            for kind in (str(level), *(("entries",) if level == 0 else ())):
                path = folder / f"tile/{kind}/{index:03}{partial}"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(fetch(system, str(path.relative_to(folder))))
                made.append(path)
        level, width = level + 1, full
    return made


# --- the contract ---


def test_the_committed_contract_is_the_one_that_is_served(system: System) -> None:
    """AP-05: `make contract` writes it anew."""
    served = httpx2.get(f"{system.url}/openapi.json", trust_env=False).json()
    assert CONTRACT.read_text(encoding="utf-8") == spelled(served)
