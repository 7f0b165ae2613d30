"""Starting a job, or going on with one that asks for the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from artkeep.domain.artwork import StageName
from artkeep.domain.layout import Layout, parse_layout
from artkeep.domain.target import Target, TargetKind
from artkeep.errors import NotFound, UsageError
from artkeep.jobs.asking import BACK, REPLACE, Wanted
from artkeep.jobs.folders import folders_in_job
from artkeep.jobs.picks import Picks, save_picks
from artkeep.settings import Settings
from artkeep.settings.boorus import KNOWN_BOORUS
from artkeep.stages import STAGE_OF
from artkeep.store import failures, files, holds, jobs, ledger, work


@dataclass(frozen=True, slots=True)
class Options:
    """What a download job may be told."""

    concurrency: int | None = None
    quality: str = "hd"
    max_items: int | None = None
    max_per_model: int | None = None
    limits_this_run: bool = False  # the limits count what is fetched, not what is here already
    tries: int | None = None  # of a file in one visit
    is_simulated: bool = False  # list and record, ask for nothing
    is_deep: bool = False  # every way of listing there is
    is_redownload: bool = False  # what is there already is fetched again and then replaced
    layout: Layout = field(default_factory=Layout)
    then: tuple[str, ...] = ()
    stages: Mapping[str, Any] = field(default_factory=dict)  # how each of `then` is to be done


@dataclass(frozen=True, slots=True)
class Started:
    """`is_new` is False when an unfinished job that asks for the same goes on."""

    job_id: int
    is_new: bool


def layout_for(
    settings: Settings, asked: str | None = None, targets: Sequence[Target] = ()
) -> Layout:
    """What a job lays its files out by: as it was told, or as the settings say; what somebody
    generated as imports are, and what boorus have as training sets unless a setting was made.

    Raises UsageError.
    """
    if asked is not None:
        return parse_layout(asked)
    if are_generated(targets):
        return Layout("dated")
    if are_of_boorus(settings, targets) and not settings.sources.say("names.layout"):
        return Layout("dataset")
    names = settings.names
    is_own = names.layout == "template"
    return parse_layout(f"template:{names.template}" if is_own else names.layout)


def are_generated(targets: Sequence[Target]) -> bool:
    """Whether they are somebody's own creations and nothing else."""
    return bool(targets) and all(one.kind is TargetKind.GENERATOR for one in targets)


def are_of_boorus(settings: Settings, targets: Sequence[Target]) -> bool:
    """Whether they are searches and posts of boorus and nothing else."""
    boorus = {*KNOWN_BOORUS, *settings.sites.own}
    return bool(targets) and all(one.site in boorus for one in targets)


def start_download(
    connection: Connection,
    targets: Sequence[Target],
    options: Options,
    picks: Picks | None = None,
) -> Started:
    """A download job for these targets and picks. Raises UsageError for an impossible chain."""
    then = parse_chain(options.then)
    if not then and are_generated([*targets, *([picks.target] if picks else ())]):
        then = [StageName.EMBED.value]  # as in imports: the prompt belongs into the file
    signature = _signature(targets, options, then, picks)
    going_on = jobs.unfinished_like(connection, signature)
    if going_on is not None:
        jobs.want(connection, going_on.id, "running")
        return Started(going_on.id, is_new=False)
    picked_from = ledger.save_target(connection, picks.target) if picks else None
    target_ids = [ledger.save_target(connection, target) for target in targets]
    holds.release(connection, {target.site for target in targets})  # somebody tries again
    job_id = jobs.create(
        connection,
        kind="download",
        title=f"{'List' if options.is_simulated else 'Download'} {_title(targets, picks)}",
        params={
            "concurrency": options.concurrency,
            "quality": options.quality,
            "max_items": options.max_items,
            "max_per_model": options.max_per_model,
            "limits_this_run": options.limits_this_run,
            "tries": options.tries,
            "layout": options.layout.to_json(),
            "redownload": options.is_redownload,
            "simulate": options.is_simulated,
            "deep": options.is_deep,
            "stages": dict(options.stages),
        },
        then=then,
        signature=signature,
        target_ids=target_ids if picked_from is None else [picked_from, *target_ids],
        picked_from=() if picked_from is None else (picked_from,),
    )
    if picks and picked_from is not None:
        wanted = Wanted(
            options.quality,
            tuple(then),
            is_redownload=options.is_redownload,
            layout=options.layout,
            stages=options.stages,
        )
        save_picks(connection, job_id, picked_from, picks, wanted)
    return Started(job_id, is_new=True)


def _signature(
    targets: Sequence[Target], options: Options, then: Sequence[str], picks: Picks | None
) -> str:
    """Equal for starts that ask for the same."""
    asked = sorted({_identity(target) for target in targets})
    ticked = sorted(artwork.site_id for artwork in picks.artworks) if picks else []
    identity: list[object] = [asked, options.quality, options.max_items, then]
    if options.max_per_model is not None:
        identity.append({"max_per_model": options.max_per_model})
    if options.limits_this_run:
        identity.append("limits_this_run")
    if options.is_redownload:
        identity.append("redownload")
    if laid_out := options.layout.to_json():
        identity.append({"layout": laid_out})
    if then and options.stages:
        identity.append(dict(options.stages))
    if options.is_simulated or options.is_deep:
        identity.append([options.is_simulated, options.is_deep])
    if picks:
        identity += [_identity(picks.target), ticked]
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:32]


def _identity(target: Target) -> tuple[str, str]:
    return target.key, json.dumps(target.filters.to_json(), sort_keys=True)


def _title(targets: Sequence[Target], picks: Picks | None) -> str:
    if picks:
        return f"{len(picks.artworks) + len(targets)} of {picks.target.title}"
    return targets[0].title if len(targets) == 1 else f"{len(targets)} targets"


def parse_chain(words: Sequence[str]) -> list[str]:
    """The stages after the download, checked. Raises UsageError."""
    alone = (StageName.DOWNLOAD, StageName.MOVE)
    possible = [name.value for name in STAGE_OF if name not in alone]
    for word in words:
        if word not in possible:
            raise UsageError(
                f"Nothing called {word!r} can follow a download.",
                advice=f"This version knows: {', '.join(possible)}.",
            )
    return list(dict.fromkeys(words))


def retry(
    connection: Connection,
    job_id: int,
    reason: str | None = None,
    artwork_id: int | None = None,
) -> int:
    """Ask again for a job's failures (of one reason, of one artwork): how many they are.

    The job is to run again. Raises NotFound.
    """
    row = jobs.get(connection, job_id)
    if row is None:
        raise NotFound(f"There is no job {job_id}.", advice="`artkeep jobs` lists them.")
    found = failures.forget(connection, job_id, reason, artwork_id)
    chain = list(row.then)
    for stage in {stage for _, stage in found}:
        ids = [artwork_id for artwork_id, its_stage in found if its_stage == stage]
        rest = chain[chain.index(stage) + 1 :] if stage in chain else chain
        spec = {
            "quality": row.params.get("quality", "hd"),
            "then": rest,
            "stages": row.params.get("stages", {}),
        }
        if stage != StageName.DOWNLOAD:
            work.ask(connection, ids, StageName(stage), job_id, spec)
            continue
        here = files.originals(connection, ids).keys()
        layout = Layout.from_json(row.params.get("layout") or {})
        for folder, some in folders_in_job(connection, job_id, ids, layout).items():
            placed = spec | layout.to_spec(folder)
            for again, changes in ((False, {}), (True, BACK | REPLACE)):
                these = [one for one in some if (one in here) is again]
                work.ask(connection, these, StageName.DOWNLOAD, job_id, placed | changes)
    jobs.want(connection, job_id, "running")
    return len(found)
