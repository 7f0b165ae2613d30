"""`artkeep tags` as people run it, and killed in the middle."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from tests.forked import Popen
from tests.tag_site import TagLibrary, TagSite, tag_site

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("ARTKEEP_TEST_KILLS", "3"))


@pytest.fixture
def tagged() -> Iterator[TagSite]:
    """A running site with two hundred artworks."""
    with tag_site(items=220) as running:
        yield running


def start(library: TagLibrary, *words: str, **more: str) -> subprocess.Popen[str]:
    """`artkeep words…` with this library."""
    settings = library.settings
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    environment = {
        **kept,
        "PYTHONPATH": str(ROOT / "backend"),
        "LANG": "C.UTF-8",
        "HOME": str(settings.data_dir),
        "ARTKEEP_DATA_DIR": str(settings.data_dir),
        "ARTKEEP_LIBRARY": str(settings.library),
        "ARTKEEP_SITES__CIVITAI__BASE_URL": str(settings.sites.civitai.base_url),
        "ARTKEEP_SITES__CIVITAI__API_KEY": "a-key-of-mine",
        "ARTKEEP_NET__UNLIMITED": "1",
        "ARTKEEP_NET__TIME_SCALE": "0.05",
        "ARTKEEP_DISK__KEEP_FREE": "0",
        "ARTKEEP_WORKERS__EXAMINE": "0",
        **more,
    }
    return Popen(
        [sys.executable, "-m", "artkeep", *words],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def lines(child: subprocess.Popen[str]) -> list[dict[str, Any]]:
    out, err = child.communicate(timeout=120)
    assert "Traceback" not in err, err
    return [json.loads(line) for line in out.splitlines() if line.startswith("{")]


def run(library: TagLibrary, *words: str) -> int:
    child = start(library, *words)
    _, err = child.communicate(timeout=120)
    assert "Traceback" not in err, err
    return child.returncode


@pytest.fixture
def library(tmp_path: Path, tagged: TagSite) -> TagLibrary:
    """Its artworks, downloaded."""
    made = TagLibrary(tmp_path, tagged.url)
    made.add(tagged.ids)
    with made.running():
        return made


def require_whole_sets(library: TagLibrary, site: TagSite) -> int:
    """No artwork has half a set, no sidecar is damaged; how many have theirs."""
    kept = library.tags()
    statuses = dict(library.rows("SELECT site_id, tags_status FROM artworks"))
    done = 0
    for site_id in site.ids:
        truth = site.truth(site_id)
        is_done = statuses[site_id] == "done"
        assert kept.get(site_id, {}) in ({}, truth)
        assert not is_done or kept.get(site_id, {}) == truth
        beside = {
            one["id"]: (one["name"], one["score"]) for one in library.sidecar(site_id)["tags"]
        }
        assert beside in ({}, truth)
        assert not is_done or beside == truth
        done += is_done
    return done


def test_the_command_fetches_what_is_missing_and_says_so(
    library: TagLibrary, tagged: TagSite
) -> None:
    counted = lines(start(library, "tags", "--simulate", "--json"))
    assert (counted[0]["due"], counted[0]["done"]) == (len(tagged.ids), 0)
    ran = start(library, "tags", "--json", "--workers", "4", "--once")
    told = lines(ran)
    assert ran.returncode == 0
    assert told[0]["event"] == "started"
    assert require_whole_sets(library, tagged) == len(tagged.ids)
    asked = len(tagged.calls())
    assert run(library, "tags") == 0
    assert len(tagged.calls()) == asked  # all have theirs
    assert run(library, "tags", f"id:{tagged.ids[0]}", "--again", "--method", "key") == 0
    assert len(tagged.calls()) == asked + 1


def test_without_a_browser_it_says_what_to_do(library: TagLibrary, tmp_path: Path) -> None:
    empty = tmp_path / "nothing"
    empty.mkdir()
    # No key, and no browser on the PATH.
    child = start(library, "tags", PATH=str(empty), ARTKEEP_SITES__CIVITAI__API_KEY="")
    out, err = child.communicate(timeout=60)
    assert child.returncode != 0
    assert "no_browser" in out + err or "browser" in out + err
    assert "Traceback" not in out + err


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_a_kill_leaves_no_half_set_and_no_damaged_sidecar(
    library: TagLibrary, tagged: TagSite
) -> None:
    for number in range(KILLS):
        running: list[subprocess.Popen[str]] = []

        async def kill(
            request: web.Request,
            number: int = number,
            running: list[subprocess.Popen[str]] = running,
        ) -> None:
            await asyncio.sleep(0.03 * number)  # while others are being written
            running[0].send_signal(signal.SIGKILL)

        async def wait(request: web.Request) -> None:
            await asyncio.sleep(0.02)

        tagged.on("/api/trpc/", *([wait] * (number % 4 + 1)), kill)  # type: ignore[list-item]
        words = ("--again",) if number % 2 else ()
        running.append(start(library, "tags", "--workers", "2", *words))
        running[0].communicate(timeout=60)
        tagged.honest()
        require_whole_sets(library, tagged)
    assert run(library, "tags", "--again") == 0
    assert run(library, "tags") == 0
    assert require_whole_sets(library, tagged) == len(tagged.ids)
