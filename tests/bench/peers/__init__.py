"""The peers: the same small survey, each in the way its library's own documentation shows.

They run in an environment of their own (requirements-bench.lock) and import nothing of this project. What all
have in common is the work: a press is stored as an answer together with the person's new state, committed with
`synchronous=FULL` before the webhook is answered 200, and the next question is really sent.
"""
