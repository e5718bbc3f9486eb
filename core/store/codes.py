"""Every code of the store: what happened, and what to do.

Rules of this file
1. ``{where}`` is a file or a server without its credentials; it never is an address with a
   password.
2. A code that can stop a trading process says what state the journal is in.
"""

from __future__ import annotations

from typing import Final, TypeVar

from core.codes import Code, fill, table
from core.store.port import StoreFailure

CODES: Final = table(
    # who may write
    Code(
        "store_fenced",
        "Another process became the writer of {where}: its epoch is {value}, ours was {limit}.",
        "Only one bridge may write a journal. Stop the other one, or leave this one stopped.",
    ),
    Code(
        "store_sequence",
        "The journal in {where} ends at record {value}; this process knew record {limit} "
        "as its end.",
        "Restart: boot reads the journal again. If it comes back, run `bascule journal verify`.",
    ),
    Code(
        "store_went_back",
        "The store {where} is older than what this machine remembers: it ends at "
        "{value}, we knew {limit}.",
        "A backup was restored or a disk lost writes. Bring the newer store back, or reconcile "
        "each account and accept the loss by name.",
    ),
    Code(
        "store_empty",
        "The store {where} is empty, but this machine remembers record {limit} of its journal.",
        "Bring the store back, or accept a fresh start by name after each account was reconciled.",
    ),
    Code(
        "store_other",
        "The store {where} holds the journal {value}; {limit} was expected.",
        "Correct the address of the store, or the journal's id in the configuration.",
    ),
    Code(
        "store_unsettled",
        "The reply to an append to {where} was lost, and the store cannot be asked "
        "whether it is there.",
        "Nothing is sent until the store answers again. Look after the store's server.",
        retryable=True,
        status=503,
    ),
    Code(
        "store_reply_lost",
        "The reply to an append to {where} was lost ({value}).",
        "The bridge reads the end of the journal and finds out by itself.",
        retryable=True,
        status=503,
    ),
    # what is there cannot be read
    Code(
        "store_corrupt",
        "The store {where} is damaged: {value}.",
        "Stop, copy the files away, and restore the newest backup. `bascule journal "
        "verify` names the records.",
    ),
    Code(
        "store_foreign",
        "{where} is no journal of Bascule: {value}.",
        "Correct the address of the store.",
    ),
    Code(
        "store_format",
        "The store {where} has format {value}; this version writes format {limit}.",
        "Use the version of Bascule that wrote it, or a newer one.",
    ),
    Code(
        "store_missing",
        "There is no journal in {where} ({value}).",
        "Correct the address of the store, or start the bridge once: it makes the journal.",
    ),
    Code(
        "store_segment_missing",
        "The segment file {where} is gone.",
        "Bring the file back from a backup: it holds the older part of the journal.",
    ),
    Code(
        "store_segment_torn",
        "The segment file {where} ends in the middle: {value}.",
        "Bring the file back from a backup.",
    ),
    Code(
        "store_segment_damaged",
        "The segment file {where} was changed: {value}.",
        "Bring the file back from a backup.",
    ),
    Code(
        "store_segments_unwritable",
        "A finished segment could not be moved to {where}: {value}.",
        "The journal is whole and goes on. Make room in that folder, or correct its permissions.",
        retryable=True,
    ),
    # it cannot be written now
    Code(
        "store_locked",
        "The store {where} is locked by another program ({value}).",
        "Close the program that has it open: a backup, a database browser, a second bridge.",
        retryable=True,
        status=503,
    ),
    Code(
        "store_full",
        "There is no room left for the store {where} ({value}).",
        "Free disk space (for Redis: memory, or raise `maxmemory`).",
        retryable=True,
        status=503,
    ),
    Code(
        "store_read_only",
        "The store {where} cannot be written ({value}).",
        "Correct the owner and permissions of the file, or use the primary server, not a replica.",
        retryable=True,
        status=503,
    ),
    Code(
        "store_sync_failed",
        "The system could not say that the bytes of {where} reached the disk ({value}).",
        "The process ends, because a second try proves nothing. Check the disk, then start again.",
    ),
    Code(
        "store_closed",
        "The store {where} is closed.",
        "This is a defect of the program: please report it.",
    ),
    Code(
        "store_unreachable",
        "The store {where} cannot be reached ({value}).",
        "Start the server, or correct its address; nothing was written.",
        retryable=True,
        status=503,
    ),
    Code(
        "store_loading",
        "The store {where} is still loading its data.",
        "Wait: it answers when it has read its files.",
        retryable=True,
        status=503,
    ),
    Code(
        "store_busy",
        "The store {where} is busy with somebody's long script.",
        "Find and end that script (`SCRIPT KILL`), and keep other uses off this server.",
        retryable=True,
        status=503,
    ),
    Code(
        "store_misconfigured",
        "The store {where} refuses writes, because it cannot save its own files ({value}).",
        "Read the server's log: most often its disk is full or its folder is not writable.",
        retryable=True,
        status=503,
    ),
    Code(
        "store_not_ours",
        "The file {where} may not be read by the user who runs this ({value}).",
        "Run Bascule as the user who started it first, or give the data folder to this one: "
        "`sudo chown -R $USER FOLDER`. What was started once by sudo belongs to root.",
    ),
    Code(
        "store_denied",
        "The store {where} refuses our user or password, or its rights do not suffice ({value}).",
        "Correct the credentials, or allow the user the keys `bascule:*`, scripts, "
        "streams and CONFIG GET.",
    ),
    Code(
        "store_cluster",
        "The store {where} is a node of a cluster and says that the journal lives elsewhere.",
        "Use a single primary server with `appendfsync always`; a cluster fails over "
        "with lost writes.",
    ),
    Code(
        "store_refused",
        "The store {where} refused a command: {value}.",
        "Redis 6.2 or later, or Valkey, is needed. If it is, please report this text.",
    ),
    Code(
        "store_insecure",
        "The store {where} is not on this machine, and its address has {value}.",
        "Use `rediss://` (TLS) and a password for a server that is not on this machine.",
    ),
    # addresses
    Code(
        "store_url_unknown",
        "A store of the kind {value} is not known.",
        "Known are: {limit}.",
    ),
    Code(
        "store_url_invalid",
        "The address of the store cannot be read: {value}.",
        "Write it like `sqlite:///journal.db` or `rediss://user:password@host:6379/0`.",
    ),
    Code(
        "store_engine_missing",
        "The package {value} that speaks to this store is not installed.",
        "Install Bascule with its locked requirements.",
    ),
    # the chain
    Code(
        "journal_gap",
        "Records {value} are missing: {where} comes right after record {limit}.",
        "Records were dropped. Restore the journal from a backup; what is after them is "
        "not proven.",
    ),
    Code(
        "journal_repeated",
        "Records {value} stand again after record {limit} was reached.",
        "Records were inserted or put in another order. Restore the journal from a backup.",
    ),
    Code(
        "journal_changed",
        "Records {value} are not what was committed: their hash differs.",
        "Records were changed. Restore the journal from a backup.",
    ),
    Code(
        "journal_link",
        "Records {value} were written after another record {limit} than the one that stands there.",
        "Records up to {limit}, or these, were replaced. Restore the journal from a backup.",
    ),
    Code(
        "journal_epoch",
        "Records {value} carry an older epoch than record {limit} before them.",
        "A writer that was fenced wrote again, or records were forged. Restore the "
        "journal from a backup.",
    ),
    Code(
        "journal_count",
        "Records {value} are said to be so many, but {limit} lines are there.",
        "Records were changed, or a version of Bascule has a defect. Restore the journal "
        "from a backup.",
    ),
    Code(
        "journal_cut",
        "Records {value} are gone: the journal ends at record {limit}.",
        "The end was cut off. Bring the newer journal back.",
    ),
    Code(
        "journal_seal",
        "Records up to {value} are not those with which their segment {limit} was sealed.",
        "A segment was replaced. Restore its file from a backup.",
    ),
    # beside the store
    Code(
        "mark_unreadable",
        "The high-water mark {where} cannot be read: {value}.",
        "The journal cannot be compared with what this machine knew. Verify it, then "
        "delete the mark by hand.",
    ),
    Code(
        "emergency_full",
        "The emergency file {where} has no room: {value}.",
        "Neither it nor the journal takes a record, and what could not be remembered is not done: "
        "the bridge ends. Free disk space and start it again; until then act at the venue itself.",
        retryable=True,
        status=503,
    ),
    Code(
        "emergency_sync_failed",
        "The emergency file {where} could not be brought to the disk ({value}).",
        "Check the disk. The process ends after it tried to cancel entries.",
    ),
)

_Kind = TypeVar("_Kind", bound=StoreFailure)


def failure(
    kind: type[_Kind], code: str, *, value: object = "", limit: object = "", where: object = ""
) -> _Kind:
    """Make a failure in the words of its row: the sentence with its facts, then the fix."""
    row = CODES[code]
    facts = (str(value), str(limit), str(where))
    return kind(code, f"{fill(row.sentence, *facts)} {fill(row.fix, *facts)}")
