"""Changing settings from the page: what is written, what is refused, what stays."""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest

from artkeep.errors import UsageError
from artkeep.settings import BooruSite, OnPage, Settings
from artkeep.settings.boorus import KNOWN_BOORUS
from artkeep.settings.change import LOCK, with_changes, write_changes
from artkeep.settings.facts import booru_fields, setting_facts
from artkeep.settings.load import load_settings

KEY = "canary-key-123456"
BY_HAND = """\
# my settings
safe_ratings = ["PG"]   # careful

[workers]  # not too many
download = 2
tags = 3 # few

[net]
user_agent = 'me'
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with a settings file that somebody has written by hand."""
    made = tmp_path / "keep"
    made.mkdir()
    (made / "settings.toml").write_text(BY_HAND, "utf-8")
    return made


def change_settings(settings: Settings, changes: dict[str, Any]) -> Settings:
    """Check and write."""
    return write_changes(settings, with_changes(settings, changes), changes)


def load(folder: Path, *, options: dict[str, Any] | None = None, **environ: str) -> Settings:
    """Load as a start of the program does."""
    return load_settings({"data_dir": folder, **(options or {})}, environ=environ)


def refusal(settings: Settings, **changes: Any) -> UsageError:
    """What is said instead of changing; `__` stands for the dot."""
    before = everything_in(settings.data_dir)
    with pytest.raises(UsageError) as refused:
        change_settings(settings, {name.replace("__", "."): to for name, to in changes.items()})
    assert everything_in(settings.data_dir) == before
    return refused.value


def everything_in(folder: Path) -> dict[str, bytes]:
    """Every file but the lock, which holds nothing."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != LOCK}


def test_a_change_holds_at_once_and_after_the_next_start(folder: Path) -> None:
    changed = change_settings(
        load(folder), {"workers.download": 9, "safe_ratings": ["PG", "R"]}
    )
    assert (changed.workers.download, changed.safe_ratings) == (9, ("PG", "R"))
    assert load(folder).workers.download == 9
    assert load(folder).safe_ratings == ("PG", "R")


def test_only_the_value_changes_in_a_file_written_by_hand(folder: Path) -> None:
    change_settings(load(folder), {"workers.download": 9})
    expected = BY_HAND.replace("download = 2", "download = 9")
    assert (folder / "settings.toml").read_text("utf-8") == expected


def test_new_keys_go_to_their_sections_whatever_is_there(folder: Path) -> None:
    library = folder.parent / "art"
    changes = {
        "library": str(library),
        "workers.examine": 1,
        "disk.keep_free": 5,
        "ui.welcomed": True,
    }
    changed = change_settings(load(folder), changes)
    assert changed.library == library
    saved = tomllib.loads((folder / "settings.toml").read_text("utf-8"))
    assert saved["library"] == str(library)
    assert saved["workers"] == {"download": 2, "tags": 3, "examine": 1}
    assert (saved["disk"], saved["ui"]) == ({"keep_free": 5}, {"welcomed": True})
    assert "# careful" in (folder / "settings.toml").read_text("utf-8")


def test_dotted_keys_and_inline_tables_are_kept_in_their_form(folder: Path) -> None:
    path = folder / "settings.toml"
    path.write_text("net.user_agent = 'me' # mine\nworkers = { download = 2 }\n", "utf-8")
    change_settings(load(folder), {"net.user_agent": "you", "workers.tags": 4})
    settings = load(folder)
    assert (settings.net.user_agent, settings.workers.tags) == ("you", 4)
    assert settings.workers.download == 2
    assert "# mine" in path.read_text("utf-8")


def test_null_restores_the_default_and_leaves_the_rest(folder: Path) -> None:
    changed = change_settings(
        load(folder), {"workers.download": None, "net.proxy": None, "disk.keep_free": None}
    )
    assert changed.workers.download == 5
    assert "workers.download" not in changed.sources.files
    assert load(folder).workers.download == 5
    assert load(folder).workers.tags == 3


def test_where_a_value_stands_is_known_after_a_change(folder: Path) -> None:
    settings = load(folder)
    assert settings.sources.files["workers.tags"] == folder / "settings.toml"
    changed = change_settings(settings, {"ui.language": "zh", "sites.civitai.api_key": KEY})
    assert changed.sources.files["ui.language"] == folder / "settings.toml"
    assert changed.sources.files["sites.civitai.api_key"] == folder / "secrets.toml"
    assert changed.sources.command_line == {"data_dir"}


@pytest.mark.skipif(os.name == "nt", reason="modes are a matter of POSIX")
@pytest.mark.parametrize("mode", [0o644, 0o600])
def test_a_key_goes_into_a_file_that_only_its_owner_reads(folder: Path, mode: int) -> None:
    """SE-23"""
    secrets = folder / "secrets.toml"
    secrets.write_text("# keys\n", "utf-8")
    secrets.chmod(mode)
    change_settings(load(folder), {"sites.civitai.api_key": KEY})
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert secrets.read_text("utf-8").startswith("# keys\n")
    assert KEY not in (folder / "settings.toml").read_text("utf-8")
    assert load(folder).sites.civitai.api_key.get_secret_value() == KEY  # type: ignore[union-attr]


def test_a_key_that_stood_in_the_open_file_moves_to_the_closed_one(folder: Path) -> None:
    path = folder / "settings.toml"
    path.write_text('[sites.civitai]\napi_key = "an-old-key"\n', "utf-8")
    change_settings(load(folder), {"sites.civitai.api_key": KEY})
    assert "an-old-key" not in path.read_text("utf-8")
    change_settings(load(folder), {"sites.civitai.api_key": None})
    assert KEY not in (folder / "secrets.toml").read_text("utf-8")
    assert load(folder).sites.civitai.api_key is None


def test_a_proxy_moves_between_the_files_with_its_password(folder: Path) -> None:
    with_password = "socks5://me:hunter22@127.0.0.1:1080"
    changed = change_settings(load(folder), {"net.proxy": with_password})
    assert "hunter22" not in (folder / "settings.toml").read_text("utf-8")
    assert load(folder).net.proxy == with_password
    assert "hunter22" in changed.secrets()
    change_settings(changed, {"net.proxy": "http://127.0.0.1:3128"})
    assert "hunter22" not in (folder / "secrets.toml").read_text("utf-8")
    assert load(folder).net.proxy == "http://127.0.0.1:3128"


LOCKED = [fact.name for fact in setting_facts() if fact.on_page is None]


def test_what_names_addresses_programs_or_tests_is_not_for_the_page() -> None:
    """SE-14"""
    assert LOCKED == [
        "data_dir",
        "database_url",
        "net.allow_private",
        "net.unlimited",
        "net.time_scale",
        "sites.civitai.base_url",
        "sites.civitai.media_url",
        "sites.captures.media_url",
        "ui.hosts",
    ]


@pytest.mark.parametrize("name", LOCKED)
@pytest.mark.parametrize("value", ["http://127.0.0.1:1", True, None])
def test_a_locked_setting_is_refused_whatever_it_is_set_to(
    folder: Path, name: str, value: object
) -> None:
    refused = refusal(load(folder), **{name.replace(".", "__"): value})
    assert refused.code == "setting_locked"
    assert name in refused.message


def test_one_locked_setting_keeps_the_others_from_changing(folder: Path) -> None:
    settings = load(folder)
    refusal(settings, workers__download=9, net__allow_private=True)
    assert load(folder).workers.download == 2


def test_what_environment_or_command_line_fix_is_refused_with_the_reason(folder: Path) -> None:
    settings = load(
        folder,
        options={"library": str(folder.parent / "art")},
        ARTKEEP_WORKERS__DOWNLOAD="4",
    )
    said = refusal(settings, workers__download=9)
    assert (said.code, "ARTKEEP_WORKERS__DOWNLOAD" in str(said)) == ("setting_overridden", True)
    assert "--library" in str(refusal(settings, library=str(folder / "x")))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("workers.download", 0),
        ("workers.download", 21),
        ("workers.download", "many"),
        ("workers.download", [1]),
        ("workers.download", 2.5),
        ("net.proxy", "127.0.0.1:8080"),
        ("net.proxy", "http://"),
        ("net.proxy", "http://[::1"),
        ("net.proxy", "http://host:99999"),
        ("net.user_agent", "a\r\nX: y"),
        ("net.requests_per_s", 0),
        ("net.requests_per_s", float("nan")),
        ("sites.civitai.api_key", "with blanks"),
        ("sites.civitai.api_key", {"a": 1}),
        ("ui.language", "de"),
        ("disk.keep_free", -1),
        ("disk.keep_free", 10**30),
        ("safe_ratings", ["PG", "adult"]),
        ("safe_ratings", 3),
        ("library", 5),
        ("library", "a\0b"),
        ("library", "~nobody-of-that-name/art"),
    ],
)
def test_a_bad_value_is_refused_by_name_and_nothing_is_written(
    folder: Path, name: str, value: object
) -> None:
    refused = refusal(load(folder), **{name.replace(".", "__"): value})
    assert f"Setting {name}" in refused.message
    assert "blanks" not in str(refused)


def test_an_unknown_name_is_refused_with_the_nearest_one(folder: Path) -> None:
    assert "Did you mean net.proxy?" in str(refusal(load(folder), net__proxi="http://x"))


@pytest.mark.parametrize("broken", [b"[net\n", b"\xff\xfe", b"a = 1\na = 2\n"])
def test_a_file_broken_meanwhile_is_left_as_it_is(folder: Path, broken: bytes) -> None:
    settings = load(folder)
    (folder / "settings.toml").write_bytes(broken)
    refused = refusal(settings, workers__download=9)
    assert refused.code == "settings_file"
    assert str(folder / "settings.toml") in refused.message


def test_a_folder_that_cannot_be_written_is_named_and_the_old_file_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load(folder)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "No space left" in str(refusal(settings, workers__download=9))


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own there")
def test_a_link_to_a_settings_file_elsewhere_stays_a_link(folder: Path) -> None:
    elsewhere = folder.parent / "dotfiles.toml"
    (folder / "settings.toml").rename(elsewhere)
    (folder / "settings.toml").symlink_to(elsewhere)
    change_settings(load(folder), {"workers.download": 9})
    assert (folder / "settings.toml").is_symlink()
    assert "download = 9" in elsewhere.read_text("utf-8")


def test_every_fact_says_what_a_value_may_be() -> None:
    facts = {fact.name: fact for fact in setting_facts()}
    download, language = facts["workers.download"], facts["ui.language"]
    assert (download.type, download.least, download.most, download.default) == (
        "integer",
        1,
        20,
        5,
    )
    assert (language.type, language.choices) == ("choice", ("auto", "en", "zh"))
    assert facts["safe_ratings"].type == "choices"
    assert facts["sites.civitai.api_key"].type == "secret"
    assert facts["workers.examine"].on_page is OnPage.AT_RESTART
    assert (facts["net.requests_per_s"].type, facts["library"].type) == ("number", "path")


def test_the_docs_say_what_the_page_says() -> None:
    text = (Path(__file__).parents[1] / "docs" / "settings.md").read_text("utf-8")
    for fact in setting_facts():
        on_page = "yes" if fact.on_page else "–"
        assert f"| {fact.description} | {on_page} |" in text, fact.name


def test_the_docs_say_the_same_of_every_booru() -> None:
    text = (Path(__file__).parents[1] / "docs" / "settings.md").read_text("utf-8")
    settings = Settings(data_dir=Path("/nowhere"), library=Path("/nowhere"))
    facts = {fact.name: fact for fact in setting_facts(settings)}
    for field in booru_fields():
        fact = facts.get(f"sites.gelbooru.{field}")
        description = fact.description if fact else BooruSite.model_fields[field].description
        on_page = "yes" if fact and fact.on_page else "–"
        assert f"| `sites.….{field}` | {description} | {on_page} |" in text
    for name in KNOWN_BOORUS:
        assert f"`{name}`" in text


def test_keys_of_boorus_are_written_and_a_booru_of_ones_own_stays(folder: Path) -> None:
    with (folder / "settings.toml").open("a", encoding="utf-8") as file:
        file.write("\n[sites.mine]\nengine = 'moebooru'\nbase_url = 'https://a.example'\n")
    values = {"sites.gelbooru.api_key": KEY, "sites.mine.user": "lena"}
    changed = change_settings(load(folder), values)
    again = load(folder)
    for settings in (changed, again):
        assert settings.sites.booru("gelbooru").login == (None, KEY)
        assert settings.sites.booru("mine").engine == "moebooru"
        assert settings.sites.booru("mine").user == "lena"
        assert set(settings.sites.configured) == {"civitai", "mine", "gelbooru"}
    assert KEY not in (folder / "settings.toml").read_text("utf-8")
    for site in ("mine", "gelbooru"):  # the page sends keys nowhere else
        refused = refusal(again, **{f"sites__{site}__base_url": "http://b.example"})
        assert "cannot be changed from the page" in refused.message
