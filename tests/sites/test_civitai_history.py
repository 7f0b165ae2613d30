"""The generator's history by key: what is meant, asked, read, and refused."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from tests.faults.importing import SAMPLES
from tests.sites.fake_client import Call, FakeClient, failure

from artkeep.domain.target import Target, TargetKind
from artkeep.errors import AuthRequired, ItemError
from artkeep.net.retry import FetchFailed
from artkeep.settings import Site
from artkeep.sites._adapter import Listing
from artkeep.sites.civitai.adapter import Civitai
from artkeep.sites.civitai.generator import CivitaiGenerator, read_page

ME = "v1/me"
CALL = "trpc/orchestrator.queryGeneratedImages"
LISTING = Listing("generated", "account=sample_account", proves_end=True)
OWN = Target("civitai_generator", TargetKind.GENERATOR, "sample_account")


@pytest.fixture
def generator() -> CivitaiGenerator:
    return CivitaiGenerator(Site(), Site.model_validate({"api_key": "sample-key"}))


@pytest.fixture
def me(load_fixture: Any) -> Any:
    return load_fixture("civitai/me.json")


@pytest.fixture
def history() -> dict[str, Any]:
    """The page that a browser saw: two workflows, no further page."""
    (reply,) = json.loads((SAMPLES / "civitai-generator-2026.trpc-response.json").read_text())
    page: dict[str, Any] = reply["result"]["data"]["json"]
    return page


def told(value: Any) -> dict[str, Any]:
    return {"result": {"data": {"json": value}}}


@pytest.mark.parametrize(
    "text",
    [
        "civitai:generator:me",
        "civitai_generator:generator:me",
        "https://civitai.com/generate",
        "civitai.red/generate?tab=queue",
    ],
)
def test_links_and_names_mean_the_history_of_the_keys_account(
    generator: CivitaiGenerator, civitai: Civitai, text: str
) -> None:
    target = civitai.match(text) or generator.match(text)
    assert target == Target("civitai_generator", TargetKind.GENERATOR, "me")
    assert generator.is_unnamed(target)


async def test_the_page_of_a_browser_is_read_as_a_capture_is(
    generator: CivitaiGenerator, me: Any, history: dict[str, Any]
) -> None:
    def reply(call: Call) -> Any:
        asked = json.loads(call.params["input"])["json"]
        is_first = "cursor" not in asked
        rows = history["items"][:1] if is_first else history["items"][1:]
        return told({"items": rows, "nextCursor": "after-1" if is_first else None})

    client = FakeClient({ME: me, CALL: reply})
    plan = await generator.plan(client, OWN)
    assert plan.listings == (LISTING,)
    first = await generator.fetch_page(client, OWN, LISTING, None, 0)
    last = await generator.fetch_page(client, OWN, LISTING, first.next_cursor, 0)

    asked = [call for call in client.calls if call.path == CALL]
    inputs = [json.loads(call.params["input"])["json"] for call in asked]
    assert [one.get("cursor") for one in inputs] == [None, "after-1"]
    assert inputs[0]["take"] == 20
    assert {call.headers["Authorization"] for call in asked} == {"Bearer sample-key"}
    (video,), (picture,) = first.artworks, last.artworks
    assert (video.site, video.kind) == ("civitai_generator", "video")
    assert picture.prompt == "a layered paper forest with a tiny lantern-lit bridge"
    assert last.next_cursor is None
    assert picture.media_url is None, "what is signed is no address that may be stored"
    (given,) = last.given[picture.site_id]
    assert "sig=" in given["url"]
    assert "sig=" not in json.dumps([picture.raw, last.groups[0].raw], default=str)


def test_what_the_service_does_not_have_is_no_loss_and_what_cannot_be_read_is(
    history: dict[str, Any],
) -> None:
    items = history["items"]
    waiting, blocked, foreign = (copy.deepcopy(items[1]) for _ in range(3))
    waiting |= {"id": "w", "status": "processing"}
    waiting["steps"][0] |= {"output": [], "images": []}
    blocked |= {"id": "b"}
    blocked["steps"][0]["output"][0]["blockedReason"] = "x"
    foreign |= {"id": "f"}
    foreign["steps"][0]["output"][0]["url"] = "https://evil.example/a.png"
    page = read_page(
        {"items": [*items, waiting, blocked, foreign, {"id": 1}, 7], "nextCursor": None}
    )
    assert len(page.artworks) == 2
    assert [(one.reason, one.site_id) for one in page.rejects] == [
        ("unreadable_item", "1"),
        ("not_an_object", None),
        ("foreign_host", foreign["steps"][0]["output"][0]["id"]),
    ]


async def test_a_key_of_somebody_else_or_without_the_scope_is_told(
    generator: CivitaiGenerator, me: Any
) -> None:
    other = Target("civitai_generator", TargetKind.GENERATOR, "somebody")
    with pytest.raises(AuthRequired, match="only to somebody"):
        await generator.plan(FakeClient({ME: me}), other)
    refused = FakeClient({ME: me, CALL: failure("not_permitted", 403)})
    with pytest.raises(AuthRequired, match="AIServicesRead"):
        await generator.fetch_page(refused, OWN, LISTING, None, 0)
    with pytest.raises(AuthRequired, match=r"Settings › Sites & keys"):
        await CivitaiGenerator(Site(), Site()).plan(FakeClient(), OWN)
    changed = FakeClient({ME: me, CALL: told({"workflows": []})})
    with pytest.raises(FetchFailed) as caught:
        await generator.fetch_page(changed, OWN, LISTING, None, 0)
    assert caught.value.reason == "unknown_shape"


async def test_what_has_expired_says_how_it_comes_again(
    generator: CivitaiGenerator, history: dict[str, Any]
) -> None:
    artwork = read_page(history).artworks[1]
    with pytest.raises(ItemError) as caught:
        await generator.refresh(FakeClient(), artwork)
    assert caught.value.code == "capture_expired"
    assert "civitai:generator:me again" in caught.value.advice
