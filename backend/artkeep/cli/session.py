"""What every verb needs: settings, logs, the database, and an engine that stops cleanly."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import artkeep
from artkeep import logs
from artkeep.cli.words import choose_language, say
from artkeep.settings import Settings
from artkeep.settings.load import load_settings

if TYPE_CHECKING:
    from artkeep.jobs.engine import Engine
    from artkeep.net.client import Timeouts
    from artkeep.store.base import Store

_INTERRUPTED = 130


def read_settings(args: argparse.Namespace) -> Settings:
    """Settings with the command line on top; folders are made private (SE-27)."""
    clone = Path(artkeep.__file__).parents[2]
    settings = load_settings(
        {
            "data_dir": getattr(args, "data_dir", None),
            "library": getattr(args, "library", None),
            "database_url": getattr(args, "database_url", None),
        },
        program_dir=clone if (clone / "launch_gui.py").exists() else None,
    )
    choose_language(settings.ui.language)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    logs.configure(
        settings.logs_dir,
        verbose=bool(getattr(args, "verbose", 0)),
        secrets=settings.secrets(),
    )
    return settings


@contextmanager
def open_database(settings: Settings) -> Iterator[Store]:
    """The tracking database with its schema up to date."""
    from artkeep.jobs.old_database import make_way
    from artkeep.jobs.process import is_gone
    from artkeep.store.base import open_store
    from artkeep.store.upgrade import ensure_schema

    if settings.database_url is None and (moved := make_way(settings.data_dir)) is not None:
        words = "A classic tracking database lay in the data folder; it is {path} now."
        print(say(words, path=moved), file=sys.stderr)
    store = open_store(settings.database_url, settings.data_dir)
    try:
        if store.drive is not None:
            words = (
                "The database lies on a network drive ({kind}): only this program can use it."
            )
            print(say(words, kind=store.drive), file=sys.stderr)
        ensure_schema(store, settings.data_dir / "backups", is_gone)
        yield store
    finally:
        store.close()


class Interruption:
    """Ctrl-C: once finishes what runs, twice ends at once. Both are safe (RB-14)."""

    def __init__(self) -> None:
        self.requested = threading.Event()

    def handle(self, number: int, frame: FrameType | None) -> None:
        """The signal handler."""
        if self.requested.is_set():
            os._exit(_INTERRUPTED)  # nothing here may wait any more; the database is safe
        self.requested.set()
        words = "Stopping: what runs is being finished. Press Ctrl-C again to stop at once."
        # Not `print`: the signal may have come in the middle of one, which refuses a second.
        with suppress(OSError):
            os.write(2, f"\n{say(words)}\n".encode("utf-8", "backslashreplace"))

    def leave(self) -> None:
        """The same, asked for by another Artkeep on this database (MI-17)."""
        if not self.requested.is_set():
            self.requested.set()
            print(
                f"\n{say('Stopping: another Artkeep asks for it.')}",
                file=sys.stderr,
                flush=True,
            )


@contextmanager
def interruptible() -> Iterator[Interruption]:
    """Ctrl-C is noted for whoever works without an engine."""
    interruption = Interruption()
    before = {
        number: signal.signal(number, interruption.handle)
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def running_engine(
    settings: Settings,
    store: Store,
    *,
    port: int | None = None,
    timeouts: Timeouts | None = None,
) -> Iterator[tuple[Engine, Interruption]]:
    """A started engine; on the way out everything it holds is given back.

    `port` is where its page is served, for other instances to tell. `timeouts` replace the
    usual ones of the network.
    """
    from artkeep.jobs.engine import Engine

    interruption = Interruption()
    before = {
        number: signal.signal(number, interruption.handle)
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    engine = Engine(
        settings, store, port=port, timeouts=timeouts, on_asked_to_leave=interruption.leave
    )
    try:
        engine.start()
        yield engine, interruption
    finally:
        engine.stop()
        for number, handler in before.items():
            signal.signal(number, handler)
