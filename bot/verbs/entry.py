"""Where the verbs come together: what they are called with, and how they end.

One rule: what is the operator's or the author's to mend is told without a traceback, with exit code 2.
"""

import sys
from collections.abc import Sequence
from typing import Final

from cyclopts import App

from bot.errors import RuamkhitError

#: Exit codes: something is wrong that the verb was asked to find; the program could not be used as it is.
FOUND: Final = 1
UNUSABLE: Final = 2

app = App(
    name="python -m bot", help="A participation chatbot on LINE, Telegram and the web.", version_flags=()
)


def run(arguments: Sequence[str]) -> int:
    """Do what the arguments say; the exit code."""
    try:
        done = app(list(arguments), result_action="return_value")
    except RuamkhitError as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    except KeyboardInterrupt:
        return 130  # as a shell expects of a program that was interrupted
    return done if isinstance(done, int) else 0
