"""Training sets: what is in them, what stays out, and that they can be made again."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from tests.jobs.test_captions import Folder

from artkeep.domain.training import TrainerFormat, TrainingOptions, bucket_of, stem_of
from artkeep.domain.training import without_near_duplicates as distinct
from artkeep.errors import UsageError
from artkeep.jobs.tidy import open_library
from artkeep.jobs.training import TrainingReport, make_training_set, open_folder
from artkeep.jobs.training_plan import plan

KOHYA = TrainingOptions(TrainerFormat.KOHYA, "blue hair", 3, size=256)


class Set(Folder):
    """A library with real pictures, and a folder for a training set."""

    def picture(self, site_id: int, size: tuple[int, int], **columns: object) -> Path:
        """An artwork with a picture of noise, whose perceptual hash is its id."""
        name = str(columns.pop("format", "png"))
        mode = str(columns.pop("mode", "RGB"))
        path = self.path / f"{site_id}.{name}"
        image = Image.effect_noise(size, 90).convert(mode)
        if mode == "RGBA":
            image.putalpha(0)
        image.save(path)
        content = path.read_bytes()
        (artwork_id,) = self.rows.artworks(1, first=site_id, download_status="done")
        facts = {
            "path": path.name,
            "format": name,
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "width": size[0],
            "height": size[1],
            "frames": 1,
            "picture_hash": "ab",
            "perceptual_hash": f"{site_id * 0x9E3779B97F4A7C15 % 2**64:016x}",
        }
        self.rows.file(artwork_id, **(facts | columns))
        open_library(self.store, self.path)
        self.store.transact(lambda connection: self._tag(connection, artwork_id, 3))
        return path

    def count(self, options: TrainingOptions = KOHYA) -> dict[str, object]:
        return plan(self.store, "", options).to_json()

    async def make(
        self, options: TrainingOptions = KOHYA, *, stop_after: int | None = None
    ) -> TrainingReport:
        folder = open_folder(self.out, self.path)
        calls = iter(range(stop_after)) if stop_after is not None else None

        def should_stop() -> bool:
            return calls is not None and next(calls, None) is None

        return await make_training_set(
            plan(self.store, "", options), folder, should_stop=should_stop
        )

    @property
    def out(self) -> Path:
        return self.path.parent / "set"

    def tree(self) -> dict[str, tuple[bytes, int]]:
        return {
            path.relative_to(self.out).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
            for path in self.out.rglob("*")
            if path.is_file()
        }

    def names(self) -> set[str]:
        return {name for name in self.tree() if not name.startswith(".artkeep")}


@pytest.fixture
def some(store: object, tmp_path: Path) -> Set:
    return Set(store, tmp_path / "library")  # type: ignore[arg-type]


def test_the_preview_tells_why_something_stays_out(some: Set):
    for number, size in enumerate(((600, 300), (300, 300), (100, 300), (900, 200)), 1):
        some.picture(number, size)
    some.picture(5, (300, 300), perceptual_hash=f"{2 * 0x9E3779B97F4A7C15 % 2**64 ^ 5:016x}")
    some.picture(6, (300, 300), frames=9, format="gif")
    some.picture(7, (300, 300), width=None)
    some.rows.artworks(1, first=8, kind="video")
    some.rows.artworks(1, first=9)

    told = some.count(replace(KOHYA, min_side=200, max_aspect=3))

    assert told["left_out"] == {
        "animated": 1,
        "near_duplicate": 1,
        "no_file": 1,
        "odd_aspect": 1,
        "too_small": 1,
        "unknown_size": 1,
        "video": 1,
    }
    assert (told["artworks"], told["pictures"], told["steps"]) == (9, 2, 6)
    assert sum(one["pictures"] for one in told["buckets"]) == 2  # type: ignore[attr-defined]
    assert not some.out.exists()


async def test_kohya_gets_its_folder_and_the_same_again_byte_for_byte(some: Set):
    linked = some.picture(1, (300, 200))
    some.picture(2, (300, 200), format="gif")
    some.picture(3, (300, 200), mode="RGBA", format="webp")
    options = replace(KOHYA, convert=("webp",))

    report = await some.make(options)

    assert (report.pictures, report.captions, dict(report.failed)) == (3, 3, {})
    names = {f"3_blue hair/civitai-{n}.{end}" for n in (1, 2, 3) for end in ("png", "txt")}
    assert some.names() == names | {"dataset.toml", "manifest.jsonl"}
    assert (some.out / "3_blue hair" / "civitai-1.png").samefile(linked)
    told = tomllib.loads((some.out / "dataset.toml").read_text())
    (subset,) = told["datasets"][0]["subsets"]
    assert (subset["image_dir"], subset["num_repeats"]) == ("3_blue hair", 3)
    rows = [json.loads(line) for line in (some.out / "manifest.jsonl").read_text().splitlines()]
    for row in rows:
        content = (some.out / row["file"]).read_bytes()
        assert row["sha256"] == hashlib.sha256(content).hexdigest()
        assert row["site"] == "civitai"
        assert row["licence"]
    before = some.tree()
    again = await some.make(options)
    assert (again.pictures, again.captions, again.same) == (0, 0, 3)
    assert some.tree() == before, "a second run writes nothing"
    some.out.rename(some.out.with_name("first"))
    await some.make(options)
    assert {n: b for n, (b, _) in some.tree().items()} == {n: b for n, (b, _) in before.items()}


async def test_a_stopped_run_goes_on_and_hand_edits_stay(
    some: Set, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("artkeep.jobs.training._BATCH", 1)
    for number in (1, 2, 3):
        some.picture(number, (300, 200))
    assert (await some.make(stop_after=1)).is_stopped
    assert not (some.out / "manifest.jsonl").exists()
    report = await some.make(stop_after=2)
    assert (report.pictures, report.same) == (1, 1)
    journal = some.out / ".artkeep" / "made.jsonl"
    journal.write_bytes(journal.read_bytes()[:40])  # a kill, before anything was noted
    report = await some.make()
    assert (report.pictures, report.captions, dict(report.failed)) == (3, 1, {})
    assert (await some.make()).same == 3
    edited = some.out / "3_blue hair" / "civitai-2.txt"
    edited.write_text("my own words")
    (some.out / "3_blue hair" / "mine.png").write_bytes(b"mine")
    shorter = replace(KOHYA, rules=replace(KOHYA.rules, max_tags=1))
    report = await some.make(shorter)
    assert (report.captions, report.edited) == (2, 1)
    assert edited.read_text() == "my own words"
    report = await some.make(replace(KOHYA, near=None, repeats=5))
    assert report.removed == 5, "what an earlier export made goes, all but the edited one"
    left = {name for name in some.names() if name.startswith("3_")}
    assert left == {"3_blue hair/civitai-2.txt", "3_blue hair/mine.png"}


async def test_sizes_transparency_and_damage(some: Set):
    some.picture(1, (1200, 800))
    some.picture(2, (300, 300), mode="RGBA")
    broken = some.picture(3, (300, 300), picture_hash=None)
    broken.write_bytes(broken.read_bytes()[:-300] + bytes(300))
    options = TrainingOptions(
        TrainerFormat.IMAGEFOLDER, size=256, resize=True, flatten=True, near=None
    )

    report = await some.make(options)

    assert sum(report.failed.values()) == 1
    rows = (some.out / "train" / "metadata.jsonl").read_text().splitlines()
    told = {row["file_name"]: row["text"] for row in map(json.loads, rows)}
    assert told.keys() == {"civitai-1.png", "civitai-2.png"}
    assert told["civitai-1.png"].startswith("1girl")
    with Image.open(some.out / "train" / "civitai-1.png") as small:
        bucket = bucket_of(1200, 800, 256)
        assert all(side >= wanted for side, wanted in zip(small.size, bucket, strict=True))
        assert small.width == bucket[0] or small.height == bucket[1]
    with Image.open(some.out / "train" / "civitai-2.png") as flat:
        assert (flat.mode, flat.getpixel((9, 9))) == ("RGB", (255, 255, 255))


async def test_onetrainer_and_plain_and_a_folder_in_use(some: Set):
    some.picture(1, (300, 300), format="jpeg")
    await some.make(replace(KOHYA, format=TrainerFormat.ONETRAINER, copy=True))
    (concept,) = json.loads((some.out / "concepts.json").read_text())
    assert (concept["path"], concept["balancing"]) == ("blue hair", 3.0)
    copied = some.out / "blue hair" / "civitai-1.jpg"
    assert not copied.samefile(some.path / "1.jpeg")
    await some.make(replace(KOHYA, format=TrainerFormat.PLAIN))
    assert some.names() == {"civitai-1.jpg", "civitai-1.txt", "manifest.jsonl"}

    theirs = some.path.parent / "theirs"
    theirs.mkdir()
    (theirs / "holiday.png").write_bytes(b"x")
    for wrong in (theirs, some.path / "set", some.path.parent):
        with pytest.raises(UsageError):
            open_folder(wrong, some.path)


def test_names_are_none_that_trainers_take_for_something_else():
    assert stem_of("gelbooru", "123") == "gelbooru-123"
    for site_id in ("a_b_c_d_e_f", "7-masklabel", "x.y", "Ab", "../up", "七"):
        stem = stem_of("some", site_id)
        assert "_" not in stem
        assert "." not in stem
        assert not stem.endswith(("masklabel", "condlabel"))
    assert len({stem_of("some", one) for one in ("a_b", "a-b", "a.b", "A-B")}) == 4


def test_near_duplicates_are_found_as_by_comparing_each_with_each():
    hashes = [(n * 0x9E3779B97F4A7C15 ^ (n % 7) << n % 60) % 2**64 for n in range(120)]
    hashes += [one ^ 1 << n % 64 ^ 1 << n * 7 % 64 for n, one in enumerate(hashes)]
    for most in (0, 2, 7):
        kept: list[int] = []
        for one in hashes:
            if all((one ^ other).bit_count() > most for other in kept):
                kept.append(one)
        found, left_out = distinct([(one, f"{one:016x}") for one in hashes], most)
        assert (found, left_out) == (kept, len(hashes) - len(kept))
