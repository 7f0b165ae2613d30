"""`/api/settings`, folders, keys, logs."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from artkeep.web.schemas.common import Parameters, Reply, Request


class Setting(Reply):
    """One key. Secrets show whether they are set and their last four characters, never more."""

    name: str  # dotted: net.proxy
    section: str
    description: str
    type: Literal["text", "integer", "number", "boolean", "choice", "choices", "path", "secret"]
    choices: list[str] | None
    least: float | None
    most: float | None
    value: Any  # null for secrets
    default: Any
    origin: Literal["default", "file", "environment", "command line"]
    where: str | None  # the file or variable that sets it
    is_editable: bool  # False: only by file, environment or command line
    needs_restart: bool
    is_set: bool
    hint: str | None  # of a secret: its last four characters


class AllSettings(Reply):
    """Every key in the order of the sections."""

    settings: list[Setting]


class SettingsParameters(Parameters):
    """`site`: a booru whose settings are wanted although none of them was made."""

    site: str = Field("", max_length=40)


class ChangeSettings(Request):
    """New values by dotted name; null restores the default."""

    values: dict[str, Any] = Field(max_length=100)


class CheckKey(Request):
    """A key to be tried at its site; without `key`, the one that is saved."""

    site: str = Field(max_length=40)
    key: str | None = Field(None, max_length=500)


class KeyChecked(Reply):
    """What the site says about a key."""

    is_valid: bool
    text: str  # "Works, as lena_paints. Sees: general, mature."
    user: str | None = None
    sees: tuple[str, ...] = ()
    note: str = ""  # what it may not do


class CheckFolder(Request):
    """A folder to look at before choosing it."""

    path: str = Field(max_length=4096)


class FolderChecked(Reply):
    """Whether files can go there."""

    path: str  # in full
    exists: bool
    is_writable: bool
    is_system: bool  # refused
    is_library: bool  # carries our marker
    free_bytes: int | None
    long_paths: bool
    holds_old_data: bool  # of an earlier program; `artkeep db adopt` takes it over
    text: str


class Folder(Reply):
    """A folder and the folders in it, for the chooser."""

    path: str
    parent: str | None
    folders: list[str]  # names
    is_cut: bool  # there are more than are listed


class LogLine(Reply):
    """A line of the log, secrets removed."""

    id: int
    at: str
    level: Literal["debug", "info", "warning", "error"]
    event: str
    job: int | None
    fields: dict[str, Any]


class LogLines(Reply):
    """The newest first."""

    lines: list[LogLine]
    next_cursor: str | None
