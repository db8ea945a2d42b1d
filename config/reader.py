"""The one reader of a process: it hears of facts, reads what is new once, and tells all who listen.

It wakes on Valkey's channel, and at least every second: without Valkey it only wakes later.
However many listen, the database is asked once.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar
from weakref import WeakKeyDictionary

import structlog
from django.conf import settings
from django.db import Error as DatabaseError
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from config.conductor import WAKES
from config.increments import let_go, market_end, read_after
from config.listeners import Listener, Listeners
from counter.waking import facts_channel

log = structlog.get_logger(__name__)
Got = TypeVar("Got")
EVERY_SECONDS = 1.0
# What comes within this time is read and told together.
TOGETHER_SECONDS = 0.05
PATIENCE_SECONDS = 2.0


class Reader:
    """Runs while somebody listens."""

    def __init__(self) -> None:
        """Prepare one thread, and with it one connection, for the database."""
        self.listeners = Listeners()
        self.last: int | None = None
        self.away = False
        self._listening = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="events")

    async def ask(self, question: Callable[..., Got], *facts: object) -> Got:
        """Ask the database in the reader's thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, question, *facts)

    async def join(self, listener: Listener) -> None:
        """Let a listener hear all that happens from now on."""
        self.listeners.all.add(listener)
        if self._task is None:
            self._listening.clear()
            self._task = asyncio.create_task(self._run())
        if listener.product and self.last is None:
            self._begin(await self.ask(market_end))
        with suppress(TimeoutError):
            await asyncio.wait_for(self._listening.wait(), PATIENCE_SECONDS)

    def leave(self, listener: Listener) -> None:
        """Forget a listener; within a second of the last one's leaving the reader rests."""
        self.listeners.all.discard(listener)

    def rest(self) -> None:
        """Keep no connection open while nobody listens; the thread does it when it is free."""
        if not self.listeners:
            self._thread.submit(let_go)

    async def _run(self) -> None:
        try:
            while self.listeners:
                await self._listen()
        finally:
            # At once, so that who joins from here on starts a reader of its own.
            self._task, self.last = None, None
            self._thread.submit(let_go)

    async def _listen(self) -> None:
        """Listen to the channel until it goes away; then look once, a second later."""
        try:
            async with (
                Redis.from_url(settings.REDIS_URL, socket_connect_timeout=EVERY_SECONDS) as valkey,
                valkey.pubsub() as channel,
            ):
                await channel.subscribe(facts_channel())
                self._heard(away=False)
                while self.listeners:
                    self.listeners.tell_facts(await _facts(channel))
                    await self._catch_up()
        except (RedisError, OSError) as problem:
            log.warning("live_data_without_valkey", problem=str(problem))
            self._heard(away=True)
            await asyncio.sleep(EVERY_SECONDS)
            await self._catch_up()

    def _heard(self, *, away: bool) -> None:
        self.away = away
        self._listening.set()

    async def _catch_up(self) -> None:
        try:
            while await self._step():
                pass
        except DatabaseError as problem:
            log.warning("live_data_without_database", problem=str(problem))
            await asyncio.sleep(EVERY_SECONDS)
        except Exception:  # one bad event must not silence the facts
            log.exception("live_data_not_read", after=self.last)
            self.listeners.drop_followers()
            self.last = None
            await asyncio.sleep(EVERY_SECONDS)

    def _begin(self, end: int) -> None:
        """Tell what comes after a number, unless the reader is under way already."""
        if self.last is None:
            self.last = end

    async def _step(self) -> bool:
        """Read and tell one stretch; return whether there is more."""
        products = self.listeners.products
        if not products and not self.away:
            self.last = None
            return False
        if self.last is None:
            self._begin(await self.ask(market_end))
        reading = await self.ask(read_after, self.last, products)
        self.last = reading.last
        for product, parcel in reading.parcels.items():
            self.listeners.tell(parcel, product=product)
        if self.away and reading.traded:
            self.listeners.tell_facts(["traded"])
        return reading.more


async def _facts(channel: PubSub) -> list[str]:
    """Return the facts of the next moment, each once; none after a second of silence."""
    heard: list[str] = []
    message = await channel.get_message(ignore_subscribe_messages=True, timeout=EVERY_SECONDS)
    if message is not None:
        await asyncio.sleep(TOGETHER_SECONDS)
    while message is not None:
        heard.append(message["data"].decode())
        message = await channel.get_message(ignore_subscribe_messages=True, timeout=0)
    return [fact for fact in dict.fromkeys(heard) if fact in WAKES]


_READERS: "WeakKeyDictionary[asyncio.AbstractEventLoop, Reader]" = WeakKeyDictionary()


def reader() -> Reader:
    """Return the reader of this process (of its event loop)."""
    loop = asyncio.get_running_loop()
    if loop not in _READERS:
        _READERS[loop] = Reader()
    return _READERS[loop]
