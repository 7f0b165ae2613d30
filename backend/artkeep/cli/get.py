"""`artkeep get`: download what links, names and options mean."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from datetime import datetime
from pathlib import Path

from artkeep.cli.output import ProgressView, print_json, print_summary
from artkeep.cli.session import Interruption, open_database, read_settings, running_engine
from artkeep.cli.words import say
from artkeep.domain.artwork import Kind
from artkeep.domain.rating import ALL_RATINGS, SAFE_RATINGS, Rating, parse_rating
from artkeep.domain.target import Filters, Target, TargetKind
from artkeep.errors import UsageError
from artkeep.jobs import asked
from artkeep.jobs.engine import Engine
from artkeep.jobs.progress import Progress, job_progress
from artkeep.jobs.start import Options, start_download
from artkeep.sites._adapter import SiteAdapter
from artkeep.sites._registry import adapters
from artkeep.store import backlog
from artkeep.store.base import Store
from artkeep.store.jobs import JobRow

_LOOK_S = 0.2
_KIND_OPTIONS = {
    "user": TargetKind.USER,
    "model": TargetKind.MODEL,
    "version": TargetKind.VERSION,
    "tag": TargetKind.MODEL_TAG,
    "image_tag": TargetKind.IMAGE_TAG,
    "post": TargetKind.POST,
    "collection": TargetKind.COLLECTION,
    "image": TargetKind.IMAGE,
}


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`get` with its options."""
    parser = verbs.add_parser(
        "get",
        help="download a creator, model, tag, post, collection or picture",
        epilog="example: artkeep get --user lena_paints --rating pg,pg13",
    )
    what = parser.add_argument_group("what")
    what.add_argument(
        "links", nargs="*", metavar="URL|TARGET", help="any link, or site:kind:value"
    )
    what.add_argument("--user", action="append", metavar="NAME", help="everything of a creator")
    what.add_argument("--model", action="append", metavar="ID", help="pictures of a model")
    what.add_argument("--version", action="append", metavar="ID", help="… of a model version")
    what.add_argument(
        "--tag", action="append", metavar="NAME", help="… of models with this tag"
    )
    what.add_argument("--image-tag", action="append", metavar="NAME|ID", help="by image tag")
    what.add_argument("--post", action="append", metavar="ID", help="a post")
    what.add_argument("--collection", action="append", metavar="ID", help="a collection")
    what.add_argument("--image", action="append", metavar="ID", help="one picture or video")
    what.add_argument("-i", "--input", metavar="FILE", help="links from a file, - for stdin")
    which = parser.add_argument_group("which of them")
    which.add_argument("--max-items", type=_positive, metavar="N", help="at most so many")
    which.add_argument("--type", metavar="image,video", help="only these")
    which.add_argument("--rating", metavar="pg,pg13,r,x,xxx", help="only these levels")
    which.add_argument("--since", metavar="DATE", help="posted since 2026-05-01, 7d, 1y …")
    which.add_argument("--tags", metavar="+a,-b", help="with tag a, without tag b")
    how = parser.add_argument_group("how")
    how.add_argument("--concurrency", type=_workers, metavar="N", help="1 to 20 at a time")
    how.add_argument(
        "--quality", choices=("hd", "sd"), default="hd", help="original, or as listed"
    )
    how.add_argument(
        "--layout", choices=("organized",), default="organized", help="folder tree"
    )
    how.add_argument("--then", metavar="examine", help="stages that follow each download")
    how.add_argument(
        "--no-examine", action="store_true", help="leave examining new files to a later run"
    )
    how.add_argument("-s", "--simulate", action="store_true", help="list only, fetch nothing")
    how.add_argument("--json", action="store_true", help="one JSON object per line")
    how.add_argument("-q", "--quiet", action="store_true", help="no progress")
    parser.set_defaults(run=run)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _workers(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 20:
        raise argparse.ArgumentTypeError("must be from 1 to 20")
    return number


def run(args: argparse.Namespace) -> int:
    """Returns the exit code."""
    settings = read_settings(args)
    targets = read_targets(args, adapters(settings))
    options = Options(
        concurrency=args.concurrency,
        quality=args.quality,
        max_items=args.max_items,
        then=tuple(filter(None, (args.then or "").split(","))),
    )
    with open_database(settings) as store:
        if args.simulate:
            from artkeep.cli.simulate import simulate

            return simulate(settings, store, targets, options, as_json=args.json)
        started = store.transact(
            lambda connection: start_download(connection, targets, options)
        )
        if not started.is_new and not args.json:
            print(say("Job {job} goes on where it was.", job=started.job_id), file=sys.stderr)
        with running_engine(settings, store) as (engine, interruption):
            if args.json:
                print_json({"event": "started", "job": started.job_id})
            else:
                print(f"{say('Library')}: {settings.library}", file=sys.stderr)
            return follow(
                engine,
                store,
                started.job_id,
                interruption,
                as_json=args.json,
                quiet=args.quiet,
                examine=not args.no_examine,
            )


def read_targets(args: argparse.Namespace, sites: Mapping[str, SiteAdapter]) -> list[Target]:
    """Every target that was asked for, once. Raises UsageError, NoAdapter."""
    filters = read_filters(args)
    texts: list[tuple[str, TargetKind | None]] = [(text, None) for text in args.links]
    for name, kind in _KIND_OPTIONS.items():
        texts += [(text, kind) for text in getattr(args, name) or ()]
    if args.input:
        texts += [(text, None) for text in _lines(args.input)]
    if not texts:
        words = "Give at least one link, name or --user, --model … (see artkeep get --help)."
        raise UsageError(say(words))
    return asked.read_targets(sites, texts, filters)


def _lines(name: str) -> Iterator[str]:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{name} cannot be read: {error}", code="no_input") from None
    for line in text.splitlines():
        line = line.strip()
        if line and not line.startswith(("#", ";")):
            yield line.split(" #", 1)[0].strip()


def read_filters(args: argparse.Namespace) -> Filters:
    """The filters that the options mean. Raises UsageError."""
    with_tags, without_tags = _read_tags(args.tags)
    return Filters(
        kinds=_read_kinds(args.type),
        ratings=_read_ratings(args.rating),
        since=_read_since(args.since),
        with_tags=with_tags,
        without_tags=without_tags,
    )


def _read_kinds(text: str | None) -> frozenset[Kind]:
    if not text:
        return frozenset(Kind)
    try:
        kinds = {Kind(word.strip().lower().rstrip("s")) for word in text.split(",")}
    except ValueError:
        raise UsageError(f"--type {text}: write image, video or both.") from None
    return asked.read_kinds(kinds)


def _read_ratings(text: str | None) -> frozenset[Rating]:
    if not text:
        return ALL_RATINGS
    ratings: set[Rating] = set()
    for word in text.split(","):
        if word.strip().lower() == "sfw":
            ratings |= SAFE_RATINGS
            continue
        try:
            ratings.add(parse_rating(word))
        except KeyError:
            raise UsageError(f"--rating {word.strip()}: write pg, pg13, r, x or xxx.") from None
    return frozenset(ratings)


def _read_since(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        return asked.read_since(text)
    except ValueError as error:
        raise UsageError(f"--since {text}: {error}") from None


def _read_tags(text: str | None) -> tuple[frozenset[str], frozenset[str]]:
    words = [part.strip() for part in (text or "").split(",")]
    without_tags = [word.removeprefix("-") for word in words if word.startswith("-")]
    with_tags = [word.removeprefix("+") for word in words if not word.startswith("-")]
    return asked.read_tags(with_tags), asked.read_tags(without_tags)


def follow(
    engine: Engine,
    store: Store,
    job_id: int,
    interruption: Interruption,
    *,
    as_json: bool,
    quiet: bool,
    examine: bool,
) -> int:
    """Show a job until it is over here; the exit code says how it ended."""
    running = engine.run_job(job_id)
    with ProgressView(as_json=as_json, quiet=quiet) as view:
        if _wait(running, store, job_id, view, interruption):
            engine.stop()
        elif examine:
            _examine(engine, store, view, interruption)
    progress = read_progress(store, job_id)
    if as_json:
        print_json({"event": "ended", **progress.to_json()})
    else:
        print_summary(progress)
        if interruption.requested.is_set():
            words = "Stopped. `artkeep jobs resume {job}` goes on."
            print(say(words, job=job_id), file=sys.stderr)
    return exit_code(progress.job, progress, was_interrupted=interruption.requested.is_set())


def _wait(
    running: Future[JobRow],
    store: Store,
    job_id: int,
    view: ProgressView,
    interruption: Interruption,
) -> bool:
    """True when the user wants to stop before the job is over."""
    while not interruption.requested.is_set():
        try:
            running.result(timeout=_LOOK_S)
        except NotYet:
            if view.is_shown:
                view.show(read_progress(store, job_id))
        else:
            return False
    return True


def _examine(
    engine: Engine, store: Store, view: ProgressView, interruption: Interruption
) -> None:
    examining = engine.finish_house()
    while not interruption.requested.is_set():
        try:
            return examining.result(timeout=_LOOK_S)
        except NotYet:
            with store.reading() as connection:
                left = backlog.house_work_left(connection, engine.house_stages)
            view.show_left(say("Examining pictures"), left)
    return None


def read_progress(store: Store, job_id: int) -> Progress:
    """How far a job is."""
    with store.reading() as connection:
        progress = job_progress(connection, job_id)
    assert progress is not None
    return progress


def exit_code(job: JobRow, progress: Progress, *, was_interrupted: bool) -> int:
    """0 done and clean, 3 incomplete, 4 5 6 for their reasons, 130 interrupted (design §7)."""
    if was_interrupted and job.state not in ("completed", "incomplete", "failed"):
        return 130
    if job.state == "completed":
        return 3 if progress.failed else 0
    codes = [int(reason.get("exit_code", "3")) for reason in job.reasons] or [3]
    return next((code for code in codes if code not in (0, 3)), max(codes))
