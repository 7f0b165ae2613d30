"""Names on disk, against a corpus of hostile ones (SE-8, DF-6, MI-9)."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artkeep.domain.artwork import Artwork, Kind
from artkeep.domain.naming import (
    compare_key,
    file_name,
    fit_path,
    organized_folder,
    safe_component,
    sidecar_name,
)
from artkeep.domain.rating import SAFE_RATINGS, Rating
from artkeep.errors import FileProblem

DEVICES = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[0-9¹²³])")

HOSTILE = (
    # nothing, dots and spaces
    *("", " ", "\t\n", ".", "..", "...", ". .", " .. ", "\u00a0", "\u3000", "_", "___"),
    # separators of both systems, drives, streams, shares
    *("/", "\\", "a/b", "a\\b", "../../etc/passwd", "..\\..\\boot.ini", "/etc", "\\\\srv\\x"),
    *("C:\\Windows\\x", "C:", "c:x", "a.txt:stream", "a::$DATA", "\\\\?\\C:\\x", "\\\\.\\NUL"),
    *("a／b", "a＼b", "a∕b", "a⁄b", "a⧵b", "a﹨b", "..／..", "a¥b", "a₩b"),
    # Windows device names
    *("CON", "con", "Nul", "AUX.txt", "PRN.a.b", "COM1", "lpt9.png", "COM¹", "LPT³.x", "com0"),
    *("CON ", "NUL .txt", "aux.", "CONIN$", "clock$.x", "con\u200b", "\u202dNUL", "C\u00adON"),
    # wildcards, quotes, shell
    *('a"b', "a*b?", "<script>", "a|b", "$(reboot)", "`id`", "; rm -rf ~", "a&b", "%2e%2e%2f"),
    # leading signs
    *("-rf", "--help", "~", "~root", ".hidden", ".htaccess", "-", " -x", "._x", "~$a", ".-~"),
    # trailing dots and spaces
    *("a.", "a ", "a. . .", "a.\u00a0", "a\u3000", "name.\u200b"),
    # control, bidi
    *("a\x00b", "a\x1b[31mb", "\x7f", "a\r\nb", "\x85", "gpj.exe\u202e", "\u2066a\u2069"),
    # invisible
    *("a\u200db", "\ufeff", "\u3164", "\u115f", "\u2800", "a\ufe0f", "\U000e0041", "\u034f"),
    # private, unassigned, broken
    *("\ue000", "\U0010fffd", "\ufffe", "\u0378", "\ud800", "\udcff", "a\udc80b"),
    # composed and decomposed, marks first, case traps
    *("e\u0301", "\u00e9", "\u0301x", "\ufb01", "\u1e9e", "\u0130", "\u212a", "\u212b"),
    *("a\u0345", "\u03a9\u0313", "\u1112\u1161\u11ab", "e\u200b\u0301", "\u0344"),
    # long
    *("x" * 300, "日本" * 200, "\U0001f469\u200d\U0001f3a8" * 100, "a" * 119 + "é", "." * 500),
    *("x" * 118 + ". .y", "e\u0301" * 200, "con" * 90, "-" * 400, "z" * 9999, "\u0301" * 5000),
)  # fmt: skip

texts = st.text(st.characters(), max_size=300) | st.sampled_from(HOSTILE)


def assert_legal(name: str, max_bytes: int = 120) -> None:
    assert name
    assert len(name.encode()) <= max_bytes  # also: no lone surrogates
    assert unicodedata.normalize("NFC", name) == name
    assert not set(name) & set('<>:"/\\|?*')
    for character in name:
        assert character == " " or unicodedata.category(character)[0] in "LMNPS", ascii(name)
    assert name[0] not in " .-~"
    assert name[-1] not in " ."
    assert not DEVICES.fullmatch(name.split(".")[0].rstrip())


def test_the_corpus_is_large():
    assert len(set(HOSTILE)) >= 80


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_a_hostile_name_becomes_legal(text):
    assert_legal(safe_component(text, "unknown_author"))


@settings(deadline=None)
@given(text=texts, max_bytes=st.integers(24, 255))
def test_any_text_becomes_legal_and_stays_as_it_is_then(text, max_bytes):
    name = safe_component(text, "unknown", max_bytes=max_bytes)
    assert_legal(name, max_bytes)
    assert safe_component(name, "unknown", max_bytes=max_bytes) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Pony Diffusion V6 XL", "Pony Diffusion V6 XL"),
        ("Night: Market", "Night_ Market"),
        ("赛博朋克：2077", "赛博朋克：2077"),
        ("a, (b) [c] {d} & e+f=g!", "a, (b) [c] {d} & e+f=g!"),
        ("e\u0301te\u0301", "été"),
        ("CON.txt", "CON_.txt"),
        ("COM¹", "COM¹_"),
        ("console", "console"),
        (".hidden", "_hidden"),
        ("-rf", "_rf"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("C:\\Windows\\x", "C__Windows_x"),
        ("two  words\n", "two words"),
        ("v1.0 ", "v1.0"),
        (None, "unknown_author"),
        ("..", "unknown_author"),
        ("\u3164", "unknown_author"),
    ],
)
def test_names_stay_readable(text, name):
    assert safe_component(text, "unknown_author") == name


def test_an_unusable_fallback_still_gives_a_name():
    assert safe_component("", "///") == "unnamed"


def test_long_names_that_differ_at_their_end_stay_distinct():
    names = {safe_component("x" * 50_000 + ending, "unknown") for ending in ("a", "b", "c")}
    assert len(names) == 3


@settings(deadline=None)
@given(texts, texts)
def test_comparison_keys_are_stable_and_ignore_case_and_form(first, second):
    path = f"{safe_component(first, 'a')}/{safe_component(second, 'b')}"
    key = compare_key(path)
    assert compare_key(key) == key
    assert compare_key(unicodedata.normalize("NFD", path)) == key
    assert compare_key(path.replace("/", "\\") + ".") == key


def test_comparison_keys_know_what_filesystems_confuse():
    assert compare_key("Lena/ÉTÉ. .png") == compare_key("lena/e\u0301te\u0301. .PNG")
    assert compare_key("a. /b...") == compare_key("A/B")
    assert compare_key("STRASSE") == compare_key("straße")
    assert compare_key("a/b") != compare_key("a_b")


def artwork(**fields) -> Artwork:
    fixed = {"site": "civitai", "site_id": "1", "kind": Kind.IMAGE, "page_url": ""}
    return Artwork(**(fixed | fields))


@pytest.mark.parametrize(
    ("fields", "kind", "folder"),
    [
        (
            {"rating": Rating.PG13, "model": "Pony", "version_name": "v6", "author": "lena"},
            Kind.IMAGE,
            "CivitAI_Browse/Images/SFW/Pony v6/lena",
        ),
        (
            {"rating": Rating.R, "model": "Pony", "version_name": "Pony v6"},
            Kind.VIDEO,
            "CivitAI_Browse/Videos/NSFW/Pony v6/unknown_author",
        ),
        ({"model": "Pony", "base_model": "X"}, Kind.IMAGE, "CivitAI_Browse/Images/NSFW/Pony/"),
        ({"version_name": "v6"}, Kind.IMAGE, "CivitAI_Browse/Images/NSFW/v6/unknown_author"),
        ({"base_model": "SDXL 1.0"}, Kind.IMAGE, "CivitAI_Browse/Images/NSFW/SDXL 1.0/"),
        ({}, Kind.IMAGE, "CivitAI_Browse/Images/NSFW/unknown_model/unknown_author"),
        ({"site": "danbooru"}, Kind.UGOIRA, "danbooru/Videos/NSFW/unknown_model/"),
        ({"author": "../x", "model": "CON"}, Kind.IMAGE, "CivitAI_Browse/Images/NSFW/CON_/_"),
    ],
)  # fmt: skip
def test_the_organized_layout(fields, kind, folder):
    made = organized_folder(artwork(**fields), safe=SAFE_RATINGS, kind=kind)
    assert made.startswith(folder)
    assert made.count("/") == 4


def test_file_names_keep_the_id():
    assert file_name("123", "png") == "123.png"
    assert file_name("123", ".jpeg", 2) == "123 (2).jpeg"
    assert file_name("creation-1/0", "webp") == "creation-1_0.webp"
    assert sidecar_name("123 (2).jpeg") == "123 (2).json"
    assert sidecar_name("123.png", "txt") == "123.txt"


def test_ids_that_clean_to_the_same_name_stay_apart():
    names = {
        file_name(site_id, "png") for site_id in ("a?b", "a*b", "-x", "~x", "_x", "é", "..")
    }
    assert len(names) == 7


@settings(deadline=None)
@given(texts, st.integers(0, 20))
def test_file_names_are_legal_whatever_the_id(site_id, suffix):
    name = file_name(site_id, "png", suffix)
    assert_legal(name)
    assert name.endswith(".png")


@pytest.mark.parametrize("extension", ["", "PNG", "png/", "p:g", "exe\x00", "..", "tar.gz"])
def test_only_extensions_of_ours_are_taken(extension):
    with pytest.raises(ValueError, match="not an extension"):
        file_name("1", extension)


FOLDER = "CivitAI_Browse/Images/SFW/" + "m" * 100 + "/" + "a" * 90


@settings(deadline=None)
@given(st.integers(30, 300))
def test_a_path_fits_its_budget_and_keeps_the_name(budget):
    path = fit_path(FOLDER, "12345678.jpeg", budget)
    assert len(path) <= budget
    assert path.endswith("12345678.jpeg")
    assert path == fit_path(FOLDER, "12345678.jpeg", budget)


def test_a_path_that_fits_is_left_alone():
    assert fit_path("a/b", "1.png", 240) == "a/b/1.png"
    assert fit_path("", "1.png", 240) == "1.png"


def test_shortened_folders_stay_distinct_and_are_shared_by_files():
    other = FOLDER[:-1] + "b"
    folders = {fit_path(folder, "1.png", 140).rpartition("/")[0] for folder in (FOLDER, other)}
    assert len(folders) == 2
    assert fit_path(FOLDER, "123456789.jpeg", 140).rpartition("/")[0] in folders


def test_windows_counts_characters_outside_the_basic_plane_twice():
    path = fit_path("🎨" * 100, "1.png", 140)
    assert len(path.encode("utf-16-le")) // 2 <= 140
    assert path.startswith("🎨")


def test_no_room_even_for_the_name_is_said():
    with pytest.raises(FileProblem) as caught:
        fit_path("a", "12345678.png", 8)
    assert caught.value.code == "path_too_long"
