"""Pages that lie, repeat, break or mix in rubbish: what is good in them is kept, and the rest
is told."""

from __future__ import annotations

from typing import Any

import pytest
from tests.faults.scene import Scene
from tests.faulty import Answer
from tests.faulty_answers import html, json_reply, raw, reply
from tests.gallery import CREATOR, Gallery

# A walk that breaks off is tried in narrower ways, once: one for each of five ratings.
FOR_OTHER_WAYS = 30


@pytest.mark.parametrize(
    "rubbish",
    [
        pytest.param(None, id="null"),
        pytest.param("a string", id="string"),
        pytest.param(42, id="number"),
        pytest.param([], id="list"),
        pytest.param({}, id="empty object"),
        pytest.param({"id": None, "username": "lena"}, id="no id"),
        pytest.param({"id": {"a": 1}, "username": "lena"}, id="object as id"),
        pytest.param({"id": True, "username": "lena"}, id="boolean as id"),
    ],
)
def test_a_bad_item_is_counted_and_the_others_are_kept(
    scene: Scene, site: Gallery, rubbish: object
) -> None:
    first, second = site.add("lena", 2)
    site.pages(site.page([first, rubbish, second]))

    report = scene.get("lena")

    assert report.state == "incomplete"
    assert report.codes == ["rejects"]
    assert "1 listed items could not be read" in report.words
    scene.require_exactly([first, second])


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"meta": None}, id="meta null"),
        pytest.param({"meta": {"id": 1, "meta": {"prompt": "deep"}}}, id="meta nested"),
        pytest.param({"meta": "a string"}, id="meta a string"),
        pytest.param({"meta": [1, 2]}, id="meta a list"),
        pytest.param({"meta": {"prompt": ["a", "b"], "seed": {}, "Model": 7}}, id="odd types"),
        pytest.param({"meta": {"": 1, "a b": None, "seed": 10**30}}, id="odd keys"),
        pytest.param({"meta": {"prompt": "x" * 2_000_000}}, id="a megabyte of prompt"),
        pytest.param({"meta": {"prompt": "nul \x00 \ud800 \x1b[31m"}}, id="NUL, surrogate"),
        pytest.param({"meta": {"seed": 1e400}}, id="infinite seed"),
        pytest.param({"width": 10**30, "height": -1}, id="huge sizes"),
        pytest.param({"width": "12", "height": 1.5}, id="sizes of odd types"),
        pytest.param({"browsingLevel": 2**70, "nsfwLevel": []}, id="huge rating"),
        pytest.param({"userId": 10**25, "modelVersionIds": [10**25]}, id="huge ids beside"),
        pytest.param({"createdAt": "0001-01-01T00:00:00Z"}, id="year one"),
        pytest.param({"createdAt": "yesterday"}, id="no date"),
        pytest.param({"tags": [None, 7, {"name": None}, {"id": "x"}]}, id="odd tags"),
        pytest.param({"stats": None, "hash": 7, "type": "hologram"}, id="odd others"),
        pytest.param({"baseModel": "", "username": None}, id="no author"),
    ],
)
def test_odd_fields_cost_nothing(scene: Scene, site: Gallery, changes: dict[str, Any]) -> None:
    pictures = [*site.add("lena"), *site.add("lena", changes=changes), *site.add("lena")]

    report = scene.get("lena")

    assert report.state == "completed"
    scene.require_exactly(pictures)


def test_the_largest_ids_are_different_pictures(scene: Scene, site: Gallery) -> None:
    """Beyond 2^53 a float would make one of two."""
    first, second = site.add("lena", 2)
    rows = [{**one.row(), "id": 2**60 + n} for n, one in enumerate((first, second))]
    site.pages(site.page(rows))

    report = scene.get("lena")

    assert report.state == "completed"
    names = {name.rpartition("/")[2] for name in scene.on_disk()}
    assert names == {f"{2**60 + n}.{end}" for n in (0, 1) for end in ("png", "json")}


def test_items_within_and_among_pages_are_fetched_once(scene: Scene, site: Gallery) -> None:
    first, second, third = site.add("lena", 3)
    site.pages(
        site.page([first, first, second], "2|1"),
        site.page([second, third, first]),
    )

    report = scene.get("lena")

    assert report.state == "completed"
    assert report.progress.done == 3
    assert len(site.media_requests()) == 3
    scene.require_exactly([first, second, third])


def test_the_same_cursor_again_ends_the_walk_and_is_told(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 3)
    site.pages(site.page(pictures[:2], "2|1"), site.page(pictures[2:], "2|1"))

    report = scene.get("lena")

    assert (report.state, report.codes) == ("incomplete", ["repeats"])
    assert "repeats itself after 3 items" in report.words
    assert len(site.page_requests()) <= FOR_OTHER_WAYS
    scene.require_exactly(pictures)


def test_cursors_in_a_circle_end_the_walk(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 4)
    one, two = site.page(pictures[:2], "2|1"), site.page(pictures[2:], "4|1")
    site.pages(one, two, *[one, two] * 20)

    report = scene.get("lena")

    assert (report.state, report.codes) == ("incomplete", ["repeats"])
    assert len(site.page_requests()) <= FOR_OTHER_WAYS
    scene.require_exactly(pictures)


def test_new_cursors_for_the_same_page_end_the_walk(scene: Scene, site: Gallery) -> None:
    """`page` instead of `cursor`: every answer is the first page again."""
    pictures = site.add("lena", 2)
    site.pages(*[site.page(pictures, f"{number}|1") for number in range(2, 40)])

    report = scene.get("lena")

    assert (report.state, report.codes) == ("incomplete", ["repeats"])
    assert len(site.page_requests()) <= FOR_OTHER_WAYS
    assert len(site.media_requests()) == 2
    scene.require_exactly(pictures)


def test_an_empty_page_with_a_cursor_is_not_the_end(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 4)
    site.pages(
        site.page(pictures[:2], "2|1"),
        site.page([], "4|1"),
        site.page([], "4|1"),  # asked once more: it might have been a fault
        site.page(pictures[2:]),
    )

    report = scene.get("lena")

    assert report.state == "completed"
    scene.require_exactly(pictures)


def test_endless_empty_pages_end(scene: Scene, site: Gallery) -> None:
    (only,) = site.add("lena")
    site.pages(
        site.page([only], "1|1"), *[site.page([], f"{number}|1") for number in range(2, 400)]
    )

    report = scene.get("lena")

    assert (report.state, report.codes) == ("incomplete", ["empty_pages"])
    assert len(site.page_requests()) < 100
    scene.require_exactly([only])


@pytest.mark.parametrize(
    "link", ["", None, 7, "http://evil.test/api/v1/images?cursor=9", "/api/v1/images?cursor=9"]
)
def test_the_link_to_the_next_page_is_never_followed(
    scene: Scene, site: Gallery, link: object
) -> None:
    pictures = site.add("lena", 4)
    site.pages(site.page(pictures[:2], "2|1", nextPage=link), site.listing)

    report = scene.get("lena")

    assert report.state == "completed"
    assert [page.get("cursor") for page in site.page_requests()] == [None, "2|1"]
    scene.require_exactly(pictures)


def test_strangers_in_the_list_are_left_out(scene: Scene, site: Gallery) -> None:
    (mine,) = site.add("lena")
    (theirs,) = site.add("somebody")
    site.pages(site.page([mine, theirs]))

    report = scene.get("lena")

    assert "rejects" in report.codes
    assert site.asked(theirs) == []
    scene.require_exactly([mine])


def test_somebody_elses_pictures_are_not_stored_at_all(scene: Scene, site: Gallery) -> None:
    site.add("lena")
    theirs = site.add("somebody", 2)
    site.pages(site.page(theirs))

    report = scene.get("lena")

    assert (report.state, report.codes) == ("incomplete", ["wrong_identity"])
    assert site.media_requests() == []
    assert scene.rows("SELECT count(*) FROM artworks") == [(0,)]
    scene.require_exactly([])


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(html("<title>Bad gateway</title>", status=502), id="502 page"),
        pytest.param(html("maintenance", status=503), id="maintenance"),
        pytest.param(reply(b'{"items": [', content_type="application/json"), id="half JSON"),
        pytest.param(json_reply({"metadata": {}}), id="no items"),
        pytest.param(json_reply({"items": {}, "metadata": {}}), id="items an object"),
        pytest.param(json_reply({"items": [], "metadata": 7}), id="metadata a number"),
        pytest.param(reply(b""), id="nothing"),
        pytest.param(reply(b"{}", length=9), id="cut short"),
        pytest.param(raw(b"", is_reset=True), id="reset"),
    ],
)
def test_a_page_that_breaks_once_is_asked_again(
    scene: Scene, site: Gallery, fault: Answer
) -> None:
    pictures = site.add("lena", 2)
    site.pages(fault, site.listing)

    report = scene.get("lena")

    assert report.state == "completed"
    assert len(site.page_requests()) == 2
    scene.require_exactly(pictures)


def test_an_unreadable_end_is_a_gap(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 2)
    site.pages(site.page(pictures, {"odd": 1}))

    report = scene.get("lena")

    assert report.state == "incomplete"
    assert "does not say whether more follows" in report.words
    scene.require_exactly(pictures)


def test_a_rejected_cursor_restarts_the_walk_once(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 4)
    site.page_size = 2
    refused = json_reply({"error": "Invalid cursor", "code": "BAD_REQUEST"}, status=400)
    site.pages(site.listing, refused, site.listing)

    report = scene.get("lena")

    assert report.state == "completed"
    cursors = [page.get("cursor", "")[:1] for page in site.page_requests()]
    assert cursors == ["", "2", "", "2"]
    assert len(site.media_requests()) == 4
    scene.require_exactly(pictures)


def test_an_empty_answer_is_no_proof_the_first_time(scene: Scene, site: Gallery) -> None:
    site.add("lena")
    site.pages(site.page([]))

    report = scene.get("lena")

    assert (report.state, report.codes) == ("incomplete", ["empty"])
    assert "no proof" in report.words
    scene.change("UPDATE listings SET empty_at = '2020-01-01 00:00:00'")
    assert scene.get("lena").state == "completed"


def test_an_unknown_user_is_told_with_the_name_that_is_near(
    scene: Scene, site: Gallery
) -> None:
    site.add("lena_paints")
    found = {"items": [{"id": 1, "username": "lena_paints"}]}
    site.server.on("/api/v1/users", json_reply(found))

    report = scene.get("lena_paint")

    assert (report.state, report.codes) == ("incomplete", ["target_not_found"])
    assert "does not know the user lena_paint" in report.words
    assert "Did you mean lena_paints?" in report.words
    assert [reason["exit_code"] for reason in report.progress.job.reasons] == ["4"]
    assert site.page_requests() == []


def test_one_unknown_user_does_not_stop_the_others(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 2)

    report = scene.get("nobody", "lena")

    assert (report.state, report.codes) == ("incomplete", ["target_not_found"])
    scene.require_exactly(pictures)


def test_a_site_that_cannot_be_reached_at_all_is_told(scene: Scene, site: Gallery) -> None:
    site.server.on(CREATOR, raw(b"", is_reset=True))

    report = scene.get("lena")

    assert (report.state, report.codes) == ("incomplete", ["reset"])
    assert "broke the connection" in report.words
