"""Loss rules of the file: presets, shares, and what they ask for."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from bridge.config import Config, load
from bridge.config.losses import LossSection
from bridge.config.presets import PRESETS
from core.loss_setup import DayFrom, OnBreach, PeakAt
from tests.unit.config.files import changed, written

D = Decimal


def made(folder: Path, loss: str, limits: str) -> Config:
    """Read the good file with a table of losses and other limits."""
    text = changed(
        "[accounts.one.limits]\ndaily_loss_max = 500\n",
        f"[accounts.one.loss]\n{loss}\n[accounts.one.limits]\n{limits}\n",
    )
    config = load(written(folder, text), {})
    assert isinstance(config, Config), config
    return config


def test_a_preset_says_how_and_the_user_how_much(tmp_path: Path) -> None:
    """It stops at four fifths of the numbers, so that the firm's rule is not reached first."""
    config = made(
        tmp_path,
        'preset = "trailing_end_of_day"\nstart_balance = 50_000',
        "daily_loss_max = 1_000\ndaily_loss_warn = 500\ntrailing_drawdown_max = 2_000",
    )
    account, limits = config.setup.accounts["one"], config.setup.limits["account:one"]

    assert (PeakAt.END_OF_DAY, OnBreach.FLATTEN, D(0), D(50_000)) == (
        account.loss.peak, account.loss.on_breach, account.loss.trailing_lock,
        account.loss.start_balance,
    )  # fmt: skip
    assert (D(800), D(500), D(1600)) == (
        limits.daily_loss_max, limits.daily_loss_warn, limits.trailing_drawdown_max,
    )  # fmt: skip


def test_what_the_file_says_goes_before_the_preset(tmp_path: Path) -> None:
    """Also where it says what the preset's default is."""
    config = made(
        tmp_path,
        'preset = "static"\nstart_balance = 1\nday_from = "equity"\nshare_percent = 100\n'
        'on_breach = "block"',
        "daily_loss_percent_max = 5\ndrawdown_percent_max = 10",
    )
    loss = config.setup.accounts["one"].loss

    assert (DayFrom.EQUITY, OnBreach.BLOCK) == (loss.day_from, loss.on_breach)
    assert D(5) == config.setup.limits["account:one"].daily_loss_percent_max


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_a_choice_of_the_file(name: str) -> None:
    """Its keys are those of the table, with values that the table takes."""
    section = LossSection.model_validate({"preset": name})
    alone = LossSection.model_validate(dict(PRESETS[name].rules))

    assert section.rules() == alone.rules()
    assert PRESETS[name].numbers
