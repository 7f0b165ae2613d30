"""The list of sites, and which of them a pasted text is for."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import get_args
from urllib.parse import parse_qsl, urlsplit

from artkeep.domain.target import Target, TargetKind
from artkeep.errors import NoAdapter, UsageError
from artkeep.settings import Settings, Sites
from artkeep.settings.boorus import KNOWN_BOORUS, Engine
from artkeep.sites._adapter import SiteAdapter
from artkeep.sites._booru import Booru
from artkeep.sites._booru_targets import split_link
from artkeep.sites.captures import civitai_generator
from artkeep.sites.captures._capture import Service
from artkeep.sites.captures._services import SERVICES
from artkeep.sites.captures.adapter import CaptureSite
from artkeep.sites.civitai.adapter import Civitai
from artkeep.sites.civitai.generator import CivitaiGenerator
from artkeep.sites.danbooru import Danbooru
from artkeep.sites.e621 import E621
from artkeep.sites.gelbooru import Gelbooru, Gelbooru02
from artkeep.sites.moebooru import Moebooru
from artkeep.sites.philomena import Philomena
from artkeep.sites.pixiv.adapter import Pixiv
from artkeep.sites.realbooru import Realbooru
from artkeep.sites.shimmie2 import Shimmie2
from artkeep.sites.szurubooru import Szurubooru

_LONGEST_SHOWN = 80
_WITHOUT_LINKS = frozenset({TargetKind.LIKED, TargetKind.FOLLOWED, TargetKind.COLLECTIONS})


# Which class speaks to a host, by the word that settings have for its program.
ENGINES: dict[str, type[Booru]] = {
    "gelbooru": Gelbooru,
    "gelbooru02": Gelbooru02,
    "realbooru": Realbooru,
    "danbooru": Danbooru,
    "moebooru": Moebooru,
    "e621": E621,
    "philomena": Philomena,
    "szurubooru": Szurubooru,
    "shimmie2": Shimmie2,
}


def adapters(settings: Settings) -> dict[str, SiteAdapter]:
    """Every site by its name, in the order in which they are asked."""
    sites: tuple[SiteAdapter, ...] = (
        Civitai(settings.sites.civitai),
        *_boorus(settings),
        Pixiv(settings.sites.booru("pixiv")),
        *(_of_captures(service, settings.sites) for service in SERVICES),
    )
    return {site.name: site for site in sites}


def _of_captures(service: Service, sites: Sites) -> CaptureSite:
    """The generator of Civitai can also be asked itself, with the key for that site."""
    site = sites.of(service.name)
    if service is civitai_generator.SERVICE:
        return CivitaiGenerator(site, sites.civitai)
    return CaptureSite(service, site)


def _boorus(settings: Settings) -> Iterator[SiteAdapter]:
    """The known ones, then those of the settings."""
    for name in (*KNOWN_BOORUS, *settings.sites.own):
        site = settings.sites.booru(name)
        known = KNOWN_BOORUS.get(name)
        speak = ENGINES.get(known.engine if known else site.engine or "")
        if speak is not None:
            yield speak(name, site)


def listed(adapters: Mapping[str, SiteAdapter]) -> dict[str, SiteAdapter]:
    """Those that can be asked what there is; of the others there are captures only."""
    return {
        name: adapter
        for name, adapter in adapters.items()
        if not isinstance(adapter, CaptureSite)
    }


def match_target(
    adapters: Mapping[str, SiteAdapter], text: str, kind: TargetKind | str | None = None
) -> Target:
    """What a pasted link, `site:kind:value`, or a bare value of a given kind means.

    Raises NoAdapter when no site takes it, UsageError when one does but it cannot be right.
    """
    wanted = _read_kind(kind) if kind is not None else None
    text = text.strip()
    for adapter in adapters.values():
        target = adapter.match(text)
        if target is None:
            continue
        if wanted and target.kind is not wanted:
            raise UsageError(f"{_shown(text)} is a {target.title}, not a {_words(wanted)}.")
        return target
    if wanted and text and "://" not in text:
        able = [adapter for adapter in adapters.values() if wanted in adapter.kinds]
        if len(able) > 1 and isinstance(able[0], Booru):
            advice = f"Name it as well: {able[0].name}:{wanted}:{_shown(text)}, for example."
            raise NoAdapter(f"Several sites have a {_words(wanted)}.", advice=advice)
        for adapter in able:
            target = adapter.match(f"{adapter.name}:{wanted}:{text}")
            if target is not None:
                return target
    raise NoAdapter(f"No site takes {_shown(text)!r}.", advice=_advice(adapters, text))


def _read_kind(kind: TargetKind | str) -> TargetKind:
    try:
        return TargetKind(kind.lower().replace("-", "_"))
    except ValueError:
        near = _nearest(kind, [known.value for known in TargetKind])
        advice = f"Did you mean {near}?" if near else ""
        raise UsageError(
            f"There is no kind of target called {kind!r}.", advice=advice
        ) from None


def _advice(adapters: Mapping[str, SiteAdapter], text: str) -> str:
    host = _host(text)
    for adapter in adapters.values():
        if isinstance(adapter, CaptureSite) and adapter.name in (host or "").split("."):
            return f"Creations of {adapter.service.title} come in by `artkeep import`."
    adapters = listed(adapters)
    if host is None:
        site, colon, rest = text.partition(":")
        near = _nearest(site.lower(), adapters) if colon else None
        if near:
            return f"Did you mean {near}:{_shown(rest)}?"
        return "Paste a link, or write site:kind:value, for example civitai:user:lena_paints."
    hosts = {
        name.lstrip("."): adapter for adapter in adapters.values() for name in adapter.hosts
    }
    plain = host.removeprefix("www.")
    if plain in hosts:
        linked = hosts[plain].kinds - _WITHOUT_LINKS
        kinds = ", ".join(sorted(_words(kind) for kind in linked))
        return f"Artkeep knows these links of {plain}: {kinds}."
    near = _nearest(plain, hosts)
    if near:
        return f"Did you mean {near}?"
    lines = _lines_for(adapters, text)
    if lines:
        return f"To make a site of it, add these lines to settings.toml:\n{lines}"
    return f"Known sites: {', '.join(adapters)}."


def _lines_for(adapters: Mapping[str, SiteAdapter], text: str) -> str | None:
    """The settings that make a site of an unknown host, when its link has the shape of a
    program that we speak to."""
    split = split_link(text)
    if split is None:
        return None
    query = dict(parse_qsl(split.query, max_num_fields=100))
    for engine in get_args(Engine):
        speak = ENGINES.get(engine)
        if speak is not None and speak.looks_like(split, query):
            parts = (split.hostname or "").removeprefix("www.").split(".")
            name = re.sub(r"[^a-z0-9_-]", "", parts[-2] if len(parts) > 1 else parts[0])
            name = name.lstrip("_-")[:20] or "mine"
            name = f"my_{name}" if name in adapters or name.isdigit() else name
            root = f"{split.scheme}://{split.netloc}"
            return f'[sites.{name}]\nengine = "{engine}"\nbase_url = "{root}"'
    return None


def _host(text: str) -> str | None:
    """The host of something that looks like a web address."""
    address = text if "://" in text else f"https://{text}"
    try:
        host = urlsplit(address).hostname
    except ValueError:
        return None
    return host if host and "." in host and " " not in host else None


def _nearest(word: str, known: Iterable[str]) -> str | None:
    return next(iter(difflib.get_close_matches(word[:_LONGEST_SHOWN], list(known), n=1)), None)


def _words(kind: TargetKind) -> str:
    return kind.value.replace("_", " ")


def _shown(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
