"""Documents that an office signs, as PDF and as DOCX from one description.

    blocks     what a document is made of                              blocks.py
    pdf        the document as PDF, set by typst                       pdf.py, paper.typ
    docx       the same as DOCX, for an office that goes on writing    docx.py
    typeface   what the typeface cannot show, and where a line ends    typeface.py

One rule: both say the same, and nothing in a text is ever taken for a command.
"""

from collections.abc import Callable
from typing import Final

from bot.secretariat.paper.blocks import Document
from bot.secretariat.paper.docx import docx
from bot.secretariat.paper.pdf import pdf

#: By the ending of the file.
FORMS: Final[dict[str, Callable[[Document], bytes]]] = {"pdf": pdf, "docx": docx}

__all__ = ["FORMS", "Document"]
