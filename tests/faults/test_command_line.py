"""Exit codes and words of the command line when something is not as it should be."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.faults.mounts import memory_disk, remount
from tests.faults.scene import Scene
from tests.faults.shell import artkeep
from tests.faulty_answers import json_reply, reply, serve
from tests.gallery import CREATOR, IMAGES, Gallery, model, trpc
from tests.media.samples import mp4


def test_everything_there_is_0_and_a_second_run_fetches_nothing(
    scene: Scene, site: Gallery
) -> None:
    pictures = site.add("lena", 3)

    first = artkeep(scene, "get", "--user", "lena", "--json")
    second = artkeep(scene, "get", "--user", "lena")

    assert (first.code, second.code) == (0, 0)
    assert [line["event"] for line in first.lines] == ["started", "ended"]
    assert first.lines[-1]["done"] == 3
    assert "completed" in second.out
    assert "have 3 · new 0" in second.out
    assert len(site.media_requests()) == 3
    scene.require_exactly(pictures)


def test_a_failure_is_3_and_named(scene: Scene, site: Gallery) -> None:
    (broken,) = site.add("lena")
    site.media(broken, reply(broken.body[:-9]))

    ended = artkeep(scene, "get", "--user", "lena")

    assert ended.code == 3
    assert "incomplete" in ended.out
    assert "1 failed (download, damaged): Damaged at the source" in ended.out


def test_an_unknown_user_is_4(scene: Scene, site: Gallery) -> None:
    site.add("lena_paints")
    site.server.on(
        "/api/v1/users", json_reply({"items": [{"id": 1, "username": "lena_paints"}]})
    )

    ended = artkeep(scene, "get", "--user", "lena_paint")

    assert ended.code == 4
    assert "Civitai does not know the user lena_paint. Did you mean lena_paints?" in ended.out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["civitai:usr:lena"], 2, "Did you mean civitai:user:"),
        (["civitia:user:lena"], 4, "Did you mean civitai:user:lena?"),
        (["https://civitia.com/user/lena"], 4, "Did you mean civitai.com?"),
        (["https://example.org/lena"], 4, "Known sites: civitai"),
        (["just words"], 4, "Paste a link"),
        (["--model", "nine"], 2, "is not the number of a Civitai model"),
        (["--image", "99999999999999999999999"], 2, "is not the number of a Civitai image"),
        (["--user", "lena", "--type", "sound"], 2, "write image, video or both"),
        (["--user", "lena", "--rating", "q"], 2, "write pg, pg13, r, x or xxx"),
        (["--user", "lena", "--since", "someday"], 2, "--since someday"),
        (["--user", "lena", "--max-items", "0"], 2, "must be at least 1"),
        (["--user", "lena", "--concurrency", "21"], 2, "must be from 1 to 20"),
        (["--user", "lena", "--then", "vanish"], 2, "Nothing called 'vanish'"),
        (["-i", "nowhere.txt"], 2, "nowhere.txt cannot be read"),
        ([], 2, "Give at least one link"),
    ],
)
def test_what_cannot_be_understood_starts_nothing(
    scene: Scene, site: Gallery, words: list[str], code: int, said: str
) -> None:
    site.add("lena")

    ended = artkeep(scene, "get", *words)

    assert ended.code == code
    assert said in ended.err
    assert site.server.requests == []
    assert not scene.library.exists()


def test_a_rejected_key_is_5_and_shown_nowhere(scene: Scene, site: Gallery) -> None:
    site.add("lena")
    site.server.on(IMAGES, json_reply({"error": "Unauthorized"}, status=401))
    key = "canary-0123456789abcdef"

    ended = artkeep(scene, "get", "--user", "lena", "-v", ARTKEEP_SITES__CIVITAI__API_KEY=key)

    assert ended.code == 5
    assert "Key missing or rejected" in ended.out
    assert "Settings › Sites" in ended.out
    assert key not in ended.words
    assert site.server.requests_to(IMAGES)[0].headers["authorization"] == f"Bearer {key}"
    logs = b"".join(path.read_bytes() for path in scene.settings.logs_dir.rglob("*.*"))
    assert key.encode() not in logs


def test_a_private_collection_without_a_key_is_5(scene: Scene, site: Gallery) -> None:
    site.server.on("/api/trpc/collection.getById", trpc({"collection": None}))

    ended = artkeep(scene, "get", "--collection", "12")

    assert ended.code == 5
    assert "The collection 12 is private or gone" in ended.out


def test_a_full_disk_is_6_and_a_read_only_one_too(tmp_path: Path, site: Gallery) -> None:
    site.add("lena", 40)
    with memory_disk(tmp_path / "disk", "size=120k") as disk:
        scene = Scene(tmp_path, site, library=disk)

        full = artkeep(scene, "get", "--user", "lena")
        assert full.code == 6
        assert "There is no room left on the disk" in full.out

        remount(disk, "size=4m,ro")
        read_only = artkeep(scene, "get", "--user", "lena")
        assert read_only.code == 6
        assert "is not permitted" in read_only.err
        assert "choose another --library" in read_only.err


def test_a_missing_library_is_6_and_says_the_way_out(scene: Scene, site: Gallery) -> None:
    site.add("lena")
    artkeep(scene, "get", "--user", "lena")
    scene.library.rename(scene.library.with_name("away"))

    ended = artkeep(scene, "get", "--user", "lena")

    assert ended.code == 6
    assert "marker file is missing" in ended.err
    assert "artkeep check --repair --accept-library" in ended.err
    assert not scene.library.exists()


def test_simulate_lists_and_records_and_asks_for_nothing(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 3)
    videos = site.add("lena", kind="video", body=mp4())

    ended = artkeep(scene, "get", "--user", "lena", "--type", "image", "-s", "--json")

    assert ended.code == 0
    shown = {line["id"]: line["skipped"] for line in ended.lines if "id" in line}
    assert shown == {str(one.id): None for one in pictures} | {
        str(videos[0].id): "filtered_type"
    }
    assert site.media_requests() == []
    assert scene.rows("SELECT count(*) FROM artworks") == [(4,)]
    assert scene.rows("SELECT DISTINCT download_status FROM artworks") == [("none",)]
    assert scene.rows("SELECT count(*) FROM work") == [(0,)]
    assert scene.rows("SELECT state FROM jobs") == [("completed",)]


def test_simulate_of_somebody_unknown_is_4_in_json_too(scene: Scene, site: Gallery) -> None:
    site.add("lena")

    ended = artkeep(scene, "get", "--user", "nobody", "--simulate", "--json")

    assert ended.code == 4
    assert ended.lines[-1]["reasons"][0]["code"] == "target_not_found"


def test_links_from_a_file_with_comments(scene: Scene, site: Gallery, tmp_path: Path) -> None:
    pictures = [*site.add("lena", 2), *site.add("max", 2), *site.add("third", 1)]
    links = tmp_path / "links.txt"
    links.write_text(
        "\ufeff# my list\n"
        "\n"
        f"{site.url}/user/lena   # the first\n"
        "   civitai:user:max\n"
        "; civitai:user:nobody\n"
        f"{site.url}/user/LENA\n",
        encoding="utf-8",
    )

    ended = artkeep(scene, "get", "-i", str(links))
    from_stdin = artkeep(scene, "get", "-i", "-", stdin="civitai:user:third\n#x\n")

    assert (ended.code, from_stdin.code) == (0, 0)
    scene.require_exactly(pictures)


def test_every_kind_of_link_is_taken(scene: Scene, site: Gallery) -> None:
    user = site.add("lena", 2)
    (post,) = site.add("max", post=77)
    (one,) = site.add("nora")
    (of_model,) = site.add("olga", model=3, version=31)
    (of_version,) = site.add("olga", version=32)
    site.server.on("/api/trpc/post.get", trpc({"id": 77, "title": "A post"}))
    site.server.on("/api/v1/models/3", json_reply(model(3, "Aurora", [(31, "v1")])))
    site.server.on("/api/v1/model-versions/32", json_reply({"id": 32, "name": "v2"}))
    collected = {**site.add("pia")[0].row(), "nsfwLevel": 1}
    collected["url"] = site.pictures[int(collected["id"])].uuid
    site.server.on(
        "/api/trpc/collection.getById",
        trpc({"collection": {"id": 5, "name": "Mine", "type": "Image"}}),
    )
    site.server.on("/api/trpc/image.getInfinite", trpc({"items": [collected]}))
    site.server.on("/api/trpc/image.getGenerationData", json_reply([]))

    ended = artkeep(
        scene,
        f"{site.url}/user/lena/images?sort=Newest",
        f"{site.url}/posts/77",
        f"{site.url}/images/{one.id}",
        f"{site.url}/models/3/aurora",
        f"{site.url}/models/4/other?modelVersionId=32",
        f"{site.url}/collections/5",
        "--json",
    )

    assert ended.code == 0
    in_collection = site.pictures[int(collected["id"])]
    scene.require_exactly([*user, post, one, of_model, of_version, in_collection])


@pytest.mark.parametrize(
    ("words", "wanted", "reason"),
    [
        (["--type", "video"], {"video"}, "filtered_type"),
        (["--tags", "+cat,-dog"], {"cat"}, "filtered_tags"),
        (["--since", "2026-01-01"], {"cat", "dog", "video"}, "filtered_date"),
    ],
)
def test_filters_from_the_command_line(
    scene: Scene, site: Gallery, words: list[str], wanted: set[str], reason: str
) -> None:
    pictures = {
        "cat": site.add("lena", tags=("Cat",))[0],
        "dog": site.add("lena", tags=("cat", "dog"))[0],
        "video": site.add("lena", kind="video", body=mp4())[0],
        "old": site.add("lena", created="2020-02-02T00:00:00Z")[0],
    }

    ended = artkeep(scene, "get", "--user", "lena", *words, "--json")

    assert ended.code == 0
    assert ended.lines[-1]["skipped"] == 4 - len(wanted)
    assert scene.rows("SELECT DISTINCT skipped FROM target_artworks WHERE skipped > ''") == [
        (reason,)
    ]
    scene.require_exactly([pictures[name] for name in wanted])


def test_ratings_and_max_items_from_the_command_line(scene: Scene, site: Gallery) -> None:
    pictures = [site.add("lena", level=level)[0] for level in (1, 2, 4, 8, 16)]

    ended = artkeep(scene, "get", "--user", "lena", "--rating", "r,x,xxx", "--max-items", "2")

    assert ended.code == 0
    assert "stopped as asked (--max-items 2)" in ended.out
    scene.require_exactly(pictures[2:4])


def test_retry_by_reason_from_the_command_line(scene: Scene, site: Gallery) -> None:
    damaged, refused = site.add("lena", 2)
    site.media(damaged, reply(damaged.body[:-9]))
    site.media(refused, reply(status=400))
    assert artkeep(scene, "get", "--user", "lena").code == 3
    site.media(damaged, serve(damaged.body))

    ended = artkeep(scene, "jobs", "retry", "--reason", "damaged")

    assert ended.code == 3
    assert "1 failures are asked for again" in ended.out
    assert "request_refused" in ended.out
    scene.require_exactly([damaged])


def test_hostile_words_from_the_site_do_not_reach_the_terminal(
    scene: Scene, site: Gallery
) -> None:
    evil = "\x1b]0;owned\x07\x1b[2Jlena"
    site.server.on(CREATOR, trpc({"id": 1, "username": evil}))
    site.server.on("/api/v1/users", json_reply({"items": [{"id": 1, "username": evil}]}))

    ended = artkeep(scene, "get", "--user", "lena")

    assert ended.code != 0
    assert "\x1b" not in ended.words
    assert "\x07" not in ended.words
