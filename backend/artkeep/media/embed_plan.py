"""What is to be written into which place of a file, and what cannot be (chapters 1, 5 and 6).

Pure: the bytes are written by the format's writer or by exiftool.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC

from artkeep.domain.embedded import Embedded, Knowledge
from artkeep.errors import BadMedia
from artkeep.media.exif_block import build_exif
from artkeep.media.exiftool import Value
from artkeep.media.write_jpeg import MOST_EXIF, MOST_XMP
from artkeep.media.xmp_packet import build_xmp, clean, iso
from artkeep.media.xmp_tree import MalformedXmp


@dataclass(slots=True)
class Plan:
    """Blocks and texts for our own writers, tags for exiftool; None is left as it is."""

    texts: dict[str, str] = field(default_factory=dict)
    exif: bytes | None = None
    xmp: bytes | None = None
    tags: dict[str, Value] = field(default_factory=dict)
    expected: dict[str, str] = field(default_factory=dict)  # what must be read back, by place
    replaced: set[str] = field(default_factory=set)  # places that may change otherwise
    fields: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def plan_picture(plan: Plan, name: str, before: Embedded, knowledge: Knowledge) -> None:
    """For PNG, JPEG and WebP: the infotext where AUTOMATIC1111 puts it, the rest as XMP."""
    plan_xmp(plan, before, knowledge)
    if name == "jpeg" and plan.xmp is not None and len(plan.xmp) > MOST_XMP:
        plan.xmp = None
        plan.fields.remove("xmp")
        plan.left_out.append("xmp_too_long")
    if knowledge.infotext is not None and name == "png":
        plan.texts["parameters"] = plan.expected["PNG:parameters"] = knowledge.infotext
        plan.fields.append("parameters")
    dates = {}
    if knowledge.created_at and before.text("EXIF:DateTimeOriginal") is None:
        moment = knowledge.created_at.astimezone(UTC)
        dates["DateTimeOriginal"] = moment.strftime("%Y:%m:%d %H:%M:%S")
        dates["OffsetTimeOriginal"] = "+00:00"
    if knowledge.infotext is None and (name == "png" or not dates):
        return
    try:
        exif = build_exif(before.exif, user_comment=knowledge.infotext, texts=dates)
    except BadMedia as error:
        plan.left_out.append(error.code)
        return
    if name == "jpeg" and len(exif) > MOST_EXIF:
        plan.left_out.append("too_long")
        return
    plan.exif = exif
    plan.expected |= {f"EXIF:{key}": text for key, text in dates.items()}
    plan.fields += ["dates"] if dates else []
    if knowledge.infotext is not None:
        plan.expected["EXIF:UserComment"] = knowledge.infotext
        plan.fields.append("user_comment")


def plan_xmp(plan: Plan, before: Embedded, knowledge: Knowledge) -> None:
    """Keywords, origin and dates, with what the file's own packet says."""
    try:
        plan.xmp = build_xmp(knowledge, before.xmp)
        plan.fields.append("xmp")
    except MalformedXmp:
        plan.left_out.append("bad_xmp")


def plan_avif(plan: Plan, knowledge: Knowledge) -> None:
    """exiftool chooses the comment's character set itself."""
    if knowledge.infotext is not None:
        text = clean(knowledge.infotext)
        plan.tags["EXIF:UserComment"] = plan.expected["EXIF:UserComment"] = text
        plan.fields.append("user_comment")


def plan_video(plan: Plan, before: Embedded, knowledge: Knowledge) -> None:
    """A comment that is not an infotext is somebody's own, most often a ComfyUI graph."""
    places = {"Keys:Comment": "MP4:Keys:comment", "ItemList:Comment": "MP4:ItemList:comment"}
    there = [before.text(place) for place in places.values()]
    if knowledge.infotext is not None and all(not text or "Steps: " in text for text in there):
        for tag, place in places.items():
            plan.tags[tag] = plan.expected[place] = clean(knowledge.infotext)
        plan.fields.append("comment")
    elif knowledge.infotext is not None:
        plan.left_out.append("comment_taken")
    if knowledge.created_at:
        plan.tags["QuickTime:CreateDate"] = iso(knowledge.created_at)
        plan.tags["Keys:CreationDate"] = iso(knowledge.created_at)
        plan.replaced.add("MP4:Keys:creationdate")
        plan.fields.append("dates")
