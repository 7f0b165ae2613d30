"""Final names: never a path out of the library, never over somebody else's file."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.faults.scene import Scene
from tests.faulty_answers import reply, serve
from tests.gallery import Gallery, png
from tests.media.samples import WHOLE, mp4

HOSTILE = [
    "../../../evil",
    "..",
    ".",
    "/etc/passwd",
    "C:\\Windows\\System32",
    "a/b/c",
    "CON",
    "com1.txt",
    "trailing. . ",
    "-rf",
    "~root",
    "name:stream",
    "nul\x00byte",
    "new\nline\ttab",
    "\u202etxt.exe",
    "\u200b\u200b",
    "é" * 300,
    "🎨" * 200,
    "<script>alert(1)</script>",
    "$(touch evil)",
    "%2e%2e%2f",
    ".artkeep",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_inside_the_library(
    scene: Scene, site: Gallery, tmp_path: Path, name: str
) -> None:
    meta = {"prompt": name, "Model": name, "seed": 1}
    odd = {"username": name, "meta": meta, "baseModel": name}
    before = {path for path in tmp_path.iterdir()} | {scene.library}
    (picture,) = site.add("lena", post=77, changes=odd)
    site.server.on("/api/trpc/post.get", reply(status=404))

    report = scene.get(f"image:{picture.id}")

    assert report.state == "completed"
    scene.require_exactly([picture])
    relative = scene.place(picture).relative_to(scene.library)
    assert relative.parts[:3] == ("CivitAI_Browse", "Images", "SFW")
    assert len(relative.parts) == 6
    assert all(len(part.encode()) <= 255 and part[0] not in ".-~" for part in relative.parts)
    assert {path for path in tmp_path.iterdir()} == before


def test_two_names_that_one_filesystem_takes_for_the_same_share_a_folder_safely(
    scene: Scene, site: Gallery
) -> None:
    pictures = [
        *site.add("lena", changes={"meta": {"Model": "Aurora"}}),
        *site.add("lena", changes={"meta": {"Model": "AURORA"}}),
        *site.add("lena", changes={"meta": {"Model": "aurora."}}),
    ]

    assert scene.get("lena").state == "completed"
    scene.require_exactly(pictures)


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "gif", "gif-animated", "avif", "apng"])
def test_the_extension_comes_from_the_bytes(scene: Scene, site: Gallery, kind: str) -> None:
    """The site calls every picture `.jpeg`."""
    (picture,) = site.add("lena", body=WHOLE[kind])

    assert scene.get("lena").state == "completed"
    scene.require_exactly([picture])
    extensions = {"apng": ".png", "gif-animated": ".gif"}
    assert scene.place(picture).suffix == extensions.get(kind, f".{kind}")


def test_a_video_listed_as_a_picture_goes_to_the_videos(scene: Scene, site: Gallery) -> None:
    (picture,) = site.add("lena", body=mp4())

    assert scene.get("lena").state == "completed"
    scene.require_exactly([picture])
    assert scene.place(picture).relative_to(scene.library).parts[1] == "Videos"
    assert scene.place(picture).suffix == ".mp4"


def test_a_video_that_answers_with_a_still_is_asked_for_differently(
    scene: Scene, site: Gallery
) -> None:
    (video,) = site.add("lena", body=mp4(), kind="video")
    site.media(video, serve(WHOLE["webp"], content_type="video/mp4"))
    site.media(video, serve(video.body), rung="original=true,quality=100")

    assert scene.get("lena").state == "completed"
    scene.require_exactly([video])
    assert len(site.asked(video)) == 2


def test_a_video_of_which_there_are_only_stills_is_not_taken_for_one(
    scene: Scene, site: Gallery
) -> None:
    (video,) = site.add("lena", body=mp4(), kind="video")
    (good,) = site.add("lena")
    rungs = ("original=true", "original=true,quality=100", "transcode=true,original=true")
    for rung in (*rungs, "transcode=true,width=12"):
        site.media(video, serve(png(1)), rung=rung)

    report = scene.get("lena")

    assert report.state == "incomplete"
    assert scene.deferred(video) == ("still_not_video", 1)
    assert len(site.asked(video)) == 4
    scene.require_exactly([good])


@pytest.fixture
def taken(scene: Scene, site: Gallery) -> Path:
    """The final name that the next picture is going to have, with its folder made."""
    (first,) = site.add("lena")
    scene.get("lena")
    place = scene.place(first)
    return place.with_name(f"{first.id + 1}.png")


def test_a_strangers_file_under_our_name_is_left_alone(
    scene: Scene, site: Gallery, taken: Path
) -> None:
    taken.write_bytes(b"my own notes")
    (picture,) = site.add("lena")

    assert scene.get("lena").state == "completed"

    assert taken.read_bytes() == b"my own notes"
    assert scene.place(picture).name == f"{picture.id} (2).png"
    strange = taken.relative_to(scene.library).as_posix()
    scene.require_exactly(site.pictures.values(), apart=[strange])


def test_a_strangers_sidecar_under_our_name_is_left_alone(
    scene: Scene, site: Gallery, taken: Path
) -> None:
    theirs = taken.with_suffix(".json")
    theirs.write_text('{"downloader": "another"}')
    (picture,) = site.add("lena")

    assert scene.get("lena").state == "completed"

    assert theirs.read_text() == '{"downloader": "another"}'
    assert scene.place(picture).name == f"{picture.id} (2).png"
    strange = theirs.relative_to(scene.library).as_posix()
    scene.require_exactly(site.pictures.values(), apart=[strange])


def test_the_same_bytes_under_our_name_are_adopted(
    scene: Scene, site: Gallery, taken: Path
) -> None:
    (picture,) = site.add("lena")
    taken.write_bytes(picture.body)

    assert scene.get("lena").state == "completed"

    assert scene.place(picture) == taken
    scene.require_exactly(site.pictures.values())


@pytest.mark.parametrize("is_dangling", [False, True])
def test_a_link_under_our_name_is_not_followed(
    scene: Scene, site: Gallery, taken: Path, tmp_path: Path, is_dangling: bool
) -> None:
    (picture,) = site.add("lena")
    outside = tmp_path / "outside.png"
    if not is_dangling:
        outside.write_bytes(picture.body)
    taken.symlink_to(outside)

    assert scene.get("lena").state == "completed"

    assert taken.is_symlink()
    assert outside.exists() is not is_dangling
    assert scene.place(picture).name == f"{picture.id} (2).png"
    strange = taken.relative_to(scene.library).as_posix()
    scene.require_exactly(site.pictures.values(), apart=[strange])


def test_a_planted_link_in_place_of_a_folder_is_never_followed(
    scene: Scene, site: Gallery, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (good,) = site.add("other")
    scene.get("other")
    author = scene.place(good).parent
    author.with_name("lena").symlink_to(outside)
    (picture,) = site.add("lena")

    report = scene.get("lena")

    assert report.state == "incomplete"
    assert scene.failure(picture) == "link_in_library"
    assert "links inside the library are never followed" in report.words
    assert list(outside.iterdir()) == []
    scene.require_exactly([good])

    author.with_name("lena").unlink()
    assert scene.retry(report, "link_in_library").state == "completed"
    scene.require_exactly([good, picture])


def test_a_file_behind_a_planted_link_is_not_adopted(
    scene: Scene, site: Gallery, tmp_path: Path
) -> None:
    (picture,) = site.add("lena")
    scene.get("lena")
    folder = scene.place(picture).parent
    outside = tmp_path / "outside"
    folder.rename(outside)
    folder.symlink_to(outside)
    scene.change("UPDATE artworks SET download_status = 'none'")
    scene.change("DELETE FROM files")
    before = {path.name: path.read_bytes() for path in outside.iterdir()}

    report = scene.get("lena")

    assert report.state == "incomplete"
    assert scene.failure(picture) == "link_in_library"
    assert {path.name: path.read_bytes() for path in outside.iterdir()} == before


def test_the_library_itself_may_be_a_link(tmp_path: Path, site: Gallery) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "library").symlink_to(tmp_path / "elsewhere")
    scene = Scene(tmp_path, site)
    pictures = site.add("lena", 2)

    assert scene.get("lena").state == "completed"
    scene.require_exactly(pictures)
