"""StarryAI: creations of its GraphQL API, the present shape and the one before March 2024.

Source: norville101/taiger `sources/starryai.js`, `sources/starryai.schema.json`, read 2026-11.
Operations `creationsV2`, `creationV2`, `publicCreationV2`, `likedCreationsV2`; before them
`creations`, `publicCreation`, … Each object says by `__typename` what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from artkeep.domain.generated import real_number
from artkeep.sites.captures._capture import Creation, HostRule, InitImage, OutputKind, Service
from artkeep.sites.captures._fields import (
    hidden_note,
    id_in,
    line,
    number_text,
    object_in,
    objects_in,
    pairs,
    prompt_in,
    seed_in,
    side,
    size_of,
    time_in,
    usual_pairs,
    whole,
)
from artkeep.sites.captures._outputs import Outputs, allowed_url, stem_of

_NAMES: Final = ("Creation", "publicCreation", "CreationV2", "publicCreationV2")
_EXTENSION: Final = "starRycover"  # what the author of Taiger calls his own
_MARKS: Final = ("variations", "prompts", "initImageMode", "hideSettings", "iterations")
# The app has words for three numbers of steps; readers want the number.
_QUALITIES: Final = {50: "fast", 100: "standard", 150: "detailed"}
_MEDIA: Final = (HostRule(".starryai.com"),)
_USER: Final = re.compile(r"/user/([^/?#]{1,100})/creation/")
_EDIT_OF: Final = re.compile(r"_(\d{1,20})-(\d{1,4})(?:_|\.|$)")
_EDIT_NUMBER: Final = re.compile(r"_\d{1,4}$")
_LAST_NUMBER: Final = re.compile(r"-(\d{1,4})$")


def recognises(value: Mapping[str, Any]) -> bool:
    """By the name of its type, and a field that nobody else's types of that name have."""
    is_named = value.get("__typename") in _NAMES or value.get("sender") == _EXTENSION
    return is_named and "id" in value and any(mark in value for mark in _MARKS)


def read(value: Mapping[str, Any]) -> Creation:
    """Raises ValueError without a usable id."""
    creation_id = id_in(value["id"])
    prompt, negative, others = _prompts(value)
    title = line(value.get("title"))
    is_hidden = value.get("hideSettings") is True and prompt is None
    created_at = time_in(value.get("createdAt"))
    init_url = allowed_url(value.get("initialImage"), _MEDIA)
    strength = real_number(value.get("imageStrength"))
    steps = whole(value.get("iterations"))
    model = _model(value)
    outputs = _outputs(value, creation_id)
    page_url = _page_url(value, creation_id)
    publisher = object_in(value.get("publisher"))
    by_link = _USER.search(page_url)
    return Creation(
        service=SERVICE.name,
        id=creation_id,
        page_url=page_url,
        title=title,
        created_at=created_at,
        author=line(publisher.get("userName")) or (by_link[1] if by_link else None),
        author_id=line(publisher.get("id")),
        is_own=_is_own(value),
        prompt=prompt or title,
        negative_prompt=negative,
        is_prompt_hidden=is_hidden,
        model=model,
        parameters=usual_pairs(
            SERVICE.title,
            created_at,
            ("Steps", steps),
            ("Size", size_of(value.get("width"), value.get("height"))),
            ("Model", model),
            (
                "Denoising strength",
                number_text(strength / 100) if init_url and strength else None,
            ),
            more=(
                ("Quality", _QUALITIES.get(steps) if steps else None),
                ("Init image mode", value.get("initImageMode") if init_url else None),
                *others,
                hidden_note(is_hidden),
            ),
        ),
        init_image=InitImage(init_url) if init_url else None,
        outputs=outputs.made,
        rejects=outputs.rejects(_is_finished(value)),
        raw=value,
    )


def _prompts(value: Mapping[str, Any]) -> tuple[str | None, str | None, list[tuple[str, str]]]:
    """The prompt, the negative one, and what stands between them.

    With weights the heaviest is the prompt and the lightest the negative; without, the first
    and the second.
    """
    rows = [
        (text, real_number(row.get("weight")))
        for row in objects_in(value.get("prompts"))
        if (text := prompt_in(row.get("prompt")))
    ]
    is_weighed = any(weight is not None for _, weight in rows)
    if is_weighed:
        rows.sort(key=lambda row: -(1.0 if row[1] is None else row[1]))
    texts = [text for text, _ in rows]
    negative_at = (len(texts) - 1 if is_weighed else 1) if len(texts) > 1 else None
    negative = None if negative_at is None else texts[negative_at]
    others = [text for at, text in enumerate(texts) if at not in (0, negative_at)]
    return (
        (texts[0] if texts else None) or prompt_in(value.get("prompt")),
        negative or prompt_in(value.get("negativePrompt")),
        [(f"Prompt {number}", text) for number, text in enumerate(others, 2)],
    )


def _model(value: Mapping[str, Any]) -> str | None:
    name, model = line(value.get("modelName")), line(value.get("model"))
    return f"{name} ({model})" if name and model else name or model


def _is_own(value: Mapping[str, Any]) -> bool | None:
    told = value.get("isOwner")
    if isinstance(told, bool):
        return told
    return True if value.get("__typename") == "Creation" else None


def _is_finished(value: Mapping[str, Any]) -> bool:
    status = value.get("status")
    return not isinstance(status, str) or status.lower().startswith("complete")


def _page_url(value: Mapping[str, Any], creation_id: str) -> str:
    """Private ones have the text "null" for a link."""
    own = f"https://starryai.com/app/my-creations/{quote(creation_id, safe='')}"
    return allowed_url(value.get("link"), _MEDIA) or own


def _outputs(value: Mapping[str, Any], creation_id: str) -> Outputs:
    outputs = Outputs(_MEDIA)
    variations = list(outputs.rows(value.get("variations")))
    seeds = (seed_in(row.get("seed")) for row in variations)
    seed = seed_in(value.get("seed")) or next(filter(None, seeds), None)
    size = {"width": side(value.get("width")), "height": side(value.get("height"))}
    latest = 0  # the number of the original listed just before
    for index, row in enumerate(variations, 1):
        is_original = row.get("type") in ("original", None)
        number = _number(row.get("id"))
        if is_original:
            latest = number or index
            _add(outputs, row, latest, seed, **size)
        else:
            _add_edit(outputs, row, latest or number or index, seed, creation_id)
    for label, row in _older_edits(value, outputs):
        position = _number(row.get("variationId")) or 1
        factor = number_text(row.get("factor"))
        of = _id_of_position(outputs, position)
        kind = OutputKind.VIDEO if label == "animation" else None
        own = pairs(("Hires upscale", factor))
        label = f"x{factor}" if factor else label
        _add(outputs, row, position, seed, label=label, made_of=of, parameters=own, kind=kind)
    return outputs


def _add_edit(
    outputs: Outputs, row: Mapping[str, Any], position: int, seed: str | None, creation_id: str
) -> None:
    """An upscale belongs to the original before it, an edit says what it was made from."""
    factor = number_text(object_in(row.get("upscaleSettings")).get("factor"))
    enhance = object_in(row.get("enhanceSettings"))
    told = _EDIT_OF.search(stem_of(row.get("initImage")) or "")
    if told and told[1] == creation_id:
        position = int(told[2])
    kind = line(row.get("type")) or "edit"
    label = kind
    if factor:
        label = f"x{factor}"
    elif enhance:
        level, style = line(enhance.get("level")), line(enhance.get("style"))
        label = f"xenh{level or ''}-{style or ''}".rstrip("-")
    own = pairs(
        ("Hires upscale", factor),
        ("Enhance level", enhance.get("level")),
        ("Enhance style", enhance.get("style")),
        ("Enhance prompt", enhance.get("prompt")),
    )
    of = _id_of_position(outputs, position)
    _add(outputs, row, position, seed, label=label, made_of=of, parameters=own)


def _add(
    outputs: Outputs, row: Mapping[str, Any], position: int, seed: str | None, **fields: Any
) -> None:
    expires_at = time_in(row.get("expiresAt"))
    full, small = row.get("url"), row.get("compressed")
    name = stem_of(full) if fields.get("label") else stem_of(small) or stem_of(full)
    if fields.get("label"):
        name = _EDIT_NUMBER.sub("", name) if name else stem_of(small)
    status = row.get("status")
    is_begun = isinstance(status, str) and not status.lower().startswith("complete")
    if is_begun and not full and not small:
        outputs.refuse(row.get("id"), "unfinished")
        return
    outputs.add(
        [(full, "hd", expires_at), (small, "reduced", expires_at)],
        id=name or row.get("id"),
        position=position,
        seed=seed_in(row.get("seed")) or seed,
        thumbnail=allowed_url(small, _MEDIA),
        created_at=time_in(row.get("createdAt")),
        raw=row,
        **fields,
    )


def _older_edits(
    value: Mapping[str, Any], outputs: Outputs
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The first shape has a list for each kind of edit."""
    kinds = (("upscales", "upscale"), ("rmbgs", "rmbg"), ("animations", "animation"))
    for name, label in kinds:
        for row in outputs.rows(value.get(name)):
            yield label, row


def _number(variation_id: object) -> int | None:
    """`og-412345678-2` and `201122334-2` are the second."""
    found = _LAST_NUMBER.search(variation_id) if isinstance(variation_id, str) else None
    return int(found[1]) if found else None


def _id_of_position(outputs: Outputs, position: int) -> str | None:
    same = (one.id for one in outputs.made if one.position == position and not one.label)
    return next(same, None)


SERVICE = Service(
    name="starryai",
    title="StarryAI",
    media=_MEDIA,
    asks=(HostRule("app.starryai.com"),),
    recognises=recognises,
    read=read,
)
