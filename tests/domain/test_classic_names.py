"""Names of the classic layout: as people's libraries have them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artkeep.domain.artwork import Artwork, Kind
from artkeep.domain.classic_names import (
    classic_folders_of,
    classic_meta,
    classic_model_name,
    classic_sub_folder,
    classic_target_folder,
    clean,
    fit_classic_path,
)
from artkeep.domain.classic_text import text_beside, text_name
from artkeep.domain.naming import compare_key, is_reserved, utf16_length
from artkeep.domain.target import Target, TargetKind
from artkeep.errors import FileProblem
from artkeep.sites.civitai.parse import Context, parse_image

SAMPLES = Path(__file__).parent / "fixtures" / "classic"
ITEMS = json.loads((SAMPLES / "catalogue.json").read_text("utf-8"))["images"]


def artwork_of(item: dict[str, Any], **listed: str) -> Artwork:
    return parse_image(item, Context("https://civitai.com", None, **listed))


def with_meta(meta: object, **fields: Any) -> Artwork:
    return artwork_of({"id": 7, "type": "image", "meta": meta, **fields})


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Night: Market", "Night_ Market"),
        ("../..", "_"),
        ("C:\\Windows\\x", "C_Windows_x"),
        (".hidden", "hidden"),
        ("a__b", "a_b"),
        ("a%20b%2Bc%26d%2f", "a b+c&d%2f"),
        ("  x. ", "x"),
        ("", "_"),
        ("a, (b) [c] ~ $(d) & e 風景", "a, (b) [c] ~ $(d) & e 風景"),
        ("two\nlines\x7f", "two_lines"),
        ("a\u202eb\ud800c", "a_b_c"),
        ("CON", "CON_"),
        ("lpt1.txt", "lpt1.txt_"),
        ("nul.tar.gz", "nul.tar.gz_"),
    ],
)
def test_a_name_is_cleaned_as_it_always_was(text: str, name: str) -> None:
    assert clean(text) == name


def test_a_long_name_keeps_a_short_ending() -> None:
    assert clean("x" * 70 + ".safe", 60) == "x" * 55 + ".safe"
    assert clean("x" * 59 + "_tail", 60) == "x" * 59
    assert clean("風" * 100, 60) == "風" * 60


@given(st.text(max_size=400))
def test_any_text_makes_one_legal_name(text: str) -> None:
    """SE-8."""
    for name in (clean(text), clean(text, 60)):
        assert len(name.encode()) <= 250
        assert name.strip(" .") == name != ""
        assert not set(name) & set('<>:"/\\|?*\x00\x7f')
        assert not is_reserved(name)
        assert compare_key(name)
        name.encode("utf-8")


@pytest.mark.parametrize(
    ("kind", "value", "model_id", "folder"),
    [
        (TargetKind.USER, "lena_paints", None, "Username_Search/lena_paints"),
        (TargetKind.MODEL, "70", None, "Model_ID_Search/model_70"),
        (TargetKind.VERSION, "9002", None, "Model_Version_ID_Search/modelVersion_9002"),
        (TargetKind.MODEL_TAG, "sci fi", "70", "Model_Tag_Search/sci_fi/model_70"),
        (TargetKind.MODEL_TAG, "sci fi", None, "Model_Tag_Search/sci_fi"),
        (TargetKind.POST, "12", None, "Post_Search/12"),
    ],
)
def test_each_kind_of_target_has_its_folder(
    kind: TargetKind, value: str, model_id: str | None, folder: str
) -> None:
    assert classic_target_folder(Target("civitai", kind, value), model_id) == folder


@pytest.mark.parametrize(
    ("site_id", "folder", "name"),
    [
        (501, "Meadow Mix", "Meadow Mix"),
        (502, "Lantern v2", "Lantern v2"),
        (503, "invalid_metadata", None),
        (504, "no_metadata", None),
        (505, "videos", None),
        (506, "Night_ Market", "Night: Market"),
        (507, "Meadow Mix XL", "Meadow Mix XL"),
        (508, "Flux.1 D", "Flux.1 D"),
        (509, "videos", None),
    ],
)
def test_the_model_is_what_the_record_itself_says(
    site_id: int, folder: str, name: str | None
) -> None:
    """Not what the artwork was listed by."""
    (item,) = (item for item in ITEMS if item["id"] == site_id)
    artwork = artwork_of(item, version_id="9002", version_name="XL")
    assert classic_model_name(artwork) == name
    assert classic_sub_folder(artwork, artwork.kind) == folder


def test_what_counts_as_metadata() -> None:
    assert not classic_meta(with_meta({"id": 5, "meta": None}))
    assert not classic_meta(with_meta({}))
    assert not classic_meta(with_meta("a: b"))
    comfy = {"Size": "1x1", "comfy": "{}"}
    assert classic_meta(with_meta(comfy)) == comfy
    assert classic_meta(with_meta({"id": 5, "meta": {"seed": 1}})) == {"seed": 1}
    twice = {"meta": {"meta": {"seed": 1}}}
    assert classic_meta(with_meta(twice)) == twice["meta"]


def test_less_usual_names_of_models() -> None:
    assert classic_model_name(with_meta({"Model": ["a", "b"]})) == "['a', 'b']"
    assert classic_model_name(with_meta({"Model": " ", "seed": 1}, baseModel="Flux")) == "Flux"
    used = {"type": "checkpoint", "modelVersionId": 5}
    listed = artwork_of(
        {"id": 7, "meta": {"civitaiResources": [used]}, "baseModel": "Flux"},
        version_id="5",
        version_name="v5",
    )
    assert classic_model_name(listed) == "v5"
    resources = [{"type": "lora", "name": "Glow"}, {"type": "model", "name": "Mix"}]
    assert classic_model_name(with_meta({"resources": resources}, baseModel="Flux")) == "Mix"


@pytest.mark.parametrize("name", ["videos", "No_Metadata", "invalid_metadata"])
def test_a_model_with_the_name_of_another_folder_gets_one_of_its_own(name: str) -> None:
    assert classic_sub_folder(with_meta({"Model": name}), Kind.IMAGE) == f"{name}_"
    assert classic_sub_folder(with_meta({"Model": "unknown"}), Kind.IMAGE) == "invalid_metadata"


def test_every_folder_in_which_older_versions_left_a_file() -> None:
    found = classic_folders_of("u/lena", with_meta({"Model": "Mix"}))
    assert found[:2] == ["u/lena", "u/lena/Mix"]
    assert {"u/lena/no_meta_data", "u/lena/invalid_meta", "u/lena/videos"} <= set(found)


def test_a_long_path_shortens_the_models_folder_first() -> None:
    short = fit_classic_path("Username_Search/lena", "m" * 60, "501.png", 80)
    assert utf16_length(short) <= 80
    assert short.startswith("Username_Search/lena/mmm")
    assert short.endswith("/501.png")
    other = fit_classic_path("Username_Search/lena", "m" * 59 + "n", "501.png", 80)
    assert other != short, "a hash keeps names apart"
    tiny = fit_classic_path("Username_Search/" + "u" * 80, "m" * 60, "501.png", 60)
    assert utf16_length(tiny) <= 60
    assert tiny.endswith("/501.png")
    with pytest.raises(FileProblem):
        fit_classic_path("Username_Search/lena", "m", "501.png", 5)


@pytest.mark.parametrize(
    ("site_id", "sample"), [(501, "501_meta.txt"), (504, "504_no_meta.txt")]
)
def test_the_text_file_is_the_same_byte_for_byte(site_id: int, sample: str) -> None:
    (item,) = (item for item in ITEMS if item["id"] == site_id)
    artwork = artwork_of(item)
    assert text_name(f"{site_id}.png", artwork) == sample
    assert text_beside(artwork) == (SAMPLES / sample).read_bytes()


def test_a_text_file_names_the_model_that_was_found() -> None:
    (item,) = (item for item in ITEMS if item["id"] == 502)
    assert text_beside(artwork_of(item)).decode().startswith("Model: Lantern v2\nprompt: ")
    (urn,) = (item for item in ITEMS if item["id"] == 507)
    assert text_beside(artwork_of(urn)).decode().startswith("Model: urn:air:")


def test_values_are_written_in_pythons_words() -> None:
    meta = {
        "a": True,
        "b": 0.75,
        "c": None,
        "d": "two\nlines",
        "e": [],
        "meta": {"x": "\ud800"},
    }
    artwork = replace(with_meta(None), raw={"meta": {"meta": meta}})
    text = text_beside(artwork).decode()
    assert text == "a: True\nb: 0.75\nc: \nd: two\nlines\ne: []\nmeta: {'x': '\\ud800'}"
    bare = text_beside(with_meta({"prompt": "  ", "seed": None}, username=None)).decode()
    assert bare.endswith("images/7?username=unknown_user")
