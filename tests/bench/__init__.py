"""How fast, beside others: `make bench` runs everything and writes docs/performance.md.

    contestants.py   who takes part, and how each is started
    load.py          the people and the platform, one process on the other core
    trial.py         one run: start, load, kill -9 in the midst of it, look at what is stored
    curve.py         the same with up to ten million answers stored already
    starting.py      from the start of the process to the first reply
    report.py        what was seen, as tables and goals
    peers/           the same survey as their own documentation shows, in an environment of their own
    floors/          how little of it a server can do

One rule: a number counts only from a run that kept its word. Whoever answers 200 without having stored, or
without replying, is not slow or fast but wrong, and the benchmark fails.
"""
