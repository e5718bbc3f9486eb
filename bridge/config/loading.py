"""From a file to a configuration, or to all that is wrong with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bridge.config.crosscheck import crosscheck
from bridge.config.document import Document, read_document
from bridge.config.exchange_keys import KeySource
from bridge.config.exchanges import exchanges_of, key_sources
from bridge.config.faults import read_model
from bridge.config.model import FileModel
from bridge.config.permissions import OTHERS, OWNER_ONLY, narrowing
from bridge.config.problems import (
    HIDDEN,
    PROBLEMS_MAX,
    SECRET_KEYS,
    Finding,
    Problem,
    path_text,
)
from bridge.config.store_url import SECRET_LENGTH_MIN, StoreUrl, read_store_url
from bridge.config.tokens import Secrets, read_secrets
from bridge.config.translate import (
    api_of,
    calendars_of,
    door_of,
    hash_of,
    hooks_of,
    hours_of,
    maintenance_of,
    mappings_of,
    market_of,
    paper_of,
    setup_of,
    store_of,
    waivers_of,
    with_contracts,
)
from bridge.config.values import Config


def load_file(path: Path, environ: Mapping[str, str]) -> Config | list[Problem]:
    """Read a configuration; see ``bridge.config.load``."""
    path = path.absolute()
    document = read_document(path, environ)
    if isinstance(document, Problem):
        return [document]
    folder = path.parent
    reading = read_model(document.raw)
    model = with_contracts(reading.model)
    reading = dataclasses.replace(reading, model=model)
    data = (folder / model.bridge.data).absolute()
    url = read_store_url(model.store.url, data)
    secrets = read_secrets(model, folder, environ)
    keys = key_sources(model, folder, environ)
    findings = [*reading.findings, *crosscheck(reading, document.raw), *secrets.findings]
    findings += [source for source in keys.values() if isinstance(source, Finding)]
    if not isinstance(url, StoreUrl):
        findings.append(url)
    in_file = frozenset(_secret_texts(document.raw))
    inline = bool(in_file) or _has_password(document, url)
    if inline and document.mode & OTHERS:
        command = narrowing(path, OWNER_ONLY)
        findings.append(Finding((), "config_permissions", f"{document.mode:04o}", command))
    if findings or not isinstance(url, StoreUrl):
        known = in_file | frozenset(secrets.found.values())
        return _told(document, findings, known)
    sources = {name: one for name, one in keys.items() if isinstance(one, KeySource)}
    return _config(document, model, secrets, url=url, data=data, inline=inline, keys=sources)


def _config(
    document: Document,
    model: FileModel,
    secrets: Secrets,
    *,
    url: StoreUrl,
    data: Path,
    inline: bool,
    keys: Mapping[str, KeySource],
) -> Config:
    setup = setup_of(model)
    of_venues = frozenset(secret for source in keys.values() for secret in source().secrets)
    origins = {path_text(path): variable for path, variable in document.overruled.items()}
    return Config(
        path=document.path,
        name=model.bridge.name,
        profile=model.bridge.profile,
        data=data,
        setup=setup,
        setup_hash=hash_of(setup),
        store=store_of(model, url),
        door=door_of(model),
        api=api_of(model, secrets),
        hooks=hooks_of(model, secrets),
        mappings=mappings_of(model),
        paper=paper_of(model),
        market=market_of(model, document.path.parent),
        origins=origins,
        waivers=waivers_of(model),
        secrets_inline=inline,
        mode=document.mode,
        other_secrets=url.secrets | of_venues,
        maintenance=maintenance_of(model),
        hours=hours_of(model),
        calendars=calendars_of(model, document.path.parent),
        time_servers=model.clock.servers,
        exchanges=exchanges_of(model, keys, data=data, folder=document.path.parent),
    )


def _has_password(document: Document, url: StoreUrl | Finding) -> bool:
    overruled = ("store", "url") in document.overruled
    return not overruled and isinstance(url, StoreUrl) and bool(url.secrets)


def _secret_texts(tree: Any, secret: bool = False) -> Iterator[str]:
    """Find every text that stands under a secret key, wherever that is."""
    stack = [(tree, secret)]
    while stack:
        here, inside = stack.pop()
        if isinstance(here, dict):
            stack.extend((value, inside or key in SECRET_KEYS) for key, value in here.items())
        elif isinstance(here, list):
            stack.extend((value, inside) for value in here)
        elif inside and isinstance(here, str):
            yield here


def _told(document: Document, findings: list[Finding], known: frozenset[str]) -> list[Problem]:
    problems = document.placed(findings)
    more = len(problems) - PROBLEMS_MAX
    if more > 0:
        last = Problem("config_problems_more", str(document.path), 0, 0, "", str(more))
        problems = [*problems[:PROBLEMS_MAX], last]
    hidden = sorted((secret for secret in known if len(secret) >= SECRET_LENGTH_MIN), key=len)
    return [_scrubbed(problem, hidden[::-1]) for problem in problems]


def _scrubbed(problem: Problem, secrets: list[str]) -> Problem:
    """Take known secrets out of every word of a problem: one may stand a second time under a
    harmless key.
    """

    def clean(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, HIDDEN)
        return text

    return dataclasses.replace(
        problem,
        path=clean(problem.path),
        value=clean(problem.value),
        expected=clean(problem.expected),
        suggestion=clean(problem.suggestion),
    )
