"""The README's pictures, made anew: `python -m tests.e2e.pictures`.

Everything in them comes from the sample site, so they show nobody's work and nobody's data.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, expect
from tests.e2e.page import Screen, screen, start_demo
from tests.e2e.program import ROOT, Home
from tests.gallery import gallery
from tests.web.chromium import chromium

FOLDER = ROOT / "docs" / "pictures"
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True}
SHORT = {"width": 1280, "height": 620}  # ends above the paths of this machine
CREATOR = "aurora_atelier"
_QUIET_MS = 800  # pictures have come and nothing moves any more


def main() -> None:
    """Overwrite every picture."""
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        gallery() as site,
        chromium() as browser,
        closing(Home(Path(folder), site)) as home,
    ):
        url = start_demo(home, Path(folder) / "painted", ARTKEEP_WORKERS__EXAMINE="1")
        for name, settings, show in (
            ("browse", {"color_scheme": "dark"}, _browse),
            ("jobs", {"color_scheme": "light"}, _jobs),
            ("database", {"color_scheme": "dark"}, _database),
            ("details", {"color_scheme": "light", "viewport": SHORT}, _details),
            ("phone", {"color_scheme": "dark", **PHONE}, _browse),
        ):
            _shoot(browser, url, name, settings, show)


def _shoot(
    browser: Any, url: str, name: str, settings: dict[str, Any], show: Callable[[Screen], None]
) -> None:
    with screen(browser, url, **settings) as opened:
        show(opened)
        opened.page.wait_for_load_state("networkidle")
        opened.page.wait_for_timeout(_QUIET_MS)
        taken = Image.open(io.BytesIO(opened.page.screenshot())).convert("RGB")
        taken.save(FOLDER / f"{name}.webp", quality=88, method=6)
        print(FOLDER / f"{name}.webp", taken.size)


def _cards(page: Page) -> None:
    expect(page.get_by_role("gridcell").first).to_be_visible()


def _browse(opened: Screen) -> None:
    _cards(opened.go(f"/?t={CREATOR}&see=civitai:user:{CREATOR}"))


def _jobs(opened: Screen) -> None:
    page = opened.go(f"/?t={CREATOR}&see=civitai:user:{CREATOR}")
    _cards(page)
    opened.button("Download").click()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.get_by_text("completed").first).to_be_visible(timeout=120_000)


def _database(opened: Screen) -> None:
    _cards(opened.go("/database"))


def _details(opened: Screen) -> None:
    page = opened.go("/database?q=kind:image")
    _cards(page)
    page.get_by_role("gridcell").nth(3).click()


if __name__ == "__main__":
    main()
