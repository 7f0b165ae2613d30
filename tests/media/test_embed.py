"""Embedding: what is written comes back, to us and to others; what was there stays (CR-11)."""

from __future__ import annotations

import os
import stat
import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image
from tests.media import strangers
from tests.media.samples import WHOLE, encoded, picture, png_chunk

from artkeep.domain.artwork import Tag
from artkeep.domain.embedded import Knowledge
from artkeep.errors import BadMedia, FileProblem
from artkeep.media import embed
from artkeep.media.embed import EmbedFailed, write_embedding
from artkeep.media.embedded import read_embedded
from artkeep.media.exif_block import build_exif
from artkeep.media.exiftool import ExifTool, find_exiftool
from artkeep.media.picture_data import picture_digest
from artkeep.media.sniff import MEDIA_TYPES
from artkeep.media.splice import Splice
from artkeep.media.structure import walk
from artkeep.media.write_png import text_chunk
from artkeep.media.xmp_packet import DC, read_xmp

PROMPT, NEGATIVE = "a cat, (best quality:1.2)", "ugly, lowres"
LINE = (
    "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42, Size: 64x64, Model hash: abcdef1234"
)
INFOTEXT = f"{PROMPT}\nNegative prompt: {NEGATIVE}\n{LINE}"
KNOWN = Knowledge(
    site="civitai",
    site_id="42",
    page_url="https://civitai.com/images/42",
    infotext=INFOTEXT,
    tags=(Tag("fate/stay_night", score=9, up=10, down=1), Tag("猫"), Tag("long " * 20)),
    author="Jane",
    title="A title",
    created_at=datetime(2026, 5, 1, 12, tzinfo=UTC),
)
PICTURES = ("png", "png-alpha", "apng", "jpeg", "jpeg-progressive")
PICTURES += ("webp", "webp-lossless", "webp-animated")
VIDEOS = ("mp4", "mov")
FORMATS = {"apng": "png"}

needs_exiftool = pytest.mark.skipif(find_exiftool() is None, reason="exiftool is not here")


@pytest.fixture(scope="module")
def exiftool() -> Iterator[ExifTool]:
    program = find_exiftool()
    assert program is not None
    tool = ExifTool(program)
    yield tool
    tool.close()


def format_of(name: str) -> str:
    base = name.partition("-")[0]
    return FORMATS.get(base, base)


def put(folder: Path, name: str, content: bytes | None = None) -> Path:
    path = folder / f"picture.{MEDIA_TYPES[format_of(name)].extension}"
    path.write_bytes(WHOLE[name] if content is None else content)
    return path


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def part_in(folder: Path) -> Path:
    return folder / ".1-1.part"


@pytest.mark.parametrize("name", PICTURES)
def test_without_exiftool_all_but_iptc_is_written_and_read_back(tmp_path: Path, name):
    source, part = put(tmp_path, name), part_in(tmp_path)
    written = write_embedding(source, part, KNOWN, None)
    found = read_embedded(part)
    assert found.text("EXIF:UserComment") == INFOTEXT
    assert found.text("PNG:parameters") == (INFOTEXT if found.format == "png" else None)
    assert found.xmp is not None
    assert "猫" in read_xmp(found.xmp)[f"{DC}subject"]
    assert written.left_out == (("exiftool_missing",) if found.format == "jpeg" else ())
    assert written.size == part.stat().st_size
    assert source.read_bytes() == WHOLE[name]
    walk(part, MEDIA_TYPES[found.format])


@pytest.mark.parametrize("name", PICTURES)
def test_pixels_and_coded_data_are_the_same(tmp_path: Path, name):
    source, part = put(tmp_path, name), part_in(tmp_path)
    write_embedding(source, part, KNOWN, None)
    digests = {picture_digest(path, format_of(name)) for path in (source, part)}
    assert len(digests) == 1
    with Image.open(source) as one, Image.open(part) as other:
        frames = getattr(one, "n_frames", 1)
        assert getattr(other, "n_frames", 1) == frames
        for frame in range(frames):
            one.seek(frame)
            other.seek(frame)
            assert one.mode == other.mode
            assert one.tobytes() == other.tobytes()
            assert one.info.get("duration") == other.info.get("duration")


@needs_exiftool
@pytest.mark.parametrize("name", PICTURES)
def test_recognised_by_readers_nobody_here_wrote(tmp_path: Path, exiftool, name):
    source = put(tmp_path, name)
    part = tmp_path / f"written{source.suffix}"
    write_embedding(source, part, KNOWN, exiftool)
    parameters, comment = strangers.by_pillow(part)
    assert comment == b"UNICODE\0" + INFOTEXT.encode("utf-16-be")
    assert strangers.by_sd_parsers(part) == (PROMPT, NEGATIVE)
    assert strangers.by_prompt_reader(part) == (PROMPT, NEGATIVE, LINE)
    tags = strangers.by_exiftool(part)
    assert tags["ExifIFD:UserComment"] == INFOTEXT
    assert tags["XMP-dc:Subject"] == ["fate/stay_night", "猫", ("long " * 20).strip()]
    assert tags["XMP-digiKam:TagsList"][0] == "fate∕stay_night"
    assert tags["XMP-lr:HierarchicalSubject"][0] == "fate/stay_night"
    assert tags["XMP-dc:Source"] == "https://civitai.com/images/42"
    assert tags["XMP-photoshop:DateCreated"] == "2026:05:01 12:00:00+00:00"
    assert tags["ExifIFD:DateTimeOriginal"] == "2026:05:01 12:00:00"
    if format_of(name) == "png":
        assert parameters == tags["PNG:Parameters"] == INFOTEXT
    else:
        assert strangers.by_piexif(part) == INFOTEXT
    if format_of(name) == "jpeg":  # 64 bytes at most: longer ones stay in XMP
        assert tags["IPTC:Keywords"] == ["fate/stay_night", "猫"]
        assert tags["IPTC:CodedCharacterSet"] == "UTF8"


LONG = "words and words, " * 2400 + "\n" + LINE  # 40 000 characters
TEXTS = {
    "ascii": INFOTEXT,
    "accents": "Straße, Øre\n" + LINE,
    "latin that looks like utf-8": "Ã©\n" + LINE,
    "cjk only": "猫犬一二三",
    "emoji": "🐈\u200d⬛ 🏳️\u200d🌈\n" + LINE,
    "every plane": "".join(chr(plane << 16 | 0x1234) for plane in range(17)) + LINE,
    "quotes": '"a" \'b\' \\n {"c": "d"}\n' + LINE,
    "windows": "a\r\nb\r\n" + LINE,
    "5 000": "日本語, " * 1000 + LINE,
    "blanks": "  a\n\n" + LINE + "\n ",
}
HOSTILE = {
    "option": "a\n-Artist=evil\n-execute\n" + LINE,
    "runs perl": "a\n-if\nsystem('touch hacked')\n-TAG<${\\`touch hacked`}\n" + LINE,
    "reads files": "a\n-Copyright<=/etc/passwd\n@/etc/passwd\n" + LINE,
    "hash": "#[CSTR]-Artist=evil\n# not a comment\n" + LINE,
    "dollar": "${status} $Artist %d %%\n<=>\n" + LINE,
    "steps in the prompt": "Steps: 1, Sampler: no\nNegative prompt: x\n" + LINE,
    "markup": "<!DOCTYPE a [<!ENTITY b 'c'>]>&b;]]>-->\n" + LINE,
    "controls": "".join(map(chr, range(1, 32))) + "\x7f\n" + LINE,
}


@pytest.mark.parametrize("text", [*TEXTS.values(), *HOSTILE.values()], ids=[*TEXTS, *HOSTILE])
@pytest.mark.parametrize("name", ["png", "jpeg", "webp"])
def test_every_text_comes_back_as_it_was(tmp_path: Path, name, text):
    source, part = put(tmp_path, name), part_in(tmp_path)
    write_embedding(source, part, replace(KNOWN, infotext=text), None)
    found = read_embedded(part)
    if "Steps" in text:
        assert found.text("EXIF:UserComment") == text
    _, comment = strangers.by_pillow(part)
    assert comment == b"UNICODE\0" + text.encode("utf-16-be")
    if name == "png":
        assert found.text("PNG:parameters") == text
        with Image.open(part) as image:
            image.load()
            assert image.info["parameters"] == text


@needs_exiftool
@pytest.mark.parametrize("text", [*TEXTS.values(), *HOSTILE.values()], ids=[*TEXTS, *HOSTILE])
@pytest.mark.parametrize("name", ["jpeg", "avif", "mp4"])
def test_no_value_is_an_argument_of_exiftool(tmp_path: Path, exiftool, name, text):
    """SE-11, the injection corpus: as infotext, as keyword, as author and as title."""
    source, part = put(tmp_path, name), part_in(tmp_path)
    tags = tuple(Tag(line[:200]) for line in [*text.splitlines()[:20], text])
    hostile = replace(KNOWN, infotext=text, tags=tags, author=text, title=text)
    written = write_embedding(source, part, hostile, exiftool)
    assert written.has_part
    assert "exiftool_failed" not in written.left_out
    found = read_embedded(part)
    assert "evil" not in {value.value for value in found.texts}
    assert found.text("EXIF:Artist") is None
    assert found.text("EXIF:Copyright") is None
    assert "XMP:creator" in {value.place for value in found.texts}
    assert not list(tmp_path.rglob("hacked"))
    assert names_in(tmp_path) == {source.name, part.name}


def test_lone_surrogates_and_nuls_are_replaced_and_not_fatal(tmp_path: Path):
    source, part = put(tmp_path, "png"), part_in(tmp_path)
    odd = replace(KNOWN, infotext=f"\ufeffa\0b\ud83d\n{LINE}", tags=(Tag("\udc00\0"),))
    write_embedding(source, part, odd, None)
    found = read_embedded(part)
    assert found.text("PNG:parameters") == f"ab\N{REPLACEMENT CHARACTER}\n{LINE}"


def test_forty_thousand_characters_fit_where_there_is_room_and_are_never_cut(tmp_path: Path):
    for name in ("png", "webp"):
        source, part = put(tmp_path, name), part_in(tmp_path)
        write_embedding(source, part, replace(KNOWN, infotext=LONG), None)
        assert read_embedded(part).text("EXIF:UserComment") == LONG
    source = put(tmp_path, "jpeg")
    written = write_embedding(source, part, replace(KNOWN, infotext=LONG), None)
    assert "too_long" in written.left_out
    assert "user_comment" not in written.fields
    found = read_embedded(part)
    assert found.text("EXIF:UserComment") is None
    assert found.text("XMP:subject") is not None


def test_more_keywords_than_a_jpeg_can_hold_are_named_and_the_rest_is_written(tmp_path: Path):
    source, part = put(tmp_path, "jpeg"), part_in(tmp_path)
    many = tuple(Tag(f"a keyword of some length {number}") for number in range(1000))
    written = write_embedding(source, part, replace(KNOWN, tags=many), None)
    assert "xmp_too_long" in written.left_out
    assert read_embedded(part).text("EXIF:UserComment") == INFOTEXT


def test_two_hundred_kilobytes_of_every_plane_come_back(tmp_path: Path):
    text = TEXTS["every plane"] * 600
    for name in ("png", "webp"):
        source, part = put(tmp_path, name), part_in(tmp_path)
        write_embedding(source, part, replace(KNOWN, infotext=text), None)
        assert read_embedded(part).text("EXIF:UserComment") == text


def chunks_of(content: bytes) -> list[bytes]:
    chunks, position = [], 8
    while position < len(content):
        end = position + 12 + struct.unpack_from(">I", content, position)[0]
        chunks.append(content[position:end])
        position = end
    return chunks


def test_every_other_chunk_of_a_png_stays_byte_for_byte(tmp_path: Path):
    kept = [
        text_chunk("prompt", '{"1": {}}'),
        text_chunk("workflow", '{"猫": 1}'),
        png_chunk(b"zTXt", b"invokeai_metadata\0\0" + zlib.compress(b"{}")),
        png_chunk(b"gAMA", struct.pack(">I", 45455)),
        png_chunk(b"caBX", b"manifest"),
        text_chunk("Parameters", "another keyword"),
    ]
    replaced = [
        text_chunk("parameters", "old"),
        png_chunk(b"zTXt", b"parameters\0\0" + zlib.compress(b"older")),
    ]
    whole = WHOLE["png"]
    trailing = b"what a program appended"
    content = whole[:33] + b"".join(kept + replaced) + whole[33:-12]
    content += text_chunk("parameters", "behind") + text_chunk("late", "kept") + whole[-12:]
    source, part = put(tmp_path, "png", content + trailing), part_in(tmp_path)
    write_embedding(source, part, KNOWN, None)
    after = part.read_bytes()
    assert after.endswith(whole[-12:] + trailing)
    there = chunks_of(after[: -len(trailing)])
    new = [chunk for chunk in there if chunk not in chunks_of(content)]
    assert sorted(chunk[4:8] for chunk in new) == [b"eXIf", b"iTXt", b"tEXt"]
    gone = [*replaced, text_chunk("parameters", "behind")]
    old = [chunk for chunk in chunks_of(content) if chunk not in gone]
    assert [chunk for chunk in there if chunk not in new] == old
    assert there.index(text_chunk("parameters", INFOTEXT)) < [c[4:8] for c in there].index(
        b"IDAT"
    )


def test_exif_profile_and_foreign_segments_of_a_jpeg_stay(tmp_path: Path):
    exif = build_exif(None, user_comment="old", texts={"Make": "workflow:{}", "Artist": "x"})
    image = encoded(picture(), "jpeg", exif=b"Exif\0\0" + exif, icc_profile=b"icc" * 50_000)
    foreign = b"\xff\xeb\x00\x07JP\1\2\3" + b"\xff\xfe\x00\x06said"
    content = image[:2] + foreign + image[2:]
    source, part = put(tmp_path, "jpeg", content), part_in(tmp_path)
    write_embedding(source, part, KNOWN, None)
    after, found = part.read_bytes(), read_embedded(part)
    assert foreign in after
    assert found.icc == b"icc" * 50_000
    assert found.text("EXIF:Make") == "workflow:{}"
    assert found.text("EXIF:Artist") == "x"
    assert found.text("JPEG:comment") == "said"
    assert [text.value for text in found.texts if text.place == "EXIF:UserComment"] == [
        INFOTEXT
    ]


def test_a_webp_gets_a_right_header_and_keeps_unknown_chunks(tmp_path: Path):
    clear = picture(mode="RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    lossless = encoded(clear, "webp", lossless=True)
    assert lossless[12:16] == b"VP8L"
    for name, whole, flags in (
        ("webp", WHOLE["webp"], 0x0C),
        ("webp-lossless", lossless, 0x1C),
        ("webp", encoded(clear, "webp"), 0x1C),
        ("webp-animated", WHOLE["webp-animated"], 0x0E),
    ):
        odd = b"odd!" + struct.pack("<I", 3) + b"abc\0"
        body = whole[8:] + odd
        content = b"RIFF" + struct.pack("<I", len(body)) + body + b"trailing"
        source, part = put(tmp_path, name, content), part_in(tmp_path)
        write_embedding(source, part, KNOWN, None)
        after = part.read_bytes()
        assert after[12:16] == b"VP8X"
        assert after[20] == flags
        assert odd in after
        assert after.endswith(b"trailing")
        assert struct.unpack("<I", after[4:8])[0] == len(after) - 8 - len(b"trailing")
        with Image.open(part) as image:
            assert image.size == (90, 70)
            assert (image.mode == "RGBA") == bool(flags & 0x10)


def test_without_an_infotext_the_files_own_stays(tmp_path: Path):
    content = WHOLE["png"][:33] + text_chunk("parameters", "its own") + WHOLE["png"][33:]
    source, part = put(tmp_path, "png", content), part_in(tmp_path)
    write_embedding(source, part, replace(KNOWN, infotext=None), None)
    found = read_embedded(part)
    assert found.text("PNG:parameters") == "its own"
    assert found.exif is None
    assert found.text("XMP:source") == KNOWN.page_url


@pytest.mark.parametrize("name", PICTURES)
def test_embedding_again_changes_nothing_and_new_tags_replace_ours(tmp_path: Path, name):
    source, part = put(tmp_path, name), part_in(tmp_path)
    write_embedding(source, part, KNOWN, None)
    twice = tmp_path / f"twice{source.suffix}"
    part.replace(twice)
    for _ in range(3):
        write_embedding(twice, part, KNOWN, None)
        sizes = twice.stat().st_size, part.stat().st_size
        part.replace(twice)
    assert sizes[0] == sizes[1]
    write_embedding(twice, part, replace(KNOWN, tags=(Tag("new"),)), None)
    packet = read_embedded(part).xmp
    assert packet is not None
    assert read_xmp(packet)[f"{DC}subject"] == ("new",)


@needs_exiftool
def test_iptc_keywords_follow_and_those_of_others_stay(tmp_path: Path, exiftool):
    source, part = put(tmp_path, "jpeg"), part_in(tmp_path)
    theirs = tmp_path / "theirs.jpg"
    tags = {"IPTC:Keywords": ["theirs"], "IPTC:CodedCharacterSet": "UTF8"}
    exiftool.write(source, theirs, tags)
    write_embedding(theirs, part, KNOWN, exiftool)
    part.replace(theirs)
    assert exiftool.read_list(theirs, "IPTC:Keywords") == ("theirs", "fate/stay_night", "猫")
    write_embedding(theirs, part, replace(KNOWN, tags=(Tag("new"),)), exiftool)
    assert exiftool.read_list(part, "IPTC:Keywords") == ("theirs", "new")


@needs_exiftool
@pytest.mark.parametrize("name", VIDEOS)
def test_a_video_gets_comment_tags_and_dates(tmp_path: Path, exiftool, name):
    source, part = put(tmp_path, name), part_in(tmp_path)
    written = write_embedding(source, part, KNOWN, exiftool)
    found = read_embedded(part)
    assert found.text("MP4:Keys:comment") == INFOTEXT
    assert found.text("MP4:ItemList:comment") == INFOTEXT
    assert "猫" in (found.text("XMP:subject") or "")
    assert (written.left_out, written.has_part) == ((), True)
    assert picture_digest(part, name) == picture_digest(source, name)
    assert names_in(tmp_path) == {source.name, part.name}
    with part.open("rb") as file:
        assert strangers.by_exiftool(Path(file.name))["QuickTime:CreateDate"] == (
            "2026:05:01 12:00:00"
        )


@needs_exiftool
def test_a_graph_in_a_videos_comment_is_left_alone(tmp_path: Path, exiftool):
    source, part = put(tmp_path, "mp4"), part_in(tmp_path)
    graph = '{"prompt": {"1": {}}}'
    exiftool.write(source, tmp_path / "graph.mp4", {"ItemList:Comment": graph})
    written = write_embedding(tmp_path / "graph.mp4", part, KNOWN, exiftool)
    assert written.left_out == ("comment_taken",)
    found = read_embedded(part)
    assert found.text("MP4:ItemList:comment") == graph
    assert found.text("MP4:Keys:comment") is None
    assert found.text("XMP:source") == KNOWN.page_url


@needs_exiftool
def test_an_avif_is_written_by_exiftool_and_shows_the_same_pixels(tmp_path: Path, exiftool):
    source, part = put(tmp_path, "avif"), part_in(tmp_path)
    write_embedding(source, part, KNOWN, exiftool)
    found = read_embedded(part)
    assert found.text("EXIF:UserComment") == INFOTEXT
    assert picture_digest(part, "avif") == picture_digest(source, "avif")
    with Image.open(source) as one, Image.open(part) as other:
        assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("name", ["webm", "webm-live", "mkv", "gif", "mp4", "avif"])
def test_what_has_no_place_inside_goes_beside(tmp_path: Path, name):
    source, part = put(tmp_path, name), part_in(tmp_path)
    written = write_embedding(source, part, KNOWN, None)
    beside = tmp_path / f"{source.name}.xmp"
    said = read_xmp(beside.read_bytes())
    assert said["{http://ns.adobe.com/exif/1.0/}UserComment"] == (INFOTEXT,)
    assert said[f"{DC}subject"][1] == "猫"
    assert not written.has_part
    assert not part.exists()
    assert written.sha256 == written.source_sha256
    by_us = name in ("mp4", "avif")
    reason = "exiftool_missing" if by_us else f"no_place_in_{format_of(name)}"
    assert written.left_out == (reason,)


def test_an_xmp_beside_that_is_not_ours_to_change_stays(tmp_path: Path):
    source, part = put(tmp_path, "webm"), part_in(tmp_path)
    beside = tmp_path / f"{source.name}.xmp"
    beside.write_bytes(b"somebody's notes")
    assert write_embedding(source, part, KNOWN, None).left_out[-1] == "bad_xmp"
    assert beside.read_bytes() == b"somebody's notes"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"untouched")
    beside.unlink()
    beside.symlink_to(elsewhere)
    write_embedding(source, part, KNOWN, None)
    assert elsewhere.read_bytes() == b"untouched"


def test_a_link_is_refused_and_not_followed(tmp_path: Path):
    """SE-18."""
    target, part = put(tmp_path, "png"), part_in(tmp_path)
    link = tmp_path / "link.png"
    link.symlink_to(target)
    with pytest.raises(FileProblem) as caught:
        write_embedding(link, part, KNOWN, None)
    assert caught.value.code == "link_in_library"
    assert not part.exists()


def test_a_link_in_the_place_of_the_part_is_replaced_not_followed(tmp_path: Path):
    source, part = put(tmp_path, "png"), part_in(tmp_path)
    victim = tmp_path / "victim"
    victim.write_bytes(b"untouched")
    part.symlink_to(victim)
    write_embedding(source, part, KNOWN, None)
    assert victim.read_bytes() == b"untouched"
    assert stat.S_ISREG(part.lstat().st_mode)


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(tmp_path: Path):
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    with pytest.raises(FileProblem):
        write_embedding(pipe, part_in(tmp_path), KNOWN, None)


@pytest.mark.parametrize(
    "name", ["-delete_original.jpeg", "#comment.jpeg", " blank.jpeg", "ü猫.jpeg"]
)
@needs_exiftool
def test_odd_names_are_only_names(tmp_path: Path, exiftool, name):
    source = tmp_path / name
    source.write_bytes(WHOLE["jpeg"])
    written = write_embedding(source, tmp_path / f"{name}.part", KNOWN, exiftool)
    assert "iptc" in written.fields
    assert source.read_bytes() == WHOLE["jpeg"]


@needs_exiftool
def test_a_name_with_a_line_break_is_never_given_to_exiftool(tmp_path: Path, exiftool):
    source = tmp_path / "a\n-execute\n.mp4"
    source.write_bytes(WHOLE["mp4"])
    written = write_embedding(source, part_in(tmp_path), KNOWN, exiftool)
    assert written.left_out == ("exiftool_failed",)


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_file_cut_short_is_refused_and_leaves_no_part(tmp_path: Path, name):
    source = put(tmp_path, name, WHOLE[name][: len(WHOLE[name]) * 2 // 3])
    if name in ("webm-live", "mkv", "webm"):
        source.write_bytes(WHOLE[name][:-5])
    with pytest.raises(BadMedia):
        write_embedding(source, part_in(tmp_path), KNOWN, None)
    assert names_in(tmp_path) == {source.name}


@pytest.mark.parametrize("content", [b"", b"<html>", b"\0" * 100])
def test_what_is_no_media_is_refused(tmp_path: Path, content):
    source = put(tmp_path, "png", content)
    with pytest.raises(BadMedia):
        write_embedding(source, part_in(tmp_path), KNOWN, None)


def test_a_broken_exif_block_is_kept_and_said(tmp_path: Path):
    broken = b"Exif\0\0MM\0*" + b"\xff" * 30
    content = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(broken) + 2) + broken
    source = put(tmp_path, "jpeg", content + WHOLE["jpeg"][2:])
    written = write_embedding(source, part_in(tmp_path), KNOWN, None)
    assert "bad_exif" in written.left_out
    assert broken in part_in(tmp_path).read_bytes()


@pytest.mark.parametrize("name", ["png", "jpeg", "webp"])
def test_a_changed_picture_is_noticed_and_the_part_removed(tmp_path: Path, monkeypatch, name):
    """The proof can fail: one byte of the coded data is changed while it is written."""
    source, part = put(tmp_path, name), part_in(tmp_path)
    honest = embed.write_spliced
    at = len(WHOLE[name]) // 2

    def flip(file, splices, target):
        changed = bytes([WHOLE[name][at] ^ 1])
        honest(file, [*splices, Splice(at, at + 1, changed)], target)

    monkeypatch.setattr(embed, "write_spliced", flip)
    with pytest.raises(EmbedFailed) as caught:
        write_embedding(source, part, KNOWN, None)
    assert caught.value.code == "picture_changed"
    assert names_in(tmp_path) == {source.name}


def test_a_lost_text_is_noticed(tmp_path: Path, monkeypatch):
    content = WHOLE["png"][:33] + text_chunk("workflow", "{}") + WHOLE["png"][33:]
    source, part = put(tmp_path, "png", content), part_in(tmp_path)
    honest = embed.write_spliced

    def drop(file, splices, target):
        honest(file, [*splices, Splice(33, 33 + len(text_chunk("workflow", "{}")))], target)

    monkeypatch.setattr(embed, "write_spliced", drop)
    with pytest.raises(EmbedFailed) as caught:
        write_embedding(source, part, KNOWN, None)
    assert caught.value.code == "text_lost"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_an_error_of_the_system_too(tmp_path: Path):
    folder = tmp_path / "folder"
    folder.mkdir()
    source = put(folder, "webm")
    folder.chmod(0o555)
    with pytest.raises(PermissionError):
        write_embedding(source, part_in(tmp_path), KNOWN, None)
    folder.chmod(0o755)


SAMPLES = Path(__file__).parents[1] / "fixtures" / "embedded-metadata"
WHOLE_SAMPLES = sorted(
    path
    for path in SAMPLES.iterdir()
    if path.suffix in (".png", ".jpg", ".jpeg", ".webp") and path.stat().st_size
)


@pytest.mark.parametrize("sample", WHOLE_SAMPLES, ids=[path.name for path in WHOLE_SAMPLES])
@needs_exiftool
def test_what_the_generators_wrote_stays_in_real_files(tmp_path: Path, exiftool, sample):
    source = tmp_path / sample.name
    source.write_bytes(sample.read_bytes())
    write_embedding(source, part_in(tmp_path), replace(KNOWN, infotext=None), exiftool)
    before, after = read_embedded(source), read_embedded(part_in(tmp_path))
    assert set(before.texts) <= set(after.texts)
    assert after.text("XMP:Identifier") == "civitai:42"
    assert picture_digest(source, before.format) == picture_digest(
        part_in(tmp_path), after.format
    )


def test_a_folder_that_cannot_be_written_is_an_error_of_the_system(tmp_path: Path):
    source = put(tmp_path, "png")
    with pytest.raises(OSError, match=r"[Dd]irectory"):
        write_embedding(source, source / "below" / "part", KNOWN, None)
    assert source.read_bytes() == WHOLE["png"]
