"""Where artworks queue to have their tags asked for: many in one call, or page by page.

Single artworks come in and single answers go out; in between they are put together, as many as
the site takes in one call. Each call or page waits for its turn at the host, as all do.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

from artkeep.domain.tags import TagMethod, TagSet
from artkeep.logs import get_logger
from artkeep.net.answers import read_answer
from artkeep.net.browser import Browser
from artkeep.net.client import Client
from artkeep.net.retry import FetchFailed, current_attempt
from artkeep.sites._tags import TagSource
from artkeep.stages._tag_choice import REFUSALS, WALLS, Choice, Chooser
from artkeep.stages._tag_options import TagOptions

log = get_logger(__name__)

T = TypeVar("T")

_GATHER_S = 0.004
_MOST_ROUNDS = 12  # of one artwork, through refusals and other ways


@dataclass(eq=False, slots=True)
class _Asked:
    """One artwork in the queue."""

    site_id: str
    attempt: int
    answer: asyncio.Future[tuple[TagSet, TagMethod]]
    rounds: int = 0


@dataclass(slots=True)
class _Pace:
    """Leaves a time between calls, on top of what the host's own limiter does."""

    rate: float | None
    next_at: float = 0.0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def wait(self) -> None:
        if self.rate is None:
            return
        async with self.turn:
            now = asyncio.get_running_loop().time()
            if self.next_at > now:
                await asyncio.sleep(self.next_at - now)
            self.next_at = max(now, self.next_at) + 1 / self.rate


class TagDesk:
    """One site, asked in one way by whoever has the same options."""

    def __init__(
        self,
        source: TagSource,
        options: TagOptions,
        client: Client,
        browser: Callable[[], Browser],
        *,
        time_scale: float = 1.0,
    ) -> None:
        self._source = source
        self._options = options
        self._client = client
        self._browser = browser
        self._chooser = Chooser(options.method, has_key=source.has_key, time_scale=time_scale)
        self._pace = _Pace(options.rate)
        self._queue: deque[_Asked] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._gathering: asyncio.TimerHandle | None = None
        self._renewing = asyncio.Lock()

    @property
    def choice(self) -> Choice:
        """Which way is gone, and why."""
        return self._chooser.now

    async def ask(self, site_id: str, attempt: int = 0) -> tuple[TagSet, TagMethod]:
        """The tags of one artwork, and how they were got. Raises FetchFailed."""
        if not site_id.isascii() or not site_id.isdigit():
            raise FetchFailed("request_refused", detail="not the number of an artwork")
        loop = asyncio.get_running_loop()
        asked = _Asked(site_id, attempt, loop.create_future())
        self._queue.append(asked)
        self._wake()
        return await asked.answer

    async def close(self) -> None:
        """Ask nothing more."""
        if self._gathering is not None:
            self._gathering.cancel()
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        _give_up(self._queue)

    def _wake(self) -> None:
        """Go when a call is full, else in a moment: more may come."""
        if len(self._queue) >= self._size():
            self._dispatch()
        elif self._gathering is None:
            loop = asyncio.get_running_loop()
            self._gathering = loop.call_later(_GATHER_S, self._dispatch)

    def _size(self) -> int:
        return 1 if self.choice.method is TagMethod.READ else self._source.batch

    def _dispatch(self) -> None:
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None
        # Until a way has worked one goes ahead: ten refusals at once would get us shut out.
        most = self._options.at_once if self._chooser.is_proven else 1
        while self._queue and len(self._running) < most:
            method = self.choice.method
            batch: list[_Asked] = []
            while self._queue and len(batch) < self._size():
                asked = self._queue.popleft()
                if not asked.answer.done():  # who asked may have gone
                    batch.append(asked)
            if not batch:
                break
            task = asyncio.create_task(self._run(batch, method))
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            self._dispatch()

    async def _run(self, batch: list[_Asked], method: TagMethod) -> None:
        current_attempt.set(min(asked.attempt for asked in batch))
        try:
            await self._pace.wait()
            if method is TagMethod.READ:
                answers: list[TagSet | FetchFailed] = [await self._read(batch[0].site_id)]
            else:
                call = self._call_plainly if method is TagMethod.KEY else self._call_in_page
                answers = await self._source.ask(call, [asked.site_id for asked in batch])
                _require_some_answer(answers)
        except FetchFailed as failed:
            self._fail(batch, method, failed)
        except asyncio.CancelledError:
            _give_up(batch)
            raise
        except Exception as error:  # a bug: whoever asked fails with it
            for asked in batch:
                if not asked.answer.done():
                    asked.answer.set_exception(error)
        else:
            self._chooser.worked(method)
            for asked, answer in zip(batch, answers, strict=True):
                if asked.answer.done():
                    continue
                if isinstance(answer, FetchFailed):
                    asked.answer.set_exception(answer)
                else:
                    asked.answer.set_result((answer, method))

    def _fail(self, batch: list[_Asked], method: TagMethod, failed: FetchFailed) -> None:
        before = self.choice
        goes_on = self._chooser.refused(method, failed)
        if self.choice != before:
            log.warning("tags are asked for in another way", why=failed.message)
        for asked in reversed(batch):
            asked.rounds += 1
            if asked.answer.done():
                continue
            if goes_on and asked.rounds < _MOST_ROUNDS:
                self._queue.appendleft(asked)
            else:
                asked.answer.set_exception(_copy(failed))

    async def _call_plainly(self, url: str) -> Any:
        return await self._client.get_json(url, headers=self._source.headers)

    async def _call_in_page(self, url: str) -> Any:
        try:
            return await self._turn(url, lambda: self._from_page(url))
        except FetchFailed as failed:
            if failed.reason != "challenge":
                raise
        # The site wants to look at the browser: let it, once, and ask again.
        async with self._renewing:
            front = self._source.front
            await self._turn(front, lambda: self._browser().renew(front))
        return await self._turn(url, lambda: self._from_page(url))

    async def _from_page(self, url: str) -> Any:
        reply = await self._browser().call(self._source.home, url)
        page = reply.text.encode("utf-8", "surrogatepass")
        return read_answer(reply, urlsplit(url).hostname or "", page, ())

    async def _read(self, site_id: str) -> TagSet:
        url = self._source.page_url(site_id)

        async def read() -> TagSet:
            seen = await self._browser().look(url, self._source.look)
            return self._source.read(site_id, seen)

        return await self._turn(url, read)

    async def _turn(self, url: str, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Ask when the host's limits allow. It learns from what says something about the host;
        that it does not like this way of asking is ours to deal with."""
        wall: FetchFailed | None = None
        async with self._client.visit(url):
            try:
                return await ask()
            except FetchFailed as failed:
                if failed.reason not in WALLS and failed.reason != "no_browser":
                    raise
                wall = failed
        raise wall


def _require_some_answer(answers: list[TagSet | FetchFailed]) -> None:
    """A call of which every part was refused alike was refused as a whole."""
    reasons = {one.reason if isinstance(one, FetchFailed) else "" for one in answers}
    if len(reasons) == 1 and reasons <= REFUSALS - {"not_found", "gone"}:
        assert isinstance(answers[0], FetchFailed)
        raise answers[0]


def _give_up(queue: Iterable[_Asked]) -> None:
    """The desk closes. Who waits may ask another one; a cancelled answer would end him."""
    for asked in queue:
        if not asked.answer.done():
            asked.answer.set_exception(FetchFailed("browser_died"))


def _copy(failed: FetchFailed) -> FetchFailed:
    """Each artwork counts its own tries."""
    return FetchFailed(
        failed.reason,
        host=failed.host,
        http_status=failed.http_status,
        detail=failed.detail,
        retry_after_s=failed.retry_after_s,
    )
