"""`artkeep remove` and `restore`, and a death between any two of their steps (CR-15, CR-16)."""

from __future__ import annotations

import json

import pytest
from tests.e2e.program import Home, times_fetched
from tests.gallery import Gallery

GET = ("get", "--user", "lena", "--json")
REMOVE = ("remove", "author:lena", "--yes", "--json")
RESTORE = ("restore", "author:lena", "--json")

DEATHS_WHILE_REMOVING = {
    "in the middle of the transaction": ("artkeep.store.removal", "remove", "after"),
    "the rows are flushed, the files lie there": ("artkeep.jobs.trash", "move_away", "before"),
    "half-way through one file": ("artkeep.media.trash", "_beside", "after"),
    "all are moved, nobody knows": ("artkeep.jobs.trash", "move_away", "after"),
}
DEATHS_WHILE_RESTORING = {
    "one file is back": ("artkeep.media.trash", "rename_into_place", "after"),
    "all files are back, the rows are not": ("artkeep.store.removal", "restore", "before"),
    "in the middle of the transaction": ("artkeep.store.removal", "restore", "after"),
    "the rows are flushed": ("artkeep.cli.restore", "print_json", "before"),
}


def in_trash(home: Home) -> int:
    folder = home.library / ".artkeep" / "trash"
    return len(list(folder.glob("*.png"))) if folder.is_dir() else 0


def statuses(home: Home) -> set[str]:
    return {status for (status,) in home.rows("SELECT download_status FROM artworks")}


def require_in_order(home: Home) -> None:
    code, out, err = home.run("check", "--hashes", "--json")
    assert code == 0, out + err


@pytest.mark.parametrize("step", DEATHS_WHILE_REMOVING)
def test_a_death_while_removing(step: str, home: Home, site: Gallery) -> None:
    pictures = site.add("lena", 4)
    home.run(*GET)
    dying = home.start_dying(*DEATHS_WHILE_REMOVING[step], *REMOVE)
    out, err = dying.communicate(timeout=60)
    assert dying.returncode == -9, out + err
    there = home.require_whole(pictures) if step.startswith("in the middle") else None
    if there is not None:
        assert (there, statuses(home)) == (4, {"done"})
        return

    assert statuses(home) == {"skipped"}
    code, out, err = home.run(*GET)  # a start mends, and fetches nothing

    assert code == 0, out + err
    assert (home.files(), in_trash(home)) == ({}, 4)
    assert max(times_fetched(site).values()) == 1
    require_in_order(home)
    assert home.run(*RESTORE)[0] == 0
    assert home.require_whole(pictures) == 4
    require_in_order(home)


@pytest.mark.parametrize("step", DEATHS_WHILE_RESTORING)
def test_a_death_while_restoring(step: str, home: Home, site: Gallery) -> None:
    pictures = site.add("lena", 4)
    home.run(*GET)
    assert home.run(*REMOVE)[0] == 0
    dying = home.start_dying(*DEATHS_WHILE_RESTORING[step], *RESTORE)
    out, err = dying.communicate(timeout=60)
    assert dying.returncode == -9, out + err
    is_back = step == "the rows are flushed"
    assert statuses(home) == ({"done"} if is_back else {"skipped"})

    code, out, err = home.run("check", "--repair", "--json")
    assert code == 0, out + err
    assert in_trash(home) == (0 if is_back else 4)
    require_in_order(home)

    assert home.run(*RESTORE)[0] == 0
    assert home.require_whole(pictures) == 4
    assert len(home.files()) == 8, "with their sidecars"
    assert max(times_fetched(site).values()) == 1
    require_in_order(home)


def test_the_same_on_both_databases(any_home: Home, site: Gallery) -> None:
    home = any_home
    pictures = site.add("lena", 3)
    home.run(*GET)

    code, out, err = home.run(*REMOVE)
    assert code == 0, out + err
    told = json.loads(out)
    assert {**told, "batches": len(told["batches"])} == {
        "removed": 3,
        "busy": 0,
        "files": 3,
        "left": 0,
        "batches": 1,
    }
    code, out, _ = home.run("targets", "--json")
    assert json.loads(out)["skipped_by"] == {"deleted_by_me": 3}

    code, out, err = home.run(*RESTORE)
    assert (code, json.loads(out)) == (0, {"restored": 3, "files": 3, "stuck": 0, "lost": 0})
    assert home.require_whole(pictures) == 3


def test_restoring_fetches_what_is_gone_for_good_when_told_so(
    home: Home, site: Gallery
) -> None:
    pictures = site.add("lena", 2)
    home.run(*GET)
    home.run(*REMOVE)
    home.run(*GET, ARTKEEP_DISK__TRASH_DAYS="0")
    assert in_trash(home) == 0
    listed = len(site.page_requests())

    code, out, _ = home.run(*RESTORE)
    assert (code, json.loads(out)["lost"]) == (3, 2)
    home.run(*REMOVE)
    code, out, err = home.run(*RESTORE, "--fetch")

    assert code == 0, out + err
    assert home.require_whole(pictures) == 2
    assert len(site.page_requests()) == listed


def test_nothing_is_removed_unasked(home: Home, site: Gallery) -> None:
    site.add("lena", 2)
    home.run(*GET)
    code, _, err = home.run("remove", "author:lena")
    assert (code, "--yes" in err) == (2, True)
    code, _, err = home.run("remove", "", "--yes")
    assert (code, "all of them" in err) == (2, True)
    assert home.run("remove", "(author", "--yes")[0] == 2
    assert home.run("remove", "author:nobody", "--yes")[0] == 0
    assert statuses(home) == {"done"}


def test_the_filters_of_the_command_line_and_having_the_rest(home: Home, site: Gallery) -> None:
    big = {"width": 1200, "height": 900}
    castle = site.add("lena", 1, changes={**big, "meta": {"prompt": "a Castle, snow"}})
    sketch = site.add("lena", 1, changes={**big, "meta": {"prompt": "castle, sketch"}})
    small = site.add("lena", 1, changes={"width": 64, "height": 900})
    old = site.add("lena", 1, created="2024-01-01T00:00:00.000Z", changes=big)
    late = site.add("lena", 1, created="2026-07-01T12:00:00.000Z", changes=big)
    words = ("--prompt", "+castle,-sketch", "--min-size", "800", "--until", "2026-06-30")

    code, out, err = home.run(*GET, "--since", "2025-01-01", *words)

    assert code == 0, out + err
    assert home.require_whole([*castle, *sketch, *small, *old, *late]) == 1
    code, out, _ = home.run("targets", "--json")
    target = json.loads(out)
    assert target["skipped_by"] == {
        "filtered_date": 2,
        "filtered_prompt": 1,
        "filtered_size": 1,
    }
    assert target["filters"]["min_size"] == "800"
    code, out, _ = home.run("targets")
    assert f"artkeep get --skipped-of {target['id']}" in out
    listed = len(site.page_requests())

    only = ("get", "--skipped-of", str(target["id"]), "--json")
    code, out, err = home.run(*only, "--reason", "filtered_size")
    assert code == 0, out + err
    assert home.require_whole([*castle, *small]) == 2
    code, out, err = home.run(*only)
    assert code == 0, out + err

    assert home.require_whole([*castle, *sketch, *small, *old, *late]) == 5
    assert len(site.page_requests()) == listed
    assert home.run(*only)[0] == 2, "nothing was left out any more"
    assert home.run("get", "--skipped-of", "99")[0] == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--min-size", "big"), "1920x1080"),
        (("--until", "soon"), "2026"),
        (("--max-per-model", "0"), "at least 1"),
    ],
)
def test_a_slip_in_a_filter_is_explained(
    home: Home, site: Gallery, words: tuple[str, ...], said: str
) -> None:
    code, _, err = home.run("get", "--user", "lena", *words)
    assert (code, said in err) == (2, True), err


def test_max_per_model_goes_into_the_job(home: Home, site: Gallery) -> None:
    site.add("lena", 1)
    home.run(*GET, "--max-per-model", "3")
    ((params,),) = home.rows("SELECT params FROM jobs")
    assert json.loads(params)["max_per_model"] == 3
