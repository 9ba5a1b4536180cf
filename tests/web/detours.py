"""Somebody on the way to a stronger sign-in and back, seen from outside and in the database."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import httpx2
from sqlalchemy import text

from app.audit.canonical import parsed
from app.audit.leaves import SALT_BYTES
from app.identity.browser.cookies import SESSION
from app.vocabulary.ids import EntryId
from tests.doubles.lying_provider import ORIGIN, LyingProvider
from tests.parties import BERGSTRASSE
from tests.service import Whole

PAGE: Final = {"accept": "text/html"}
FORMS: Final = {"origin": ORIGIN, **PAGE}
ASKED: Final = "Wann kommt mein Geld und wie viel ist es?"
WANTED: Final = {"assurance": "substantial", "max_age": "28800", "question": ASKED}

Row = Mapping[str, object]


def make_honest(liar: LyingProvider, acr: str = "substantial") -> None:
    liar.claims, liar.header, liar.answer, liar.acr = {}, {}, {}, acr
    liar.replies.clear()


@dataclass(repr=False)
class Detour:
    """One browser, bound to a case, signed in with less than its fields take."""

    whole: Whole
    client: httpx2.AsyncClient
    who: str
    ref: str
    case: str

    @property
    def liar(self) -> LyingProvider:
        return self.whole.liar

    @property
    def cookie(self) -> str:
        return str(self.client.cookies[SESSION])

    async def get(self, path: str) -> httpx2.Response:
        return await self.client.get(path, headers=PAGE)

    async def send(self, path: str, **fields: str) -> httpx2.Response:
        """A form of a page of now."""
        shown = await self.get("/session")
        found = re.search(r'name="form_token" value="(\w+)"', shown.text)
        assert found is not None, shown.text
        form = {"form_token": found[1], **fields}
        return await self.client.post(path, data=form, headers=FORMS)

    async def leave(self, **wanted: str) -> str:
        """The address at the provider."""
        gone = await self.send("/step-up", **(WANTED | wanted))
        assert gone.status_code == 303, gone.text
        return str(gone.headers["location"])

    async def come_back(self, url: str, **lies: str | None) -> httpx2.Response:
        """As the provider, as it is now, sends a browser back from there."""
        return await self.client.get(self.liar.authorize(url, **lies))

    async def sign_out(self) -> None:
        """A second ago."""
        await self.send("/logout")
        assert SESSION not in self.client.cookies
        self.whole.clock.forward(timedelta(seconds=1))

    async def anew(self, acr: str = "substantial", **wanted: str) -> httpx2.Response:
        """There and back, honestly, with a sign-in of this moment."""
        make_honest(self.liar, acr)
        self.liar.claims = {"auth_time": self.now}
        return await self.come_back(await self.leave(**wanted))

    @property
    def now(self) -> int:
        return int(self.whole.clock().timestamp())

    async def level(self) -> str:
        me = await self.client.get("/v1/me")
        assert me.status_code == 200, me.text
        return str(me.json()["assurance"])

    async def session(self) -> Row | None:
        """The row behind the browser's cookie, as long as somebody is signed in by it."""
        secret = self.cookie.partition(".")[2]
        found = await self.rows(
            "SELECT id, secret_hash, assurance, authenticated_at, active_mandate, sealed_name,"
            " provider_session, created_at, expires_at"
            " FROM sessions WHERE secret_hash = :digest",
            digest=sha256(secret.encode()).digest(),
        )
        return found[0] if found else None

    async def written(self, session: object) -> object:
        """The transaction that made or last touched it."""
        (row,) = await self.rows(
            "SELECT xmin::text AS written FROM sessions WHERE id = :id", id=session
        )
        return row["written"]

    async def kept(self) -> list[Row]:
        """What is kept of this account's questions."""
        return await self.rows(
            "SELECT k.state, k.session_id, k.xmin::text AS written FROM kept_questions k"
            " JOIN identities i ON i.id = k.identity_id WHERE i.subject = :who"
            " ORDER BY k.expires_at",
            who=self.who,
        )

    async def rows(self, statement: str, **values: object) -> list[Row]:
        async with self.whole.parts.database.transaction(BERGSTRASSE) as tx:
            return [{**row} for row in (await tx.execute(text(statement), values)).mappings()]

    async def identity(self, who: str | None = None) -> str:
        (row,) = await self.rows(
            "SELECT id::text AS id FROM identities WHERE subject = :who", who=who or self.who
        )
        return str(row["id"])

    async def trail(self, since: datetime) -> list[Row]:
        """What the log was told from then on, oldest first; `written` is the transaction.

        Of the newest forty: no test here makes as many.
        """
        sealer = self.whole.parts.answers.sealer
        found = []
        async with self.whole.parts.database.transaction(BERGSTRASSE) as tx:
            rows = await tx.execute(
                text(
                    "SELECT entry, sealed, xmin::text AS written FROM audit_payloads"
                    " ORDER BY age(xmin) LIMIT 40"
                )
            )
            for row in rows.all():
                opened = await sealer.open(tx, BERGSTRASSE, EntryId(row.entry), row.sealed)
                payload = parsed(opened[SALT_BYTES:])
                if datetime.fromisoformat(str(payload["at"])) >= since:
                    found.append({**payload, "written": row.written})
        return sorted(found, key=lambda each: str(each["at"]))
