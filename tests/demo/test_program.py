from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from aiohttp import ClientSession

BACKEND = Path(__file__).parents[2] / "backend"


async def test_the_program_says_when_it_is_ready_and_ends_with_its_input(
    tmp_path: Path,
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "artkeep.demo", "--items", "30", "--cache", str(tmp_path),
        "--exit-with-stdin",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(BACKEND)},
    )  # fmt: skip
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    assert line.startswith("ready http://127.0.0.1:")
    async with (
        ClientSession() as session,
        session.get(f"{line.split()[1]}/api/v1/images?limit=3") as reply,
    ):
        assert len((await reply.json())["items"]) == 3
    await process.communicate(b"")  # closes its input
    assert process.returncode == 0
