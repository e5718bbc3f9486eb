"""Crypto exchanges through ccxt: one account at one venue, behind the venue port."""
