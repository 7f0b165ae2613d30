"""Several instances that change settings of one data folder at the same time."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from artkeep.errors import UsageError
from artkeep.settings import change
from artkeep.settings.change import LOCK, with_changes, write_changes
from artkeep.settings.load import load_settings

TIMES = 20
# Changes one key again and again, as a page would, and looks each time whether it stayed.
INSTANCE = f"""
import sys, tomllib
from pathlib import Path
from artkeep.settings.change import with_changes, write_changes
from artkeep.settings.load import load_settings

folder, name = Path(sys.argv[1]), sys.argv[2]
section, key = name.split(".")
settings = load_settings({{"data_dir": folder}}, environ={{}})
print("ready", flush=True)
sys.stdin.readline()
for value in range(1, {TIMES} + 1):
    wanted = {{name: value}}
    settings = write_changes(settings, with_changes(settings, wanted), wanted)
    kept = tomllib.loads((folder / "settings.toml").read_text("utf-8"))[section][key]
    assert kept == value, f"{{name}} is {{kept}} again, not {{value}}"
"""
# Holds the lock until it is killed.
HANGING = """
import os, sys
from artkeep.settings.change import _take
assert _take(os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600))
print("locked", flush=True)
sys.stdin.readline()
"""


def test_instances_that_change_different_keys_at_once_lose_nothing(tmp_path: Path) -> None:
    """CR-14 with several writers: a save keeps what another one has just saved."""
    (tmp_path / "settings.toml").write_text("# mine\n[ui]\nlanguage = 'en'\n", "utf-8")
    names = ("workers.download", "workers.tags", "disk.keep_free")
    instances = [
        subprocess.Popen(
            [sys.executable, "-c", INSTANCE, str(tmp_path), name],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for one in instances:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in instances:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    complaints = [one.communicate()[1] for one in instances]
    assert complaints == [""] * len(names)
    text = (tmp_path / "settings.toml").read_text("utf-8")
    assert text.startswith("# mine\n")
    assert tomllib.loads(text) == {
        "ui": {"language": "en"},
        "workers": {"download": TIMES, "tags": TIMES},
        "disk": {"keep_free": TIMES},
    }
    assert {path.name for path in tmp_path.iterdir()} == {"settings.toml", LOCK}


def test_an_instance_that_hangs_while_it_writes_is_named_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change, "_PATIENCE_S", 0.1)
    settings = load_settings({"data_dir": tmp_path}, environ={})
    wanted = {"workers.download": 9}
    hanging = subprocess.Popen(
        [sys.executable, "-c", HANGING, str(tmp_path / LOCK)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with hanging:
        assert hanging.stdout is not None
        assert hanging.stdout.readline() == "locked\n"
        with pytest.raises(UsageError, match="Another instance") as refused:
            write_changes(settings, with_changes(settings, wanted), wanted)
        assert refused.value.code == "settings_file"
        assert not (tmp_path / "settings.toml").exists()
        hanging.kill()
    write_changes(settings, with_changes(settings, wanted), wanted)
    assert "download = 9" in (tmp_path / "settings.toml").read_text("utf-8")
