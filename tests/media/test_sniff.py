"""What bytes are, by what they begin with."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.media.samples import PNG_SIGNATURE, WHOLE, box, encoded, picture, png_chunk

from artkeep.media.sniff import MEDIA_TYPES, looks_like, sniff

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.mark.parametrize("name", WHOLE)
def test_every_type_of_ours_is_known_by_its_bytes(name):
    found = sniff(WHOLE[name][:4096])
    assert found is not None
    assert found.name == name.replace("apng", "png").split("-")[0]


@pytest.mark.parametrize("path", [*FIXTURES.glob("sd*.*")], ids=lambda path: path.name)
def test_real_files_are_known(path):
    found = sniff(path.read_bytes()[:4096])
    assert found is not None
    assert found.name == path.suffix[1:].replace("jpg", "jpeg")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("apng", "animated"),
        ("webp-animated", "animated"),
        ("webp-lossless", "still"),
        ("png", "still"),
        ("gif-animated", "still"),  # only a walk tells
        ("webm", "video"),
        ("mov", "video"),
    ],
)
def test_the_kind_is_told_where_the_beginning_says_it(name, kind):
    assert sniff(WHOLE[name]).kind == kind


def test_extensions_are_simple_and_jpeg_keeps_its_long_spelling():
    assert MEDIA_TYPES["jpeg"].extension == "jpeg"
    assert all(kind.extension.isalnum() for kind in MEDIA_TYPES.values())


@pytest.mark.parametrize(
    ("brands", "name"),
    [
        ((b"avis", b"avif"), "avif"),
        ((b"mif1", b"avif"), "avif"),
        ((b"XYZ1", b"isom"), "mp4"),
        ((b"M4V ", b"mp42"), "mp4"),
        ((b"heic", b"mif1"), None),
        ((b"M4A ", b"isom"), None),
        ((b"jp2 ", b"jp2 "), None),
    ],
)
def test_brands_decide_between_videos_and_pictures(brands, name):
    found = sniff(box(b"ftyp", brands[0], bytes(4), *brands[1:]) + bytes(100))
    assert (found.name if found else None) == name


REFUSED = [
    *(b"", b"\x89PN", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<!doctype html>", b"{}"),
    *(
        b"%PDF-1.7",
        b"MZ\x90\x00",
        b"PK\x03\x04",
        b"%!PS-Adobe",
        b"8BPS\x00\x01",
        b"BM" + bytes(50),
    ),
    *(b"II*\x00", b"RIFF\x00\x00\x00\x00AVI ", b"GIF90a", b"\x7fELF", b"#!/bin/sh", b"OggS"),
    *(b"\x1a\x45\xdf\xa3" + bytes(60), b"\xff\xd8", b"\xff\xfb\x90", b"SIMPLE  =", bytes(4096)),
]


@pytest.mark.parametrize("head", REFUSED, ids=lambda head: ascii(head[:12]))
def test_nothing_else_is_media(head):
    assert sniff(head) is None


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from([*WHOLE.values()]), st.integers(0, 40))
def test_any_bytes_are_sniffed_without_an_error(noise, whole, kept):
    head = whole[:kept] + noise
    found = sniff(head)
    assert found is None or found.name in MEDIA_TYPES
    assert looks_like(head) in (None, "html", "json", "text")


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"<!DOCTYPE html><html>", "html"),
        (b"\xef\xbb\xbf \r\n<html>", "html"),
        (b"<!-- a comment --><body>", "html"),
        (b"<?xml version='1.0'?><Error>", "html"),
        ("\ufeff<html>".encode("utf-16-le"), "html"),
        (b'{"error": "Not found"}', "json"),
        (b"\n[]", "json"),
        (b'[{"a": 1', "json"),
        (b"Not Found", "text"),
        ("图片不存在".encode(), "text"),
        ("图片不存在".encode()[:-1], "text"),
        (b"{curly text}", "text"),
        (b"", None),
        (b"  \n", None),
        (bytes(20), None),
        (b"\xff\xd8\xff\xe0", None),
    ],
)
def test_error_bodies_are_named(head, body):
    assert looks_like(head) == body


@pytest.mark.parametrize("name", WHOLE)
def test_media_does_not_look_like_an_error(name):
    assert looks_like(WHOLE[name]) is None


def test_long_texts_before_the_animation_chunk_leave_the_hint_at_still():
    png = encoded(picture(), "png")
    text = png_chunk(b"tEXt", b"prompt\0" + b"a" * 5000)
    pushed = png[:33] + text + png_chunk(b"acTL", bytes(8)) + png[33:]
    assert pushed.startswith(PNG_SIGNATURE)
    assert sniff(pushed[:4096]).kind == "still"
    assert sniff(pushed).kind == "animated"
