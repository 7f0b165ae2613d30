"""The sample site as the program's own adapter sees it: previews and keys."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image
from pydantic import SecretStr
from tests.demo.conftest import Visitor, visit

from artkeep.demo.server import SampleSite
from artkeep.domain.artwork import Artwork, Kind
from artkeep.domain.target import Target, TargetKind
from artkeep.errors import AuthRequired
from artkeep.jobs.policies import host_policies
from artkeep.media.sniff import sniff
from artkeep.net.client import Client
from artkeep.settings import Net, Settings, Site, Sites
from artkeep.sites._adapter import MediaSource
from artkeep.sites.civitai.adapter import Civitai


@pytest.fixture
async def client(visitor: Visitor) -> AsyncIterator[Client]:
    async with our_client(visitor) as opened:
        yield opened


def our_client(visitor: Visitor) -> Client:
    settings = Settings(
        data_dir=Path("/nowhere"),
        library=Path("/nowhere"),
        net=Net(unlimited=True),
        sites=Sites(civitai=Site(base_url=visitor.base, media_url=visitor.base)),
    )
    return Client(settings.net, host_policies(settings, {"civitai": civitai(visitor)}))


def civitai(visitor: Visitor, key: str | None = None) -> Civitai:
    secret = SecretStr(key) if key else None
    return Civitai(Site(base_url=visitor.base, media_url=visitor.base, api_key=secret))


async def listed(visitor: Visitor, client: Client, kind: Kind) -> Artwork:
    """The first artwork of a kind, as it is listed."""
    image = visitor.first(is_video=kind is Kind.VIDEO)
    creator = visitor.site.catalogue.creators[image.creator_id].username
    adapter, target = civitai(visitor), Target("civitai", TargetKind.USER, creator)
    plan = await adapter.plan(client, target)
    page = await adapter.fetch_page(client, target, plan.listings[0], None, 0)
    return next(one for one in page.artworks if one.kind is kind)


async def fetch(client: Client, source: MediaSource) -> bytes:
    async with client.stream(source.url, headers=source.headers) as reply:
        return b"".join([chunk async for chunk in reply.chunks()])


async def test_a_picture_has_a_small_and_a_large_still(
    visitor: Visitor, client: Client
) -> None:
    forms = civitai(visitor).preview(await listed(visitor, client, Kind.IMAGE))
    for sources, width in ((forms.still, 450), (forms.large, None)):
        with Image.open(io.BytesIO(await fetch(client, sources[0]))) as picture:
            assert picture.format == "WEBP"
            assert picture.width == width or (width is None and picture.width > 450)


async def test_a_video_has_a_frame_and_moving_forms(visitor: Visitor, client: Client) -> None:
    forms = civitai(visitor).preview(await listed(visitor, client, Kind.VIDEO))
    with Image.open(io.BytesIO(await fetch(client, forms.still[0]))) as picture:
        assert picture.format == "WEBP"
        assert picture.width <= 450
    for source in (*forms.video, *forms.large):
        found = sniff((await fetch(client, source))[:4096])
        assert found is not None
        assert found.kind == "video"


async def test_a_key_tells_whose_it_is_and_what_it_sees(
    visitor: Visitor, client: Client
) -> None:
    report = await civitai(visitor, "demo-key-1").check_key(client)
    assert report.user == "sample_account"
    assert report.sees == ("PG", "PG-13", "R", "X", "XXX")
    with pytest.raises(AuthRequired):
        await civitai(visitor, "another").check_key(client)


async def test_on_the_host_for_everybody_a_key_sees_the_safe_levels(tmp_path: Path) -> None:
    async for visitor in visit(SampleSite(cache_dir=tmp_path, colour="green")):
        async with our_client(visitor) as opened:
            report = await civitai(visitor, "demo-key-1").check_key(opened)
    assert report.sees == ("PG", "PG-13")
