"""Captions for training: how tags are spelt, ordered and left out."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artkeep.domain.artwork import Artwork, Kind, Tag
from artkeep.domain.caption_rules import CaptionRules
from artkeep.domain.captions import caption_of, merged, tag_words
from artkeep.domain.rating import Rating
from artkeep.errors import UsageError

POST = Artwork(
    site="danbooru",
    site_id="7",
    kind=Kind.IMAGE,
    page_url="https://danbooru.donmai.us/posts/7",
    rating=Rating.PG13,
    model="noob xl",
    prompt="a girl under\n a tree, <lora:soft_light:0.8> evening",
    tags=(
        Tag("blue_hair", "general"),
        Tag("1girl", "general"),
        Tag("some_painter", "artist"),
        Tag("hifumi_(blue_archive)", "character"),
        Tag("blue_archive", "copyright"),
        Tag(">_<", "general"),
        Tag(":3", "general"),
        Tag("solo", "general"),
        Tag("highres", "meta"),
        Tag("translation_request", "general"),
    ),
)
DEFAULT = CaptionRules()


def test_the_usual_caption_counts_first_then_by_category_without_what_is_about_the_upload():
    assert caption_of(POST, DEFAULT) == (
        "1girl, solo, hifumi (blue archive), blue archive, some painter, blue hair, >_<, :3"
    )


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"order": "site", "max_tags": 3}, "blue hair, 1girl, some painter"),
        ({"order": "alphabetical", "max_tags": 3}, "1girl, :3, >_<"),
        ({"order": "character counts"}, "hifumi (blue archive), 1girl, solo"),
        (
            {"order": "trigger first ||| counts", "trigger": "hfm", "first": ("BLUE HAIR",)},
            "hfm, blue hair ||| 1girl, solo",
        ),
        (
            {"order": "counts character", "escape": True, "spaces": False},
            r"1girl, solo, hifumi_\(blue_archive\)",
        ),
        (
            {"order": "counts meta", "keep": ("high*", "translation_request")},
            "1girl, solo, highres",
        ),
        (
            {
                "order": "counts copyright",
                "drop": ("solo",),
                "max_tags": 1,
                "keep": ("blue_*",),
            },
            "blue archive",
        ),
        (
            {"order": "counts", "replace": (("1girl", "one_girl"), ("solo", ""))},
            "one girl",
        ),
        (
            {
                "order": "tags trigger",
                "replace": (("1girl", ""), ("solo", "")),
                "drop": ("*_*",),
            },
            ":3",
        ),
        (
            {"order": "counts general", "replace": (("1girl", "a_girl,_young"), ("solo", ""))},
            "a girl young, blue hair, >_<, :3",
        ),
        (
            {"order": "trigger counts rating model suffix", "trigger": "Solo, hfm"}
            | {"rating": True, "model": True, "suffix": "masterpiece"},
            "Solo, hfm, 1girl, sensitive, noob xl, masterpiece",
        ),
        (
            {"source": "prompt", "trigger": "hfm"},
            "hfm, a girl under a tree, evening",
        ),
    ],
)
def test_each_rule(rules: dict[str, object], expected: str):
    artwork = replace(POST, prompt=None, title=None) if "replace" in rules else POST
    made = CaptionRules.from_json(rules)
    assert caption_of(artwork, made) == expected
    assert CaptionRules.from_json(made.to_json()) == made
    assert made.digest != DEFAULT.digest


def test_votes_count_where_there_are_any():
    tags = (Tag("dog", score=-2), Tag("cat", score=4), Tag("grass"))
    rules = CaptionRules(min_score=1)
    assert caption_of(replace(POST, tags=tags), rules) == "cat, grass"


def test_without_tags_the_prompt_and_without_that_the_title_stands_in():
    bare = replace(POST, tags=())
    assert caption_of(bare, DEFAULT) == "a girl under a tree, evening"
    assert caption_of(replace(bare, prompt=" \n", title="My, dog_"), DEFAULT) == "My dog"
    assert caption_of(replace(bare, prompt=None), DEFAULT) == "untagged"


@pytest.mark.parametrize(
    "face", ["<o>_<o>", "<|>_<|>", "^_^", ";_;", ":3", ":>=", ">:(", "u_u"]
)
def test_a_face_is_never_spelt_otherwise(face: str):
    assert tag_words(face, CaptionRules(escape=True)) == face


def test_what_is_merged_keeps_what_stands_there_and_adds_what_is_new():
    by_hand = "my girl, hifumi \\(blue archive\\), SOLO,\nanother caption"
    made = "trigger ||| 1girl, solo, hifumi (blue archive)"
    assert merged(by_hand, made) == (
        "my girl, hifumi \\(blue archive\\), SOLO, trigger, 1girl\nanother caption"
    )
    assert merged("", "1girl") == "1girl"
    assert merged(merged(by_hand, made), made) == merged(by_hand, made)


def test_rules_that_make_no_caption_are_refused():
    with pytest.raises(UsageError):
        CaptionRules(source="dream")
    with pytest.raises(UsageError):
        CaptionRules(order=" , ")


names = st.one_of(
    st.text(max_size=20), st.sampled_from(["a_(b)", r"a_\(b\)", "|||", ",", "\n"])
)
artworks = st.builds(
    lambda tags, prompt, title: replace(POST, tags=tuple(tags), prompt=prompt, title=title),
    st.lists(st.builds(Tag, names, st.sampled_from(["", "meta", "artist"])), max_size=6),
    st.none() | st.text(max_size=20),
    st.none() | names,
)
rules = st.builds(
    CaptionRules,
    source=st.sampled_from(["tags", "prompt"]),
    order=st.sampled_from(["category", "site", "alphabetical", "trigger ||| artist", "meta"]),
    trigger=st.text(max_size=8),
    keep=st.lists(names, max_size=2).map(tuple),
    drop=st.lists(names, max_size=2).map(tuple),
    replace=st.lists(st.tuples(names, names), max_size=2).map(tuple),
    max_tags=st.none() | st.integers(0, 3),
    escape=st.booleans(),
    rating=st.booleans(),
)


@given(artworks, rules)
def test_a_caption_is_one_line_and_never_empty_and_always_the_same(
    artwork: Artwork, rules: CaptionRules
):
    made = caption_of(artwork, rules)
    assert made.strip() == made != ""
    assert len(made.splitlines()) == 1
    assert made.encode().decode() == made
    assert caption_of(artwork, rules) == made


@given(names)
def test_brackets_are_never_escaped_twice(name: str):
    escaped = tag_words(name, CaptionRules(escape=True))
    assert tag_words(escaped, CaptionRules(escape=True)) == escaped
    assert "," not in escaped
    plain = re.sub(r"\\([()])", r"\1", escaped)
    assert plain == re.sub(r"\\([()])", r"\1", tag_words(name, CaptionRules()))
