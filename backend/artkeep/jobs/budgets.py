"""The budgets that instances share (MI-10), asked for in the database."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from artkeep.errors import DatabaseError
from artkeep.net.shared import Ask, BudgetAway, Debt, Grant
from artkeep.store import budgets
from artkeep.store.base import Store

P = ParamSpec("P")
T = TypeVar("T")


class DatabaseBudget:
    """A `SharedBudget`. Under a name of its own: it outlives being declared dead."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._me = uuid.uuid4().hex

    async def ask(self, ask: Ask) -> Grant:
        return await self._write(budgets.grant, self._me, ask)

    async def slow_down(self, host: str) -> None:
        await self._write(budgets.slow_down, host)

    async def park(self, host: str, seconds: float, reason: str) -> None:
        await self._write(budgets.park, host, seconds, reason)

    async def leave(self, debts: Sequence[Debt]) -> None:
        await self._write(budgets.leave, self._me, debts)

    async def _write(
        self,
        function: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        try:
            return await self._store.write_alone(function, *args, **kwargs)
        except (DatabaseError, DBAPIError) as error:
            raise BudgetAway from error
