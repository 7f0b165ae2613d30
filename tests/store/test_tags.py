"""Tag sets replace each other whole, and what changed is told (CR-10)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.store.rows import TAGS, Rows

from artkeep.domain.artwork import Artwork as ListedArtwork
from artkeep.domain.artwork import Kind, Tag
from artkeep.domain.query import parse_query
from artkeep.domain.tags import TagMethod, TagSet, VotedTag
from artkeep.store import artworks, models, search, stored, tag_views, tags
from artkeep.store.claims import Claim
from artkeep.store.tags import Found

NOW = datetime(2026, 6, 2, tzinfo=UTC)


def vote(number: int, score: int | None = 5, **fields: Any) -> VotedTag:
    told: dict[str, Any] = {"name": f"tag {number}", "category": "Label", "level": 1}
    told |= {"up": 1, "down": 0, "automated": True} | fields
    display = told.pop("display", told["name"] or f"shown {number}")
    return VotedTag(str(number), display=display, score=score, **told)


@pytest.fixture
def job(rows: Rows) -> int:
    rows.instance("a")
    return rows.job(kind="tags")


def claimed(rows: Rows, job: int, artwork_id: int | None = None) -> Claim:
    """Work on a new artwork, or again on a known one."""
    if artwork_id is None:
        rows.asked(1, job, TAGS)
    else:
        from artkeep.store import work

        rows.do(work.ask, [artwork_id], TAGS, job)
    (claim,) = rows.claim(job, stage=TAGS)
    return claim


def save(rows: Rows, claim: Claim, *found: VotedTag, partial: bool = False) -> None:
    method = TagMethod.READ if partial else TagMethod.PAGE
    one = Found(claim, "civitai", TagSet(found, partial), method, NOW)
    assert rows.do(tags.save, "a", [one]) == {claim.id}


def kept(rows: Rows, artwork_id: int) -> dict[str, int | None]:
    with rows.store.reading() as connection:
        found = stored.load(connection, [artwork_id])[artwork_id].artwork.tags
    return {tag.name: tag.score for tag in found}


def test_a_set_is_kept_with_the_end_of_its_work(rows: Rows, job: int) -> None:
    claim = claimed(rows, job)
    save(rows, claim, vote(1, 9, name="1girl", display="woman", level=2), vote(2, -3))
    assert rows.status(claim.artwork_id, TAGS) == "done"
    assert rows.work() == []
    with rows.store.reading() as connection:
        found = stored.load(connection, [claim.artwork_id])[claim.artwork_id].artwork.tags
    assert found == (
        Tag("1girl", "Label", "1", 9, 1, 0, True, 2, "woman"),
        Tag("tag 2", "Label", "2", -3, 1, 0, True, 1, None),
    )
    (one, _) = rows.all(models.ArtworkTag)
    assert (one["origin"], one["method"], one["fetched_at"]) == ("votes", "page", NOW)
    (artwork,) = rows.all(models.Artwork)
    assert (artwork["tagged_at"], artwork["tagged_by"]) == (NOW, job)


def test_a_new_set_takes_the_place_of_the_old_and_tells_the_difference(
    rows: Rows, job: int
) -> None:
    claim = claimed(rows, job)
    save(rows, claim, vote(1), vote(2, 5), vote(3))
    assert rows.all(models.TagChange) == []
    save(rows, claimed(rows, job, claim.artwork_id), vote(2, 8), vote(3), vote(4))
    assert kept(rows, claim.artwork_id) == {"tag 2": 8, "tag 3": 5, "tag 4": 5}
    (change,) = rows.all(models.TagChange)
    assert (change["added"], change["removed"]) == (["tag 4"], ["tag 1"])
    assert change["voted"] == [["tag 2", 5, 8]]
    save(rows, claimed(rows, job, claim.artwork_id), vote(2, 8), vote(3), vote(4))
    assert len(rows.all(models.TagChange)) == 1


def test_no_tags_replace_the_old_ones_too(rows: Rows, job: int) -> None:
    claim = claimed(rows, job)
    save(rows, claim, vote(1))
    save(rows, claimed(rows, job, claim.artwork_id))
    assert kept(rows, claim.artwork_id) == {}
    assert rows.tally(job)["tags", "done", "no_tags"] == (1, 0)


def test_a_lost_claim_changes_nothing(rows: Rows, job: int) -> None:
    claim = claimed(rows, job)
    one = Found(claim, "civitai", TagSet((vote(1),)), TagMethod.PAGE, NOW)
    assert rows.do(tags.save, "somebody else", [one]) == set()
    assert rows.all(models.ArtworkTag) == []
    assert rows.all(models.SiteTag) == []
    assert rows.status(claim.artwork_id, TAGS) == "queued"


def test_a_partial_set_adds_and_takes_nothing_away(rows: Rows, job: int) -> None:
    claim = claimed(rows, job)
    save(rows, claim, vote(1, 5, name="1girl", display="woman"), vote(2, 5))
    shown = VotedTag("1", None, "woman", score=7)
    fresh = VotedTag("9", None, "something new", score=1)
    save(rows, claimed(rows, job, claim.artwork_id), shown, fresh, partial=True)
    assert kept(rows, claim.artwork_id) == {"1girl": 7, "tag 2": 5, "something new": 1}
    by_id = {row["site_tag_id"]: row for row in rows.all(models.ArtworkTag)}
    assert (by_id["1"]["up"], by_id["1"]["automated"]) == (1, True)


def test_tags_that_are_shown_alike_stay_apart(rows: Rows, job: int) -> None:
    claim = claimed(rows, job)
    pair = [vote(n, name=name, display="women") for n, name in ((1, "2girls"), (2, "3girls"))]
    save(rows, claim, *pair)
    assert set(kept(rows, claim.artwork_id)) == {"2girls", "3girls"}
    assert {row["display"] for row in rows.all(models.SiteTag)} == {"women"}


def test_the_list_an_artwork_came_with_gives_way_and_stays_away(rows: Rows, job: int) -> None:
    listed = ListedArtwork(
        "civitai", "1", Kind.IMAGE, "", tags=(Tag("lake"), Tag("sky")), raw={"a": 1}
    )
    (one,) = rows.do(artworks.save_artworks, [listed], [])
    claim = claimed(rows, job, one.id)
    assert claim.artwork_id == one.id
    save(rows, claim, vote(1))
    assert kept(rows, one.id) == {"tag 1": 5}
    again = ListedArtwork("civitai", "1", Kind.IMAGE, "", tags=(Tag("lake"),), raw={"a": 2})
    rows.do(artworks.save_artworks, [again], [])
    assert kept(rows, one.id) == {"tag 1": 5}


def test_thousands_of_tags_and_odd_names_fit(rows: Rows, job: int) -> None:
    odd = ["'\"; DROP TABLE tags", "🌊" * 500, "שלום", "a\u202eb"]
    claim = claimed(rows, job)
    named = [vote(n, name=name) for n, name in enumerate(odd, 1)]
    save(rows, claim, *named, *(vote(n) for n in range(10, 6010)))
    found = kept(rows, claim.artwork_id)
    assert len(found) == 6004
    assert set(odd) <= found.keys()


def test_a_job_tells_its_top_tags_its_last_artworks_and_changes(rows: Rows, job: int) -> None:
    claims = [claimed(rows, job) for _ in range(3)]
    for number, claim in enumerate(claims):
        save(rows, claim, vote(1), *(vote(2, score=9) for _ in range(number > 0)))
    save(rows, claimed(rows, job, claims[0].artwork_id), vote(1, 6))
    with rows.store.reading() as connection:
        top = tag_views.top_tags(connection, job, 10)
        sample = tag_views.tagged_by(connection, job, 2)
        (change,) = tag_views.changes(connection, job_id=job, limit=5)
        other = tag_views.changes(connection, artwork_id=claims[1].artwork_id, limit=5)
    assert [(tag.name, tag.amount) for tag in top] == [("tag 1", 4), ("tag 2", 2)]
    assert len(sample) == 2
    assert sample[0].tags[0].name in ("tag 1", "tag 2")
    assert change.voted == [["tag 1", 5, 6]]
    assert other == []


def test_an_overview_counts_what_waits_and_how_old_it_is(rows: Rows, job: int) -> None:
    save(rows, claimed(rows, job), vote(1))
    rows.artworks(2, first=50)
    rows.artworks(1, first=60, tags_status="failed")
    with rows.store.reading() as connection:
        found = tag_views.standing(connection, parse_query(""))
        old = search.count_matching(connection, parse_query("tagged:<1d"))
        new = search.count_matching(connection, parse_query("tagged:>=1d"))
    assert (found.artworks, found.none, found.failed, found.done) == (4, 2, 1, 1)
    assert (found.oldest, found.newest) == (NOW, NOW)
    assert (old, new) == (1, 0)


def test_sidecars_are_found_for_files_that_are_there(rows: Rows) -> None:
    one, two = rows.artworks(2)
    rows.file(one, path="a/1.png")
    rows.file(one, path="b/1.webp", role="converted")
    rows.file(two, path="a/2.png", state="trashed")
    with rows.store.reading() as connection:
        found = tags.sidecars_of(connection, [one, two], rows.root())
    assert found == {one: ["a/1.png", "b/1.webp"]}
