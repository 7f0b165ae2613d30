"""Whether a site's replies still look like themselves.

A site that has changed gives pages of which we understand nothing, and a walk over them would
end cleanly with nothing in it. So such a page is not stored: the site's jobs are held until a
person has looked, and one reply is kept to be looked at.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from artkeep.domain.artwork import json_safe
from artkeep.errors import SiteChanged
from artkeep.logs.redaction import redact
from artkeep.net.retry import FetchFailed
from artkeep.sites._adapter import Page

_ENOUGH = 10  # fewer unreadable items say something about the items, not about the site
_MOST_ROWS_KEPT = 3
_MOST_CHARACTERS_KEPT = 20_000


class ShapeWatch:
    """Judges what one site answers."""

    def __init__(self, site: str) -> None:
        self._site = site

    def judge(self, page: Page) -> None:
        """Raises SiteChanged when most of a page's items cannot be read."""
        unreadable = [reject for reject in page.rejects if reject.row is not None]
        readable = len(page.artworks) + len(page.groups)
        if len(unreadable) >= _ENOUGH and len(unreadable) > readable:
            in_all = len(unreadable) + readable
            raise self._changed(
                f"{len(unreadable)} of {in_all} items of a page cannot be read",
                [reject.row for reject in unreadable[:_MOST_ROWS_KEPT]],
            )

    def judge_failure(self, error: FetchFailed) -> None:
        """Raises SiteChanged for a reply that lacks what every such reply has."""
        if error.reason == "unknown_shape":
            raise self._changed(error.detail, error.body) from error

    def _changed(self, why: str, sample: Any) -> SiteChanged:
        return SiteChanged(
            f"{self._site.capitalize()} does not answer as it used to: {why}.",
            advice=(
                "Its jobs are held and nothing counts as complete. Look for a newer version of "
                "Artkeep, then resume."
            ),
            site=self._site,
            sample=sample,
        )


def keep_sample(folder: Path, error: SiteChanged) -> str | None:
    """Write a part of the reply, without secrets, for whoever mends the program; its name.

    None when it cannot be written: a sample is not worth a second failure.
    """
    text = json.dumps(json_safe(error.sample), ensure_ascii=False, indent=1)
    name = f"{error.site}-{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(redact(text)[:_MOST_CHARACTERS_KEPT], "utf-8")
    except OSError:
        return None
    return name
