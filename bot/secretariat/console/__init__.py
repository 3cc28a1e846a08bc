"""The console of the secretariat, under /secretariat.

policy.py       roles, and what a page is
credentials.py  what proves who somebody is
accounts.py     making, changing and closing accounts
signing_in.py   signing in and staying signed in
door.py         the pages before that
provider.py     signing in at a provider        oidc.py  one that speaks OpenID Connect
opening.py      all of it put together
console.py      every page behind its roles, every form behind its token
frame.py        what stands around every page        words.py  its words, in two languages
office.py       what the pages work with
making.py       files for whoever asks for one
pages/          one file a part of the menu: each has `pages(office, frame)`
templates/      one file a page; static/ styles and scripts, all served by us

Nothing is imported here: a start does without the console (bot/deferring.py).
"""

from typing import Final

#: Where the console is.
ROOT: Final = "/secretariat"
