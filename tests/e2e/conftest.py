"""Fixtures of the end-to-end tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.e2e.program import Home
from tests.gallery import Gallery, gallery


@pytest.fixture
def site() -> Iterator[Gallery]:
    """A gallery that counts what it is asked."""
    with gallery() as opened:
        yield opened


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
