"""The documents the secretariat signs or keeps, one module a report.

privacy   the record of processing (PDPA s. 39), the consent log and the plan for a breach   privacy.py
hearing   what was asked, who answered what, and what the office replied, to be signed       hearing/
"""
