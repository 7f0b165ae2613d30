"""A copy of a file with what we know inside it, read back and proven (CR-11).

Pictures are written by our own writers, in one pass: the infotext where AUTOMATIC1111 puts it,
keywords and origin as XMP. exiftool adds what only it can: IPTC keywords in JPEG, and all of
MP4 and AVIF. What a file cannot hold goes into an `.xmp` beside it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from artkeep.domain.embedded import Embedded, Knowledge
from artkeep.domain.generation import read_generation
from artkeep.domain.user_comment import encode_user_comment
from artkeep.errors import BadMedia, FileProblem, ItemError
from artkeep.media.byte_source import ByteSource, cut_short
from artkeep.media.embed_plan import Plan, plan_avif, plan_picture, plan_video, plan_xmp
from artkeep.media.embedded import read_embedded
from artkeep.media.exiftool import ExifTool, Value
from artkeep.media.exiftool_process import ExifToolFailed
from artkeep.media.library import flush
from artkeep.media.picture_data import is_same_picture
from artkeep.media.read_jpeg import has_segment
from artkeep.media.sniff import MediaType, sniff
from artkeep.media.splice import Splice, write_spliced
from artkeep.media.structure import walk
from artkeep.media.write_jpeg import jpeg_splices
from artkeep.media.write_png import png_splices
from artkeep.media.write_webp import webp_splices
from artkeep.media.xmp_beside import write_beside
from artkeep.media.xmp_packet import keywords, our_keywords, read_xmp
from artkeep.media.xmp_tree import MalformedXmp

_BY_EXIFTOOL = frozenset({"mp4", "mov", "avif"})
_BLOCK = 256 * 1024
_IPTC_SEGMENT = 0xED
_LONGEST_IPTC = 64  # bytes; a longer keyword would be cut, it stays in XMP


class EmbedFailed(ItemError):
    """What was written does not read back; the copy is gone, the file untouched."""

    code = "read_back_differs"


@dataclass(frozen=True, slots=True)
class Written:
    """What came of it. Without a part the file itself stays as it is, and `sha256` its own.

    `fields`: parameters user_comment comment xmp iptc dates beside. `left_out`: too_long
    xmp_too_long bad_exif bad_xmp comment_taken exiftool_missing exiftool_failed
    no_place_in_FORMAT.
    """

    sha256: str
    size: int
    source_sha256: str
    fields: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    has_part: bool = True


def write_embedding(
    source: Path,
    part: Path,
    knowledge: Knowledge,
    exiftool: ExifTool | None,
    *,
    keeps_generation: bool = False,
) -> Written:
    """Write `part`, flushed: `source` with what we know in it. Blocks: for the embedder child.

    With `keeps_generation` a generator's own words stand: they know more than any site. The
    source is never changed, nor followed when it is a link (SE-18). On any error there is no
    part. Raises BadMedia, FileProblem, EmbedFailed; OSError passes through.
    """
    knowledge = _writable(knowledge)
    with _open(source) as file:
        media_type = _whole_type(file)
        before = read_embedded(file)
        if keeps_generation and read_generation(before) is not None:
            knowledge = replace(knowledge, infotext=None)
        source_sha256 = _sha256(file)
        try:
            plan = _write(file, source, part, media_type, before, knowledge, exiftool)
            if plan is None:
                left_out = _leave_beside(source, part, knowledge, media_type, exiftool)
                size = file.seek(0, os.SEEK_END)
                fields = () if "bad_xmp" in left_out else ("beside",)
                return Written(
                    source_sha256, size, source_sha256, fields, left_out, has_part=False
                )
            with part.open("rb", buffering=0) as written:
                _prove(file, written, media_type, before, plan)
                sha256 = _sha256(written)
                size = written.seek(0, os.SEEK_END)
            flush(part)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise
    return Written(sha256, size, source_sha256, tuple(plan.fields), tuple(plan.left_out))


def _write(
    file: BinaryIO,
    source: Path,
    part: Path,
    media_type: MediaType,
    before: Embedded,
    knowledge: Knowledge,
    exiftool: ExifTool | None,
) -> Plan | None:
    """The plan that was carried out; None when this format or this machine cannot hold it."""
    plan = Plan()
    name = media_type.name
    if name in ("png", "jpeg", "webp"):
        plan_picture(plan, name, before, knowledge)
        with ByteSource(file) as parts:
            splices = _splices(parts, name, plan)
        write_spliced(file, splices, part)
        if name == "jpeg":
            _add_iptc(file, part, plan, before, knowledge, exiftool)
        return plan
    is_sequence = name == "avif" and media_type.kind == "animated"
    if name not in _BY_EXIFTOOL or is_sequence or exiftool is None:
        return None
    plan_xmp(plan, before, knowledge)
    if name == "avif":
        plan_avif(plan, knowledge)
    else:
        plan_video(plan, before, knowledge)
    # it goes by the extension of its target, which must be the right one
    target = part.with_name(f"{part.name}.{media_type.extension}")
    try:
        exiftool.write(source.absolute(), target.absolute(), plan.tags, xmp=plan.xmp)
    except ExifToolFailed:
        return None
    target.replace(part)
    return plan


def _splices(file: ByteSource, name: str, plan: Plan) -> list[Splice]:
    if name == "png":
        return png_splices(file, texts=plan.texts, exif=plan.exif, xmp=plan.xmp)
    if name == "jpeg":
        return jpeg_splices(file, exif=plan.exif, xmp=plan.xmp)
    return webp_splices(file, exif=plan.exif, xmp=plan.xmp)


def _add_iptc(
    file: BinaryIO,
    part: Path,
    plan: Plan,
    before: Embedded,
    knowledge: Knowledge,
    exiftool: ExifTool | None,
) -> None:
    """The same keywords as in XMP, with those that only IPTC had."""
    wanted, former = keywords(knowledge), set[str]()
    with contextlib.suppress(MalformedXmp):
        former = our_keywords(before.xmp) if before.xmp else former
    if not wanted and not former:
        return
    if exiftool is None:
        plan.left_out.append("exiftool_missing")
        return
    # it goes by extensions
    ours, theirs = (part.absolute().with_name(f"{part.name}.{n}.jpg") for n in (1, 2))
    part.replace(ours)
    try:
        there: tuple[str, ...] = ()
        if has_segment(file, _IPTC_SEGMENT):
            there = exiftool.read_list(ours, "IPTC:Keywords")
        names = dict.fromkeys([*(name for name in there if name not in former), *wanted])
        fitting = [name for name in names if len(name.encode()) <= _LONGEST_IPTC]
        tags: dict[str, Value] = {"IPTC:Keywords": fitting, "IPTC:CodedCharacterSet": "UTF8"}
        exiftool.write(ours, theirs, tags)
        theirs.replace(part)
        plan.fields.append("iptc")
    except ExifToolFailed:
        ours.replace(part)
        plan.left_out.append("exiftool_failed")
    finally:
        ours.unlink(missing_ok=True)


def _prove(
    file: BinaryIO, written: BinaryIO, media_type: MediaType, before: Embedded, plan: Plan
) -> None:
    after = read_embedded(written)
    for place, text in plan.expected.items():
        if after.text(place) != text and not _is_in_bytes(place, text, after):
            raise EmbedFailed(f"What was written at {place} reads back differently.")
    if plan.xmp is not None and not _is_same_packet(plan.xmp, after.xmp):
        raise EmbedFailed("The XMP packet reads back differently.")
    changing = plan.expected.keys() | plan.replaced
    kept = {
        (text.place, text.value)
        for text in before.texts
        if text.place not in changing and not text.place.startswith("XMP:")
    }
    lost = kept - {(text.place, text.value) for text in after.texts}
    if lost:
        raise EmbedFailed(f"{sorted(lost)[0][0]} was lost.", code="text_lost")
    if before.icc != after.icc:
        raise EmbedFailed("The colour profile was changed.", code="profile_changed")
    if not is_same_picture(file, written, media_type.name):
        raise EmbedFailed("The picture itself was changed.", code="picture_changed")


def _is_same_packet(wanted: bytes, found: bytes | None) -> bool:
    """exiftool may space it differently."""
    return found == wanted or (found is not None and read_xmp(found) == read_xmp(wanted))


def _is_in_bytes(place: str, text: str, after: Embedded) -> bool:
    """Of a comment without any ASCII a reader may mistake the byte order: look at its bytes."""
    return place == "EXIF:UserComment" and encode_user_comment(text) in (after.exif or b"")


def _leave_beside(
    source: Path,
    part: Path,
    knowledge: Knowledge,
    media_type: MediaType,
    exiftool: ExifTool | None,
) -> tuple[str, ...]:
    """What was left out of the file, and why."""
    if media_type.name not in _BY_EXIFTOOL or media_type.kind == "animated":
        left_out = f"no_place_in_{media_type.name}"
    else:
        left_out = "exiftool_missing" if exiftool is None else "exiftool_failed"
    try:
        write_beside(source, part.with_name(f"{part.name}.xmp"), knowledge)
    except MalformedXmp:
        return (left_out, "bad_xmp")
    return (left_out,)


def _open(source: Path) -> BinaryIO:
    """Raises FileProblem for a link (SE-18) and for what is no plain file."""
    if source.is_symlink():
        raise FileProblem(f"{source.name} is a link; it is left alone.", code="link_in_library")
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(source, flags | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileProblem(f"{source.name} is not a file.", code="not_a_file")
    return os.fdopen(descriptor, "rb", buffering=0)


def _whole_type(file: BinaryIO) -> MediaType:
    """What it is, by its bytes; its structure is walked to the end. Raises BadMedia."""
    head = file.read(4096)
    if not head:
        raise cut_short()
    media_type = sniff(head)
    if media_type is None:
        raise BadMedia("This is no picture or video that we know.", code="unknown_type")
    walk(file, media_type)
    return media_type


def _writable(knowledge: Knowledge) -> Knowledge:
    """With an infotext that every place can hold: no NUL, lone surrogate, byte order mark."""
    if knowledge.infotext is None:
        return knowledge
    text = knowledge.infotext.encode("utf-16-le", "surrogatepass").decode(
        "utf-16-le", "replace"
    )
    text = text.replace("\0", "").lstrip("\N{ZERO WIDTH NO-BREAK SPACE}")
    return replace(knowledge, infotext=text)


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    block = bytearray(_BLOCK)
    file.seek(0)
    with memoryview(block) as view:
        while length := file.readinto(view):  # type: ignore[attr-defined]  # it is raw
            digest.update(view[:length])
    return digest.hexdigest()
