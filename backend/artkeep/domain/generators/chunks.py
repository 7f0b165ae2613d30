"""Tools that give every setting a text of its own, or tell only the prompt: Easy Diffusion,
Dezgo, Midjourney."""

from __future__ import annotations

import re
from typing import Final

from artkeep.domain.embedded import Embedded
from artkeep.domain.generated import Generation, whole_text
from artkeep.domain.generators.fields import read_fields
from artkeep.domain.loose_json import read_object

_EASY: Final = frozenset((
    "num_inference_steps", "guidance_scale", "sampler_name", "use_stable_diffusion_model",
    "seed", "steps", "negative_prompt",
))  # fmt: skip
_EASY_LABELS: Final = frozenset(("Negative Prompt", "Guidance Scale", "Stable Diffusion model"))
_JOB: Final = re.compile(r"\s{0,16}Job ID: ?[0-9a-f-]{36}")
_OPTION: Final = re.compile(r"\s--([a-z]{1,20})(?: ([^\s-][^\s]{0,500}))?")
_CAPTIONS: Final = ("PNG:Description", "XMP:description", "EXIF:ImageDescription")


def read_easy_diffusion(embedded: Embedded) -> Generation | None:
    """One text a setting, under the names of its settings or their labels."""
    told = {
        text.place.removeprefix("PNG:"): text.value
        for text in embedded.texts
        if text.place.startswith("PNG:") and len(text.value) < 1_000_000
    }
    prompt = told.get("prompt", told.get("Prompt"))
    is_its = len(told.keys() & _EASY) > 1 or not told.keys().isdisjoint(_EASY_LABELS)
    if prompt is None or not is_its or read_object(prompt) is not None:
        return None
    return read_fields(told, tool="Easy Diffusion", place="PNG:prompt", raw=prompt)


def read_dezgo(embedded: Embedded) -> Generation | None:
    """`GenInfo` without JSON: its words are all there is."""
    raw = embedded.text("PNG:GenInfo")
    if not raw or not raw.strip():
        return None
    return Generation("Dezgo", "PNG:GenInfo", raw, prompt=whole_text(raw))


def read_midjourney(embedded: Embedded) -> Generation | None:
    """`a cat --ar 16:9 --v 6.0 Job ID: …`."""
    for place in _CAPTIONS:
        raw = embedded.text(place)
        job = _JOB.search(raw) if raw else None
        if raw is None or job is None:
            continue
        words = raw[: job.start()]
        first = _OPTION.search(words)
        options = tuple((found[1], found[2] or "") for found in _OPTION.finditer(words))
        chosen = dict(options)
        return Generation(
            tool="Midjourney",
            place=place,
            raw=raw,
            prompt=whole_text(words[: first.start()] if first else words),
            negative_prompt=chosen.get("no"),
            seed=int(chosen["seed"]) if chosen.get("seed", "").isdecimal() else None,
            version=chosen.get("v") or chosen.get("version"),
            parameters=options,
        )
    return None
