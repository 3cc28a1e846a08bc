"""The conversations, one file each; all of them pure.

    welcome   who we are, as whom a person answers, the menu
    explain   topics, a clause in plain lines, its terms, the words of the minutes
    answer    asking a question and keeping the answer        (rounds: which questions, how they look)
    consent   what is asked before anything typed is kept
    suggest   a suggestion from topic to receipt              (files: what comes with it)
    mydata    see, copy, correct, withdraw, erase             (copying: the copy itself)
    ask       free text as a question about the draft
    words     what typed text means                           (words, numbers and labels that work everywhere)
    stop      stopping

`dispatch.take_turn` leads from an event to its handler; `scene` is what a handler is given, `ledger`
how records are kept, `prompts` what is said from more than one conversation.
"""

from handlers.copying import copy_of
from handlers.dispatch import CONVERSATIONS, take_turn

__all__ = ["CONVERSATIONS", "copy_of", "take_turn"]
