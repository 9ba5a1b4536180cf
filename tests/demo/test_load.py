"""Loading the world, against a service that remembers what it was told."""

import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.catalogue.document import CaseDocuments
from app.catalogue.fields import Catalogue
from app.integration.code_routes import CodeOrderBody
from app.integration.mandate_routes import MandateOrderBody
from app.integration.protection_routes import ProtectionOrderBody
from demo.world.accounts import Account
from demo.world.load import Loaded, NotLoaded, load
from demo.world.offices import Tenant
from demo.world.world import World, build

DOCUMENTS = CaseDocuments(Catalogue.load(Path(__file__).parents[2] / "policies" / "fields.yaml"))
TODAY = date(2026, 11, 22)
WORLD = build(TODAY)
# A password alone is not enough to be tied to a case.
BOUND = set(WORLD.bindings)


@dataclass
class Service:
    """Takes what the contract takes. A token is the name of who holds it."""

    documents: dict[tuple[str, str], bytes] = field(default_factory=dict)
    keys: dict[str, list[str]] = field(default_factory=dict)
    mandates: list[dict[str, Any]] = field(default_factory=list)
    codes: dict[str, tuple[str, str | None, str]] = field(default_factory=dict)
    holders: dict[str, tuple[str, str | None, str]] = field(default_factory=dict)
    protected: list[tuple[str, str, str, bool]] = field(default_factory=list)
    broken: str = ""

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        who = request.headers["authorization"].removeprefix("Bearer ").removeprefix("DPoP ")
        path = request.url.path
        if path == self.broken:
            return httpx2.Response(409, json={"code": "conflict", "title": "No."})
        place = path.removeprefix("/v1/")
        if request.method == "PUT":
            return self._put(request, who, place.removeprefix("integration/"))
        return self._other(request, who, place)

    def _put(self, request: httpx2.Request, who: str, place: str) -> httpx2.Response:
        kind, ref, *below = place.split("/")
        if below:
            order = ProtectionOrderBody.model_validate_json(request.content)
            self.protected.append((who, ref, below[1], order.protected))
            return httpx2.Response(204)
        if kind == "cases":
            assert DOCUMENTS.faults(json.loads(request.content)) == ()
            self.documents[who, ref] = request.content
            self.keys.setdefault(ref, []).append(request.headers["idempotency-key"])
        else:
            MandateOrderBody.model_validate_json(request.content).order()
            self.mandates.append(json.loads(request.content))
        return httpx2.Response(201, json={"version": 1})

    def _other(self, request: httpx2.Request, who: str, place: str) -> httpx2.Response:
        match place:
            case "integration/activation-codes":
                order = CodeOrderBody.model_validate_json(request.content)
                code = f"{who}.{order.case}.{order.person}"
                self.codes[code] = (who.removeprefix("machine "), order.case, order.person)
                return httpx2.Response(201, json={"code": code, "expires_at": "2026-12-06"})
            case "me":
                bound = [{"kind": "SELF"}] if who in self.holders else []
                return httpx2.Response(200, json={"mandates": bound})
            case "bindings":
                self.holders[who] = self.codes.pop(json.loads(request.content)["activation_code"])
                return httpx2.Response(201, json={})
            case _:
                return httpx2.Response(404, json={"code": "not_found"})


async def machine_token(tenant: Tenant) -> str:
    return f"machine {tenant}"


async def user_token(account: Account) -> str:
    return account.name


async def loaded(service: Service, world: World = WORLD) -> Loaded:
    return await load(
        world,
        base_url="http://127.0.0.1:1",
        machine_token=machine_token,
        user_token=user_token,
        transport=httpx2.MockTransport(service),
    )


async def test_every_case_goes_to_its_own_office_and_every_account_to_its_own_person() -> None:
    service = Service()

    done = await loaded(service)

    assert service.documents.keys() == {
        (f"machine {each.tenant}", each.ref) for each in WORLD.cases
    }
    assert service.holders == {
        name: (each.tenant, each.case, each.person)
        for name, each in WORLD.bindings.items()
        if name in BOUND
    }
    assert (done.cases, done.mandates, set(done.bound)) == (15, 7, BOUND)
    assert [(each["kind"], each["label"]) for each in service.mandates] == [
        ("GUARDIAN", "Karl Ahrens"),
        *[("PARENT", "Emir Yıldırım")] * 2,
        *[("PARENT", "Defne Yıldırım")] * 2,
        ("PARENT", "Lena Brandt"),
        ("PARENT", "Ben Brandt"),
    ]


async def test_the_office_protects_whom_the_world_says() -> None:
    service = Service()

    await loaded(service)

    assert service.protected == [
        (f"machine {each.tenant}", each.case, each.person, True) for each in WORLD.protections
    ]
    assert len(service.protected) == 1


async def test_loading_twice_changes_nothing() -> None:
    service = Service()
    await loaded(service)
    documents, holders = dict(service.documents), dict(service.holders)

    again = await loaded(service)

    assert (service.documents, service.holders) == (documents, holders)
    assert len(service.mandates) == 7
    assert all(len(set(keys)) == 1 for keys in service.keys.values())
    assert (again.bound, set(again.bound_before)) == ([], BOUND)


async def test_another_file_under_the_same_reference_has_another_idempotency_key() -> None:
    service = Service()
    await loaded(service)

    await loaded(service, build(TODAY, seed=1))

    assert all(len(set(keys)) == 2 for keys in service.keys.values())


async def test_a_refusal_names_the_call_and_loading_goes_on_from_there() -> None:
    service = Service(broken="/v1/integration/cases/mk-0003")

    with pytest.raises(NotLoaded, match=r"PUT /v1/integration/cases/mk-0003: 409 conflict"):
        await loaded(service)
    assert service.holders == {}
    service.broken = ""

    assert len((await loaded(service)).bound) == len(BOUND)


async def test_an_answer_without_a_code_is_a_refusal() -> None:
    service = Service()

    def without_code(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("activation-codes"):
            return httpx2.Response(201, content=b"")
        return service(request)

    with pytest.raises(NotLoaded, match="no code"):
        await load(
            WORLD,
            base_url="http://127.0.0.1:1",
            machine_token=machine_token,
            user_token=user_token,
            transport=httpx2.MockTransport(without_code),
        )


async def test_progress_is_told_line_by_line() -> None:
    lines: list[str] = []
    await load(
        WORLD,
        base_url="http://127.0.0.1:1",
        machine_token=machine_token,
        user_token=user_token,
        progress=lines.append,
        transport=httpx2.MockTransport(Service()),
    )

    assert lines[0] == "case bs-0001"
    assert "mandate betreuung-0001" in lines
    assert "account betreuerin" in lines
