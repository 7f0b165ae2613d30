"""The options of the classic command line, with the spellings and checks that scripts rely on.

Learnt from the classic downloader's README and source (version 2.3), read 2026-11. An option
counts as given when it stands on the command line, also with the value of its default.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from artkeep.domain.target import TargetKind
from artkeep.errors import UsageError

TIMEOUT_S = 60
AT_ONCE = 5
OUTPUT = "image_downloads"
RETRIES = 5
MAX_PATH = 240

_YES_NO = ("y", "n")


@dataclass(frozen=True, slots=True)
class Mode:
    """One of the four ways to look for pictures. `fits` are the options that only some modes
    take, and that this one does."""

    number: int
    kind: TargetKind
    option: str  # that holds its identifiers
    word: str  # what an identifier is called
    word_in_lists: str  # in the summary
    fits: frozenset[str]


_BY_PROMPT = frozenset({"filter_tags", "disable_prompt_check"})
MODES = {
    mode.number: mode
    for mode in (
        Mode(
            1,
            TargetKind.USER,
            "username",
            "username",
            "username",
            frozenset({"username", "deep_scan"}) | _BY_PROMPT,
        ),
        Mode(2, TargetKind.MODEL, "model_id", "model ID(s)", "model", frozenset({"model_id"})),
        Mode(
            3,
            TargetKind.MODEL_TAG,
            "tags",
            "tags",
            "tag",
            frozenset({"tags", "disable_prompt_check", "max_per_model"}),
        ),
        Mode(
            4,
            TargetKind.VERSION,
            "model_version_id",
            "model version ID(s)",
            "modelVersion",
            frozenset({"model_version_id"}) | _BY_PROMPT,
        ),
    )
}
_OF_SOME_MODES = (
    *("username", "model_id", "model_version_id", "tags", "filter_tags"),
    *("disable_prompt_check", "deep_scan", "max_per_model"),
)


def build_parser() -> argparse.ArgumentParser:
    """Underscores inside; `read_options` takes hyphens, too. None: not given."""
    parser = argparse.ArgumentParser(
        prog="civit_image_downloader.py",
        description="Download pictures and videos by user, model, tag or model version, into "
        "the folders and text files of the classic downloader.",
        epilog="Without --mode, on a terminal, everything that is not given is asked for. "
        "Exit codes: 0 done, 2 usage, 3 incomplete, 4 not found, 5 login or key needed, "
        "6 disk, 7 database, 130 interrupted.",
    )
    add = parser.add_argument
    add(
        "--mode",
        type=int,
        choices=tuple(MODES),
        help="1 user, 2 model ID, 3 tag search, 4 model version ID",
    )
    add("--username", metavar="NAME,…", help="mode 1: whose pictures")
    add("--model_id", metavar="ID,…", help="mode 2: of which models")
    add("--tags", metavar="TAG,…", help="mode 3: of models with this tag")
    add("--model_version_id", metavar="ID,…", help="mode 4: of which model versions")
    add(
        "--filter_tags",
        metavar="TAG,…",
        help="modes 1 and 4: only pictures whose prompt has every word of these tags",
    )
    add(
        "--disable_prompt_check",
        choices=_YES_NO,
        type=str.lower,
        help="y: do not look for the words of the tags in the prompt (n)",
    )
    add("--quality", type=int, choices=(1, 2), help="1 = SD, 2 = HD (1)")
    add("--redownload", type=int, choices=(1, 2), help="1 = fetch again what is there (2)")
    add(
        "--timeout",
        type=int,
        metavar="S",
        help=f"seconds a server may stay silent ({TIMEOUT_S})",
    )
    add("--semaphore_limit", type=int, metavar="N", help=f"downloads at a time ({AT_ONCE})")
    add("--output_dir", metavar="DIR", help=f"where files go ({OUTPUT})")
    add("--no_sort", action="store_true", help="no folders for the models")
    add("--no_videos", action="store_true", help="leave videos out")
    add("--videos_only", action="store_true", help="leave everything else out")
    add("--max_path", type=int, metavar="N", help=f"longest whole path ({MAX_PATH})")
    add(
        "--retries",
        type=_at_least(0),
        metavar="N",
        help=f"further tries of a file ({RETRIES}, and two)",
    )
    add("--max_images", type=_at_least(0), metavar="N", help="downloads at most (0: no limit)")
    add("--max_per_model", type=_at_least(1), metavar="N", help="mode 3: of each model at most")
    add("--deep_scan", action="store_true", help="mode 1: list in every way there is")
    add("--debug", action="store_true", help="log more, also on the terminal")
    ours = parser.add_argument_group("not in the classic downloader")
    ours.add_argument("--data_dir", metavar="DIR", help="database, settings and logs")
    ours.add_argument("--database_url", metavar="URL", help="PostgreSQL instead of SQLite")
    return parser


def _at_least(least: int) -> Any:
    def number(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"must be at least {least}")
        return value

    return number


def read_options(words: Sequence[str]) -> argparse.Namespace:
    """What was typed. Ends the program with exit code 2 on a mistake, like argparse."""
    parser = build_parser()
    args = parser.parse_args(list(map(_with_underscores, words)))
    if args.no_videos and args.videos_only:
        parser.error("--no_videos and --videos_only leave nothing to download")
    return args


def _with_underscores(word: str) -> str:
    """`--model-id=70` → `--model_id=70`: the classic warnings print options that way."""
    if not word.startswith("--"):
        return word
    name, equals, value = word[2:].partition("=")
    return f"--{name.replace('-', '_')}{equals}{value}"


def misfits(args: argparse.Namespace, mode: Mode) -> list[str]:
    """The given options that this mode does not take."""
    return [
        f"--{name}"
        for name in _OF_SOME_MODES
        if name not in mode.fits and _is_told(name, getattr(args, name))
    ]


def _is_told(name: str, value: object) -> bool:
    return value == "y" if name == "disable_prompt_check" else bool(value)


def read_identifiers(text: str, mode: Mode) -> list[str]:
    """The parts between the commas, each once. Raises UsageError for an id with letters."""
    parts = [part.strip() for part in text.split(",")]
    if mode.kind is TargetKind.MODEL_TAG:
        parts = [part.replace(" ", "_") for part in parts]
    wanted: dict[str, str] = {}
    for part in filter(None, parts):
        wanted.setdefault(part.casefold(), part)
    found = list(wanted.values())
    if mode.kind in (TargetKind.MODEL, TargetKind.VERSION):
        for part in found:
            if not (part.isascii() and part.isdigit()):
                raise UsageError(
                    f"{part!r} is no {mode.word.removesuffix('(s)')}.",
                    advice="It is made of digits; commas separate several.",
                )
        found = list(dict.fromkeys(part.lstrip("0") or "0" for part in found))
    return found


def read_filter_tags(text: str) -> list[str]:
    """The parts between the commas, as they are typed, each once."""
    return list(dict.fromkeys(filter(None, (part.strip() for part in text.split(",")))))


def prompt_words(tag: str) -> frozenset[str]:
    """What a prompt has to contain: every part of the tag between underscores."""
    return frozenset(filter(None, tag.lower().replace(" ", "_").split("_")))
