"""AUTOMATIC1111's web page and all that write its text: Forge, reForge, SD.Next, Civitai …"""

from __future__ import annotations

import re
from typing import Final

from artkeep.domain.embedded import Embedded, Text
from artkeep.domain.generated import (
    Generation,
    real_number,
    resources_in,
    short_text,
    size_in,
    whole_number,
    whole_text,
)
from artkeep.domain.infotext import Infotext, has_parameters, parse_infotext
from artkeep.domain.loose_json import read_object
from artkeep.domain.parameters import read_pairs

# Where the text stands by its own name, so that whatever is there is one.
_OWN_PLACES: Final = re.compile(r"(?:.*[:.])?parameters\Z|stealth\Z", re.IGNORECASE)
# Where anybody's comment may stand.
_COMMENT_PLACES: Final = re.compile(
    r".*[:.](?:usercomment|comment|description|imagedescription|xpcomment)\Z", re.IGNORECASE
)
# f1.0.0-v1.10.1, f1.0.0v2-v1.10.1RC, f2.0.1v1.10.1
_FORGES: Final = (
    (re.compile(r"f\d{1,4}(?:\.\d{1,4}){1,2}-v"), "EasyReforge"),
    (re.compile(r"f\d{1,4}(?:\.\d{1,4}){1,2}v\d{1,4}-v"), "reForge"),
    (re.compile(r"f\d"), "Forge"),
)
_SHORT_COMMIT: Final = re.compile(r"[0-9a-f]{7,8}")
_NAMES_IN_VERSION: Final = (
    ("ruinedfooocus", "RuinedFooocus"),
    ("fooocus", "Fooocus"),
    ("comfyui", "ComfyUI + infotext node"),
    ("swarmui", "SwarmUI"),
    ("invokeai", "InvokeAI"),
    ("easydiffusion", "Easy Diffusion"),
    ("easy diffusion", "Easy Diffusion"),
    ("draw things", "Draw Things"),
    ("sd.next", "SD.Next"),
    ("reforge", "reForge"),
    ("forge", "Forge"),
)
_EXTRAS: Final = "PNG:postprocessing"


def read_webui(embedded: Embedded) -> Generation | None:
    """The infotext of a file, from the place of its own or from a comment."""
    text = find_infotext(embedded)
    if text is not None:
        return from_infotext(text, embedded)
    extras = embedded.text(_EXTRAS)
    if extras:
        pairs = tuple(read_pairs(extras))
        return Generation("AUTOMATIC1111", _EXTRAS, extras, parameters=pairs)
    return None


def find_infotext(embedded: Embedded) -> Text | None:
    """The text with parameters, or else the one that stands where only such texts do."""
    texts = [text for text in embedded.texts if text.value.strip("\0 \r\n\t")]
    own = [text for text in texts if _OWN_PLACES.match(text.place) and not _is_json(text)]
    comments = [text for text in texts if _COMMENT_PLACES.match(text.place)]
    for text in (*own, *comments):
        if not _is_json(text) and has_parameters(text.value):
            return text
    if own:
        return own[-1]
    # Our own files: a prompt without parameters looks like any comment.
    if embedded.xmp is not None and b"artkeep" in embedded.xmp.lower():
        return next((text for text in comments if text.place == "EXIF:UserComment"), None)
    return None


def from_infotext(text: Text, embedded: Embedded) -> Generation:
    """The fields of an infotext, under whatever names its writer gave them."""
    infotext = parse_infotext(text.value)
    value = infotext.value
    width, height = size_in(value("Size", "Resolution"))
    resources = read_object(f'{{"all": {value("Civitai resources") or "[]"}}}') or {}
    return Generation(
        tool=_tool_of(infotext, embedded),
        place=text.place,
        raw=text.value,
        prompt=whole_text(infotext.prompt),
        negative_prompt=whole_text(infotext.negative_prompt) or None,
        steps=whole_number(value("Steps")),
        sampler=short_text(value("Sampler")),
        schedule=short_text(value("Schedule type", "Scheduler")),
        cfg=real_number(value("CFG scale", "CFG", "Guidance Scale", "Distilled CFG Scale")),
        seed=whole_number(value("Seed")),
        width=width,
        height=height,
        model=short_text(value("Model")),
        model_hash=short_text(value("Model hash")),
        version=short_text(value("Version")),
        civitai_resources=resources_in(resources.get("all")),
        created=short_text(value("Created Date")),
        parameters=infotext.parameters,
    )


def _tool_of(infotext: Infotext, embedded: Embedded) -> str | None:
    version = infotext.value("Version") or ""
    if embedded.text("PNG:smproj") or embedded.text("PNG:parameters-json"):
        return "Stability Matrix"
    if infotext.value("App") == "SD.Next" or infotext.value("Pipeline", "Backend"):
        return "SD.Next"
    if version.lower().startswith("neo"):
        return "Forge Neo"
    if version == "classic":
        return "Forge Classic"
    if (embedded.text("XMP:CreatorTool") or "").startswith("Draw Things"):
        return "Draw Things"
    for mark, tool in _NAMES_IN_VERSION:
        if mark in version.lower():
            return tool
    for pattern, tool in _FORGES:
        if pattern.match(version):
            return tool
    if _SHORT_COMMIT.fullmatch(version):
        return "SD.Next"
    if not version and infotext.value("Civitai resources", "Civitai metadata") is not None:
        return "Civitai generator"
    if _has_graph(embedded) and not version:
        return "ComfyUI + infotext node"
    return "AUTOMATIC1111" if infotext.parameters else None


def _has_graph(embedded: Embedded) -> bool:
    names = ("PNG:prompt", "PNG:workflow", "EXIF:Make", "EXIF:Model", "XMP:workflow")
    return any("class_type" in (embedded.text(name) or "") for name in names)


def _is_json(text: Text) -> bool:
    return text.value.lstrip("\0 \r\n\t\ufeff").startswith("{") and (
        read_object(text.value) is not None
    )
