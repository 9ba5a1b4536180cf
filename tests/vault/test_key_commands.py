"""`klarfall keys` as an operator runs it, beside a service that answers questions."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import psycopg
import pytest
from pydantic import AnyHttpUrl
from typer.testing import CliRunner, Result

from app.web.cli import program
from app.web.settings import KeyServiceKind
from tests.doubles.lying_provider import ORIGIN
from tests.fixtures import ROOT, Urls
from tests.parties import couple
from tests.service import Whole, serving
from tests.vault.services import InOpenBao, backend

RUN = CliRunner()
QUESTION = {"question": "Wie hoch ist mein Regelbedarf?"}


@dataclass(frozen=True)
class Begun:
    process: "subprocess.Popen[str]"

    def until(self, word: str) -> str:
        """The line of its progress that has this word."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if word in line:
                return line
        raise AssertionError(self.end())

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def end(self) -> tuple[int, str]:
        _, told = self.process.communicate(timeout=60)
        return self.process.returncode, told


@dataclass(frozen=True)
class Operator:
    """Runs commands as the role that owns the tables, and looks at rows as a superuser."""

    whole: Whole
    urls: Urls
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "KLARFALL_ENVIRONMENT": "testing",
            "KLARFALL_DATABASE_URL": self.urls.app,
            "KLARFALL_OWNER_URL": self.urls.owner,
            "KLARFALL_PUBLIC_URL": ORIGIN,
            "KLARFALL_TENANTS": str(self.whole.folder / "tenants"),
            "KLARFALL_POLICIES": str(ROOT / "policies"),
            "KLARFALL_ERASURE_LIST": str(self.whole.folder / "erased"),
            **self.more,
        }

    async def runs(self, *words: str) -> Result:
        given = ["keys", *words]
        return await asyncio.to_thread(RUN.invoke, program, given, env=self.environment)

    def begins(self, *words: str) -> "Begun":
        """In a process of its own, as in a terminal."""
        return Begun(
            subprocess.Popen(
                [str(Path(sys.executable).with_name("klarfall")), "keys", *words],
                env=os.environ | self.environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.urls.superuser, autocommit=True) as connection:
            done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []

    async def asks(self, who: str, case: str) -> httpx2.Response:
        path = f"/v1/cases/{case}/questions"
        return await self.whole.call("POST", path, self.whole.citizen(who), QUESTION)

    async def ready(self) -> tuple[int, str]:
        answer = await self.whole.call("GET", "/readyz")
        return answer.status_code, answer.json()["parts"]["sealed"]


@pytest.fixture
async def operator(migrated_database: Urls, tmp_path: Path) -> AsyncIterator[Operator]:
    async with serving(tmp_path, migrated_database.app) as whole:
        yield Operator(whole, migrated_database)


async def test_a_poison_record_is_told_to_who_watches_until_somebody_has_looked(
    operator: Operator,
) -> None:
    ref, ids = await operator.whole.push()
    who = await operator.whole.bound(ref)
    assert (await operator.asks(who, ids["case"])).status_code == 200
    assert await operator.ready() == (200, "ready")
    assert "ALARM" not in (await operator.runs("status")).stdout

    operator.rows("UPDATE case_values SET sealed = set_byte(sealed, 30, get_byte(sealed, 30) # 1)")
    refused = await operator.asks(who, ids["case"])

    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert await operator.ready() == (200, "alarm")
    told = (await operator.runs("status")).stdout
    assert "bergstrasse: ALARM: case_values.sealed did not open 1 times" in told
    assert "main-kinzig: ALARM" not in told
    assert ids["p1"] not in told
    assert "ALARM" not in (await operator.runs("heed", "--tenant", "main-kinzig")).stdout
    assert await operator.ready() == (200, "alarm")
    assert "Alarms struck: 1." in (await operator.runs("heed")).stdout
    assert await operator.ready() == (200, "ready")
    await operator.asks(who, ids["case"])
    assert await operator.ready() == (200, "alarm")
    operator.rows("UPDATE cases SET body_digest = ''")
    path = f"/v1/integration/cases/{ref}"
    pushed = await operator.whole.call("PUT", path, operator.whole.machine(), couple())
    assert pushed.status_code == 200, pushed.text
    assert (await operator.asks(who, ids["case"])).status_code == 200


async def test_files_from_before_there_were_contents_are_refused_until_they_are_listed(
    operator: Operator,
) -> None:
    (ref, ids), (_, others) = await operator.whole.push(), await operator.whole.push()
    who = await operator.whole.bound(ref)
    operator.rows("DELETE FROM case_contents")
    spoilt = "UPDATE case_values SET sealed = 'x' WHERE field = 'benefit.standard_need'"
    operator.rows(f"{spoilt} AND subject = '{others['p1']}'")
    assert (await operator.asks(who, ids["case"])).status_code == 503

    done = await operator.runs("contents")

    assert done.exit_code == 1, done.output
    assert "bergstrasse: listed 7 parts; do not open 1" in done.stdout
    assert "bergstrasse: parts listed 7" in done.stderr
    assert (await operator.asks(who, ids["case"])).status_code == 200
    again = await operator.runs("contents")
    assert "bergstrasse: listed 0 parts; do not open 1" in again.stdout
    assert "main-kinzig: listed 0 parts; do not open 0" in again.stdout


async def test_data_keys_are_renewed_by_the_command_and_what_was_answered_is_still_read(
    migrated_database: Urls, tmp_path: Path
) -> None:
    """Interrupted in the middle and run again; nobody serves meanwhile, so nobody is waited for."""
    async with serving(tmp_path, migrated_database.app) as whole:
        operator = Operator(whole, migrated_database)
        ref, ids = await whole.push()
        who = await whole.bound(ref)
        answered = (await operator.asks(who, ids["case"])).json()
    before = set(operator.rows("SELECT owner, wrapped FROM data_keys"))
    versions = set(operator.rows("SELECT sealed FROM case_values"))

    with psycopg.connect(migrated_database.superuser) as somebody:
        # A transaction that is open, as of a service's: the command has begun, and cannot end.
        somebody.execute("SELECT count(*) FROM case_values")
        begun = operator.begins("rotate", "--level", "data")
        told = await asyncio.to_thread(begun.until, "data keys")
        begun.interrupt()
        code, rest = await asyncio.to_thread(begun.end)
    halfway = operator.rows("SELECT count(*) FROM data_keys WHERE octet_length(wrapped) > 78")

    assert "bergstrasse: data: data keys" in told
    assert (code, "Interrupted." in rest) == (130, True)
    assert halfway != [(0,)]
    done = await operator.runs("rotate", "--level", "data")
    assert done.exit_code == 0, done.output
    assert "being renewed 0 data keys of 0 values; left to do 0" in done.stdout
    assert "waits for services" not in done.stderr
    assert set(operator.rows("SELECT owner, wrapped FROM data_keys")).isdisjoint(before)
    assert set(operator.rows("SELECT sealed FROM case_values")).isdisjoint(versions)
    async with serving(tmp_path, migrated_database.app) as whole:
        again = Operator(whole, migrated_database)
        assert (await again.asks(who, ids["case"])).json()["text"] == answered["text"]


async def test_a_service_moves_from_a_file_to_openbao_and_the_file_goes_away(
    migrated_database: Urls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with backend("openbao", tmp_path) as bao:
        assert isinstance(bao, InOpenBao)
        used: dict[str, object] = {
            "key_service": KeyServiceKind.OPENBAO,
            "openbao_url": AnyHttpUrl(bao.url),
            "openbao_token_file": tmp_path / "token",
        }
        told = {f"KLARFALL_{name.upper()}": str(value) for name, value in used.items()}
        async with serving(tmp_path, migrated_database.app) as whole:
            ref, ids = await whole.push()
            who = await whole.bound(ref)
            alone = Operator(whole, migrated_database, told)
            assert (await alone.runs("move", "--to", "openbao")).exit_code == 2
        both = {**used, "key_service_before": KeyServiceKind.FILE}
        async with serving(tmp_path, migrated_database.app, **both) as whole:
            operator = Operator(
                whole, migrated_database, {**told, "KLARFALL_KEY_SERVICE_BEFORE": "file"}
            )
            assert (await operator.asks(who, ids["case"])).status_code == 200
            assert (await operator.runs("move", "--to", "pkcs11")).exit_code == 2
            assert (await operator.runs("create")).exit_code == 0
            behind = await operator.runs("status")

            moved = await operator.runs("move", "--to", "openbao")

            assert moved.exit_code == 0, moved.output
            assert "All keys are wrapped by openbao." in moved.stdout
            assert "bergstrasse: service: tenant keys 1" in moved.stderr
            assert "left to do 1" in behind.stdout
            assert "left to do 1" not in (await operator.runs("status")).stdout
            assert (await operator.asks(who, ids["case"])).status_code == 200
        (tmp_path / "master.key").unlink()
        monkeypatch.setattr("tests.service.write_tenant", lambda *_args, **_more: None)
        for file in (tmp_path / "tenants").glob("*.toml"):
            file.write_text(file.read_text().partition("[keys]")[0])
        async with serving(tmp_path, migrated_database.app, **used) as whole:
            operator = Operator(whole, migrated_database, told)
            again = await operator.asks(who, ids["case"])
            pushed = await whole.call(
                "PUT", f"/v1/integration/cases/{ref}", whole.machine(), couple()
            )

    assert again.status_code == 200, again.text
    assert pushed.status_code == 200
