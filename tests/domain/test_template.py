"""Name templates: what they mean, their mistakes, and that any artwork gets a legal path."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artkeep.domain.artwork import Artwork, Kind
from artkeep.domain.naming import FileFacts, compare_key, is_reserved, utf16_length
from artkeep.domain.rating import Rating
from artkeep.domain.template import BadTemplate, parse_template
from artkeep.domain.template_fields import FIELDS

DOCS = Path(__file__).parents[2] / "docs" / "names.md"
ARTWORK = Artwork(
    "civitai",
    "123",
    Kind.IMAGE,
    "",
    author="lena/paints",
    author_id="77",
    title="Harbour: dawn",
    rating=Rating.PG13,
    posted_at=datetime(2026, 5, 31, 14, 2, 9, tzinfo=UTC),
    model="Aurora",
    version_id="9",
    version_name="v2",
    seed="42",
    group_id="500",
    position=3,
    width=832,
    height=1216,
)
FACTS = FileFacts(Kind.IMAGE, "png", sha256="0123456789abcdef" * 4, group_title="A post")
BARE = Artwork("civitai", "5", Kind.VIDEO, "")


def path(template: str, artwork: Artwork = ARTWORK, suffix: int = 0, room: int = 200) -> str:
    return parse_template(template).path(artwork, FACTS, suffix, room)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{author}/{id}", "lena_paints/123.png"),
        ("{author}/{id}.{ext}", "lena_paints/123.png"),
        ("{ext}/{id}", "png/123.png"),
        ("{year}/{year}-{month}/{date}_{time} {id}", "2026/2026-05/2026-05-31_140209 123.png"),
        ("{kind}/{sfw}/{model_version}/{id}", "Images/SFW/Aurora v2/123.png"),
        ("{title}", "Harbour_ dawn.png"),
        ("{title:7}", "Harbour.png"),
        ("{title:8} x", "Harbour_ x.png"),
        ("{base_model|model}", "Aurora.png"),
        ("{base_model|none}/{id}", "none/123.png"),
        ("{base_model|prompt|no words}/{id}", "no words/123.png"),
        ("{base_model}/{id}", "unknown_model/123.png"),
        ("{{{group}}}_{position}", "{500}_3.png"),
        ("{group_title}/{hash8}", "A post/01234567.png"),
        ("plain", "plain.png"),
    ],
)
def test_a_template_means(template: str, expected: str) -> None:
    assert path(template) == expected


def test_what_is_not_known_has_a_word_for_it() -> None:
    assert path("{author}/{date}_{title}_{id}", BARE) == "unknown_author/undated_untitled_5.png"
    assert path("{rating}/{sfw}/{id}", BARE) == "unrated/NSFW/5.png"


def test_further_names_have_a_number_and_the_extension_stays() -> None:
    assert path("{author}", suffix=1) == "lena_paints (2).png"
    assert path("{title}." + "x" * 300, suffix=2).endswith(" (3).png")


@pytest.mark.parametrize(
    ("template", "is_unique"),
    [
        ("{id}", True),
        ("{author}/{hash8}", True),
        ("{title}", False),
        ("{id:3}", False),
        ("{title|id}", False),
        ("{group}_{position}", False),
    ],
)
def test_a_template_knows_whether_names_keep_artworks_apart(
    template: str, is_unique: bool
) -> None:
    assert parse_template(template).is_unique is is_unique


@pytest.mark.parametrize(
    ("template", "position", "words"),
    [
        ("{id}/{autor}", 6, "Did you mean {author}?"),
        ("{ID}", 1, "Did you mean {id}?"),
        ("{zzzzzz}", 1, "Fields are site, id"),
        ("{id", 0, "never closed"),
        ("id}", 2, "closes nothing"),
        ("a\\b", 1, "Part folders with /"),
        ("", 0, "A name is missing"),
        ("/{id}", 0, "A name is missing"),
        ("a//b", 2, "A name is missing"),
        ("{id}/", 5, "A name is missing"),
        ("{id}/../x", 5, "is not a name"),
        ("{title:0}", 1, "cut to nothing"),
        ("a/" * 14 + "b", 24, "too many folders"),
        ("x" * 501, 500, "at most 500"),
    ],
)
def test_a_mistake_names_its_place_and_the_way_out(
    template: str, position: int, words: str
) -> None:
    with pytest.raises(BadTemplate) as raised:
        parse_template(template)
    assert raised.value.position == position
    assert f"(character {position + 1})." in str(raised.value)
    assert words in str(raised.value)


texts = st.none() | st.text(max_size=300)
artworks = st.builds(
    Artwork,
    site=st.text(max_size=20),
    site_id=st.text(min_size=1, max_size=200),
    kind=st.sampled_from(Kind),
    page_url=st.just(""),
    author=texts,
    author_id=texts,
    title=texts
    | st.sampled_from(["..", "CON", "con.txt", "a/../b", "-rf", "LPT¹", "x. ", "\u202e"]),
    rating=st.none() | st.sampled_from(Rating),
    posted_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    model=texts,
    version_name=texts,
    base_model=texts,
    prompt=texts,
    seed=texts,
    group_id=texts,
    position=st.none() | st.integers(),
)
pieces = st.sampled_from(
    [*(f"{{{field.name}}}" for field in FIELDS), "{title:9|author}", " - ", "."]
)
templates = st.lists(
    st.lists(pieces, min_size=1, max_size=4).map("".join), min_size=1, max_size=5
)


@given(artworks, templates.map("/".join), st.integers(0, 3), st.integers(60, 240))
def test_any_artwork_gets_a_legal_path_below_the_library(
    artwork: Artwork, template: str, suffix: int, room: int
) -> None:
    try:
        parsed = parse_template(template)
    except BadTemplate:
        return  # such as a name of dots only
    found = parsed.path(artwork, FACTS, suffix, room)

    assert utf16_length(found) <= room
    assert found.endswith(".png")
    assert compare_key(found).count("/") == found.count("/")
    for name in found.split("/"):
        assert name not in ("", ".", "..")
        assert not set(name) & set('<>:"\\|?*\0')
        assert name[0] not in ".-~ "
        assert name[-1] not in ". "
        assert not is_reserved(name)
        assert len(name.encode()) <= 220
    assert parsed.path(artwork, FACTS, suffix, room) == found
    assert compare_key(parsed.path(artwork, FACTS, suffix + 1, room)) != compare_key(found)


def test_the_docs_list_every_field_and_no_other() -> None:
    rows = [
        line.split("|")[1].strip()
        for line in DOCS.read_text("utf-8").splitlines()
        if line.startswith("| `{")
    ]
    assert rows == [f"`{{{field.name}}}`" for field in FIELDS]
