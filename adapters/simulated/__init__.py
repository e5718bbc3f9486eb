"""The simulated venue: an exchange with exact books behind a wire that loses, delays and doubles.

It is where a rehearsal and the simulator send their orders. It opens no connection to anything.
"""
