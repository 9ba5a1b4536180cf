"""One layer behind pipeline, public questions, command line and page: what one loses, all lose."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.redaction import finder
from app.redaction.kinds import Kind
from app.redaction.recognisers import RECOGNISED
from app.web.cli import program
from tests.doubles.lying_provider import ORIGIN
from tests.fixtures import Urls
from tests.service import OFFICER, Whole, serving

TEXT = "Meine IBAN ist DE02 1203 0000 0000 2020 51. Wann kommt mein Geld?"
TOKEN = "⟦IBAN-1⟧"
EVERYWHERE = {"pipeline", "public", "command line", "page"}


@pytest.fixture
def without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tuple(one for one in RECOGNISED if one.kind is not Kind.IBAN)
    assert len(kept) < len(RECOGNISED)
    monkeypatch.setattr(finder, "RECOGNISED", kept)


async def masking(whole: Whole) -> set[str]:
    """Where the account number in the text is masked as one."""
    ref, ids = await whole.push()
    citizen = whole.citizen(await whole.bound(ref))
    asked = await whole.call(
        "POST", f"/v1/cases/{ids['case']}/questions/preview", citizen, {"question": TEXT}
    )
    public = await whole.call(
        "POST", "/v1/questions", json={"tenant": "bergstrasse", "question": TEXT}
    )
    printed = CliRunner().invoke(program, ["redact"], input=TEXT)
    assert (asked.status_code, public.status_code, printed.exit_code) == (200, 200, 0)
    seen = {
        "pipeline": TOKEN in asked.text,
        "public": "IBAN" in public.json()["redacted"]["kinds"],
        "command line": TOKEN in printed.stdout,
        "page": TOKEN in await page(whole),
    }
    assert seen.keys() == EVERYWHERE
    return {place for place, masked in seen.items() if masked}


async def page(whole: Whole) -> str:
    html = {"accept": "text/html", "origin": ORIGIN}
    async with whole.browser() as client:
        await whole.sign_in(client, OFFICER)
        empty = await client.get("/redaction", headers=html)
        found = re.search(r'name="form_token" value="(\w+)"', empty.text)
        assert found is not None
        form = {"form_token": found[1], "text": TEXT}
        return (await client.post("/redaction", data=form, headers=html)).text


async def test_with_all_recognisers_an_account_number_is_masked_everywhere(whole: Whole) -> None:
    assert await masking(whole) == EVERYWHERE


@pytest.mark.usefixtures("without_one")
async def test_without_one_recogniser_it_is_masked_as_one_nowhere(
    tmp_path: Path, migrated_database: Urls
) -> None:
    async with serving(tmp_path, migrated_database.app) as other:
        assert await masking(other) == set()
