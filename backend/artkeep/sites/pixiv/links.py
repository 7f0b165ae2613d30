"""What a pasted link or `pixiv:kind:value` means. Hosts are compared exactly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from artkeep.domain.artwork import clean_text
from artkeep.domain.target import Target, TargetKind
from artkeep.errors import UsageError
from artkeep.settings import BooruSite
from artkeep.sites._booru_targets import read_named, split_link
from artkeep.sites.pixiv.parse import SITE

KINDS = frozenset({TargetKind.USER, TargetKind.IMAGE, TargetKind.SEARCH, TargetKind.BOOKMARKS})
ME = "me"
EXACT, IN_TITLES = "exact:", "title:"

_PAGE_HOSTS = frozenset({"pixiv.net", "www.pixiv.net", "touch.pixiv.net"})
_FILE_HOST = ".pximg.net"
_FILE = re.compile(r"/(\d{1,18})_(?:p\d+|ugoira)")
_LANGUAGES = frozenset({"en", "ja", "zh", "zh_tw", "ko"})
_LONGEST_WORD = 300
# How the site's search page says where it looks.
_MODES = {"s_tag_full": EXACT, "s_tc": IN_TITLES}
_EXAMPLES = {
    TargetKind.USER: "user:11",
    TargetKind.IMAGE: "image:135000003",
    TargetKind.SEARCH: "search:風景",
    TargetKind.BOOKMARKS: "bookmarks:me",
}


def match(text: str, site: BooruSite) -> Target | None:
    """The target, or None when the text is not about pixiv. Raises UsageError."""
    text = (clean_text(text) or "").strip()
    named = read_named(text, SITE, "pixiv", KINDS)
    if named is not None:
        return _target(*named)
    split = split_link(text)
    if split is None:
        return None
    host = (split.hostname or "").removesuffix(".")
    if host.endswith(_FILE_HOST):
        found = _FILE.search(split.path)
        return _target(TargetKind.IMAGE, found[1]) if found else None
    own = urlsplit(site.base_url).netloc.lower() if site.base_url else None
    if host not in _PAGE_HOSTS and split.netloc.lower() != own:
        return None
    meant = _by_path(split, dict(parse_qsl(split.query, max_num_fields=100)))
    return _target(*meant) if meant else None


def _by_path(split: SplitResult, query: Mapping[str, str]) -> tuple[TargetKind, str] | None:
    segments = [unquote(part) for part in split.path.split("/") if part]
    if segments[:1] and segments[0] in _LANGUAGES:
        segments = segments[1:]
    match segments:
        case ["artworks" | "i" | "illust", number, *_]:
            return TargetKind.IMAGE, number
        case ["users", number, "bookmarks", *_]:
            return TargetKind.BOOKMARKS, number
        case ["users" | "u", number, *_]:
            return TargetKind.USER, number
        case ["tags", word, *_]:
            return TargetKind.SEARCH, _MODES.get(query.get("s_mode", ""), "") + word
        case ["member_illust.php"] if "illust_id" in query:
            return TargetKind.IMAGE, query["illust_id"]
        case ["member.php" | "member_illust.php"] if "id" in query:
            return TargetKind.USER, query["id"]
        case ["bookmark.php"]:
            return TargetKind.BOOKMARKS, query.get("id", ME)
        case ["search.php"] if "word" in query:
            return TargetKind.SEARCH, _MODES.get(query.get("s_mode", ""), "") + query["word"]
    return None


def _target(kind: TargetKind, value: str) -> Target:
    value = " ".join((clean_text(value) or "").split())
    if kind is TargetKind.SEARCH:
        if not value.removeprefix(EXACT).removeprefix(IN_TITLES):
            raise UsageError("A search needs words.", advice=f"Write {SITE}:{_EXAMPLES[kind]}.")
        if len(value) > _LONGEST_WORD:
            raise UsageError(f"This is longer than {_LONGEST_WORD} letters.")
        return Target(SITE, kind, value)
    if kind is TargetKind.BOOKMARKS and value.lower() == ME:
        return Target(SITE, kind, ME)
    if kind is TargetKind.IMAGE:
        value = value.partition("_")[0]  # one page means the work
    if not (value.isascii() and value.isdigit()) or not 0 < len(value.lstrip("0")) <= 18:
        what = "work" if kind is TargetKind.IMAGE else "user"
        raise UsageError(
            f"{value[:60]!r} is not the number of a {what}.",
            advice=f"Write {SITE}:{_EXAMPLES[kind]}. pixiv knows its users by numbers.",
        )
    return Target(SITE, kind, value.lstrip("0"))
