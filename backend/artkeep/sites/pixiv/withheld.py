"""Works that pixiv withholds from its app, read from its pages with the cookie of a login.

Source: `GET https://www.pixiv.net/ajax/illust/{id}` and `…/pages` as the site's own page asks
them, read 2026-11. Everybody who is logged in sees these works there; `limit_sanity_level` is a
limit of the app's alone. What is for friends only stays withheld.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from artkeep.net.retry import FetchFailed
from artkeep.settings import BooruSite

if TYPE_CHECKING:
    from artkeep.net.client import Client

SITE_ROOT = "https://www.pixiv.net"
_OF_THE_APP = "limit_sanity_level"
_NOT_SHOWN = frozenset(
    {"not_found", "gone", "not_permitted", "unauthorized", "request_refused"}
)
_TYPES = {0: "illust", 1: "manga", 2: "ugoira"}


async def unveil(client: Client, site: BooruSite, row: Any) -> Any:
    """The work as the app would give it if it did; as it came where the page does not help."""
    if site.cookie is None or not _is_withheld_from_the_app(row):
        return row
    number = row.get("id")
    try:
        work = await _ask(client, site, f"illust/{number}")
        pages = await _ask(client, site, f"illust/{number}/pages")
        return told_by_page(row, work, pages)
    except FetchFailed as failed:
        if failed.reason not in _NOT_SHOWN:
            raise
        return row


def told_by_page(row: Mapping[str, Any], work: Any, pages: Any) -> dict[str, Any]:
    """The app's row, with what the page says. Raises FetchFailed where it says something else
    than a work."""
    try:
        urls = [page["urls"] for page in pages]
        tags = [
            {"name": tag["tag"], "translated_name": (tag.get("translation") or {}).get("en")}
            for tag in work["tags"]["tags"]
        ]
        forms = [
            {
                "medium": url.get("small"),
                "large": url.get("regular"),
                "original": url["original"],
            }
            for url in urls
        ]
        return {
            **row,
            "title": work["title"],
            "type": _TYPES[work["illustType"]],
            "create_date": work["createDate"],
            "user": {**row.get("user", {}), "id": work["userId"], "name": work["userName"]},
            "tags": tags,
            "width": work["width"],
            "height": work["height"],
            "x_restrict": work["xRestrict"],
            "illust_ai_type": work.get("aiType"),
            "page_count": len(forms),
            "visible": True,
            "image_urls": forms[0],
            "meta_single_page": (
                {"original_image_url": forms[0]["original"]} if len(forms) == 1 else {}
            ),
            "meta_pages": [{"image_urls": one} for one in forms] if len(forms) > 1 else [],
        }
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise FetchFailed("unknown_shape", detail="no work in pixiv's page") from error


async def _ask(client: Client, site: BooruSite, path: str) -> Any:
    assert site.cookie is not None
    cookie = site.cookie.get_secret_value()
    headers = {
        "Cookie": cookie if "=" in cookie else f"PHPSESSID={cookie}",
        "Referer": f"{SITE_ROOT}/",
    }
    root = site.base_url or SITE_ROOT
    reply = await client.get_json(f"{root}/ajax/{path}", {"lang": "en"}, headers=headers)
    return reply.get("body") if isinstance(reply, dict) else None


def _is_withheld_from_the_app(row: Any) -> bool:
    single = row.get("meta_single_page") if isinstance(row, dict) else None
    url = single.get("original_image_url") if isinstance(single, dict) else None
    return isinstance(url, str) and _OF_THE_APP in url
