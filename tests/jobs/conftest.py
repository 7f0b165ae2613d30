"""What the tests of jobs share."""

from __future__ import annotations

import pytest
from tests.store.rows import Rows

from artkeep.store.base import Store


@pytest.fixture
def rows(store: Store) -> Rows:
    """Makes rows in an empty tracking database, on SQLite and on PostgreSQL."""
    return Rows(store)
