"""What a page lists is stored once, kept fresh, and comes back as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from tests.store.rows import Rows

from artkeep.domain.artwork import Artwork, Group, Kind, Link, Tag
from artkeep.domain.rating import Rating
from artkeep.store import artworks, models, stored
from artkeep.store.stored import StoredArtwork

FULL = Artwork(
    site="civitai",
    site_id="501",
    kind=Kind.IMAGE,
    page_url="https://civitai.example/images/501",
    media_url="https://media.example/501.jpeg",
    author="Lena 猫",
    author_id="7",
    title="A cat",
    rating=Rating.PG13,
    posted_at=datetime(2026, 5, 2, 10, 0, 30, 123000, tzinfo=UTC),
    width=832,
    height=1216,
    model="Pony",
    base_model="SDXL",
    version_id="9",
    version_name="v6",
    prompt="a cat, 50% 'blue'",
    negative_prompt="dog",
    seed="18446744073709551617",
    generation={"steps": 30, "cfg": 7.5, "nested": [{"a": None}]},
    blurhash="U00000",
    md5="m",
    sha1="1",
    sha256="2",
    sha512="5",
    group_id="80",
    position=2,
    tags=(Tag("cat", "animal", "12", 9, 10, 1, True), Tag("Blue")),
    links=(Link("remix_of", "77"),),
    raw={"id": 501, "odd": "\ud800\x00", "big": 2**70},
)
GROUP = Group("civitai", "80", title="Cats", author="Lena", expected_count=12, raw={"id": 80})


def plain(site_id: str, **more: object) -> Artwork:
    return replace(Artwork("civitai", site_id, Kind.IMAGE, "p", raw={"id": site_id}), **more)


def loaded(rows: Rows, row_id: int) -> StoredArtwork:
    return rows.do(stored.load, [row_id])[row_id]


def test_an_artwork_comes_back_as_it_was(rows):
    (saved,) = rows.do(artworks.save_artworks, [FULL], [GROUP])
    assert (saved.is_new, saved.download_status, saved.artwork) == (True, "none", FULL)
    assert loaded(rows, saved.id) == StoredArtwork(saved.id, FULL, "Cats")


def test_a_page_again_adds_nothing(rows):
    page = [plain("1"), plain("2")]
    first = rows.do(artworks.save_artworks, page, [])
    again = rows.do(artworks.save_artworks, [*page, plain("3")], [])
    assert [saved.id for saved in again[:2]] == [saved.id for saved in first]
    assert [saved.is_new for saved in again] == [False, False, True]
    assert len(rows.all(models.Artwork)) == 3


def test_an_artwork_that_a_page_lists_twice_is_stored_once(rows):
    saved = rows.do(artworks.save_artworks, [FULL, plain("2"), FULL], [GROUP])
    assert saved[0].id == saved[2].id
    assert len(rows.all(models.Artwork)) == 2
    assert len(rows.all(models.ArtworkTag)) == 2


def test_the_same_id_at_two_sites_is_two_artworks(rows):
    rows.do(artworks.save_artworks, [plain("1")], [])
    rows.do(artworks.save_artworks, [replace(plain("1"), site="danbooru")], [])
    assert [(row["site"], row["site_id"]) for row in rows.all(models.Artwork)] == [
        ("civitai", "1"),
        ("danbooru", "1"),
    ]


def test_what_the_site_says_now_replaces_what_it_said(rows):
    rows.do(artworks.save_artworks, [FULL], [GROUP])
    newer = replace(
        FULL, title="A blue cat", tags=(Tag("Blue"),), raw={"id": 501, "title": "A blue cat"}
    )
    (saved,) = rows.do(artworks.save_artworks, [newer], [])
    assert loaded(rows, saved.id).artwork == newer


def test_nothing_known_becomes_unknown(rows):
    rows.do(artworks.save_artworks, [FULL], [GROUP])
    bare = replace(plain("501"), page_url=FULL.page_url, raw={"id": 501, "short": True})
    (saved,) = rows.do(artworks.save_artworks, [bare], [Group("civitai", "80")])
    assert loaded(rows, saved.id) == StoredArtwork(
        saved.id, replace(FULL, raw=bare.raw), "Cats"
    )


def test_statuses_are_ours_and_stay(rows):
    (saved,) = rows.do(artworks.save_artworks, [plain("1")], [])
    rows.do(
        lambda connection: connection.execute(
            models.Artwork.__table__.update().values(download_status="done")
        )
    )
    (again,) = rows.do(artworks.save_artworks, [plain("1", title="new", raw={"n": 2})], [])
    assert (again.id, again.download_status) == (saved.id, "done")
    assert rows.do(artworks.statuses, "civitai", ["1", "2"]) == {"1": "done"}
    assert rows.do(artworks.statuses, "danbooru", ["1"]) == {}


def test_an_unchanged_reply_is_not_written_again(rows):
    rows.do(artworks.save_artworks, [FULL], [])
    before = rows.all(models.Record)
    rows.do(artworks.save_artworks, [FULL], [])
    assert rows.all(models.Record) == before
    rows.do(artworks.save_artworks, [replace(FULL, raw={"id": 501})], [])
    assert [row["digest"] for row in rows.all(models.Record)] != [before[0]["digest"]]
    assert len(rows.all(models.Record)) == 1


def test_votes_of_the_tag_stage_stand_before_a_new_tag_list(rows):
    (saved,) = rows.do(artworks.save_artworks, [FULL], [])
    (tag, *_) = rows.all(models.Tag)
    vote = {"artwork_id": saved.id, "tag_id": tag["id"], "origin": "votes"}
    vote["fetched_at"] = FULL.posted_at
    rows.do(lambda c: c.execute(models.ArtworkTag.__table__.insert().values(vote)))
    rows.do(artworks.save_artworks, [replace(FULL, tags=(Tag("new"),), raw={"n": 2})], [])
    assert "votes" in [row["origin"] for row in rows.all(models.ArtworkTag)]
    assert "new" not in [row["name"] for row in rows.all(models.Tag)]


def test_a_group_is_shared_and_learns(rows):
    one = plain("1", group_id="80", position=0)
    two = plain("2", group_id="80", position=1)
    rows.do(artworks.save_artworks, [one], [])
    rows.do(artworks.save_artworks, [two], [GROUP])
    (group,) = rows.all(models.Group)
    assert (group["title"], group["expected_count"]) == ("Cats", 12)
    assert {row["group_id"] for row in rows.all(models.Artwork)} == {group["id"]}
    assert [row["group_id"] for row in rows.all(models.Record)].count(group["id"]) == 1


def test_an_artwork_belongs_to_a_target_once(rows):
    target_id = rows.target()
    one, two = rows.artworks(2)
    left_out = [(one, None), (two, "filtered_type")]
    joined = rows.do(artworks.add_to_target, target_id, 7, left_out)
    assert (joined.new, joined.first_seen) == (2, {one, two})
    again = rows.do(artworks.add_to_target, target_id, 7, [(one, None), (two, None)])
    assert (again.new, again.first_seen) == (0, frozenset()), "this job has seen them"
    later = rows.do(artworks.add_to_target, target_id, 8, [(two, None)])
    assert (later.new, later.first_seen) == (0, {two})
    assert [(row["artwork_id"], row["skipped"]) for row in rows.all(models.TargetArtwork)] == [
        (one, None),
        (two, None),
    ]
    assert rows.do(artworks.add_to_target, target_id, 8, []).new == 0


def test_an_empty_page_is_stored_as_nothing(rows):
    assert rows.do(artworks.save_artworks, [], [GROUP]) == []
