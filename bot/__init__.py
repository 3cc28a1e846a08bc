"""Ruamkhit: a participation chatbot on LINE, Telegram and the web, for the draft of a public strategy.

Where what lives, from the words up:

    dialogue      the vocabulary: events, messages, actions, participant, records, turn   pure
    language      Thai: what may be stored, what was meant, which clause a question is about   pure
    library       the content files as typed, checked values
    (handlers)    the conversations, beside this package; `handlers.take_turn` is the turn   pure
    store         the only SQL
    runtime       intake, delivery, fetching, identity, clock, log
    channels      line, telegram, web, terminal
    secretariat   what the office gets: exports
    app           all of it joined into one web application
    verbs         what an operator types: `python -m bot --help`

ARCHITECTURE.md tells why.
"""
