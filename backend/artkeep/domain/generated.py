"""What a file says about how its picture was made, whichever tool wrote it. Pure data.

`generation.read_generation` fills it; `generators/` knows the tools.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from artkeep.domain.parameters import Pair

_LONGEST_NUMBER: Final = 1000
_WHOLE: Final = re.compile(r"[+-]?\d{1,1000}(?:\.0{0,20})?")
_SIZE: Final = re.compile(r"(\d{1,7})\D{1,5}(\d{1,7})")
_EDGES: Final = "\0 \t\r\n\f\v\ufeff"


@dataclass(frozen=True, slots=True)
class Generation:
    """What was read. None is what the file does not say; an empty text is what it says.

    `place` is where `raw` stands, the text that was read, whole. `user_text` is what somebody
    typed where the prompt itself was made by a language model and is not in the file. `tool` is
    None where nothing tells it. `parameters` is everything short but the prompts, under the
    tool's own names.
    """

    tool: str | None
    place: str
    raw: str = field(repr=False)
    prompt: str | None = None
    negative_prompt: str | None = None
    user_text: str | None = None
    steps: int | None = None
    sampler: str | None = None
    schedule: str | None = None
    cfg: float | None = None
    seed: int | None = None
    width: int | None = None
    height: int | None = None
    model: str | None = None
    model_hash: str | None = None
    version: str | None = None
    civitai_resources: tuple[Mapping[str, Any], ...] = ()
    created: str | None = None
    parameters: tuple[Pair, ...] = ()

    @property
    def size(self) -> str | None:
        """`512x768`, as tools write it."""
        return f"{self.width}x{self.height}" if self.width and self.height else None

    @property
    def says_something(self) -> bool:
        """Whether there is anything to show: a tool's name alone is nothing."""
        told = (self.prompt, self.user_text, self.negative_prompt, self.sampler, self.model)
        numbers = (self.seed, self.steps)
        return any((*told, self.parameters)) or any(n is not None for n in numbers)


def whole_text(value: object) -> str | None:
    """A prompt: trimmed, its line ends those of the rest of the world. Texts are joined."""
    if isinstance(value, list | tuple):
        value = "\n".join(part for part in value if isinstance(part, str)) or None
    if not isinstance(value, str):
        return None
    return value.replace("\r\n", "\n").strip(_EDGES).strip()


def short_text(value: object) -> str | None:
    """A name: text or a number, None when there is nothing in it."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip(_EDGES).strip() or None


def whole_number(value: object) -> int | None:
    """An integer of any size, from a number or its text; never through a float if avoidable."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        text = value.strip()
        if _WHOLE.fullmatch(text):
            return int(text.partition(".")[0])
        value = real_number(text)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None


def real_number(value: object) -> float | None:
    """A finite number, from a number or its text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and len(value) > _LONGEST_NUMBER:
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if number - number == 0 else None


def size_in(value: object) -> tuple[int | None, int | None]:
    """Width and height, from `512x768`, `1024 x 1024`, `(768, 1280)` or a list of two."""
    if isinstance(value, list | tuple) and len(value) == 2:
        return whole_number(value[0]), whole_number(value[1])
    found = _SIZE.search(value[:100]) if isinstance(value, str) else None
    return (int(found[1]), int(found[2])) if found else (None, None)


def resources_in(value: object) -> tuple[Mapping[str, Any], ...]:
    """The objects of a list; anything else is no resource."""
    rows: Iterable[object] = value if isinstance(value, list) else ()
    return tuple(row for row in rows if isinstance(row, Mapping))


def usual_parameters(told: Generation) -> tuple[Pair, ...]:
    """What AUTOMATIC1111 would call the fields of a tool that has no names for people."""
    named = (
        ("Steps", told.steps),
        ("Sampler", told.sampler),
        ("Schedule type", told.schedule),
        ("CFG scale", told.cfg if told.cfg is None else f"{told.cfg:g}"),
        ("Seed", told.seed),
        ("Size", told.size),
        ("Model", told.model),
    )
    return tuple((name, str(value)) for name, value in named if value is not None)
