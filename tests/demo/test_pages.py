from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.demo.conftest import Visitor, visit

from artkeep.demo.server import SampleSite


async def read(visitor: Visitor, path: str, **headers: str) -> tuple[int, str]:
    async with visitor.session.get(f"{visitor.base}{path}", headers=headers) as reply:
        return reply.status, await reply.text()


async def test_a_pg_page_comes_without_tags_and_with_a_loader(visitor: Visitor) -> None:
    image = visitor.first(level=1, encoding="png")
    status, page = await read(visitor, f"/images/{image.id}")
    assert status == 200
    for part in ("mantine-Loader-root", "__NEXT_DATA__", "showAllTags", "tag.getVotableTags"):
        assert part in page
    assert "?tags=1" not in page
    assert '"feed": "images"' in page


async def test_a_video_page_links_to_videos(visitor: Visitor) -> None:
    image = visitor.first(level=1, encoding="webm")
    _, page = await read(visitor, f"/images/{image.id}")
    assert "<video" in page
    assert '"feed": "videos"' in page


async def test_above_pg_an_anonymous_viewer_meets_the_login_wall(visitor: Visitor) -> None:
    for level in (2, 16):
        path = f"/images/{visitor.first(level=level).id}"
        status, page = await read(visitor, path)
        assert status == 200
        assert "This content requires an account" in page
        assert "mantine-Loader-root" not in page
        for headers in (
            {"Authorization": "Bearer demo-key"},
            {"Cookie": "__Secure-civ-token=abc"},
        ):
            _, page = await read(visitor, path, **headers)
            assert "mantine-Loader-root" in page


async def test_missing_images_are_a_200_that_says_404(visitor: Visitor) -> None:
    gone = next(i for i in visitor.site.catalogue.images.values() if i.is_gone)
    for path in (f"/images/{gone.id}", "/images/1"):
        status, page = await read(visitor, path)
        assert (status, ">404</h1>" in page) == (200, True)
    assert (await read(visitor, "/images/abc"))[0] == 404


async def test_people_find_their_way_in(visitor: Visitor) -> None:
    _, front = await read(visitor, "/")
    assert "/user/aurora_atelier" in front
    _, gallery = await read(visitor, "/user/aurora_atelier")
    assert "/images/1000" in gallery


@pytest.fixture
async def tame(tmp_path: Path) -> AsyncIterator[Visitor]:
    async for one in visit(SampleSite(cache_dir=tmp_path, colour="green")):
        yield one


async def test_the_sfw_host_sends_mature_content_elsewhere(tame: Visitor) -> None:
    _, page = await read(tame, f"/images/{tame.first(level=8).id}")
    assert "Mature content now lives on" in page
    _, page = await read(tame, f"/images/{tame.first(level=2).id}")
    assert "This content requires an account" in page
    _, page = await read(tame, f"/images/{tame.first(level=1).id}")
    assert '"onlyPg": true' in page


@pytest.fixture
async def open_site(tmp_path: Path) -> AsyncIterator[Visitor]:
    async for one in visit(SampleSite(cache_dir=tmp_path, gate=False)):
        yield one


async def test_gates_can_be_switched_off(open_site: Visitor) -> None:
    _, page = await read(open_site, f"/images/{open_site.first(level=16).id}")
    assert "mantine-Loader-root" in page
