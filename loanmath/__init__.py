"""Arithmetic of loans: plans, interest, penalties, allocation, arrears. See README.md.

No Django, no database, no clock, no files: numbers and dates in, numbers and dates out.
"""
