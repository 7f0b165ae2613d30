"""Fixtures of the end-to-end tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.e2e.library import CREATOR, download
from tests.e2e.page import Screen, page_is_built, screen, start_demo, start_page
from tests.e2e.program import Home
from tests.gallery import Gallery, gallery
from tests.web.chromium import chromium


@pytest.fixture
def home(tmp_path: Path, site: Gallery) -> Iterator[Home]:
    """A fresh installation on SQLite."""
    with closing(Home(tmp_path, site)) as fresh:
        yield fresh


@pytest.fixture
def home_on_postgres(tmp_path: Path, site: Gallery, postgres_url: str) -> Iterator[Home]:
    """A fresh installation on PostgreSQL."""
    with closing(Home(tmp_path, site, postgres_url)) as fresh:
        yield fresh


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def any_home(request: pytest.FixtureRequest) -> Home:
    """The same on both databases."""
    name = "home" if request.param == "sqlite" else "home_on_postgres"
    found: Home = request.getfixturevalue(name)
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a file; each of them opens a profile of its own.

    Not for longer: as long as it runs, so does an event loop in this thread, and no test that
    needs another one can.
    """
    if not page_is_built():
        pytest.skip("the page is not built: npm ci && npm run build in frontend")
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def painted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the sample site keeps what it has painted, for all tests together."""
    return tmp_path_factory.mktemp("painted")


@pytest.fixture(scope="session")
def sample_page(tmp_path_factory: pytest.TempPathFactory, painted: Path) -> Iterator[str]:
    """The program with the sample site, for all tests that only look."""
    folder = tmp_path_factory.mktemp("sample")
    with gallery() as unused, closing(Home(folder, unused)) as home:
        yield start_demo(home, painted)


@pytest.fixture
def sample(sample_page: str, browser: Browser) -> Iterator[Screen]:
    """A tab on it that starts nothing; it must have had no reason to complain."""
    with screen(browser, sample_page) as opened:
        yield opened
        opened.require_quiet()


@pytest.fixture(scope="session")
def library_page(tmp_path_factory: pytest.TempPathFactory, painted: Path) -> Iterator[str]:
    """The same with all of one creator's gallery in its database."""
    folder = tmp_path_factory.mktemp("library")
    with gallery() as unused, closing(Home(folder, unused)) as home:
        url = start_demo(home, painted)
        assert download(url, f"civitai:user:{CREATOR}")["failed"] == 0
        yield url


@pytest.fixture
def library(library_page: str, browser: Browser) -> Iterator[Screen]:
    """A tab on it that changes nothing; it must have had no reason to complain."""
    allowed = ["clipboard-read", "clipboard-write"]
    with screen(browser, library_page, permissions=allowed) as opened:
        yield opened
        opened.require_quiet()


@pytest.fixture
def demo(home: Home, painted: Path, browser: Browser) -> Iterator[Screen]:
    """A tab on a program of its own with the sample site."""
    with screen(browser, start_demo(home, painted)) as opened:
        yield opened
        opened.require_quiet()


@pytest.fixture
def tab(home: Home, browser: Browser) -> Iterator[Screen]:
    """A tab on a gallery that does what the test wants (`home.site`)."""
    with screen(browser, start_page(home)) as opened:
        yield opened
        opened.require_quiet()
