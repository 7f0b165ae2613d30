"""Whose a key is and what it shows."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr
from tests.sites.fake_client import FakeClient, failure

from artkeep.errors import AuthRequired
from artkeep.net.retry import FetchFailed
from artkeep.settings import Site
from artkeep.sites._adapter import KeyReport
from artkeep.sites.civitai.adapter import Civitai

LIST = "trpc/image.getInfinite"


def levels(*held: int) -> dict[str, Any]:
    """A reply of the page's list."""
    items = [{"id": number, "nsfwLevel": level} for number, level in enumerate(held)]
    return {"result": {"data": {"json": {"items": items}}}}


async def check(
    listed: Any, me: Any = None, key: str | None = "a-key"
) -> tuple[KeyReport, FakeClient]:
    client = FakeClient({"v1/me": me or {"id": 5, "username": "lena_paints"}, LIST: listed})
    civitai = Civitai(Site(api_key=SecretStr(key) if key else None))
    return await civitai.check_key(client), client


@pytest.mark.parametrize(
    ("held", "sees"),
    [
        ((4, 8, 16), ("PG", "PG-13", "R", "X", "XXX")),
        ((1, 2, 1), ("PG", "PG-13")),
        ((1, 1), ("PG",)),
        ((), ()),
    ],
)
async def test_what_a_list_of_the_upper_levels_holds_tells_what_the_key_sees(held, sees):
    report, client = await check(levels(*held))
    assert report == KeyReport("lena_paints", sees)
    assert '"browsingLevel":28' in client.calls[1].params["input"]


async def test_the_key_goes_into_the_header_and_nowhere_else():
    _, client = await check(levels(1))
    assert all(call.headers["Authorization"] == "Bearer a-key" for call in client.calls)
    assert not any("a-key" in f"{call.url}{call.params}" for call in client.calls)


@pytest.mark.parametrize(("reason", "status"), [("unauthorized", 401), ("not_permitted", 403)])
async def test_a_refused_key_is_said_to_be_refused(reason, status):
    with pytest.raises(AuthRequired, match="does not accept"):
        await check(levels(1), me=failure(reason, status))


async def test_without_a_key_nothing_is_asked():
    with pytest.raises(AuthRequired, match="no Civitai key"):
        await check(levels(1), key=None)


async def test_a_key_that_may_not_read_pictures_is_told_so():
    report, _ = await check(failure("not_permitted", 403))
    assert report.user == "lena_paints"
    assert "read media" in report.note


@pytest.mark.parametrize("reason", ["server_error", "connect_timeout", "rate_limited"])
async def test_a_list_that_does_not_come_leaves_only_the_levels_open(reason):
    report, _ = await check(failure(reason, 503))
    assert report == KeyReport("lena_paints")


async def test_a_site_that_is_down_says_nothing_about_the_key():
    with pytest.raises(FetchFailed):
        await check(levels(1), me=failure("server_error", 503))


@pytest.mark.parametrize(
    "listed", [{"items": "x"}, {"items": [None, 5, {"nsfwLevel": "4"}]}, {}]
)
async def test_a_list_of_another_shape_tells_no_levels(listed):
    report, _ = await check({"result": {"data": {"json": listed}}})
    assert report.sees == ()
