"""What the fault tests share: a gallery, and somebody who downloads from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.scene import Scene
from tests.gallery import Gallery, gallery


@pytest.fixture
def other_site() -> Iterator[Gallery]:
    """Another server on this machine, which nobody configured."""
    with gallery() as running:
        yield running


@pytest.fixture
def scene(tmp_path: Path, site: Gallery) -> Scene:
    """A fresh installation that knows only this gallery."""
    return Scene(tmp_path, site)
