"""The classic command line on the sample catalogue: trees, texts, CSV, summary, exit codes."""

from __future__ import annotations

import asyncio
import csv
import os
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.cli.terminal import Terminal
from tests.faults.classic_site import FIXTURES, MEDIA_ROOT, ClassicSite, body, classic_site
from tests.faulty import Exchange
from tests.faulty_answers import html, json_reply, reply, serve, server_error

from artkeep.cli import classic

ROOT = Path(__file__).parents[2]

OF_MODE = {
    1: ("--username", "lena_paints"),
    2: ("--model_id", "70"),
    3: ("--tags", "sci fi"),
    4: ("--model_version_id", "9002"),
}
_CSV = re.compile(r"summary_sci_fi_\d{8}\.csv")


@pytest.fixture
def catalogue() -> Iterator[ClassicSite]:
    with classic_site() as running:
        yield running


@dataclass(frozen=True)
class Ended:
    """What a run left on the terminal."""

    code: int
    out: str
    err: str

    @property
    def summary(self) -> str:
        return self.out.partition("--- Download Statistics Summary ---")[2]

    def of(self, value: str) -> dict[str, str]:
        """The lines of an identifier in the summary."""
        _, _, rest = self.summary.partition(f"\nIdentifier: {value} (")
        lines = rest.partition("\n----------")[0].splitlines()[1:]
        return dict(line.strip().split(": ", 1) for line in lines)


class Person:
    """Somebody who runs the classic command line in a folder of their own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    @property
    def library(self) -> Path:
        return self.folder / "image_downloads"

    def run(self, mode: int, *words: str, identifiers: str | None = None) -> Ended:
        """`--mode` with the sample's identifiers, or with others."""
        option, usual = OF_MODE[mode]
        values = usual if identifiers is None else identifiers
        self._capsys.readouterr()
        code = classic.main(["--mode", str(mode), option, values, *words])
        return Ended(code, *self._capsys.readouterr())

    def files(self) -> dict[str, Path]:
        """Everything under a final name, by its path."""
        return {
            path.relative_to(self.library).as_posix(): path
            for path in sorted(self.library.rglob("*"))
            if path.is_file() and ".artkeep" not in path.parts
        }

    def tree(self) -> set[str]:
        """The same with the sample's date in the name of the CSV."""
        return {_CSV.sub("summary_sci_fi_20260102.csv", name) for name in self.files()}

    def path_of(self, name: str) -> Path:
        """The only file of this name."""
        (path,) = (one for one in self.files().values() if one.name == name)
        return path


@pytest.fixture
def person(
    tmp_path: Path,
    catalogue: ClassicSite,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Person:
    settings = {
        "ARTKEEP_DATA_DIR": str(tmp_path / "data"),
        "ARTKEEP_SITES__CIVITAI__BASE_URL": catalogue.url,
        "ARTKEEP_SITES__CIVITAI__MEDIA_URL": catalogue.url,
        "ARTKEEP_NET__UNLIMITED": "1",
        "ARTKEEP_NET__TIME_SCALE": "0.01",
        "ARTKEEP_DISK__KEEP_FREE": "0",
        "ARTKEEP_WORKERS__EXAMINE": "0",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return Person(tmp_path, capsys)


def sample(name: str) -> set[str]:
    """The files of a sample tree."""
    lines = (FIXTURES / "trees" / f"{name}.txt").read_text().splitlines()
    return {line for line in lines if line and not line.endswith("/")}


@pytest.mark.parametrize("sorting", ["sort", "nosort"])
@pytest.mark.parametrize("mode", [1, 2, 3, 4])
def test_each_mode_leaves_the_sample_tree_and_a_second_run_nothing_new(
    person: Person, catalogue: ClassicSite, mode: int, sorting: str
) -> None:
    words = ["--quality", "2", *(["--no_sort"] if sorting == "nosort" else [])]
    first = person.run(mode, *words)
    assert first.code == 0, first.out + first.err
    assert person.tree() == sample(f"mode{mode}_{sorting}")
    before = {name: path.read_bytes() for name, path in person.files().items()}
    for text in FIXTURES.glob("50*_meta.txt"):
        written = [path for path in person.files().values() if path.name == text.name]
        assert all(path.read_bytes() == text.read_bytes() for path in written)
        assert bool(written) == any(
            text.name in name for name in sample(f"mode{mode}_{sorting}")
        )
    asked = len(catalogue.media_requests())

    again = person.run(mode, *words)

    assert again.code == 0
    assert {name: path.read_bytes() for name, path in person.files().items()} == before
    assert len(catalogue.media_requests()) == asked
    media = sum(not name.endswith((".txt", ".csv")) for name in before)
    assert f"- Already tracked: {media} times" in again.summary
    assert "Total successful downloads this run: 0" in again.summary


def test_in_sd_the_files_are_as_they_are_listed(person: Person) -> None:
    assert person.run(1).code == 0
    assert person.tree() == sample("mode1_sort_sd")
    assert person.path_of("501.jpeg").read_bytes() == body(".jpeg", 501)


def test_without_the_prompt_check_everything_of_a_tag_comes(person: Person) -> None:
    assert person.run(3, "--quality", "2", "--disable_prompt_check", "y").code == 0
    assert person.tree() == sample("mode3_sort_check_off")


def test_the_csv_of_a_tag_is_the_sample(person: Person, catalogue: ClassicSite) -> None:
    person.run(3, "--quality", "2", identifiers="meadow")
    ended = person.run(3, "--quality", "2")

    (path,) = (one for name, one in person.files().items() if _CSV.search(name))
    assert str(path) in ended.out
    told = path.read_bytes().replace(catalogue.url.encode(), MEDIA_ROOT.encode())
    assert told == (FIXTURES / "summary_sci_fi_20260102.csv").read_bytes()


def test_no_cell_of_the_csv_is_a_formula(person: Person, catalogue: ClassicSite) -> None:
    catalogue.images[0]["meta"]["Model"] = '=HYPERLINK("http://x","y")'
    person.run(3, "--quality", "2")
    (path,) = (one for name, one in person.files().items() if _CSV.search(name))
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    (row,) = (one for one in rows if "501" in one["Relative Image Path"])
    assert row["Checkpoint Name"] == '\'=HYPERLINK("http://x","y")'


def test_several_identifiers_share_one_download_and_have_a_file_each(
    person: Person, catalogue: ClassicSite
) -> None:
    person.run(1, "--quality", "2")
    asked = len(catalogue.media_requests())

    ended = person.run(2, "--quality", "2")

    assert ended.code == 0
    assert len(catalogue.media_requests()) == asked
    assert person.tree() == sample("mode1_sort") | sample("mode2_sort")
    first, second = (one for one in person.files().values() if one.name == "501.png")
    assert first.samefile(second)
    assert ended.of("70")["Downloaded"] == "0"


def test_the_summary_has_the_classic_labels_in_order(person: Person) -> None:
    ended = person.run(1, "--quality", "2", "--no_videos", identifiers="lena_paints,nobody")
    assert ended.code == 4
    labels = (
        *("Total API items processed (approx): 7", "Total successful downloads this run: 5"),
        *("Total images without metadata: 1", "Total skipped/failed items: 2"),
        "Reasons for skipping/failing items across run:",
        *("- Video skipped (--no_videos): 2 times", "--- Results per Identifier ---"),
        *("Identifier: lena_paints (Type: username)", "  Status: Completed", "  API Items: 7"),
        *("  Downloaded: 5", "  Skipped/Failed: 2", "  No Metadata: 1", "  Missing: 0"),
        *("----------", "Identifier: nobody (Type: username)", "  Status: Failed (Not Found)"),
        *("  Reason: ", "NOTE: ", "WARNING: nobody: Failed (Not Found)", "exit code 4"),
    )
    at = 0
    for label in labels:
        found = ended.summary.find(label, at)
        assert found >= 0, f"{label!r} is missing behind\n{ended.summary[:at]}"
        at = found + len(label)
    assert "\x1b" not in ended.out
    assert ended.out.splitlines()[0].startswith("Artkeep ")
    assert "command-line" in ended.out.splitlines()[1]


@pytest.mark.parametrize(
    ("mode", "identifiers", "status"),
    [
        (1, "nobody", "Failed (Not Found)"),
        (2, "999", "Failed (Not Found)"),
        (2, "0", "Failed (Validation)"),
        (3, "no such tag", "Completed (No Models Found or Invalid Tag)"),
        (4, "999", "Failed (Not Found)"),
    ],
)
def test_what_the_site_does_not_know_ends_with_4(
    person: Person, mode: int, identifiers: str, status: str
) -> None:
    ended = person.run(mode, identifiers=identifiers)
    assert ended.code == 4
    assert ended.of(identifiers.replace(" ", "_"))["Status"] == status
    assert ended.of(identifiers.replace(" ", "_"))["Reason"]
    assert person.files() == {}


def test_a_tag_that_no_model_carries_is_told_from_an_invalid_one(
    person: Person, catalogue: ClassicSite
) -> None:
    catalogue.models.clear()
    ended = person.run(3)
    assert ended.code == 4
    assert "lists no models" in ended.of("sci_fi")["Reason"]


def test_a_creator_with_nothing_to_show_is_complete(
    person: Person, catalogue: ClassicSite
) -> None:
    catalogue.server.on("/api/v1/images", json_reply({"items": [], "metadata": {}}))
    ended = person.run(1)
    assert ended.code == 0
    assert ended.of("lena_paints")["Status"] == "Completed (No Items Found)"


def test_an_item_without_a_number_is_counted_and_costs_only_itself(
    person: Person, catalogue: ClassicSite
) -> None:
    catalogue.images[0]["id"] = None
    ended = person.run(1)
    assert ended.code == 3
    assert "- Missing URL or ID in API data: 1 times" in ended.summary
    told = ended.of("lena_paints")
    assert (told["Downloaded"], told["API Items"], told["Missing"]) == ("6", "7", "1")


def test_what_is_no_picture_is_a_failure_and_ends_with_3(
    person: Person, catalogue: ClassicSite
) -> None:
    catalogue.media(501, html())
    catalogue.media(502, reply(b""))
    catalogue.media(503, json_reply({"error": "x"}))

    ended = person.run(1, "--quality", "2", "--retries", "0")

    assert ended.code == 3
    told = ended.of("lena_paints")
    assert told["Status"].startswith("Incomplete (")
    assert (told["Downloaded"], told["Missing"]) == ("4", "3")
    assert "Downloaded empty file: 1 times" in ended.summary
    assert not {"501", "502", "503"} & {Path(name).stem[:3] for name in person.files()}
    assert str(person.folder / "data" / "logs") in ended.err


def test_a_listing_that_breaks_off_is_never_called_complete(
    person: Person, catalogue: ClassicSite
) -> None:
    async def first_page_only(exchange: Exchange) -> None:
        is_first = "cursor=" not in exchange.request.query
        await (catalogue.list_images if is_first else server_error(500))(exchange)

    catalogue.server.on("/api/v1/images", first_page_only)

    ended = person.run(4, "--quality", "2")

    assert ended.code == 3
    told = ended.of("9002")
    assert told["Status"] == "Incomplete (1 listing broken off)"
    assert (told["API Items"], told["Downloaded"]) == ("3", "3")
    assert "WARNING: 9002: 1 API listings broke off" in ended.summary


def test_a_deleted_file_comes_back(person: Person) -> None:
    person.run(1, "--quality", "2")
    gone = person.path_of("501.png")
    gone.unlink()
    ended = person.run(1, "--quality", "2")
    assert ended.code == 0
    assert gone.read_bytes() == body(".png", 501)
    assert ended.of("lena_paints")["Downloaded"] == "1"


def test_redownload_replaces_and_loses_nothing(person: Person, catalogue: ClassicSite) -> None:
    person.run(1, "--quality", "2")
    asked = len(catalogue.media_requests())
    catalogue.media(501, serve(body(".png", 77)))

    ended = person.run(1, "--quality", "2", "--redownload", "1")

    assert ended.code == 0
    assert len(catalogue.media_requests()) >= asked + 7
    assert person.tree() == sample("mode1_sort")
    assert person.path_of("501.png").read_bytes() == body(".png", 77)


@pytest.mark.parametrize("most", [1, 4])
def test_the_limit_holds_over_all_identifiers_and_what_is_here_uses_none_up(
    person: Person, catalogue: ClassicSite, most: int
) -> None:
    both = "lena_paints,otto_draws"
    first = person.run(1, "--quality", "2", "--max_images", str(most), identifiers=both)
    assert first.code == 0
    assert len(catalogue.media_requests()) == most
    assert f"Global limit: {most}/{most} images [REACHED]" in first.summary
    assert first.of("lena_paints")["Status"] == "Completed (Limit Reached)"
    assert first.of("otto_draws")["Status"] == "Completed (Limit Reached)"

    second = person.run(1, "--quality", "2", "--max_images", "8", identifiers=both)
    assert len(catalogue.media_requests()) == min(9, most + 8)
    assert f"- Already tracked: {most} times" in second.summary


def test_the_limit_per_model_counts_by_the_model_that_was_searched(person: Person) -> None:
    ended = person.run(3, "--quality", "2", "--max_per_model", "1")
    assert ended.code == 0
    assert "Per-model limit: 1 images per model" in ended.summary
    assert "  Model 70: 1/1" in ended.summary
    assert "  Model 71: 1/1" in ended.summary
    assert "Per-model limit reached (model 70): " in ended.summary
    told = ended.of("sci_fi")
    assert (told["Downloaded"], told["API Items"], told["Missing"]) == ("2", "9", "0")
    assert {Path(name).name for name in person.files() if "_" not in name.split("/")[-1]} == {
        *("501.png", "502.jpeg")  # of 70 the first; 502 is too many there, and the first of 71
    }


def test_what_does_not_fit_is_said_and_the_run_goes_on(person: Person) -> None:
    misfits = ("--username", "x", "--disable_prompt_check", "y")
    ended = person.run(2, *misfits, "--timeout", "0", "--semaphore_limit", "99")
    assert ended.code == 0
    assert "mode 2 does not use --username, --disable_prompt_check" in ended.err
    assert "--timeout 0" in ended.err
    assert "artkeep get --model 70 --layout classic" in ended.out
    assert ended.of("70")["Downloaded"] == "7"


def test_filter_tags_without_the_check_keep_what_has_no_tags_and_say_so(
    person: Person, catalogue: ClassicSite
) -> None:
    catalogue.images[0]["tags"] = [{"id": 1, "name": "Red Fox"}]
    catalogue.images[1]["tags"] = [{"id": 2, "name": "snow"}]
    words = ("--filter_tags", "red_fox", "--disable_prompt_check", "y")
    ended = person.run(1, "--quality", "2", *words)
    assert ended.code == 0
    assert ended.of("lena_paints")["Downloaded"] == "6"
    assert "6 images" not in ended.err
    assert "5 images without known site tags are kept" in ended.err


def test_a_deep_scan_says_so(person: Person) -> None:
    ended = person.run(1, "--quality", "2", "--deep_scan")
    assert ended.code == 0
    told = ended.of("lena_paints")
    assert (told["Status"], told["Stored"]) == ("Completed (Deep Scan)", "7 of 7 listed")
    assert person.tree() == sample("mode1_sort")


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo terminal")
def test_ctrl_c_keeps_what_is_done_and_the_next_run_goes_on(
    person: Person, catalogue: ClassicSite
) -> None:
    is_asked, may_answer = threading.Event(), threading.Event()

    async def wait_on_second_page(exchange: Exchange) -> None:
        if "cursor=" in exchange.request.query:
            is_asked.set()
            await asyncio.to_thread(may_answer.wait)
        await catalogue.list_images(exchange)

    catalogue.server.on("/api/v1/images", wait_on_second_page)
    words = ("--mode", "1", "--username", "lena_paints,otto_draws", "--quality", "2")
    terminal = Terminal(
        ["artkeep.cli.classic", *words],
        {**os.environ, "PYTHONPATH": str(ROOT / "backend")},
        person.folder,
    )
    is_asked.wait()
    terminal.press_ctrl_c()
    terminal.wait_for("Stopping")
    assert terminal.end() == 130
    assert "  Status: Processing" in terminal.shown
    assert "  Status: Pending" in terminal.shown
    names = {Path(name).name for name in person.files()}
    assert "507.png" not in names

    may_answer.set()
    again = person.run(1, "--quality", "2", identifiers="lena_paints,otto_draws")
    assert again.code == 0
    assert again.of("lena_paints")["API Items"] == "7"
    assert int(again.of("lena_paints")["Downloaded"]) == 7 - len(
        [name for name in names if not name.endswith(".txt")]
    )
    assert sample("mode1_sort") <= person.tree()
    assert len(catalogue.media_requests()) == 9


def test_no_path_is_longer_than_it_may_be_and_nothing_is_lost_to_a_long_one(
    person: Person, catalogue: ClassicSite
) -> None:
    least = len(str(person.library)) + 60
    for image in catalogue.images:
        image["meta"] = {"prompt": "x", "Model": "M" * 90 + str(image["id"])}
    assert person.run(1, "--max_path", str(least - 1)).code == 2

    assert person.run(1, "--max_path", str(least)).code == 0

    media = [path for path in person.files().values() if path.suffix != ".txt"]
    assert {path.stem for path in media} == {str(number) for number in range(501, 508)}
    assert max(len(str(path)) for path in media) <= least


def test_an_output_folder_that_cannot_be_made_ends_with_6(person: Person) -> None:
    (person.folder / "taken").write_text("a file")
    ended = person.run(1, "--output_dir", "taken")
    assert ended.code == 6
    assert str(person.folder / "data" / "logs") in ended.err


def test_a_broken_database_ends_with_7(person: Person) -> None:
    (person.folder / "data").mkdir()
    (person.folder / "data" / "tracking_database.sqlite").write_bytes(b"no database" * 500)
    assert person.run(1).code == 7


def test_a_key_that_is_missing_ends_with_5(person: Person, catalogue: ClassicSite) -> None:
    for path in ("/api/v1/images", "/api/trpc/post.getInfinite"):
        catalogue.server.on(path, json_reply({"error": "Unauthorized"}, status=401))
    assert person.run(1).code == 5


def test_what_the_classic_database_knows_is_not_downloaded_again(
    person: Person, catalogue: ClassicSite
) -> None:
    old = person.folder / "image_downloads" / "lena_paints" / "501.png"
    old.parent.mkdir(parents=True)
    old.write_bytes(body(".png", 501))
    with closing(sqlite3.connect(person.folder / "tracking_database.sqlite")) as database:
        database.execute(
            "CREATE TABLE tracked_images (image_key TEXT PRIMARY KEY, image_id TEXT NOT NULL, "
            "quality TEXT NOT NULL, path TEXT NOT NULL, download_date TEXT NOT NULL, url TEXT, "
            "checkpoint_name TEXT)"
        )
        row = ("501_HD", "501", "HD", "image_downloads/lena_paints/501.png", "2024-03-02")
        database.execute("INSERT INTO tracked_images VALUES (?,?,?,?,?,NULL,NULL)", row)
        database.commit()

    ended = person.run(1, "--quality", "2")

    assert ended.code == 0
    assert "- Already tracked: 1 times" in ended.summary
    assert len(catalogue.media_requests()) == 6
    assert old.read_bytes() == body(".png", 501)
    assert sample("mode1_sort") <= person.tree()
