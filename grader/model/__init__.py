"""The frozen vocabulary: exercises, evidence, notebooks as cells, reports.

For: the records that every other room passes on.  Nothing here decides, reads or writes anything.
May import: the standard library and numpy.  Imported by every room except `probe`.
Side of the trust line: both; a record of untrusted evidence is still untrusted, only well-formed.
"""
