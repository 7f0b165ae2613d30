"""A `NewJob` as it is understood: targets, filters and ticked artworks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from artkeep.domain.artwork import Artwork, StageName
from artkeep.domain.target import Filters, Target, TargetKind
from artkeep.errors import UsageError
from artkeep.jobs.again import start_skipped
from artkeep.jobs.asked import name_accounts, read_targets
from artkeep.jobs.library_job import start_over_library
from artkeep.jobs.moves import start_move
from artkeep.jobs.picks import Picks, read_picks
from artkeep.jobs.start import Options, Started, layout_for, start_download
from artkeep.jobs.tag_jobs import scope_text
from artkeep.jobs.training_job import require_folder, start_training
from artkeep.jobs.trash import restore
from artkeep.media.folders import parse_folder
from artkeep.sites._adapter import SiteAdapter
from artkeep.sites._registry import adapters
from artkeep.stages._conversion import read_conversion
from artkeep.stages._read_back import FROM_FILES
from artkeep.stages._tag_options import read_tag_options
from artkeep.store.removal import DELETED_BY_ME
from artkeep.store.shown import standings
from artkeep.web.exports import training_options
from artkeep.web.filters import read_filters
from artkeep.web.schemas.jobs import NewJob, Pick
from artkeep.web.services import Services


def start(at: Services, asked: NewJob) -> Started:
    """Make the job, or find the unfinished one. Raises UsageError; NotFound with `skipped_of`;
    RootOffline with picks."""
    if asked.kind != "download":
        return _start_over_library(at, asked)
    sites = adapters(at.settings)
    options = Options(
        concurrency=asked.options.concurrency,
        quality=asked.options.quality,
        max_items=None if asked.picks else asked.options.max_items,
        max_per_model=None if asked.picks else asked.options.max_per_model,
        layout=layout_for(at.settings, asked.options.layout),
        then=tuple(asked.then),
        stages=_told(at, asked, asked.then),
    )
    if asked.skipped_of is not None:
        if asked.targets or asked.picks:
            sentence = "What a target left out is a job of its own."
            raise UsageError(sentence, code="bad_scope")
        return start_skipped(at.store, asked.skipped_of, asked.reasons, options)
    filters = read_filters(
        asked.options, asked.options.kinds or (), asked.options.ratings or ()
    )
    targets = _name_accounts(at, sites, _read(sites, asked.targets, filters))
    layout = layout_for(at.settings, asked.options.layout, targets)
    options = replace(options, layout=layout)
    picks: Picks | None = None
    if asked.picks:
        targets, picks = _read_picks(at, sites, targets, asked.picks)
    if not targets and picks is None:
        raise UsageError("Give at least one link or name.", code="no_target")
    return at.store.transact(
        lambda connection: start_download(connection, targets, options, picks)
    )


def _start_over_library(at: Services, asked: NewJob) -> Started:
    if asked.targets or asked.picks or asked.skipped_of is not None:
        raise UsageError("This works on the library: give a query.", code="bad_scope")
    if asked.kind == "export":
        return _start_training(at, asked)
    stage, text = StageName(asked.kind), asked.query
    if stage is StageName.MOVE:
        layout = layout_for(at.settings, asked.options.layout)
        return at.store.transact(partial(start_move, layout=layout, text=text))
    if stage is StageName.TAGS:
        text = scope_text(text, again=asked.tags.again, older_than=asked.tags.older_than)
    told = _told(at, asked, [asked.kind, *asked.then])
    change = partial(
        start_over_library,
        stage=stage,
        text=text,
        stages=told,
        concurrency=asked.options.concurrency,
        then=asked.then,
    )
    return at.store.transact(change)


def _start_training(at: Services, asked: NewJob) -> Started:
    if asked.export is None or asked.then:
        raise UsageError("A training set needs a folder, and nothing follows it.")
    folder = parse_folder(asked.export.folder)
    require_folder(folder, at.settings)
    options = training_options(asked.export)
    change = partial(start_training, query=asked.query, folder=folder, options=options)
    return at.store.transact(change)


def _told(at: Services, asked: NewJob, chain: Sequence[str]) -> dict[str, Any]:
    """How the stages of a chain are to be done."""
    stages: dict[str, Any] = {}
    if StageName.CONVERT in chain:
        told = asked.convert.model_dump(exclude_none=True)
        stages[StageName.CONVERT] = read_conversion(told, at.settings).to_json()
    if StageName.EMBED in chain and asked.embed.from_files:
        stages[StageName.EMBED] = {FROM_FILES: True}
    if StageName.TAGS in chain:
        is_first = asked.kind == "tags"
        told = asked.tags.model_dump(include={"method", "rate"})
        told["at_once"] = asked.options.concurrency if is_first else None
        stages[StageName.TAGS] = read_tag_options(told, at.settings).to_json()
    return stages


def _name_accounts(
    at: Services, sites: Mapping[str, SiteAdapter], targets: list[Target]
) -> list[Target]:
    """`me` means the account of the key: only its site knows the name."""
    if not any(sites[target.site].is_unnamed(target) for target in targets):
        return targets
    naming = name_accounts(
        at.engine.client, sites, targets, time_scale=at.settings.net.time_scale
    )
    return at.engine.submit(naming).result()


def _read(
    sites: Mapping[str, SiteAdapter], texts: Sequence[str], filters: Filters
) -> list[Target]:
    try:
        return read_targets(sites, [(text, None) for text in texts], filters)
    except UsageError as error:
        raise UsageError(error.message, code="unknown_target", advice=error.advice) from error


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
    _restore(at, target.site, known)
    picked_from = Target(target.site, target.kind, target.value)
    given = at.previewed.recall_given(target.site, known)
    ticked_ones = tuple(known.values())
    return others, read_picks(at.store, at.engine.library, picked_from, ticked_ones, given)


def _restore(at: Services, site: str, ticked: Collection[str]) -> None:
    """Who ticks what was deleted wants it back, out of the trash while that has it."""
    with at.store.reading() as connection:
        known = standings(connection, site, ticked).values()
    deleted = [one.artwork_id for one in known if one.detail == DELETED_BY_ME]
    if deleted:
        restore(at.store, at.engine.library, deleted)
