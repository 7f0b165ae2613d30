"""A site for the tag benchmark: pages as heavy as real ones, and the call behind them.

395 KB of script, 83 KB of styles, ten pictures of 71 KB, tags that arrive by a call of their
own after the page, six shown until "more" is pressed; every answer takes 50 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import threading

from aiohttp import web

from tests.bench.site import picture

TAGS = 10
_SIDE = 288  # pixels, for 71 KB
_NAMES = (
    "mountain",
    "sky",
    "1girl",
    "tree",
    "lake",
    "cloud",
    "outdoors",
    "water",
    "grass",
    "rock",
)
_PAGE = """<!doctype html><html><head><title>picture</title>
<link rel="stylesheet" href="/static/style.css"><script src="/static/app.js"></script></head>
<body><div class="scroll-area"><div id="area">
<span class="mantine-Loader-root"></span></div></div>
%s<script id="__NEXT_DATA__" type="application/json">%s</script><script>
const id = %d
const input = encodeURIComponent(JSON.stringify({json: {id, type: 'image'}}))
fetch('/api/trpc/tag.getVotableTags?input=' + input).then((r) => r.json()).then((body) => {
  const tags = body.result.data.json
  const show = () => {
    const open = localStorage.getItem('showAllTags') === 'true'
    const link = (t) => `<a data-activity="tag-click:image" title="Score: ${t.score}" ` +
      `href="/images?tags=${t.id}&view=feed">${t.name}</a>`
    const chip = (t) => `<div class="mantine-Badge-root">${link(t)}</div>`
    document.getElementById('area').innerHTML = '<div class="mantine-Group-root">' +
      tags.slice(0, open ? tags.length : 6).map(chip).join('') +
      (open ? '' : '<button><svg class="tabler-icon-chevron-down"></svg></button>') + '</div>'
    const more = document.querySelector('button')
    if (more) more.onclick = () => { localStorage.setItem('showAllTags', 'true'); show() }
  }
  show()
})
</script></body></html>"""


def tags_of(number: int) -> list[dict[str, object]]:
    """The tags of one picture: ten of four hundred."""
    return [
        {"id": 5000 + (number * 7 + place * 13) % 400, "type": "Label", "nsfwLevel": 1}
        | {"name": f"{name} {(number * 7 + place * 13) % 400}", "score": TAGS - place}
        | {"upVotes": place, "downVotes": 0, "automated": True, "needsReview": False}
        for place, name in enumerate(_NAMES)
    ]


def _script() -> str:
    lines, number = [], 0
    while sum(map(len, lines)) < 395_000:
        number += 1
        lines.append(
            f"window.f{number} = (function (a, b) {{ const c = a * {number} + b; "
            f"return {{ c, name: 'part {number}', next: () => c + {number} }} "
            f"}})({number}, 2);\n"
        )
    return "".join(lines)


class Site:
    """The pages, from memory."""

    def __init__(self, latency_s: float) -> None:
        self._latency_s = latency_s
        self._files = {
            "app.js": ("text/javascript", _script().encode()),
            "style.css": ("text/css", b".a1 { color: red; margin: 1px }\n" * 2600),
            "picture.jpg": ("image/jpeg", picture(_SIDE)),
        }

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/api/trpc/{names}", self._call)
        app.router.add_get("/static/{name}", self._file)
        app.router.add_get("/images/{id}", self._page)
        app.router.add_get("/robots.txt", self._robots)
        return app

    async def _call(self, request: web.Request) -> web.Response:
        await asyncio.sleep(self._latency_s)
        asked = json.loads(request.query["input"])
        if "batch" not in request.query:
            return web.json_response(_answer(asked))
        return web.json_response([_answer(asked[str(place)]) for place in range(len(asked))])

    async def _file(self, request: web.Request) -> web.Response:
        kind, body = self._files[request.match_info["name"]]
        headers = {"Cache-Control": "public, max-age=31536000"}
        return web.Response(body=body, content_type=kind, headers=headers)

    async def _page(self, request: web.Request) -> web.Response:
        await asyncio.sleep(self._latency_s)
        number = int(request.match_info["id"])
        pictures = "".join(f'<img src="/static/picture.jpg?{n}">' for n in range(TAGS))
        query = {
            "queryKey": [["image", "get"], {"input": {"id": number}}],
            "state": {"status": "success", "data": {"id": number}},
        }
        left = {"props": {"pageProps": {"trpcState": {"json": {"queries": [query]}}}}}
        text = _PAGE % (pictures, json.dumps(left), number)
        return web.Response(text=text, content_type="text/html")

    async def _robots(self, _: web.Request) -> web.Response:
        return web.Response(text="User-agent: *\n")


def _answer(one: dict[str, dict[str, int]]) -> dict[str, object]:
    return {"result": {"data": {"json": tags_of(one["json"]["id"])}}}


async def serve(latency_s: float) -> None:
    """Until stdin is closed."""
    runner = web.AppRunner(Site(latency_s).app(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"ready http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    loop, closed = asyncio.get_running_loop(), asyncio.Event()

    def watch() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(closed.set)

    threading.Thread(target=watch, daemon=True).start()
    await closed.wait()
    await runner.cleanup()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency-ms", type=int, default=50)
    asyncio.run(serve(parser.parse_args().latency_ms / 1000))
