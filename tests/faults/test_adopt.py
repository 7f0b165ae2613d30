"""Everyone's old data: taken over where it lies, once, and nothing of it is ever changed."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.faults.pictures import png_photo
from tests.faults.scene import Scene
from tests.gallery import Gallery, png
from tests.media.samples import encoded, mp4
from tests.store.rows import Rows

from artkeep.domain.embedded import Knowledge
from artkeep.domain.query import parse_query
from artkeep.jobs.adopt import Adoption
from artkeep.jobs.adopt_report import Report, by_reason
from artkeep.jobs.adopt_sources import collect, identifier
from artkeep.jobs.check import check, repair
from artkeep.jobs.old_database import find_old_databases, make_way
from artkeep.jobs.tidy import open_library
from artkeep.jobs.trash import matching, remove
from artkeep.media import by_bytes
from artkeep.media.xmp_packet import build_xmp
from artkeep.settings import Settings, Workers
from artkeep.sites._registry import adapters
from artkeep.store.base import Store

CLASSIC = Path(__file__).parent / "fixtures" / "classic"


def adopt(scene: Scene, path: Path, **options: Any) -> Report:
    """Take over a source; `is_dry`, `output_dir`, `site`, `stop_after` artworks."""
    is_dry, stop_after = options.pop("is_dry", False), options.pop("stop_after", None)
    collected = collect(path, identifier(adapters(scene.settings)), **options)
    with closing(scene.open()) as store:
        adoption = Adoption(store, scene.library, collected, is_dry=is_dry)
        taken = [0]
        return adoption.run(
            lambda done, total: taken.append(done),
            lambda: stop_after is not None and taken[-1] >= stop_after,
        )


def tree_of(folder: Path) -> dict[str, bytes]:
    """Every file but markers, by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".artkeep" not in path.parts
    }


def lay(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Put files below a folder."""
    for name, body in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return folder


def history(folder: Path, entries: Mapping[str, Any]) -> Path:
    """A JSON history in a folder."""
    path = folder / "downloaded_images.json"
    path.write_text(json.dumps(entries), "utf-8")
    return path


def entry(path: str, **others: Any) -> dict[str, Any]:
    return {"path": path, "quality": "HD", "download_date": "2024-05-01 - 12:00", **others}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A folder of an earlier program."""
    folder = tmp_path / "old"
    folder.mkdir()
    return folder


def test_a_history_is_taken_over_with_its_files_and_nothing_is_fetched_again(
    scene: Scene, site: Gallery, old: Path
) -> None:
    pictures = site.add("lena", 7)
    one, sorted_one, windows, by_id, gone, cut, html = pictures
    lay(
        old,
        {
            f"image_downloads/lena/{one.id}.png": one.body,
            f"image_downloads/Username_Search/lena/Mix/{sorted_one.id}.png": sorted_one.body,
            f"image_downloads/Username_Search/lena/{windows.id}.png": windows.body,
            f"image_downloads/put/elsewhere/{by_id.id}.png": by_id.body,
            f"image_downloads/lena/{cut.id}.png": cut.body[:-20],
            f"image_downloads/lena/{html.id}.png": b"<html>sorry</html>",
        },
    )
    source = history(
        old,
        {
            f"{one.id}_HD": entry(f"image_downloads/lena/{one.id}.png", tags=["sky"]),
            f"{sorted_one.id}_HD": entry(
                f"image_downloads/Username_Search/lena/{sorted_one.id}.png"
            ),
            f"{windows.id}_HD": entry(
                f"C:\\u\\image_downloads\\Username_Search\\lena\\{windows.id}.png"
            ),
            f"{by_id.id}_HD": entry(f"image_downloads/lena/{by_id.id}.png"),
            f"{gone.id}_HD": entry(f"image_downloads/lena/{gone.id}.png"),
            f"{cut.id}_HD": entry(f"image_downloads/lena/{cut.id}.png"),
            f"{html.id}_HD": entry(f"image_downloads/lena/{html.id}.png"),
            "hostile": entry("/etc/passwd"),
            "5_HD": entry("\ud800\0/5.png"),
        },
    )
    before = tree_of(old)
    dry = adopt(scene, source, is_dry=True)
    assert (dry.with_file, dry.without_file, dry.new) == (4, 4, 8)
    assert scene.rows("SELECT count(*) FROM artworks") == [(0,)]
    assert not list(old.rglob(".artkeep"))

    report = adopt(scene, source)
    assert (report.with_file, report.without_file, report.known) == (4, 4, 0)
    assert {row.key: row.reason for row in report.skipped} == {"hostile": "no_number"}
    assert set(by_reason(report.notes)) == {"file_cut_short", "file_not_media"}
    assert report.folders == [str(old / "image_downloads")]
    assert tree_of(old) == before

    again = adopt(scene, source)
    assert again.is_unchanged
    assert (again.known, again.with_file) == (4, 0)

    job = scene.get("lena")
    assert job.state == "completed"
    asked = {path.path for path in site.media_requests()}
    assert asked == {gone.path(), cut.path(), html.path()}
    assert tree_of(old) == before
    ((tag, origin),) = scene.rows(
        "SELECT name, origin FROM artwork_tags JOIN tags ON tags.id = tag_id "
        "WHERE origin = 'user'"
    )
    assert (tag, origin) == ("sky", "user")
    ((known,),) = scene.rows(
        "SELECT count(*) FROM target_artworks JOIN targets ON targets.id = target_id "
        "WHERE kind = 'user' AND value = 'lena'"
    )
    assert known == 7


def test_the_sample_history_has_the_outcome_that_people_expect(scene: Scene, old: Path) -> None:
    shutil.copy(CLASSIC / "downloaded_images.json", old)
    report = adopt(scene, old / "downloaded_images.json")
    assert (report.entries, report.new, len(report.skipped)) == (15, 15, 4)
    assert scene.rows("SELECT count(*) FROM artworks WHERE download_status = 'none'") == [(15,)]
    dates = "SELECT count(*) FROM records"
    assert scene.rows(dates) == [(15,)]
    assert adopt(scene, old / "downloaded_images.json").is_unchanged


def test_the_sample_database_is_taken_over_and_our_views_tell_the_same_rows(
    scene: Scene, old: Path
) -> None:
    source = old / "tracking_database.sqlite"
    with closing(sqlite3.connect(source)) as database:
        database.executescript((CLASSIC / "tracking_database.sql").read_text("utf-8"))
    lay(
        old / "image_downloads",
        {
            "lena_paints/3000001.jpeg": jpeg(),
            "Model_Tag_Search/sci_fi/model_70/3000003.png": png(3),
            "Username_Search/lena_paints/Meadow Mix/501.png": png(501),
            "Model_Version_ID_Search/modelVersion_9002/507.jpeg": jpeg(1),
        },
    )
    written = source.read_bytes()
    report = adopt(scene, source, output_dir=old / "image_downloads")
    assert (report.with_file, report.without_file) == (4, 2)
    assert source.read_bytes() == written
    rows = scene.rows(
        "SELECT image_key, quality, path, checkpoint_name FROM tracked_images ORDER BY 1"
    )
    root = (old / "image_downloads").as_posix()
    assert rows == [
        (
            "modelVersion:9002_507_SD",
            "SD",
            f"{root}/Model_Version_ID_Search/modelVersion_9002/507.jpeg",
            "Meadow Mix XL",
        ),
        (
            "tag:sci_fi_3000003_HD",
            "HD",
            f"{root}/Model_Tag_Search/sci_fi/model_70/3000003.png",
            None,
        ),
        ("username:lena_paints_3000001_SD", "SD", f"{root}/lena_paints/3000001.jpeg", None),
        (
            "username:lena_paints_501_HD",
            "HD",
            f"{root}/Username_Search/lena_paints/Meadow Mix/501.png",
            "Meadow Mix",
        ),
    ]


def jpeg(number: int = 0) -> bytes:
    """A small JPEG."""
    return encoded(Image.new("RGB", (9, 9), (number, 2, 3)), "jpeg")


def test_one_picture_in_two_targets_and_two_qualities_is_one_artwork(
    scene: Scene, old: Path
) -> None:
    lay(
        old / "image_downloads",
        {
            "Username_Search/lena/7.png": png(7),
            "Model_ID_Search/model_70/7.png": png(7),
            "Username_Search/lena/7.jpeg": jpeg(),
        },
    )
    folder = old / "image_downloads"
    report = adopt(scene, folder)
    assert (report.entries, report.new, report.with_file) == (3, 1, 1)
    assert scene.rows("SELECT count(*) FROM files") == [(2,)]
    assert scene.rows("SELECT count(*), sum(is_primary) FROM places") == [(3, 2)]
    kinds = scene.rows("SELECT kind, value FROM targets ORDER BY kind")
    assert kinds == [("model", "70"), ("user", "lena")]
    assert adopt(scene, folder).is_unchanged


def test_a_reduced_copy_is_not_taken_for_the_original_that_is_gone(
    scene: Scene, old: Path
) -> None:
    lay(old, {"image_downloads/lena/7.jpeg": jpeg()})
    source = history(
        old,
        {
            "7_HD": entry("image_downloads/lena/7.png"),
            "7_SD": entry("image_downloads/lena/7.jpeg", quality="SD"),
        },
    )
    assert adopt(scene, source).with_file == 1
    assert scene.rows("SELECT quality FROM files") == [("sd",)]


def test_the_folder_of_a_program_keeps_its_output_folder_as_the_root(
    scene: Scene, old: Path
) -> None:
    lay(old, {"image_downloads/Username_Search/lena/7.png": png(7), "8_meta.txt": b"Model: x"})
    assert adopt(scene, old).folders == [str(old / "image_downloads")]
    assert scene.rows("SELECT path FROM places") == [("Username_Search/lena/7.png",)]


def test_a_lost_database_is_rebuilt_from_the_library(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 4, tags=("sky", "sea"))
    (film,) = site.add("lena", body=mp4(), kind="video")
    assert scene.get("lena").state == "completed"
    tags = "SELECT count(*) FROM artwork_tags"
    (known,) = scene.rows(tags)
    before = scene.rows(
        "SELECT site_id, author, prompt, model, rating, kind, title, posted_at, width, seed "
        "FROM artworks ORDER BY site_id"
    )
    hashes = scene.rows("SELECT sha256, size, quality, format FROM files ORDER BY sha256")
    for path in scene.settings.data_dir.glob("tracking_database*"):
        path.unlink()
    asked = len(site.media_requests())

    report = adopt(scene, scene.library)
    assert (report.with_file, report.without_file, len(report.skipped)) == (5, 0, 0)
    assert scene.rows(tags) == [known]
    assert before == scene.rows(
        "SELECT site_id, author, prompt, model, rating, kind, title, posted_at, width, seed "
        "FROM artworks ORDER BY site_id"
    )
    assert hashes == scene.rows(
        "SELECT sha256, size, quality, format FROM files ORDER BY sha256"
    )
    job = scene.get("lena")
    assert job.state == "completed"
    assert len(site.media_requests()) == asked, "something was fetched again"
    with closing(scene.open()) as store:
        found = check(store, open_library(store, scene.library), hashes=True)
    assert (found.files, found.problems) == (5, 0)
    scene.require_exactly([*pictures, film])


@pytest.mark.parametrize("originals", ["trash", "keep"])
def test_a_rescan_knows_what_was_converted_and_tags_with_their_votes(
    scene: Scene, site: Gallery, originals: str
) -> None:
    (picture,) = site.add("lena", body=png_photo(5))
    scene.get("lena")
    _vote(scene.place(picture).with_suffix(".json"))
    assert scene.over_library("convert", originals=originals).state == "completed"
    shown = "SELECT role, format, sha256 FROM files WHERE state = 'present' ORDER BY role"
    before = scene.rows(shown)
    assert ("converted", "webp") in [row[:2] for row in before]
    for path in scene.settings.data_dir.glob("tracking_database*"):
        path.unlink()

    assert adopt(scene, scene.library).skipped == []
    assert scene.rows(shown) == before
    status = "SELECT download_status, convert_status, tags_status FROM artworks"
    assert scene.rows(status) == [("done", "done", "done")]
    votes = "SELECT origin, score, name FROM artwork_tags JOIN tags ON tags.id = tag_id"
    assert scene.rows(votes) == [("votes", 41, "dusk")]
    asked = len(site.media_requests())
    assert scene.get("lena").state == "completed"
    assert len(site.media_requests()) == asked


def _vote(sidecar: Path) -> None:
    """As the Tag Scraper leaves it."""
    told = json.loads(sidecar.read_text("utf-8"))
    told["tags"] = [{"name": "dusk", "category": "", "origin": "site", "score": 41, "id": "9"}]
    told["tags_fetched"] = {"at": "2026-05-02T10:00:00+00:00", "method": "key"}
    sidecar.write_text(json.dumps(told), "utf-8")


def test_without_sidecars_what_stands_inside_or_in_the_name_is_enough(
    scene: Scene, old: Path
) -> None:
    packet = build_xmp(Knowledge("civitai", "42", "https://civitai.com/images/42"), None)
    inside = encoded(Image.new("RGB", (9, 9)), "webp", xmp=packet)
    lay(
        old,
        {
            "renamed.webp": inside,
            "CivitAI_Browse/Images/SFW/Mix/lena/77.png": png(77),
            "holiday.png": png(1),
        },
    )
    report = adopt(scene, old)
    assert [one.key for one in report.skipped] == [str(old / "holiday.png")]
    assert scene.rows("SELECT site_id, download_status FROM artworks ORDER BY 1") == [
        ("42", "done"),
        ("77", "done"),
    ]


def test_numbers_alone_name_nothing_unless_somebody_says_whose_they_are(
    scene: Scene, old: Path
) -> None:
    lay(old, {"1.png": png(1), "2.png": png(2)})
    report = adopt(scene, old)
    assert (report.new, by_reason(report.skipped)["not_recognised"]["count"]) == (0, 2)
    assert adopt(scene, old, site="civitai").with_file == 2


def test_classic_text_files_give_prompt_model_and_author(scene: Scene, old: Path) -> None:
    lay(
        old,
        {
            "501.png": png(501),
            "501_meta.txt": (CLASSIC / "501_meta.txt").read_bytes(),
            "504.png": png(504),
            "504_no_meta.txt": (CLASSIC / "504_no_meta.txt").read_bytes(),
        },
    )
    assert adopt(scene, old).with_file == 2
    rows = scene.rows("SELECT site_id, model, author, prompt FROM artworks ORDER BY site_id")
    assert rows[0][:2] == ("501", "Meadow Mix")
    assert rows[0][3]
    assert rows[1][2] == "lena_paints"


def test_folders_of_gallery_dl_and_hydrus_are_read_by_what_lies_beside(
    scene: Scene, old: Path
) -> None:
    about = {
        "category": "civitai",
        "file": {"id": 900, "url": "https://image.civitai.com/x/900.jpeg", "width": 12},
        "user": {"username": "lena"},
        "post": {"id": 5},
        "tags": ["sky", {"name": "sea"}],
        "date": "2026-05-01 10:00:00",
        "nsfwLevel": 4,
    }
    booru = {
        "category": "danbooru",
        "id": 77,
        "rating": "g",
        "tags_artist": ["otto"],
        "tags": "otto 1girl",
        "md5": "ab",
    }
    sha = "a" * 64
    lay(
        old,
        {
            "civitai/lena/900.png": png(900),
            "civitai/lena/900.png.json": json.dumps(about).encode(),
            "danbooru/77.png": png(77),
            "danbooru/77.png.json": json.dumps(booru).encode(),
            "hydrus/a.png": png(1),
            "hydrus/a.png.txt": b"creator:otto\nblue sky\nhttps://civitai.com/images/901",
            f"hydrus/{sha}.png": png(2),
            f"hydrus/{sha}.json": json.dumps({"tags": ["sea", "title:Dusk"]}).encode(),
            "hydrus/b.png": png(3),
            "hydrus/b.png.txt": b"nothing says which",
            "broken/c.png": png(4),
            "broken/c.png.json": b"{" * 5000,
        },
    )
    with closing(sqlite3.connect(old / "archive.sqlite3")) as archive:
        archive.execute("CREATE TABLE archive (entry TEXT PRIMARY KEY) WITHOUT ROWID")
        archive.execute("INSERT INTO archive VALUES ('civitai902')")
        archive.commit()
    before = tree_of(old)
    report = adopt(scene, old)
    rows = scene.rows(
        "SELECT site, site_id, author, title, rating, download_status FROM artworks "
        "ORDER BY site, site_id"
    )
    assert rows == [
        ("civitai", "900", "lena", None, 4, "done"),
        ("civitai", "901", "otto", None, None, "done"),
        ("civitai", "902", None, None, None, "none"),
        ("danbooru", "77", None, None, 1, "done"),
        ("hydrus", sha, None, "Dusk", None, "done"),
    ]
    assert sorted(Path(one.key).name for one in report.skipped) == ["b.png", "c.png"]
    tags = scene.rows(
        "SELECT site_id, name, category, origin FROM artwork_tags "
        "JOIN tags ON tags.id = tag_id JOIN artworks ON artworks.id = artwork_id ORDER BY 1, 2"
    )
    assert ("77", "otto", "artist", "site") in tags
    assert ("901", "otto", "creator", "user") in tags
    assert ("900", "sea", "", "site") in tags
    assert tree_of(old) == before
    assert adopt(scene, old).is_unchanged


def test_a_file_with_another_name_is_found_by_the_bytes_that_were_noted(
    scene: Scene, site: Gallery, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CR-21: a sidecar of ours and those of two boorus; only files of such a size are read."""
    (mine,) = site.add("lena", 1)
    scene.get("lena")
    sidecar = scene.place(mine).with_suffix(".json").read_bytes()
    first, second = png(71), png(72)
    md5 = {name: hashlib.md5(body).hexdigest() for name, body in (("a", first), ("b", second))}
    danbooru = {"category": "danbooru", "id": 71, "md5": md5["a"], "file_size": len(first)}
    e621 = {"category": "e621", "id": 72, "file": {"md5": md5["b"], "size": len(second)}}
    without_size = {"category": "gelbooru", "id": 73, "md5": md5["a"]}
    large = png(5) + b"."
    lay(
        old,
        {
            f"notes/{mine.id}.json": sidecar,
            "notes/71.png.json": json.dumps(danbooru).encode(),
            "notes/72.json": json.dumps(e621).encode(),
            "notes/73.json": json.dumps(without_size).encode(),
            "notes/odd.json": json.dumps({**danbooru, "file_size": "9" * 400}).encode(),
            "sea/x.png": mine.body,
            "sea/y.png": first,
            "z.png": second,
            "holiday.png": large + bytes(100),
        },
    )
    read: list[str] = []
    digest = by_bytes._digest

    def noted(path: str, algorithm: str) -> str:
        read.append(Path(path).name)
        return digest(path, algorithm)

    monkeypatch.setattr(by_bytes, "_digest", noted)
    scene.settings.data_dir.joinpath("tracking_database.sqlite").unlink()
    report = adopt(scene, old)
    assert [Path(one.key).name for one in report.skipped] == ["holiday.png"]
    assert "holiday.png" not in read
    query = (
        "SELECT site, site_id, path FROM artworks "
        "JOIN places ON places.artwork_id = artworks.id ORDER BY 1"
    )
    assert scene.rows(query) == [
        ("civitai", str(mine.id), "sea/x.png"),
        ("danbooru", "71", "sea/y.png"),
        ("e621", "72", "z.png"),
    ]
    assert adopt(scene, old).is_unchanged


def test_the_loss_of_a_picture_of_a_site_that_we_cannot_ask_is_told(
    scene: Scene, old: Path
) -> None:
    told = json.dumps({"category": "sankaku", "id": 77}).encode()
    lay(old, {"77.mp4": mp4(), "77.mp4.json": told, "78.png": png(78), "78.png.json": told})
    (old / "78.png.json").write_text(json.dumps({"category": "sankaku", "id": 78}))
    scene.library = old
    scene.settings = replace_library(scene, old)
    assert adopt(scene, old).with_file == 2
    (old / "78.png").unlink()
    with scene.running() as (engine, store):
        found = check(store, engine.library, hashes=False)
        assert [place.path for place in found.missing] == ["78.png"]
        repair(store, engine.library, found)
        engine.finish_house().result(timeout=60)
    assert scene.rows("SELECT reason FROM failures WHERE stage = 'download'") == [
        ("no_media_url",)
    ]


def replace_library(scene: Scene, folder: Path) -> Settings:
    """The settings of somebody who chose this folder."""
    return scene.settings.model_copy(update={"library": folder})


def test_a_run_that_was_stopped_goes_on_with_the_next_one(
    scene: Scene, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artkeep.jobs.adopt._AT_ONCE", 3)
    source = history(old, {f"{n}_HD": entry(f"p/{n}.png") for n in range(1, 11)})
    lay(old, {f"p/{n}.png": png(n) for n in range(1, 11)})
    first = adopt(scene, source, stop_after=1)
    assert (first.is_stopped, first.with_file) == (True, 3)
    second = adopt(scene, source)
    assert (second.is_stopped, second.known, second.with_file) == (False, 3, 7)


def test_nobody_waits_until_a_heap_that_was_taken_over_is_examined(
    scene: Scene, site: Gallery, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The heap is in the hands of another instance that never ends, and is not waited for."""
    monkeypatch.setattr("artkeep.jobs.engine._MANY", 3)
    lay(old, {f"Username_Search/lena/{n}.png": png(n) for n in range(1, 5)})
    assert adopt(scene, old).with_file == 4
    with closing(scene.open()) as store:
        Rows(store).instance("ghost")
    scene.change("UPDATE work SET owner = 'ghost'")
    (new,) = site.add("vera", 1)
    scene.settings = scene.settings.model_copy(
        update={
            "workers": Workers(examine=1),
            "net": scene.settings.net.model_copy(update={"time_scale": 1.0}),
        }
    )
    assert scene.get("vera", examine=True).state == "completed"
    examined = dict(scene.rows("SELECT site_id, examine_status FROM artworks"))
    assert examined == {**{str(n): "queued" for n in range(1, 5)}, str(new.id): "done"}


def test_what_was_deleted_on_purpose_stays_deleted_and_links_are_not_followed(
    scene: Scene, site: Gallery, old: Path, tmp_path: Path
) -> None:
    (picture,) = site.add("lena")
    scene.get("lena")
    with closing(scene.open()) as store:
        _delete_everything(store, scene)
    outside = lay(tmp_path / "outside", {"9.png": png(9), "folder/8.png": png(8)})
    lay(old, {f"Username_Search/lena/{picture.id}.png": picture.body})
    (old / "Username_Search" / "lena" / "9.png").symlink_to(outside / "9.png")
    (old / "Username_Search" / "otto").symlink_to(outside / "folder")
    report = adopt(scene, old)
    assert (report.known, report.with_file, report.new) == (1, 0, 0)
    assert scene.status(picture) == "skipped"


def _delete_everything(store: Store, scene: Scene) -> None:
    library = open_library(store, scene.library)
    remove(store, library, matching(store, parse_query("site:civitai")))


def test_work_that_waits_is_taken_off_and_work_that_runs_is_left_alone(
    scene: Scene, site: Gallery, old: Path
) -> None:
    waiting, running = site.add("lena", 2)
    scene.change(
        "INSERT INTO artworks (site, site_id, kind, page_url, added_at) "
        "VALUES ('civitai', :a, 'image', '', '2026-01-01'), "
        "('civitai', :b, 'image', '', '2026-01-01')",
        a=str(waiting.id),
        b=str(running.id),
    )
    scene.change(
        "INSERT INTO work (artwork_id, stage, state, owner, epoch, attempts, visits, crashes, "
        "asked_at) SELECT id, 'download', 'queued', "
        "CASE site_id WHEN :b THEN 'somebody' END, 1, 0, 0, 0, '2026-01-01' FROM artworks",
        b=str(running.id),
    )
    lay(old, {f"Username_Search/lena/{one.id}.png": one.body for one in (waiting, running)})
    report = adopt(scene, old)
    assert (report.with_file, report.busy, report.without_file) == (1, 1, 1)
    assert scene.status(waiting) == "done"
    assert scene.rows("SELECT count(*) FROM work WHERE stage = 'download'") == [(1,)]


def test_a_classic_database_under_our_name_makes_way_and_is_found(
    scene: Scene, tmp_path: Path
) -> None:
    here = scene.settings.data_dir
    there = here / "tracking_database.sqlite"
    with closing(sqlite3.connect(there)) as database:
        database.executescript((CLASSIC / "tracking_database.sql").read_text("utf-8"))
    written = there.read_bytes()
    moved = make_way(here)
    assert moved is not None
    assert (moved.read_bytes(), there.exists()) == (written, False)
    scene.open().close()
    assert make_way(here) is None, "ours was taken for the classic one"
    assert find_old_databases(here, [here, tmp_path]) == [moved]
    assert adopt(scene, moved).new == 6
