"""Novita: the results of tasks, bare, wrapped with their request, or of the endpoints at once.

Source: norville101/taiger `sources/novita.js`; Novita's page of the task result, 2026-11. The
request is in another message: the one that was answered with the same task id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from artkeep.domain.loose_json import read_object
from artkeep.sites.captures._capture import (
    Creation,
    Document,
    HostRule,
    InitImage,
    OutputKind,
    Service,
)
from artkeep.sites.captures._fields import (
    id_in,
    line,
    list_in,
    number_text,
    object_in,
    objects_in,
    prompt_in,
    ratio,
    seed_in,
    side,
    size_of,
    time_in,
    usual_pairs,
    whole,
)
from artkeep.sites.captures._outputs import Candidate, Outputs, expiry_of, stem_of

_AMAZON: Final = "s3.ap-southeast-1.amazonaws.com"
_MEDIA: Final = (
    *(HostRule(f"faas-output-{kind}.{_AMAZON}") for kind in ("image", "video", "audio")),
    HostRule(".novita.ai"),
)
_KINDS: Final = {
    "image": OutputKind.IMAGE,
    "video": OutputKind.VIDEO,
    "audio": OutputKind.OTHER,
}
_LONGEST_LIFE_S: Final = 10**8


def recognises(value: Mapping[str, Any]) -> bool:
    """A task with its id beside lists of what it made, in Novita's words."""
    if "task_id" not in object_in(value.get("task")):
        return False
    lists = {kind: value.get(f"{kind}s") for kind in _KINDS}
    has_list = any(isinstance(listed, list) for listed in lists.values())
    return (has_list and "extra" in value) or any(
        f"{kind}_url" in row for kind, listed in lists.items() for row in objects_in(listed)
    )


def read(value: Mapping[str, Any]) -> Creation:
    """Raises ValueError without a usable task id."""
    extra, task = object_in(value.get("extra")), object_in(value.get("task"))
    debug = object_in(extra.get("debug_info"))
    asked = _request(value)
    done = read_object(debug.get("request_info")) or {}
    created_at = time_in(debug.get("complete_time_ms"))
    seeds = (extra.get("seed"), asked.get("seed"), *list_in(done.get("seeds"))[:1])
    seed = next(filter(None, map(seed_in, seeds)), None)
    width, height = asked.get("width") or done.get("width"), asked.get("height")
    height = height or done.get("height")
    hires = object_in(asked.get("hires_fix"))
    made = hires.get("target_width", width), hires.get("target_height", height)
    outputs = _outputs(value, created_at, seed, *made)
    model = line(asked.get("model_name")) or line(done.get("model"))
    refiner = object_in(asked.get("refiner"))
    init_image = asked.get("image_base64")
    return Creation(
        service=SERVICE.name,
        id=id_in(task["task_id"]),
        page_url="https://novita.ai/",
        created_at=created_at,
        is_own=True,
        prompt=prompt_in(asked.get("prompt")) or _first(done, "prompts"),
        negative_prompt=prompt_in(asked.get("negative_prompt"))
        or _first(done, "negative_prompts"),
        model=model,
        parameters=usual_pairs(
            SERVICE.title,
            created_at,
            ("Steps", whole(asked.get("steps")) or whole(done.get("num_inference_steps"))),
            ("Sampler", line(asked.get("sampler_name")) or line(done.get("sampler_name"))),
            ("CFG scale", _cfg(asked) or _cfg(done)),
            ("Size", size_of(width, height)),
            ("Model", model),
            ("VAE", asked.get("sd_vae")),
            ("Denoising strength", number_text(hires.get("strength", asked.get("strength")))),
            ("Clip skip", whole(asked.get("clip_skip"))),
            ("Hires upscale", ratio(hires.get("target_width"), width)),
            ("Hires resize", size_of(hires.get("target_width"), hires.get("target_height"))),
            ("Hires upscaler", hires.get("upscaler")),
            ("Refiner", refiner.get("model_name")),
            ("Refiner switch at", number_text(refiner.get("switch_at"))),
            more=(*_networks(asked), ("Task type", task.get("task_type"))),
        ),
        init_image=InitImage(base64=init_image) if isinstance(init_image, str) else None,
        outputs=outputs.made,
        rejects=outputs.rejects(task.get("status") in ("TASK_STATUS_SUCCEED", None)),
        raw=_without_bytes(value),
    )


def settings_key(raw: Mapping[str, Any]) -> str | None:
    """A task whose request is not known is found again by its id."""
    return None if "request" in raw else line(object_in(raw.get("task")).get("task_id"))


def settings_in(document: Document) -> tuple[str, Mapping[str, Any]] | None:
    """The request of a task, in the message that was answered with the task's id."""
    answer = object_in(document.value)
    task_id = line(answer.get("task_id", object_in(answer.get("task")).get("task_id")))
    asked = document.request
    if task_id is None or not isinstance(asked, Mapping) or not asked:
        return None
    return task_id, {"request": asked}


def _request(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The API itself nests it once more."""
    told = object_in(value.get("request"))
    return object_in(told.get("request")) or told


def _cfg(told: Mapping[str, Any]) -> str | None:
    return number_text(told.get("guidance_scale"))


def _first(told: Mapping[str, Any], name: str) -> str | None:
    return next(filter(None, map(prompt_in, list_in(told.get(name)))), None)


def _networks(asked: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """LoRAs with their weights, and embeddings: the prompt does not name them."""
    for number, row in enumerate(objects_in(asked.get("loras")), 1):
        yield f"LoRA {number}", row.get("model_name")
        yield f"LoRA {number} weight", number_text(row.get("strength"))
    for number, row in enumerate(objects_in(asked.get("embeddings")), 1):
        yield f"Embedding {number}", row.get("model_name")


def _outputs(
    value: Mapping[str, Any],
    created_at: datetime | None,
    seed: str | None,
    width: object,
    height: object,
) -> Outputs:
    outputs = Outputs(_MEDIA)
    position = 0
    for name, kind in _KINDS.items():
        for row in outputs.rows(value.get(f"{name}s")):
            position += 1
            url = row.get(f"{name}_url")
            lives_s = whole(row.get(f"{name}_url_ttl"))
            expires_at = expiry_of(url) or _later(created_at, lives_s)
            address: Candidate = (url, "hd", expires_at)
            outputs.add(
                [address],
                id=stem_of(url),
                position=position,
                kind=kind,
                seed=seed,
                width=side(width) if kind is OutputKind.IMAGE else None,
                height=side(height) if kind is OutputKind.IMAGE else None,
                raw=row,
            )
    return outputs


def _later(moment: datetime | None, seconds: int | None) -> datetime | None:
    if moment is None or seconds is None or not 0 <= seconds <= _LONGEST_LIFE_S:
        return None
    return moment + timedelta(seconds=seconds)


def _without_bytes(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The image it was made from lies beside, not in the record."""
    told = object_in(value.get("request"))
    if not told:
        return value
    inner = object_in(told.get("request"))
    kept = {name: part for name, part in told.items() if name != "image_base64"}
    if inner:
        kept["request"] = {name: one for name, one in inner.items() if name != "image_base64"}
    return {**value, "request": kept}


SERVICE = Service(
    name="novita",
    title="Novita",
    media=_MEDIA,
    asks=(HostRule("api.novita.ai"),),
    recognises=recognises,
    read=read,
    settings_key=settings_key,
    settings_in=settings_in,
)
