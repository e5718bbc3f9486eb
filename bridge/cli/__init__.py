"""The command ``bascule``: for people on a terminal, and as JSON for programs.

Rules of this folder
1. ``main`` answers ``--help`` and ``--version`` by itself and imports nothing for it; every command
   imports what it needs when it runs.
2. A command says what it does in one object; ``--json`` prints it, else it is put into words.
3. What others wrote reaches the terminal through ``Screen`` only, which lets no control character
   pass.
4. A command ends with a code of ``bridge.exits``, and says why in one sentence with what mends
   it.
"""
