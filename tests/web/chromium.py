"""The Chromium of this machine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright


def chromium_path() -> str:
    """Where it is. Skips the test where none is installed."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium: apt install chromium")
    return path


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """A browser with nothing in it. Skips the test where none is installed."""
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-proxy-server", *arguments]
        )
        try:
            yield browser
        finally:
            browser.close()
