"""The text of EXIF's UserComment, whoever wrote it."""

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artkeep.domain.user_comment import decode_user_comment, encode_user_comment

TEXTS = [
    "photo of a duck\nSteps: 15, Seed: 1",
    "cat",
    "Straße, Øl, ñandú",
    "初音ミクのポートレート",
    "一二三四五六七八九十",
    "一",
    "😀😀😀",
    "😀x😀",
    "\U000e0041\U0010fffd a",
    "a\n\tb",
    "",
]


@pytest.mark.parametrize("text", TEXTS)
def test_what_we_write_comes_back(text):
    written = encode_user_comment(text)
    assert written.startswith(b"UNICODE\0")
    assert not written[8:].startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE))
    assert decode_user_comment(written, is_big_endian=True) == text


@settings(max_examples=500, deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"])).map(lambda text: text.strip("\0\ufeff"))
)
def test_any_prompt_with_parameters_comes_back(prompt):
    text = f"{prompt}\nNegative prompt: b\nSteps: 20, Sampler: Euler a, Seed: 42"
    assert decode_user_comment(encode_user_comment(text), is_big_endian=True) == text


@pytest.mark.parametrize("is_big", [True, False, None])
@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-16-le"])
def test_the_text_tells_its_byte_order_when_the_block_tells_another(encoding, is_big):
    text = "初音ミク, テスト\nNegative prompt: x\nSteps: 20, Seed: 1"
    data = b"UNICODE\0" + text.encode(encoding)
    assert decode_user_comment(data, is_big_endian=is_big) == text


@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-16-le"])
def test_wide_characters_alone_are_read_as_the_block_says(encoding):
    text = "初音ミクのポートレート。美麗な"
    data = b"UNICODE\0" + text.encode(encoding)
    assert decode_user_comment(data, is_big_endian=encoding.endswith("be")) == text
    assert decode_user_comment(data, is_big_endian=not encoding.endswith("be")) == text


@pytest.mark.parametrize("bom", [codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE])
def test_a_byte_order_mark_decides(bom):
    encoding = "utf-16-be" if bom == codecs.BOM_UTF16_BE else "utf-16-le"
    data = b"UNICODE\0" + bom + "初音".encode(encoding)
    assert decode_user_comment(data, is_big_endian=None) == "初音"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"ASCII\0\0\0a cat\0\0", "a cat"),
        (b"ASCII\0\0\0" + "é初".encode(), "é初"),
        (b"\0" * 8 + b"a cat", "a cat"),
        (b"UTF8\0\0\0\0" + "é".encode(), "é"),
        (b"JIS\0\0\0\0\0" + "初音".encode("iso2022_jp"), "初音"),
        (b'{"prompt":{}}\0', '{"prompt":{}}'),
        ("é初".encode(), "é初"),
        (b"caf\xe9", "café"),
        (b"", ""),
        (b"UNI", "UNI"),
        (b"UNICODE\0", ""),
        (b"UNICODE\0\0a\0b\0\0\0\0\0\0", "ab"),
        (b"UNICODE\0a\0b\0\0\0\0\0", "ab"),
        (b"UNICODE\0\0a\0b\0", "ab"),
        (b"ASCII\0\0\0\0a\0 \0c\0a\0t", "a cat"),
    ],
)
def test_other_prefixes_and_paddings_are_read(data, text):
    assert decode_user_comment(data, is_big_endian=None) == text


def test_lone_surrogates_are_replaced():
    written = encode_user_comment("a\ud800b")
    assert decode_user_comment(written, is_big_endian=True) == "a\ufffdb"


@settings(max_examples=200, deadline=None)
@given(st.binary(), st.sampled_from([b"", b"UNICODE\0", b"ASCII\0\0\0"]), st.booleans())
def test_no_bytes_are_too_strange(data, prefix, is_big):
    assert isinstance(decode_user_comment(prefix + data, is_big_endian=is_big), str)
