"""The AUTOMATIC1111 text, read and written."""

import json
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from artkeep.domain.infotext import (
    Infotext,
    has_parameters,
    is_exact,
    parse_infotext,
    write_infotext,
)

USUAL = "a cat\nNegative prompt: a dog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42"
MARKS = ("negative prompt:", "steps:", "template:", "negative template:")


def test_the_usual_text_has_three_parts():
    infotext = parse_infotext(USUAL)
    assert (infotext.prompt, infotext.negative_prompt) == ("a cat", "a dog")
    assert infotext.parameters == (
        ("Steps", "20"),
        ("Sampler", "Euler a"),
        ("CFG scale", "7"),
        ("Seed", "42"),
    )
    assert write_infotext(infotext) == USUAL


def test_a_prompt_may_have_many_lines_and_so_may_the_negative():
    infotext = parse_infotext("a\n\nb, \nBREAK\nNegative prompt: c\nd\nSteps: 1, Seed: 2")
    assert infotext.prompt == "a\n\nb, \nBREAK"
    assert infotext.negative_prompt == "c\nd"


def test_blank_lines_before_the_marks_are_not_part_of_the_prompts():
    infotext = parse_infotext("a\n\nNegative prompt: b\n\n\nSteps: 1, Sampler: c, Seed: 3\n\n")
    assert (infotext.prompt, infotext.negative_prompt) == ("a", "b")
    assert infotext.value("steps") == "1"


@pytest.mark.parametrize("text", ["", " \n ", "\0"])
def test_nothing_is_an_empty_infotext(text):
    assert parse_infotext(text) == Infotext()


def test_without_parameters_all_is_prompt():
    assert parse_infotext("a cat\nhalf: a, half: b") == Infotext("a cat\nhalf: a, half: b")
    assert parse_infotext("a\nNegative prompt: b") == Infotext("a", "b")


def test_three_pairs_make_a_last_line_one_of_parameters():
    infotext = parse_infotext("a cat\nSampler: Euler, Seed: 1, Size: 2x3")
    assert infotext.prompt == "a cat"
    assert infotext.value("Size") == "2x3"
    assert parse_infotext("a cat\nSampler: Euler, Seed: 1").prompt.endswith("Seed: 1")


def test_weights_and_loras_of_a_prompt_are_no_parameters():
    prompt = "(a:1.2), (b cat:1.3), (cc:1), <lora:x:0.8>, <lora:y:1>, <lora:z:0.5:0.2>"
    assert parse_infotext(prompt) == Infotext(prompt)


def test_without_a_prompt_the_first_line_is_the_next_part():
    assert parse_infotext("Negative prompt: b\nSteps: 2, Seed: 1, Size: 1x1").prompt == ""
    assert parse_infotext("Steps: 2").parameters == (("Steps", "2"),)


def test_line_ends_of_windows_are_line_ends():
    infotext = parse_infotext(USUAL.replace("\n", "\r\n") + "\r\n")
    assert infotext == parse_infotext(USUAL)


@pytest.mark.parametrize("heading", ["parameters:\n", "Parameters: "])
def test_a_heading_is_not_part_of_the_prompt(heading):
    assert parse_infotext(heading + USUAL) == parse_infotext(USUAL)


@pytest.mark.parametrize(
    ("text", "prompt", "negative"),
    [
        ("a cat, Negative prompt: a dog, Steps: 20, Sampler: b, Seed: 1", "a cat", "a dog"),
        ("A cat. Negative prompt: A dog. Steps: 20, Sampler: b", "A cat.", "A dog."),
        ("a cat, Steps: 20, Sampler: b, Seed: 1", "a cat", ""),
        ("a cat\nNegative prompt: a dog, Steps: 20, Sampler: b", "a cat", "a dog"),
    ],
)
def test_a_text_on_one_line_is_split_before_the_marks(text, prompt, negative):
    infotext = parse_infotext(text)
    assert (infotext.prompt, infotext.negative_prompt) == (prompt, negative)
    assert infotext.value("Steps") == "20"
    assert infotext.value("Sampler") == "b"


def test_parameters_may_begin_with_another_than_steps():
    infotext = parse_infotext("a cat\nSeed: 1, Steps: 20, Sampler: b")
    assert (infotext.prompt, infotext.value("Seed")) == ("a cat", "1")


def test_steps_within_a_prompt_are_prompt():
    infotext = parse_infotext("Steps: 20 stairs\nNegative prompt: x\nSteps: 9, Seed: 1")
    assert infotext.prompt == "Steps: 20 stairs"
    assert infotext.value("Steps") == "9"
    assert parse_infotext("a stair. Steps: 5\nSteps: 9, Seed: 1").prompt == "a stair. Steps: 5"


def test_the_second_negative_prompt_belongs_to_the_first():
    infotext = parse_infotext("a\nNegative prompt: b\nNegative prompt: c\nSteps: 9, Seed: 1")
    assert infotext.negative_prompt == "b\nNegative prompt: c"


def test_templates_follow_the_parameters():
    text = USUAL + "\nTemplate: a {cat|dog},\naa: b, cc: d, ee: f\nNegative Template: __x__"
    infotext = parse_infotext(text)
    assert infotext.value("Seed") == "42"
    assert infotext.template == "a {cat|dog},\naa: b, cc: d, ee: f"
    assert infotext.negative_template == "__x__"
    assert write_infotext(infotext) == text


def test_quoted_values_are_decoded():
    line = 'Steps: 2, Lora hashes: "a: 1, b: 2", Note: "x\\n\\"y\\" \\\\", Empty: , Seed: 1,'
    assert dict(parse_infotext(line).parameters) == {
        "Steps": "2",
        "Lora hashes": "a: 1, b: 2",
        "Note": 'x\n"y" \\',
        "Empty": "",
        "Seed": "1",
    }


def test_an_unquoted_value_ends_at_its_comma_and_keys_of_one_letter_are_none():
    assert parse_infotext("Steps: 2, Model: a, b: c, Seed: 1").parameters == (
        ("Steps", "2"),
        ("Model", "a"),
        ("Seed", "1"),
    )


def test_a_key_alone_is_its_own_value():
    line = "Steps: 2, Tiling, Seed: 1"
    infotext = parse_infotext(line)
    assert infotext.value("Tiling") == "Tiling"
    assert write_infotext(infotext) == line


def test_bare_json_is_read_whole_and_written_last():
    resources = '[{"type":"lora","weight":0.8,"modelVersionId":1,"name":"a]}, b: \\"c"}]'
    hashes = '{"model": "45a21ea00a", "lora:x": "0011223344"}'
    text = f"a\nSteps: 2, Hashes: {hashes}, Civitai resources: {resources}, Version: v1"
    infotext = parse_infotext(text)
    assert infotext.value("Hashes") == hashes
    assert infotext.value("Civitai resources") == resources
    assert infotext.value("lora") is None
    assert write_infotext(infotext).endswith(
        f"1, Hashes: {hashes}, Civitai resources: {resources}"
    )
    assert is_exact(infotext)


def test_a_date_stays_bare_in_spite_of_its_colons():
    line = "Steps: 2, Created Date: 2026-01-04T01:27:21.2717070Z, Clip skip: 2"
    assert write_infotext(parse_infotext(line)) == line


def test_json_that_never_ends_is_cut_at_its_comma():
    infotext = parse_infotext('Steps: 2, Hashes: {"a":[1, Seed: 5')
    assert infotext.value("Seed") == "5"


def test_the_text_of_the_extras_tab_is_a_comment_without_steps():
    text = "Postprocess upscale by: 4, Postprocess upscaler: 4x, Postprocess x: 1"
    assert parse_infotext(text).value("Postprocess upscale by") == "4"


def test_a_comment_of_a_camera_is_no_infotext():
    assert not has_parameters("Taken in Rome, 2024: a nice day")
    assert has_parameters(USUAL)
    assert has_parameters("a\nNegative prompt: b")
    assert has_parameters("a cat, Steps: 20, Sampler: b")


@pytest.mark.parametrize(
    "infotext",
    [
        Infotext("a\nNegative prompt: b", "c", (("Steps", "1"),)),
        Infotext("a\nSteps: 3 stairs", "", (("Steps", "1"),)),
        Infotext("a\nsteps: 3 stairs", "", (("Steps", "1"),)),
        Infotext(" a", "", (("Steps", "1"),)),
        Infotext("a \nb", "", (("Steps", "1"),)),
        Infotext("a\r\nb", "", (("Steps", "1"),)),
        Infotext("a", "", (("Steps", "1"), ("b", "2"))),
        Infotext("a", "", (("Steps", "1"), ("Model", " b"))),
        Infotext("a", "", (("Steps", "1"), ("Model", '"b"'))),
        Infotext("a", template="no parameters before it"),
        Infotext("aa: 1, bb: 2, cc: 3"),
    ],
)
def test_what_the_grammar_cannot_say_is_told(infotext):
    assert not is_exact(infotext)


LETTERS = st.characters(exclude_categories=["Cs"])
HARD = st.sampled_from(
    [
        '"',
        "\\",
        "#",
        "${x}",
        "<=",
        ",",
        ", ",
        ":",
        "\n",
        "Steps: 20",
        "Negative prompt:",
        "{",
        "]",
        "Template:",
        "\r",
        "\t",
        "é",
        "初音",
        "😀",
        "\U000e0041",
        "\U0010fffd",
        "-execute",
        "\x00",
    ]
)
TEXTS = st.lists(st.one_of(st.text(LETTERS, max_size=12), HARD), max_size=8).map("".join)
KEYS = st.text(st.sampled_from("abcXYZ 012_-/é初"), min_size=1, max_size=12)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
JSON_PAIRS = st.tuples(
    st.sampled_from(["Hashes", "Civitai resources", "Civitai metadata"]),
    st.one_of(st.lists(JSON_VALUES), st.dictionaries(TEXTS, JSON_VALUES)).map(json.dumps),
)
PAIRS = st.lists(st.one_of(st.tuples(KEYS, TEXTS), JSON_PAIRS), max_size=5)
STEPS = st.integers(0, 10**30).map(lambda steps: [("Steps", str(steps))])
INFOTEXTS = st.builds(
    lambda prompt, negative, steps, pairs: Infotext(prompt, negative, (*steps, *pairs)),
    TEXTS,
    TEXTS,
    st.one_of(STEPS, STEPS, st.just([])),
    PAIRS,
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(INFOTEXTS)
@example(Infotext("a", "", (("Steps", "1"), ("Hashes", '{"a": 1}'), ("Version", "b"))))
def test_what_is_called_exact_comes_back_and_all_texts_can_be_read(infotext):
    text = write_infotext(infotext)
    back = parse_infotext(text)
    if is_exact(infotext):
        assert (back.prompt, back.negative_prompt) == (
            infotext.prompt,
            infotext.negative_prompt,
        )
        assert sorted(back.parameters) == sorted(infotext.parameters)
    assert parse_infotext(write_infotext(back)) is not None


def plain(text: str) -> bool:
    """Lines that no reader can take for anything else."""
    lines = text.split("\n")
    return all(
        line == line.strip() and line.strip("\0") == line and not line.lower().startswith(MARKS)
        for line in lines
    ) and not text.lower().startswith("parameters:")


@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    TEXTS.map(str.strip).filter(plain),
    TEXTS.map(str.strip).filter(plain),
    STEPS,
    st.lists(
        st.tuples(KEYS.map(lambda key: f"k{key.strip()}x"), TEXTS.map(lambda v: f"v{v}."))
    ),
)
def test_every_prompt_without_marks_comes_back_exactly(prompt, negative, steps, pairs):
    infotext = Infotext(prompt.strip("\n"), negative.strip("\n"), (*steps, *pairs))
    assert is_exact(infotext)
    assert parse_infotext(write_infotext(infotext)) == infotext


@settings(max_examples=200, deadline=None)
@given(st.text() | TEXTS)
def test_any_text_is_read_and_what_was_read_is_stable(text):
    once = parse_infotext(text)
    assert parse_infotext(text) == once
    write_infotext(once)


@pytest.mark.parametrize(
    "piece",
    [
        "a cat, ",
        "a: b, ",
        "Steps: 1\n",
        ", Steps: 1",
        'aa: "x, ',
        'aa: "\\", ',
        "aa: [, ",
        'Hashes: {"a":',
        "[[[[",
        '"',
        "\\",
        "a" * 50,
        "key ",
        " ",
        "\n",
        ",",
        ":",
        "Negative prompt:\n",
        ".Negative prompt:",
        "\nTemplate: x",
        "(a:1), ",
    ],
)
def test_a_long_text_of_anything_takes_time_in_proportion(piece):
    def seconds(size: int) -> float:
        hostile = (piece * (size // len(piece) + 1))[:size]
        best = float("inf")
        for _ in range(2):
            start = time.process_time()
            for text in (hostile, f"{hostile}\nSteps: 1, Seed: 2", f"Steps: 1, {hostile}"):
                write_infotext(parse_infotext(text))
            best = min(best, time.process_time() - start)
        return best

    # Eight times the text: a quadratic reader would take 64 times as long.
    assert seconds(400_000) < 24 * max(seconds(50_000), 0.01)
