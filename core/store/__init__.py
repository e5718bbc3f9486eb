"""The journal's home: a small synchronous port and its engines. The only part of ``core`` that
touches a disk or a socket.
"""
