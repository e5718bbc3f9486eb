"""Why an append was refused: the words for a head that is not the one which was expected."""

from __future__ import annotations

from core.store.codes import failure
from core.store.port import Append, Head, StoreFenced


def refused(append: Append, head: Head, where: object) -> StoreFenced:
    """Name what differs between the head that an append expects and the one that is there."""
    if head.epoch > append.epoch:
        return failure(
            StoreFenced, "store_fenced", where=where, value=head.epoch, limit=append.epoch
        )
    expected = append.first - 1
    if head.epoch < append.epoch or head.number < expected:
        return failure(
            StoreFenced, "store_went_back", where=where, value=head.number, limit=expected
        )
    return failure(StoreFenced, "store_sequence", where=where, value=head.number, limit=expected)
