"""docs/python.md as it stands there, in one notebook against a loopback booru."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import artkeep
from artkeep.errors import UsageError
from tests.booru_site import BooruSite, booru
from tests.faulty_answers import server_error

PAGE = Path(__file__).parents[1] / "docs" / "python.md"
TAG = "hifumi_(blue_archive)"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BooruSite]:
    """A Gelbooru with seven pictures of somebody, and an installation that knows it."""
    monkeypatch.chdir(tmp_path)
    with booru() as running:
        running.add(7, tags=(TAG, "1girl", "blue_sky"))
        running.add(2)
        for name, value in {
            "DATA_DIR": str(tmp_path / "home"),
            "SITES__GELBOORU__BASE_URL": running.url,
            "SITES__GELBOORU__MEDIA_URL": running.url,
            "SITES__GELBOORU__API_KEY": "a-key",
            "SITES__GELBOORU__USER": "7",
            "NET__UNLIMITED": "1",
            "NET__ALLOW_PRIVATE": "1",
            "NET__TIME_SCALE": "0.01",
            "WORKERS__EXAMINE": "0",
            "DISK__KEEP_FREE": "0",
        }.items():
            monkeypatch.setenv(f"ARTKEEP_{name}", value)
        yield running


async def run_page(names: dict[str, Any]) -> None:
    """Each block as a cell of one notebook."""
    for block in re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S):
        code = compile(block, str(PAGE), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        cell = eval(code, names)
        if cell is not None:
            await cell


async def test_the_examples_run(site: BooruSite, capsys: pytest.CaptureFixture[str]) -> None:
    broken = next(iter(site.posts.values()))
    site.media(broken, server_error(404))
    names: dict[str, Any] = {}

    await run_page(names)

    result, found = names["result"], names["found"]
    assert (result.new, result.deferred, len(result.files)) == (6, 1, 6)
    assert not result.is_complete
    (failed,) = result.failures
    assert (failed.site, failed.site_id) == ("gelbooru", str(broken.id))
    assert "6 new, 0 here before, 1 missing" in capsys.readouterr().out
    assert all(path.is_file() for path in result.files)
    caption = result.files[0].with_suffix(".txt").read_text()
    assert "hifumi (blue archive)" in caption
    assert len(found) == 7
    assert {one.path for one in found} == {*(path.absolute() for path in result.files), None}
    assert found.to_dicts()[0]["tags"] == found[0].tags
    again = await artkeep.scrape(TAG, site="gelbooru", max_items=3, folder="images")
    assert (again.new, again.failed) == (0, 0)


async def test_what_makes_no_sense_is_refused(site: BooruSite) -> None:
    with pytest.raises(UsageError, match="gelboru"):
        await artkeep.scrape("1girl", site="gelboru")


def test_the_program_starts_without_it() -> None:
    code = "import artkeep, sys; assert 'asyncio' not in sys.modules; artkeep.find"
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError):
        _ = artkeep.nothing  # type: ignore[attr-defined]
