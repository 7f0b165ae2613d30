"""Every setting, where it comes from, and how it is read.

`settings.toml` in the data folder ← environment `ARTKEEP_*` ← command line. Sections are split
by a double underscore in the environment: `ARTKEEP_SITES__CIVITAI__API_KEY`. Secrets may
stand in `secrets.toml` beside it (mode 0600) under the same names. Unknown keys are errors.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from artkeep.errors import UsageError

PREFIX = "ARTKEEP_"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Net(_Section):
    """How we talk to the world."""

    proxy: str | None = Field(
        None, description="http://, https:// or socks5:// URL for downloads"
    )
    user_agent: str | None = Field(None, description="Replaces the name we give sites")
    allow_private: bool = Field(
        False, description="Let downloads reach private and loopback addresses (for tests)"
    )
    unlimited: bool = Field(
        False, description="Lift the politeness limits for loopback addresses only (for tests)"
    )
    time_scale: float = Field(
        1.0, gt=0, le=10, description="Shrinks back-off, lease and heartbeat times (for tests)"
    )
    requests_per_s: float | None = Field(
        None,
        gt=0,
        le=50,
        description="API requests per second and site; default: the site's own",
    )

    @field_validator("user_agent")
    @classmethod
    def _fits_a_header(cls, value: str | None) -> str | None:
        if value and not (value.isascii() and value.isprintable()):
            raise ValueError("must be one line of plain letters, digits and signs")
        return value or None

    @field_validator("proxy")
    @classmethod
    def _has_scheme(cls, value: str | None) -> str | None:
        if value and not value.startswith(("http://", "https://", "socks5://", "socks5h://")):
            raise ValueError("must start with http://, https:// or socks5://")
        return value or None


class Site(_Section):
    """One site: other addresses for it, and your key."""

    base_url: str | None = Field(None, description="Address of the site or its API")
    media_url: str | None = Field(None, description="Address of its media server")
    api_key: SecretStr | None = Field(
        None, description="Your key; kept out of logs and database"
    )

    @field_validator("base_url", "media_url")
    @classmethod
    def _is_http(cls, value: str | None) -> str | None:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/") if value else None

    @field_validator("api_key")
    @classmethod
    def _is_printable(cls, value: SecretStr | None) -> SecretStr | None:
        secret = value.get_secret_value().strip() if value else ""
        if not secret:
            return None
        if not secret.isascii() or not secret.isprintable() or " " in secret:
            raise ValueError("must be plain letters, digits and signs without spaces")
        return SecretStr(secret)


class Sites(_Section):
    """The sites that can be configured."""

    civitai: Site = Site()


class Workers(_Section):
    """How many artworks at a time."""

    download: int = Field(5, ge=1, le=20, description="Downloads at a time")
    tags: int = Field(10, ge=1, le=20, description="Tag look-ups at a time")
    examine: int | None = Field(
        None,
        ge=0,
        le=64,
        description="Decoding child processes; 0: none; default: one per core",
    )


class Ui(_Section):
    """How we speak to people."""

    language: Literal["auto", "en", "zh"] = Field("auto", description="en, zh, or auto")


class Disk(_Section):
    """Care for the disk."""

    keep_free: int = Field(
        2**30, ge=0, description="Bytes that stay free on the library's disk (DF-1)"
    )


class Settings(_Section):
    """The whole of `settings.toml`."""

    data_dir: Path = Field(description="Database, settings and logs")
    library: Path = Field(description="Where pictures and videos go")
    database_url: str | None = Field(
        None, description="PostgreSQL URL; default: tracking_database.sqlite in the data folder"
    )
    safe_ratings: tuple[Literal["PG", "PG-13", "R", "X", "XXX"], ...] = Field(
        ("PG", "PG-13"), description="Rating levels that go into the SFW folder"
    )
    net: Net = Net()
    sites: Sites = Sites()
    workers: Workers = Workers()
    disk: Disk = Disk()
    ui: Ui = Ui()

    @field_validator("safe_ratings", mode="before")
    @classmethod
    def _by_commas(cls, value: object) -> object:
        # The environment knows text only: "PG,PG-13"; people also write pg13.
        words = value.split(",") if isinstance(value, str) else value
        if not isinstance(words, list | tuple):
            return words
        plain = [str(word).strip().upper() for word in words]
        return ["PG-13" if word == "PG13" else word for word in plain if word]

    @property
    def logs_dir(self) -> Path:
        """Where log files are kept."""
        return self.data_dir / "logs"

    def secrets(self) -> Iterator[str]:
        """Every secret value in plain text, for the redaction filter only."""
        for url in (self.database_url, self.net.proxy):
            password = urlsplit(url or "").password
            if password:
                yield from {password, unquote(password)}
        for name in Sites.model_fields:
            key = getattr(self.sites, name).api_key
            if key:
                yield key.get_secret_value()


def default_data_dir(program_dir: Path | None) -> Path:
    """`artkeep-data/` beside the program if it exists (portable), else the system's place."""
    if program_dir is not None and (program_dir / "artkeep-data").is_dir():
        return program_dir / "artkeep-data"
    return Path(platformdirs.user_data_dir("artkeep", appauthor=False))


def load_settings(
    overrides: Mapping[str, Any] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    program_dir: Path | None = None,
) -> Settings:
    """Read file, environment and command line, later ones winning.

    `overrides` has dotted names (`net.proxy`); None values count as not given. Raises
    UsageError that names the key, where it stands, and the nearest known one.
    """
    environ = os.environ if environ is None else environ
    given = {name: value for name, value in (overrides or {}).items() if value is not None}
    from_env = dict(_from_environment(environ))
    data_dir = given.get("data_dir") or from_env.get("data_dir")
    folder = _folder("data_dir", data_dir) if data_dir else default_data_dir(program_dir)

    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for origin, values in (
        (str(folder / "settings.toml"), _from_file(folder / "settings.toml")),
        (str(folder / "secrets.toml"), _from_file(folder / "secrets.toml")),
        ("environment", from_env),
        ("command line", given),
    ):
        for name, value in values.items():
            origins[name] = origin
            _put(merged, name, value)
    merged["data_dir"] = folder.absolute()
    library = merged.get("library")
    merged["library"] = (
        _folder("library", library)
        if library
        else Path(platformdirs.user_pictures_dir()) / "Artkeep"
    )
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        raise UsageError(_explain(error, origins)) from None


def setting_names() -> list[str]:
    """The dotted name of every setting, in the order of the sections."""
    return [name for name, _ in _leaves(Settings)]


def setting_descriptions() -> dict[str, str]:
    """What each setting does, by dotted name."""
    return dict(_leaves(Settings))


def _leaves(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _leaves(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field.description or ""


def _folder(name: str, value: object) -> Path:
    if not isinstance(value, str | Path) or "\0" in str(value):
        raise UsageError(f"Setting {name} must be the path of a folder.")
    try:
        return Path(value).expanduser().absolute()
    except RuntimeError:  # ~somebody who has no home here
        raise UsageError(
            f"Setting {name}: {value} has no home folder on this system."
        ) from None


def _from_environment(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    known = set(setting_names())
    for name, value in environ.items():
        if not name.startswith(PREFIX) or not value:
            continue
        dotted = name.removeprefix(PREFIX).lower().replace("__", ".")
        if dotted not in known:
            raise UsageError(_unknown(name, dotted, "the environment"))
        yield dotted, value


def _from_file(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from None
    known = set(setting_names())
    flat = dict(_flatten(tree))
    for dotted in flat:
        if dotted not in known:
            raise UsageError(_unknown(dotted, dotted, str(path)))
    if "data_dir" in flat:
        raise UsageError(
            f"Setting data_dir ({path}): the file lies in that folder already. To use another, "
            "set ARTKEEP_DATA_DIR or --data-dir."
        )
    return flat


def _flatten(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _put(tree: dict[str, Any], dotted: str, value: Any) -> None:
    *sections, last = dotted.split(".")
    for section in sections:
        tree = tree.setdefault(section, {})
    tree[last] = value


def _unknown(shown: str, dotted: str, where: str) -> str:
    near = difflib.get_close_matches(dotted, setting_names(), n=1, cutoff=0.5)
    hint = ""
    if near and shown.startswith(PREFIX):
        hint = f" Did you mean {PREFIX}{near[0].upper().replace('.', '__')}?"
    elif near:
        hint = f" Did you mean {near[0]}?"
    return f"Unknown setting {shown} in {where}.{hint}"


def _explain(error: ValidationError, origins: Mapping[str, str]) -> str:
    lines = []
    for problem in error.errors(include_url=False, include_input=False):
        # A place inside a list ("safe_ratings", 1) belongs to the setting that holds it.
        dotted = ".".join(part for part in problem["loc"] if isinstance(part, str))
        where = origins.get(dotted, "settings")
        lines.append(
            f"Setting {dotted} ({where}): {problem['msg'].removeprefix('Value error, ')}"
        )
    return "\n".join(lines)
