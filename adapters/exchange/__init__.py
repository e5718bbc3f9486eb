"""A local exchange that speaks the wire protocols of real ones, for tests and rehearsals.

``running`` of ``exchange.py`` starts one inside a test; ``bascule exchange`` starts one alone.
"""
