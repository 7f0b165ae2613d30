"""One object of settings, whatever the tool calls its fields.

`cfg`, `cfg_scale`, `cfgScale`, `CFG scale` and `guidance_scale` are the same field: names are
compared without case, blanks, hyphens and underscores.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from artkeep.domain.generated import (
    Generation,
    real_number,
    resources_in,
    short_text,
    size_in,
    whole_number,
    whole_text,
)
from artkeep.domain.parameters import Pair

_FIELDS: Final = {
    "prompt": ("prompt", "positiveprompt", "positive", "textprompt", "c"),
    "negative": ("negativeprompt", "negative", "uc"),
    "steps": ("steps", "numinferencesteps", "samplingsteps"),
    "sampler": ("sampler", "samplername", "ksamplername", "comfyuisampler", "samplermethod"),
    "schedule": ("scheduletype", "scheduler", "schedule", "noiseschedule", "comfyuischeduler"),
    "cfg": ("cfgscale", "cfg", "guidancescale", "guidance", "scale"),
    "seed": ("seed", "noiseseed"),
    "size": ("size", "resolution"),
    "width": ("width",),
    "height": ("height",),
    "model": (
        "model", "modelname", "basemodel", "basemodelname", "usestablediffusionmodel",
        "stablediffusionmodel", "checkpoint", "ckptname",
    ),
    "hash": ("modelhash", "basemodelhash"),
    "version": ("version", "appversion", "swarmversion", "software"),
    "created": ("createddate", "createdat", "date"),
}  # fmt: skip
_PROMPTS: Final = frozenset((*_FIELDS["prompt"], *_FIELDS["negative"]))
_NO_LETTERS: Final = re.compile(r"[\s_\-]")
_LONGEST_PARAMETER: Final = 2_000
_MOST_PARAMETERS: Final = 100


def read_fields(
    told: Mapping[str, Any], *, tool: str | None, place: str, raw: str
) -> Generation:
    """What an object says by its names. None is kept apart from the empty text."""
    fields = {_plain(name): value for name, value in told.items() if value is not None}

    def value(field: str) -> Any:
        return next((fields[name] for name in _FIELDS[field] if name in fields), None)

    width, height = whole_number(value("width")), whole_number(value("height"))
    if not width or not height:
        width, height = size_in(value("size"))
    return Generation(
        tool=tool,
        place=place,
        raw=raw,
        prompt=whole_text(value("prompt")),
        negative_prompt=whole_text(value("negative")),
        steps=whole_number(value("steps")),
        sampler=short_text(value("sampler")),
        schedule=short_text(value("schedule")),
        cfg=real_number(value("cfg")),
        seed=whole_number(value("seed")),
        width=width,
        height=height,
        model=_model_name(value("model")),
        model_hash=short_text(value("hash")),
        version=short_text(value("version")),
        civitai_resources=resources_in(fields.get("civitairesources")),
        created=short_text(value("created")),
        parameters=short_parameters(told),
    )


def short_parameters(told: Mapping[str, Any]) -> tuple[Pair, ...]:
    """All but the prompts that can be shown in a line."""
    pairs = []
    for name, value in told.items():
        if _plain(name) in _PROMPTS:
            continue
        if isinstance(value, dict) and _plain(name) in _FIELDS["model"]:
            value = _model_name(value)
        text = short_text(str(value) if isinstance(value, bool) else value)
        if text is not None and len(text) <= _LONGEST_PARAMETER:
            pairs.append((name, text))
    return tuple(pairs[:_MOST_PARAMETERS])


def fill_gaps(first: Generation, second: Generation | None) -> Generation:
    """The first, with what only the second says."""
    if second is None:
        return first
    names = (
        "prompt", "negative_prompt", "user_text", "steps", "sampler", "schedule", "cfg", "seed",
        "model",
    )  # fmt: skip
    gaps = {
        name: getattr(second, name)
        for name in names
        if getattr(first, name) is None and getattr(second, name) is not None
    }
    if first.size is None and second.size is not None:
        gaps |= {"width": second.width, "height": second.height}
    return replace(first, **gaps)


def _plain(name: str) -> str:
    return _NO_LETTERS.sub("", name).lower()


def _model_name(value: object) -> str | None:
    if isinstance(value, Mapping):
        names = ("name", "model_name", "modelFileName", "label")
        return next(filter(None, (short_text(value.get(name)) for name in names)), None)
    return short_text(value)
