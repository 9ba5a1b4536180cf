"""What can be found wrong with a page in a real browser: rules broken, and what sticks out."""

from typing import TYPE_CHECKING, Final

from tests.fixtures import ROOT

if TYPE_CHECKING:
    from tests.browser.conftest import Citizen

AXE: Final = ROOT / "app" / "web" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# 1280 pixels at 200 % and at 400 % (WCAG 1.4.10).
NARROW: Final = (640, 320)


async def violations(citizen: "Citizen") -> list[str]:
    """By axe-core's rules, with everything on the page unfolded."""
    await citizen.page.evaluate(
        "document.querySelectorAll('details').forEach((d) => { d.open = true; })"
    )
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


async def sticking_out(citizen: "Citizen") -> list[int]:
    """The widths at which the page is wider than its window."""
    usual = citizen.page.viewport_size
    found = []
    for width in NARROW:
        await citizen.page.set_viewport_size({"width": width, "height": 700})
        if await citizen.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        ):
            found.append(width)
    if usual is not None:
        await citizen.page.set_viewport_size(usual)
    return found
