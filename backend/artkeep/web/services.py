"""What the views work with, made once at start and kept on the Flask app."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from flask import current_app

from artkeep.web.board import StatusBoard
from artkeep.web.extensions import Extensions
from artkeep.web.import_previews import ImportPreviews
from artkeep.web.live import Live
from artkeep.web.previewed import Previewed
from artkeep.web.rates import Rates

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
    rates: Rates = field(default_factory=Rates)
    board: StatusBoard = field(init=False)
    live: Live = field(init=False)
    extensions: Extensions = field(init=False)
    imports: ImportPreviews = field(init=False)
    previewed: Previewed = field(init=False)

    def __post_init__(self) -> None:
        self.board = StatusBoard(self)
        self.extensions = Extensions(self.settings.data_dir)
        self.imports = ImportPreviews(self.extensions.inbox)
        self.live = Live(self)
        self.previewed = Previewed(self)


def services() -> Services:
    """The services of the app that answers this request."""
    return cast(Services, current_app.extensions["artkeep"])
