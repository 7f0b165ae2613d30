"""Reading settings from file, environment and command line.

`settings.toml` in the data folder ← environment `ARTKEEP_*` ← command line. Sections are split
by a double underscore in the environment: `ARTKEEP_SITES__CIVITAI__API_KEY`. Secrets stand in
`secrets.toml` beside it (mode 0600) under the same names. Unknown keys are errors.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import platformdirs
from pydantic import ValidationError

from artkeep.errors import UsageError
from artkeep.settings import PREFIX, Settings, Sources, default_library
from artkeep.settings.boorus import KNOWN_BOORUS
from artkeep.settings.facts import booru_fields, is_setting, setting_names

SETTINGS = "settings.toml"
SECRETS = "secrets.toml"


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
    folder = read_folder("data_dir", data_dir) if data_dir else default_data_dir(program_dir)

    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    files: dict[str, Path] = {}
    for path in (folder / SETTINGS, folder / SECRETS):
        for name, value in _from_file(path).items():
            origins[name], files[name] = str(path), path
            put(merged, name, value)
    for origin, values in (("environment", from_env), ("command line", given)):
        for name, value in values.items():
            origins[name] = origin
            put(merged, name, value)
    merged["data_dir"] = folder.absolute()
    library = merged.get("library")
    merged["library"] = read_folder("library", library) if library else default_library()
    try:
        settings = Settings.model_validate(merged)
    except ValidationError as error:
        raise UsageError(explain(error, origins)) from None
    return settings.with_sources(Sources(files, frozenset(from_env), frozenset(given)))


def read_folder(name: str, value: object) -> Path:
    if not isinstance(value, str | Path) or "\0" in str(value):
        raise UsageError(f"Setting {name} must be the path of a folder.")
    try:
        return Path(value).expanduser().absolute()
    except RuntimeError:  # ~somebody who has no home here
        raise UsageError(
            f"Setting {name}: {value} has no home folder on this system."
        ) from None


def _from_environment(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in environ.items():
        if not name.startswith(PREFIX) or not value:
            continue
        dotted = name.removeprefix(PREFIX).lower().replace("__", ".")
        if not is_setting(dotted):
            raise UsageError(unknown(name, dotted, "the environment"))
        yield by_one_name(dotted), value


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
    flat = dict(_flatten(tree))
    for dotted in flat:
        if not is_setting(dotted):
            raise UsageError(unknown(dotted, dotted, str(path)))
    flat = {by_one_name(dotted): value for dotted, value in flat.items()}
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


def by_one_name(dotted: str) -> str:
    """`sites.gelbooru.user` also for `user_id`, as that site calls it."""
    return dotted.removesuffix("_id") if dotted.endswith(".user_id") else dotted


def put(tree: dict[str, Any], dotted: str, value: Any) -> None:
    *sections, last = dotted.split(".")
    for section in sections:
        tree = tree.setdefault(section, {})
    tree[last] = value


def unknown(shown: str, dotted: str, where: str) -> str:
    of_boorus = [f"sites.{name}.{last}" for name in KNOWN_BOORUS for last in booru_fields()]
    near = difflib.get_close_matches(dotted, [*setting_names(), *of_boorus], n=1, cutoff=0.5)
    hint = ""
    if near and shown.startswith(PREFIX):
        hint = f" Did you mean {PREFIX}{near[0].upper().replace('.', '__')}?"
    elif near:
        hint = f" Did you mean {near[0]}?"
    return f"Unknown setting {shown} in {where}.{hint}"


def explain(error: ValidationError, origins: Mapping[str, str]) -> str:
    lines = []
    for problem in error.errors(include_url=False, include_input=False):
        # A place inside a list ("safe_ratings", 1) belongs to the setting that holds it.
        dotted = ".".join(part for part in problem["loc"] if isinstance(part, str))
        where = f" ({origins[dotted]})" if dotted in origins else ""
        lines.append(f"Setting {dotted}{where}: {problem['msg'].removeprefix('Value error, ')}")
    return "\n".join(lines)
