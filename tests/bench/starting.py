"""From the start of the process to the first reply, beside the time it takes to import the SDKs alone."""

import subprocess
import sys
import time
from typing import Final

from tests.bench.contestants import OURS, ROOT, SERVER_CORE, pinned
from tests.bench.trial import Trial, trial

#: What a bot on these two platforms cannot do without; pythainlp is imported in the same breath.
SDKS: Final = "import telegram, linebot.v3.messaging, linebot.v3.webhooks, pythainlp, aiosqlite"


def import_sdks() -> float:
    """Seconds a new Python takes to import the SDKs and end."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", SDKS],
        check=True,
        cwd=ROOT,
        preexec_fn=pinned(SERVER_CORE),
    )
    return time.perf_counter() - began


def first_reply() -> Trial:
    """One start of ours, with somebody pressing as soon as it listens."""
    return trial(OURS, [], once=True)
