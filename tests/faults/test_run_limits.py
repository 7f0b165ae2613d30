"""Limits that count what a job fetches: never more, and nothing that is here uses them up."""

from __future__ import annotations

from tests.faults.scene import Scene
from tests.faulty_answers import html, serve, server_error
from tests.gallery import Gallery


def test_a_limit_counts_what_is_fetched_now(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 7)
    site.page_size = 2

    for fetched in (3, 6, 7, 7):
        report = scene.get("lena", max_items=3, limits_this_run=True)
        assert len(site.media_requests()) == fetched
    assert (report.state, report.progress.have) == ("completed", 7)
    scene.require_exactly(pictures)


def test_what_failed_before_is_under_the_limit_too(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 8)
    site.page_size = 2
    for picture in pictures[:4]:
        site.media(picture, html())
    scene.get("lena", tries=1)
    for picture in pictures[:4]:
        site.media(picture, serve(picture.body))
    site.add("lena", 2)
    scene.change("DELETE FROM work")
    scene.change(
        "UPDATE artworks SET download_status = 'failed' WHERE download_status = 'queued'"
    )
    before = len(site.media_requests())

    scene.get("lena", max_items=3, limits_this_run=True)

    assert len(site.media_requests()) == before + 3


def test_a_lost_file_is_fetched_again_and_counts(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 3)
    scene.get("lena")
    for picture in pictures:
        scene.place(picture).unlink()

    report = scene.get("lena", max_items=2, limits_this_run=True)

    assert len(site.media_requests()) == 5
    assert report.codes == ["max_items"]


def test_fetching_again_counts(scene: Scene, site: Gallery) -> None:
    site.add("lena", 3)
    scene.get("lena")
    scene.get("lena", max_items=1, limits_this_run=True, is_redownload=True)
    assert len(site.media_requests()) == 4


def test_the_tries_of_a_file_are_as_many_as_asked_for(scene: Scene, site: Gallery) -> None:
    first, second = site.add("lena", 2)
    site.media(first, server_error(503))
    site.media(second, server_error(503))
    scene.get("lena", tries=2)
    assert [len(site.asked(one)) for one in (first, second)] == [2, 2]
