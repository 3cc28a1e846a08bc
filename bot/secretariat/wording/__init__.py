"""Content as it is edited, looked at and approved in the office.

folder.py      a content folder, and what it would be with one file changed
units.py       what is approved as a whole: its words, what was found in them, who approved it
sheet.py       a content file that can be filled in, with its comments and layout kept   forms.py  its forms
comparing.py   two texts word by word
previewing.py  what a person would be sent
approving.py   a reviewer's signature, and the file put in its place with it
"""
