"""A family that parted: two adults and a child, and what would lead from one to another."""

import json
from datetime import timedelta
from uuid import UUID

import httpx2
from sqlalchemy import text

from app.audit.leaves import SALT_BYTES
from app.policy import register
from app.vocabulary.ids import EntryId
from app.vocabulary.json import Json
from tests.parties import BERGSTRASSE, couple
from tests.service import Whole

STREET, PHONE, PLACE, LANDLORD = "Quittenweg", "06252 7700123", "Zimmer 4711", "Mispelhaus GmbH"
CANARIES = (STREET, PHONE, PLACE, LANDLORD)
APPOINTMENT = "Wann ist mein nächster Termin?"


def family() -> dict[str, Json]:
    """`p1` has left `p2` and taken `p3`, seven years old, along."""
    document = couple()
    persons = document["persons"]
    household = document["household"]
    assert isinstance(persons, list)
    assert isinstance(household, dict)
    for person in persons:
        assert isinstance(person, dict)
        fields = person["fields"]
        assert isinstance(fields, dict)
        if person["ref"] == "p2":
            fields["person.address"] = {"street": "Altgasse 1", "postcode": "64625", "city": "Ort"}
            continue
        if person["ref"] == "p3":
            fields["person.birth_date"] = "2019-05-06"
        fields["person.address"] = {"street": f"{STREET} 9", "postcode": "64625", "city": "Ort"}
        fields["person.phone"] = PHONE
        fields["appointment.next"] = {
            "starts_at": "2027-01-12T09:30:00+01:00",
            "place": PLACE,
            "topic": "Beratung",
        }
    fields = household["fields"]
    assert isinstance(fields, dict)
    fields["housing.landlord"] = {"name": LANDLORD, "city": "Ort"}
    return document


async def protect(whole: Whole, ref: str, person: str, **body: object) -> httpx2.Response:
    """As the office sets or lifts it."""
    return await whole.call(
        "PUT",
        f"/v1/integration/cases/{ref}/persons/{person}/protection",
        whole.machine(),
        {"protected": True, **body},
    )


async def entrust(
    whole: Whole,
    ref: str,
    *,
    kind: str,
    grantor: str,
    grantee: str,
    evidence: str = "power_of_attorney",
    actions: tuple[str, ...] = ("read", "explain"),
) -> str:
    """One member acts for another from yesterday on. Returns the mandate's id."""
    recorded = await whole.call(
        "PUT",
        f"/v1/integration/mandates/{kind}-{grantor}-{grantee}-{ref}",
        whole.machine(),
        {
            "kind": kind,
            "grantor": {"case": ref, "person": grantor},
            "grantee": {"case": ref, "person": grantee},
            "label": "Die vertretene Person",
            "grantee_label": "Bo Ekdahl",
            "groups": ["*"],
            "actions": list(actions),
            "evidence": {"kind": evidence, "reference": "Bl. 3"},
            "valid_from": (whole.clock() - timedelta(days=1)).isoformat(),
        },
    )
    assert recorded.status_code == 200, recorded.text
    return str(recorded.json()["id"])


async def mandates(whole: Whole, who: str) -> dict[tuple[str, str], str]:
    """By kind and subject, the id."""
    me = (await whole.call("GET", "/v1/me", whole.citizen(who))).json()
    return {(each["kind"], each["subject"]): each["id"] for each in me["mandates"]}


async def listed(whole: Whole, who: str, case: str, mandate: str) -> dict[str, dict[str, Json]]:
    """The fields as this mandate finds them, by name."""
    answer = await whole.call(
        "GET", f"/v1/cases/{case}/fields", whole.citizen(who) | {"klarfall-mandate": mandate}
    )
    assert answer.status_code == 200, answer.text
    return {each["field"]: each for each in answer.json()["fields"]}


async def asked(
    whole: Whole, who: str, case: str, mandate: str, question: str = APPOINTMENT
) -> httpx2.Response:
    whole.clock.forward(timedelta(seconds=1))  # so that of two uses one is the newer
    return await whole.call(
        "POST",
        f"/v1/cases/{case}/questions",
        whole.citizen(who) | {"klarfall-mandate": mandate},
        {"question": question, "language": "de"},
    )


async def trail(whole: Whole, kind: str, subject: str) -> list[dict[str, Json]]:
    """The payloads in the log of this kind about this person, opened."""
    sealer = whole.parts.answers.sealer
    found = []
    async with whole.parts.database.transaction(BERGSTRASSE) as tx:
        for row in (await tx.execute(text("SELECT entry, sealed FROM audit_payloads"))).all():
            opened = await sealer.open(tx, BERGSTRASSE, EntryId(row.entry), row.sealed)
            payload: dict[str, Json] = json.loads(opened[SALT_BYTES:])
            subjects = payload["subjects"]
            if payload["event"] == kind and isinstance(subjects, list) and subject in subjects:
                found.append(payload)
    return found


async def kept_items(whole: Whole, subject: str) -> list[dict[str, Json]]:
    """What the newest release about this person decided, with its true reasons."""
    newest = text(
        "SELECT id, sealed_items FROM releases WHERE subject = :subject "
        "ORDER BY decided_at DESC, ctid DESC LIMIT 1"
    )
    async with whole.parts.database.transaction(BERGSTRASSE) as tx:
        row = (await tx.execute(newest, {"subject": subject})).one()
        key = await whole.parts.vault.key(tx, BERGSTRASSE, UUID(subject))
    items = register.opened(key, BERGSTRASSE, row.id, row.sealed_items)["items"]
    assert isinstance(items, list)
    return [item for item in items if isinstance(item, dict)]
