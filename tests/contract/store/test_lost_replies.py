"""An append whose reply gets lost is settled by what the journal says, on a real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.store import settle
from core.store.chain import head_of, verified_store
from core.store.port import AppendUnknown, StoreFenced, StoreUnavailable
from core.store.redis import RedisStore, open_redis
from tests.contract.store.engines import RedisEngine, Writer
from tests.contract.store.proxy import SEAL, Loss, Proxy
from tests.servers import Server

pytestmark = pytest.mark.redis


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    """Stand between the store and the server."""
    made = Proxy(server.port)
    yield made
    made.close()


@pytest.fixture
def writer(proxy: Proxy, redis: RedisEngine) -> Iterator[Writer]:
    """Write through the proxy; the first append has loaded the script."""
    store: RedisStore = open_redis(proxy.url, journal=redis.journal, timeout_s=1)
    made = Writer(store)
    made.write()
    yield made
    store.close()


@pytest.mark.parametrize("loss", [Loss.REQUEST, Loss.REPLY])
def test_says_that_it_does_not_know(writer: Writer, proxy: Proxy, loss: Loss) -> None:
    """Neither a lost request nor a lost reply is told as written or as not written."""
    proxy.lose(loss)

    with pytest.raises(AppendUnknown) as unknown:
        writer.store.append(writer.next())
    assert "store_reply_lost" == unknown.value.code


@pytest.mark.parametrize("loss", [Loss.REQUEST, Loss.REPLY, Loss.SILENCE])
def test_settles_it_with_one_append(
    writer: Writer, proxy: Proxy, redis: RedisEngine, loss: Loss
) -> None:
    """Lost on the way there or on the way back: afterwards the records are there once."""
    append = writer.next(2)
    proxy.lose(loss)
    settle.append(writer.store, append)
    writer.head = head_of(append)
    after = writer.write()

    assert [append, after] == list(verified_store(redis.open(read_only=True)))[1:]


def test_settles_losses_one_after_another(writer: Writer, proxy: Proxy, redis: RedisEngine) -> None:
    """A second loss while settling is settled as well."""
    append = writer.next()
    proxy.lose(Loss.REQUEST, Loss.REPLY)
    settle.append(writer.store, append)

    assert append == list(verified_store(redis.open(read_only=True)))[-1]


def test_gives_up_after_some_tries(writer: Writer, proxy: Proxy, redis: RedisEngine) -> None:
    """A connection that loses every append ends the tries, and says that the outcome is open."""
    proxy.lose(*[Loss.REQUEST] * settle.TRIES_MAX)

    with pytest.raises(StoreUnavailable) as gone:
        settle.append(writer.store, writer.next())
    assert "store_unsettled" == gone.value.code
    assert 1 == redis.open(read_only=True).head().number


def test_says_when_nobody_can_be_asked(writer: Writer, proxy: Proxy, redis: RedisEngine) -> None:
    """When the server goes away with the reply, the outcome stays open and can be asked later."""
    append = writer.next()
    proxy.lose(Loss.REPLY)
    proxy.refuse()

    with pytest.raises(StoreUnavailable) as gone:
        settle.append(writer.store, append)
    assert "store_unsettled" == gone.value.code
    assert settle.landed(redis.open(read_only=True), append)


@pytest.mark.parametrize("asks_again", [True, False])
@pytest.mark.parametrize("loss", [Loss.REQUEST, Loss.REPLY])
def test_a_seal_whose_reply_was_lost_is_made_once(
    proxy: Proxy, redis: RedisEngine, loss: Loss, asks_again: bool
) -> None:
    """Nobody knows which segment is being written, so the server is asked first."""
    store = open_redis(proxy.url, journal=redis.journal, timeout_s=1, segment_records=5)
    writer = Writer(store)
    written = writer.write_many(5)
    proxy.mark = SEAL
    proxy.lose(loss, loss)
    with pytest.raises(StoreUnavailable):
        store.maintain()
    if asks_again:
        store.maintain()
    written += writer.write_many(2)
    store.maintain()
    store.close()
    reader = redis.open(read_only=True)

    assert written == list(verified_store(reader))
    assert [1] == [seal.segment for seal in reader.seals()]


def test_an_append_to_a_finished_segment_is_refused(writer: Writer, redis: RedisEngine) -> None:
    """A process that is wrong about the segment writes nothing."""
    writer.store._work_on(2, 1)  # pyright: ignore[reportAttributeAccessIssue]

    with pytest.raises(StoreFenced):
        writer.write()
    assert 1 == len(list(verified_store(redis.open(read_only=True))))


def test_another_writer_in_between_is_found(
    writer: Writer, proxy: Proxy, redis: RedisEngine
) -> None:
    """When the reply is lost and somebody else wrote meanwhile, nothing is written and we are
    fenced.
    """
    append = writer.next()
    proxy.lose(Loss.REQUEST)
    with pytest.raises(AppendUnknown):
        writer.store.append(append)
    other = Writer(redis.open())
    theirs = other.write()

    with pytest.raises(StoreFenced) as fenced:
        settle.append(writer.store, append)
    assert "store_fenced" == fenced.value.code
    assert [theirs] == list(verified_store(other.store))[1:]
