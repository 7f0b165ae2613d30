"""What a classic run was asked for, as the engine takes it."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from artkeep.cli.classic_options import (
    AT_ONCE,
    MAX_PATH,
    RETRIES,
    Mode,
    prompt_words,
)
from artkeep.cli.classic_summary import Limits
from artkeep.domain.artwork import Kind
from artkeep.domain.layout import Layout
from artkeep.domain.target import Filters, Target, TargetKind
from artkeep.jobs.asked import read_kinds
from artkeep.jobs.start import Options
from artkeep.settings import Settings
from artkeep.sites._registry import adapters, match_target

MOST_AT_ONCE = 20
_MORE_TRIES = 2  # than `--retries`


@dataclass(frozen=True, slots=True)
class Run:
    """The options with nothing left to ask for. `values` are the identifiers, each once."""

    args: argparse.Namespace
    mode: Mode
    values: list[str]
    filter_tags: list[str]
    limits: Limits

    @property
    def is_deep(self) -> bool:
        """Whether everything is listed in every way there is."""
        return bool(self.args.deep_scan) and "deep_scan" in self.mode.fits

    @property
    def at_once(self) -> int:
        """How many downloads there are at a time."""
        asked = self.args.semaphore_limit or 0
        return min(asked if asked > 0 else AT_ONCE, MOST_AT_ONCE)

    def tag_of(self, value: str) -> str:
        """The tag whose words an identifier's prompts are looked through for."""
        if self.mode.kind is TargetKind.MODEL_TAG:
            return value
        return "_".join(tag.replace(" ", "_") for tag in self.filter_tags)

    def filters_of(self, value: str) -> Filters:
        """What of an identifier is wanted."""
        kinds = frozenset(Kind)
        if self.args.no_videos:
            kinds = read_kinds({Kind.IMAGE})
        elif self.args.videos_only:
            kinds = read_kinds({Kind.VIDEO})
        if self.args.disable_prompt_check != "y":
            return Filters(kinds=kinds, with_prompt=prompt_words(self.tag_of(value)))
        tags = frozenset(tag.replace("_", " ").casefold() for tag in self.filter_tags)
        return Filters(kinds=kinds, with_tags=tags, keeps_untagged=bool(tags))

    def target_of(self, value: str, settings: Settings) -> Target:
        """Raises UsageError for what cannot be right."""
        found = match_target(adapters(settings), value, self.mode.kind)
        return Target(found.site, found.kind, found.value, self.filters_of(value))

    def options(self, most: int | None) -> Options:
        """Of one identifier's job, which may fetch `most` files."""
        args = self.args
        retries = RETRIES if args.retries is None else args.retries
        return Options(
            concurrency=self.at_once,
            quality="hd" if args.quality == 2 else "sd",
            max_items=most,
            max_per_model=self.limits.per_model,
            limits_this_run=True,
            tries=retries + _MORE_TRIES,
            is_deep=self.is_deep,
            is_redownload=args.redownload == 1,
            layout=Layout(
                "classic", is_sorted=not args.no_sort, max_path=args.max_path or MAX_PATH
            ),
        )
