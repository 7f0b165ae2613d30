"""Converting with real files: smaller ones stand for their artworks, and can be taken back."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from tests.faults.pictures import PARAMETERS, jpeg_photo, png_photo
from tests.faults.scene import Scene
from tests.gallery import Gallery, Picture
from tests.media import strangers

from artkeep.domain.generation import read_generation
from artkeep.errors import Conflict, NotFound
from artkeep.jobs.check import check
from artkeep.jobs.tidy import open_library
from artkeep.jobs.trash import empty
from artkeep.jobs.undo import Undone, undo
from artkeep.media.embedded import read_embedded

TRASH = ".artkeep/trash/"


def hang_up(site: Gallery) -> list[Picture]:
    """Three that speak for themselves, and one of whose making only the site knows."""
    with_words = [site.add("lena", body=png_photo(n, PARAMETERS))[0] for n in range(3)]
    return [*with_words, *site.add("lena", body=jpeg_photo(4), tags=("harbour", "fog"))]


def take_back(scene: Scene, batch: int) -> Undone:
    with closing(scene.open()) as store:
        return undo(store, open_library(store, scene.library), batch)


def require_in_order(scene: Scene) -> None:
    with closing(scene.open()) as store:
        report = check(store, open_library(store, scene.library), hashes=True)
    assert report.problems == 0, report.to_json()


def named(scene: Scene, ending: str) -> list[Path]:
    found = sorted(scene.library.rglob(f"*{ending}"))
    return [path for path in found if ".artkeep" not in path.parts]


def test_kept_originals_lie_beside_a_folder_with_the_new_files(
    scene: Scene, site: Gallery
) -> None:
    pictures = hang_up(site)
    scene.get("lena")
    before = scene.on_disk()

    report = scene.over_library("convert", originals="keep", folder="Small")

    assert (report.state, report.progress.done) == ("completed", 4)
    assert {name: body for name, body in scene.on_disk().items() if name in before} == before
    made = named(scene, ".webp")
    assert len(made) == 4
    assert all(path.is_relative_to(scene.library / "Small") for path in made)
    for path in made:
        with Image.open(path) as picture:
            assert picture.size == (64, 96)
        told = json.loads(path.with_suffix(".json").read_text("utf-8"))
        assert told["file"]["name"] == path.name
        assert told["source"]["size"] > told["file"]["size"] == path.stat().st_size
    assert report.progress.bytes == sum(len(picture.body) for picture in pictures) - sum(
        path.stat().st_size for path in made
    )
    require_in_order(scene)


def test_words_tags_and_origin_are_inside_the_new_file(scene: Scene, site: Gallery) -> None:
    own, *_, from_site = hang_up(site)
    scene.get("lena")

    scene.over_library("convert", originals="trash")

    (path,) = [path for path in named(scene, ".webp") if path.stem == str(own.id)]
    found = read_generation(read_embedded(path))
    assert found is not None
    assert (found.prompt, found.seed) == ("a quiet harbour, 港の朝", 42)
    (path,) = [path for path in named(scene, ".webp") if path.stem == str(from_site.id)]
    embedded = read_embedded(path)
    found = read_generation(embedded)
    assert found is not None
    assert found.prompt == f"picture {from_site.id}"
    assert "harbour" in (embedded.text("XMP:subject") or "")


def test_in_place_the_original_waits_in_the_trash_and_comes_back_byte_for_byte(
    scene: Scene, site: Gallery
) -> None:
    pictures = hang_up(site)
    scene.get("lena")
    before = scene.on_disk()

    scene.over_library("convert", originals="trash")

    assert named(scene, ".png") == named(scene, ".jpeg") == []
    trashed = {body for name, body in scene.on_disk().items() if name.startswith(TRASH)}
    assert {picture.body for picture in pictures} <= trashed
    require_in_order(scene)

    done = take_back(scene, 1)

    assert (done.files, done.stuck) == (4, 0)
    apart = {name for name in scene.on_disk() if name.startswith(TRASH)}
    there = {name: body for name, body in scene.on_disk().items() if name not in apart}
    assert there.keys() == before.keys()
    assert {n: b for n, b in there.items() if not n.endswith(".json")} == {
        n: b for n, b in before.items() if not n.endswith(".json")
    }
    for name in there:
        if name.endswith(".json"):
            assert json.loads(there[name]) == json.loads(before[name])
    require_in_order(scene)
    with pytest.raises(Conflict):
        take_back(scene, 1)
    assert scene.rows("SELECT DISTINCT convert_status FROM artworks") == [("none",)]


def test_what_was_taken_back_can_be_converted_again(scene: Scene, site: Gallery) -> None:
    hang_up(site)
    scene.get("lena")
    scene.over_library("convert", originals="trash")
    take_back(scene, 1)

    report = scene.over_library("convert", originals="trash", quality=80)

    assert (report.state, report.progress.done) == ("completed", 4)
    require_in_order(scene)


def test_a_second_run_does_nothing_twice(scene: Scene, site: Gallery) -> None:
    hang_up(site)
    scene.get("lena")
    scene.over_library("convert", originals="keep")
    before = scene.on_disk()

    report = scene.over_library("convert", originals="keep")

    assert report.state == "completed"
    assert scene.on_disk() == before
    assert scene.rows("SELECT COUNT(*) FROM files WHERE role = 'converted'") == [(4,)]


def test_deleted_originals_are_gone_and_cannot_come_back(scene: Scene, site: Gallery) -> None:
    hang_up(site)
    scene.get("lena")

    scene.over_library("convert", originals="delete")

    assert not [name for name in scene.on_disk() if name.startswith(TRASH)]
    assert len(named(scene, ".webp")) == 4
    done = take_back(scene, 1)
    assert (done.files, done.stuck) == (0, 4)
    assert len(named(scene, ".webp")) == 4
    require_in_order(scene)


def test_the_emptied_trash_keeps_what_was_made(scene: Scene, site: Gallery) -> None:
    hang_up(site)
    scene.get("lena")
    scene.over_library("convert", originals="trash")
    scene.change("UPDATE batches SET created_at = '2020-01-01 00:00:00'")

    with closing(scene.open()) as store:
        library = open_library(store, scene.library)
        assert empty(store, library, scene.settings.data_dir / "thumbs", 7) == 4

    assert len(named(scene, ".webp")) == 4
    assert not [name for name in scene.on_disk() if name.startswith(TRASH)]
    require_in_order(scene)
    assert take_back(scene, 1).stuck == 4


def test_a_later_download_does_not_fetch_what_was_converted(
    scene: Scene, site: Gallery
) -> None:
    pictures = hang_up(site)
    scene.get("lena")
    scene.over_library("convert", originals="trash")

    report = scene.get("lena")

    assert (report.progress.done, report.progress.have) == (0, 4)
    assert all(len(site.asked(picture)) == 1 for picture in pictures)
    assert named(scene, ".png") == []


def test_a_lost_converted_file_is_fetched_again(scene: Scene, site: Gallery) -> None:
    own, *_ = hang_up(site)
    scene.get("lena")
    scene.over_library("convert", originals="delete")
    (path,) = [path for path in named(scene, ".webp") if path.stem == str(own.id)]
    path.unlink()

    scene.get("lena")

    assert [path.read_bytes() for path in named(scene, ".png")] == [own.body]
    require_in_order(scene)


def test_what_cannot_be_converted_is_left_alone_with_the_reason(
    scene: Scene, site: Gallery
) -> None:
    deep = BytesIO()
    Image.new("I;16", (64, 96), 40_000).save(deep, "PNG")
    site.add("lena", body=deep.getvalue())
    small = BytesIO()
    Image.open(BytesIO(png_photo(1))).save(small, "WEBP", quality=80)
    site.add("lena", body=small.getvalue())
    site.add("lena", body=png_photo(2))
    scene.get("lena")
    before = scene.on_disk()

    report = scene.over_library("convert", originals="trash")

    assert report.state == "completed"
    assert report.progress.done == 1
    assert report.progress.skipped_by == {"sixteen_bit": 1, "already_webp": 1}
    left = {n: b for n, b in scene.on_disk().items() if n in before and n.endswith("g")}
    assert deep.getvalue() in left.values()


def test_an_original_changed_meanwhile_is_kept(
    scene: Scene, site: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = site.add("lena", body=png_photo(1))
    scene.get("lena")
    original = scene.place(one)
    edited = png_photo(7)
    from artkeep.store import conversions

    settle = conversions.settle

    def edit_first(*args: object, **words: object) -> object:
        original.write_bytes(edited)
        return settle(*args, **words)  # type: ignore[arg-type]

    monkeypatch.setattr(conversions, "settle", edit_first)

    scene.over_library("convert", originals="delete")

    assert original.read_bytes() == edited
    assert len(named(scene, ".webp")) == 1


def test_a_strangers_file_makes_ours_take_the_next_name(scene: Scene, site: Gallery) -> None:
    (one,) = site.add("lena", body=png_photo(1))
    scene.get("lena")
    stranger = scene.place(one).with_suffix(".webp")
    stranger.write_bytes(b"somebody's own")

    report = scene.over_library("convert", originals="trash")

    assert report.state == "completed"
    assert stranger.read_bytes() == b"somebody's own"
    assert len(named(scene, ".webp")) == 2


def test_a_write_protected_original_is_left_alone_in_place(scene: Scene, site: Gallery) -> None:
    (one,) = site.add("lena", body=png_photo(1))
    scene.get("lena")
    scene.place(one).chmod(0o444)

    report = scene.over_library("convert", originals="trash")

    assert report.state == "incomplete"
    assert "write_protected" in report.codes
    assert scene.place(one).read_bytes() == one.body


def test_folders_can_follow_rating_model_and_author(scene: Scene, site: Gallery) -> None:
    hang_up(site)
    scene.get("lena")

    scene.over_library(
        "convert", originals="keep", folder="Small", organise=["rating", "author"]
    )

    folders = {
        path.parent.relative_to(scene.library).as_posix() for path in named(scene, ".webp")
    }
    assert folders == {"Small/SFW/lena"}


def test_a_chain_converts_what_it_downloads(scene: Scene, site: Gallery) -> None:
    hang_up(site)

    report = scene.get("lena", then=("embed", "convert"))

    assert report.state == "completed"
    assert len(named(scene, ".webp")) == 4
    statuses = "SELECT DISTINCT download_status, embed_status, convert_status FROM artworks"
    assert scene.rows(statuses) == [("done", "done", "done")]
    require_in_order(scene)


def test_only_what_the_query_means_is_converted(scene: Scene, site: Gallery) -> None:
    hang_up(site)
    scene.get("lena")

    report = scene.over_library("convert", "format:jpeg", originals="keep")

    assert (report.progress.total, report.progress.done) == (1, 1)


def test_there_is_no_such_conversion(scene: Scene, site: Gallery) -> None:
    with pytest.raises(NotFound):
        take_back(scene, 12)


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="needs exiftool")
def test_readers_nobody_here_wrote_find_the_prompt_in_every_converted_file(
    scene: Scene, site: Gallery
) -> None:
    parameters = PARAMETERS.replace(", 港の朝", "")  # one of them fails on other letters
    own = site.add("lena", body=png_photo(1, parameters))[0]
    meta = {
        "prompt": "a quiet harbour",
        "negativePrompt": "blurry",
        "steps": 20,
        "sampler": "Euler a",
        "cfgScale": 7,
        "seed": 42,
        "Size": "64x96",
    }
    from_site = site.add("lena", body=jpeg_photo(2), changes={"meta": meta})[0]
    scene.get("lena", then=("embed", "convert"))

    for one in (own, from_site):
        (path,) = [path for path in named(scene, ".webp") if path.stem == str(one.id)]
        assert strangers.by_sd_parsers(path) == ("a quiet harbour", "blurry")
        positive, negative, line = strangers.by_prompt_reader(path)
        assert (positive.strip(), negative.strip()) == ("a quiet harbour", "blurry")
        assert line.startswith("Steps: 20")
        assert strangers.by_piexif(path).startswith("a quiet harbour\nNegative prompt: blurry")
        _, comment = strangers.by_pillow(path)
        assert comment is not None
        assert comment.startswith(b"UNICODE\0\0a\0 \0q")
        told = strangers.by_exiftool(path)
        assert told["ExifIFD:UserComment"].startswith("a quiet harbour")


def test_what_was_not_downloaded_is_replaced_with_consent_only(
    scene: Scene, site: Gallery
) -> None:
    """CV-16"""
    (one,) = site.add("lena", body=png_photo(1))
    scene.get("lena")
    scene.change("UPDATE files SET downloaded_sha256 = NULL")

    report = scene.over_library("convert", originals="delete")

    assert report.progress.skipped_by == {"not_fetched": 1}
    assert scene.place(one).read_bytes() == one.body
    report = scene.over_library("convert", originals="trash", may_replace_own=True)
    assert report.progress.done == 1
    assert [path.suffix for path in sorted(scene.library.rglob(f"{one.id}.*"))] == [
        ".json",
        ".webp",
    ]


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="needs exiftool")
@pytest.mark.parametrize("order", [("embed", "convert"), ("convert", "embed")])
def test_readers_nobody_here_wrote_find_the_prompt_in_every_avif(
    scene: Scene, site: Gallery, order: tuple[str, str]
) -> None:
    """Those that know Stable Diffusion's words do not open AVIF; these are what there is."""
    own = site.add("lena", body=png_photo(1, PARAMETERS))[0]
    from_site = site.add("lena", body=jpeg_photo(2))[0]
    scene.get("lena")
    for stage in order:
        options = {"format": "avif", "originals": "keep"} if stage == "convert" else {}
        assert scene.over_library(stage, **options).progress.done == 2

    for one, prompt in ((own, "a quiet harbour"), (from_site, str(from_site.id))):
        (path,) = [path for path in named(scene, ".avif") if path.stem == str(one.id)]
        told = strangers.by_exiftool(path)["ExifIFD:UserComment"]
        assert prompt in told
        assert strangers.by_exiv2(path) == told
        _, comment = strangers.by_pillow(path)
        assert comment == b"UNICODE\0" + told.encode("utf-16-be")
