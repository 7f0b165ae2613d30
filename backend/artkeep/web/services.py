"""What the views work with, made once at start and kept on the Flask app."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import current_app

if TYPE_CHECKING:
    from artkeep.jobs.engine import Engine
    from artkeep.settings import Settings
    from artkeep.store.base import Store


@dataclass(slots=True)
class Services:
    """One per process. `port` is where the page is served; Host and Origin are held to it."""

    settings: Settings
    store: Store
    engine: Engine
    port: int
    is_demo: bool = False


def services() -> Services:
    """The services of the app that answers this request."""
    return cast(Services, current_app.extensions["artkeep"])
