"""`/api/targets/read`: what pasted lines mean, said before anything is asked of a site."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask_openapi3.blueprint import APIBlueprint

from artkeep.domain.target import Target, TargetKind
from artkeep.errors import NoAdapter, UsageError
from artkeep.sites._adapter import SiteAdapter
from artkeep.sites._registry import adapters, match_target
from artkeep.web.schemas.artworks import BrowseTarget, ReadLine, ReadLines, ReadTargets
from artkeep.web.services import services

bp = APIBlueprint("reading", __name__)

_LONGEST_SHOWN = 200
# A search may hold colons and slashes of its own; the page looks for the same.
_LINK = re.compile(r"://|^[\w-]+:[\w-]+:|^[\w.-]+\.\w+/")


@bp.post("/api/targets/read", responses={200: ReadLines})
def read_targets(body: ReadTargets) -> ReadLines:
    """Read pasted links and names, one a line. No site is contacted."""
    sites = adapters(services().settings)
    return ReadLines(lines=[_read(sites, line, body) for line in body.lines])


def _read(sites: Mapping[str, SiteAdapter], line: str, body: ReadTargets) -> ReadLine:
    text = line[:_LONGEST_SHOWN]
    try:
        target = _understand(sites, line, body.site, body.kind)
    except UsageError as error:
        return ReadLine(text=text, target=None, message=error.message, advice=error.advice)
    return ReadLine(text=text, target=browse_target(target), message=None, advice=None)


def browse_target(target: Target) -> BrowseTarget:
    """A target as the page sends it back."""
    return BrowseTarget(
        key=f"{target.site}:{target.kind}:{target.value}",
        site=target.site,
        kind=target.kind,
        value=target.value,
        title=target.title,
    )


def _understand(
    sites: Mapping[str, SiteAdapter], line: str, site: str | None, kind: str | None
) -> Target:
    """A link says itself what it is; only a bare name needs the chosen site and kind."""
    try:
        return match_target(sites, line)
    except NoAdapter:
        is_search = kind == TargetKind.SEARCH
        is_link = _LINK.search(line) if is_search else "/" in line or ":" in line
        if kind is None or is_link:
            raise
    chosen = {name: adapter for name, adapter in sites.items() if site in (None, name)}
    return match_target(chosen, line, kind)
