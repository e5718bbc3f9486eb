"""The engines, each with a journal of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.contract.store.engines import Engine, MemoryEngine, RedisEngine, SqliteEngine
from tests.servers import Server, start_valkey, system_redis

_NUMBERS = count(1)

SQLITE = pytest.param("sqlite")
MEMORY = pytest.param("memory")
SERVERS = [pytest.param("redis", marks=pytest.mark.redis)]
if system_redis() is not None:
    SERVERS.append(pytest.param("system_redis", marks=pytest.mark.redis))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that do not harm it."""
    running = start_valkey(tmp_path_factory.mktemp("valkey"))
    yield running
    running.kill()


@pytest.fixture(scope="session")
def system_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run the machine's own redis-server; only asked for where there is one."""
    running = start_valkey(tmp_path_factory.mktemp("redis"), binary=system_redis())
    yield running
    running.kill()


def make_engine(request: pytest.FixtureRequest, name: str, folder: Path) -> Engine:
    """Build an engine by its name."""
    if name == "sqlite":
        return SqliteEngine(folder)
    if name == "memory":
        return MemoryEngine(folder)
    fixture = "server" if name == "redis" else "system_server"
    running: Server = request.getfixturevalue(fixture)
    return RedisEngine(folder, running.url, f"test{next(_NUMBERS)}")


@pytest.fixture(params=[SQLITE, MEMORY, *SERVERS])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Every engine in turn."""
    made = make_engine(request, request.param, tmp_path)
    yield made
    made.close()


@pytest.fixture(params=[SQLITE, *SERVERS])
def durable(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Every engine that moves segments into files."""
    made = make_engine(request, request.param, tmp_path)
    yield made
    made.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[SqliteEngine]:
    """Only SQLite."""
    made = SqliteEngine(tmp_path)
    yield made
    made.close()


@pytest.fixture
def redis(tmp_path: Path, server: Server) -> Iterator[RedisEngine]:
    """Only the server; the test wants the marker ``redis``."""
    made = RedisEngine(tmp_path, server.url, f"test{next(_NUMBERS)}")
    yield made
    made.close()
