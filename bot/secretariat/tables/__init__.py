"""The published tables: what people answered, in counts that tell of nobody.

    counting   choices → how many people of each cell gave each response
    guard      what a number may be about
    columns    which options of a question may be shown
    rows       which groups, channels and days
    publication  everything together
    layout     the files; decides nothing
    words      content/tables.yaml

k is the draft's `anonymity.smallest`. A number is a count of people, of a set that its row and column
describe. Promised is that no number is about 1 to k - 1 people, and that none can be computed. Why it holds:

Within a question. Every person who took part is in one group, one channel and one class of columns, also
those who did not answer. Groups and channels that are not shown are one hidden row. The cross table of
these, group × channel × class, is not published, but each of its cells that anything published can single
out is about nobody or about k people and more. All tables of the question are margins of it, so is every
sum and every difference of their numbers that is again a count of people. Where only one of the tables by
group and by channel is published, the cells are those of that one.
  Participation is in it: who took part and did not answer is a class (REST), so taking the answers to a
question from the participation gives a number of that class. So are the versions of a question: they are
classes of one cross table, and all of them taken from the participation leave REST.
  Options that a person may choose together are no classes. Each is a cross table of its own: with it,
without it. Two of them are one more where they contain or exclude each other.

Hidden numbers. What is hidden is hidden together with enough else that its sum could be shown. An option
marked as hidden need not be small: it may hide another. A row in which all who answered said the same is
hidden too, and so is a set of hidden rows.

Between questions. Nothing published crosses two questions; they share only the rows. A row that the tables
of participation hide is hidden in all of them, as one row, so the totals of rows that two questions show
never give another row. What an attacker may still do is bound a count from two margins: a set described by
two margins A and B of n people has between max(0, A + B - n) and min(A, B) people, that is min(A, B, n - A,
n - B) more than at least. All four could be shown and so are 0 or at least k: the count is known, and then
0 or at least k, or at least k + 1 counts are possible.

What an attacker knows beforehand. Two numbers can be subtracted by whoever knows that one set contains the
other. A question is asked of one group, so everybody knows that. Every number is therefore held against
every row of participation (guard.py): where one contains the other, shares nobody with it, or both are
everybody, what is left must be 0 or at least k as well. Not covered is somebody who knows the answers
of all but a few people from elsewhere: no count survives that.

Between editions. Tables are published once (bot/store/publications.py), after the last day of answers:
what is erased later changes no table, so no two editions can be subtracted.
"""

from bot.secretariat.tables.counting import Counted, count
from bot.secretariat.tables.layout import INDEX
from bot.secretariat.tables.publication import multiple_choice, release
from bot.secretariat.tables.words import Words, load_words

__all__ = ["INDEX", "Counted", "Words", "count", "load_words", "multiple_choice", "release"]
