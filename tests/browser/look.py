"""How a page is looked at: one visit finds what is wrong with it in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Browser, BrowserContext, Page

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Runs before the page's own scripts: what the policy refused and what moved.
WATCH = """
window.seen = {refused: [], shift: 0, moved: []};
document.addEventListener('securitypolicyviolation',
  e => window.seen.refused.push(e.violatedDirective + ' ' + (e.blockedURI || e.sourceFile)));
new PerformanceObserver(list => {
  for (const e of list.getEntries()) if (!e.hadRecentInput) {
    window.seen.shift += e.value;
    window.seen.moved = e.sources.map(s => (s.node?.outerHTML || s.node?.data || '').slice(0, 80));
  }
}).observe({type: 'layout-shift', buffered: true});
"""

UNDRAWN = "[data-chart]:not([data-ready])"
# What a second variant of a page can break that the first has not shown.
BY_LOOK = ["color-contrast", "target-size", "link-in-text-block"]


@dataclass(frozen=True)
class Variant:
    """A language, a theme and a width."""

    language: str
    theme: str
    width: int

    def __str__(self) -> str:
        return f"{self.language}-{self.theme}-{self.width}"


def _v(text: str) -> Variant:
    language, theme, width = text.split("-")
    return Variant(language, theme, int(width))


EVERY_VARIANT = [
    Variant(language, theme, width)
    for language in ("en", "zh")
    for theme in ("light", "dark")
    for width in (1440, 390)
]
# Each pair of opposites covers every single value; the four together every pair of values.
PAIRWISE = [
    (_v("en-light-1440"), _v("zh-dark-390")),
    (_v("en-dark-390"), _v("zh-light-1440")),
    (_v("en-dark-1440"), _v("zh-light-390")),
    (_v("en-light-390"), _v("zh-dark-1440")),
]


def context_for(
    browser: Browser, base: str, variant: Variant, cookies: list[dict[str, Any]], **options: Any
) -> BrowserContext:
    """Open a browser window of the variant, signed in by the session cookie given."""
    context = browser.new_context(
        viewport={"width": variant.width, "height": 900},
        locale="zh-CN" if variant.language == "zh" else "en-GB",
        timezone_id="Asia/Shanghai",
        **options,
    )
    language = "zh-hans" if variant.language == "zh" else "en"
    chosen = [("django_language", language), ("theme", variant.theme)]
    context.add_cookies(
        [*cookies, *({"name": name, "value": value, "url": base} for name, value in chosen)]  # type: ignore[list-item]
    )
    context.add_init_script(WATCH)
    return context


def faults_of(page: Page, address: str, *, status: int = 200, whole: bool = True) -> list[str]:
    """Visit an address and return every fault found, each with its place.

    Not `whole`: of the rules of access only those that colour and width decide.
    """
    spoken: list[str] = []
    page.on(
        "console",
        lambda message: (
            spoken.append(f"console: {message.text}")
            if message.type in {"error", "warning"}
            else None
        ),
    )
    page.on("pageerror", lambda error: spoken.append(f"script: {error}"))
    answer = page.goto(address)
    found = answer.status if answer else 0
    page.locator(UNDRAWN).first.wait_for(state="detached")
    if found != status:
        return [f"status {found}"]
    if page.url.partition("?")[0] != address.partition("?")[0]:
        return [f"led to {page.url}"]
    if status != 200:
        spoken = [line for line in spoken if "Failed to load resource" not in line]
    return [*spoken, *_measured(page), *_accessibility(page, whole=whole)]


def _measured(page: Page) -> Iterator[str]:
    seen = page.evaluate("window.seen")
    for refused in seen["refused"]:
        yield f"policy: {refused}"
    if seen["shift"] > 0.01:  # less is a rounding of fonts, not a jump
        yield f"layout shift {seen['shift']:.4f} of {seen['moved']}"
    over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if over > 0:
        yield f"sideways overflow {over} px"
    if page.evaluate("document.querySelectorAll('[style]:not(.chart *):not(.uplot *)').length"):
        yield "a style attribute"


def _accessibility(page: Page, *, whole: bool) -> Iterator[str]:
    only = {"type": "tag", "values": AXE_TAGS} if whole else {"type": "rule", "values": BY_LOOK}
    page.evaluate(AXE)
    found = page.evaluate(
        "only => axe.run(document, {runOnly: only, resultTypes: ['violations']})", only
    )
    for violation in found["violations"]:
        where = "; ".join(str(node["target"][0]) for node in violation["nodes"][:3])
        yield f"axe {violation['id']}: {violation['help']} at {where}"
