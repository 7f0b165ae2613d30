"""Settings: where each one comes from, and what a mistake in them says."""

from __future__ import annotations

from pathlib import Path

import pytest

from artkeep.errors import UsageError
from artkeep.settings import Settings
from artkeep.settings.facts import setting_facts, setting_names
from artkeep.settings.load import default_data_dir, load_settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder without a settings file."""
    return tmp_path / "keep"


def load(folder: Path, toml: str = "", secrets: str = "", **environ: str) -> Settings:
    """Load from a data folder with these files and this environment."""
    folder.mkdir(exist_ok=True)
    (folder / "settings.toml").write_text(toml, "utf-8")
    if secrets:
        (folder / "secrets.toml").write_text(secrets, "utf-8")
    return load_settings(environ={"ARTKEEP_DATA_DIR": str(folder), **environ})


def refusal(folder: Path, toml: str = "", secrets: str = "", **environ: str) -> str:
    """What loading says instead of giving settings."""
    with pytest.raises(UsageError) as refused:
        load(folder, toml, secrets, **environ)
    return str(refused.value)


def test_without_any_file_the_defaults_hold(folder: Path) -> None:
    settings = load_settings({"data_dir": folder}, environ={})
    assert settings.data_dir == folder
    assert settings.logs_dir == folder / "logs"
    assert settings.library.name == "Artkeep"
    assert settings.workers.download == 5
    assert settings.safe_ratings == ("PG", "PG-13")
    assert settings.database_url is None


def test_the_command_line_wins_over_environment_over_file(folder: Path) -> None:
    toml = "[workers]\ndownload = 2\ntags = 3\nexamine = 4\n"
    (folder).mkdir()
    (folder / "settings.toml").write_text(toml)
    environ = {"ARTKEEP_WORKERS__TAGS": "5", "ARTKEEP_WORKERS__EXAMINE": "6"}
    overrides = {"data_dir": str(folder), "workers.examine": 7, "workers.download": None}
    settings = load_settings(overrides, environ=environ)
    assert (settings.workers.download, settings.workers.tags, settings.workers.examine) == (
        2,
        5,
        7,
    )


def test_the_command_line_names_the_data_folder_before_the_environment(tmp_path: Path) -> None:
    environ = {"ARTKEEP_DATA_DIR": str(tmp_path / "a")}
    settings = load_settings({"data_dir": tmp_path / "b"}, environ=environ)
    assert settings.data_dir == tmp_path / "b"


def test_secrets_stand_in_a_file_of_their_own(folder: Path) -> None:
    settings = load(folder, secrets='[sites.civitai]\napi_key = " abc123 "\n')
    key = settings.sites.civitai.api_key
    assert key is not None
    assert key.get_secret_value() == "abc123"
    assert "abc123" not in repr(settings)


def test_the_environment_wins_over_the_secrets_file(folder: Path) -> None:
    settings = load(
        folder,
        secrets='[sites.civitai]\napi_key = "old"\n',
        ARTKEEP_SITES__CIVITAI__API_KEY="new-key",
    )
    assert list(settings.secrets()) == ["new-key"]


def test_passwords_in_addresses_count_as_secrets(folder: Path) -> None:
    settings = load(
        folder,
        ARTKEEP_DATABASE_URL="postgresql://me:p%40ss1234@db.test/art",
        ARTKEEP_NET__PROXY="socks5://me:hunter22@127.0.0.1:1080",
    )
    assert set(settings.secrets()) == {"p%40ss1234", "p@ss1234", "hunter22"}


def test_an_empty_variable_counts_as_not_given(folder: Path) -> None:
    assert load(folder, ARTKEEP_NET__PROXY="").net.proxy is None


def test_other_programs_variables_are_left_alone(folder: Path) -> None:
    assert load(folder, PATH="/bin", MY_ARTKEEP_THING="1").ui.language == "auto"


def test_a_byte_order_mark_is_no_mistake(folder: Path) -> None:
    assert load(folder, '\ufeff[ui]\nlanguage = "zh"\n').ui.language == "zh"


@pytest.mark.parametrize("word", ["1", "true", "TRUE", "yes", "on"])
def test_a_switch_in_the_environment_may_be_said_in_many_ways(folder: Path, word: str) -> None:
    assert load(folder, ARTKEEP_NET__ALLOW_PRIVATE=word).net.allow_private is True


@pytest.mark.parametrize("words", ["PG,PG-13,R", "pg, pg13, r,"])
def test_ratings_in_the_environment_are_split_at_commas(folder: Path, words: str) -> None:
    assert load(folder, ARTKEEP_SAFE_RATINGS=words).safe_ratings == ("PG", "PG-13", "R")


def test_an_unknown_key_in_the_file_names_the_file_and_the_nearest_key(folder: Path) -> None:
    said = refusal(folder, "[net]\nproxi = 'http://x'\n")
    assert (
        said
        == f"Unknown setting net.proxi in {folder / 'settings.toml'}. Did you mean net.proxy?"
    )


def test_an_unknown_variable_names_the_nearest_variable(folder: Path) -> None:
    said = refusal(folder, ARTKEEP_SITES__CIVITAI__APIKEY="x-secret-x")
    assert "Unknown setting ARTKEEP_SITES__CIVITAI__APIKEY in the environment" in said
    assert said.endswith("Did you mean ARTKEEP_SITES__CIVITAI__API_KEY?")
    assert "x-secret-x" not in said


def test_an_unknown_site_is_refused(folder: Path) -> None:
    said = refusal(folder, "[sites.gelboru]\napi_key = 'x'\n")
    assert "no site called gelboru. Did you mean sites.gelbooru?" in said
    assert "sites.gelboru.engine (gelbooru02, " in said
    assert "Did you mean sites.gelbooru.user?" in refusal(
        folder, "[sites.gelbooru]\nuzer = 'x'\n"
    )
    known = refusal(folder, "[sites.danbooru]\nengine = 'danbooru'\n")
    assert "leave its engine out" in known


def test_a_booru_of_ones_own_takes_a_few_lines_or_variables(folder: Path) -> None:
    folder.mkdir()
    (folder / "settings.toml").write_text(
        "[sites.mine]\nengine = 'gelbooru02'\nbase_url = 'https://booru.example/'\n", "utf-8"
    )
    environ = {
        "ARTKEEP_SITES__OTHER__ENGINE": "szurubooru",
        "ARTKEEP_SITES__OTHER__BASE_URL": "http://127.0.0.1:5",
        "ARTKEEP_SITES__OTHER__USER": "lena",
        "ARTKEEP_SITES__GELBOORU__API_KEY": "&api_key=canary-1234&user_id=77",
        "ARTKEEP_SITES__RULE34__API_KEY": "canary-5678",
        "ARTKEEP_SITES__RULE34__USER_ID": "88",
    }
    settings = load_settings({"data_dir": folder}, environ=environ)
    assert settings.sites.own == ("mine", "other")
    assert settings.sites.booru("mine").base_url == "https://booru.example"
    assert settings.sites.booru("other").login == ("lena", None)
    assert settings.sites.booru("gelbooru").login == ("77", "canary-1234")
    assert settings.sites.booru("rule34").login == ("88", "canary-5678")
    assert {"canary-1234", "canary-5678"} <= set(settings.secrets())
    assert settings.value_of("sites.rule34.user") == "88"
    assert settings.value_of("sites.tbib.api_key") is None


@pytest.mark.parametrize("toml", ["net = 5", "[[net]]\nproxy = 'x'", "library.x = 1", "'' = 1"])
def test_a_value_where_a_section_belongs_is_an_unknown_setting(folder: Path, toml: str) -> None:
    assert refusal(folder, toml).startswith("Unknown setting ")


def test_broken_toml_names_file_and_line(folder: Path) -> None:
    said = refusal(folder, "[net]\n\nproxy = \n")
    assert str(folder / "settings.toml") in said
    assert "line 3" in said


def test_a_file_that_is_no_text_is_named(folder: Path) -> None:
    folder.mkdir()
    (folder / "settings.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="cannot be read"):
        load_settings({"data_dir": folder}, environ={})


def test_a_folder_where_the_file_belongs_is_named(folder: Path) -> None:
    (folder / "settings.toml").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"settings\.toml cannot be read"):
        load_settings({"data_dir": folder}, environ={})


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ("[workers]\ndownload = 0", "workers.download"),
        ("[workers]\ndownload = 21", "workers.download"),
        ("[workers]\ndownload = 'many'", "workers.download"),
        ("[net]\ntime_scale = 0", "net.time_scale"),
        ("[net]\ntime_scale = nan", "net.time_scale"),
        ("[net]\nrequests_per_s = -1", "net.requests_per_s"),
        ("[net]\nproxy = '127.0.0.1:8080'", "net.proxy"),
        ("[net]\nproxy = 5", "net.proxy"),
        ('[net]\nuser_agent = "a\\r\\nX: y"', "net.user_agent"),
        ("[sites.civitai]\nbase_url = 'civitai.com'", "sites.civitai.base_url"),
        ("[ui]\nlanguage = 'de'", "ui.language"),
        ("[disk]\nkeep_free = -1", "disk.keep_free"),
        ("safe_ratings = ['PG', 'adult']", "safe_ratings"),
        ("safe_ratings = 3", "safe_ratings"),
    ],
)
def test_a_bad_value_names_the_setting_and_where_it_stands(
    folder: Path, toml: str, named: str
) -> None:
    said = refusal(folder, toml)
    assert said.startswith(f"Setting {named} ({folder / 'settings.toml'}): ")
    assert "Value error" not in said


def test_every_bad_value_is_told_at_once(folder: Path) -> None:
    said = refusal(folder, "[workers]\ndownload = 0\n", ARTKEEP_UI__LANGUAGE="xx")
    assert len(said.splitlines()) == 2
    assert "(environment)" in said


def test_a_bad_key_is_refused_without_being_shown(folder: Path) -> None:
    said = refusal(folder, ARTKEEP_SITES__CIVITAI__API_KEY="pasted with blanks")
    assert "sites.civitai.api_key (environment)" in said
    assert "pasted" not in said


@pytest.mark.parametrize("toml", ["library = 5", "library = ['a']", 'library = "a\\u0000b"'])
def test_a_library_that_is_no_path_is_refused(folder: Path, toml: str) -> None:
    assert refusal(folder, toml) == "Setting library must be the path of a folder."


def test_a_home_of_nobody_is_refused(folder: Path) -> None:
    assert "no home folder" in refusal(folder, ARTKEEP_LIBRARY="~nobody-of-that-name/art")


def test_the_file_cannot_say_that_it_lies_elsewhere(folder: Path) -> None:
    assert "set ARTKEEP_DATA_DIR" in refusal(folder, "data_dir = '/elsewhere'\n")


def test_a_folder_named_artkeep_data_beside_the_program_is_used(tmp_path: Path) -> None:
    assert default_data_dir(tmp_path) != tmp_path / "artkeep-data"
    (tmp_path / "artkeep-data").mkdir()
    assert load_settings(environ={}, program_dir=tmp_path).data_dir == tmp_path / "artkeep-data"


def test_relative_folders_and_home_become_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    settings = load_settings({"data_dir": "keep", "library": "~/art"}, environ={})
    assert settings.data_dir == tmp_path / "keep"
    assert settings.library == tmp_path / "art"


def test_every_setting_says_what_it_is_for() -> None:
    assert "net.proxy" in setting_names()
    assert all(fact.description for fact in setting_facts())
