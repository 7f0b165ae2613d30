"""The list of sites, and which of them a pasted text is for."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from artkeep.domain.target import Target, TargetKind
from artkeep.errors import NoAdapter, UsageError
from artkeep.settings import Settings
from artkeep.sites._adapter import SiteAdapter
from artkeep.sites.captures._services import SERVICES
from artkeep.sites.captures.adapter import CaptureSite
from artkeep.sites.civitai.adapter import Civitai

_LONGEST_SHOWN = 80
_WITHOUT_LINKS = frozenset({TargetKind.LIKED, TargetKind.FOLLOWED, TargetKind.COLLECTIONS})


def adapters(settings: Settings) -> dict[str, SiteAdapter]:
    """Every site by its name, in the order in which they are asked."""
    sites: tuple[SiteAdapter, ...] = (
        Civitai(settings.sites.civitai),
        *(CaptureSite(service, settings.sites.of(service.name)) for service in SERVICES),
    )
    return {site.name: site for site in sites}


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
        for adapter in adapters.values():
            if wanted in adapter.kinds:
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
    return f"Known sites: {', '.join(adapters)}."


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
