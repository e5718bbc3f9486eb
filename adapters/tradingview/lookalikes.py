"""Field names that are not ours but change an order in other products, and what is meant by them
here.

Rules of this file
1. A name that may change the order is refused, never dropped: an alert whose ``qty`` is ignored
   trades the route's own quantity.
2. Names are compared in lower case without ``_`` and ``-``: ``orderType`` and ``order_type`` are
   one name.
3. A name that only informs (``interval``, ``exchange``, ``bar``) is not here; it is told as
   ignored.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

RENAMED: Final[dict[str, tuple[str, ...]]] = {
    "quantity": (
        *("qty", "size", "contracts", "amount", "volume", "vol", "lot", "lots", "shares", "units"),
        *("ordersize", "orderqty", "ordercontracts", "vollots", "voldollar"),
        *("amountpertrade", "investmentamount", "sizeusd", "orderamount", "orderquantity"),
        *("sizebyleverage", "q", "notional", "cost", "allocation", "quoteqty", "quoteorderqty"),
        *("quotequantity", "quoteamount", "baseqty", "basequantity", "baseamount", "usdamount"),
        *("amountusd", "amountusdt", "usdtamount", "sizeusdt", "dollaramount"),
        *("usd", "usdt"),
    ),
    "quantity_unit": (
        *("quantitytype", "unit", "qtytype", "sizetype", "amounttype", "currencytype"),
        *("investmenttype", "amountpertradetype", "qtyunit", "sizeunit"),
    ),
    "symbol": (
        *("ticker", "instrument", "pair", "market", "tickerid", "asset", "contract", "coin"),
        *("tvinstrument", "tradingpair", "sym", "product"),
    ),
    "action": (
        *("side", "signal", "orderaction", "direction", "command", "cmd", "operation", "orderside"),
        *("isbuy", "issell", "isclose", "buy", "sell", "long", "short", "exit", "entry", "cancel"),
        *(
            "close",
            "closeposition",
            "closeall",
            "flat",
            "flatten",
            "alertaction",
            "transactiontype",
        ),
        *("tradetype", "signaltype", "actiontype", "op", "bs", "buysell"),
    ),
    "effect": ("positioneffect", "intent", "sentiment", "openclose"),
    "order_type": ("type", "pricetype", "ordtype", "typeorder"),
    "price": (
        *("limit", "limitprice", "entryprice", "orderprice", "openprice"),
        *(
            "entrypoint",
            "buyat",
            "sellat",
            "fixedprice",
            "triggeredprice",
            "referenceprice",
            "entrypips",
            "entrypct",
        ),
    ),
    "trigger": ("stopprice", "triggerprice", "activationprice", "stoptrigger", "activation"),
    "time": ("timestamp", "timenow", "datetime", "alerttime", "alerttimestamp", "firetime", "ts"),
    "id": ("alertid", "signalid", "uuid", "uid", "clientorderid", "messageid", "idempotencykey"),
    "token": (
        *("secret", "passphrase", "password", "key", "apikey", "apisecret", "auth", "signaltoken"),
        *("authkey", "emailtoken", "relaysecret", "webhooksecret", "pass", "sig", "licenseid"),
    ),
    "strategy": ("strategyname", "strategyid", "strat", "system", "botname"),
    "position": ("marketposition", "newposition", "positionside", "currentposition"),
    "prev_position": ("prevmarketposition", "previousposition", "previousmarketposition"),
    "version": ("v", "ver", "schema"),
    "stop": (
        *("stoploss", "sl", "slprice", "stoplossprice", "stoplosslimit", "stoplossstop"),
        *("stoplosses", "stops"),
    ),
    "stop_unit": ("sltype", "stoptype", "stoplosstype", "slunit", "stoplossunit", "stoplossunits"),
    "targets": (
        *("target", "takeprofit", "tp", "takeprofits", "tpprice", "takeprofitprice"),
        *("profittarget",),
    ),
    "target_unit": ("tptype", "takeprofittype", "tpunit", "tpsltype", "takeprofitunits"),
    "trail": ("trailing", "trailingstop", "trailamount", "traildist", "trailoffset", "trdist"),
    "trail_after": ("trailtrig", "trailprice", "trailtrigger", "trtrig"),
    "break_even": ("be", "betrigger", "breakeventrigger", "betrig", "movetobreakeven"),
    "break_even_offset": ("beoffset", "bedist"),
    "reduce_only": ("closeonly",),
    "target_position": ("targetsize", "targetquantity", "positiontarget"),
    "position_size": ("marketpositionsize", "newpositionsize"),
    "prev_position_size": ("prevmarketpositionsize", "previouspositionsize"),
}
"""Our field, and the names that other products have for it."""

ELSEWHERE: Final[dict[str, tuple[str, ...]]] = {
    "leverage is set at the venue": (
        "leverage",
        "lev",
        "marginmode",
        "margintype",
        "hedge",
        "tdmode",
    ),
    "the route names the accounts": (
        "account",
        "accounts",
        "accountid",
        "accountname",
        "subaccount",
        "broker",
    ),
    "an order waits for nothing": ("delay", "delayseconds", "delayms", "wait", "sleep"),
    "an alert that comes is carried out; try one with `bascule signal read`": (
        *("test", "istest", "testing", "testmode", "testorder", "dryrun", "simulate", "simulated"),
        *("simulation", "sandbox", "demo", "paper", "papertrading", "papertrade", "disable"),
        *("disabled", "isdisabled", "paused", "skip", "ignore", "enable", "enabled", "isenabled"),
        *("active", "isactive", "live", "islive", "off", "whatif"),
    ),
    "how long an order lives is set on the route": (
        *("timeinforce", "tif", "expire", "expires", "expiration", "expiry", "goodtill", "gtd"),
        *("validuntil", "ttl"),
    ),
    "the largest age of an alert is set on the route": ("maxlag", "maxage"),
    "the size comes from quantity and quantity_unit": (
        *("risk", "riskpercent", "riskpct", "riskdollar", "percent", "percentage", "balance"),
        *("volpctballoss", "volpctballots", "volpctbalmargin", "volpcteqloss", "multiplier"),
        *("mult", "sizemultiplier", "qtymultiplier", "quantitymultiplier", "lotmultiplier"),
        *("volumemultiplier", "riskmultiplier", "sizefactor", "ordervalue"),
    ),
    "an order is plain": (
        *("postonly", "iceberg", "hidden", "extendedhours", "slippage", "offset", "slip"),
        *("orderpriceoffset", "slippagepercentage", "disclosedquantity", "ordermode"),
        *("maxslippage", "slippagepct", "slippagepercent", "slippagebps"),
    ),
    "what else works is cancelled by an alert of its own": (
        *("cancelordertype", "cancelpolicy", "cancelall", "cancelorders", "cancelopen"),
        *("cancelpending", "cancelprevious", "cancelexisting"),
    ),
    "whether an order is made is for the limits of the account": (
        *("requiremarketposition", "maxpositions", "maxposition", "accfilter", "minprofit"),
        *("ignoretradingwindows", "strategyexitblock"),
    ),
    "positions are compared by reconciliation": ("syncstrategy", "outofsync"),
    "nothing is worked out from bars here": (
        *("atrtimeframe", "atrperiod", "atrmultiplier", "atrshift", "atrtrigger"),
    ),
    "a reversal is two alerts, an exit and then an entry": (
        "reverse",
        "reversal",
        "flip",
        "flattenfirst",
        "flatfirst",
        "invert",
        "opposite",
        "closeopposite",
        "closeprevious",
        "closeexisting",
    ),
    "one alert is one order": ("orders", "order", "multiple", "pyramiding", "batch", "grid", "dca"),
    "a stop is stop with stop_unit": ("slpips", "slpct", "slpercent", "stoplosspercent"),
    "targets are one text, targets with target_unit": (
        *("tppips", "tppct", "tppercent", "bracket", "brackets", "oco", "legs"),
        *("takeprofitvolumeratio", "takeprofitpercent"),
    ),
    "a trailing stop is trail with trail_unit": ("trailpercent", "trailpct"),
    "a trailing stop follows every tick": ("trailstep", "trstep", "trailingprofile"),
    "options are not traded": (
        *(
            "optiontype",
            "strike",
            "strikeprice",
            "strikesaway",
            "intrinsicvalue",
            "right",
            "opttype",
        ),
    ),
}
"""Why a field has no place in an alert, and the names of such fields."""

SWITCHES: Final = frozenset(
    ("enable", "enabled", "isenabled", "active", "isactive", "live", "islive")
)
"""Those of them whose ``false`` says that nothing is to be done: switched off they matter."""

_NAME_MAX: Final = 40
"""A longer name is compared with nothing: no field of any product has one."""

_PROTECTS: Final = frozenset(
    [
        *("stop", "stop_unit", "targets", "target_unit", "trail", "trail_after", "break_even"),
        *("break_even_offset", "reduce_only", "target_position", "trigger"),
    ]
)
"""Native fields about where a position ends."""

COUNTING: Final = frozenset({"stream"})
"""Native fields that only say by what alerts are counted: no order depends on them, so no name is
refused for being like one."""

_SLIP_MIN: Final = 8
"""Letters of another product's name in which a slip is looked for: shorter ones are like much."""

_NUMBERED: Final = re.compile(r"(?:tp|sl|target|takeprofit(?:price|volumeratio)?|stoploss)\d{1,2}")


def _reversed(groups: dict[str, tuple[str, ...]]) -> dict[str, str]:
    return {name: meant for meant, names in groups.items() for name in names}


_RENAMED: Final = _reversed(RENAMED)
_ELSEWHERE: Final = _reversed(ELSEWHERE)
_LONG: Final = sorted(name for name in _RENAMED if len(name) >= _SLIP_MIN)


def plain(name: str) -> str:
    """Bring a name into the form in which names are compared."""
    return name[: _NAME_MAX + 1].lower().replace("_", "").replace("-", "").replace(" ", "")


_ENDS: Final = frozenset(
    [*(name for name, meant in _RENAMED.items() if meant in _PROTECTS), *map(plain, _PROTECTS)]
)
"""Every name of such a field."""


def why_not_here(name: str) -> str | None:
    """Say why a field that changes orders elsewhere has no place in an alert."""
    return _ELSEWHERE.get(plain(name))


def meant_by(name: str, fields: Iterable[str]) -> str | None:
    """Say which of our fields is meant: by its name elsewhere, by another way to write ours, or by
    a slip.
    """
    key = plain(name)
    if len(key) > _NAME_MAX:
        return None
    ours = {plain(field): field for field in fields if field not in COUNTING}
    if key in ours:
        return ours[key]
    if key in _RENAMED:
        return _RENAMED[key]
    if _NUMBERED.fullmatch(key):
        return "targets" if key[0] == "t" else "stop"
    like = _closest(key, tuple(ours))
    return ours[like] if like is not None else _slipped(key)


def protects(name: str) -> bool:
    """Say whether a field is about where a position ends, under any of its names, spelt rightly."""
    key = plain(name)
    return key in _ENDS or _NUMBERED.fullmatch(key) is not None


@lru_cache(maxsize=4096)
def _closest(key: str, ours: tuple[str, ...]) -> str | None:
    """Find the field in whose name there is one slip; the same few names come each time."""
    return next(iter(difflib.get_close_matches(key, ours, n=1, cutoff=0.8)), None)


@lru_cache(maxsize=1024)
def _slipped(key: str) -> str | None:
    """Find a long name of another product with a slip in it; the same few come each time."""
    like = difflib.get_close_matches(key, _LONG, n=1, cutoff=0.88)
    return _RENAMED[like[0]] if like else None
