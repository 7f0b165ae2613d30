"""Showing progress and results: a bar on a terminal, plain lines otherwise, or JSON lines."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any, TextIO

from artkeep.cli.words import say
from artkeep.jobs.advice import advise
from artkeep.jobs.progress import Progress
from artkeep.logs import redact

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

_PLAIN_EVERY_S = 2.0
_GLYPHS = str.maketrans(
    {chr(code): "\N{REPLACEMENT CHARACTER}" for code in (*range(32), *range(127, 160))}
)


def clean(text: str) -> str:
    """Words from outside, fit for a terminal: no control characters, no secrets."""
    return redact(text).translate(_GLYPHS)


def print_json(value: Any, to: TextIO | None = None) -> None:
    """One object, one line."""
    print(json.dumps(value, ensure_ascii=True, default=str), file=to or sys.stdout, flush=True)


def _make_bars() -> Bars:
    # Only where somebody sees them: loading it takes a tenth of the program's start.
    from rich import progress
    from rich.console import Console

    return progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(bar_width=28),
        progress.MofNCompleteColumn(),
        progress.TextColumn("{task.percentage:>3.0f}%"),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeElapsedColumn(),
        progress.TimeRemainingColumn(),
        console=Console(stderr=True, highlight=False),
        transient=True,
    )


_DOING = {"embed": "Writing into files", "convert": "Converting"}


class ProgressView:
    """Shows one job while it runs."""

    def __init__(self, *, as_json: bool, quiet: bool = False) -> None:
        self._as_json = as_json
        self._is_quiet = quiet or as_json
        self._bars: Bars | None = None
        self._task: TaskID | None = None
        self._last_plain = 0.0
        self._last_line = ""
        self._most_left = 0

    def __enter__(self) -> ProgressView:
        if sys.stderr.isatty() and not self._is_quiet:
            self._bars = _make_bars()
            self._bars.start()
        return self

    def __exit__(self, *rest: object) -> None:
        if self._bars is not None:
            self._bars.stop()

    @property
    def is_shown(self) -> bool:
        """Whether anybody would see progress: if not, it need not be counted."""
        return not self._is_quiet

    def show(self, progress: Progress) -> None:
        """Bring the view up to date."""
        done = progress.finished
        if self._bars is not None:
            words = say(_DOING.get(progress.job.kind, "Downloading"))
            if not progress.is_listed:
                words = say("Listing")
            if self._task is None:
                self._task = self._bars.add_task(words, total=None)
            self._bars.update(
                self._task,
                description=f"{words} {clean(progress.job.title)}",
                completed=done,
                total=progress.total if progress.is_listed else None,
            )
        elif not self._is_quiet and time.monotonic() - self._last_plain > _PLAIN_EVERY_S:
            total = str(progress.total) if progress.is_listed else f"{progress.total}+"
            line = f"{done}/{total}  {size_text(progress.bytes)}"
            if line != self._last_line:
                print(line, file=sys.stderr, flush=True)
            self._last_plain, self._last_line = time.monotonic(), line

    def show_left(self, words: str, left: int) -> None:
        """How much is left of the work that comes after the job."""
        if self._bars is None:
            return
        if self._most_left == 0:
            if self._task is not None:
                self._bars.remove_task(self._task)
            self._task = self._bars.add_task(words, total=left or None)
        self._most_left = max(left, self._most_left)
        assert self._task is not None
        self._bars.update(
            self._task, total=self._most_left or None, completed=self._most_left - left
        )


def print_summary(progress: Progress) -> None:
    """What became of a job, target by target, and why it is not complete."""
    job = progress.job
    print(
        say(
            "{title}: {state} in {seconds} s",
            title=clean(job.title),
            state=say(job.state),
            seconds=f"{progress.seconds:.1f}",
        )
    )
    if job.query is not None:
        _print_library_job(progress)
        return
    print(
        f"  {say('have')} {progress.have} · {say('new')} {progress.done} "
        f"({size_text(progress.bytes)}) · {say('skipped')} {progress.skipped} · "
        f"{say('failed')} {progress.failed} · {say('gone')} {progress.gone} · "
        f"{say('deferred')} {progress.deferred}"
    )
    for target in progress.targets:
        told = target.site_claims
        what = f" ({clean(target.site_claims_what)})" if target.site_claims_what else ""
        claims = f"{say('site says {n}', n=told)}{what} · " if told is not None else ""
        print(
            f"  {clean(target.target)}: {claims}{say('listed')} {target.listed} · "
            f"{say('have')} {target.stored} · {say('gone')} {target.gone} · "
            f"{say('gaps')} {target.gaps}"
        )
        for sentence in target.unreachable:
            print(f"    {say('unreachable')}: {clean(sentence)}")
    for reason in job.reasons:
        print(f"  - {clean(reason.get('text', ''))}")


def _print_library_job(progress: Progress) -> None:
    saved = f" ({say('saved')} {size_text(progress.bytes)})" if progress.bytes else ""
    print(
        f"  {say('done')} {progress.done}{saved} · {say('skipped')} {progress.skipped} · "
        f"{say('failed')} {progress.failed}"
    )
    for reason, amount in sorted(progress.skipped_by.items(), key=lambda one: -one[1]):
        print(f"  - {amount} {say('skipped')}: {advise(reason).title}")
    for why in progress.job.reasons:
        print(f"  - {clean(why.get('text', ''))}")


def size_text(number: int) -> str:
    """Bytes for people."""
    size = float(number)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024 or unit == "GiB":
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    raise AssertionError("the last unit takes everything")
