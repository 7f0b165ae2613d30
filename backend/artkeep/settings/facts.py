"""What there is to tell about each setting: its name, its type, its limits, its default."""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from artkeep.settings import BooruSite, OnPage, Settings, default_library
from artkeep.settings.boorus import KNOWN_BOORUS
from artkeep.settings.sites import Sites

Type = Literal["text", "integer", "number", "boolean", "choice", "choices", "path", "secret"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One setting. `least` and `most` are what a number may be; `on_page` None: not there."""

    name: str
    description: str
    type: Type
    choices: tuple[str, ...] | None
    least: float | None
    most: float | None
    default: Any
    on_page: OnPage | None


def setting_facts(settings: Settings | None = None) -> list[Fact]:
    """Every setting, in the order of the sections.

    With settings also those of each booru, known ones and your own: there they have names.
    """
    facts = [_fact(name, found) for name, found in _leaves(Settings)]
    if settings is None:
        return facts
    boorus = [
        _fact(f"sites.{booru}.{name}", found)
        for booru in (*KNOWN_BOORUS, *settings.sites.own)
        for name, found in BooruSite.model_fields.items()
        if name != "engine" or booru not in KNOWN_BOORUS
    ]
    last = max(number for number, fact in enumerate(facts) if fact.name.startswith("sites."))
    return [*facts[: last + 1], *boorus, *facts[last + 1 :]]


def setting_names() -> list[str]:
    """The dotted name of every setting but those of boorus, in the order of the sections."""
    return [name for name, _ in _leaves(Settings)]


def booru_fields() -> tuple[str, ...]:
    """What can be said about any booru, as `sites.NAME.…`."""
    return tuple(BooruSite.model_fields)


def is_setting(dotted: str) -> bool:
    """Whether there can be such a setting; a booru of your own has any name."""
    section, _, rest = dotted.partition(".")
    name, _, last = rest.partition(".")
    is_booru = section == "sites" and name not in Sites.model_fields
    return (is_booru and last in (*booru_fields(), "user_id")) or dotted in setting_names()


def _leaves(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, found in model.model_fields.items():
        kind = found.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _leaves(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", found


_TYPES: dict[Any, Type] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    Path: "path",
    SecretStr: "secret",
    str: "text",
}


def _fact(name: str, found: FieldInfo) -> Fact:
    kind: Any = found.annotation
    if get_origin(kind) in (Union, types.UnionType):  # T | None
        kind = next(part for part in get_args(kind) if part is not type(None))
    choices: tuple[str, ...] | None = None
    word: Type
    if get_origin(kind) is Literal:
        choices, word = get_args(kind), "choice"
    elif get_origin(kind) is tuple:
        choices, word = get_args(get_args(kind)[0]), "choices"
    else:
        word = _TYPES[kind]
    default = None if found.is_required() else found.default
    bounds: dict[str, float] = {}
    for mark in found.metadata:
        if isinstance(mark, annotated_types.Ge):
            bounds["least"] = float(mark.ge)  # type: ignore[arg-type]
        elif isinstance(mark, annotated_types.Gt):
            bounds["least"] = float(mark.gt)  # type: ignore[arg-type]
        elif isinstance(mark, annotated_types.Le):
            bounds["most"] = float(mark.le)  # type: ignore[arg-type]
    return Fact(
        name,
        found.description or "",
        word,
        choices,
        bounds.get("least"),
        bounds.get("most"),
        default_library() if name == "library" else default,
        next((mark for mark in found.metadata if isinstance(mark, OnPage)), None),
    )
