"""The media server: how its URLs are built, and which of them to try.

`https://image.civitai.com/<account key>/<uuid>/<parameters>/<file name>`. The file name is free
text for the server and its extension says nothing: a PNG original is offered as `.jpeg`. Asking
a video's `original=true` alone has returned one frame as WebP, hence the ladder.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, urlsplit

from artkeep.domain.artwork import Artwork, Kind, clean_text
from artkeep.sites._adapter import MediaSource, Preview
from artkeep.sites.civitai.hosts import ACCOUNT_KEY, MEDIA_HOSTS, MEDIA_ROOT

ORIGINAL = "original=true"
_VIDEO_RUNGS = (ORIGINAL, f"{ORIGINAL},quality=100", f"transcode=true,{ORIGINAL}")
_WIDEST = 1800  # what the site itself asks for at most
_SMALL = 450  # pixels: a width that the server knows, as it does the larger one
_LARGE = 1600
_STILLS, _VIDEOS = frozenset({Kind.IMAGE}), frozenset({Kind.VIDEO})

_PARAMETERS = re.compile(r"[A-Za-z]+=[^=,/]*(?:,[A-Za-z]+=[^=,/]*)*")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,5}$")


@dataclass(frozen=True, slots=True)
class MediaUrl:
    """A URL that follows the grammar, taken apart. `parameters` is empty in old ones."""

    split: SplitResult
    folder: str  # `/<account key>/<uuid>`, with whatever stands before
    parameters: str
    file_name: str

    @classmethod
    def read(cls, url: str) -> MediaUrl | None:
        """None when the URL does not follow the grammar."""
        try:
            split = urlsplit(url)
        except ValueError:
            return None
        segments = split.path.split("/")
        if len(segments) >= 4 and _PARAMETERS.fullmatch(segments[-2]):
            return cls(split, "/".join(segments[:-2]), segments[-2], segments[-1])
        if len(segments) >= 4 and _UUID.fullmatch(segments[-2]):
            return cls(split, "/".join(segments[:-1]), "", segments[-1])
        return None

    def asking_for(self, parameters: str) -> str:
        """The same picture or video with other parameters."""
        path = f"{self.folder}/{parameters}/{self.file_name}"
        return self.split._replace(path=path).geturl()

    def named(self, extension: str) -> MediaUrl:
        """The same with another extension: the server knows videos and stills by it."""
        return replace(self, file_name=_EXTENSION.sub("", self.file_name) + f".{extension}")


def listed_url(value: object, kind: Kind, media_url: str | None) -> str | None:
    """The media URL of an item: REST lists whole URLs, the page's calls a bare uuid.

    `media_url` is the setting that replaces the media server; other hosts stay as they are.
    """
    text = clean_text(value) if isinstance(value, str) else None
    if not text:
        return None
    if _UUID.fullmatch(text):
        extension = "mp4" if kind is Kind.VIDEO else "jpeg"
        return _join(
            media_url or MEDIA_ROOT, f"/{ACCOUNT_KEY}/{text}/{ORIGINAL}/{text}.{extension}"
        )
    if not media_url:
        return text
    try:
        split = urlsplit(text)
        host = split.hostname
    except ValueError:
        return text
    if host in MEDIA_HOSTS:
        query = f"?{split.query}" if split.query else ""
        return _join(media_url, split.path) + query
    return text


def _join(root: str, path: str) -> str:
    """People copy the root with or without the account key at its end."""
    last = urlsplit(root).path.rpartition("/")[2]
    if last and path.startswith(f"/{last}/"):
        path = path.removeprefix(f"/{last}")
    return root + path


def ladder(artwork: Artwork, quality: str) -> Sequence[MediaSource]:
    """The URLs to try in order; `sd` is the URL as it is listed."""
    listed = artwork.media_url
    if listed is None:
        return ()
    is_video = artwork.kind is Kind.VIDEO
    accepts = _VIDEOS if is_video else frozenset(Kind)
    parsed = MediaUrl.read(listed)
    if quality == "sd" or parsed is None:
        return (MediaSource(listed, quality, accepts=accepts),)
    if is_video:
        video = parsed.named("mp4")
        width = min(artwork.width or _WIDEST, _WIDEST)
        smaller = video.asking_for(f"transcode=true,width={width}")
        return (
            *(MediaSource(video.asking_for(rung), accepts=accepts) for rung in _VIDEO_RUNGS),
            MediaSource(smaller, "reduced", accepts=accepts),
        )
    original = MediaSource(parsed.asking_for(ORIGINAL))
    if original.url == listed:
        return (original,)
    return (original, MediaSource(listed, "reduced"))


def small_forms(artwork: Artwork) -> Preview:
    """What the site's own page asks for: small WebP stills, and videos as it plays them."""
    listed = artwork.media_url
    parsed = MediaUrl.read(listed) if listed else None
    is_video = artwork.kind is Kind.VIDEO
    if parsed is None:
        own = (MediaSource(listed, accepts=_VIDEOS if is_video else _STILLS),) if listed else ()
        return Preview(video=own, large=own) if is_video else Preview(still=own, large=own)
    large = min(artwork.width or _LARGE, _LARGE)
    if is_video:
        frame = f"anim=false,transcode=true,width={_SMALL},optimized=true"
        return Preview(
            (MediaSource(parsed.named("jpeg").asking_for(frame), accepts=_STILLS),),
            _playable(parsed, _SMALL),
            _playable(parsed, large),
        )
    return Preview((_reduced(parsed, _SMALL),), (), (_reduced(parsed, large),))


def _reduced(picture: MediaUrl, width: int) -> MediaSource:
    return MediaSource(picture.asking_for(f"width={width},optimized=true"), accepts=_STILLS)


def _playable(video: MediaUrl, width: int) -> tuple[MediaSource, ...]:
    asked = f"transcode=true,width={width},optimized=true"
    return tuple(
        MediaSource(video.named(extension).asking_for(asked), accepts=_VIDEOS)
        for extension in ("webm", "mp4")
    )
