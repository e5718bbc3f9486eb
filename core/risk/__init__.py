"""The risk engine: what may be done, by whom, how much.

Its verdicts are types: Approved, Held, Refused.
"""
