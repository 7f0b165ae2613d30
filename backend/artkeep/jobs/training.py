"""Making a training set: pictures, captions, the trainer's own file, a manifest of origins.

The same library and options give the same tree, byte for byte; what is there already is not
written again, so a run that was killed goes on, and a second one writes nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from artkeep.domain.training import (
    TrainerFormat,
    json_lines,
    kohya_config,
    onetrainer_concepts,
)
from artkeep.errors import DiskFull, FileProblem, JobError, UsageError
from artkeep.jobs.training_plan import Entry, TrainingPlan
from artkeep.media.child import ChildDied, ChildPool
from artkeep.media.library import (
    explain,
    flush_folders,
    leads_elsewhere,
    rename_into_place,
)
from artkeep.media.made import TEXT, Made, MadeFolder
from artkeep.media.replace import sha256_of
from artkeep.media.text_files import NewText, flush_all, parts_folder, read_text, write_texts
from artkeep.media.twin import put_twin

_BATCH = 200
_BATCH_MADE = 32  # writing anew takes long, and whoever stops waits for the batch
_EXAMPLES = 5
_MOST_TEXT = 1024**3  # of a manifest


@dataclass(slots=True)
class TrainingReport:
    """Files by what became of them. `edited` captions are somebody's own now, and stay."""

    pictures: int = 0
    same: int = 0
    captions: int = 0
    edited: int = 0
    removed: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    failed_examples: list[str] = field(default_factory=list)
    is_stopped: bool = False

    @property
    def reached(self) -> int:
        """How many entries of the plan are done with."""
        return self.pictures + self.same + self.failed.total()

    def to_json(self) -> dict[str, Any]:
        """One JSON object."""
        return {
            "pictures": self.pictures,
            "same": self.same,
            "captions": self.captions,
            "edited": self.edited,
            "removed": self.removed,
            "failed": dict(self.failed),
            "failed_examples": self.failed_examples,
            "is_stopped": self.is_stopped,
        }


def open_folder(path: Path, library: Path) -> MadeFolder:
    """The folder of a training set. Raises UsageError for one within the library, or with other
    things in it."""
    folder, inside = path.resolve(), library.resolve()
    if folder.is_relative_to(inside) or inside.is_relative_to(folder):
        raise UsageError(
            "A training set lies outside the library.",
            code="folder_in_use",
            advice=f"Give a folder that is not within {library}.",
        )
    return MadeFolder(folder)


async def make_training_set(
    plan: TrainingPlan,
    folder: MadeFolder,
    *,
    on_progress: Callable[[TrainingReport, int], None] = lambda report, total: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> TrainingReport:
    """Write what the plan says; `on_progress` gets what was done and how many there are in all.

    Raises OSError, JobError when no worker can be started.
    """
    folder.begin()
    pictures = folder.path / plan.options.folder
    if leads_elsewhere(folder.path, pictures):
        raise UsageError(f"{pictures} is a link.", code="folder_in_use")
    pictures.mkdir(exist_ok=True)
    workers = os.cpu_count() or 1
    pool = ChildPool("artkeep.media.training_child", "converter", workers)
    try:
        with parts_folder(folder.hidden) as parts:
            making = _Making(plan, folder, parts, pool)
            most = _BATCH_MADE if any(one.is_made for one in plan.entries) else _BATCH
            for first in range(0, len(plan.entries), most):
                if should_stop():
                    making.report.is_stopped = True
                    return making.report
                await making.batch(plan.entries[first : first + most])
                on_progress(making.report, len(plan.entries))
            await asyncio.to_thread(making.finish)
    finally:
        await pool.close()
    return making.report


class _Making:
    """One run."""

    def __init__(
        self, plan: TrainingPlan, folder: MadeFolder, parts: Path, pool: ChildPool
    ) -> None:
        self.report = TrainingReport()
        self._plan = plan
        self._options = plan.options
        self._folder = folder
        self._parts = parts
        self._pool = pool
        self._there: list[Entry] = []

    async def batch(self, entries: Sequence[Entry]) -> None:
        """Pictures first, then their captions: a caption without a picture is no use."""
        made = await asyncio.gather(*(self._picture(one) for one in entries))
        await asyncio.to_thread(self._note, entries, made)

    def _note(self, entries: Sequence[Entry], made: Sequence[Made | None]) -> None:
        new = [one for one in made if one is not None]
        finals = [self._folder.path / one.path for one in new]
        if new:
            flush_all(self._parts, finals)
            flush_folders({final.parent for final in finals})
            self._folder.note(*new)
        there = [one for one in entries if self._path(one) in self._folder.made]
        there = [one for one in there if (self._folder.path / self._path(one)).is_file()]
        self._there += there
        if self._options.has_texts:
            texts = {
                f"{self._path(one).rpartition('.')[0]}.txt": one.caption.encode()
                for one in there
            }
            self.report.captions += self._write(texts)

    def finish(self) -> None:
        """The trainer's own file, the manifest; what is not wanted any more goes."""
        options = self._options
        texts = {"manifest.jsonl": json_lines([self._manifest(one) for one in self._there])}
        if options.format is TrainerFormat.KOHYA:
            texts["dataset.toml"] = kohya_config(options)
        elif options.format is TrainerFormat.ONETRAINER:
            texts["concepts.json"] = onetrainer_concepts(options)
        elif options.format is TrainerFormat.IMAGEFOLDER:
            rows = [{"file_name": one.name, "text": one.caption} for one in self._there]
            texts[f"{options.folder}/metadata.jsonl"] = json_lines(rows)
        self._write(texts)
        wanted = {self._path(one): one for one in self._there}
        beside = dict.fromkeys(f"{path.rpartition('.')[0]}.txt" for path in wanted)
        self.report.removed = self._folder.settle(
            {**wanted, **(beside if options.has_texts else {}), **texts}
        )

    def _path(self, one: Entry) -> str:
        folder = self._options.folder
        return f"{folder}/{one.name}" if folder else one.name

    async def _picture(self, one: Entry) -> Made | None:
        """What was made; None when it is there already or failed, which is counted."""
        path, recipe = self._path(one), one.recipe(self._options)
        if self._folder.is_there(path, recipe):
            self.report.same += 1
            return None
        try:
            made = await self._make(one, path, recipe)
        except JobError:
            raise
        except (FileProblem, ChildDied, OSError) as error:
            if isinstance(error, OSError):
                known = explain(error, self._folder.path)
                if isinstance(known, DiskFull):
                    raise known from error
            self.report.failed[_code_of(error)] += 1
            if len(self.report.failed_examples) < _EXAMPLES:
                self.report.failed_examples.append(f"{one.file.path}: {error}")
            return None
        self.report.pictures += 1
        return made

    async def _make(self, one: Entry, path: str, recipe: str) -> Made:
        final, part = self._folder.path / path, self._parts / f"{one.stem}.part"
        known = self._folder.made.get(path)
        size = await asyncio.to_thread(os.path.getsize, one.file.path)
        if size != one.file.size:
            raise FileProblem("it is not what it was", code="file_changed")
        if one.is_made or not one.file.is_proven:
            reply = await self._pool.ask(
                {
                    "path": one.file.path,
                    "type": one.file.format,
                    "part": str(part) if one.is_made else None,
                    "size": [one.width, one.height] if self._options.resize else None,
                    "flatten": self._options.flatten,
                }
            )
            if "failed" in reply:
                raise FileProblem(str(reply["message"]), code=str(reply["code"]))
            if one.is_made:
                await asyncio.to_thread(_put, part, final, known)
                return Made(path, recipe, reply["size"], reply["sha256"])
        await asyncio.to_thread(self._take_as_it_is, one, final, part, known)
        return Made(path, recipe, size, one.file.sha256)

    def _take_as_it_is(self, one: Entry, final: Path, part: Path, known: Made | None) -> None:
        source, sha256 = Path(one.file.path), one.file.sha256
        if not self._options.copy:
            held = known.sha256 if known else None
            put_twin(source, final, part, sha256=sha256, held=held)
            return
        shutil.copyfile(source, part)
        if sha256_of(part) != sha256:
            raise FileProblem("it is not what it was", code="file_changed")
        _put(part, final, known)

    def _write(self, texts: dict[str, bytes]) -> int:
        """Texts that are not there yet; how many were written. An edited one stays."""
        planned: list[tuple[str, NewText]] = []
        for path, content in texts.items():
            final = self._folder.path / path
            there = read_text(final, _MOST_TEXT)
            known = self._folder.made.get(path)
            if there == content:
                if known is None or known.sha256 != _sha256(content):
                    self._folder.note(_text(path, content))  # a kill came before the note
            elif there is not None and (known is None or known.sha256 != _sha256(there)):
                self.report.edited += 1
            else:
                planned.append((path, NewText(final, content, there)))
        if not planned:
            return 0
        told = write_texts([text for _, text in planned], self._parts)
        self._folder.note(
            *(
                _text(path, text.content)
                for (path, text), is_there in zip(planned, told, strict=True)
                if is_there
            )
        )
        return sum(told)

    def _manifest(self, one: Entry) -> dict[str, Any]:
        made = self._folder.made[self._path(one)]
        return {
            "file": made.path,
            "sha256": made.sha256,
            "width": one.width,
            "height": one.height,
            "caption": one.caption,
            **one.origin,
        }


def _code_of(error: Exception) -> str:
    if isinstance(error, FileExistsError):
        return "name_taken"
    if isinstance(error, ChildDied):
        return "decoder_died"
    return error.code if isinstance(error, FileProblem) else "disk_error"


def _put(part: Path, final: Path, known: Made | None) -> None:
    """Give a part its name; only what we made before, and nobody changed, is replaced."""
    if not os.path.lexists(final):
        rename_into_place(part, final)
        return
    if not final.is_symlink() and (
        sha256_of(final) == sha256_of(part)  # a kill came before the note
        or (known is not None and sha256_of(final) == known.sha256)
    ):
        part.replace(final)
        return
    raise FileExistsError(f"something else lies at {final}")


def _text(path: str, content: bytes) -> Made:
    return Made(path, TEXT, len(content), _sha256(content))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
