"""`artkeep export kohya|onetrainer|imagefolder|plain`: a folder that a trainer can eat."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import Any

from artkeep.cli.adopt import progress_bar
from artkeep.cli.captions import add_rules, rules_of
from artkeep.cli.output import clean, print_json, size_text
from artkeep.cli.session import interruptible, open_database, read_settings
from artkeep.cli.words import say
from artkeep.domain.training import TrainerFormat, TrainingOptions
from artkeep.errors import UsageError
from artkeep.jobs.training import TrainingReport, make_training_set, open_folder
from artkeep.jobs.training_plan import plan

_INTERRUPTED = 130
_FORMATS = ("avif", "webp")
# The reasons for which something is left out, as people say it.
_LEFT_OUT = {
    "no_file": "no file is here",
    "video": "a video or animation",
    "animated": "animated",
    "unknown_size": "its size is not known yet; it is examined while `artkeep gui` runs",
    "too_small": "smaller than --min-side",
    "odd_aspect": "longer than --max-aspect allows",
    "unreadable": "no trainer reads its format",
    "near_duplicate": "looks like another one",
    "same_file": "the same bytes as another one",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """What only training sets have."""
    which = parser.add_argument_group("training sets")
    which.add_argument("--concept", default="concept", metavar="WORDS", help="what it shows")
    which.add_argument("--repeats", type=int, default=1, metavar="N", help="per epoch")
    which.add_argument(
        "--size", type=int, default=1024, metavar="PIXELS", help="side of the trainer's square"
    )
    which.add_argument(
        "--resize", action="store_true", help="make larger pictures as small as their bucket"
    )
    which.add_argument(
        "--near-duplicates",
        type=_near,
        default=4,
        metavar="0-7|keep",
        help="how different pictures have to be, in bits of their perceptual hash",
    )
    which.add_argument(
        "--min-side", type=int, default=0, metavar="PIXELS", help="leave out smaller ones"
    )
    which.add_argument(
        "--max-aspect", type=float, default=0.0, metavar="N", help="leave out longer ones: 2.5"
    )
    which.add_argument("--flatten", action="store_true", help="white where it is transparent")
    which.add_argument(
        "--convert",
        action="append",
        choices=_FORMATS,
        help="make PNG of these; may be given more than once",
    )
    which.add_argument("--copy", action="store_true", help="copies instead of hard links")
    add_rules(parser)


def _near(text: str) -> int | None:
    return None if text == "keep" else int(text)


def run(args: argparse.Namespace) -> int:
    """0; 3 when something failed; 130 when it was interrupted."""
    options = TrainingOptions(
        TrainerFormat(args.format),
        concept=args.concept,
        repeats=args.repeats,
        size=args.size,
        resize=args.resize,
        near=args.near_duplicates,
        min_side=args.min_side,
        max_aspect=args.max_aspect,
        flatten=args.flatten,
        convert=tuple(sorted(set(args.convert or ()))),
        copy=args.copy,
        rules=rules_of(args),
    )
    if args.output is None and not args.simulate:
        raise UsageError("Say where it goes: -o DIR.")
    settings = read_settings(args)
    with open_database(settings) as store, interruptible() as interruption:
        folder = None if args.simulate else open_folder(Path(args.output), settings.library)
        planned = plan(store, " ".join(args.query), options)
        _tell_plan(planned.to_json(), as_json=args.json)
        if folder is None:
            return 0
        with progress_bar() as on_progress:
            report = asyncio.run(
                make_training_set(
                    planned,
                    folder,
                    on_progress=lambda done, total: on_progress(done.reached, total),
                    should_stop=interruption.requested.is_set,
                )
            )
    _tell(report, folder.path, as_json=args.json)
    if report.is_stopped:
        return _INTERRUPTED
    return 3 if report.failed else 0


def _tell_plan(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json({"event": "planned", **told})
        return
    words = "{pictures} of {artworks} artworks ({size}), {steps} with repeats."
    size = size_text(told["bytes"])
    shown = {name: told[name] for name in ("pictures", "artworks", "steps")}
    print(say(words, size=size, **shown))
    for one in told["buckets"]:
        print(f"{one['pictures']:8}  {one['width']} x {one['height']}")
    for reason, amount in told["left_out"].items():
        print(f"{amount:8}  {say('left out')}: {say(_LEFT_OUT[reason])}")
    if told["made"]:
        print(say("{n} are written anew as PNG.", n=told["made"]))
    if told["enlarged"]:
        print(say("{n} are smaller than their bucket.", n=told["enlarged"]))
    for one in told["captions"]:
        print(f"{clean(one['file'])}\n    {clean(one['caption'])}")


def _tell(report: TrainingReport, path: Path, *, as_json: bool) -> None:
    if as_json:
        print_json({"event": "ended", "folder": str(path), **report.to_json()})
        return
    words = "{pictures} pictures and {captions} captions written, {same} were there already."
    told = {"pictures": report.pictures, "captions": report.captions, "same": report.same}
    print(say(words, **told))
    if report.edited:
        print(say("{n} were edited by hand and stay.", n=report.edited))
    if report.removed:
        print(say("{n} files of an earlier export were removed.", n=report.removed))
    for example in report.failed_examples:
        print(f"  {say('failed')}: {clean(example)}")
    if report.is_stopped:
        print(say("Stopped. The same command goes on where it was."))
    print(clean(str(path)))
