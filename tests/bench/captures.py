"""A paste of 500 creations: how long until all of them are recognised and mapped."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import psutil

from artkeep.sites.captures._rows import rows_of
from artkeep.sites.captures._text import read_text
from artkeep.sites.captures._walk import Finder

FIXTURES = Path(__file__).parents[1] / "sites" / "captures" / "fixtures"
CREATIONS = 500
MOST_S = 1.0
SAMPLES = {
    "StarryAI": "starryai-creationsV2.list.json",
    "NightCafe": "nightcafe-jobs.list.json",
    "Civitai": "civitai-generator-2024.workflow.json",
    "Novita": "novita-wrapped.json",
    "Mage.space": "mage-creation.json",
}
STRING = 100 * 2**20


def main() -> None:
    """Print seconds for each service, and for a text of 100 MiB that holds nothing."""
    for title, name in SAMPLES.items():
        _say(title, _paste((FIXTURES / name).read_text("utf-8")))
    _say_long(json.dumps({"a": "x" * STRING}))


def _paste(text: str) -> str:
    """As many creations as wanted, each with an id of its own."""
    told = json.loads(text)
    first = told[0] if isinstance(told, list) else told
    return json.dumps({"items": [_renamed(first, number) for number in range(CREATIONS)]})


def _renamed(creation: dict[str, Any], number: int) -> dict[str, Any]:
    if "task" in creation:
        return {**creation, "task": {**creation["task"], "task_id": f"task-{number}"}}
    return {**creation, "id": f"id-{number}"}


def _say(title: str, text: str) -> None:
    began = time.perf_counter()
    finder = Finder()
    for document in read_text(text).documents:
        finder.add(document)
    creations = finder.found().creations
    outputs = sum(len(rows_of(creation)[1]) for creation in creations)
    taken_s = time.perf_counter() - began
    assert len(creations) == CREATIONS
    began = time.perf_counter()
    json.loads(text)
    bare_s = time.perf_counter() - began
    verdict = "ok" if taken_s <= MOST_S else "MISSED"
    print(
        f"{title}: {CREATIONS} creations with {outputs} outputs in {len(text) / 2**20:.1f} MiB "
        f"recognised in {taken_s:.2f} s (at most {MOST_S:g} s) {verdict}, "
        f"{taken_s / bare_s:.0f} times as long as reading the JSON alone"
    )


def _say_long(text: str) -> None:
    process = psutil.Process()
    before = process.memory_info().rss
    began = time.perf_counter()
    finder = Finder()
    for document in read_text(text).documents:
        finder.add(document)
    taken_s = time.perf_counter() - began
    more = (process.memory_info().rss - before) / 2**20
    print(f"a string of {STRING / 2**20:.0f} MiB: {taken_s:.2f} s, {more:.0f} MiB of memory")


if __name__ == "__main__":
    main()
