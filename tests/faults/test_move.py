"""Moving real files to another layout: nothing is lost, replaced or left behind."""

from __future__ import annotations

import json
import os
from contextlib import closing
from pathlib import Path

import pytest
from tests.faults.mounts import memory_disk
from tests.faults.pictures import png_photo
from tests.faults.scene import Report, Scene
from tests.gallery import Gallery

from artkeep.domain.layout import parse_layout
from artkeep.jobs import runner
from artkeep.jobs.check import check
from artkeep.jobs.moves import start_move, start_undo
from artkeep.jobs.tidy import open_library


def move(scene: Scene, layout: str, query: str = "") -> Report:
    with closing(scene.open()) as store:
        job = store.transact(lambda c: start_move(c, parse_layout(layout), query)).job_id
    return scene.run(job)


def undo(scene: Scene, batch: int | None = None) -> Report:
    if batch is None:
        ((batch,),) = scene.rows("SELECT max(id) FROM batches WHERE kind = 'move'")
    with closing(scene.open()) as store:
        job = store.transact(lambda c: start_undo(c, batch)).job_id
    return scene.run(job)


def tree(scene: Scene) -> dict[str, bytes | None]:
    """Files with their bytes, and folders."""
    found: dict[str, bytes | None] = dict(scene.on_disk())
    for path in scene.library.rglob("*"):
        if path.is_dir() and ".artkeep" not in path.parts:
            found[path.relative_to(scene.library).as_posix()] = None
    return found


def names(scene: Scene, pattern: str = "*.png") -> list[str]:
    found = (
        path.relative_to(scene.library).as_posix() for path in scene.library.rglob(pattern)
    )
    return sorted(found)


def require_in_order(scene: Scene) -> None:
    with closing(scene.open()) as store:
        report = check(store, open_library(store, scene.library), hashes=True)
    assert report.problems == 0, report.to_json()


def test_files_and_sidecars_move_and_come_back_byte_for_byte(
    scene: Scene, site: Gallery
) -> None:
    first, *_ = site.add("lena", 3)
    site.add("mika", level=16)
    scene.get("lena", "mika")
    beside = scene.place(first)
    beside.with_suffix(".txt").write_text("a caption")
    beside.with_name(f"{beside.name}.xmp").write_text("<x/>")
    before, inode = tree(scene), beside.stat().st_ino

    report = move(scene, "template:{author}/{sfw}/{date}_{id}")

    assert (report.state, report.progress.done) == ("completed", 4)
    there = scene.place(first)
    assert there == scene.library / f"lena/SFW/2026-05-01_{first.id}.png"
    assert there.stat().st_ino == inode
    assert sorted(path.name for path in there.parent.glob(f"*{first.id}*")) == [
        f"2026-05-01_{first.id}.{end}" for end in ("json", "png", "png.xmp", "txt")
    ]
    assert not (scene.library / "CivitAI_Browse").exists()
    require_in_order(scene)

    report = undo(scene)

    assert (report.state, report.progress.done) == ("completed", 4)
    assert tree(scene) == before
    require_in_order(scene)


def test_only_what_the_query_means_moves_and_the_same_again_moves_nothing(
    scene: Scene, site: Gallery
) -> None:
    site.add("lena"), site.add("mika")
    scene.get("lena", "mika")

    move(scene, "template:{author}/{id}", "author:lena")
    once = tree(scene)
    report = move(scene, "template:{author}/{id}", "author:lena")

    assert {name.partition("/")[0] for name in names(scene)} == {"lena", "CivitAI_Browse"}
    assert report.progress.skipped_by == {"in_place": 1}
    assert tree(scene) == once


def test_files_that_want_one_name_get_numbers_and_find_back(
    scene: Scene, site: Gallery
) -> None:
    site.add("lena", 4)
    scene.get("lena")
    before = tree(scene)

    move(scene, "template:all/{author}")

    assert names(scene) == [
        "all/lena (2).png",
        "all/lena (3).png",
        "all/lena (4).png",
        "all/lena.png",
    ]
    assert len(names(scene, "*.json")) == 5  # with the marker
    require_in_order(scene)
    undo(scene)
    assert tree(scene) == before


@pytest.mark.parametrize("ending", ["png", "json"])
def test_a_strangers_file_is_never_replaced(scene: Scene, site: Gallery, ending: str) -> None:
    (one,) = site.add("lena")
    scene.get("lena")
    before = tree(scene)
    stranger = scene.library / "lena" / f"{one.id}.{ending}"
    stranger.parent.mkdir()
    stranger.write_bytes(b"somebody's own")

    report = move(scene, "template:{author}/{id}")

    assert report.state == "completed"
    assert scene.place(one).name == f"{one.id} (2).png"
    assert scene.place(one).with_suffix(".json").is_file()
    assert stranger.read_bytes() == b"somebody's own"
    undo(scene)
    stranger.unlink()
    stranger.parent.rmdir()
    assert tree(scene) == before


def test_what_somebody_put_in_the_old_place_keeps_it(scene: Scene, site: Gallery) -> None:
    one, other = site.add("lena", 2)
    scene.get("lena")
    was = scene.place(one)
    move(scene, "template:{author}/{id}")
    was.parent.mkdir(parents=True)
    was.write_bytes(b"somebody's own")

    report = undo(scene)

    assert report.state == "incomplete"
    assert scene.failure(one) == "name_taken"
    assert was.read_bytes() == b"somebody's own"
    assert scene.place(one) == scene.library / f"lena/{one.id}.png"
    assert "CivitAI_Browse" in scene.place(other).parts
    was.unlink()
    assert scene.retry(report).state == "completed"
    assert scene.place(one) == was
    ((undone,),) = scene.rows("SELECT undone_at FROM batches WHERE kind = 'move'")
    assert undone is not None


def test_a_name_that_another_file_left_is_given_back_in_time(
    scene: Scene, site: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second takes the name that the first has just left; both go back at once."""
    first, second = site.add("lena", 2)
    scene.get("lena")
    retitle = "UPDATE artworks SET title = :title WHERE site_id = :id"
    scene.change(retitle, title="one", id=str(first.id))
    scene.change(retitle, title="two", id=str(second.id))
    move(scene, "template:{title}")
    before = tree(scene)
    scene.change(retitle, title="three", id=str(first.id))
    scene.change(retitle, title="one", id=str(second.id))
    with monkeypatch.context() as patch:  # one after the other, the first one first
        patch.setattr(runner, "_LARGEST_BATCH", 1)
        patch.setattr(runner, "_SETTLERS", 1)
        move(scene, "template:{title}")
    assert names(scene) == ["one.png", "three.png"]

    report = undo(scene)

    assert report.state == "completed"
    assert tree(scene) == before


def test_links_are_left_alone(scene: Scene, site: Gallery) -> None:
    (one,) = site.add("lena")
    scene.get("lena")
    path = scene.place(one)
    elsewhere = scene.library.parent / "elsewhere.png"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)

    report = move(scene, "template:{author}/{id}")

    assert report.state == "incomplete"
    assert scene.failure(one) == "link_in_library"
    assert path.is_symlink()
    assert not (scene.library / "lena").exists()


def test_further_places_stay_linked_to_the_same_bytes(scene: Scene, site: Gallery) -> None:
    (one,) = site.add("lena")
    scene.get("lena")
    path = scene.place(one)
    further = scene.library / "further.png"
    os.link(path, further)
    scene.change(
        "INSERT INTO places (root_id, path, compare_key, file_id, is_primary) "
        "SELECT root_id, 'further.png', 'further.png', file_id, false FROM places"
    )

    move(scene, "template:{author}/{id}")

    assert further.samefile(scene.library / f"lena/{one.id}.png")


def test_converted_files_go_along_below_their_folder_and_say_their_new_name(
    scene: Scene, site: Gallery
) -> None:
    (one,) = site.add("lena", body=png_photo(1))
    scene.get("lena")
    scene.over_library("convert", originals="keep")
    before = tree(scene)

    move(scene, "template:{author}/{date} {id}")

    made = scene.library / f"Converted/lena/2026-05-01 {one.id}.webp"
    assert made.is_file()
    assert json.loads(made.with_suffix(".json").read_text("utf-8"))["file"]["name"] == made.name
    assert (scene.library / f"lena/2026-05-01 {one.id}.png").is_file()
    require_in_order(scene)
    undo(scene)
    assert tree(scene) == before


def test_by_target_an_artwork_goes_to_the_folder_of_the_first_one(
    scene: Scene, site: Gallery
) -> None:
    (one,) = site.add("lena")
    scene.get("lena", f"image:{one.id}")

    move(scene, "dataset")
    assert names(scene) == [f"lena/{one.id}.png"]
    move(scene, "classic")

    assert scene.place(one).relative_to(scene.library).parts[:2] == ("Username_Search", "lena")
    require_in_order(scene)


def test_without_hard_links_files_are_renamed(
    scene: Scene, site: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.add("lena", 2)
    scene.get("lena")
    before = tree(scene)

    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(1, "not here", str(target))

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    move(scene, "template:{author}/{id}")

    assert {Path(name).parent.as_posix() for name in names(scene)} == {"lena"}
    require_in_order(scene)
    undo(scene)
    assert tree(scene) == before


def test_a_folder_on_another_disk_gets_a_whole_copy(scene: Scene, site: Gallery) -> None:
    (one,) = site.add("lena")
    scene.get("lena")
    before = tree(scene)
    with memory_disk(scene.library / "lena", "size=1m"):
        move(scene, "template:{author}/{id}")

        assert (scene.library / f"lena/{one.id}.png").read_bytes() == one.body
        assert not (scene.library / "CivitAI_Browse").exists()
        require_in_order(scene)
        undo(scene)
        assert not list((scene.library / "lena").iterdir())
    (scene.library / "lena").rmdir()
    assert tree(scene) == before
