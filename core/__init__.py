"""The domain: what a signal, an order, a position and a limit are, and the function that decides.

Everything here but ``core.store`` is pure: no clock, no randomness, no I/O.
"""
