"""The published tables: what people answered, in counts that tell of nobody.

    counting   choices → how many people of each cell gave each response
    guard      what a number may be about
    columns    which options of a question may be shown
    rows       which groups, channels and days
    publication  everything together
    layout     the files; decides nothing
    words      content/tables.yaml

k is the draft's `anonymity.smallest`. A number is a count of people, of a set that its row and column
describe. One rule: no number is about 1 to k - 1 people, and none that is can be computed. Why it holds:

Within a question. Everybody who took part is in one group, one channel and one class of columns, also who
did not answer. Rows that are not shown are one hidden row. What is published is the margins of a cross
table, group × channel × class, of which every cell is about nobody or about k people and more (rows.py).
So is every sum and every difference of its margins that is again a count of people. The cross table itself
is not published. Where only one of the tables by group and by channel can be, the cells are those of that.
  - Who took part and did not answer is a class, so the answers to a question taken from the participation
    are a number of the table. The versions of a question are classes of one cross table, so that all of
    them taken from the participation are one, too.
  - Options that may be chosen together are no classes: each is a cross table of its own, with it and
    without it. Two of them are one more where they contain or exclude each other. Where all are shown, how
    often more than one was chosen follows from the sum, and must leave k possible numbers of people.

Hidden numbers. What is hidden is hidden together with enough else that the sum could be shown. An option or
a row that is hidden need not be small: it may hide another. A row in which all who answered said the same
is hidden as well, and so are hidden rows that together say the same. That a question was answered by all in
the same way is shown: it is what was asked.

Between questions. Nothing published crosses two questions; they share only the rows. A row that the tables
of participation hide is hidden in all of them, so no row follows from what another question shows. What is
left to an attacker are bounds: of n people, A in one margin and B in another, between max(0, A + B - n) and
min(A, B) are in both, which leaves min(A, B, n - A, n - B) + 1 possible numbers. All four could be shown:
one of them is 0, and the number is known and itself 0 or at least k, or more than k numbers are possible.

What is known beforehand. Whoever knows that one set contains another, or shares nobody with it, can subtract
them, and everybody knows it of a question that one group is asked. So every number is also held against
every row of participation (guard.py): where one of the four fields they make is empty, no other may be
small. Who knows the answers of nearly all others from elsewhere is not covered; no count survives that.

Between editions. Tables are published once (bot/store/publications.py), after the last day of answers, so
that no two editions can be subtracted and an erasure cannot be seen.

The test attacks the files with a linear program over all of that at once (tests/secretariat/attack.py).
"""

from bot.secretariat.tables.counting import Counted, count
from bot.secretariat.tables.layout import INDEX
from bot.secretariat.tables.publication import multiple_choice, release
from bot.secretariat.tables.words import Words, load_words

__all__ = ["INDEX", "Counted", "Words", "count", "load_words", "multiple_choice", "release"]
