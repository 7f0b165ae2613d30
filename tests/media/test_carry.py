"""What is written in a picture survives conversion, and the way back gives the same texts."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.media.converting import convert, converted, photo, png
from tests.media.samples import encoded, png_chunk

from artkeep.domain.artwork import Tag
from artkeep.domain.embedded import Embedded, Knowledge, Text
from artkeep.media.carry import carry, check_carried, texts_from_converted
from artkeep.media.convert_plan import ConvertPlan, knowledge_from_json, knowledge_to_json
from artkeep.media.embedded import read_embedded
from artkeep.media.refused import NotCarried
from artkeep.media.sniff import sniff
from artkeep.media.xmp_packet import DC, read_xmp

SAMPLES = Path(__file__).parents[1] / "fixtures" / "embedded-metadata"
INFOTEXT = "a cat, Ünïcode 猫 🐈\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, Seed: 1"
GRAPH = '{"1": {"class_type": "KSampler", "inputs": {"text": "\\u732b"}}}'
KNOWLEDGE = Knowledge(
    site="civitai",
    site_id="42",
    page_url="https://civitai.com/images/42",
    infotext="what we know better\nSteps: 30, Sampler: Euler, Seed: 2",
    tags=(Tag("fate/stay_night", score=3), Tag("猫"), Tag("a|b"), Tag('<&">')),
    author="lena",
    title="A cat",
    rating="pg",
    created_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
)
PLANES = "".join(chr(plane * 0x10000 + 0x4E2D) for plane in range(17))
HOSTILE = {
    "newline and option": "cat\n-Artist=x\n-execute\n",
    "shell": "${HOME} `id` $(id) <=secret",
    "every plane": PLANES,
    "control characters": "".join(map(chr, range(1, 32))) + "\x7f\x85\ufffe\uffff",
    "xml": "<?xml?><!DOCTYPE a [<!ENTITY b 'c'>]>&b;]]><x:xmpmeta>",
    "carriage returns": "a\r\nb\rc\u2028d",
    "json": '["PNG:parameters", null]',
    "begins with a dash": "-overwrite_original",
    "prompt in prompt": "Steps: 1\nNegative prompt: x\nNegative prompt: y\nSteps: 2",
    "200 KB": "猫 masterpiece, " * 13_000,
}


def back_to_png(part: Path) -> list[tuple[str, str]]:
    """Texts of a PNG made of a converted file, as Pillow writes and reads them."""
    texts = dict(texts_from_converted(read_embedded(part)))
    with Image.open(part) as image:
        again = read_embedded(png(image, texts))
    return [(t.place[4:], t.value) for t in again.texts if t.place.startswith("PNG:")]


def test_an_infotext_is_found_where_readers_look_for_it(tmp_path):
    image = converted(png(photo(), {"parameters": INFOTEXT}), "png", tmp_path)
    comment = image.getexif().get_ifd(0x8769)[0x9286]
    assert comment == b"UNICODE\0" + INFOTEXT.encode("utf-16-be")
    assert image.info["exif"][:4] == b"MM\0*"
    assert "xmp" not in image.info, "nothing had to be written twice"
    assert back_to_png(tmp_path / "part") == [("parameters", INFOTEXT)]


def test_a_graph_and_an_infotext_go_side_by_side(tmp_path):
    texts = {"parameters": INFOTEXT, "prompt": GRAPH, "workflow": '{"nodes": []}'}
    image = converted(png(photo(), texts), "png", tmp_path)
    exif = image.getexif()
    assert exif[0x0110] == f"prompt:{GRAPH}"
    assert exif[0x010F] == 'workflow:{"nodes": []}'
    assert read_embedded(tmp_path / "part").text("EXIF:UserComment") == INFOTEXT
    assert back_to_png(tmp_path / "part") == list(texts.items())


def test_a_graph_with_raw_letters_is_escaped_and_comes_back_as_it_was(tmp_path):
    graph = '{"text": "猫 🐈 é"}'
    image = converted(png(photo(), {"workflow": graph}), "png", tmp_path)
    assert image.getexif()[0x010F] == 'workflow:{"text": "\\u732b \\ud83d\\udc08 \\u00e9"}'
    assert back_to_png(tmp_path / "part") == [("workflow", graph)]


def test_a_prompt_that_is_no_graph_is_not_taken_for_one(tmp_path):
    image = converted(png(photo(), {"prompt": "a cat"}), "png", tmp_path)
    assert 0x0110 not in image.getexif()
    assert back_to_png(tmp_path / "part") == [("prompt", "a cat")]


def test_texts_of_other_programs_come_back_in_their_order(tmp_path):
    texts = {
        "Title": "NovelAI generated image",
        "workflow": '{"nodes": []}',
        "Software": "NovelAI",
        "parameters": INFOTEXT,
        "Comment": '{"steps": 28}',
    }
    convert(png(photo(), texts), "png", tmp_path)
    assert back_to_png(tmp_path / "part") == list(texts.items())


@pytest.mark.parametrize("name", ["webp", "avif"])
@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("keyword", ["parameters", "invokeai_metadata"])
def test_hostile_texts_are_carried_letter_by_letter(tmp_path, hostile, keyword, name):
    texts = {keyword: HOSTILE[hostile]}
    content = png(photo(), texts) + b""
    pad = png_chunk(b"paDd", bytes(2 * len(HOSTILE[hostile].encode()) + 99_999))
    content = content[:-12] + pad + content[-12:]  # so that the new file is smaller
    reply = convert(content, "png", tmp_path, ConvertPlan(format=name))
    assert "failed" not in reply, reply
    kept = [(t.place[4:], t.value) for t in read_embedded(content).texts]
    assert texts_from_converted(read_embedded(tmp_path / "part")) == kept


def test_every_sample_png_gives_its_texts_back():
    seen = 0
    for sample in sorted(SAMPLES.glob("*.png")):
        content = sample.read_bytes()
        if sniff(content[:4096]) is None:
            continue
        before = read_embedded(content)
        wanted = [(t.place[4:], t.value) for t in before.texts if t.place.startswith("PNG:")]
        if wanted:
            carried = carry(before, None, KNOWLEDGE)
            result = _as_written(carried.exif, carried.xmp)
            assert texts_from_converted(result) == wanted, sample.name
            seen += 1
    assert seen >= 10


def test_a_text_hidden_in_pixels_is_carried_before_it_is_lost(tmp_path):
    content = (SAMPLES / "sdparsers-a1111-stealth.png").read_bytes()
    hidden = read_embedded(content, hidden=True).text("stealth")
    assert hidden
    assert "Steps: " in hidden
    convert(content, "png", tmp_path)
    assert read_embedded(tmp_path / "part").text("EXIF:UserComment") == hidden


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["parameters", "prompt", "workflow", "Comment", "Title"]),
            text | text.map(lambda value: "{" + value) | st.just(""),
        ),
        max_size=6,
    )
)
def test_any_texts_in_any_order_come_back(texts):
    """Also the same keyword twice, and empty ones."""
    before = Embedded("png", tuple(Text(f"PNG:{key}", value) for key, value in texts))
    carried = carry(before, None, None)
    result = _as_written(carried.exif, carried.xmp)
    assert texts_from_converted(result) == texts
    check_carried(carried, result)


def _as_written(exif: bytes | None, xmp: bytes | None) -> Embedded:
    written = BytesIO()
    Image.new("RGB", (1, 1)).save(written, "WEBP", exif=exif or b"", xmp=xmp or b"")
    return read_embedded(written.getvalue())


def test_knowledge_is_written_and_read_back(tmp_path):
    reply = convert(png(photo(), {"parameters": INFOTEXT}), "png", tmp_path, None, KNOWLEDGE)
    assert {"keywords", "XMP", "EXIF:UserComment", "PNG:parameters"} <= set(reply["metadata"])
    after = read_embedded(tmp_path / "part")
    assert after.text("EXIF:UserComment") == KNOWLEDGE.infotext
    properties = read_xmp(after.xmp or b"")
    assert properties[f"{DC}subject"] == tuple(tag.name for tag in KNOWLEDGE.tags)
    assert properties[f"{DC}source"] == (KNOWLEDGE.page_url,)
    assert texts_from_converted(after) == [("parameters", INFOTEXT)], "the file's own stays"


def test_knowledge_travels_to_the_child():
    assert knowledge_from_json(knowledge_to_json(KNOWLEDGE)) == KNOWLEDGE
    assert knowledge_from_json(knowledge_to_json(None)) is None


def test_existing_exif_xmp_and_profile_are_carried_byte_for_byte(tmp_path):
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + "猫".encode("utf-16-be")
    exif.get_ifd(0x8825)[1] = "N"
    xmp = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/'
        b'22-rdf-syntax-ns#"><rdf:Description rdf:about=""/></rdf:RDF></x:xmpmeta>'
    )
    content = encoded(photo(), "jpeg", quality=97, exif=exif, xmp=xmp, icc_profile=b"p" * 300)
    image = converted(content, "jpeg", tmp_path)
    assert image.info["xmp"] == xmp
    assert image.info["icc_profile"] == b"p" * 300
    assert image.info["exif"] == read_embedded(content).exif


def test_a_comment_of_another_format_with_an_infotext_is_read_by_others_too(tmp_path):
    content = encoded(photo(), "jpeg", quality=97, comment=INFOTEXT.encode())
    convert(content, "jpeg", tmp_path)
    assert read_embedded(tmp_path / "part").text("EXIF:UserComment") == INFOTEXT


def test_a_text_that_cannot_be_read_keeps_the_file_from_conversion(tmp_path):
    whole = png(photo())
    for chunk in (png_chunk(b"zTXt", b"parameters\0\0not zlib"), png_chunk(b"tEXt", b"no end")):
        reply = convert(whole[:33] + chunk + whole[33:], "png", tmp_path)
        assert reply["code"] in ("metadata_not_kept", "damaged")


def test_malformed_xmp_is_kept_and_nothing_is_added_to_it(tmp_path):
    content = encoded(photo(), "jpeg", quality=97, xmp=b"<broken")
    assert converted(content, "jpeg", tmp_path).info["xmp"] == b"<broken"
    reply = convert(content, "jpeg", tmp_path, None, KNOWLEDGE)
    assert reply["code"] == "metadata_not_kept"


def test_everything_lost_on_the_way_is_found():
    icc = b"i" * 128
    before = Embedded("png", (Text("PNG:parameters", INFOTEXT), Text("PNG:Title", "t")))
    carried = carry(before, icc, KNOWLEDGE)
    whole = _as_written(carried.exif, carried.xmp)
    whole = Embedded("webp", whole.texts, carried.exif, carried.xmp, icc)
    assert len(check_carried(carried, whole)) >= 6
    for lost in (
        Embedded("webp", whole.texts, carried.exif, carried.xmp, None),
        Embedded("webp", whole.texts, carried.exif, None, icc),
        Embedded("webp", (), None, carried.xmp, icc),
    ):
        with pytest.raises(NotCarried):
            check_carried(carried, lost)


def test_a_strangers_nonsense_in_our_property_is_ignored():
    for value in ("nonsense", "[1]", '[["a"]]', "{}", "[" * 100_000, '[["PNG:a", 7]]'):
        packet = (
            '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/'
            '02/22-rdf-syntax-ns#"><rdf:Description xmlns:a="https://artkeep.invalid/ns/1.0/">'
            f"<a:texts>{value}</a:texts></rdf:Description></rdf:RDF></x:xmpmeta>"
        )
        texts = (Text("EXIF:UserComment", INFOTEXT),)
        found = texts_from_converted(Embedded("webp", texts, None, packet.encode()))
        assert found in ([("parameters", INFOTEXT)], [])
