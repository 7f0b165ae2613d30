"""`artkeep import`: your own creations at generator services, from captures of their pages."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from artkeep.cli.adopt import progress_bar
from artkeep.cli.follow import follow
from artkeep.cli.output import clean, print_json
from artkeep.cli.session import open_database, read_settings, running_engine
from artkeep.cli.words import say
from artkeep.jobs.captures import CaptureReader, Recognised
from artkeep.jobs.copied import send_copied
from artkeep.jobs.imports import (
    ImportOptions,
    NothingFound,
    Standing,
    standing_of,
    start_import,
)
from artkeep.jobs.start import layout_for
from artkeep.settings import Settings
from artkeep.sites.captures._capture import OBJECT_REASONS, OUTPUT_REASONS
from artkeep.sites.captures._services import BY_NAME
from artkeep.store.base import Store

if TYPE_CHECKING:
    from artkeep.jobs.engine import Engine

_STDIN = "-"
_INCOMPLETE = 3
_LAYOUT = "dated"
_THEN = "embed"
_WORDS = {**OUTPUT_REASONS, **OBJECT_REASONS}


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`import` with its options."""
    parser = verbs.add_parser(
        "import",
        help="save your own creations from captures of StarryAI, NightCafe, Civitai …",
        epilog="""artkeep import starryai.har
artkeep import replies.json likes.txt --simulate
artkeep import - --json""",
    )
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help=".json .har .txt or .zip, - for stdin"
    )
    parser.add_argument(
        "--send",
        action="store_true",
        help="send copied requests (fetch, cURL) to their service without asking first",
    )
    parser.add_argument(
        "--layout",
        metavar="NAME",
        default=_LAYOUT,
        help="folder tree: organized, classic, dated, dataset, or template:{author}/{id}",
    )
    parser.add_argument(
        "--then",
        metavar="tags,embed,convert",
        default=_THEN,
        help="stages that follow each download",
    )
    parser.add_argument(
        "-s", "--simulate", action="store_true", help="say what is in it, fetch nothing"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Returns the exit code."""
    settings = read_settings(args)
    options = ImportOptions(
        layout=layout_for(settings, args.layout),
        then=tuple(filter(None, args.then.split(","))),
    )
    reader = _read_files(args.files)
    found = reader.recognised()
    sends = bool(found.requests) and (args.send or _confirm(found))
    with open_database(settings) as store:
        if args.simulate and not sends:
            return _tell(args, store, found)
        with running_engine(settings, store) as (engine, interruption):
            if sends:
                _send(engine, settings, reader, found)
                found = reader.recognised()
            code = _tell(args, store, found)
            if args.simulate:
                return code
            started = start_import(store, engine.library, found.creations, options)
            if args.json:
                print_json({"event": "started", "job": started.job_id})
            else:
                print(f"{say('Library')}: {settings.library}", file=sys.stderr)
            ended = follow(
                engine,
                store,
                started.job_id,
                interruption,
                as_json=args.json,
                quiet=args.quiet,
                examine=True,
            )
            return ended or code


def _read_files(names: Sequence[str]) -> CaptureReader:
    """Raises UsageError when one of them cannot be read at all."""
    sizes = [Path(name).stat().st_size for name in names if Path(name).is_file()]
    with progress_bar() as on_progress:
        reader = CaptureReader(lambda done: on_progress(done, sum(sizes)))
        add = reader.add_file if len(names) == 1 else reader.add_one_of
        for name in names:
            if name == _STDIN:
                add(sys.stdin.buffer, say("standard input"))
                continue
            try:
                with Path(name).open("rb") as file:
                    add(file, Path(name).name)
            except OSError as error:
                words = f"{name} cannot be read: {error.strerror}"
                raise NothingFound(words, code="no_input") from error
    return reader


def _confirm(found: Recognised) -> bool:
    """Copied requests hold a login: nobody but the user decides that they are sent."""
    hosts = ", ".join(sorted({clean(one.host) for one in found.requests}))
    if any(one.service is None for one in found.requests) or not sys.stdin.isatty():
        words = (
            "Copied requests to {hosts} were not sent; --send sends those of known services."
        )
        print(say(words, hosts=hosts), file=sys.stderr)
        return False
    words = "Send {amount} copied requests to {hosts}? Their login is used once. [y/N] "
    try:
        answer = input(say(words, amount=len(found.requests), hosts=hosts))
    except EOFError:
        return False
    return answer.strip().lower() in ("y", "yes")


def _send(engine: Engine, settings: Settings, reader: CaptureReader, found: Recognised) -> None:
    async def ask_all() -> None:
        context = engine.context
        for request in found.requests:
            if request.service is None:
                continue
            async for document in send_copied(
                engine.client, context.adapters, request, settings.net.time_scale
            ):
                reader.add_document(document)

    engine.submit(ask_all()).result()


def _tell(args: argparse.Namespace, store: Store, found: Recognised) -> int:
    """What was recognised; 3 when something of it could not be read. Raises NothingFound."""
    standing = standing_of(store, found.creations)
    if args.json:
        print_json({"event": "recognised", **_json_of(found, standing)})
    else:
        _print(found, standing)
    if not found.creations:
        raise NothingFound(
            say("No creation of a known service was recognised."),
            code="nothing_recognised",
            advice=f"{say('Known are')} {', '.join(one.title for one in BY_NAME.values())}.",
        )
    return _INCOMPLETE if found.problems or found.rejects else 0


def _print(found: Recognised, standing: dict[tuple[str, str], Standing]) -> None:
    for name, amount in _services(found).items():
        mine = [one for (site, _), one in standing.items() if site == name]
        words = "{service}: {amount} creations · {new} new · {here} already here"
        told = {"new": sum(one.new for one in mine), "here": sum(one.here for one in mine)}
        print(say(words, service=BY_NAME[name].title, amount=amount, **told))
    if found.secrets:
        print(say("Logins and signatures in it that are not kept: {n}", n=found.secrets))
    rejects = Counter(one.reason for one in found.rejects)
    rejects.update(one.reason for creation in found.creations for one in creation.rejects)
    for reason, amount in rejects.items():
        print(f"  {amount} {say('left out')}: {say(_WORDS.get(reason, reason))}")
    for problem in found.problems:
        print(f"  {clean(problem)}")


def _services(found: Recognised) -> Counter[str]:
    return Counter(creation.service for creation in found.creations)


def _json_of(found: Recognised, standing: dict[tuple[str, str], Standing]) -> dict[str, object]:
    return {
        "services": dict(_services(found)),
        "new": sum(one.new for one in standing.values()),
        "here": sum(one.here for one in standing.values()),
        "deleted": sum(one.deleted for one in standing.values()),
        "secrets": found.secrets,
        "unrecognised": found.unrecognised,
        "rejects": [{"reason": one.reason, "id": one.site_id} for one in found.rejects],
        "problems": list(found.problems),
    }
