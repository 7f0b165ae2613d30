"""Who asks: the account of a booru that takes name and key by HTTP Basic; and how it waits."""

from __future__ import annotations

from base64 import b64encode

import artkeep
from artkeep.errors import AuthRequired
from artkeep.net.retry import FetchFailed
from artkeep.settings import BooruSite

_WHERE = "+https://github.com/artkeep/artkeep"


def account_headers(site: BooruSite, *, with_key: bool = True) -> dict[str, str]:
    """Headers for name and key. Operators want to see the name in the User-Agent, too: without
    it a busy address may be shut out."""
    user, key = site.login
    headers = {}
    if user and user.isascii():
        headers["User-Agent"] = f"Artkeep/{artkeep.__version__} (by {user}; {_WHERE})"
    if user and key and with_key:
        headers["Authorization"] = f"Basic {b64encode(f'{user}:{key}'.encode()).decode()}"
    return headers


def require_login(site: BooruSite, title: str) -> str:
    """The name of the account that the key is for. Raises AuthRequired."""
    user, key = site.login
    if not user or not key:
        raise AuthRequired(
            f"{title} wants the name of the account as well as its key.",
            advice="Both are under Settings › Sites.",
        )
    return user


def with_pause(failed: FetchFailed, pause_s: float) -> FetchFailed:
    """The same; where a host wants us to wait and does not say how long, that long."""
    if failed.reason != "rate_limited" or failed.retry_after_s is not None:
        return failed
    return FetchFailed(
        failed.reason,
        host=failed.host,
        http_status=failed.http_status,
        detail=failed.detail,
        retry_after_s=pause_s,
        body=failed.body,
    )
