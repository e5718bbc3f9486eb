"""The scenes of a rehearsal: one classic failure each.

Rules of these files
1. A scene is a function of a play. It says what happens, lets it happen, and proves what became of
   it at the venue and in the bridge.
2. A scene is flat when it ends.
"""
