"""`artkeep targets`: whether everything is there, in words and exit codes, and watching."""

from __future__ import annotations

import re

import pytest
from tests.faults.scene import Scene
from tests.faults.shell import artkeep
from tests.faulty_answers import reply
from tests.gallery import Gallery


def test_everything_is_0_and_said_in_both_languages(scene: Scene, site: Gallery) -> None:
    site.add("lena", 2)
    artkeep(scene, "get", "--user", "lena")
    told = artkeep(scene, "targets")
    assert told.code == 0
    assert "you have everything that can be reached" in told.out
    chinese = artkeep(scene, "targets", ARTKEEP_UI__LANGUAGE="zh")
    assert "能取得的都已拥有" in chinese.out
    (line,) = artkeep(scene, "targets", "--json").lines
    assert (line["verdict"], line["is_watched"]) == ("limited", False)


def test_a_failure_is_3_and_says_what_to_do(scene: Scene, site: Gallery) -> None:
    (broken,) = site.add("lena")
    site.media(broken, reply(broken.body[:-9]))
    artkeep(scene, "get", "--user", "lena")
    told = artkeep(scene, "targets")
    assert told.code == 3
    assert "all is listed, 1 failed: retry them.  artkeep get civitai:user:lena" in told.out
    assert "site says 1 · listed 1 · have 0 · new 0 · skipped 0 · failed 1" in told.out
    (line,) = artkeep(scene, "targets", "--json").lines
    assert line["verdict"] == "failed"


def test_targets_are_watched_by_number_and_no_more(scene: Scene, site: Gallery) -> None:
    site.add("lena")
    artkeep(scene, "get", "--user", "lena", "--watch")
    assert re.search(r"next check \d{4}-\d\d-\d\d \d\d:\d\d", artkeep(scene, "targets").out)
    ((before,),) = scene.rows("SELECT check_every_s FROM targets")
    said = artkeep(scene, "targets", "watch", "1", "--every", "6h")
    assert (said.code, before) == (0, 86400)
    assert "while `artkeep gui` runs" in said.out
    assert scene.rows("SELECT is_watched, check_every_s FROM targets") == [(1, 21600)]
    said = artkeep(scene, "targets", "unwatch", "1")
    assert "not watched" in said.out
    assert scene.rows("SELECT is_watched, next_check_at FROM targets") == [(0, None)]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["watch"], 2, "Which ones?"),
        (["watch", "1", "99"], 2, "There is no target 99."),
        (["watch", "1", "--every", "10m"], 2, "from 1h to 7d"),
        (["watch", "1", "--every", "8d"], 2, "from 1h to 7d"),
        (["stare", "1"], 2, "invalid choice"),
    ],
)
def test_what_cannot_be_watched_changes_nothing(
    scene: Scene, site: Gallery, words: list[str], code: int, said: str
) -> None:
    site.add("lena")
    artkeep(scene, "get", "--user", "lena", "--simulate", "-q")
    ended = artkeep(scene, "targets", *words)
    assert (ended.code, said in ended.words) == (code, True), ended.words
    assert scene.rows("SELECT is_watched FROM targets") == [(0,)]


def test_a_target_that_is_not_watched_any_more_says_why(scene: Scene, site: Gallery) -> None:
    artkeep(scene, "get", "--user", "nobody_here")
    scene.change("UPDATE targets SET watch_note = 'gone'")
    assert "three times in a row" in artkeep(scene, "targets").out
    assert "三次" in artkeep(scene, "targets", ARTKEEP_UI__LANGUAGE="zh").out
