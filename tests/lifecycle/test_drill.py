"""The drill: a real backup, an erasure, every byte on disk searched, the backup restored.

On a server of its own, whose data directory is read file by file. What is searched for is what
somebody with the disk would search for: the names the office and the provider have for the
person, their ids as the tables hold them, their wrapped key, their indexes and sealed values.
"""

import asyncio
import io
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_hex
from tempfile import mkdtemp
from uuid import UUID

import psycopg
import pytest

from app.audit.verification import verify_log
from app.lifecycle.erasure_list import ListBroken
from app.telemetry import logs
from app.vocabulary.json import Json
from app.web.main import create_app
from demo import postgres
from tests.backups import back_up, collected, dump, run_as_superuser
from tests.fixtures import Migrations
from tests.lifecycle_home import erase, rows_of
from tests.parties import BERGSTRASSE
from tests.refuge import asked, family, mandates
from tests.service import Whole, serving, settings_in

AT = "/v1/integration/cases/drill"


@pytest.fixture
def place() -> Iterator[Path]:
    folder = Path(mkdtemp(prefix="klarfall-drill-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def started_again(whole: Whole, database_url: str) -> AsyncIterator[Whole]:
    """Another process on another database: the same keys, tenants and erasure list."""
    settings = settings_in(whole.folder, database_url)
    app = create_app(settings, whole.clock, transport=whole.liar)
    logged = io.StringIO()
    logs.configure(logged)
    async with app.router.lifespan_context(app):
        yield Whole(app=app, liar=whole.liar, clock=whole.clock, logged=logged, folder=whole.folder)


async def published(whole: Whole) -> dict[str, bytes]:
    """Everything a verifier fetches, which it then verifies."""
    await whole.parts.sequencer.drain(BERGSTRASSE)
    loop, fetched = asyncio.get_running_loop(), dict[str, bytes]()

    async def get(path: str) -> bytes:
        answer = await whole.call("GET", f"/log/{BERGSTRASSE}/{path}")
        assert answer.status_code == 200, path
        fetched[path] = answer.content
        return answer.content

    def fetch(path: str) -> bytes:
        return asyncio.run_coroutine_threadsafe(get(path), loop).result(30)

    vkey = whole.parts.reader.vkey(BERGSTRASSE)
    found = await asyncio.to_thread(verify_log, fetch, vkey)
    assert found.size > 0
    return fetched


async def test_an_erased_person_is_nowhere_on_the_disk_and_in_no_backup_that_opens(
    place: Path,
) -> None:
    """Art. 17 GDPR, end to end; see docs/lifecycle.md for what an operator does."""
    live, backup = place / "live", place / "backup"
    account, ref = f"kanarienkonto{token_hex(6)}", f"kanarienperson{token_hex(6)}"
    with postgres.running(live) as server:
        Migrations(server.owner_url()).upgrade()
        run_as_superuser(server, "ALTER SYSTEM SET wal_recycle = off", "SELECT pg_reload_conf()")
        (place / "service").mkdir()
        async with serving(place / "service", server.app_url()) as whole:
            ids = await lived(whole, ref, account)
            traces = collected(server, ids[ref], account=account, ref=ref)
            back_up(server, live, backup)
            before = traces.in_folder(live / "data")
            assert {each.partition(" in ")[0] for each in before} == traces.of.keys()
            assert len(traces.of) > 12

            await erase(whole, account)

            assert await rows_of(whole, ids[ref]) == {}
            await asyncio.to_thread(
                run_as_superuser,
                server,
                "VACUUM (FULL, ANALYZE)",
                "CHECKPOINT",
                "SELECT pg_switch_wal()",
                "CHECKPOINT",
            )
            assert traces.in_folder(live / "data") == set()
            assert traces.found(dump(server, live)) == set()
            for path, content in (await published(whole)).items():
                assert traces.found(content) == set(), path
            assert traces.found(whole.logged.getvalue().encode()) == set()
            listed = next((place / "service" / "erased").iterdir())
            assert traces.found(listed.read_bytes()) == set()
    assert traces.found((live / "postgres.log").read_bytes()) == set()

    with postgres.running(backup) as restored:
        there = "SELECT count(*) FROM persons WHERE id = %s"
        with psycopg.connect(restored.superuser_url()) as connection:
            assert connection.execute(there, [UUID(ids[ref])]).fetchone() == (1,)
        async with started_again(whole, restored.app_url()) as again:
            assert await rows_of(again, ids[ref]) == {}
            assert (await rows_of(again, ids["p2"]))["persons.id"] == 1
            me = await again.call("GET", "/v1/me", again.citizen(account))
            assert me.json()["mandates"] == []
            pushed = await again.call("PUT", AT, again.machine(), household(ref))
            assert pushed.json()["code"] == "erased"
            await published(again)
        listed.unlink()
        with pytest.raises(ListBroken):
            async with started_again(whole, restored.app_url()):
                pass


def household(ref: str) -> dict[str, Json]:
    """The family, whose first one has this reference and a name that nobody else has."""
    document = family()
    persons = document["persons"]
    assert isinstance(persons, list)
    first = persons[0]
    assert isinstance(first, dict)
    fields = first["fields"]
    assert isinstance(fields, dict)
    first["ref"] = ref
    fields["person.name"] = {"given": "Kunigunde", "family": "Kanarienvogel"}
    return document


async def lived(whole: Whole, ref: str, account: str) -> dict[str, str]:
    """A case, and all that the first one of it does with this account."""
    pushed = await whole.call("PUT", AT, whole.machine(), household(ref))
    assert pushed.status_code == 201, pushed.text
    ids = {"case": pushed.json()["case_id"], **pushed.json()["persons"]}
    await whole.bound("drill", ref, account)
    await whole.bound("drill", "p2")
    async with whole.browser() as browser:
        await whole.sign_in(browser, account)
    own = (await mandates(whole, account))["SELF", ids[ref]]
    answer = (await asked(whole, account, ids["case"], own)).json()
    said = {"useful": False, "reason": "Kanarienwort"}
    words = f"/v1/answers/{answer['id']}/feedback"
    await whole.call("POST", words, whole.citizen(account), said)
    consents = f"/v1/cases/{ids['case']}/consents"
    choice = (await whole.call("GET", consents, whole.citizen(account))).json()["choices"][0]
    decided = {"decision": "granted", "notice": choice["notice"]}
    chosen = f"{consents}/{choice['field']}/{choice['purpose']}"
    await whole.call("PUT", chosen, whole.citizen(account), decided)
    await whole.call("PUT", "/v1/me/protection", whole.citizen(account))
    return ids
