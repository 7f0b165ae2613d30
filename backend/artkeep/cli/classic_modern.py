"""What a classic command line is today, in one line that can be copied."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from artkeep.cli.classic_run import Run
from artkeep.cli.output import clean
from artkeep.domain.target import Filters, TargetKind

_OPTIONS = {
    TargetKind.USER: "--user",
    TargetKind.MODEL: "--model",
    TargetKind.MODEL_TAG: "--tag",
    TargetKind.VERSION: "--version",
}


def modern_line(asked: Run, library: str) -> str:
    """`The same today: artkeep get …`, quoted for a shell."""
    words = ["artkeep", "get"]
    for value in asked.values:
        words += [_OPTIONS[asked.mode.kind], value]
    filters = asked.filters_of(asked.values[0])
    command = shlex.join([*words, *_further(asked, filters), "--library", library])
    is_same = not (asked.args.no_sort or asked.args.max_path or filters.keeps_untagged)
    return f"{'The same' if is_same else 'Nearly the same'} today: {clean(command)}"


def _further(asked: Run, filters: Filters) -> Iterator[str]:
    args = asked.args
    yield from ("--layout", "classic")
    if args.quality != 2:
        yield from ("--quality", "sd")
    if args.redownload == 1:
        yield "--redownload"
    if args.no_videos or args.videos_only:
        yield from ("--type", "image" if args.no_videos else "video")
    if filters.with_prompt:
        yield f"--prompt={_wanted(filters.with_prompt)}"
    if filters.with_tags:
        yield f"--tags={_wanted(filters.with_tags)}"
    if asked.limits.most is not None:
        yield from ("--max-items", str(asked.limits.most))
    if asked.limits.per_model is not None:
        yield from ("--max-per-model", str(asked.limits.per_model))
    if asked.is_deep:
        yield "--deep"
    if args.semaphore_limit:
        yield from ("--concurrency", str(asked.at_once))


def _wanted(words: frozenset[str]) -> str:
    return ",".join(f"+{word}" for word in sorted(words))
