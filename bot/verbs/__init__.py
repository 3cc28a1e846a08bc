"""The verbs that are typed. Each imports what it needs when it is called: none waits for another's.

for_operators.py     serve                            serving.py
                     migrate rotate-keys              operating.py
                     connect doctor                   operating.py
                     retention                        retaining.py
                     backup restore audit             keeping.py
                     demo                             demonstrating.py
for_authors.py       check                            checking.py
                     approve                          approving.py
                     plain                            measuring.py
                     redact                           redacting.py
                     ask chat                         authoring.py
for_secretariat.py   export                           exporting.py
                     report                           reporting.py
                     staff                            staffing.py
entry.py             how they begin and end              watching.py   a bar for whoever waits
"""

from bot.verbs import for_authors, for_operators, for_secretariat
from bot.verbs.entry import FOUND, UNUSABLE, app, run

__all__ = ["FOUND", "UNUSABLE", "app", "for_authors", "for_operators", "for_secretariat", "run"]
