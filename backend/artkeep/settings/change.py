"""Changing settings from the page: checked first, then written to file, then handed back.

What people have written into the files, comments and order included, stays as it is. Keys and
addresses with a password go to `secrets.toml`, everything else to `settings.toml`.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
import tomllib
import uuid
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any

import tomlkit
from pydantic import SecretStr, ValidationError
from tomlkit.exceptions import TOMLKitError

from artkeep.errors import UsageError
from artkeep.settings import PREFIX, Settings, Sources, password_in
from artkeep.settings.facts import setting_facts
from artkeep.settings.load import SECRETS, SETTINGS, explain, put, read_folder, unknown

LOCK = "settings.lock"

_one_at_a_time = threading.Lock()
_PATIENCE_S = 10.0
_LOOK_S = 0.02


def with_changes(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    """The settings with new values by dotted name; None restores a default.

    All of it is refused if anything is wrong. Raises UsageError with the setting's name and
    what it must be.
    """
    for name in changes:
        _require_changeable(settings, name)
    return _with_values(settings, changes)


def with_key(settings: Settings, site: str, key: str) -> Settings:
    """The settings with another key for a site, to try it. Raises UsageError for no key."""
    return _with_values(settings, {f"sites.{site}.api_key": key})


def write_changes(
    settings: Settings, changed: Settings, changes: Mapping[str, Any]
) -> Settings:
    """Write down what `with_changes` has given; the same with where each value stands now.

    Only the named values change: what another instance has written meanwhile stays. Raises
    UsageError when a file cannot be read or written; both are as they were then.
    """
    with alone_with(settings.data_dir):
        files = _write(settings, changed, changes)
    return changed.with_sources(
        Sources(files, settings.sources.environment, settings.sources.command_line)
    )


@contextlib.contextmanager
def alone_with(folder: Path) -> Iterator[None]:
    """Nobody else writes these files: no other thread, no other instance.

    The system frees the lock when its holder ends, however that happens.
    """
    path = folder / LOCK
    with _one_at_a_time:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError as error:
            raise UsageError(
                f"{path} cannot be written: {error.strerror}.", code="settings_file"
            ) from None
        try:
            until = time.monotonic() + _PATIENCE_S
            while not _take(lock):
                if time.monotonic() > until:
                    raise UsageError(
                        "Another instance has been writing the settings for long.",
                        advice="Try again, or end it.",
                        code="settings_file",
                    )
                time.sleep(_LOOK_S)
            yield
        finally:
            os.close(lock)


def _take(lock: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(lock, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # Some network disks know no locks: there it is as safe as it can be.
        return sys.platform != "win32" and not isinstance(error, BlockingIOError)
    return True


def _require_changeable(settings: Settings, name: str) -> None:
    fact = next((fact for fact in setting_facts(settings) if fact.name == name), None)
    if fact is None:
        raise UsageError(unknown(name, name, "the request"))
    if fact.on_page is None:
        raise UsageError(
            f"Setting {name} cannot be changed from the page.",
            advice=f"Write it into {settings.data_dir / SETTINGS} or the environment.",
            code="setting_locked",
        )
    where = fixed_by(settings.sources, name)
    if where:
        raise UsageError(
            f"Setting {name} is set by {where}, which wins over the file.",
            advice="Change it there.",
            code="setting_overridden",
        )


def fixed_by(sources: Sources, name: str) -> str | None:
    """What fixes a setting so that no file can change it: a variable or an option."""
    if name in sources.command_line:
        return f"the command line (--{name.replace('_', '-')})"
    return variable(name) if name in sources.environment else None


def variable(name: str) -> str:
    """`ARTKEEP_NET__PROXY` for `net.proxy`."""
    return PREFIX + name.upper().replace(".", "__")


def _with_values(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    values: dict[str, Any] = {}
    for fact in setting_facts(settings):
        value = settings.value_of(fact.name)
        if fact.name in changes:
            value = changes[fact.name]
            value = fact.default if value is None else value
            if fact.name == "library":
                value = read_folder("library", value)
        if value is None and fact.name.startswith("sites."):
            continue  # a booru that nothing is said about is not one that was configured
        put(values, fact.name, value)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise UsageError(explain(error, {}), code="bad_setting") from None


def _write(
    settings: Settings, changed: Settings, changes: Mapping[str, Any]
) -> dict[str, Path]:
    """Both files, secrets first; returns which of them says what."""
    home = settings.data_dir
    paths = {name: home / name for name in (SECRETS, SETTINGS)}
    before = {name: _read_document(path) for name, path in paths.items()}
    documents = {name: tomlkit.parse(text) for name, text in before.items()}
    files = dict(settings.sources.files)
    for name, asked in changes.items():
        value = None if asked is None else _plain(changed.value_of(name))
        chosen = SECRETS if _is_secret(changed.value_of(name)) else SETTINGS
        for file_name, document in documents.items():
            _set(document, name, value if file_name == chosen else None)
        files.pop(name, None)
        if value is not None:
            files[name] = paths[chosen]
    for file_name, document in documents.items():
        text = document.as_string()
        _require_readable(text, paths[file_name])
        if text != before[file_name]:
            replace_file(paths[file_name], text)
    return files


def _is_secret(value: Any) -> bool:
    """Keys, and addresses with a password in them."""
    return isinstance(value, SecretStr) or (
        isinstance(value, str) and password_in(value) is not None
    )


def _plain(value: Any) -> Any:
    """A value as TOML has it; None stays out of the file."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Path) else value


def _read_document(path: Path) -> str:
    try:
        text = path.read_text("utf-8-sig")
        tomlkit.parse(text)
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise UsageError(f"{path} cannot be read: {error}", code="settings_file") from None
    return text


def _set(document: MutableMapping[str, Any], name: str, value: Any) -> None:
    *sections, last = name.split(".")
    for section in sections:
        if section not in document:
            if value is None:
                return
            document[section] = tomlkit.table(is_super_table=section != sections[-1])
        document = document[section]
    if value is None:
        document.pop(last, None)
    else:
        document[last] = value


def _require_readable(text: str, path: Path) -> None:
    """What we are about to write must be what the next start can read."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            f"{path} is written in a way that could not be kept: {error}",
            advice="Change it by hand.",
            code="settings_file",
        ) from None


def replace_file(path: Path, text: str) -> None:
    """Whole or not at all, readable by its owner alone (SE-23, SE-27)."""
    path = path.resolve()  # people keep their settings elsewhere and put a link here
    part = path.with_name(f".{path.name}-{uuid.uuid4().hex}.part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(part, flags, 0o600), "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise UsageError(
            f"{path} cannot be written: {error.strerror}.", code="settings_file"
        ) from None
