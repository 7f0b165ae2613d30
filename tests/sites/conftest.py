"""What the tests of sites share."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from artkeep.settings import Site
from artkeep.sites.civitai.adapter import Civitai

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def load_fixture() -> Callable[[str], Any]:
    """Reads `civitai/images_page_first.json` as JSON, fresh each time."""
    return lambda name: json.loads((FIXTURES / name).read_text("utf-8"))


@pytest.fixture
def civitai() -> Civitai:
    """Civitai without a key, at its own addresses."""
    return Civitai(Site())


@pytest.fixture
def civitai_with_key() -> Civitai:
    return Civitai(Site.model_validate({"api_key": "sample-key"}))
