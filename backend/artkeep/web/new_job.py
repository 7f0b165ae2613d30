"""A `NewJob` as it is understood: targets, filters and ticked artworks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from artkeep.domain.artwork import Artwork, Kind
from artkeep.domain.rating import ALL_RATINGS, parse_rating
from artkeep.domain.target import Filters, Target, TargetKind
from artkeep.errors import UsageError
from artkeep.jobs.asked import read_kinds, read_since, read_tags, read_targets
from artkeep.jobs.picks import Picks, read_picks
from artkeep.jobs.start import Options, Started, start_download
from artkeep.sites._adapter import SiteAdapter
from artkeep.sites._registry import adapters
from artkeep.web.schemas.jobs import JobOptions, NewJob, Pick
from artkeep.web.services import Services


def start(at: Services, asked: NewJob) -> Started:
    """Make the job, or find the unfinished one. Raises UsageError; RootOffline with picks."""
    sites = adapters(at.settings)
    options = Options(
        concurrency=asked.options.concurrency,
        quality=asked.options.quality,
        max_items=None if asked.picks else asked.options.max_items,
        then=tuple(asked.then),
    )
    targets = _read(sites, asked.targets, _filters(asked.options))
    picks: Picks | None = None
    if asked.picks:
        targets, picks = _read_picks(at, sites, targets, asked.picks)
    if not targets and picks is None:
        raise UsageError("Give at least one link or name.", code="no_target")
    return at.store.transact(
        lambda connection: start_download(connection, targets, options, picks)
    )


def _read(
    sites: Mapping[str, SiteAdapter], texts: Sequence[str], filters: Filters
) -> list[Target]:
    try:
        return read_targets(sites, [(text, None) for text in texts], filters)
    except UsageError as error:
        raise UsageError(error.message, code="unknown_target", advice=error.advice) from error


def _filters(options: JobOptions) -> Filters:
    try:
        since = read_since(options.since) if options.since else None
    except ValueError as error:
        raise UsageError(f"since {options.since}: {error}", code="bad_date") from None
    return Filters(
        kinds=read_kinds([Kind(kind) for kind in options.kinds or Kind]),
        ratings=frozenset(map(parse_rating, options.ratings or ())) or ALL_RATINGS,
        since=since,
        with_tags=read_tags(options.with_tags),
        without_tags=read_tags(options.without_tags),
    )


def _read_picks(
    at: Services,
    sites: Mapping[str, SiteAdapter],
    targets: Sequence[Target],
    ticked: Sequence[Pick],
) -> tuple[list[Target], Picks | None]:
    """What was previewed a moment ago is known; the rest are targets of their own."""
    if len(targets) != 1 or any(pick.site != targets[0].site for pick in ticked):
        raise UsageError(
            "Ticked artworks belong to exactly one target.",
            code="bad_picks",
            advice="Preview one target, tick artworks there, and start again.",
        )
    (target,) = targets
    unique = dict.fromkeys(pick.site_id for pick in ticked)
    known: dict[str, Artwork] = {}
    for site_id in unique:
        artwork = at.previewed.recall(target.site, site_id)
        if artwork is not None:
            known[site_id] = artwork
    links = [
        f"{target.site}:{TargetKind.IMAGE}:{site_id}"
        for site_id in unique
        if site_id not in known
    ]
    others = _read(sites, links, Filters())
    if not known:
        return others, None
    picked_from = Target(target.site, target.kind, target.value)
    return others, read_picks(at.store, at.engine.library, picked_from, tuple(known.values()))
