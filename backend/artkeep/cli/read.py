"""`artkeep read`: what is written inside files about how their pictures were made."""

from __future__ import annotations

import argparse
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from artkeep.cli.output import clean, print_json
from artkeep.cli.words import say
from artkeep.domain.artwork import json_safe
from artkeep.domain.embedded import Embedded
from artkeep.domain.generation import Generation, read_generation
from artkeep.errors import AppError
from artkeep.media.embedded import read_embedded

_UNKNOWN_TYPE = "unknown_type"
_LABEL_WIDTH = 18


@dataclass(frozen=True, slots=True)
class _Reading:
    """What became of one input. Without a problem, no `generation` means there is none."""

    path: Path
    embedded: Embedded | None = None
    generation: Generation | None = None
    code: str | None = None
    problem: str = ""

    def to_json(self, *, with_texts: bool) -> dict[str, Any]:
        """The line of `--json`; texts by their place where they are asked for."""
        found: dict[str, Any] = {
            "path": str(self.path),
            "format": self.embedded.format if self.embedded else None,
            "generation": _to_json(self.generation) if self.generation else None,
            "problem": {"code": self.code, "message": self.problem} if self.code else None,
        }
        if with_texts:
            texts = self.embedded.texts if self.embedded else ()
            found["texts"] = [{"place": text.place, "text": text.value} for text in texts]
        return found


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`read` with its options."""
    parser = verbs.add_parser(
        "read",
        help="show what is written inside files: prompt, parameters, tool",
        epilog="""artkeep read picture.png
artkeep read folder --json""",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="pictures, videos, folders")
    parser.add_argument(
        "--hidden", action="store_true", help="look for a text hidden in the pixels, too"
    )
    parser.add_argument("--raw", action="store_true", help="show every text and its place")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0; 4 when an input was not found, else 3 when a file could not be read."""
    codes = set()
    for reading in _read_all(args.files, hidden=args.hidden):
        codes.add(reading.code)
        if args.json:
            print_json(reading.to_json(with_texts=args.raw))
        elif reading.code is not None:
            print(f"{_in_line(reading.path)}: {_in_line(reading.problem)}", file=sys.stderr)
        else:
            _show(reading, with_texts=args.raw)
    if "not_found" in codes:
        return 4
    return 3 if codes - {None} else 0


def _read_all(names: list[str], *, hidden: bool) -> Iterator[_Reading]:
    """Files that are named are always told of; in folders only what is media."""
    for name in names:
        path = Path(name)
        if not path.is_dir():
            yield _read(path, hidden=hidden)
            continue
        for found in _files_in(path):
            reading = _read(found, hidden=hidden)
            if reading.code != _UNKNOWN_TYPE:
                yield reading


def _files_in(folder: Path) -> Iterator[Path]:
    """In order of their names. Hidden folders, such as the trash, are left out."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(names) if not name.startswith("."))


def _read(path: Path, *, hidden: bool) -> _Reading:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe would be waited for
            return _Reading(path, code="no_file", problem=say("This is no file."))
        if status.st_size == 0:
            return _Reading(path, code="empty", problem=say("The file is empty."))
        embedded = read_embedded(path, hidden=hidden)
    except (FileNotFoundError, NotADirectoryError):
        return _Reading(path, code="not_found", problem=say("There is no such file."))
    except AppError as error:
        return _Reading(path, code=error.code, problem=str(error))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        return _Reading(path, code="unreadable", problem=str(error))
    return _Reading(path, embedded, read_generation(embedded))


def _to_json(generation: Generation) -> dict[str, Any]:
    told = {
        each.name: getattr(generation, each.name)
        for each in fields(generation)
        if each.name not in ("raw", "civitai_resources")
    }
    resources = json_safe(generation.civitai_resources)
    return {**told, "size": generation.size, "civitai_resources": resources}


def _show(reading: _Reading, *, with_texts: bool) -> None:
    """The name, then what is told: a table for eyes, plain lines for pipes."""
    rows = [(_in_line(label), _in_lines(value)) for label, value in _rows(reading)]
    if with_texts and reading.embedded is not None:
        texts = reading.embedded.texts
        rows += [(_in_line(text.place), _in_lines(text.value)) for text in texts]
    print(_in_line(reading.path))
    if sys.stdout.isatty():
        _print_table(rows)
    else:
        for label, value in rows:
            indented = value.replace("\n", f"\n{'':<{_LABEL_WIDTH + 4}}")
            print(f"  {label:<{_LABEL_WIDTH}}  {indented}")
    print()


def _print_table(rows: list[tuple[str, str]]) -> None:
    # Only where somebody sees it: loading it takes a tenth of the program's start.
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2), pad_edge=True)
    table.add_column(min_width=_LABEL_WIDTH, style="cyan")
    table.add_column(overflow="fold")
    for label, value in rows:
        table.add_row(Text(label), Text(value))  # Text: brackets in prompts are no markup
    Console(highlight=False).print(table)


def _rows(reading: _Reading) -> Iterator[tuple[str, str]]:
    found = reading.generation
    if found is None:
        yield "–", say("Nothing about its making is written inside.")
        return
    yield say("tool"), found.tool or say("unknown")
    yield say("where"), found.place
    for label, value in (
        (say("prompt"), found.prompt),
        (say("negative prompt"), found.negative_prompt),
        (say("typed text"), found.user_text),
    ):
        if value:
            yield label, value
    yield from found.parameters


def _in_line(value: object) -> str:
    return clean(str(value).encode("utf-8", "replace").decode("utf-8"))


def _in_lines(value: str) -> str:
    return "\n".join(map(_in_line, value.replace("\r\n", "\n").split("\n")))
