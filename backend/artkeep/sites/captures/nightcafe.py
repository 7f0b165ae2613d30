"""NightCafe: jobs, from its Firestore channel, a creation's page, or a list of likes.

Source: norville101/taiger `sources/nightcafe.js`, read 2026-11. Prompts carry weights, outputs
are paths in the service's bucket, and the names of files tell what was made of what.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote

from artkeep.domain.generated import real_number
from artkeep.sites.captures._capture import Creation, HostRule, InitImage, Output, Service
from artkeep.sites.captures._fields import (
    hidden_note,
    id_in,
    line,
    list_in,
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
from artkeep.sites.captures._firestore import is_document, plain_document
from artkeep.sites.captures._outputs import Outputs, allowed_url, stem_of

_BUCKET: Final = "https://storage.googleapis.com/nightcafe-creator.appspot.com"
_MEDIA: Final = (
    HostRule("storage.googleapis.com", "/nightcafe-creator.appspot.com/"),
    HostRule(".nightcafe.studio"),
)
_MARKS: Final = ("progressImages", "outputWidth", "promptWeights", "showPrompts")
_MODEL_OF: Final = {
    "diffusion2": "sdEngine",
    "flux": "fluxModel",
    "dalle3": "dalle3Style",
    "imagen": "imagenModel",
}
_NUMBERED: Final = re.compile(r"-(\d{1,4})--")
_EDIT_KEY: Final = re.compile(r"-(?=[a-z]*\d)[a-z0-9]{5}$")
_FACTOR: Final = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)x-(.+)")
_ADJUSTED: Final = "-adjusted"


def recognises(value: Mapping[str, Any]) -> bool:
    """A job, a page's data around one, or a document of the channel that holds one."""
    if is_document(value, "jobs"):
        return _is_job(plain_document(value))
    return _is_job(value) or ("cid" in value and _is_job(object_in(value.get("initialJob"))))


def _is_job(value: Mapping[str, Any]) -> bool:
    is_made = all(name in value for name in ("id", "runtime", "algorithm", "status"))
    is_upload = "id" in value and "status" in value and value.get("jobType") == "upload"
    return (is_made or is_upload) and any(mark in value for mark in _MARKS)


def read(value: Mapping[str, Any]) -> Creation:
    """Raises ValueError without a usable id."""
    if is_document(value, "jobs"):
        value = plain_document(value)
    elif "initialJob" in value:
        value = value["initialJob"]
    job_id = id_in(value["id"])
    title = prompt_in(value.get("title"))
    prompt, negative = _prompts(value)
    is_hidden = value.get("showPrompts") is False and prompt is None
    created_at = time_in(value.get("created"))
    user = object_in(value.get("userInfo"))
    outputs = _outputs(value, job_id)
    runtime = line(value.get("runtime"))
    steps = whole(runtime)
    model = _model(value)
    return Creation(
        service=SERVICE.name,
        id=job_id,
        page_url=f"https://creator.nightcafe.studio/creation/{quote(job_id, safe='')}",
        title=title,
        created_at=created_at,
        author=line(user.get("username")),
        author_id=line(user.get("id")),
        prompt=prompt or title,
        negative_prompt=negative,
        is_prompt_hidden=is_hidden,
        model=model,
        parameters=usual_pairs(
            SERVICE.title,
            created_at,
            ("Steps", steps),
            ("Size", _size(value)),
            ("Model", model),
            more=(
                ("Algorithm", value.get("algorithm")),
                ("Runtime", runtime if steps is None else None),
                hidden_note(is_hidden),
            ),
        ),
        init_image=_init_image(value),
        outputs=outputs.made,
        rejects=outputs.rejects(value.get("status") in ("COMPLETED", None)),
        raw=value,
    )


def _prompts(value: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Weighed texts, heaviest first; those below nothing are the negative prompt."""
    weights = list_in(value.get("promptWeights"))
    rows = []
    for index, told in enumerate(list_in(value.get("prompts"))):
        weight = real_number(weights[index]) if index < len(weights) else None
        text = prompt_in(told)
        if text:
            rows.append((1.0 if weight is None else weight, text))
    rows.sort(key=lambda row: -abs(row[0]))
    positive = [_weighed(text, weight) for weight, text in rows if weight > 0]
    negative = [_weighed(text, -weight) for weight, text in rows if weight < 0]
    return (
        "\nBREAK\n".join(positive) or None,
        "\nBREAK\n".join(negative) or prompt_in(value.get("negativePrompt")),
    )


def _weighed(text: str, weight: float) -> str:
    return text if weight == 1 else f"({text}:{number_text(weight)})"


def _model(value: Mapping[str, Any]) -> str | None:
    algorithm = value.get("algorithm")
    name = _MODEL_OF.get(algorithm, f"{algorithm}Model") if isinstance(algorithm, str) else ""
    told = (value.get(name), value.get("sdEngine"), value.get("model"))
    return next(filter(None, map(line, told)), None)


def _singles(
    value: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """The images; sheets of all of them only where there is nothing else."""
    rows = list(rows)
    singles = [row for row in rows if row.get("isGrid") is not True] or rows
    if any(row.get("output") for row in singles) or not value.get("output"):
        return singles
    both = {"width": value.get("outputWidth"), "height": value.get("outputHeight")}
    return [{"output": value["output"], **both}]


def _size(value: Mapping[str, Any]) -> str | None:
    """Of the first image: what was asked for may be another one."""
    rows = _singles(value, objects_in(value.get("progressImages")))
    sizes = (size_of(row.get("width"), row.get("height")) for row in rows)
    asked = size_of(value.get("outputWidth"), value.get("outputHeight"))
    return next(filter(None, sizes), asked)


def _init_image(value: Mapping[str, Any]) -> InitImage | None:
    """An image it began with, or the creation that it evolved from; both may be hidden."""
    start = object_in(value.get("startImage"))
    url = allowed_url(_url(start.get("path")), _MEDIA)
    told = (
        object_in(start.get("data")).get("jobId"),
        start.get("id"),
        value.get("evolvedFrom"),
    )
    creation_id = next(filter(None, map(line, told)), None)
    if url is None and creation_id in (None, "hidden"):
        return None
    return InitImage(url, creation_id=None if creation_id == "hidden" else creation_id)


def _url(path: object) -> object:
    """Paths begin with a slash; whatever else is there is judged as it is."""
    return f"{_BUCKET}{path}" if isinstance(path, str) and path.startswith("/") else path


def _outputs(value: Mapping[str, Any], job_id: str) -> Outputs:
    outputs = Outputs(_MEDIA)
    rows = _singles(value, outputs.rows(value.get("progressImages")))
    names = [stem_of(_url(row.get("output"))) or "" for row in rows]
    if value.get("jobType") == "upload" and not any(_edit_in(name) for name in names):
        for name in names:
            outputs.refuse(_short(name, job_id), "upload_only")
        return outputs
    for index, row in enumerate(rows):
        original = _original(row, outputs, job_id)
        told = _NUMBERED.search(names[index].removeprefix(job_id))
        position = int(told[1]) if told else index + 1
        position = original.position if original else position
        seed = seed_in(row.get("seed")) or (original.seed if original else None)
        edit = _edit_in(names[index])
        upscale = _FACTOR.match(_EDIT_KEY.sub("", edit))
        label = edit or ("grid" if row.get("isGrid") is True else "")
        outputs.add(
            [(_url(row.get("output")), "hd", None)],
            id=_short(names[index], job_id),
            position=position,
            label=label,
            made_of=original.id if original else None,
            seed=seed or _seed(value, position),
            width=side(row.get("width")),
            height=side(row.get("height")),
            parameters=pairs(
                ("Hires upscale", upscale[1] if upscale else None),
                ("Hires upscaler", upscale[2] if upscale else None),
                ("Edit", edit if not upscale else None),
            ),
            raw=row,
        )
    return outputs


def _seed(value: Mapping[str, Any], position: int) -> str | None:
    """Of the whole job: one for all, or a list."""
    told = value.get("seed")
    seeds = list_in(told) if isinstance(told, list) else [told]
    own = seeds[position - 1 : position] or seeds[:1]
    return next(map(seed_in, own), None)


def _original(row: Mapping[str, Any], outputs: Outputs, job_id: str) -> Output | None:
    """What an upscale or an edit was made of, found again by its path, or by its own name."""
    told = object_in(row.get("upscaleOriginal")) or object_in(row.get("inputProgressImage"))
    name = stem_of(_url(row.get("output"))) or ""
    before = name.partition("_")[0] if "_" in name else name.removesuffix(_ADJUSTED)
    shorts = [_short(one, job_id) for one in (stem_of(_url(told.get("output"))), before) if one]
    return next((one for short in shorts for one in outputs.made if one.id == short), None)


def _short(name: str, job_id: str) -> str:
    """`1--1j9bd` of `<job>--1--1j9bd`: what tells it from the job's others."""
    return name.removeprefix(job_id).lstrip("-") or name


def _edit_in(name: str) -> str:
    """`2x-clty-upscale-1mkz5` of `<job>--2--w89yf_2x-clty-upscale-1mkz5`."""
    edit = name.partition("_")[2]
    return edit or ("adjusted" if name.endswith(_ADJUSTED) else "")


SERVICE = Service(
    name="nightcafe",
    title="NightCafe",
    media=_MEDIA,
    asks=(HostRule("api.nightcafe.studio"), HostRule("creator.nightcafe.studio")),
    recognises=recognises,
    read=read,
)
