"""Where files go: the classic layout and the others, and an artwork that two targets have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.faults.scene import Scene
from tests.faulty_answers import json_reply, serve, server_error
from tests.gallery import Gallery, Picture, model, png
from tests.media.samples import encoded

from artkeep.domain.layout import Layout, parse_layout
from artkeep.jobs import trash
from artkeep.jobs.check import check, repair
from artkeep.jobs.tidy import open_library

CLASSIC = Layout("classic")
LENA = "Username_Search/lena"


def jpeg(number: int) -> bytes:
    return encoded(Image.new("RGB", (8, 8), (number % 251, 7, 9)), "jpeg")


def media_of(scene: Scene) -> set[str]:
    """Every picture and text file, by relative path."""
    return {name for name in scene.on_disk() if not name.startswith(".artkeep")}


def inode(scene: Scene, path: str) -> int:
    return (scene.library / path).stat().st_ino


def hang(site: Gallery, **fields: Any) -> list[Picture]:
    """One picture of each kind of generation data."""
    metas: list[dict[str, Any]] = [
        {"meta": {"Size": "1x1", "Model": "Night: Market", "steps": 20, "clipSkip": None}},
        {"meta": {"prompt": "a kite", "seed": 3}, "baseModel": ""},
        {"meta": None},
    ]
    return [site.add("lena", 1, changes=changes, **fields)[0] for changes in metas]


def test_a_creator_in_the_classic_layout(scene: Scene, site: Gallery) -> None:
    named, nameless, bare = hang(site)

    report = scene.get("lena", layout=CLASSIC)

    assert report.state == "completed", report.words
    assert media_of(scene) == {
        f"{LENA}/Night_ Market/{named.id}.png",
        f"{LENA}/Night_ Market/{named.id}_meta.txt",
        f"{LENA}/invalid_metadata/{nameless.id}.png",
        f"{LENA}/invalid_metadata/{nameless.id}_meta.txt",
        f"{LENA}/no_metadata/{bare.id}.png",
        f"{LENA}/no_metadata/{bare.id}_no_meta.txt",
    }
    text = (scene.library / LENA / "Night_ Market" / f"{named.id}_meta.txt").read_text()
    assert text == "Size: 1x1\nModel: Night: Market\nsteps: 20\nclipSkip: "
    assert (
        "URL: https://civitai.red/images/"
        in (scene.library / LENA / "no_metadata" / f"{bare.id}_no_meta.txt").read_text()
    )


def test_models_versions_and_tags_have_their_own_folders(scene: Scene, site: Gallery) -> None:
    """One artwork lies once below each target, with one download for all."""
    (picture,) = site.add("lena", 1, model=70, version=9001)
    flat = Layout("classic", is_sorted=False)
    described = {"id": 70, "name": "Aurora", "tags": ["sci fi"], "type": "Checkpoint"}
    versions = {"modelVersions": [{"id": 9001, "name": "v1"}]}
    site.server.on("/api/v1/models/70", json_reply(model(70, "Aurora", [(9001, "v1")])))
    site.server.on(
        "/api/v1/model-versions/9001",
        json_reply({"id": 9001, "name": "v1", "modelId": 70, "model": {"name": "Aurora"}}),
    )
    site.server.on(
        "/api/v1/models", json_reply({"items": [described | versions], "metadata": {}})
    )

    report = scene.get("model:70", "version:9001", layout=flat)
    assert report.state == "completed", report.words
    report = scene.get("model_tag:sci fi", "lena", layout=flat)
    assert report.state == "completed", report.words

    folders = (
        "Model_ID_Search/model_70",
        "Model_Version_ID_Search/modelVersion_9001",
        "Model_Tag_Search/sci_fi/model_70",
        LENA,
    )
    names = (f"{picture.id}.png", f"{picture.id}_meta.txt")
    assert media_of(scene) == {f"{folder}/{name}" for folder in folders for name in names}
    assert len({inode(scene, f"{folder}/{names[0]}") for folder in folders}) == 1
    assert len(site.asked(picture)) == 1
    before = scene.on_disk()
    scene.get("model_tag:sci fi", "lena", layout=flat)
    assert scene.on_disk() == before
    assert len(site.asked(picture)) == 1
    assert looked_over(scene) == 0


def looked_over(scene: Scene) -> int:
    """What `artkeep check --hashes` finds."""
    store = scene.open()
    try:
        return check(store, open_library(store, scene.library), hashes=True).problems
    finally:
        store.close()


def test_what_the_organized_tree_has_is_linked_into_a_classic_folder(
    scene: Scene, site: Gallery
) -> None:
    (picture,) = site.add("lena", 1)
    scene.get("lena")
    before = scene.on_disk()

    scene.get("lena", layout=CLASSIC)

    mine = {f"{LENA}/Aurora/{picture.id}.png", f"{LENA}/Aurora/{picture.id}_meta.txt"}
    assert media_of(scene) == before.keys() | mine
    assert len(site.asked(picture)) == 1
    rows = scene.rows("SELECT is_primary, file_id FROM places ORDER BY id")
    assert [bool(row[0]) for row in rows] == [True, False]
    assert rows[0][1] == rows[1][1]


def test_where_there_are_no_links_a_copy_lies_in_the_second_folder(
    scene: Scene, site: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise OSError(1, "no links here")

    (picture,) = site.add("lena", 1)
    scene.get("lena")
    monkeypatch.setattr(Path, "hardlink_to", refuse)

    scene.get("lena", layout=CLASSIC)

    copy = scene.library / LENA / "Aurora" / f"{picture.id}.png"
    assert copy.read_bytes() == picture.body
    assert copy.stat().st_nlink == 1
    assert looked_over(scene) == 0
    assert scene.over_library("embed").state == "completed"
    assert copy.read_bytes() != picture.body, "a copy follows as a link would"
    assert looked_over(scene) == 0


def test_a_strangers_file_under_the_name_stays(scene: Scene, site: Gallery) -> None:
    first, second = site.add("lena", 2)
    theirs = scene.library / LENA / "Aurora" / f"{first.id}.png"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"somebody's own")

    scene.get("lena", layout=CLASSIC)
    assert theirs.read_bytes() == b"somebody's own"
    ours = theirs.with_name(f"{first.id} (2).png")
    assert ours.read_bytes() == first.body
    assert ours.with_name(f"{first.id} (2)_meta.txt").is_file()
    assert theirs.with_name(f"{second.id}.png").read_bytes() == second.body


def test_a_lost_file_comes_back_to_where_it_lay(scene: Scene, site: Gallery) -> None:
    """Whichever layout asks for it."""
    (picture,) = site.add("lena", 1)
    scene.get("lena", layout=CLASSIC)
    whole = scene.on_disk()
    (scene.library / LENA / "Aurora" / f"{picture.id}.png").unlink()

    scene.get("lena")

    assert scene.on_disk() == whole
    assert len(site.asked(picture)) == 2
    assert looked_over(scene) == 0


@pytest.mark.parametrize("elsewhere", ["", "no_metadata"])
def test_a_file_that_somebody_moved_is_found_and_not_fetched(
    elsewhere: str, scene: Scene, site: Gallery
) -> None:
    (picture,) = site.add("lena", 1)
    scene.get("lena", layout=CLASSIC)
    name = f"{picture.id}.png"
    moved = scene.library / LENA / elsewhere / name
    moved.parent.mkdir(exist_ok=True)
    (scene.library / LENA / "Aurora" / name).rename(moved)

    scene.get("lena", layout=Layout("classic", is_sorted=False))

    assert len(site.asked(picture)) == 1
    assert scene.place(picture) == moved
    assert looked_over(scene) == 0


def test_a_lost_further_place_is_filled_again(scene: Scene, site: Gallery) -> None:
    (picture,) = site.add("lena", 1)
    scene.get("lena")
    scene.get("lena", layout=CLASSIC)
    whole = scene.on_disk()
    lost = scene.library / LENA / "Aurora" / f"{picture.id}.png"
    lost.unlink()
    store = scene.open()
    library = open_library(store, scene.library)
    report = check(store, library, hashes=False)
    assert [place.path for place in report.missing] == [f"{LENA}/Aurora/{picture.id}.png"]

    repair(store, library, report)
    store.close()

    assert scene.on_disk() == whole
    assert looked_over(scene) == 0
    lost.unlink()
    scene.get("lena", layout=CLASSIC)
    assert scene.on_disk() == whole
    assert len(site.asked(picture)) == 1


def test_hd_is_fetched_where_only_sd_is_here(scene: Scene, site: Gallery) -> None:
    """And the SD file stays where it has another name; HD satisfies whoever wants SD."""
    (picture,) = site.add("lena", 1, changes={"url": None})
    listed = picture.path("width=450")
    picture.changes["url"] = f"https://image.civitai.com{listed}"
    site.server.on(listed, serve(jpeg(1)))
    scene.get("lena", layout=CLASSIC, quality="sd")
    sd, hd = (f"{LENA}/Aurora/{picture.id}.{end}" for end in ("jpeg", "png"))
    assert scene.on_disk()[sd] == jpeg(1)

    scene.get("lena", layout=CLASSIC)

    found = scene.on_disk()
    assert found[sd] == jpeg(1)
    assert found[hd] == picture.body
    assert scene.rows("SELECT role, quality FROM files ORDER BY id") == [
        ("superseded", "sd"),
        ("original", "hd"),
    ]
    times = len(site.asked(picture))
    scene.get("lena", layout=CLASSIC, quality="sd")
    scene.get("lena", layout=CLASSIC)
    assert len(site.asked(picture)) == times
    assert looked_over(scene) == 0


def test_hd_of_the_same_name_replaces_sd(scene: Scene, site: Gallery) -> None:
    (picture,) = site.add("lena", 1, body=jpeg(9), changes={"url": None})
    listed = picture.path("width=450")
    picture.changes["url"] = f"https://image.civitai.com{listed}"
    site.server.on(listed, serve(jpeg(1)))
    scene.get("lena", layout=CLASSIC, quality="sd")
    scene.get("lena", quality="sd", layout=Layout("dataset"))
    site.media(picture, server_error(503))
    scene.get("lena", layout=CLASSIC)
    path = f"{LENA}/Aurora/{picture.id}.jpeg"
    assert scene.on_disk()[path] == jpeg(1), "nothing is given up before the new one is there"
    site.media(picture, serve(picture.body))
    scene.come_back_later(scene.get("lena", layout=CLASSIC))

    found = scene.on_disk()
    assert found[path] == jpeg(9)
    assert f"{LENA}/Aurora/{picture.id} (2).jpeg" not in found
    assert scene.status(picture) == "done"
    assert found[f"lena/{picture.id}.jpeg"] == jpeg(1)
    scene.get("lena", layout=Layout("dataset"))
    assert scene.on_disk()[f"lena/{picture.id}.jpeg"] == jpeg(9)
    assert scene.rows("SELECT count(*) FROM files") == [(1,)]
    assert looked_over(scene) == 0


def test_a_redownload_replaces_each_file_once_the_new_one_is_there(
    scene: Scene, site: Gallery
) -> None:
    changed, edited, broken = site.add("lena", 3)
    scene.get("lena", layout=CLASSIC)
    paths = {one.id: scene.place(one) for one in (changed, edited, broken)}
    site.media(changed, serve(png(200)))
    site.media(edited, serve(png(201)))
    site.media(broken, server_error(404))
    paths[edited.id].write_bytes(png(77))

    report = scene.get("lena", layout=CLASSIC, is_redownload=True)

    assert report.state == "incomplete"
    assert paths[changed.id].read_bytes() == png(200)
    assert paths[edited.id].read_bytes() == png(77), "an edit is never overwritten"
    assert paths[edited.id].with_name(f"{edited.id} (2).png").read_bytes() == png(201)
    assert paths[broken.id].read_bytes() == broken.body
    assert scene.status(changed) == "done"
    report = scene.come_back_later(report)
    assert report.state == "incomplete"
    assert scene.failure(broken) is not None
    assert scene.status(broken) == "done", "the old file is still there"


def test_deleting_takes_every_place_and_its_text_along(scene: Scene, site: Gallery) -> None:
    site.add("lena", 1)
    scene.get("lena", layout=CLASSIC)
    scene.get("lena", layout=Layout("dataset"))
    whole = scene.on_disk()
    store = scene.open()
    library = open_library(store, scene.library)
    trash.remove(store, library, [1])
    assert not {name for name in scene.on_disk() if not name.startswith(".artkeep")}

    trash.restore(store, library, [1])
    store.close()

    assert scene.on_disk() == whole
    assert looked_over(scene) == 0


def test_the_dated_layout_and_the_one_of_datasets(scene: Scene, site: Gallery) -> None:
    (picture,) = site.add("lena", 1)
    (other,) = site.add("mori", 1, created="2026-12-31T23:59:58.000Z")
    scene.get("lena", layout=parse_layout("dataset"))
    scene.get("mori", layout=parse_layout("dated"))

    assert scene.place(picture) == scene.library / "lena" / f"{picture.id}.png"
    name = f"civitai/2026-12/20261231_235958_{other.id}"
    assert scene.place(other) == scene.library / f"{name}.png"
    assert json.loads((scene.library / f"{name}.json").read_text())["id"] == str(other.id)


def test_files_of_the_dataset_layout_have_captions(scene: Scene, site: Gallery) -> None:
    """Also those that came before and were placed elsewhere; what somebody wrote stays."""
    first, second = site.add("lena", 2)
    scene.get("lena")
    mine = scene.library / "lena" / f"{first.id}.txt"
    mine.parent.mkdir()
    mine.write_text("my own words")

    scene.get("lena", layout=parse_layout("dataset"))

    texts = {name for name in scene.on_disk() if name.endswith(".txt")}
    assert texts == {f"lena/{first.id}.txt", f"lena/{second.id}.txt"}
    assert mine.read_text() == "my own words"
    assert mine.with_name(f"{second.id}.txt").read_text().strip()
    assert scene.rows("SELECT count(*) FROM captions") == [(1,)]


def test_embedding_and_converting_hold_with_two_places(scene: Scene, site: Gallery) -> None:
    """Both places change together; the text file stays with what takes the picture's place."""
    (picture,) = site.add("lena", 1, body=encoded(Image.effect_noise((64, 64), 90), "png"))
    scene.get("lena", layout=CLASSIC)
    scene.get("lena", layout=Layout("dataset"))
    mine = f"{LENA}/Aurora/{picture.id}"

    assert scene.over_library("embed").state == "completed"
    assert scene.on_disk()[f"{mine}.png"] == scene.on_disk()[f"lena/{picture.id}.png"]
    assert scene.on_disk()[f"{mine}.png"] != picture.body
    assert looked_over(scene) == 0

    report = scene.over_library("convert", originals="trash", quality=40)
    assert report.state == "completed", report.words
    assert {f"{mine}.webp", f"{mine}_meta.txt"} <= media_of(scene)
    scene.get("lena", layout=Layout("dataset"))
    assert inode(scene, f"lena/{picture.id}.webp") == inode(scene, f"{mine}.webp")
    assert len(site.asked(picture)) == 1
    assert looked_over(scene) == 0


def test_names_that_clean_to_the_same_folder_keep_apart(scene: Scene, site: Gallery) -> None:
    """SE-8: the later one gets a hash, every time the same."""
    first, second = site.add("lena"), site.add("lena_")
    scene.get("lena", layout=CLASSIC)
    scene.get("lena_", layout=CLASSIC)

    folder = scene.place(second[0]).relative_to(scene.library).parts[1]
    assert folder.startswith("lena_")
    assert folder != "lena_"
    assert scene.place(first[0]).relative_to(scene.library).parts[1] == "lena"
    before = scene.on_disk()
    scene.get("lena_", layout=CLASSIC)
    scene.get("LENA", layout=CLASSIC)
    assert scene.on_disk() == before


def test_a_failed_download_of_two_targets_is_retried_into_its_folder(
    scene: Scene, site: Gallery
) -> None:
    (picture,) = site.add("lena")
    (other,) = site.add("mori")
    site.media(other, server_error(404))
    report = scene.come_back_later(scene.get("lena", "mori", layout=CLASSIC))
    assert scene.failure(other) is not None
    site.media(other, serve(other.body))

    assert scene.retry(report).state == "completed"

    assert scene.place(other).parent == scene.library / "Username_Search/mori/Aurora"
    assert scene.place(picture).parent == scene.library / LENA / "Aurora"
