"""The second time, and the day after: nothing twice, nothing lost, nothing overwritten."""

from __future__ import annotations

from contextlib import closing

import pytest
from tests.faults.scene import Scene
from tests.faulty_answers import reply, serve
from tests.gallery import Gallery, png
from tests.media.samples import mp4

from artkeep.domain.artwork import Kind
from artkeep.domain.target import Filters


def test_the_second_run_fetches_no_media(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 4)
    scene.get("lena")
    assert len(site.media_requests()) == 4

    report = scene.get("lena")

    assert report.state == "completed"
    assert (report.progress.have, report.progress.done, report.progress.bytes) == (4, 0, 0)
    assert len(site.media_requests()) == 4
    scene.require_exactly(pictures)


def test_only_what_is_new_is_fetched(scene: Scene, site: Gallery) -> None:
    old = site.add("lena", 3)
    scene.get("lena")
    new = site.add("lena", 2)

    report = scene.get("lena")

    assert (report.progress.have, report.progress.done) == (3, 2)
    assert [len(site.asked(one)) for one in [*old, *new]] == [1] * 5
    scene.require_exactly([*old, *new])


def test_a_file_deleted_by_hand_is_noticed_and_fetched_again(
    scene: Scene, site: Gallery
) -> None:
    pictures = site.add("lena", 3)
    scene.get("lena")
    scene.place(pictures[1]).unlink()

    report = scene.get("lena")

    assert report.state == "completed"
    assert (report.progress.have, report.progress.done) == (2, 1)
    assert [len(site.asked(one)) for one in pictures] == [1, 2, 1]
    scene.require_exactly(pictures)


def test_a_deleted_folder_is_made_again(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 2)
    scene.get("lena")
    folder = scene.place(pictures[0]).parent
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()

    assert scene.get("lena").state == "completed"
    scene.require_exactly(pictures)


def test_a_file_that_came_back_by_itself_is_not_fetched(scene: Scene, site: Gallery) -> None:
    """It was missing when we looked, and its place was filled before the download."""
    (picture,) = site.add("lena")
    scene.get("lena")
    place = scene.place(picture)
    site.media(picture, reply(status=503))
    place.unlink()
    report = scene.get("lena")
    assert report.state == "incomplete"
    asked_before = len(site.asked(picture))

    place.write_bytes(picture.body)
    report = scene.come_back_later(report)

    assert report.state == "completed"
    assert len(site.asked(picture)) == asked_before
    scene.require_exactly([picture])


def test_an_edited_file_is_never_overwritten(scene: Scene, site: Gallery) -> None:
    edited, other = site.add("lena", 2)
    scene.get("lena")
    place = scene.place(edited)
    place.write_bytes(png(99, side=40))

    report = scene.get("lena")

    assert report.state == "completed"
    assert place.read_bytes() == png(99, side=40)
    assert len(site.asked(edited)) == 1
    assert scene.get("lena").state == "completed"
    assert place.read_bytes() == png(99, side=40)
    assert scene.place(other).read_bytes() == other.body
    assert len(site.media_requests()) == 2


def test_a_file_that_was_cut_short_behind_our_back_is_replaced_and_kept_aside(
    scene: Scene, site: Gallery
) -> None:
    cut, other = site.add("lena", 2)
    scene.get("lena")
    place = scene.place(cut)
    place.write_bytes(cut.body[:40])

    report = scene.get("lena")

    assert report.state == "completed"
    assert scene.place(cut) == place
    aside = [name for name in scene.on_disk() if name.startswith(".artkeep/damaged/")]
    assert [scene.on_disk()[name] for name in aside] == [cut.body[:40]]
    scene.require_exactly([cut, other], apart=aside)


def test_a_lost_database_adopts_what_lies_there(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 4)
    scene.get("lena")
    for path in scene.settings.data_dir.glob("tracking_database.sqlite*"):
        path.unlink()

    report = scene.get("lena")

    assert report.state == "completed"
    assert report.progress.done == 4
    assert report.progress.bytes == 0
    assert len(site.media_requests()) == 4
    scene.require_exactly(pictures)


def test_a_file_whose_bytes_are_not_what_its_sidecar_says_is_not_adopted(
    scene: Scene, site: Gallery
) -> None:
    (picture,) = site.add("lena")
    scene.get("lena")
    place = scene.place(picture)
    place.write_bytes(png(5))
    for path in scene.settings.data_dir.glob("tracking_database.sqlite*"):
        path.unlink()

    assert scene.get("lena").state == "completed"

    assert place.read_bytes() == png(5)
    assert scene.place(picture).read_bytes() == picture.body
    assert len(site.asked(picture)) == 2


def test_an_old_backup_of_the_database_adopts_the_newer_files(
    scene: Scene, site: Gallery
) -> None:
    """The last commits before a power cut may be lost; the files are not (CR-18)."""
    old = site.add("lena", 2)
    scene.get("lena")
    database = scene.settings.data_dir / "tracking_database.sqlite"
    with closing(scene.open()) as store:
        store.engine.connect().close()
    saved = database.read_bytes()
    new = site.add("lena", 2)
    scene.get("lena")
    for path in scene.settings.data_dir.glob("tracking_database.sqlite-*"):
        path.unlink()
    database.write_bytes(saved)

    report = scene.get("lena")

    assert report.state == "completed"
    assert (report.progress.have, report.progress.done, report.progress.bytes) == (2, 2, 0)
    assert len(site.media_requests()) == 4
    scene.require_exactly([*old, *new])


def test_retry_asks_only_for_failures_of_that_reason(scene: Scene, site: Gallery) -> None:
    damaged, linked, good = site.add("lena", 3)
    site.media(damaged, reply(damaged.body[:-9]))
    site.media(linked, reply(status=400))
    report = scene.get("lena")
    assert sorted(report.codes) == ["damaged", "request_refused"]
    before = (len(site.asked(damaged)), len(site.asked(linked)))

    site.media(damaged, serve(damaged.body))
    report = scene.retry(report, "damaged")

    assert report.codes == ["request_refused"]
    assert (len(site.asked(damaged)), len(site.asked(linked))) == (before[0] + 1, before[1])
    scene.require_exactly([damaged, good])

    site.media(linked, serve(linked.body))
    report = scene.retry(report)
    assert (report.state, report.progress.failed) == ("completed", 0)
    scene.require_exactly([damaged, linked, good])


def test_a_later_run_asks_for_failures_again(scene: Scene, site: Gallery) -> None:
    failed, good = site.add("lena", 2)
    site.media(failed, reply(status=400))
    scene.get("lena")
    site.media(failed, serve(failed.body))

    report = scene.get("lena")

    assert report.state == "completed"
    scene.require_exactly([failed, good])


def test_two_targets_that_share_artworks_give_one_file_each(
    scene: Scene, site: Gallery
) -> None:
    shared = site.add("lena", 3, post=77)
    more = site.add("lena", 2, post=78)
    site.server.on("/api/trpc/post.get", reply(status=404))

    report = scene.get("lena", "post:77")

    assert report.state == "completed"
    assert report.progress.done == 5
    assert [len(site.asked(one)) for one in [*shared, *more]] == [1] * 5
    assert scene.rows("SELECT count(*) FROM target_artworks") == [(8,)]
    scene.require_exactly([*shared, *more])


def test_the_same_bytes_of_two_artworks_are_two_places(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 2, body=png(3))

    assert scene.get("lena").state == "completed"
    scene.require_exactly(pictures)


@pytest.mark.parametrize("kind", ["image", "video"])
def test_filters_widened_later_fetch_the_rest_only(
    scene: Scene, site: Gallery, kind: str
) -> None:
    stills = site.add("lena", 2)
    videos = site.add("lena", 1, body=mp4(), kind="video")
    chosen = stills if kind == "image" else videos
    scene.get("lena", filters=Filters(kinds=frozenset({Kind(kind)})))
    scene.require_exactly(chosen)

    report = scene.get("lena")

    assert report.state == "completed"
    assert len(site.media_requests()) == 3
    scene.require_exactly([*stills, *videos])
