"""A full, read-only or absent disk: nothing is half written, and it goes on when it is back."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.faults.mounts import memory_disk, remount
from tests.faults.scene import Scene
from tests.faults.test_resume import LARGE
from tests.faulty import Exchange
from tests.faulty_answers import serve
from tests.gallery import Gallery

from artkeep.errors import RootOffline


def test_a_full_disk_stops_the_job_and_room_lets_it_go_on(
    tmp_path: Path, site: Gallery
) -> None:
    small = site.add("lena", 3)
    (large,) = site.add("lena", body=LARGE)
    with memory_disk(tmp_path / "disk", "size=400k") as disk:
        scene = Scene(tmp_path, site, library=disk)

        report = scene.get("lena", concurrency=1)

        assert (report.state, report.codes) == ("failed", ["disk_full"])
        assert "There is no room left" in report.words
        assert "then resume the job" in report.words
        assert [reason["exit_code"] for reason in report.progress.job.reasons] == ["6"]
        assert scene.status(large) == "queued"
        done = [one for one in small if scene.status(one) == "done"]
        scene.require_exactly(done)

        remount(disk, "size=8m")
        report = scene.run(report.id)

        assert report.state == "completed"
        scene.require_exactly([*small, large])
        assert all(len(site.asked(one)) == 1 for one in done)


def test_a_disk_that_fills_up_at_the_last_step_leaves_no_cut_file(
    tmp_path: Path, site: Gallery
) -> None:
    """No room for a sidecar, a folder or the flush: the picture keeps its temporary name."""
    pictures = site.add("lena", 40)
    with memory_disk(tmp_path / "disk", "size=200k") as disk:
        scene = Scene(tmp_path, site, library=disk)

        report = scene.get("lena", concurrency=4)

        assert (report.state, report.codes) == ("failed", ["disk_full"])
        finals = [path for path in disk.glob("CivitAI_Browse/**/*.png")]
        whole = {picture.body for picture in pictures}
        assert all(path.read_bytes() in whole for path in finals)
        assert len([one for one in pictures if scene.status(one) == "done"]) <= len(finals)

        remount(disk, "size=8m")
        report = scene.run(report.id)

        assert report.state == "completed"
        scene.require_exactly(pictures)


def test_the_room_that_is_kept_free_is_not_touched(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 2)
    scene.settings = scene.settings.model_copy(
        update={"disk": scene.settings.disk.model_copy(update={"keep_free": 2**60})}
    )

    report = scene.get("lena")

    assert (report.state, report.codes) == ("failed", ["disk_full"])
    assert "are kept free" in report.words
    assert site.media_requests() == []
    assert [scene.status(one) for one in pictures] == ["queued"] * 2
    scene.require_exactly([])


def test_a_read_only_library_is_refused_before_anything_is_asked(
    tmp_path: Path, site: Gallery
) -> None:
    pictures = site.add("lena", 2)
    with memory_disk(tmp_path / "disk", "size=8m") as disk:
        scene = Scene(tmp_path, site, library=disk)
        scene.get("lena")
        more = site.add("lena", 1)
        asked_before = len(site.server.requests)
        remount(disk, "ro")

        with pytest.raises(RootOffline, match="not permitted") as refused:
            scene.get("lena")

        assert refused.value.code == "root_read_only"
        assert len(site.server.requests) == asked_before
        scene.require_exactly(pictures)

        remount(disk, "rw")
        assert scene.get("lena").state == "completed"
        scene.require_exactly([*pictures, *more])


def test_an_unplugged_library_is_not_written_to(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 2)
    scene.get("lena")
    away = scene.library.with_name("away")
    scene.library.rename(away)
    scene.library.mkdir()  # the empty mount point
    more = site.add("lena", 1)
    asked_before = len(site.server.requests)

    with pytest.raises(RootOffline, match="marker file is missing") as refused:
        scene.get("lena")

    assert "If its disk is not mounted, mount it" in str(refused.value)
    assert list(scene.library.iterdir()) == []
    assert len(site.server.requests) == asked_before
    assert [scene.status(one) for one in pictures] == ["done"] * 2

    scene.library.rmdir()
    away.rename(scene.library)
    assert scene.get("lena").state == "completed"
    scene.require_exactly([*pictures, *more])
    assert len(site.media_requests()) == 3


def test_another_disk_at_the_same_place_is_not_written_to(scene: Scene, site: Gallery) -> None:
    """Its marker has another id: what was downloaded before is not on it."""
    pictures = site.add("lena", 2)
    scene.get("lena")
    marker = scene.library / ".artkeep" / "root.json"
    ours = marker.read_text()

    async def swap(exchange: Exchange) -> None:
        marker.write_text('{"id": "somebody else"}')
        await serve(more.body)(exchange)

    (more,) = site.add("lena")
    site.media(more, swap)
    report = scene.get("lena")

    assert (report.state, report.codes) == ("failed", ["root_offline"])
    assert "is not the one it was before" in report.words
    assert scene.status(more) == "queued"
    marker.write_text(ours)
    site.media(more, serve(more.body))
    assert scene.run(report.id).state == "completed"
    scene.require_exactly([*pictures, more])
