"""Proofs: what README promises is tried by breaking things, and each trial prints what it saw.

A proof is a module of this package with one public function

    def prove(size: Size, seed: int, fault: str = "") -> Outcome

and a line in `PROOFS` (__main__.py). `make proof` runs all of them LONG and writes docs/reliability.md;
`tests/proof/test_<module>.py` runs the SHORT form, and once with each of the module's `FAULTS`: a fault
takes one protection away, and a proof that does not fail then proves nothing.

A proof that needs what not every machine has (strace, root) says so by `missing() -> str`, and is left out there.

The bot under proof is a process of its own (server.py) or real parts put together; faults are planted from
here, by replacing a function of ours when that process starts. The bot itself has no switch for them.
"""
