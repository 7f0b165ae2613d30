"""`/api/settings`: every key with where it comes from; changing those that the page may change.

Secrets go in and never come out again (SE-23): of a key the last four characters, of an address
everything but its password.
"""

from __future__ import annotations

import threading
from typing import Any
from urllib.parse import urlsplit

from flask_openapi3.blueprint import APIBlueprint
from pydantic import SecretStr

from artkeep.errors import AuthRequired, UsageError
from artkeep.jobs.keys import PATIENCE_S, try_key
from artkeep.jobs.start import layout_for
from artkeep.logs import add_secret, get_logger
from artkeep.logs.redaction import MARK
from artkeep.media.folders import look_at, parse_folder
from artkeep.net.retry import FetchFailed
from artkeep.settings import OnPage, Settings, password_in
from artkeep.settings.boorus import KNOWN_BOORUS
from artkeep.settings.change import fixed_by, variable, with_changes, with_key, write_changes
from artkeep.settings.facts import Fact, setting_facts
from artkeep.sites._registry import adapters
from artkeep.web.schemas.settings import (
    AllSettings,
    ChangeSettings,
    CheckKey,
    KeyChecked,
    Setting,
    SettingsParameters,
)
from artkeep.web.services import services
from artkeep.web.site_errors import site_problem

bp = APIBlueprint("settings", __name__)
bp.register_error_handler(FetchFailed, site_problem)

log = get_logger(__name__)

_one_at_a_time = threading.Lock()
_HINT = 4  # characters of a key that are shown
_SHORTEST_HINTED = 12  # of a shorter key they would be too much


@bp.get("/api/settings", responses={200: AllSettings})
def list_settings(query: SettingsParameters) -> AllSettings:
    """Every setting as it is in force; of boorus those that there is something to say about."""
    return _all(services().settings, query.site)


@bp.put("/api/settings", responses={200: AllSettings})
def change_settings(body: ChangeSettings) -> AllSettings:
    """Write new values down and go on with them: all of them, or none."""
    at = services()
    with _one_at_a_time:
        before = at.settings
        changes = {
            name: value
            for name, value in body.values.items()
            if not _is_mask_of(before, name, value)
        }
        if "library" in changes and changes["library"] is not None:
            changes["library"] = _checked_library(before, changes["library"])
        changed = with_changes(before, changes)
        if {"names.layout", "names.template"} & changes.keys():
            layout_for(changed)
        for secret in changed.secrets():
            add_secret(secret)
        at.engine.apply(changed).result()
        try:
            at.settings = write_changes(before, changed, changes)
        except UsageError:
            at.engine.apply(before).result()
            raise
        at.board.forget()
    log.info("settings changed", names=sorted(changes))
    return _all(at.settings)


@bp.post("/api/settings/check-key", responses={200: KeyChecked})
def check_key(body: CheckKey) -> KeyChecked:
    """Ask a site what it thinks of a key, which is neither kept nor written anywhere."""
    at = services()
    if body.site not in adapters(at.settings):
        raise UsageError(f"There is no site called {body.site[:40]}.", code="unknown_site")
    try:
        settings = with_key(at.settings, body.site, body.key) if body.key else at.settings
    except UsageError as error:
        return KeyChecked(is_valid=False, text=f"This is no key: {error.message}")
    trying = try_key(
        at.engine.client,
        adapters(settings)[body.site],
        time_scale=settings.net.time_scale,
    )
    try:
        report = at.engine.submit(trying).result(PATIENCE_S + 5)
    except AuthRequired as error:
        return KeyChecked(is_valid=False, text=str(error))
    words = f"Works, as {report.user}." if report.user else "Works."
    if report.sees:
        words += f" Sees: {', '.join(report.sees)}."
    return KeyChecked(
        is_valid=True,
        text=f"{words} {report.note}".strip(),
        user=report.user,
        sees=report.sees,
        note=report.note,
    )


def _all(settings: Settings, site: str = "") -> AllSettings:
    silent = KNOWN_BOORUS.keys() - settings.sites.configured.keys() - {site}
    shown = [
        _setting(settings, fact)
        for fact in setting_facts(settings)
        if not (fact.name.startswith("sites.") and fact.name.split(".")[1] in silent)
    ]
    return AllSettings(settings=shown)


def _setting(settings: Settings, fact: Fact) -> Setting:
    value = settings.value_of(fact.name)
    sources = settings.sources
    if fact.name in sources.command_line:
        origin, where = "command line", f"--{fact.name.replace('_', '-')}"
    elif fact.name in sources.environment:
        origin, where = "environment", variable(fact.name)
    elif fact.name in sources.files:
        origin, where = "file", str(sources.files[fact.name])
    else:
        origin, where = "default", None
    section, _, _ = fact.name.rpartition(".")
    return Setting(
        name=fact.name,
        section=section or "general",
        description=fact.description,
        type=fact.type,
        choices=list(fact.choices) if fact.choices else None,
        least=fact.least,
        most=fact.most,
        value=_shown(value),
        default=_shown(fact.default),
        origin=origin,
        where=where,
        is_editable=fact.on_page is not None and fixed_by(sources, fact.name) is None,
        needs_restart=fact.on_page is not OnPage.AT_ONCE,
        is_set=value is not None,
        hint=_hint(value),
    )


def _shown(value: Any) -> Any:
    """A value as the page may see it."""
    if isinstance(value, SecretStr):
        return None
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, str) and password_in(value) is not None:
        return _masked(value)
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _masked(url: str) -> str:
    split = urlsplit(url)
    user, _, host = split.netloc.rpartition("@")
    return split._replace(netloc=f"{user.partition(':')[0]}:{MARK}@{host}").geturl()


def _hint(value: Any) -> str | None:
    if not isinstance(value, SecretStr):
        return None
    key = value.get_secret_value()
    return key[-_HINT:] if len(key) >= _SHORTEST_HINTED else None


def _is_mask_of(settings: Settings, name: str, value: Any) -> bool:
    """An address sent back as it was shown changes nothing. Raises UsageError for another."""
    if not isinstance(value, str) or MARK not in value:
        return False
    fact = next((fact for fact in setting_facts(settings) if fact.name == name), None)
    if fact is not None and value == _shown(settings.value_of(name)):
        return True
    raise UsageError(f"Setting {name}: write the whole address, with its password.")


def _checked_library(settings: Settings, asked: Any) -> str:
    """The folder in full, if files can go there (SE-14). Raises UsageError."""
    if not isinstance(asked, str):
        raise UsageError("Setting library must be the path of a folder.")
    found = look_at(parse_folder(asked))
    if found.is_system or not found.is_writable:
        raise UsageError(f"{found.path}: {found.text}", code="bad_folder")
    if found.path == settings.data_dir:
        raise UsageError(
            f"{found.path} holds database and settings.",
            advice="Choose another folder, or one inside it.",
            code="bad_folder",
        )
    return str(found.path)
