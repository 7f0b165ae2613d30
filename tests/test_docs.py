"""The docs tell the truth: settings, sites, commands and links in them exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from types import ModuleType

import pytest

from artkeep.domain.artwork import Status
from artkeep.domain.target import Target, TargetKind
from artkeep.settings import PREFIX, Settings
from artkeep.settings.facts import setting_names
from artkeep.sites._adapter import Listing
from artkeep.sites._registry import adapters
from tests.sites.fake_client import FakeClient

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
READMES = ("README.md", "README.zh-CN.md")
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
SITES = adapters(Settings(data_dir=ROOT, library=ROOT))


def code_blocks(path: Path, language: str = "") -> list[str]:
    """The fenced blocks of a page, of one language."""
    text = path.read_text("utf-8")
    blocks = re.findall(r"^ *```(\w*)\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    return [block for name, block in blocks if name == language]


def commands(name: str) -> list[list[str]]:
    """Every `artkeep …` line in the code blocks of a README, without its comment, in words."""
    found = []
    for block in code_blocks(ROOT / name):
        for line in block.splitlines():
            words = shlex.split(line.partition("  #")[0])
            if words and words[0].rpartition("/")[2] == "artkeep":
                found.append(words[1:])
    return found


@pytest.mark.parametrize("name", setting_names())
def test_every_setting_and_its_variable_are_described(name: str) -> None:
    text = (DOCS / "settings.md").read_text("utf-8")
    assert f"| `{name}` | `{PREFIX}{name.upper().replace('.', '__')}` |" in text


def test_no_setting_is_described_that_does_not_exist() -> None:
    described = re.findall(
        r"^\| `([\w.]+)` \|", (DOCS / "settings.md").read_text("utf-8"), re.M
    )
    assert described == setting_names()


@pytest.mark.parametrize("readme", READMES)
def test_settings_in_a_readme_exist(readme: str) -> None:
    text = (ROOT / readme).read_text("utf-8")
    known = {f"{PREFIX}{name.upper().replace('.', '__')}" for name in setting_names()}
    named = set(re.findall(rf"\b{PREFIX}\w+", text))
    assert named
    assert named <= known


@pytest.mark.parametrize("name", SITES)
def test_every_site_is_listed(name: str) -> None:
    assert f"| `{name}` |" in (DOCS / "adding-a-site.md").read_text("utf-8")


@pytest.mark.parametrize("readme", READMES)
def test_every_command_of_a_readme_is_understood(readme: str) -> None:
    from artkeep.cli.app import build_parser

    parser = build_parser()
    found = commands(readme)
    assert len(found) > 10
    for words in found:
        if "://" in words[1:2]:
            words = ["get", *words]
        assert parser.parse_args(words).verb == words[0]


def test_both_readmes_show_the_same_commands() -> None:
    assert commands("README.md") == commands("README.zh-CN.md")


@pytest.mark.parametrize("readme", READMES)
def test_the_launcher_knows_every_option_of_a_readme(readme: str) -> None:
    import launch_gui

    text = (ROOT / readme).read_text("utf-8")
    lines = re.findall(r"python launch_gui\.py((?: --[\w-]+(?: \w+)?)+)", text)
    assert lines
    for line in lines:
        assert launch_gui.build_parser().parse_args(line.split())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    broken = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert broken == []


def test_every_word_of_a_status_column_is_in_the_architecture() -> None:
    words = " ".join(status.value for status in Status)
    assert f"`{words}`" in (DOCS / "architecture.md").read_text("utf-8")


def test_a_decision_is_short_and_says_what_was_turned_down() -> None:
    decisions = sorted((DOCS / "decisions").glob("*.md"))
    assert decisions
    for number, path in enumerate(decisions, start=1):
        text = path.read_text("utf-8")
        assert path.name.startswith(f"{number:03}-")
        assert len(text.splitlines()) < 40
        for part in ("**Context.**", "**Decision.**", "**What follows.**", "**Turned down.**"):
            assert part in text


@pytest.fixture(scope="module")
def example() -> ModuleType:
    """The worked example of docs/adding-a-site.md as a module."""
    (source,) = code_blocks(DOCS / "adding-a-site.md", "python")
    module = ModuleType("examplebooru")
    exec(compile(source, "docs/adding-a-site.md", "exec"), module.__dict__)
    return module


def test_the_example_site_knows_its_own_links_and_no_others(example: ModuleType) -> None:
    site = example.Examplebooru()
    wanted = Target("examplebooru", TargetKind.IMAGE_TAG, "sky")
    assert site.match("https://booru.example/posts?tags=sky") == wanted
    assert site.match("examplebooru:image_tag:sky") == wanted
    assert site.match("https://booru.example.evil.test/posts?tags=sky") is None


async def test_the_example_site_walks_to_the_end(example: ModuleType) -> None:
    site = example.Examplebooru()
    post = {
        "id": 7,
        "tags": "sky sea",
        "rating": "s",
        "file_url": "https://booru.example/7.png",
    }
    client = FakeClient({"posts.json": [post, {"id": 5}]})
    target = Target("examplebooru", TargetKind.IMAGE_TAG, "sky")
    page = await site.fetch_page(client, target, Listing("posts", "tags=sky"), None, 0)
    assert [artwork.site_id for artwork in page.artworks] == ["7"]
    assert [reject.site_id for reject in page.rejects] == ["5"]
    assert (page.next_cursor, page.is_proven) == ("5", True)
    client.replies["posts.json"] = []
    last = await site.fetch_page(client, target, Listing("posts", "tags=sky"), "5", 0)
    assert (last.next_cursor, last.is_proven, client.calls[-1].params["before"]) == (
        None,
        None,
        "5",
    )
    assert await site.refresh(client, page.artworks[0]) is None
