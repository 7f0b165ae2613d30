"""The web pages people and browsers see: `/images/:id` with its tag area, gates and all.

The markup follows what is known of the real page (Mantine 7, tabler icons); the words are our
own. As upstream the HTML comes without tags: the page's own script asks `tag.getVotableTags`
and fills them in, above-PG tags first, six chips until "show more" is opened.
"""

from __future__ import annotations

import html
import json
from pathlib import Path
from string import Template

from aiohttp import web

from artkeep.demo.context import SITE, Site, is_logged_in
from artkeep.demo.records import ACCOUNT_KEY, SiteImage
from artkeep.demo.words import DISPLAY_NAMES

_LABELS = {1: "PG", 2: "PG-13", 4: "R", 8: "X", 16: "XXX"}
_PAGE = Template((Path(__file__).parent / "image_page.html").read_text(encoding="utf-8"))
_SHELL = Template((Path(__file__).parent / "plain_page.html").read_text(encoding="utf-8"))


async def image_page(request: web.Request) -> web.Response:
    """HTTP 404 for what is no number; every other missing image is a 200 that says 404."""
    site, text = request.app[SITE], request.match_info["id"]
    if not text.isdecimal():
        return _html(_not_found(), 404)
    image = site.catalogue.images.get(int(text))
    if image is None or image.is_gone or image.is_hidden:
        return _html(_not_found())
    gate = _gate(request, site, image)
    return _html(gate if gate is not None else _image_html(request, site, image))


async def front_page(request: web.Request) -> web.Response:
    """A small way in: who is here and what to try."""
    site = request.app[SITE]
    names = [
        html.escape(creator.username)
        for creator in site.catalogue.creators.values()
        if not creator.is_deleted
    ]
    rows = "".join(f'<li><a href="/user/{name}">{name}</a></li>' for name in names)
    body = f"<h1>Sample site</h1><p>Generated art behind a Civitai-like API.</p><ul>{rows}</ul>"
    return _html(_SHELL.substitute(title="Sample site", body=body, state=""))


async def user_page(request: web.Request) -> web.Response:
    site = request.app[SITE]
    creator = site.catalogue.creator_named(request.match_info["name"])
    if creator is None:
        return _html(_not_found())
    rows = [image for image in site.catalogue.feed_by_creator[creator.id] if image.level == 1]
    cards = "".join(
        f'<a href="/images/{image.id}"><img loading="lazy" width="150" alt="" '
        f'src="/{ACCOUNT_KEY}/{image.uuid}/anim=false,transcode=true,width=320/{image.uuid}.jpeg"></a>'
        for image in reversed(rows[-48:])
        if not image.is_hidden and not image.is_gone
    )
    name = html.escape(creator.username)
    return _html(_SHELL.substitute(title=name, body=f"<h1>{name}</h1>{cards}", state=""))


def _gate(request: web.Request, site: Site, image: SiteImage) -> str | None:
    """The page shown in place of the image, or None when this viewer may see it."""
    if not site.gate or image.level == 1:
        return None
    if site.colour == "green" and image.level > 2:
        link = f"//{html.escape(request.host)}/images/{image.id}?sync-account=green"
        return _wall(
            image,
            "This content<br>has a new home",
            "Mature content now lives on <span>civitai.red</span>",
            f'<a class="mantine-Button-root" rel="noreferrer nofollow" href="{link}">'
            "<span>Continue on civitai.red</span></a>",
        )
    if not is_logged_in(request):
        return _wall(
            image,
            "Log in to<br>continue",
            "This content requires an account",
            '<button class="mantine-Button-root" type="button">'
            "<span>Log in to view</span></button>",
        )
    return None


def _wall(image: SiteImage, heading: str, text: str, control: str) -> str:
    body = (
        '<div class="absolute inset-0 flex items-center justify-center"><div class="flex">'
        f'<div><p class="mantine-Text-root">{heading}</p></div>'
        f'<div><p class="mantine-Text-root">{text}</p>{control}</div></div></div>'
    )
    return _SHELL.substitute(title="Sample site", body=body, state=_state(image))


def _not_found() -> str:
    body = (
        '<div class="mantine-Container-root"><div class="mantine-Stack-root">'
        '<h1 class="mantine-Title-root">404</h1>'
        '<p class="mantine-Text-root">The page you are looking for doesn&#x27;t exist</p>'
        '<a class="mantine-Button-root" href="/"><span>Go back home</span></a></div></div>'
    )
    return _SHELL.substitute(title="Page Not Found", body=body, state="")


def _state(image: SiteImage) -> str:
    """What the framework leaves in the page: the image's record, never its tags."""
    record = {
        "state": {"data": {"id": image.id, "nsfwLevel": image.level}, "status": "success"}
    }
    key = [["image", "get"], {"input": {"id": image.id}, "type": "query"}]
    queries = {"json": {"mutations": [], "queries": [record | {"queryKey": key}]}}
    state = {
        "props": {"pageProps": {"adsGated": False, "trpcState": queries, "session": None}},
        "page": "/images/[imageId]",
        "query": {"imageId": str(image.id)},
    }
    return f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(state)}</script>'


def _image_html(request: web.Request, site: Site, image: SiteImage) -> str:
    creator = html.escape(site.catalogue.creators[image.creator_id].username)
    base = f"/{ACCOUNT_KEY}/{image.uuid}"
    noun = "Video" if image.is_video else "Image"
    if image.is_video:
        media = (
            f'<video class="block cursor-pointer h-full" loop playsinline controls '
            f'poster="{base}/anim=false,transcode=true,original=false/{image.uuid}.jpeg">'
            f'<source src="{base}/transcode=true,original=true/{image.uuid}.webm" '
            'type="video/webm">'
            "</video>"
        )
    else:
        media = (
            f'<img class="max-h-full w-auto max-w-full" '
            f'src="{base}/original=true/{image.uuid}.jpeg" alt="">'
        )
    settings = {
        "id": image.id,
        "feed": "videos" if image.is_video else "images",
        "display": DISPLAY_NAMES,
        "onlyPg": site.colour == "green",
    }
    return _PAGE.substitute(
        title=f"{noun} posted by {creator}",
        canonical=html.escape(f"{request.url.origin()}/images/{image.id}"),
        media=media,
        creator=creator,
        rating=_LABELS[image.level],
        state=_state(image),
        settings=json.dumps(settings),
    )


def _html(text: str, status: int = 200) -> web.Response:
    return web.Response(status=status, text=text, content_type="text/html", charset="utf-8")
