"""exiftool, kept open: what only it can write (IPTC, MP4, AVIF).

Nothing from outside is ever an argument (SE-11): values go through a JSON file in a private
folder, tag names come from TAGS, file names are absolute and without line breaks.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from artkeep.media.exiftool_process import CONFIG, ExifToolFailed, Process, environment
from artkeep.media.xmp_packet import clean

OLDEST = (12, 38)  # before it, a crafted file or a file name could run programs
TAGS = frozenset(
    {
        "IPTC:Keywords",
        "IPTC:CodedCharacterSet",
        "Photoshop:IPTCDigest",
        "EXIF:UserComment",
        "Keys:Comment",
        "Keys:CreationDate",
        "ItemList:Comment",
        "QuickTime:CreateDate",
    }
)
Value = str | Sequence[str]

_TIMEOUT_S = 60.0
_SLOWEST = 5_000_000  # bytes a second it copies at least
_MOST_FILES = 2_000  # it grows a little with every file


class ExifTool:
    """One exiftool process for one worker at a time, started at the first use."""

    def __init__(self, program: str, folder: Path | None = None) -> None:
        """In `folder` it gets a private one, which goes with it."""
        self._program = program
        self._above = folder
        self._folder: Path | None = None
        self._process: Process | None = None
        self._files = 0

    def write(
        self,
        source: Path,
        target: Path,
        tags: Mapping[str, Value],
        *,
        xmp: bytes | None = None,
    ) -> None:
        """Write `target`, a copy of `source` with these tags; lists replace what was there.

        A left-over at `target` is removed (CR-12), and so is a failed one. Raises
        ExifToolFailed; OSError passes through.
        """
        if unknown := set(tags) - TAGS:
            raise ValueError(f"not in our table: {sorted(unknown)}")
        folder = self._private_folder()
        values = folder / "values.json"
        cleaned = {name: _clean(value) for name, value in tags.items()}
        # not escaped: exiftool would read an escaped emoji as two halves
        listed = json.dumps([{"SourceFile": "*", **cleaned}], ensure_ascii=False)
        values.write_text(listed, "utf-8")
        words = [
            "-charset",
            "iptc=UTF8",
            "-api",
            "QuickTimeUTC=1",
            "-api",
            "LargeFileSupport=1",
        ]
        words += [f"-j={values}"] if tags else []
        if xmp is not None:
            packet = folder / "packet.xmp"
            packet.write_bytes(xmp)
            words.append(f"-XMP<={packet}")
        temp = target.with_name(f"{target.name}_exiftool_tmp")
        for left_over in (target, temp):
            left_over.unlink(missing_ok=True)
        try:
            timeout_s = _TIMEOUT_S + source.stat().st_size / _SLOWEST
            said = self._run(arguments(words, source, target), timeout_s)
            if not target.is_file():
                raise ExifToolFailed(f"exiftool wrote nothing: {said.strip()[:300]}")
        except BaseException:
            for left_over in (target, temp):
                with contextlib.suppress(OSError):
                    left_over.unlink(missing_ok=True)
            raise

    def read_list(self, source: Path, tag: str) -> tuple[str, ...]:
        """The values of one tag of our table. Raises ExifToolFailed."""
        if tag not in TAGS:
            raise ValueError(f"not in our table: {tag}")
        words = ["-j", "-G0", "-charset", "iptc=UTF8", f"-{tag}"]
        said = self._run(arguments(words, source))
        try:
            value = json.loads(said)[0].get(tag, [])
        except (ValueError, LookupError, AttributeError) as error:
            raise ExifToolFailed(f"exiftool said {said[:300]!r}") from error
        return tuple(map(str, value if isinstance(value, list) else [value]))

    def close(self) -> None:
        """End the process and remove the private folder; the next use starts anew."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def _run(self, words: list[str], timeout_s: float = _TIMEOUT_S) -> str:
        if self._process is not None and (
            self._files >= _MOST_FILES or not self._process.is_alive()
        ):
            self._process.kill()
            self._process = None
        if self._process is None:
            self._process = Process(self._program, self._private_folder())
            self._files = 0
        self._files += 1
        try:
            status, said = self._process.ask(words, timeout_s)
        except BaseException:
            self._process.kill()  # whatever it says now answers an old question
            self._process = None
            raise
        if status:
            raise ExifToolFailed(f"exiftool could not do it: {said.strip()[:300]}")
        return said

    def _private_folder(self) -> Path:
        if self._folder is None or not self._folder.is_dir():
            made = tempfile.mkdtemp(prefix="artkeep-exiftool-", dir=self._above)
            self._folder = Path(made).resolve()
        return self._folder


def find_exiftool() -> str | None:
    """The absolute path of an exiftool that is new enough to be safe; None without one."""
    found = shutil.which("exiftool")
    if found is None:
        return None
    program = str(Path(found).absolute())
    try:
        ran = subprocess.run(
            [program, "-config", str(CONFIG), "-ver"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            env=environment(Path(tempfile.gettempdir())),
        )
        version = tuple(map(int, ran.stdout.decode("ascii", "replace").strip().split(".")))
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return program if version >= OLDEST else None


def arguments(words: Sequence[str], source: Path, target: Path | None = None) -> list[str]:
    """The lines of one command: the only place that makes them (SE-11).

    Raises ExifToolFailed for a line that would be read as two, as a comment or as an option.
    """
    names = [source] if target is None else [target, source]
    if not all(name.is_absolute() for name in names):
        raise ExifToolFailed("exiftool is only given absolute paths")
    lines = [*words, *(["-o", str(target)] if target else []), str(source)]
    for line in lines:
        if re.search(r"[\r\n\0]", line) or line != line.strip() or line.startswith("#"):
            raise ExifToolFailed(
                f"exiftool cannot be given the name {line!r}.", code="bad_file_name"
            )
    return lines


def _clean(value: Value) -> Any:
    return clean(value) if isinstance(value, str) else [clean(item) for item in value]
