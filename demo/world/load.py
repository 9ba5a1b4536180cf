"""Brings the world into a running service, through the doors everybody uses.

Cases and mandates are pushed as an integrator pushes them; codes are issued by the office and
redeemed by each account with a token of its own. Running it again changes nothing: the same file
has the same `Idempotency-Key`, and what an account may do already is left alone.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import time
from hashlib import sha256
from typing import Final, Self, TypeAlias

import httpx2

from app.vocabulary.json import Json
from demo.world.accounts import Account
from demo.world.days import moment
from demo.world.offices import Tenant
from demo.world.shapes import Fields
from demo.world.world import Binding, Mandate, World

MachineToken: TypeAlias = Callable[[Tenant], Awaitable[str]]
UserToken: TypeAlias = Callable[[Account], Awaitable[str]]
Progress: TypeAlias = Callable[[str], None]

_TIMEOUT: Final = httpx2.Timeout(30.0)


class NotLoaded(Exception):
    """The service would not take a part of the world. Says which, and what it answered."""


@dataclass(slots=True)
class Loaded:
    """Accounts by name: those bound now, and those that may act since an earlier time."""

    cases: int = 0
    mandates: int = 0
    bound: list[str] = field(default_factory=list)
    bound_before: list[str] = field(default_factory=list)


async def load(  # noqa: PLR0913 - each is a door of its own
    world: World,
    *,
    base_url: str,
    machine_token: MachineToken,
    user_token: UserToken,
    holder: httpx2.Auth | None = None,
    progress: Progress = lambda _: None,
    transport: httpx2.AsyncBaseTransport | None = None,
) -> Loaded:
    """Cases and who is protected in them, then mandates, then one binding for each account.

    `holder` proves that the machine's tokens are its own.

    Raises NotLoaded at the first thing refused; what was loaded until then stays, and loading
    again goes on from there.
    """
    done = Loaded()
    async with httpx2.AsyncClient(
        base_url=base_url, timeout=_TIMEOUT, transport=transport, trust_env=False, auth=holder
    ) as client:
        office = _Office(client, machine_token)
        for case in world.cases:
            await office.put(case.tenant, f"cases/{case.ref}", case.document)
            done.cases += 1
            progress(f"case {case.ref}")
        for each in world.protections:
            place = f"cases/{each.case}/persons/{each.person}/protection"
            await office.put(each.tenant, place, {"protected": True, "ground": each.ground})
        citizens = {
            account.name: await _Citizen.met(client, account, user_token)
            for account in world.accounts
            # A password alone is not enough to be tied to a case.
            if account.name in world.bindings
        }
        done.bound_before = [name for name, each in citizens.items() if each.may_act]
        settled = {world.bindings[name] for name in done.bound_before}
        for mandate in world.mandates:
            if _grantee(mandate) not in settled:
                await office.put(mandate.tenant, f"mandates/{mandate.ref}", _body(world, mandate))
                done.mandates += 1
                progress(f"mandate {mandate.ref}")
        for name, citizen in citizens.items():
            if not citizen.may_act:
                await citizen.redeem(await office.code(world.bindings[name]))
                done.bound.append(name)
                progress(f"account {name}")
    return done


@dataclass(frozen=True, slots=True)
class _Office:
    """The integrator's side."""

    client: httpx2.AsyncClient
    token: MachineToken

    async def put(self, tenant: Tenant, place: str, body: Fields) -> None:
        text = json.dumps(body, ensure_ascii=False, sort_keys=True).encode()
        headers = {
            **_bound(await self.token(tenant)),
            "Content-Type": "application/json",
            "Idempotency-Key": sha256(place.encode() + text).hexdigest()[:32],
        }
        path = f"/v1/integration/{place}"
        _taken(await self.client.put(path, content=text, headers=headers), f"PUT {path}")

    async def code(self, binding: Binding) -> str:
        wanted: Fields = {"person": binding.person}
        if binding.case is not None:
            wanted["case"] = binding.case
        path = "/v1/integration/activation-codes"
        headers = _bound(await self.token(binding.tenant))
        answer = await self.client.post(path, json=wanted, headers=headers)
        match _taken(answer, f"POST {path}"):
            case {"code": str(code)}:
                return code
            case _:
                raise NotLoaded(f"POST {path}: no code in the answer")


@dataclass(frozen=True, slots=True)
class _Citizen:
    """An account, signed in."""

    client: httpx2.AsyncClient
    headers: Mapping[str, str]
    may_act: bool

    @classmethod
    async def met(cls, client: httpx2.AsyncClient, account: Account, token: UserToken) -> Self:
        headers = _bearer(await token(account))
        me = _taken(await client.get("/v1/me", headers=headers), f"GET /v1/me as {account.name}")
        return cls(client, headers, may_act=isinstance(me, dict) and bool(me.get("mandates")))

    async def redeem(self, code: str) -> None:
        path = "/v1/bindings"
        answer = await self.client.post(path, json={"activation_code": code}, headers=self.headers)
        _taken(answer, f"POST {path}")


def _taken(answer: httpx2.Response, what: str) -> Json:
    if not answer.is_success:
        raise NotLoaded(f"{what}: {answer.status_code} {_code(answer)}")
    if not answer.content:
        return {}
    body: Json = answer.json()
    return body


def _code(answer: httpx2.Response) -> str:
    """The problem's code, which tells nothing of the case."""
    try:
        problem: Json = answer.json()
    except ValueError:
        return ""
    return str(problem.get("code", "")) if isinstance(problem, dict) else ""


def _bound(token: str) -> dict[str, str]:
    """Whoever loads adds the proof (RFC 9449)."""
    return {"Authorization": f"DPoP {token}"}


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _grantee(mandate: Mandate) -> Binding:
    party = mandate.grantee
    return Binding(tenant=mandate.tenant, case=party.case, person=party.person)


def _body(world: World, mandate: Mandate) -> Fields:
    grantee: Fields = {"person": mandate.grantee.person}
    if mandate.grantee.case is None:
        person = world.person(_grantee(mandate))
        grantee["name"] = {"given": person.given, "family": person.family}
        grantee["birth_date"] = person.birth_date.isoformat()
    else:
        grantee["case"] = mandate.grantee.case
    grantor = world.person(
        Binding(tenant=mandate.tenant, case=mandate.grantor.case, person=mandate.grantor.person)
    )
    groups: list[Json] = list(mandate.groups)
    actions: list[Json] = list(mandate.actions)
    return {
        "kind": mandate.kind,
        "grantor": {"case": mandate.grantor.case or "", "person": mandate.grantor.person},
        "grantee": grantee,
        "label": f"{grantor.given} {grantor.family}",
        "groups": groups,
        "actions": actions,
        "evidence": {"kind": mandate.evidence.kind, "reference": mandate.evidence.reference},
        "valid_from": moment(mandate.valid_from, time(0)),
        "valid_to": None if mandate.valid_to is None else moment(mandate.valid_to, time(0)),
    }
