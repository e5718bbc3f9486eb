"""Appending when a reply can get lost: the only place that handles an unknown outcome."""

from __future__ import annotations

from typing import Final

from core.store.codes import failure
from core.store.fencing import refused
from core.store.port import Append, AppendUnknown, Store, StoreFenced, StoreUnavailable

UNSETTLED: Final = "store_unsettled"
"""Code of an append that may be there or not."""

TRIES_MAX: Final = 3
"""Appends of one batch: each lost reply costs a timeout, and after three the store is as good as
gone.
"""


def append(store: Store, append: Append) -> None:
    """Commit records, and find out by the journal's end when the reply gets lost.

    The same bytes with the same number, epoch and hash are asked for again, and the store takes
    them at most once.
    Errors: those of ``Store.append`` without ``AppendUnknown``; ``StoreUnavailable`` with
    ``store_unsettled`` when the store cannot be asked. Then the append may be there: the caller
    leaves its working state, sends nothing, and asks ``landed`` before it goes on; a caller that
    simply appends is fenced if it landed, which is safe.
    """
    lost = False
    for _ in range(TRIES_MAX):
        try:
            store.append(append)
            return
        except StoreFenced:
            # a lost try may have arrived after the journal's end was read
            if landed(store, append):
                return
            raise
        except AppendUnknown:
            lost = True
        except StoreUnavailable:
            if not lost:
                raise
            break
        try:
            if landed(store, append):
                return
        except StoreUnavailable:
            break
    raise failure(StoreUnavailable, UNSETTLED, where=store.name)


def landed(store: Store, append: Append) -> bool:
    """Say whether an append is the end of the journal; ``False`` when the journal ends right before
    it.

    Errors: ``StoreFenced`` when the journal ends in any other way, or has another writer;
    ``StoreUnavailable``.
    """
    head = store.head()
    if head.number == append.last and head.hash == append.hash:
        return True
    expected = (append.first - 1, append.previous, append.epoch)
    if (head.number, head.hash, head.epoch) == expected:
        return False
    raise refused(append, head, store.name)
