"""Structured logs: JSON lines in `<data>/logs/artkeep.log`, UTC, redacted, bounded.

    log = get_logger(__name__)
    log.info("page listed", site="civitai", artworks=100)

`configure` is called once, at the start of the program; before it, nothing is written anywhere.
Importing this module costs next to nothing: structlog is loaded with the first line logged.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from artkeep.logs.redaction import (
    add_secret,
    hide_known,
    holds_secret,
    redact,
    strip_secrets,
)

if TYPE_CHECKING:
    from structlog.stdlib import BoundLogger

    from artkeep.logs.handlers import CalmHandler

__all__ = [
    "add_secret",
    "configure",
    "dropped_lines",
    "get_logger",
    "hide_known",
    "holds_secret",
    "redact",
    "strip_secrets",
]

FILE_NAME = "artkeep.log"
_ours: list[CalmHandler] = []
logging.getLogger("artkeep").addHandler(logging.NullHandler())  # no line on stderr unasked


def configure(
    logs_dir: Path, *, verbose: bool, secrets: Iterable[str], console: bool = False
) -> None:
    """Write to `logs_dir` from now on; a second call replaces the first.

    `verbose` lets debug lines in. With `console`, warnings and errors also go to stderr, one
    short line each. `secrets` are never written. A folder that cannot be written is no error:
    lines are dropped and counted.
    """
    from artkeep.logs import lines
    from artkeep.logs.handlers import CalmHandler, TurningFile, to_stream

    for secret in secrets:
        add_secret(secret)
    root = logging.getLogger()
    for handler in _ours:
        root.removeHandler(handler)
        handler.close()
    _ours.clear()
    to_file = CalmHandler(
        TurningFile(logs_dir / FILE_NAME).write,
        same=lines.same_in_file,
        repeated=lines.repeated_in_file,
    )
    to_file.setFormatter(lines.ForFile())
    _ours.append(to_file)
    if console:
        to_terminal = CalmHandler(
            to_stream(sys.stderr), same=str, repeated=lines.repeated_on_console
        )
        to_terminal.setFormatter(lines.ForConsole())
        to_terminal.setLevel(logging.WARNING)
        _ours.append(to_terminal)
    for handler in _ours:
        root.addHandler(handler)
    root.setLevel(logging.WARNING)  # other people's loggers
    logging.getLogger("artkeep").setLevel(logging.DEBUG if verbose else logging.INFO)


def dropped_lines() -> int:
    """How many lines could not be written: disk full, folder gone."""
    return sum(handler.dropped for handler in _ours)


def get_logger(name: str) -> BoundLogger:
    """A logger for a module: `log = get_logger(__name__)`."""
    return cast("BoundLogger", _LazyLogger(name))


class _LazyLogger:
    """Stands for a structlog logger until the first line is logged."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):  # copying and pickling ask for what is not there
            raise AttributeError(attribute)
        from artkeep.logs.lines import bound_logger

        logger = bound_logger(self._name)
        # From now on these are found without coming here.
        for method in ("debug", "info", "warning", "error", "exception", "critical", "bind"):
            setattr(self, method, getattr(logger, method))
        return getattr(logger, attribute)
