"""The options of the classic command line: spellings, checks, and what fits which mode."""

from __future__ import annotations

import pytest

from artkeep.cli.classic_options import (
    MODES,
    misfits,
    prompt_words,
    read_filter_tags,
    read_identifiers,
    read_options,
)
from artkeep.cli.classic_run import Run
from artkeep.cli.classic_summary import Limits
from artkeep.domain.artwork import Artwork, Kind, Tag
from artkeep.errors import UsageError

CLASSIC = (
    *("mode", "username", "model_id", "tags", "model_version_id", "filter_tags"),
    *("disable_prompt_check", "quality", "redownload", "timeout", "semaphore_limit"),
    *("output_dir", "no_sort", "no_videos", "videos_only", "max_path", "retries"),
    *("max_images", "max_per_model", "deep_scan", "debug"),
)
FLAGS = ("no_sort", "no_videos", "videos_only", "deep_scan", "debug")


def value_of(name: str) -> str:
    """Something that the option takes."""
    words = {"mode": "1", "quality": "2", "redownload": "1", "disable_prompt_check": "Y"}
    return words.get(name, "7")


@pytest.mark.parametrize("name", CLASSIC)
def test_every_classic_option_is_taken_with_underscores_and_with_hyphens(name: str) -> None:
    value = [] if name in FLAGS else [value_of(name)]
    plain = read_options([f"--{name}", *value])
    hyphens = read_options([f"--{name.replace('_', '-')}", *value])
    assert vars(plain) == vars(hyphens)
    assert getattr(plain, name) not in (None, False)
    if value:
        assert vars(read_options([f"--{name}={value[0]}"])) == vars(plain)
    others = {one for one in vars(plain) if one != name}
    assert all(getattr(plain, one) in (None, False) for one in others)


@pytest.mark.parametrize(
    ("word", "name"),
    [("--user=a", "username"), ("--tim=9", "timeout"), ("--s=3", "semaphore_limit")],
)
def test_a_beginning_that_only_one_option_has_is_enough(word: str, name: str) -> None:
    assert getattr(read_options([word]), name) is not None


@pytest.mark.parametrize(
    "words",
    [
        ["--model", "7"],
        ["--mode", "5"],
        ["--mode", "one"],
        ["--quality", "3"],
        ["--disable_prompt_check", "yes"],
        ["--no_videos", "--videos_only"],
        ["--retries", "-1"],
        ["--max_images", "-1"],
        ["--max_per_model", "0"],
        ["--nonsense"],
    ],
)
def test_a_usage_error_ends_with_2(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        read_options(words)
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_identifiers_are_trimmed_and_each_is_taken_once() -> None:
    assert read_identifiers(" Lena, otto ,, lena ", MODES[1]) == ["Lena", "otto"]
    assert read_identifiers("70, 070,71", MODES[2]) == ["70", "71"]
    assert read_identifiers(" sci fi , Sci_Fi", MODES[3]) == ["sci_fi"]
    assert read_identifiers(" , ,", MODES[3]) == []


@pytest.mark.parametrize("text", ["70,x", "-3", "7.5", "७"])
def test_an_id_is_made_of_digits(text: str) -> None:
    for mode in (MODES[2], MODES[4]):
        with pytest.raises(UsageError):
            read_identifiers(text, mode)


def test_what_does_not_fit_the_mode_is_named_as_it_is_typed() -> None:
    told = "--username a --model_id 1 --tags t --model_version_id 2 --filter_tags f"
    args = read_options([*told.split(), "--deep_scan", "--max_per_model", "3"])
    args.disable_prompt_check = "y"
    assert misfits(args, MODES[1]) == [
        *("--model_id", "--model_version_id", "--tags", "--max_per_model")
    ]
    assert misfits(args, MODES[2]) == [
        *("--username", "--model_version_id", "--tags", "--filter_tags"),
        *("--disable_prompt_check", "--deep_scan", "--max_per_model"),
    ]
    assert misfits(args, MODES[3]) == [
        *("--username", "--model_id", "--model_version_id", "--filter_tags", "--deep_scan")
    ]
    args.disable_prompt_check = "n"
    assert "--disable_prompt_check" not in misfits(args, MODES[2])


def test_every_part_of_a_tag_has_to_be_in_the_prompt() -> None:
    assert prompt_words("Sci_Fi") == {"sci", "fi"}
    assert prompt_words("sci-fi") == {"sci-fi"}
    assert prompt_words("_a__b_") == {"a", "b"}
    assert prompt_words("") == frozenset()


def run_of(number: int, *words: str) -> Run:
    args = read_options(["--mode", str(number), *words])
    tags = read_filter_tags(args.filter_tags or "")
    return Run(args, MODES[number], ["x"], tags, Limits(None, None))


def picture(**told: object) -> Artwork:
    return Artwork("civitai", "1", told.pop("kind", Kind.IMAGE), "", **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("prompt", "reason"),
    [
        ("a SCIENTIFIC figure", None),
        ("figure of science", None),
        ("fiction only", "filtered_prompt"),
        (None, "filtered_prompt"),
    ],
)
def test_the_prompt_check_takes_any_order_distance_and_word_border(
    prompt: str | None, reason: str | None
) -> None:
    filters = run_of(3).filters_of("sci_fi")
    assert filters.rejects(picture(prompt=prompt, generation={"prompt": prompt})) == reason
    assert run_of(3, "--disable_prompt_check", "y").filters_of("sci_fi").rejects(
        picture(prompt=prompt)
    ) is None  # fmt: skip


def test_a_prompt_that_is_no_text_fails_the_check() -> None:
    artwork = picture(prompt="sci, fi", generation={"prompt": ["sci", "fi"]})
    assert run_of(3).filters_of("sci_fi").rejects(artwork) == "filtered_prompt"


def test_filter_tags_are_all_looked_for_in_the_prompt() -> None:
    asked = run_of(1, "--filter_tags", "red fox, snow_owl")
    assert asked.tag_of("lena") == "red_fox_snow_owl"
    filters = asked.filters_of("lena")
    assert filters.rejects(picture(prompt="owl in snow, fox in red")) is None
    assert filters.rejects(picture(prompt="red fox")) == "filtered_prompt"
    assert run_of(1).filters_of("lena").rejects(picture()) is None


def test_without_the_check_filter_tags_are_those_of_the_site() -> None:
    filters = run_of(4, "--filter_tags", "Red_Fox,snow", "--disable_prompt_check", "y")
    wanted = filters.filters_of("9")
    assert wanted.rejects(picture(tags=(Tag("red fox"), Tag("Snow")))) is None
    assert wanted.rejects(picture(tags=(Tag("snow"),))) == "filtered_tags"
    assert wanted.rejects(picture()) is None  # nobody knows: kept, and said


def test_videos_go_by_what_the_site_calls_them() -> None:
    video, still = picture(kind=Kind.VIDEO), picture()
    without = run_of(1, "--no_videos").filters_of("lena")
    only = run_of(1, "--videos_only").filters_of("lena")
    assert (without.rejects(video), without.rejects(still)) == ("filtered_type", None)
    assert (only.rejects(video), only.rejects(still)) == (None, "filtered_type")
