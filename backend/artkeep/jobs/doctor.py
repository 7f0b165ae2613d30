"""What is here and what is missing: the facts behind `artkeep doctor` and Settings › Doctor."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from artkeep import __version__
from artkeep.jobs.process import is_gone
from artkeep.logs import dropped_lines
from artkeep.media.library import read_marker
from artkeep.net.chromium import sandbox_problem
from artkeep.settings import Settings
from artkeep.store import instances
from artkeep.store.base import SCHEMA, Store
from artkeep.store.engines import FIRST_SAFE_SQLITE


@dataclass(frozen=True, slots=True)
class Findings:
    """The facts. `database` is an address without its password."""

    data_dir: Path
    library: Path
    has_marker: bool
    free_bytes: int | None
    keep_free: int
    is_private: bool  # nobody else may read the data folder
    keys: dict[str, bool]  # site to whether a key is set
    database: str
    sqlite: str | None
    instances: list[str]
    dropped_lines: int

    @property
    def sqlite_warning(self) -> str | None:
        """What several instances should know about this SQLite (MI-13)."""
        if self.sqlite is None or sqlite3.sqlite_version_info >= FIRST_SAFE_SQLITE:
            return None
        return (
            f"SQLite {self.sqlite}: with several instances writing at once, versions before "
            "3.51.3 can in rare cases damage a database. Artkeep avoids what does it; still, "
            "keep the backups, or use PostgreSQL."
        )

    def to_json(self) -> dict[str, Any]:
        """For `artkeep doctor --json`."""
        facts: dict[str, Any] = {
            **about_here(),
            "data_dir": str(self.data_dir),
            "library": str(self.library),
            "library_marker": "found" if self.has_marker else "none yet",
            "library_free_bytes": self.free_bytes,
            **{f"{site}_key": "set" if known else "none" for site, known in self.keys.items()},
            "database": self.database,
            "schema": SCHEMA,
        }
        if self.sqlite is not None:
            facts["sqlite"] = self.sqlite
        if self.sqlite_warning is not None:
            facts["warning"] = self.sqlite_warning
        facts["browser_sandbox"] = sandbox_problem() or "on"
        facts["instances"] = ", ".join(self.instances) or "–"
        return facts


@dataclass(frozen=True, slots=True)
class Check:
    """One line. `off`: something optional is not there."""

    name: str
    state: Literal["ok", "warning", "off", "broken"]
    text: str
    advice: str | None = None


def about_here() -> dict[str, str]:
    """Program and machine."""
    return {
        "artkeep": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
    }


def find(settings: Settings, store: Store) -> Findings:
    """Look. Contacts nobody."""
    with store.reading() as connection:
        alive = [row for row in instances.living(connection) if not is_gone(row)]
    return Findings(
        settings.data_dir,
        settings.library,
        has_marker=read_marker(settings.library) is not None,
        free_bytes=_free_bytes(settings.library),
        keep_free=settings.disk.keep_free,
        is_private=_is_private(settings.data_dir),
        keys={
            name: site.api_key is not None for name, site in settings.sites.configured.items()
        },
        database=store.url.render_as_string(hide_password=True),
        sqlite=sqlite3.sqlite_version if store.is_sqlite else None,
        instances=[f"{row.host_name}:{row.pid}" for row in alive],
        dropped_lines=dropped_lines(),
    )


def checks(found: Findings) -> list[Check]:
    """The facts judged, one line each."""
    here = about_here()
    return [
        Check("Program", "ok", f"Artkeep {here['artkeep']}, Python {here['python']}"),
        Check("System", "ok", here["system"]),
        _library(found),
        _data_dir(found),
        _database(found),
        Check("Instances", "ok", f"{len(found.instances)}: {', '.join(found.instances)}"),
        *(_key(site, known) for site, known in found.keys.items()),
        _sandbox(),
        _log(found),
    ]


def _library(found: Findings) -> Check:
    where = str(found.library)
    if not found.has_marker:
        advice = "Mount or plug in its disk, or choose another in Settings › Folders & files."
        return Check("Library", "broken", f"{where} is not there.", advice)
    if found.free_bytes is not None and found.free_bytes < found.keep_free:
        left = f"{where}: only {found.free_bytes // 2**20} MiB are free."
        return Check("Library", "warning", left, "Make room: downloads stop below the limit.")
    free = "" if found.free_bytes is None else f", {found.free_bytes // 2**30} GiB free"
    return Check("Library", "ok", where + free)


def _data_dir(found: Findings) -> Check:
    if found.is_private:
        return Check("Data folder", "ok", str(found.data_dir))
    words = f"{found.data_dir} can be read by other users of this computer."
    return Check("Data folder", "warning", words, f"chmod 700 {found.data_dir}")


def _database(found: Findings) -> Check:
    kind = f"SQLite {found.sqlite}" if found.sqlite else "PostgreSQL"
    words = f"{kind}, schema {SCHEMA}: {found.database}"
    if found.sqlite_warning is not None and len(found.instances) > 1:
        return Check("Database", "warning", words, found.sqlite_warning)
    return Check("Database", "ok", words)


def _key(site: str, is_set: bool) -> Check:
    name = f"{site.capitalize()} key"
    if is_set:
        return Check(name, "ok", "Set.")
    return Check(name, "off", "None.", "Without one some artworks cannot be seen.")


def _sandbox() -> Check:
    """SE-13: of the automation browser, in case it is used."""
    why = sandbox_problem()
    if why is None:
        return Check("Browser sandbox", "ok", "On when the browser is used.")
    advice = "Pages of sites run in the browser: start Artkeep as an ordinary user."
    return Check("Browser sandbox", "off", f"Off: {why}.", advice)


def _log(found: Findings) -> Check:
    if not found.dropped_lines:
        return Check("Log", "ok", str(found.data_dir / "logs"))
    words = f"{found.dropped_lines} lines could not be written."
    return Check("Log", "warning", words, "Check the room and rights of the data folder.")


def _free_bytes(library: Path) -> int | None:
    for folder in (library, *library.parents):
        if folder.is_dir():
            return shutil.disk_usage(folder).free
    return None


def _is_private(folder: Path) -> bool:
    """SE-27; rights are told otherwise on Windows, where a profile is private anyway."""
    if os.name == "nt":
        return True
    try:
        return not stat.S_IMODE(folder.stat().st_mode) & 0o077
    except OSError:
        return True
