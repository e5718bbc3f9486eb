"""A simulated venue with a durable account of its own: no money, no network, the manners of a real
one.
"""
