"""What a site's refusal or silence is called over HTTP, with what to do about it."""

from __future__ import annotations

from flask import Response

from artkeep.net.retry import FetchFailed
from artkeep.web.errors import problem

_STATUSES = {
    "not_found": 404,
    "gone": 404,
    "not_media": 404,  # of a preview: there is none that a page could show
    "still_not_video": 404,
    "too_large": 404,
    "unauthorized": 403,
    "not_permitted": 403,
    "address_refused": 403,
    "redirect_refused": 403,
    "rate_limited": 429,
    "region_blocked": 451,
    "connect_timeout": 504,
    "stalled": 504,
    "too_slow": 504,
}
_ADVICE = {
    "offline": "Check the connection of this computer.",
    "dns": "Check the connection of this computer.",
    "not_permitted": "A key of an account that may see it helps: Settings › Sites & keys.",
    "address_refused": "It does not belong to the site.",
    "region_blocked": "A proxy elsewhere helps: net.proxy in Settings.",
    "request_refused": "Check the spelling; it may also be time for a newer Artkeep.",
}


def site_problem(failed: FetchFailed) -> Response:
    """The reply. 503 and 504 mean the site, never us."""
    advice = failed.advice or _ADVICE.get(failed.reason, "Try again in a few minutes.")
    where = f"{failed.host} answered {failed.http_status}" if failed.http_status else None
    return problem(
        _STATUSES.get(failed.reason, 503),
        failed.reason,
        f"{failed.message} {advice}",
        detail=where or failed.host or None,
        retry_after_s=failed.retry_after_s,
    )
