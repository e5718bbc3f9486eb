"""Rehearsal: the real bridge in virtual time, on a machine that is not there.

Nothing here opens a socket, starts a thread or reads a clock.
"""
