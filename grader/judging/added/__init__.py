"""Checks and findings, one module each: `CHECK`, an AddedCheck, or `FINDING`, an AddedFinding, or both.

A module that lies here takes part; nothing else names it (`adding.py` finds it).  It may import what the judge may, and is as pure.
"""
