"""The page of a running program in a real browser, and what it must never do."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, Response, expect
from tests.e2e.program import ROOT, Home

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
_ADDRESS = re.compile(r"Artkeep \S+: (http://\S+)/")
_SERIOUS = ("serious", "critical")
_PATIENCE_MS = 60_000  # for a machine that has other things to do

expect.set_options(timeout=_PATIENCE_MS)


def page_is_built() -> bool:
    """Whether there is a page to open."""
    return (ROOT / "frontend" / "dist" / "index.html").exists()


def start_page(home: Home, **settings: str) -> str:
    """Serve the page of this installation; where it is."""
    settings = {"ARTKEEP_UI__WELCOMED": "1", **settings}
    return address(home.start("gui", "--no-browser", "--port", "0", **settings))


def start_demo(home: Home, painted: Path, **settings: str) -> str:
    """Serve it with the sample site."""
    settings = {"XDG_CACHE_HOME": str(painted), **settings}
    words = ("gui", "--demo", "--no-browser", "--port", "0", "--data-dir", str(home.folder))
    return address(home.start(*words, **settings))


def address(process: subprocess.Popen[str]) -> str:
    """Where a starting program serves its page, once it does."""
    assert process.stdout is not None
    for line in process.stdout:
        found = _ADDRESS.search(line)
        if found:
            return found[1]
    process.wait()
    raise AssertionError(process.stderr.read() if process.stderr else "it ended")


@dataclass
class Screen:
    """A tab. `said` is what the console and failed requests told; it should stay empty."""

    page: Page
    url: str
    said: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()  # words of complaints that a test provokes

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.said.append(f"uncaught {error}"))
        self.page.on("response", self._answered)

    def go(self, route: str = "/") -> Page:
        """Open a route of the page."""
        self.page.goto(self.url + route)
        return self.page

    def button(self, name: str, within: Locator | None = None) -> Locator:
        """A button by its whole name."""
        return (within or self.page).get_by_role("button", name=name, exact=True)

    def require_quiet(self) -> None:
        """Nothing was complained about but what the test provoked."""
        left = [line for line in self.said if not any(word in line for word in self.expected)]
        assert left == []

    def require_accessible(self) -> None:
        """axe has no serious finding about what is shown now."""
        self.page.evaluate(AXE.read_text("utf-8"))
        found: list[dict[str, Any]] = self.page.evaluate(
            "axe.run(document, {resultTypes: ['violations']}).then((run) => run.violations)"
        )
        bad = [
            f"{one['id']}: {one['help']}: {node['html'][:160]} {node.get('failureSummary', '')}"
            for one in found
            if one["impact"] in _SERIOUS
            for node in one["nodes"]
        ]
        assert bad == [], "\n".join(bad)

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.said.append(message.text)

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.said.append(f"{response.status} {response.url}")


@contextmanager
def screen(browser: Browser, url: str, **context: Any) -> Iterator[Screen]:
    """A tab of a fresh profile; `context` is Playwright's, for phones, themes, languages."""
    settings: dict[str, Any] = {"viewport": {"width": 1280, "height": 720}, "locale": "en-US"}
    opened = browser.new_context(**(settings | context))
    opened.set_default_timeout(_PATIENCE_MS)
    try:
        yield Screen(opened.new_page(), url)
    finally:
        opened.close()
