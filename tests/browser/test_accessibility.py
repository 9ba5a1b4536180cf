"""Every page, held against axe-core's rules in a real browser."""

from typing import TYPE_CHECKING, Final

import pytest

from tests.fixtures import ROOT

if TYPE_CHECKING:
    from tests.browser.conftest import Citizen

pytestmark = pytest.mark.browser

AXE: Final = ROOT / "app" / "web" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


async def violations(citizen: "Citizen") -> list[str]:
    await citizen.page.add_script_tag(path=AXE)
    found = await citizen.page.evaluate(
        "rules => axe.run(document, { runOnly: { type: 'tag', values: rules } })", RULES
    )
    assert len(found["passes"]) > 10
    return [
        f"{each['id']}: {node['html'][:150]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("path", ["/", "/privacy", "/privacy?tenant=bergstrasse", "/ask", "/x"])
async def test_a_page_for_everybody_breaks_no_rule(inspected: "Citizen", path: str) -> None:
    await inspected.open(path)

    assert await violations(inspected) == []


async def test_no_page_behind_the_sign_in_breaks_a_rule(inspected: "Citizen") -> None:
    await inspected.sign_in("erika")
    for path in (
        *("/ask", "/fields", "/consents", "/accesses", "/protection"),
        *("/session", "/mandates", "/bind"),
    ):
        await inspected.open(path)
        await inspected.page.evaluate(
            "document.querySelectorAll('details').forEach((d) => { d.open = true; })"
        )

        assert await violations(inspected) == [], path


async def test_no_answer_breaks_a_rule(inspected: "Citizen") -> None:
    await inspected.sign_in("erika")
    await inspected.ask("Bekomme ich einen Mehrbedarf, und welche Diagnosen stehen in der Akte?")
    await inspected.page.evaluate(
        "document.querySelectorAll('details').forEach((d) => { d.open = true; })"
    )
    assert await violations(inspected) == []

    await inspected.page.locator("button[name=preview]").click()
    await inspected.page.locator("#redacted").wait_for()
    assert await violations(inspected) == []


async def test_at_twice_the_size_nothing_leaves_the_page(inspected: "Citizen") -> None:
    """1280 pixels at 200 % are 640, and at 400 % they are 320 (WCAG 1.4.10)."""
    await inspected.sign_in("erika")
    for width in (640, 320):
        await inspected.page.set_viewport_size({"width": width, "height": 700})
        for path in ("/ask", "/fields", "/consents", "/accesses", "/protection", "/session"):
            await inspected.open(path)
            sideways = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            assert not await inspected.page.evaluate(sideways), (path, width)
