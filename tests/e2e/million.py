"""A million artworks that nobody has: the page's questions about them answered by formula."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, Route

AMOUNT = 1_000_000
_MONTHS = 50
_SHAPES = ((832, 1216), (1216, 832), (1024, 1024), (640, 1536), (768, 1152))
_HASH = "LEHV6nWB2yk8pyo0adR*.7kCMdnj"


def serve_million(page: Page, picture: bytes) -> list[dict[str, str]]:
    """Answer for the server, with `picture` (a JPEG) as every thumbnail. What was asked of the
    list comes into the answer, a request each."""
    asked: list[dict[str, str]] = []

    def artworks(route: Route) -> None:
        words = {
            name: one[0] for name, one in parse_qs(urlsplit(route.request.url).query).items()
        }
        asked.append(words)
        begin = min(AMOUNT, int(words.get("cursor", 0)) + int(words.get("skip", 0)))
        end = min(AMOUNT, begin + int(words["limit"]))
        is_first = "cursor" not in words and "skip" not in words
        said = {
            "artworks": [_card(index) for index in range(begin, end)],
            "next_cursor": str(end) if end < AMOUNT else None,
            "total": 10_001 if is_first else None,
            "total_is_more": is_first,
            "unindexed": 0,
        }
        route.fulfill(body=json.dumps(said), content_type="application/json")

    each = AMOUNT // _MONTHS
    months = [
        {"month": _month(at), "amount": each, "cursor": str(at * each)} for at in range(_MONTHS)
    ]
    timeline = {"months": months, "unknown": 0, "is_estimate": False}
    facets = {"artworks": AMOUNT, "is_estimate": False, "facets": []}
    page.route("**/api/artworks?*", artworks)
    page.route("**/api/timeline?*", lambda route: route.fulfill(json=timeline))
    page.route("**/api/facets*", lambda route: route.fulfill(json=facets))
    page.route(
        "**/thumbs/*",
        lambda route: route.fulfill(
            body=picture,
            content_type="image/jpeg",
            headers={"Cache-Control": "max-age=31536000, immutable"},
        ),
    )
    return asked


def _month(back: int) -> str:
    """The last one is 2026-10."""
    months = 2026 * 12 + 9 - back
    return f"{months // 12}-{months % 12 + 1:02}"


def _card(index: int) -> dict[str, Any]:
    width, height = _SHAPES[index * 7 % len(_SHAPES)]
    number = index + 1
    done = "done"
    return {
        "id": number,
        "site": "civitai",
        "site_id": str(10**8 + number),
        "kind": "image",
        "page_url": f"https://civitai.com/images/{10**8 + number}",
        "author": f"author {index % 977}",
        "title": None,
        "rating": "PG",
        "posted_at": "2026-01-01T00:00:00+00:00",
        "added_at": "2026-01-02T00:00:00+00:00",
        "downloaded_at": "2026-01-02T00:00:00+00:00",
        "width": width,
        "height": height,
        "model": "Pony Diffusion V6 XL",
        "base_model": "Pony",
        "prompt": f"artwork number {number}, a quiet harbour at night, best quality",
        "blurhash": _HASH,
        "size": 1_500_000 + index % 1000,
        "format": "png",
        **dict.fromkeys(
            (
                f"{stage}_status"
                for stage in ("download", "examine", "tags", "embed", "convert")
            ),
            done,
        ),
        "badge": "have",
        "stars": index % 6,
        "is_favourite": index % 11 == 0,
        "thumb_url": f"/thumbs/{number}",
        "media_url": f"/media/{number}",
    }
