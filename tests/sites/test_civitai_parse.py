"""Items of the listings, as columns."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artkeep.domain.artwork import Artwork, Group, Kind, Link, Tag
from artkeep.domain.rating import Rating
from artkeep.sites.civitai.parse import (
    Context,
    parse_image,
    parse_images,
    parse_post,
    parse_time,
    posts_of,
)

CONTEXT = Context("https://civitai.red")
LANDSCAPE_PROMPT = (
    "misty mountain valley at sunrise, pine forest, river, volumetric light,"
    " <lora:misty-valley:0.8>"
)


def parse_one(**fields) -> Artwork:
    return parse_image({"id": 7, **fields}, CONTEXT)


@pytest.fixture
def first_page(load_fixture):
    artworks, rejects = parse_images(
        load_fixture("civitai/images_page_first.json")["items"], CONTEXT
    )
    assert rejects == ()
    return {artwork.site_id: artwork for artwork in artworks}


def test_an_ordinary_picture_fills_every_column(first_page, load_fixture):
    item = load_fixture("civitai/images_page_first.json")["items"][0]
    assert first_page["100000008"] == Artwork(
        site="civitai",
        site_id="100000008",
        kind=Kind.IMAGE,
        page_url="https://civitai.red/images/100000008",
        media_url=item["url"],
        author="sample_artist_a",
        rating=Rating.PG,
        posted_at=datetime(2026, 7, 30, 9, 15, 27, 341000, UTC),
        width=832,
        height=1216,
        model="sampleLandscapeXL_v10",
        base_model="SDXL 1.0",
        prompt=LANDSCAPE_PROMPT,
        negative_prompt="lowres, blurry, watermark",
        seed="2944604798",
        generation=item["meta"],
        blurhash="UeF~kjRjayof~qWBj[ay?bWBayj[ofayj[ay",
        group_id="90000001",
        tags=(
            Tag("landscape", site_tag_id="5248"),
            Tag("mountain", site_tag_id="8449"),
            Tag("outdoors", site_tag_id="111839"),
            Tag("sky", site_tag_id="112019"),
            Tag("tree", site_tag_id="116352"),
            Tag("no humans", site_tag_id="120250"),
        ),
        raw=item,
    )


def test_an_on_site_picture_is_named_by_its_checkpoint(first_page):
    teapot = first_page["100000007"]
    assert (teapot.model, teapot.version_name, teapot.version_id) == ("v1.0", "v1.0", "345685")
    assert teapot.negative_prompt is None
    assert teapot.seed == "1938345220"


def test_a_hidden_meta_leaves_the_columns_empty(first_page):
    hidden = first_page["100000006"]
    assert hidden.generation is None
    assert (hidden.model, hidden.base_model, hidden.prompt) == (None, None, None)
    assert hidden.tags == ()


def test_a_video_without_meta_has_a_base_model_but_no_model(first_page):
    video = first_page["100000005"]
    assert video.kind is Kind.VIDEO
    assert (video.base_model, video.model) == ("Wan Video 2.2 T2V-A14B", None)
    assert (video.width, video.height) == (1080, 1920)


def test_comfy_text_is_kept_as_it_is(first_page):
    abstract = first_page["100000004"]
    assert abstract.generation is not None
    assert abstract.generation["comfy"].endswith('"workflow": undefined}')
    assert abstract.model == "Chroma"  # nothing in meta names one
    assert abstract.seed == "3971715163"


def test_wrong_types_in_meta_cost_nothing(first_page):
    lighthouse = first_page["100000003"]
    assert lighthouse.prompt == "a lighthouse on a cliff, storm clouds"
    assert lighthouse.model == "{'basil_mix_7': '3mix'}"
    assert lighthouse.seed == "1215293932"
    assert lighthouse.generation is not None
    assert lighthouse.generation[""] == "unnamed key"


def test_a_remix_links_to_what_it_was_made_from(first_page):
    fox = first_page["100000002"]
    assert fox.links == (Link("remix_of", "100000001"),)
    assert fox.rating is Rating.PG13
    assert (fox.kind, fox.model, fox.base_model) == (Kind.VIDEO, None, None)


def test_an_item_with_hardly_anything_is_still_an_artwork(first_page):
    bare = first_page["100000001"]
    assert (bare.width, bare.height, bare.generation, bare.base_model) == (None,) * 4
    assert bare.posted_at == datetime(2026, 7, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("images_page_short_with_cursor", ["100000006", "100000005"]),
        ("images_page_last", ["99999999"]),
        ("images_page_empty", []),
        ("images_page_empty_with_cursor", []),
        ("images_page_mode", ["100000008", "100000007", "100000006"]),
        ("images_without_withmeta", ["100000008", "100000007", "100000006"]),
        ("images_by_model_id_legacy", ["100000008", "100000007", "100000006", "100000005"]),
        ("images_by_image_id", ["100000008"]),
        ("images_by_image_id_flat", ["100000008"]),
    ],
)
def test_every_page_gives_each_picture_once(load_fixture, name, ids):
    artworks, rejects = parse_images(load_fixture(f"civitai/{name}.json")["items"], CONTEXT)
    assert [artwork.site_id for artwork in artworks] == ids
    assert rejects == ()


def test_wrapped_and_flat_meta_fill_the_same_columns(load_fixture):
    pages = ("images_by_image_id", "images_by_image_id_flat")
    wrapped, flat = (
        parse_image(load_fixture(f"civitai/{name}.json")["items"][0], CONTEXT) for name in pages
    )
    assert wrapped.generation == flat.generation
    assert (wrapped.prompt, wrapped.model) == (LANDSCAPE_PROMPT, "sampleLandscapeXL_v10")


def test_a_wrapped_null_is_no_meta(load_fixture):
    items = load_fixture("civitai/images_by_model_id_legacy.json")["items"]
    assert parse_image(items[2], CONTEXT).generation is None


def test_a_single_version_is_taken_and_several_are_not(load_fixture):
    last = load_fixture("civitai/images_page_last.json")["items"][0]
    assert parse_image(last, CONTEXT).version_id == "345685"
    first = load_fixture("civitai/images_page_first.json")["items"][0]
    assert parse_image(first, CONTEXT).version_id is None


def test_a_versions_listing_names_what_its_items_lack():
    context = Context("https://civitai.red", version_id="910002", version_name="v2")
    plain = parse_image({"id": 7, "modelVersionIds": [1, 910002]}, context)
    assert (plain.version_id, plain.version_name, plain.model) == ("910002", "v2", None)
    resources = [{"type": "checkpoint", "modelVersionId": 5}]
    own = parse_image({"id": 7, "meta": {"civitaiResources": resources}}, context)
    assert (own.version_id, own.version_name) == ("5", None)


def test_the_pages_own_listing_reads_alike(load_fixture):
    reply = load_fixture("civitai/trpc_image_get_infinite_first.json")
    (picture, video), _ = parse_images(reply["result"]["data"]["json"]["items"], CONTEXT)
    uuid = "1a2b3c41-5d6e-4f70-8a9b-0c1d2e3f4001"
    root = "https://image.civitai.com/xG1nkqKTMzGDvpLrqFT7WA"
    assert picture.media_url == f"{root}/{uuid}/original=true/{uuid}.jpeg"
    assert (picture.author, picture.author_id) == ("sample_artist_a", "4021")
    assert picture.rating is Rating.PG
    assert picture.posted_at == datetime(2026, 7, 30, 9, 16, tzinfo=UTC)
    assert (picture.group_id, picture.position) == ("90000001", 0)
    assert picture.version_id == "345685"
    assert video.kind is Kind.VIDEO
    assert video.media_url is not None
    assert video.media_url.endswith(".mp4")


@pytest.mark.parametrize("name", ["last", "post"])
def test_the_other_pages_of_that_listing_read_too(load_fixture, name):
    reply = load_fixture(f"civitai/trpc_image_get_infinite_{name}.json")
    artworks, rejects = parse_images(reply["result"]["data"]["json"]["items"], CONTEXT)
    assert rejects == ()
    assert artworks[-1].site_id == "100000007"


def test_generation_data_beside_an_item_fills_its_columns(load_fixture):
    item = load_fixture("civitai/trpc_image_get.json")["result"]["data"]["json"]
    reply = load_fixture("civitai/trpc_image_generation_data.json")["result"]["data"]["json"]
    artwork = parse_image({**item, "generationData": reply}, CONTEXT)
    assert artwork.prompt == LANDSCAPE_PROMPT
    assert artwork.model == "sampleLandscapeXL_v10"
    assert (artwork.version_id, artwork.version_name) == ("345685", "v1.0")


def test_hidden_generation_data_still_tells_the_version(load_fixture):
    item = load_fixture("civitai/trpc_image_get_video.json")["result"]["data"]["json"]
    reply = load_fixture("civitai/trpc_image_generation_data_hidden.json")
    told = reply["result"]["data"]["json"]
    artwork = parse_image({**item, "generationData": told}, CONTEXT)
    assert artwork.generation is None
    assert (artwork.model, artwork.version_id) == (None, "345685")
    assert artwork.kind is Kind.VIDEO


def test_a_post_becomes_a_group(load_fixture):
    post = load_fixture("civitai/trpc_post_get.json")["result"]["data"]["json"]
    assert parse_post(post, "90000001", "https://civitai.red") == Group(
        site="civitai",
        site_id="90000001",
        title="Misty mornings",
        page_url="https://civitai.red/posts/90000001",
        author="sample_artist_a",
        posted_at=datetime(2026, 7, 30, 9, 16, tzinfo=UTC),
        raw=post,
    )


def test_the_posts_of_a_page_are_named_once(first_page):
    posts = posts_of(first_page.values(), "https://civitai.red")
    assert len(posts) == 6
    assert posts[0].page_url == "https://civitai.red/posts/90000001"


@pytest.mark.parametrize(
    ("fields", "rating"),
    [
        ({"browsingLevel": 1}, Rating.PG),
        ({"browsingLevel": 16, "nsfwLevel": "X"}, Rating.XXX),
        ({"browsingLevel": 0, "nsfwLevel": "None"}, None),  # not rated yet
        ({"browsingLevel": 32, "nsfwLevel": "Blocked"}, None),
        ({"nsfwLevel": "None"}, Rating.PG),
        ({"nsfwLevel": "Soft"}, Rating.PG13),
        ({"nsfwLevel": "Mature"}, Rating.R),
        ({"nsfwLevel": "X"}, Rating.X),
        ({"nsfwLevel": "Blocked"}, None),
        ({"nsfwLevel": 8}, Rating.X),
        ({"browsingLevel": True, "nsfwLevel": []}, None),
        ({}, None),
    ],
)
def test_the_level_bit_comes_before_the_old_word(fields, rating):
    assert parse_one(**fields).rating is rating


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({}, Kind.IMAGE),
        ({"type": "video"}, Kind.VIDEO),
        ({"url": "https://x.test/a.MP4?b"}, Kind.VIDEO),
        ({"url": "https://x.test/a.webm", "type": "image"}, Kind.IMAGE),
        ({"type": "hologram", "url": "http://[::1"}, Kind.IMAGE),
        ({"type": 5, "url": 6}, Kind.IMAGE),
    ],
)
def test_the_kind_is_the_sites_word_or_the_extension(fields, kind):
    assert parse_one(**fields).kind is kind


@pytest.mark.parametrize("fields", [{"type": "audio"}, {"url": "https://x.test/a.mp3"}])
def test_sound_is_rejected_by_name(fields):
    artworks, rejects = parse_images([{"id": 7, **fields}], CONTEXT)
    assert artworks == ()
    assert [(reject.reason, reject.site_id) for reject in rejects] == [("audio", "7")]


@pytest.mark.parametrize("value", [None, True, 0, -5, 1.5, "", "  ", [], {}, "x" * 200])
def test_an_item_without_a_usable_id_is_one_reject(value):
    artworks, rejects = parse_images([{"id": value}, {"id": 8}], CONTEXT)
    assert [artwork.site_id for artwork in artworks] == ["8"]
    assert [reject.reason for reject in rejects] == ["unreadable_item"]


@pytest.mark.parametrize(
    ("value", "site_id"), [("0012", "12"), (12.0, "12"), ("../etc", "../etc"), ("a b", "a b")]
)
def test_an_odd_id_is_kept_and_cannot_leave_its_page(value, site_id):
    artwork = parse_image({"id": value}, CONTEXT)
    assert artwork.site_id == site_id
    assert artwork.page_url.count("/") == 4
    assert " " not in artwork.page_url


@pytest.mark.parametrize("row", [None, 5, "text", [], [[1]]])
def test_what_is_no_object_is_a_reject(row):
    artworks, rejects = parse_images([row, {"id": 8}], CONTEXT)
    assert len(artworks) == 1
    assert [reject.reason for reject in rejects] == ["not_an_object"]


def test_bottomless_nesting_costs_neither_page_nor_item():
    deep: object = "x"
    for _ in range(900):
        deep = [deep]
    artworks, rejects = parse_images(
        [{"id": 1, "meta": {"prompt": deep, "Model": deep}}, {"id": deep}, deep, {"id": 2}],
        CONTEXT,
    )
    assert [artwork.site_id for artwork in artworks] == ["1", "2"]
    assert len(rejects) == 2
    assert json.dumps(artworks[0].raw)


@pytest.mark.parametrize("value", [0, -1, 1_000_000, 8.5, "832", True, None, 10**30])
def test_an_impossible_size_is_unknown(value):
    assert parse_one(width=value).width is None


@pytest.mark.parametrize(
    ("value", "time"),
    [
        ("2026-07-30T09:15:27Z", datetime(2026, 7, 30, 9, 15, 27, tzinfo=UTC)),
        ("2026-07-30T09:15:27", datetime(2026, 7, 30, 9, 15, 27, tzinfo=UTC)),
        ("2026-07-30T09:15:27+02:00", datetime(2026, 7, 30, 7, 15, 27, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("yesterday", None),
        ("", None),
        (1785024000000, None),
        (None, None),
    ],
)
def test_odd_dates_are_unknown(value, time):
    assert parse_time(value) == time


def test_the_feeds_word_for_nobody_is_no_author():
    assert parse_one(username="unknown").author is None
    named = Context("https://civitai.red", author="lena")
    assert parse_image({"id": 7, "username": "unknown"}, named).author == "lena"


def test_odd_tags_are_left_out_and_double_ones_merged():
    rows = [
        {"id": 1, "name": "Sky"},
        {"id": 2, "name": "sky"},
        {"name": ""},
        {"id": 3},
        "x",
        None,
    ]
    assert parse_one(tags=rows).tags == (Tag("Sky", site_tag_id="1"),)
    assert parse_one(tags={"a": 1}).tags == ()


def test_an_odd_id_of_a_tag_is_no_id_whatever_came_before():
    name = "n" * 5_000
    for odd in (True, [1], {"id": 1}, 0, -1, "x", None):
        rows = [{"id": 1, "name": "sky"}]
        assert parse_one(tags=rows).tags == (Tag("sky", site_tag_id="1"),)
        rows = [{"id": odd, "name": "sky"}, {"id": odd, "name": name}]
        assert parse_one(tags=rows).tags == (Tag("sky"), Tag(name))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
_KEYS = st.sampled_from(
    [
        *("id", "url", "hash", "width", "height", "nsfwLevel", "browsingLevel", "type"),
        *("createdAt", "publishedAt", "postId", "meta", "username", "user", "userId"),
        *("baseModel", "modelVersionIds", "tags", "index", "remixOfId", "generationData"),
    ]
)
_META_KEYS = st.sampled_from(
    [
        *("id", "meta", "prompt", "negativePrompt", "seed", "Model", "civitaiResources"),
        *("resources", "extra", "type", "modelVersionId", "modelVersionName", "remixOfId"),
    ]
)
_META = st.dictionaries(_META_KEYS, _JSON | st.dictionaries(_META_KEYS, _JSON), max_size=6)
_ROWS = st.dictionaries(_KEYS, _JSON | _META | st.sampled_from(["audio", "video"]), max_size=10)


@given(st.lists(_ROWS | _JSON, max_size=5))
def test_no_item_whatever_breaks_a_page(rows):
    artworks, rejects = parse_images(rows, CONTEXT)
    assert len(artworks) + len(rejects) <= len(rows)
    for artwork in artworks:
        assert artwork.site_id
        assert json.dumps(artwork.generation, allow_nan=False) is not None
        for text in (artwork.prompt, artwork.model, artwork.seed, artwork.author):
            assert text is None or (text.encode() and "\0" not in text)
