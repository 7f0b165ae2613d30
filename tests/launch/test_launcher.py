"""`launch_gui.py` on a fresh copy of the house, with a stand-in for the program itself."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import launch_gui
import pytest
from tests.launch.house import ROOT, House

from artkeep.launch import environment
from artkeep.launch.steps import SetupFailed, spell

# What each becomes.
CLASSIC_PROGRAMS = {
    "civit_image_downloader.py": "artkeep.cli.classic",
    "migrate_json_to_sqlite.py": "artkeep.cli.migrate",
    "tagnames.py": "artkeep",
}

pytestmark = pytest.mark.skipif(
    os.name != "posix", reason="the stand-in for uv is a shell script"
)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_help_needs_nothing_installed(house: House) -> None:
    ran = house.start("--help")
    assert ran.returncode == 0
    for option in ("--port", "--demo", "--once", "--setup", "--resume", "--database-url"):
        assert option in ran.stdout
    assert not house.venv.exists()


@pytest.mark.parametrize(
    "args", [["--prot", "1"], ["--port", "65536"], ["--port", "x"], ["url"]]
)
def test_a_wrong_option_ends_with_2_before_anything_is_done(
    house: House, args: list[str]
) -> None:
    assert house.start(*args).returncode == 2
    assert not house.venv.exists()


def test_the_first_start_sets_up_then_hands_over_arguments_and_exit_code(house: House) -> None:
    ran = house.start("--demo", "--once", "--data-dir", "a b", "--port", "0")
    assert ran.returncode == 3
    assert "Making .venv with uv ... done" in ran.stdout
    assert ran.stdout.splitlines()[-1] == "started gui --demo --once --data-dir a b --port 0"
    assert ran.stderr == ""


def test_setup_only_prepares(house: House) -> None:
    ran = house.start("--setup", "--no-browser")
    assert ran.returncode == 0
    assert "started" not in ran.stdout
    assert json.loads(house.stamp.read_text())["state"] == "ready"


def test_the_command_works_from_anywhere_also_by_a_link(house: House, tmp_path: Path) -> None:
    house.start("--setup")
    link = tmp_path / "link"
    link.symlink_to(house.venv / "bin" / "artkeep")
    for command in (house.venv / "bin" / "artkeep", link):
        ran = subprocess.run([command, "get", "a b"], capture_output=True, text=True, cwd="/")
        assert (ran.returncode, ran.stdout) == (3, "started get a b\n")


def test_the_second_start_asks_uv_for_nothing(house: House) -> None:
    house.start("--setup")
    assert house.calls() == ["venv --allow-existing", "pip install"]
    assert house.start().stdout == "started gui\n"
    assert house.calls() == []


def test_a_changed_lock_file_is_installed_into_the_same_environment(house: House) -> None:
    house.start("--setup")
    house.calls()
    house.lock.write_text("# something else is needed\n")
    assert house.start("--setup").returncode == 0
    assert house.calls() == ["pip install"]


@pytest.mark.parametrize(
    "stamp", ['{"schema": 1, "state": "installing", "locks": {}, "python": ""}', "", "[]", "{}"]
)
def test_a_set_up_that_was_cut_short_begins_anew(house: House, stamp: str) -> None:
    house.start("--setup")
    house.calls()
    (house.venv / "half-there").touch()
    house.stamp.write_text(stamp)
    assert house.start().stdout.endswith("started gui\n")
    assert house.calls() == ["venv --allow-existing", "pip install"]
    assert not (house.venv / "half-there").exists()


def test_a_half_made_environment_is_made_anew(house: House) -> None:
    (house.venv / "bin").mkdir(parents=True)
    (house.venv / "bin" / "python").symlink_to("/nowhere/python3")
    assert house.start().stdout.endswith("started gui\n")
    assert house.calls() == ["venv --allow-existing", "pip install"]


def test_an_environment_whose_python_is_gone_is_made_anew(house: House) -> None:
    house.start("--setup")
    python = house.venv / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3")
    assert house.start().stdout.endswith("started gui\n")


def test_the_users_own_environment_is_used_and_kept(house: House) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", house.venv], check=True)
    (house.venv / "mine").touch()
    assert house.start().returncode == 3
    assert house.calls() == ["pip install"]
    assert (house.venv / "mine").exists()


def test_the_folder_may_be_moved(house: House) -> None:
    house.start("--setup")
    house.root = house.root.rename(house.root.with_name("moved"))
    assert house.start().stdout == "started gui\n"


def test_two_starts_at_once_set_up_once(house: House) -> None:
    both = [
        subprocess.Popen(house.command(), env=house.environ, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    shown = [one.communicate()[0] for one in both]
    assert [one.returncode for one in both] == [3, 3]
    assert all(text.endswith("started gui\n") for text in shown)
    assert house.calls() == ["venv --allow-existing", "pip install"]


def test_a_file_in_the_current_folder_does_not_take_the_programs_place(
    house: House, tmp_path: Path
) -> None:
    (tmp_path / "artkeep.py").write_text("raise SystemExit('the wrong one')")
    ran = subprocess.run(house.command(), env=house.environ, cwd=tmp_path, capture_output=True)
    assert ran.returncode == 3


def test_a_failed_install_falls_back_to_pip_and_a_failed_pip_names_the_command(
    house: House,
) -> None:
    house.broken.touch()
    house.lock.write_text(
        "artkeep-needs-this==1 --hash=sha256:00\n"
    )  # a hash of a wrong length
    ran = house.start("--setup")
    assert ran.returncode == 1
    assert "uv could not do it; trying pip" in ran.stdout
    assert "-m pip install" in ran.stderr.splitlines()[-1]
    assert str(house.venv / "setup.log") in ran.stderr
    assert "no route to host" in (house.venv / "setup.log").read_text()
    house.broken.unlink()
    house.calls()
    assert house.start("--setup").returncode == 0  # what was there is used again
    assert house.calls() == ["pip install"]


def test_an_incomplete_download_is_named(house: House) -> None:
    house.lock.unlink()
    ran = house.start()
    assert ran.returncode == 1
    assert "requirements.lock cannot be read" in ran.stderr


def test_an_older_python_is_told_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 18))
    assert launch_gui.main([]) == 1
    assert "Artkeep needs Python 3.11 or newer" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["launch_gui.py", *CLASSIC_PROGRAMS])
def test_python_3_8_can_read_what_is_started(name: str) -> None:
    source = (ROOT / name).read_text("utf-8")
    assert ast.parse(source, feature_version=(3, 8)).body


@pytest.mark.parametrize(("name", "module"), CLASSIC_PROGRAMS.items())
def test_a_classic_program_sets_up_and_hands_over_from_any_folder(
    house: House, name: str, module: str
) -> None:
    shutil.copy(ROOT / name, house.root)
    stand_in = house.root.joinpath("backend", *module.split(".")).with_suffix(".py")
    if module != "artkeep":
        stand_in.parent.mkdir(exist_ok=True)
        (stand_in.parent / "__init__.py").touch()
        stand_in.write_text((house.root / "backend/artkeep/__main__.py").read_text())
    command = [sys.executable, str(house.root / name), "--mode", "a b"]
    ran = subprocess.run(
        command, env=house.environ, capture_output=True, text=True, cwd="/", check=False
    )
    assert ran.returncode == 3, ran.stderr
    verb = "site-tags " if module == "artkeep" else ""
    assert ran.stdout.splitlines()[-1] == f"started {verb}--mode a b"


def test_what_runs_before_the_packages_needs_the_standard_library_only() -> None:
    allowed = sys.stdlib_module_names | {"__future__"}
    paths = [ROOT / "launch_gui.py", *(ROOT / "backend" / "artkeep" / "launch").glob("*.py")]
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            else:
                continue
            for name in names:
                assert name.startswith("artkeep.launch") or name.split(".")[0] in allowed


def test_a_missing_venv_module_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(environment, "apt_get", lambda: None)
    with pytest.raises(SetupFailed, match="sudo apt-get install python3-venv"):
        environment._need_ensurepip()


def test_a_missing_venv_module_is_installed_where_we_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(
        environment.importlib.util,
        "find_spec",
        lambda name: object() if any("python3-venv" in call for call in asked) else None,
    )
    monkeypatch.setattr(environment, "apt_get", lambda: "/usr/bin/apt-get")
    monkeypatch.setattr(
        environment, "_step", lambda title, command: asked.append(spell(command))
    )
    environment._need_ensurepip()
    assert asked == [
        "/usr/bin/apt-get update",
        "env DEBIAN_FRONTEND=noninteractive /usr/bin/apt-get install -y python3-venv",
    ]


def test_a_folder_that_cannot_be_written_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(environment, "LOCK", tmp_path / "missing" / ".venv.lock")
    with (
        pytest.raises(SetupFailed, match="cannot set itself up in") as failed,
        environment.one_at_a_time(),
    ):
        pass
    assert failed.value.exit_code == 6
