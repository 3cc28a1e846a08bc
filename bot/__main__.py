"""`python -m bot`: see `bot/verbs`."""

import sys

from bot.verbs import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
