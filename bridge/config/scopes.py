"""Every table of limits in a file, under the scope that the core knows it by."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.config.limits import OrderLimits
from bridge.config.model import FileModel


def limits_of(model: FileModel) -> Iterator[tuple[str, OrderLimits]]:
    """Name every table of limits by its scope."""
    yield "global", model.limits
    for name, group in model.groups.items():
        if group.limits is not None:
            yield f"group:{name}", group.limits
    for name, account in model.accounts.items():
        if account.limits is not None:
            yield f"account:{name}", account.limits
            for symbol, limits in account.limits.instruments.items():
                yield f"account:{name}/instrument:{symbol}", limits
    for name, strategy in model.strategies.items():
        if strategy.limits is not None:
            yield f"strategy:{name}", strategy.limits
    for name, instrument in model.instruments.items():
        if instrument.limits is not None:
            yield f"instrument:{name}", instrument.limits
