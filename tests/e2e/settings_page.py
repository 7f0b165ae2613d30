"""The Settings screen of a program: its sections, its rows, and what stands in the file."""

from __future__ import annotations

import tomllib
from typing import Any

from playwright.sync_api import Locator, Page, expect
from tests.e2e.library import ask
from tests.e2e.page import Screen
from tests.e2e.program import Home


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def field(within: Locator, name: str) -> Locator:
    return within.get_by_label(name, exact=True)


def settings_of(url: str) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in ask(f"{url}/api/settings")["settings"]}


def written(home: Home) -> dict[str, Any]:
    """What stands in the file."""
    return tomllib.loads((home.folder / "data" / "settings.toml").read_text("utf-8"))


def open_section(tab: Screen, name: str) -> Page:
    page = tab.go(f"/settings?section={name}")
    expect(page.get_by_role("heading", level=2)).to_be_visible()
    return page


def change(tab: Screen, within: Locator, name: str, value: str) -> None:
    """Type a new value and save it."""
    field(within, name).fill(value)
    tab.button("Save", within).click()
    expect(tab.button("Save", within)).to_have_count(0)
