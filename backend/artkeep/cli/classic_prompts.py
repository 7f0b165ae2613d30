"""The questions of the classic command line, in their order and with the words that terminal
scripts wait for. They are asked on a terminal only, and only for what was not given.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeVar

from artkeep.cli.classic_options import AT_ONCE, MODES, TIMEOUT_S, Mode, read_identifiers
from artkeep.errors import UsageError

T = TypeVar("T")

# Their order is the classic one; each asks for what `args` lacks.
_SECONDS = f"Enter timeout value in seconds [default: {TIMEOUT_S}]: "
_QUALITY = "Choose image quality (1=SD, 2=HD) [default: 1]: "
_REDOWNLOAD = "Allow re-downloading of tracked items? (1=Yes, 2=No) [default: 2]: "
_MODE = "Choose mode (1=user, 2=model ID, 3=tag search, 4=model version ID): "
_AT_ONCE = f"Enter max concurrent downloads [default: {AT_ONCE}]: "
_NO_VIDEOS = "Skip video files? (y/n) [default: n]: "
_LIMIT = "Limit number of images to download (empty = unlimited): "
_FILTER_TAGS = "Enter filter tag(s), comma-separated (optional): "
_CHECK = "Disable prompt check? (y/n) [default: n]: "


def ask_everything(args: argparse.Namespace) -> None:
    """Fill in what was not given, up to the identifiers.

    Raises UsageError when the input ends before.
    """
    _fill(args, "timeout", _SECONDS, lambda text: _positive(text, TIMEOUT_S))
    _fill(args, "quality", _QUALITY, lambda text: _one_of(text, "12", "1"))
    _fill(args, "redownload", _REDOWNLOAD, lambda text: _one_of(text, "12", "2"))
    _fill(args, "mode", _MODE, lambda text: _one_of(text, "1234", ""))
    _fill(args, "semaphore_limit", _AT_ONCE, lambda text: _positive(text, AT_ONCE))
    if not args.no_videos and not args.videos_only:
        args.no_videos = _ask(_NO_VIDEOS, "whether to skip videos").lower() == "y"
    if args.max_images is None:
        args.max_images = _until_good(_LIMIT, "the limit", lambda text: _positive(text, 0))
        if args.max_images:
            print(f"At most {args.max_images} images will be downloaded.")


def ask_identifiers(args: argparse.Namespace, mode: Mode) -> None:
    """The user names, ids or tags of this mode."""

    def read(text: str) -> str:
        if not read_identifiers(text, mode):
            raise ValueError("give at least one")
        return text

    words = f"Enter {mode.word} (comma-separated): "
    setattr(args, mode.option, _until_good(words, f"the {mode.word}", read))


def ask_filters(args: argparse.Namespace, mode: Mode) -> None:
    """The filter tags, and whether the words of tags are looked for in prompts."""
    if args.filter_tags is None and "filter_tags" in mode.fits:
        args.filter_tags = _ask(_FILTER_TAGS, "the filter tags")
    is_checked = mode.option == "tags" or bool((args.filter_tags or "").strip(" ,"))
    if is_checked and "disable_prompt_check" in mode.fits:
        _fill(
            args, "disable_prompt_check", _CHECK, lambda text: _one_of(text.lower(), "yn", "n")
        )


def chosen_mode(args: argparse.Namespace) -> Mode:
    """The mode that was given or answered."""
    return MODES[int(args.mode)]


def _fill(
    args: argparse.Namespace, name: str, words: str, read: Callable[[str], str | int]
) -> None:
    if getattr(args, name) is not None:
        return
    answer = _until_good(words, f"the {name.replace('_', ' ')}", read)
    is_number = isinstance(answer, str) and answer.isdigit()
    setattr(args, name, int(answer) if is_number else answer)


def _until_good(words: str, what: str, read: Callable[[str], T]) -> T:
    while True:
        answer = _ask(words, what)
        try:
            return read(answer)
        except (ValueError, UsageError) as error:
            print(f"That does not work: {error}")


def _ask(words: str, what: str) -> str:
    try:
        return input(words).strip()
    except EOFError:
        print()
        raise UsageError(
            f"The input ended before {what} was answered.",
            advice="Give it as an option, with --mode.",
        ) from None


def _positive(text: str, otherwise: int) -> int:
    if not text:
        return otherwise
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise ValueError("write a whole number above 0.")
    return int(text)


def _one_of(text: str, allowed: str, otherwise: str) -> str:
    answer = text or otherwise
    if len(answer) != 1 or answer not in allowed:
        raise ValueError(f"write {', '.join(allowed[:-1])} or {allowed[-1]}.")
    return answer
