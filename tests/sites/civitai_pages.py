"""Pages of a Civitai listing, answered as a test wants."""

from __future__ import annotations

from tests.sites.fake_client import FakeClient

from artkeep.domain.target import Target, TargetKind
from artkeep.sites._adapter import Listing, Page
from artkeep.sites.civitai.adapter import Civitai

ALL = (("sort", "Oldest"), ("browsingLevel", "31"))
USER = Listing("images", "username=sample_artist_a", ALL)
KINDS = {
    "username": TargetKind.USER,
    "userId": TargetKind.USER,
    "postId": TargetKind.POST,
    "tags": TargetKind.IMAGE_TAG,
    "imageId": TargetKind.IMAGE,
    "modelId": TargetKind.MODEL,
    "modelVersionId": TargetKind.VERSION,
    "tag": TargetKind.MODEL_TAG,
    "collectionId": TargetKind.COLLECTION,
}


def items(*rows, cursor=None, next_page=None) -> dict:
    metadata = {"nextCursor": cursor, "nextPage": next_page}
    return {"items": list(rows), "metadata": {k: v for k, v in metadata.items() if v}}


async def fetch(
    civitai: Civitai, client: FakeClient, listing: Listing, cursor=None, attempt=0
) -> Page:
    parameter, _, value = listing.value.partition("=")
    target = Target("civitai", KINDS[parameter], value)
    return await civitai.fetch_page(client, target, listing, cursor, attempt)


async def page_of(civitai: Civitai, reply, listing: Listing = USER, **asked) -> Page:
    return await fetch(civitai, FakeClient({"v1/images": reply}), listing, **asked)


def ids(page: Page) -> list[str]:
    return [artwork.site_id for artwork in page.artworks]
