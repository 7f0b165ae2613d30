"""Reads that workers need one by one, asked of the database for several at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

V = TypeVar("V")


class Together(Generic[V]):
    """While one read is on its way, what is asked for next gathers. One event loop only."""

    def __init__(self, read: Callable[[Sequence[int]], Awaitable[Mapping[int, V]]]) -> None:
        self._read = read
        self._gathering: list[int] = []
        self._next: asyncio.Task[Mapping[int, V]] | None = None
        self._turn = asyncio.Lock()

    async def get(self, key: int) -> V | None:
        """What `read` says of `key`; its errors pass through."""
        if self._next is None:
            self._next = asyncio.create_task(self._read_next())
        self._gathering.append(key)
        return (await asyncio.shield(self._next)).get(key)

    async def _read_next(self) -> Mapping[int, V]:
        async with self._turn:
            keys, self._gathering, self._next = self._gathering, [], None
            return await self._read(keys)
