"""What the classic command line asks, in which order and when: on a real terminal."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.cli.terminal import Terminal
from tests.faults.classic_site import ClassicSite, classic_site

from artkeep.cli import classic
from artkeep.cli.classic_options import MODES, read_options
from artkeep.cli.classic_prompts import ask_everything, ask_filters, ask_identifiers
from artkeep.errors import UsageError

PROGRAM = "artkeep.cli.classic"
ROOT = Path(__file__).parents[2]
# Terminal scripts wait for these, in this order.
QUESTIONS = (
    ("timeout", "[default: 60]: "),
    ("quality", "1=SD", "2=HD", "[default: 1]: "),
    ("re-downloading", "1=Yes", "2=No", "[default: 2]: "),
    ("mode", "1=user", "2=model ID", "3=tag search", "4=model version ID): "),
    ("max concurrent downloads", "[default: 5]: "),
    ("Skip video files", "[default: n]: "),
    ("Limit number of images", "): "),
    ("username", "(comma-separated): "),
    ("Targets: 1 (username): lena_paints", "filter tag(s)", "(optional): "),
    ("Disable prompt check", "[default: n]: "),
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs a pseudo terminal")


@pytest.fixture
def catalogue() -> Iterator[ClassicSite]:
    with classic_site() as running:
        yield running


Start = Callable[..., Terminal]


@pytest.fixture
def start(tmp_path: Path, catalogue: ClassicSite) -> Start:
    """Start the program on a terminal with these options."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "backend"),
        "LANG": "C.UTF-8",
        "HOME": str(tmp_path),
        "ARTKEEP_DATA_DIR": str(tmp_path / "data"),
        "ARTKEEP_SITES__CIVITAI__BASE_URL": catalogue.url,
        "ARTKEEP_SITES__CIVITAI__MEDIA_URL": catalogue.url,
        "ARTKEEP_NET__UNLIMITED": "1",
        "ARTKEEP_NET__TIME_SCALE": "0.01",
        "ARTKEEP_DISK__KEEP_FREE": "0",
        "ARTKEEP_WORKERS__EXAMINE": "0",
    }
    return lambda *words: Terminal([PROGRAM, *words], environment, tmp_path)


def test_everything_is_asked_for_in_the_classic_order_and_then_done(
    start: Start, tmp_path: Path
) -> None:
    terminal = start()
    assert "civit_image_downloader" in terminal.wait_for("\n")
    assert "interactive" in terminal.wait_for("mode.")
    answers = ("", "2", "", "1", "3", "maybe", "", " lena_paints ,, ", "sci fi", "")
    for question, answer in zip(QUESTIONS, answers, strict=True):
        asked = terminal.answer(question[-1], answer)
        assert all(words in asked for words in question), asked
    assert terminal.end() == 0
    found = {path.name for path in (tmp_path / "image_downloads").rglob("50*.*")}
    assert "501.png" in found
    assert "506.mp4" in found  # anything but y downloads videos, too
    assert "504.jpeg" not in found  # it has no prompt


def test_with_a_mode_only_its_identifiers_are_asked_for(start: Start) -> None:
    terminal = start("--mode", "4", "--max_images", "1")
    shown = terminal.answer("model version ID(s) (comma-separated): ", "9002")
    assert "timeout" not in shown
    assert terminal.end() == 0
    assert "Global limit: 1/1 images [REACHED]" in terminal.shown


def test_the_end_of_input_names_the_missing_answer_and_ends_with_2(start: Start) -> None:
    terminal = start()
    terminal.wait_for("seconds [default: 60]: ")
    terminal.type("\x04")
    assert terminal.end() == 2
    assert "timeout" in terminal.shown.splitlines()[-1]


def test_ctrl_c_at_a_question_ends_with_130(start: Start) -> None:
    terminal = start("--mode", "1")
    terminal.wait_for("username (comma-separated): ")
    terminal.press_ctrl_c()
    assert terminal.end() == 130


def asked(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: str,
    *words: str,
) -> tuple[object, str]:
    """Answer the questions with these lines: the options then, and what was shown."""
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    args = read_options(words)
    ask_everything(args)
    mode = MODES[args.mode]
    if not getattr(args, mode.option):
        ask_identifiers(args, mode)
    ask_filters(args, mode)
    return args, capsys.readouterr().out


def test_what_is_given_is_not_asked_even_with_its_default_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = "--timeout 60 --quality 1 --redownload 2 --semaphore_limit 5 --no_videos"
    options = [*given.split(), "--max_images", "0", "--tags", "kite"]
    args, shown = asked(monkeypatch, capsys, "3\n", *options, "--disable_prompt_check", "n")
    assert "Choose mode" in shown
    assert shown.count(": ") == 1
    assert vars(args)["tags"] == "kite"  # type: ignore[call-overload]


def test_a_wrong_answer_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = "0\nx\n9\n3\n2\nyes\n1\n\n2\n-1\n\nY\n0\n7\n1,x\n , \n70\n"
    args, shown = asked(monkeypatch, capsys, typed)
    told = vars(args)  # type: ignore[call-overload]
    assert (told["timeout"], told["quality"], told["redownload"]) == (9, 2, 1)
    assert (told["mode"], told["semaphore_limit"], told["no_videos"]) == (2, 5, True)
    assert (told["max_images"], told["model_id"]) == (7, "70")
    assert shown.count("That does not work:") == 9
    assert "7" in shown.split("Limit number of images")[-1]  # the number is confirmed
    assert "prompt check" not in shown


@pytest.mark.parametrize(
    ("typed", "is_asked"), [("3\n,\nkite\nmaybe\nY\n", True), ("1\nlena\n\n", False)]
)
def test_the_prompt_check_is_asked_for_tags_only(
    typed: str,
    is_asked: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = "--timeout 9 --quality 1 --redownload 2 --semaphore_limit 5 --videos_only"
    args, shown = asked(monkeypatch, capsys, typed, *given.split(), "--max_images", "1")
    assert ("Disable prompt check" in shown) is is_asked
    assert vars(args)["disable_prompt_check"] == ("y" if is_asked else None)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ([], "--mode"),
        (["--mode", "2"], "--model_id"),
        (["--mode", "1", "--username", ","], "--username"),
    ],
)
def test_without_a_terminal_nothing_is_asked(
    words: list[str],
    named: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n"))
    monkeypatch.chdir(tmp_path)
    assert classic.main(words) == 2
    assert named in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_input_that_ends_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(UsageError, match="model ID"):
        ask_identifiers(read_options([]), MODES[2])
