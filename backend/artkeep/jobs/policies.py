"""Where each site may be asked and how fast, for the one HTTP client."""

from __future__ import annotations

from collections.abc import Mapping

from yarl import URL

from artkeep.net.client import HostPolicy
from artkeep.settings import Settings
from artkeep.sites._adapter import SiteAdapter


def host_policies(settings: Settings, adapters: Mapping[str, SiteAdapter]) -> list[HostPolicy]:
    """One policy per site. Configured addresses are allowed although they may be private."""
    policies = []
    for name, adapter in adapters.items():
        site = settings.sites.of(name)
        limits = adapter.limits
        configured = (site.base_url, site.media_url)
        policies.append(
            HostPolicy(
                hosts=adapter.hosts,
                origins=frozenset(str(URL(url).origin()) for url in configured if url),
                requests_per_s=limits.requests_per_s,
                burst=limits.burst,
                media_requests_per_s=limits.media_requests_per_s,
                media_concurrency=limits.media_concurrency,
            )
        )
    return policies
