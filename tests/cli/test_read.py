"""`artkeep read`: what is written inside files."""

import json
import os
from pathlib import Path

import pytest

from artkeep.cli.app import main

SAMPLES = Path(__file__).parents[1] / "fixtures" / "embedded-metadata"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text())


@pytest.fixture
def read(capsys, monkeypatch):
    """Run the verb: exit code, what it said, and its complaints."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def run(*words: object) -> tuple[int, str, str]:
        code = main(["read", *map(str, words)])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def objects(out: str) -> dict[str, dict]:
    """The lines of `--json`, by file name."""
    return {Path(row["path"]).name: row for row in map(json.loads, out.splitlines())}


def test_a_folder_of_every_tool_is_read_whole(read):
    code, out, _ = read(SAMPLES, "--json", "--hidden")
    found = objects(out)
    assert code == 3  # one of them is empty
    assert found.keys() == EXPECTED.keys()
    for name, expected in EXPECTED.items():
        generation = found[name]["generation"] or {}
        assert generation.get("tool") == expected["tool"], name
        assert generation.get("prompt") == expected.get("prompt"), name
        assert generation.get("seed") == expected.get("seed"), name
    assert found["sdparsers-zero-bytes.png"]["problem"]["code"] == "empty"
    assert found["sdparsers-no-metadata.png"]["problem"] is None


def test_hidden_texts_are_looked_for_only_when_asked(read):
    name = "sdparsers-a1111-stealth.png"
    assert objects(read(SAMPLES / name, "--json")[1])[name]["generation"] is None
    found = objects(read(SAMPLES / name, "--json", "--hidden")[1])[name]["generation"]
    assert found["place"] == "stealth"


def test_people_see_tool_place_prompts_and_parameters(read):
    code, out, err = read(SAMPLES / "sdparsers-a1111.png")
    assert (code, err) == (0, "")
    for words in ("AUTOMATIC1111", "PNG:parameters", "photo of a duck", "monochrome", "UniPC"):
        assert words in out


def test_a_terminal_gets_a_table(read, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    code, out, _ = read(SAMPLES / "sdparsers-a1111.png")
    assert code == 0
    assert "photo of a duck" in out


def test_the_language_of_the_place_is_spoken(read, monkeypatch):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "提示词" in read(SAMPLES / "sdparsers-a1111.png")[1]


def test_a_file_without_a_word_is_said_to_have_none(read):
    code, out, _ = read(SAMPLES / "sdmeta-gimp.webp")
    assert code == 0
    assert "Nothing about its making" in out


def test_an_empty_file_and_a_file_that_is_no_media_are_problems(read, tmp_path):
    (tmp_path / "empty.png").touch()
    (tmp_path / "words.png").write_text("no picture at all")
    code, _, err = read(tmp_path / "empty.png", tmp_path / "words.png")
    assert code == 3
    assert "The file is empty." in err
    assert "words.png" in err


def test_in_a_folder_only_media_counts(read, tmp_path):
    (tmp_path / "notes.txt").write_text("no picture at all")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "a.png").touch()
    assert read(tmp_path) == (0, "", "")


def test_an_input_that_is_not_there_ends_with_4_and_the_others_are_read(read, tmp_path):
    sample = SAMPLES / "sdparsers-a1111.png"
    (tmp_path / "empty.png").touch()
    code, out, err = read(tmp_path / "none.png", tmp_path / "empty.png", sample)
    assert code == 4
    assert "photo of a duck" in out
    assert "none.png: There is no such file." in err
    assert read(sample / "below", sample)[0] == 4


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
def test_a_pipe_is_not_waited_for(read, tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    code, _, err = read(tmp_path / "pipe.png")
    assert code == 3
    assert "This is no file." in err


def test_every_text_is_shown_with_its_place(read):
    sample = SAMPLES / "sdmeta-64px-comfyui.png"
    code, out, _ = read(sample, "--raw", "--json")
    texts = {text["place"]: text["text"] for text in json.loads(out)["texts"]}
    assert code == 0
    assert {"PNG:prompt", "PNG:workflow"} <= texts.keys()
    assert json.loads(texts["PNG:prompt"])
    assert "PNG:workflow" in read(sample, "--raw")[1]


def test_no_control_characters_reach_a_terminal(read, tmp_path):
    """A prompt or a name must not drive the terminal that shows it."""
    text = "a cat\x1b]0;owned\x07\x9b31m\rb\nSteps: 1, Sampler: \x1b[2J, Seed: 2"
    comment = text.encode("utf-8")
    gif = (
        b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xfe"
        + bytes([len(comment)])
        + comment
        + b"\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
    )
    picture = tmp_path / "a\x1b[31m.gif"
    picture.write_bytes(gif)
    for words in ((), ("--raw",), ("--json",)):
        code, out, err = read(picture, *words)
        assert code == 0
        assert "a cat" in out
        assert not set(out + err) & {
            chr(n) for n in (*range(10), *range(11, 32), *range(127, 160))
        }


def test_seeds_beyond_64_bits_stay_whole(read):
    _, out, _ = read(SAMPLES / "sdparsers-fooocus.png", "--json")
    assert '"seed": 6952411511246973023' in out
