"""Child processes that touch the bytes of strangers, so that the server never does.

A child that dies, by a limit, a crash or a stranger's hand, costs at most the one file it was
at. What a child does: `media.child_program`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import artkeep
from artkeep.errors import JobError

START_WALL_S, STILL_WALL_S, ANIMATION_WALL_S = 60.0, 120.0, 600.0
_END_S = 2.0
FILES_PER_CHILD = 1000  # then a fresh one, so that no leak of a library adds up


class ChildDied(Exception):
    """The text completes "The decoder …"."""

    def __init__(self, why: str, *, may_retry: bool) -> None:
        super().__init__(why)
        self.may_retry = may_retry


class ChildPool:
    """Up to `size` children running `module`, started when first needed. One event loop only.

    `name` is what the program is called before people: `decoder`, `converter`.
    """

    def __init__(self, module: str, name: str, size: int) -> None:
        self._module = module
        self._name = name
        self._slots = asyncio.Semaphore(size)
        self._idle: list[Child] = []
        self._is_closed = False

    async def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The reply of a child. Raises ChildDied, and JobError when none can be started at all.

        A verdict on the file comes from a fresh child: a used one may have died for nothing
        that this file did.
        """
        async with self._slots:
            while self._idle:
                child = self._idle.pop()
                try:
                    return await self._ask_child(child, request)
                except ChildDied as error:
                    if not error.may_retry:
                        raise
            return await self._ask_child(await self._start(), request)

    async def close(self) -> None:
        """End every child. Those at work end with their own `ask`."""
        self._is_closed = True
        while self._idle:
            await self._idle.pop().end()

    async def _ask_child(self, child: Child, request: dict[str, Any]) -> dict[str, Any]:
        is_usable = False
        try:
            reply = await child.ask(request)
            is_usable = child.asked < FILES_PER_CHILD and not self._is_closed
        finally:
            if is_usable:
                self._idle.append(child)
            else:  # dead, worn out, or cancelled in the middle of an answer
                await child.end()
        return reply

    async def _start(self) -> Child:
        try:
            return await Child.start(self._module)
        except (ChildDied, OSError) as error:
            why = f"it {error}" if isinstance(error, ChildDied) else str(error)
            raise JobError(
                f"The picture {self._name} does not start: {why}.",
                code=f"{self._name}_missing",
                advice="Run `artkeep doctor`.",
            ) from error


class Child:
    """One process; one request at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.asked = 0

    @classmethod
    async def start(cls, module: str) -> Child:
        """Raises ChildDied or OSError when the program does not come up."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            creationflags=_BELOW_NORMAL,
        )
        child = cls(process)
        try:
            await child._line(START_WALL_S)
        except BaseException:
            await child.end()
            raise
        return child

    async def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Raises ChildDied, after which this child is good for nothing more."""
        is_fresh, self.asked = self.asked == 0, self.asked + 1
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            await self._process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError) as error:
            raise ChildDied("was gone", may_retry=not is_fresh) from error
        reply = await self._line(STILL_WALL_S, may_retry=not is_fresh)
        if reply.get("event") == "animation":
            reply = await self._line(ANIMATION_WALL_S, may_retry=not is_fresh)
        return reply

    async def end(self) -> None:
        """Wait until it is gone. It ends itself, with what it has started, when its input does;
        one that does not is killed."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(_END_S):
                await self._process.communicate()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.communicate()

    async def _line(self, wall_s: float, *, may_retry: bool = False) -> dict[str, Any]:
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(wall_s):
                line = await self._process.stdout.readline()
                reply: dict[str, Any] = json.loads(line) if line.endswith(b"\n") else {}
        except TimeoutError as error:
            raise ChildDied(f"took more than {wall_s:.0f} s", may_retry=False) from error
        except (ValueError, ConnectionResetError) as error:
            raise ChildDied("gave no proper answer", may_retry=False) from error
        if not reply:
            raise ChildDied("died at this file", may_retry=may_retry)
        return reply


_BELOW_NORMAL = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)  # Windows only


def _environment() -> dict[str, str]:
    """Nothing but what Python needs: no keys, no proxies, no home."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    ours = str(Path(artkeep.__file__).parent.parent)
    theirs = os.environ.get("PYTHONPATH")
    return kept | {
        "PYTHONPATH": os.pathsep.join([ours, theirs] if theirs else [ours]),
        "PYTHONUTF8": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "1",  # every thread's arena counts against the memory limit
        # Pictures' memory is used again: handing it back after each costs 6 % of a conversion.
        "MALLOC_MMAP_THRESHOLD_": str(32 * 1024**2),
        "MALLOC_TRIM_THRESHOLD_": str(256 * 1024**2),
    }
