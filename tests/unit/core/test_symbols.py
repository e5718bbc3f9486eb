"""Symbols: what an account trades under a text, by tables and by rules that a person confirmed."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.instruments import Instrument
from core.setup import Account, Setup
from core.symbol_rules import FORMS_MAX, MONTHS, RULES, forms
from core.symbols import Mapped, Names, Place, Unmapped
from tests.unit.core.rolls import rolling
from tests.unit.core.setups import replaced, setup_of
from tests.unit.core.stage import Stage, codes

D = Decimal


def instrument(name: str, *aliases: str, base: str = "") -> Instrument:
    """Make an instrument of this name."""
    return Instrument(
        name=name, currency="USDT", tick=D("0.01"), lot_step=D(1), quantity_min=D(1),
        aliases=aliases, base=base,
    )  # fmt: skip


def names(*instruments: Instrument | str, rules: tuple[str, ...] = ()) -> Names:
    """Put the names of these instruments in order."""
    made = [instrument(one) if isinstance(one, str) else one for one in instruments]
    return Names(Setup(instruments={one.name: one for one in made}, symbol_rules=rules))


def account(**symbols: str) -> Account:
    """Make an account with its own symbols."""
    return Account(name="one", venue="paper", currency="USDT", symbols=symbols)


def told(known: Names, symbol: str, *, by: Account | None = None) -> str:
    """Say in words what a symbol leads to."""
    found = known.mapped(by or account(), symbol)
    if isinstance(found, Unmapped):
        return f"{found.code} {found.limit}".strip()
    target = found.target
    return f"{target.future.name}{target.depth}!" if isinstance(target, Place) else target.name


ALL: Final = tuple(RULES)

EXACT: Final = (
    "BTCUSDT.P", "CME_MINI:ES1!", "ESZ2026", "FX:EURUSD", "005930", "BRK.B", "US100.cash",
    "BTC/USDT:USDT", "SPY 240510C68", "NIFTY25JAN21500CE", "ETH-PERP", "BTC-USDT-SWAP", "EURUSDm",
)  # fmt: skip


@pytest.mark.parametrize("symbol", EXACT)
def test_a_symbol_that_stands_in_a_table_needs_no_rule(symbol: str) -> None:
    """As a name, as an alias and as the account's own; in another case it is another one."""
    other = names("X", rules=ALL)

    assert symbol == told(names(symbol), symbol)
    assert "X" == told(names(instrument("X", symbol)), symbol)
    assert "X" == told(other, symbol, by=Account(
        name="one", venue="paper", currency="USDT", symbols={symbol: "X"},
    ))  # fmt: skip
    if symbol.swapcase() != symbol:
        assert told(names(symbol), symbol.swapcase()).startswith("symbol_unknown")


@pytest.mark.parametrize(
    ("symbol", "is_called", "rule"),
    [
        ("FX:EURUSD", "EURUSD", "strip_exchange"),
        ("NASDAQ:BRK.B", "BRK.B", "strip_exchange"),
        ("KRX:005930", "005930", "strip_exchange"),
        ("BTCUSDT.P", "BTC/USDT:USDT", "perpetual_suffix"),
        ("BTCUSDT.P", "BTC-USDT-SWAP", "perpetual_suffix"),
        ("BTCUSD.P", "BTC/USD:BTC", "perpetual_suffix"),
        ("BTC/USDT:USDT", "BTCUSDT.P", "perpetual_suffix"),
        ("BTC-USDT-SWAP", "BTC/USDT:USDT", "perpetual_suffix"),
        ("BTCUSDTPERP", "BTCUSDT.P", "perpetual_suffix"),
        ("BTC/USDT", "BTCUSDT", "pair_separator"),
        ("BTCUSDT", "BTC/USDT", "pair_separator"),
        ("ETH-USDC", "ETH_USDC", "pair_separator"),
        ("ESZ6", "ESZ2026", "futures_month_codes"),
        ("ESZ26", "ESZ2026", "futures_month_codes"),
        ("ES DEC26", "ESZ2026", "futures_month_codes"),
        ("ES 12-26", "ESZ2026", "futures_month_codes"),
        ("ESZ2026", "ES 12-26", "futures_month_codes"),
        ("MNQ 06-25", "MNQM2025", "futures_month_codes"),
        ("ES MAR26", "ESH26", "futures_month_codes"),
    ],
)
def test_a_rule_maps_only_once_a_person_confirmed_it(
    symbol: str, is_called: str, rule: str
) -> None:
    """Before, it is refused with the exact line; other rules do not help."""
    others = tuple(one for one in RULES if one != rule)
    line = ", ".join(f'"{one}"' for one in RULES)

    assert f'symbol_needs_rule rules = ["{rule}"]' == told(names(is_called), symbol)
    assert f"symbol_needs_rule rules = [{line}]" == told(names(is_called, rules=others), symbol)
    assert is_called == told(names(is_called, rules=(rule,)), symbol)


def test_rules_go_together_and_say_that_they_did() -> None:
    """An exchange and a perpetual, an exchange and a month; the way is told."""
    known = names("BTC/USDT:USDT", "ESZ2026", rules=ALL)

    found = known.mapped(account(), "BINANCE:BTCUSDT.P")
    assert isinstance(found, Mapped)
    assert ("strip_exchange", "perpetual_suffix") == found.rules
    assert ("BTC/USDT:USDT", "name") == (found.form, found.table)
    assert "ESZ2026" == told(known, "CME_MINI:ESZ6")


@pytest.mark.parametrize(
    "perpetual", ["BTCUSDT.P", "BTCUSDTPERP", "BTC-USDT-SWAP", "BTC/USDT:USDT"]
)
@pytest.mark.parametrize("spot", ["BTCUSDT", "BTC/USDT", "BTC-USDT", "BTC_USDT"])
def test_a_perpetual_and_a_spot_pair_are_never_taken_for_each_other(
    perpetual: str, spot: str
) -> None:
    """With every rule confirmed, in both directions, with and without an exchange."""
    for prefix in ("", "BINANCE:"):
        assert "symbol_unknown" == told(names(spot, rules=ALL), prefix + perpetual)
        assert "symbol_unknown" == told(names(perpetual, rules=ALL), prefix + spot)
        both = names(spot, perpetual, rules=ALL)
        assert (spot, perpetual) == (told(both, spot), told(both, perpetual))


def test_an_inverse_contract_is_never_taken_for_a_linear_one() -> None:
    """What it settles in stands in ccxt's symbol; from TradingView's both are possible."""
    linear, inverse = "BTC/USD:USD", "BTC/USD:BTC"

    assert "symbol_unknown" == told(names(linear, rules=ALL), inverse)
    assert "symbol_unknown" == told(names(inverse, rules=ALL), linear)
    assert "symbol_unknown" == told(names("BTCUSD.P", rules=ALL), inverse)
    said = told(names(linear, inverse, rules=ALL), "BTCUSD.P")
    assert f"symbol_ambiguous {linear}, {inverse}" == said


def test_a_year_of_one_digit_is_the_contract_that_is_there() -> None:
    """With two decades of them it is ambiguous; and nothing is ever cut to one digit."""
    assert "ESZ2036" == told(names("ESZ2036", rules=ALL), "ESZ6")
    two = names("ESZ2026", "ESZ2036", rules=ALL)
    assert "symbol_ambiguous ESZ2026, ESZ2036" == told(two, "ESZ6")
    assert "symbol_unknown" == told(names("ESZ6", rules=ALL), "ESZ2036")


def test_the_accounts_own_table_is_asked_for_every_writing() -> None:
    """What an account calls otherwise stays so, also behind an exchange."""
    own = account(**{"ES1!": "MES"})
    setup = rolling(None, "strip_exchange", prefixes=())
    setup = replaced(setup, instruments={**setup.instruments, "MES": instrument("MES")})

    assert "MES" == told(Names(setup), "CME_MINI:ES1!", by=own)
    assert "ES1!" == told(Names(setup), "CME_MINI:ES1!")


def test_a_refusal_names_the_line_and_costs_no_order() -> None:
    """Through the engine: with its code, the line to add, and nothing sent."""
    stage = Stage()
    answer = stage.say(symbol="KRAKEN:BTCUSDT")

    assert ("symbol_needs_rule", 'rules = ["strip_exchange"]') == (answer.code, answer.limit)
    assert [] == stage.sent
    confirmed = Stage(replaced(setup_of(), symbol_rules=("strip_exchange",)))
    assert "admitted" == codes(confirmed.say(symbol="KRAKEN:BTCUSDT"))
    assert "symbol_ambiguous" == both_ways().say(symbol="BTC/USDT").code


def both_ways() -> Stage:
    """Make a stage with one pair under two names."""
    setup = setup_of()
    twin = replaced(setup.instruments["BTCUSDT"], name="BTC-USDT", aliases=())
    return Stage(
        replaced(
            setup,
            instruments={**setup.instruments, "BTC-USDT": twin},
            symbol_rules=("pair_separator",),
        )
    )


_CODE: Final = st.tuples(
    st.sampled_from(["ES", "NQ", "6E", "BTC", "CL"]),
    st.sampled_from(MONTHS),
    st.sampled_from(["2026", "26", "6", "2036", "36"]),
).map("".join)
_COIN: Final = st.tuples(
    st.sampled_from(["BTC", "ETH", "1000PEPE", "USDC"]),
    st.sampled_from(["/", "-", "_", ""]),
    st.sampled_from(["USDT", "USD", "BTC", "EUR"]),
    st.sampled_from(["", ".P", "PERP", "-SWAP", ":USDT", ":USD", ":BTC"]),
).map("".join)
_SYMBOLS: Final = st.one_of(_CODE, _COIN, st.text("ABEST126.:/-_ !Pp", min_size=1, max_size=12))
_PREFIXED: Final = st.tuples(st.sampled_from(["", "", "CME:", "BINANCE:"]), _SYMBOLS).map("".join)


@given(
    st.lists(_PREFIXED, min_size=1, max_size=6, unique=True),
    _PREFIXED,
    st.sets(st.sampled_from(ALL)),
)
def test_two_instruments_are_never_reached_by_one_symbol(
    called: list[str], symbol: str, confirmed: set[str]
) -> None:
    """What is mapped by rules is the only instrument that any of them leads to; what stands in the
    table is that; and order and rules of others change nothing."""
    rules = tuple(name for name in RULES if name in confirmed)
    found = names(*called, rules=rules).mapped(account(), symbol)
    reached = {form for form in forms(symbol, rules) if form in called}

    if symbol in called:
        assert isinstance(found, Mapped) and (symbol, ()) == (found.form, found.rules)
    elif len(reached) == 1:
        assert isinstance(found, Mapped) and found.form in reached
        assert set(found.rules) <= confirmed
    else:
        assert isinstance(found, Unmapped)
        assert (found.code == "symbol_ambiguous") is bool(reached)
    assert found == names(*called[::-1], rules=rules[::-1]).mapped(account(), symbol) or reached


@given(st.one_of(_PREFIXED, st.text(max_size=300)))
def test_writings_are_few_and_keep_what_they_stand_for(symbol: str) -> None:
    """Bounded for any text, and a perpetual's other writings are all perpetuals."""
    found = forms(symbol, RULES)

    assert symbol in found and len(found) <= FORMS_MAX
    assert forms(symbol, ()) == {symbol: ()}
    if symbol.endswith(".P") and ":" not in symbol:
        endings = (".P", "PERP", "-SWAP")
        assert all(form.endswith(endings) or ":" in form for form in found)


@pytest.mark.parametrize(
    "symbol",
    [
        *("F/CX", "BA/BA", "BTC-DEC26", "BTC/Z26", "BTCUSD_PERP", "SOL/PERP", "T/SLA"),
        *("ETH_SWAP", "NYSE:F/CX"),
    ],
)
def test_what_is_no_pair_is_not_written_as_one(symbol: str) -> None:
    """A ratio of two shares, a future and a perpetual have a sign inside as a pair has one."""
    there = ("FCX", "BABA", "BTCZ2026", "BTCUSDPERP", "SOL-PERP", "TSLA", "ETH-SWAP")

    assert "symbol_unknown" == told(names(*there, rules=ALL), symbol)


@pytest.mark.parametrize("symbol", ["ES1!", "ESZ2026", "ESZ6"])
def test_a_future_of_another_exchange_is_not_ours(symbol: str) -> None:
    """Its letters may stand for another contract there; names of one house are one."""
    setup = replaced(rolling(), symbol_rules=ALL)
    known = Names(setup)

    for exchange in ("CME_MINI", "CME", "CME_MINI_DL", "CME_DLY"):
        assert told(known, f"{exchange}:{symbol}") in ("ES1!", "ESZ2026")
    for exchange in ("EUREX", "ICEEUR", "CMEX"):
        assert "symbol_unknown" == told(known, f"{exchange}:{symbol}")
