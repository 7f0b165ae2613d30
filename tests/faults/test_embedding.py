"""Writing into real files: what is known travels inside, and nothing else changes."""

from __future__ import annotations

import json
import os
from contextlib import closing

import pytest
from PIL import Image
from tests.faults.pictures import PARAMETERS, jpeg_photo, png_photo
from tests.faults.scene import Scene
from tests.faults.test_conversion import require_in_order
from tests.faults.test_removal import remove, restore
from tests.gallery import Gallery
from tests.media.samples import animated

from artkeep.domain.generation import read_generation
from artkeep.jobs.check import check
from artkeep.jobs.tidy import open_library
from artkeep.media.embedded import read_embedded


def test_prompt_tags_and_origin_are_inside_afterwards(scene: Scene, site: Gallery) -> None:
    (png,) = site.add("lena", body=png_photo(1), tags=("harbour", "fate/stay night"))
    (jpeg,) = site.add("lena", body=jpeg_photo(2), tags=("霧",))
    scene.get("lena")
    times = {one.id: scene.place(one).stat().st_mtime_ns for one in (png, jpeg)}

    report = scene.over_library("embed")

    assert (report.state, report.progress.done) == ("completed", 2)
    for one, tag in ((png, "harbour"), (jpeg, "霧")):
        path = scene.place(one)
        embedded = read_embedded(path)
        found = read_generation(embedded)
        assert found is not None
        assert found.prompt == f"picture {one.id}"
        assert tag in (embedded.text("XMP:subject") or "")
        assert path.stat().st_mtime_ns == times[one.id]
        with Image.open(path) as now, Image.open(scene.place(one)) as again:
            assert now.tobytes() == again.tobytes()
        told = json.loads(path.with_suffix(".json").read_text("utf-8"))
        assert told["file"]["size"] == path.stat().st_size
        assert told["file"]["downloaded_sha256"] != told["file"]["sha256"]
    require_in_order(scene)


def test_a_second_time_nothing_is_written(scene: Scene, site: Gallery) -> None:
    site.add("lena", body=png_photo(1))
    scene.get("lena")
    scene.over_library("embed")
    before = scene.on_disk()
    inode = [path.stat().st_ino for path in scene.library.rglob("*.png")]

    report = scene.over_library("embed")

    assert report.state == "completed"
    assert scene.on_disk() == before
    assert [path.stat().st_ino for path in scene.library.rglob("*.png")] == inode


def test_new_tags_are_written_into_the_file_again(scene: Scene, site: Gallery) -> None:
    (one,) = site.add("lena", body=png_photo(1), tags=("harbour",))
    scene.get("lena")
    scene.over_library("embed")
    scene.change("UPDATE tags SET name = 'lighthouse'")

    scene.over_library("embed")

    subjects = read_embedded(scene.place(one)).text("XMP:subject") or ""
    assert "lighthouse" in subjects
    assert "harbour" not in subjects


def test_the_generators_own_words_stand(scene: Scene, site: Gallery) -> None:
    (one,) = site.add("lena", body=png_photo(1, PARAMETERS))
    scene.get("lena")

    scene.over_library("embed")

    assert read_embedded(scene.place(one)).text("PNG:parameters") == PARAMETERS


def test_a_link_in_the_library_is_left_alone(scene: Scene, site: Gallery) -> None:
    (one,) = site.add("lena", body=png_photo(1))
    scene.get("lena")
    path = scene.place(one)
    elsewhere = scene.library.parent / "elsewhere.png"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)

    report = scene.over_library("embed")

    assert report.state == "incomplete"
    assert path.is_symlink()
    assert elsewhere.read_bytes() == one.body


@pytest.mark.skipif(os.name == "nt", reason="needs hard links that keep their inode")
def test_further_places_of_the_same_bytes_follow(scene: Scene, site: Gallery) -> None:
    (one,) = site.add("lena", body=png_photo(1))
    scene.get("lena")
    path = scene.place(one)
    twin = path.with_name("twin.png")
    twin.hardlink_to(path)
    scene.change(
        "INSERT INTO places (root_id, path, compare_key, file_id, artwork_id, is_primary) "
        "SELECT root_id, :path, :path, file_id, artwork_id, FALSE FROM places",
        path=twin.relative_to(scene.library).as_posix(),
    )

    scene.over_library("embed")

    assert twin.stat().st_ino == path.stat().st_ino
    assert read_generation(read_embedded(twin)) is not None


def test_without_exiftool_our_own_writers_do_their_part(
    scene: Scene, site: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = site.add("lena", body=jpeg_photo(1), tags=("harbour",))
    scene.get("lena")
    monkeypatch.setenv("PATH", "")

    report = scene.over_library("embed")

    assert report.state == "completed"
    found = read_generation(read_embedded(scene.place(one)))
    assert found is not None
    assert found.prompt == f"picture {one.id}"
    with closing(scene.open()) as store:
        assert check(store, open_library(store, scene.library), hashes=True).problems == 0


def test_a_prompt_that_the_grammar_cannot_hold_is_told_to_be_in_the_sidecar(
    scene: Scene, site: Gallery
) -> None:
    prompt = "a kitchen\nSteps: 12 of marble\nNegative prompt: is a poem"
    (one,) = site.add(
        "lena", body=png_photo(1), changes={"meta": {"prompt": prompt, "seed": 5}}
    )
    (other,) = site.add("lena", body=png_photo(2))
    scene.get("lena")

    scene.over_library("embed")

    told = {
        str(site_id): json.loads(spec)["embedded"]["left_out"]
        for site_id, spec in scene.rows(
            "SELECT site_id, spec FROM files JOIN artwork_files ON file_id = files.id "
            "JOIN artworks ON artworks.id = artwork_id"
        )
    }
    assert told == {str(one.id): ["exact_prompt"], str(other.id): []}
    assert json.loads(scene.place(one).with_suffix(".json").read_text())["prompt"] == prompt


def test_what_lies_beside_a_file_goes_with_it_to_the_trash_and_back(
    scene: Scene, site: Gallery
) -> None:
    (one,) = site.add("lena", body=animated("gif"), tags=("harbour",))
    scene.get("lena")
    scene.over_library("embed")
    beside = scene.place(one).with_name(f"{scene.place(one).name}.xmp")
    packet = beside.read_bytes()
    assert b"harbour" in packet
    assert scene.place(one).read_bytes() == one.body

    remove(scene, one)

    assert not beside.exists()

    restore(scene, one)

    assert beside.read_bytes() == packet
    require_in_order(scene)
