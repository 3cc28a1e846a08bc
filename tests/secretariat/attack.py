"""An attacker who sees only the published files, and computes whatever follows from them.

What is known beside the files is public: the wording of the questions, which groups and channels there
are, and how the tables are made. Every number is one linear equation over how many people of each group
and channel gave each possible response; a linear program then says between which bounds the size of any
set of people lies. No sum or difference of published numbers can tell more than that.
"""

import csv
import io
import math
from collections.abc import Iterable, Mapping

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from bot.secretariat.tables import INDEX, Words

#: A question, a version ("" for those who did not answer) and the labels chosen.
Response = tuple[str, str, frozenset[str]]
#: A group and a channel by their labels, and a response.
Cell = tuple[str, str, Response]


def parsed(text: str) -> list[list[str]]:
    """The rows of a file."""
    return list(csv.reader(io.StringIO(text, newline="")))


class Attacker:
    """Bounds on how many people are in any set of cells.

    `responses` are, by question and version, the sets of labels that can be chosen. `only` names the one
    group of a question that others were never asked: whoever is not of it did not answer.
    """

    def __init__(
        self,
        files: Mapping[str, str],
        responses: Mapping[tuple[str, str], list[frozenset[str]]],
        words: Words,
        only: Mapping[str, str],
    ) -> None:
        self._files = {name: parsed(text) for name, text in files.items()}
        self._words = words
        self._only = only
        self._responses = responses
        self.groups = self._names("group")
        self.channels = self._names("channel")
        self.cells = self._every_cell()
        self._at = {cell: i for i, cell in enumerate(self.cells)}
        self._equal: list[tuple[list[int], float]] = []
        self._at_most: list[tuple[list[int], float]] = []
        self._minus: list[tuple[list[int], list[int]]] = []
        self._collect()
        self._matrices = self._built()

    def bounds(self, members: Iterable[Cell]) -> tuple[int, float]:
        """The fewest and the most people the set can have; math.inf when nothing bounds it."""
        aim = np.zeros(len(self.cells))
        for cell in members:
            aim[self._at[cell]] = 1
        low, high = self._solved(aim), self._solved(-aim)
        return math.ceil(low - 1e-6), math.inf if high == -math.inf else math.floor(-high + 1e-6)

    def _solved(self, aim: np.ndarray) -> float:
        equal, values, most, limits = self._matrices
        found = linprog(aim, A_ub=most, b_ub=limits, A_eq=equal, b_eq=values, method="highs")
        assert found.status in (0, 3), found.message  # solved, or nothing bounds it
        return float(found.fun) if found.status == 0 else -math.inf

    # What the files say

    def _names(self, by: str) -> list[str]:
        """The groups or channels; all tables by one of them have the same rows. "" stands for all of them."""
        for name, rows in self._files.items():
            if name.endswith(f".{by}.csv"):
                return [row[0] for row in rows[1:]]
        return [""]

    def _every_cell(self) -> list[Cell]:
        kinds: dict[str, list[Response]] = {}
        for (question, version), chosen in self._responses.items():
            kinds.setdefault(question, [(question, "", frozenset())])
            kinds[question] += [(question, version, labels) for labels in chosen]
        return [
            (group, channel, response)
            for responses in kinds.values()
            for response in responses
            for group in self.groups
            for channel in self.channels
        ]

    def _of(
        self,
        question: str,
        *,
        version: str | None = None,
        group: str | None = None,
        channel: str | None = None,
        labels: frozenset[str] | None = None,
    ) -> list[int]:
        """The places of the cells of a question that are of all these, and of any of the labels."""
        return [
            i
            for i, (of_group, of_channel, (asked, of_version, chosen)) in enumerate(self.cells)
            if asked == question
            and version in (None, of_version)
            and group in (None, of_group)
            and channel in (None, of_channel)
            and (labels is None or chosen & labels)
        ]

    def _collect(self) -> None:
        first, *others = sorted({question for question, _ in self._responses})
        for group in self.groups:  # every question is put to the same people
            for channel in self.channels:
                these = self._of(first, group=group, channel=channel)
                self._minus += [(these, self._of(q, group=group, channel=channel)) for q in others]
        self._participation(first)
        for question, version in self._responses:
            alone = self._only.get(question, "")
            for group in set(self.groups) - {alone, ""} if alone else ():
                self._equal.append((self._of(question, version=version, group=group), 0))
        for name, by, question, version, _, _, people, k, *_ in self._files[INDEX][1:]:
            if question == self._words.participation:
                continue
            if people == self._words.fewer.format(k=k):
                self._at_most.append((self._of(question, version=version), int(k) - 1))
            head, *rows = self._files.get(name, [[]])
            axis = {self._words.group: "group", self._words.channel: "channel"}.get(by)
            for row in rows:
                self._row(question, version, head, row, {axis: row[0]} if axis else {})

    def _participation(self, question: str) -> None:
        total, k = next((row[6], row[7]) for row in self._files[INDEX][1:])
        self._put(self._of(question), total)
        if not total.isdigit():
            self._at_most.append((self._of(question), int(k) - 1))
        for by in ("group", "channel"):
            for name, n in self._files.get(f"participation.{by}.csv", [[]])[1:]:
                self._put(self._of(question, **{by: name}), n)

    def _put(self, members: list[int], told: str) -> None:
        """A number that is shown."""
        if told.isdigit():
            self._equal.append((members, int(told)))

    def _row(
        self, question: str, version: str, head: list[str], row: list[str], part: dict[str, str]
    ) -> None:
        told = dict(zip(head[1:-3], row[1:-3], strict=True))
        together, none, people = row[-3:]
        for label, n in told.items():
            self._put(self._of(question, version=version, labels=frozenset({label}), **part), n)
        self._put(self._of(question, version="", **part), none)
        self._put(self._of(question, version=version, **part), people)
        if not (together.isdigit() and people.isdigit()):
            return  # some hidden options are with those who did not answer, and nobody knows which
        mixed = frozenset(label for c in self._responses[question, version] if len(c) > 1 for label in c)
        shown = sum(int(n) for label, n in told.items() if n.isdigit() and label not in mixed)
        if not mixed or int(people) > int(together) + shown:
            pool = frozenset(label for label, n in told.items() if not n.isdigit()) - mixed
            self._put(self._of(question, version=version, labels=pool, **part), together)

    def _built(self) -> tuple[csr_matrix, np.ndarray, csr_matrix | None, np.ndarray | None]:
        rows = [(dict.fromkeys(part, 1.0), value) for part, value in self._equal]
        rows += [({**dict.fromkeys(a, 1.0), **dict.fromkeys(b, -1.0)}, 0.0) for a, b in self._minus]
        equal, values = self._matrix(rows)
        most, limits = self._matrix([(dict.fromkeys(part, 1.0), value) for part, value in self._at_most])
        return equal, values, (most if self._at_most else None), (limits if self._at_most else None)

    def _matrix(self, rows: list[tuple[dict[int, float], float]]) -> tuple[csr_matrix, np.ndarray]:
        places = [(r, i, x) for r, (row, _) in enumerate(rows) for i, x in row.items()]
        r, i, x = zip(*places, strict=True) if places else ((), (), ())
        return csr_matrix((x, (r, i)), shape=(len(rows), len(self.cells))), np.array([v for _, v in rows])
