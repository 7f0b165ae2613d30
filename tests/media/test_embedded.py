"""Reading what is inside files: every place, hostile and damaged files too."""

from __future__ import annotations

import gzip
import struct
import zlib
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin
from tests.media.samples import WHOLE, box, element, encoded, picture, png_chunk, png_of_size

from artkeep.domain.embedded import Text
from artkeep.domain.user_comment import encode_user_comment
from artkeep.errors import BadMedia
from artkeep.media import write_png
from artkeep.media.embedded import read_embedded
from artkeep.media.exif_block import build_exif
from artkeep.media.found import MOST_IN_ALL, MOST_TEXT
from artkeep.media.sniff import PNG_SIGNATURE

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:c="https://github.com/Comfy-Org/ComfyUI" c:prompt="{&quot;1&quot;: 2}">'
    b'<dc:subject xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:Bag><rdf:li>a</rdf:li>'
    b"<rdf:li>b</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
)
XMP_TEXTS = (Text("XMP:prompt", '{"1": 2}'), Text("XMP:subject", "a; b"))
INFOTEXT = "eine Straße, 猫\nSteps: 20, Sampler: Euler a, Size: 64x64"
ICC = bytes(range(256)) * 600


def png_with(*chunks: bytes, behind: tuple[bytes, ...] = ()) -> bytes:
    whole = png_of_size(3, 3)
    return whole[:33] + b"".join(chunks) + whole[33:-12] + b"".join(behind) + whole[-12:]


def text_chunk(keyword: bytes, text: bytes) -> bytes:
    return png_chunk(b"tEXt", keyword + b"\0" + text)


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"))


@given(ANY_TEXT)
def test_every_text_comes_back_from_the_chunk_we_write(text):
    assert texts_of(png_with(write_png.text_chunk("parameters", text))) == [
        ("PNG:parameters", text)
    ]


def texts_of(content: bytes) -> list[tuple[str, str]]:
    return [(text.place, text.value) for text in read_embedded(content).texts]


def test_every_kind_of_png_text_is_read_before_and_behind_the_picture():
    content = png_with(
        text_chunk(b"parameters", b"ascii"),
        text_chunk(b"accents", "Straße".encode("latin-1")),
        text_chunk(b"raw", "Straße 猫".encode() + b"\0"),
        png_chunk(b"zTXt", b"packed\0\0" + zlib.compress(b"deflated")),
        behind=(
            png_chunk(b"iTXt", b"plain\0\0\0de\0T\0" + "猫".encode()),
            png_chunk(b"iTXt", b"packed too\0\1\0\0\0" + zlib.compress("犬".encode())),
        ),
    )
    assert texts_of(content) == [
        ("PNG:parameters", "ascii"),
        ("PNG:accents", "Straße"),
        ("PNG:raw", "Straße 猫"),
        ("PNG:packed", "deflated"),
        ("PNG:plain", "猫"),
        ("PNG:packed too", "犬"),
    ]


@pytest.mark.parametrize("name", ["png", "jpeg", "webp", "avif"])
def test_exif_xmp_and_profile_are_given_raw_and_without_prefixes(name):
    exif = build_exif(None, user_comment=INFOTEXT, texts={"Make": "workflow:{}"})
    prefix = b"Exif\0\0" if name == "jpeg" else b""
    options = {"exif": prefix + exif, "icc_profile": ICC}
    if name == "png":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", XMP.decode())
        content = encoded(picture(), name, pnginfo=info, **options)
    else:
        content = encoded(picture(), name, xmp=XMP, **options)
    found = read_embedded(content)
    assert (found.format, found.exif, found.xmp, found.icc) == (name, exif, XMP, ICC)
    assert found.text("EXIF:UserComment") == INFOTEXT
    assert found.text("EXIF:Make") == "workflow:{}"
    assert found.texts[-2:] == XMP_TEXTS


def test_exif_in_webp_is_read_with_and_without_the_prefix_of_jpeg():
    exif = build_exif(None, user_comment=INFOTEXT)
    for block in (exif, b"Exif\0\0" + exif):
        chunk = b"EXIF" + struct.pack("<I", len(block)) + block + b"\0" * (len(block) % 2)
        whole = WHOLE["webp"]
        body = whole[8:] + chunk
        found = read_embedded(b"RIFF" + struct.pack("<I", len(body)) + body)
        assert found.exif == exif
        assert found.text("EXIF:UserComment") == INFOTEXT


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def jpeg_with(*segments: bytes) -> bytes:
    return b"\xff\xd8" + b"".join(segments) + WHOLE["jpeg"][2:]


def test_an_exif_block_of_several_segments_is_joined():
    exif = build_exif(None, user_comment="long " * 20_000)
    pieces = [exif[at : at + 65000] for at in range(0, len(exif), 65000)]
    content = jpeg_with(*(segment(0xE1, b"Exif\0\0" + piece) for piece in pieces))
    assert read_embedded(content).text("EXIF:UserComment") == "long " * 20_000


def test_extended_xmp_is_put_together_whatever_the_order_of_its_pieces():
    guid = b"0123456789ABCDEF0123456789ABCDEF"
    more = XMP.replace(b"c:prompt", b"c:workflow")
    header = b"http://ns.adobe.com/xmp/extension/\0" + guid
    sizes = [(100, more[100:]), (0, more[:100])]
    content = jpeg_with(
        segment(
            0xE1,
            b"http://ns.adobe.com/xap/1.0/\0"
            + XMP.replace(b'about=""', b'about="' + guid + b'"'),
        ),
        *(
            segment(0xE1, header + struct.pack(">II", len(more), at) + piece)
            for at, piece in sizes
        ),
    )
    found = dict(texts_of(content))
    assert found["XMP:prompt"] == found["XMP:workflow"] == '{"1": 2}'


def test_comments_of_jpeg_and_gif_are_read():
    assert texts_of(jpeg_with(segment(0xFE, "猫\0".encode()))) == [("JPEG:comment", "猫")]
    content = encoded(picture(), "gif", comment=INFOTEXT.encode() * 20)
    assert texts_of(content) == [("GIF:comment", INFOTEXT * 20)]


def test_xmp_in_a_gif_lies_bare_in_its_extension():
    trailer = b"\x01" + bytes(range(255, -1, -1)) + b"\0"
    whole = WHOLE["gif"]
    extension = b"\x21\xff\x0bXMP DataXMP" + XMP + trailer
    found = read_embedded(whole[:-1] + extension + whole[-1:])
    assert found.xmp == XMP
    assert found.texts == XMP_TEXTS


def test_a_user_comment_in_the_first_directory_has_a_place_of_its_own():
    text = b'{"prompt": {}}\0'
    rows = struct.pack("<HHHII", 1, 0x9286, 7, len(text), 26) + bytes(4)
    content = jpeg_with(segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0" + rows + text))
    assert texts_of(content) == [("EXIF:IFD0:UserComment", '{"prompt": {}}')]


def data_box(text: bytes, kind: int = 1) -> bytes:
    return box(b"data", struct.pack(">II", kind, 0), text)


def video(*udta: bytes, last: bool = True, more: bytes = b"") -> bytes:
    ftyp = box(b"ftyp", b"isom", bytes(4), b"isomavc1")
    moov = box(b"moov", box(b"mvhd", bytes(100)), box(b"udta", *udta))
    mdat = box(b"mdat", bytes(5000))
    return ftyp + (mdat + moov if last else moov + mdat) + more


def test_every_comment_of_a_video_is_read_wherever_its_index_stands():
    hdlr = box(b"hdlr", bytes(8), b"mdta", bytes(13))
    names = (b"comment", b"com.apple.quicktime.prompt")
    keys = box(b"keys", bytes(4), struct.pack(">I", 2), *(box(b"mdta", n) for n in names))
    items = box(
        b"ilst",
        box(b"\0\0\0\1", data_box("keyed 猫".encode())),
        box(b"\0\0\0\2", data_box(b'{"1": {}}')),
    )
    itunes = box(b"ilst", box(b"\xa9cmt", data_box("wide".encode("utf-16-be"), kind=2)))
    user = box(b"\xa9cmt", struct.pack(">HH", 5, 0x55C4), b"plain")
    for last in (True, False):
        content = video(
            box(b"meta", bytes(4), hdlr, keys, items),
            box(b"meta", bytes(4), itunes),
            user,
            last=last,
            more=box(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac"), XMP),
        )
        assert texts_of(content) == [
            ("MP4:Keys:comment", "keyed 猫"),
            ("MP4:Keys:prompt", '{"1": {}}'),
            ("MP4:ItemList:comment", "wide"),
            ("MP4:UserData:comment", "plain"),
            *((text.place, text.value) for text in XMP_TEXTS),
        ]


def test_tags_of_webm_are_read_also_behind_live_clusters():
    tag = element(0x67C8, element(0x45A3, b"comment"), element(0x4487, "猫".encode()))
    tags = element(0x1254C367, element(0x7373, tag))
    live = WHOLE["webm-live"]
    assert texts_of(live + tags) == [("WEBM:COMMENT", "猫")]


STEALTH = "a circle\nSteps: 20, Sampler: Euler a, Size: 9x9"


def stealthy(mark: str, *, alpha: bool) -> bytes:
    text = STEALTH.encode()
    body = gzip.compress(text) if mark.endswith("comp") else text
    hidden = mark.encode() + struct.pack(">I", len(body) * 8) + body
    bits = [byte >> shift & 1 for byte in hidden for shift in range(7, -1, -1)]
    image = picture(mode="RGBA" if alpha else "RGB")
    pixels = image.load()
    assert pixels is not None
    for x in range(image.width):
        for y in range(image.height):
            old = pixels[x, y]
            assert isinstance(old, tuple)
            count = 1 if alpha else 3
            new, bits = bits[:count], bits[count:]
            carried = old[3:] if alpha else old
            carried = tuple(v & ~1 | b for v, b in zip(carried, new + [0] * 3, strict=False))
            pixels[x, y] = old[:3] + carried if alpha else carried
    return encoded(image, "png")


@pytest.mark.parametrize(
    ("mark", "alpha"),
    [
        ("stealth_pnginfo", True),
        ("stealth_pngcomp", True),
        ("stealth_rgbinfo", False),
        ("stealth_rgbcomp", False),
    ],
)
def test_a_text_in_the_lowest_bits_is_found_only_when_asked_for(mark, alpha):
    content = stealthy(mark, alpha=alpha)
    assert read_embedded(content).texts == ()
    assert read_embedded(content, hidden=True).texts == (Text("stealth", STEALTH),)


def test_a_hidden_text_is_not_looked_for_where_another_is():
    whole = stealthy("stealth_pnginfo", alpha=True)
    content = whole[:33] + text_chunk(b"parameters", b"seen") + whole[33:]
    assert texts_of(content) == [("PNG:parameters", "seen")]
    assert read_embedded(content, hidden=True).text("stealth") is None


def test_text_bombs_are_left_out_and_the_rest_is_read():
    """RB-5, SE-12: 8 MiB each, 32 MiB in all."""
    bomb = png_chunk(b"zTXt", b"bomb\0\0" + zlib.compress(bytes(MOST_TEXT + 1)))
    large = png_chunk(b"zTXt", b"large\0\0" + zlib.compress(b"x" * (MOST_TEXT - 100_000)))
    found = read_embedded(png_with(bomb, text_chunk(b"a", b"b"), *[large] * 20))
    assert found.text("PNG:bomb") is None
    assert found.text("PNG:a") == "b"
    assert sum(len(text.value) for text in found.texts) <= MOST_IN_ALL
    assert len(found.text("PNG:large") or "") == MOST_TEXT - 100_000


@pytest.mark.parametrize(
    "packet",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
        + XMP.replace(b"<rdf:li>a", b"<rdf:li>&b;"),
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd">' + XMP,
        ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x []>' + XMP.decode()).encode(
            "utf-16"
        ),
        b"<a>" * 100_000,
        XMP[:-20],
        b'<?xml version="1.0" encoding="no-such"?>' + XMP,
    ],
    ids=["entities", "external", "utf-16", "nested", "cut", "encoding"],
)
def test_a_hostile_packet_has_no_texts_but_is_given_raw(packet):
    found = read_embedded(encoded(picture(), "webp", xmp=packet))
    assert found.texts == ()
    assert found.xmp == packet


def test_a_zero_byte_file_is_reported(tmp_path: Path):
    empty = tmp_path / "empty.png"
    empty.touch()
    with pytest.raises(BadMedia) as caught:
        read_embedded(empty)
    assert caught.value.code == "cut_short"


def test_what_is_no_media_is_reported():
    with pytest.raises(BadMedia) as caught:
        read_embedded(b"<svg/>" * 100)
    assert caught.value.code == "unknown_type"


def test_the_extension_does_not_matter(tmp_path: Path):
    path = tmp_path / "picture.png"
    path.write_bytes(jpeg_with(segment(0xFE, b"hello")))
    found = read_embedded(path)
    assert (found.format, found.text("JPEG:comment")) == ("jpeg", "hello")


def test_of_a_file_cut_short_everything_before_the_cut_is_read():
    content = png_with(text_chunk(b"parameters", b"here"))
    assert texts_of(content[:-30]) == [("PNG:parameters", "here")]
    with pytest.raises(BadMedia):
        read_embedded(png_of_size(3, 3)[:-14])


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_no_cut_and_no_changed_byte_brings_it_down(name):
    exif = build_exif(None, user_comment=INFOTEXT, texts={"Make": "m" * 50})
    base = name.partition("-")[0]
    whole = WHOLE[name]
    if base in ("jpeg", "webp", "avif", "png") and name == base:
        whole = encoded(picture(20, 20), base, exif=exif, xmp=XMP, icc_profile=ICC[:300])
    for at in range(0, len(whole), max(1, len(whole) // 150)):
        for damaged in (
            whole[:at],
            whole[:at] + b"\xff\xff\xff\xff" + whole[at + 4 :],
            whole[:at] + bytes(4) + whole[at + 4 :],
        ):
            with suppress(BadMedia):
                assert read_embedded(damaged, hidden=True).format


def test_a_video_of_gigabytes_is_not_read_whole(tmp_path: Path):
    """A sparse file: reading all of it would take minutes."""
    path = tmp_path / "large.mp4"
    begin = box(b"ftyp", b"isom", bytes(4), b"isomavc1") + struct.pack(
        ">I4sQ", 1, b"mdat", 2**40
    )
    end = video(box(b"\xa9cmt", struct.pack(">HH", 4, 0), b"last"))[24 + 5008 :]
    with path.open("wb") as file:
        file.write(begin)
        file.seek(24 + 2**40)
        file.write(end)
    assert read_embedded(path).texts == (Text("MP4:UserData:comment", "last"),)


def test_pillow_and_we_agree_on_what_pillow_wrote():
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x010D] = 'workflow:{"a": 1}', "prompt:{}", "title"
    exif.get_ifd(0x8769)[0x9286] = encode_user_comment(INFOTEXT)
    written = BytesIO()
    picture().save(written, "WEBP", exif=exif)
    assert texts_of(written.getvalue()) == [
        ("EXIF:DocumentName", "title"),
        ("EXIF:Make", 'workflow:{"a": 1}'),
        ("EXIF:Model", "prompt:{}"),
        ("EXIF:UserComment", INFOTEXT),
    ]


def test_a_signature_alone_is_cut_short():
    with pytest.raises(BadMedia, match="cut short"):
        read_embedded(PNG_SIGNATURE)
