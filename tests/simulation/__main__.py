"""The simulator as a command: ``python3 dev.py simulate``."""

import sys

from tests.simulation.runner import main

if __name__ == "__main__":  # the processes of a run import this file too
    sys.exit(main(sys.argv[1:]))
