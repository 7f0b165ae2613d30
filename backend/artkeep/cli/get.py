"""`artkeep get`: download what links, names and options mean."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from artkeep.cli.adopt import offer_old_databases
from artkeep.cli.follow import run_started
from artkeep.cli.session import open_database, read_settings, running_engine
from artkeep.cli.watch import watch_these
from artkeep.cli.words import say
from artkeep.domain.artwork import Kind
from artkeep.domain.rating import ALL_RATINGS, SAFE_RATINGS, Rating, parse_rating
from artkeep.domain.target import Filters, Target, TargetKind, read_size
from artkeep.errors import UsageError
from artkeep.jobs import asked
from artkeep.jobs.start import Options, layout_for, start_download
from artkeep.settings import Settings
from artkeep.sites._adapter import SiteAdapter
from artkeep.sites._registry import adapters
from artkeep.store.base import Store

T = TypeVar("T")

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
    "search": TargetKind.SEARCH,
    "pool": TargetKind.POOL,
}
_ACCOUNT_OPTIONS = {
    "own": TargetKind.USER,
    "liked": TargetKind.LIKED,
    "followed": TargetKind.FOLLOWED,
    "own_collections": TargetKind.COLLECTIONS,
    "generated": TargetKind.GENERATOR,
}


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`get` with its options."""
    parser = verbs.add_parser(
        "get",
        help="download a creator, model, tag, post, collection, search or picture",
        epilog="""artkeep get https://civitai.com/user/lena_paints
artkeep get --user lena_paints --rating pg,pg13 --type image
artkeep get --model 257749 --max-items 500 --then tags,convert
artkeep get --user lena_paints --simulate
artkeep get --site gelbooru --search "hifumi_(blue_archive) rating:general"
artkeep get -i links.txt --json""",
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
    what.add_argument("--search", action="append", metavar="TAGS", help="a booru's tag search")
    what.add_argument("--pool", action="append", metavar="ID", help="a booru's pool")
    what.add_argument(
        "--site", metavar="NAME", help="the site of names and ids: gelbooru, civitai …"
    )
    what.add_argument(
        "--own", action="store_true", help="with a key: your own pictures (user:me)"
    )
    what.add_argument("--liked", action="store_true", help="… what you reacted to (liked:me)")
    what.add_argument(
        "--followed", action="store_true", help="… of the creators you follow (followed:me)"
    )
    what.add_argument(
        "--own-collections", action="store_true", help="… your collections (collections:me)"
    )
    what.add_argument(
        "--generated", action="store_true", help="… what you generated there (generator:me)"
    )
    what.add_argument("-i", "--input", metavar="FILE", help="links from a file, - for stdin")
    what.add_argument(
        "--skipped-of",
        type=_positive,
        metavar="ID",
        help="what a target left out, by its number in `artkeep targets`; nothing is listed",
    )
    what.add_argument(
        "--reason", metavar="CODE,…", help="with --skipped-of: only what these left out"
    )
    which = parser.add_argument_group("which of them")
    which.add_argument("--max-items", type=_positive, metavar="N", help="at most so many")
    which.add_argument(
        "--max-per-model", type=_positive, metavar="N", help="at most so many of each model"
    )
    which.add_argument("--type", metavar="image,video", help="only these")
    which.add_argument("--rating", metavar="pg,pg13,r,x,xxx", help="only these levels")
    which.add_argument("--since", metavar="DATE", help="posted since 2026-05-01, 7d, 1y …")
    which.add_argument("--until", metavar="DATE", help="posted up to 2026-05-31, 30d …")
    which.add_argument("--tags", metavar="+a,-b", help="with tag a, without tag b")
    which.add_argument("--prompt", metavar="+a,-b", help="whose prompt says a, and not b")
    which.add_argument(
        "--min-size",
        metavar="PIXELS",
        help="1024: no side is shorter; 1920x1080: at least this, whichever way up",
    )
    how = parser.add_argument_group("how")
    how.add_argument("--concurrency", type=_workers, metavar="N", help="1 to 20 at a time")
    how.add_argument(
        "--quality", choices=("hd", "sd"), default="hd", help="original, or as listed"
    )
    how.add_argument(
        "--layout",
        metavar="NAME",
        help="folder tree: organized, classic, dated, dataset, or template:{author}/{id}",
    )
    how.add_argument(
        "--redownload",
        action="store_true",
        help="fetch again what is here; a file is replaced when its new one is proven",
    )
    how.add_argument(
        "--then", metavar="tags,embed,convert", help="stages that follow each download"
    )
    how.add_argument(
        "--no-examine", action="store_true", help="leave examining new files to a later run"
    )
    how.add_argument(
        "--watch", action="store_true", help="look again by itself while `artkeep gui` runs"
    )
    how.add_argument("-s", "--simulate", action="store_true", help="list only, fetch nothing")
    how.add_argument(
        "--deep", action="store_true", help="list in every way there is, not only until it fits"
    )
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
    options = Options(
        concurrency=args.concurrency,
        quality=args.quality,
        max_items=args.max_items,
        is_deep=args.deep,
        max_per_model=args.max_per_model,
        is_redownload=args.redownload,
        layout=layout_for(settings, args.layout),
        then=tuple(filter(None, (args.then or "").split(","))),
    )
    if args.skipped_of is not None:
        if args.watch:
            raise UsageError("--watch goes with links and names, not with --skipped-of.")
        from artkeep.cli.again import get_skipped

        return get_skipped(args, settings, options)
    sites = adapters(settings)
    targets = read_targets(args, sites)
    with open_database(settings) as store:
        offer_old_databases(settings, store)
        targets = _name_accounts(settings, store, targets, sites)
        options = replace(options, layout=layout_for(settings, args.layout, targets))
        if args.watch:
            store.transact(lambda connection: watch_these(connection, targets))
        if args.simulate:
            from artkeep.cli.simulate import simulate

            return simulate(
                settings, store, targets, options, as_json=args.json, quiet=args.quiet
            )
        started = store.transact(
            lambda connection: start_download(connection, targets, options)
        )
        return run_started(args, settings, store, started, examine=not args.no_examine)


def _name_accounts(
    settings: Settings, store: Store, targets: list[Target], sites: Mapping[str, SiteAdapter]
) -> list[Target]:
    """`me` means the account of the key: only its site knows the name."""
    if not any(sites[target.site].is_unnamed(target) for target in targets):
        return targets
    with running_engine(settings, store) as (engine, _):
        naming = asked.name_accounts(
            engine.client, sites, targets, time_scale=settings.net.time_scale
        )
        return engine.submit(naming).result()


def read_targets(args: argparse.Namespace, sites: Mapping[str, SiteAdapter]) -> list[Target]:
    """Every target that was asked for, once. Raises UsageError, NoAdapter."""
    filters = read_filters(args)
    texts: list[tuple[str, TargetKind | None]] = [(text, None) for text in args.links]
    for name, kind in _KIND_OPTIONS.items():
        texts += [(text, kind) for text in getattr(args, name) or ()]
    texts = [(asked.at_site(sites, args.site, text, kind), kind) for text, kind in texts]
    texts += [("me", kind) for name, kind in _ACCOUNT_OPTIONS.items() if getattr(args, name)]
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
    with_tags, without_tags = _read_words(args.tags)
    with_prompt, without_prompt = _read_words(args.prompt)
    return Filters(
        kinds=_read_kinds(args.type),
        ratings=_read_ratings(args.rating),
        since=_read_value("--since", args.since, asked.read_since),
        until=_read_value("--until", args.until, asked.read_until),
        with_tags=with_tags,
        without_tags=without_tags,
        with_prompt=with_prompt,
        without_prompt=without_prompt,
        min_size=_read_value("--min-size", args.min_size, read_size),
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


def _read_value(option: str, text: str | None, read: Callable[[str], T]) -> T | None:
    if not text:
        return None
    try:
        return read(text)
    except ValueError as error:
        raise UsageError(f"{option} {text}: {error}") from None


def _read_words(text: str | None) -> tuple[frozenset[str], frozenset[str]]:
    """`+a,-b`: what has to be there, and what must not."""
    words = [part.strip() for part in (text or "").split(",")]
    without = [word.removeprefix("-") for word in words if word.startswith("-")]
    wanted = [word.removeprefix("+") for word in words if not word.startswith("-")]
    return asked.read_tags(wanted), asked.read_tags(without)
