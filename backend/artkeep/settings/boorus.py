"""The boorus that are known by name: which program runs them, and where they are.

Any other host of these programs becomes a site by a few lines of settings:
`[sites.NAME]` with `engine` and `base_url`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Engine = Literal[
    "gelbooru02", "danbooru", "moebooru", "e621", "philomena", "szurubooru", "shimmie2"
]


@dataclass(frozen=True, slots=True)
class KnownBooru:
    """`engine` is a word of `Engine`, or the name of a program that only one host runs.

    `page_url` is where its pages are; `hosts` are further domains that its API and its files
    are found at, with all their sub-domains.
    """

    title: str
    engine: str
    page_url: str
    hosts: tuple[str, ...] = ()


KNOWN_BOORUS = {
    "gelbooru": KnownBooru("Gelbooru", "gelbooru", "https://gelbooru.com"),
    "safebooru": KnownBooru("Safebooru", "gelbooru02", "https://safebooru.org"),
    "rule34": KnownBooru("Rule34", "gelbooru02", "https://rule34.xxx"),
    "tbib": KnownBooru("TBIB", "gelbooru02", "https://tbib.org"),
    "xbooru": KnownBooru("Xbooru", "gelbooru02", "https://xbooru.com"),
    "hypnohub": KnownBooru("HypnoHub", "gelbooru02", "https://hypnohub.net"),
    "realbooru": KnownBooru("Realbooru", "realbooru", "https://realbooru.com"),
    "danbooru": KnownBooru(
        "Danbooru", "danbooru", "https://danbooru.donmai.us", ("donmai.us",)
    ),
    "aibooru": KnownBooru(
        "AIBooru", "danbooru", "https://aibooru.online", ("aibooru.download",)
    ),
    "yandere": KnownBooru("yande.re", "moebooru", "https://yande.re"),
    "konachan": KnownBooru("Konachan", "moebooru", "https://konachan.com", ("konachan.net",)),
    "e621": KnownBooru("e621", "e621", "https://e621.net"),
    "e926": KnownBooru("e926", "e621", "https://e926.net", ("e621.net",)),
    "e6ai": KnownBooru("e6AI", "e621", "https://e6ai.net"),
    "derpibooru": KnownBooru(
        "Derpibooru", "philomena", "https://derpibooru.org", ("derpicdn.net",)
    ),
    "furbooru": KnownBooru("Furbooru", "philomena", "https://furbooru.org", ("furrycdn.org",)),
    "ponybooru": KnownBooru("Ponybooru", "philomena", "https://ponybooru.org"),
    "pixiv": KnownBooru("pixiv", "pixiv", "https://www.pixiv.net", ("pixiv.net", "pximg.net")),
}
