"""Paths to a Collection: what lies there, what it was taken for, whose each file is, and which one counts.

    members.py      Member: one file that may be read, and reading it within limits       folders.py   members of a folder on disk
    archives.py     members of a zip, read without trusting it                            paths.py     names inside them, made plain
    layouts.py      which platform's layout a listing is, and whose each file is in it
    gradescope.py   Gradescope's metadata                            times.py   when something was handed in, as platforms write it
    identities.py   identities to keys of the course, by the roster where there is one
    choosing.py     which of a student's files counts, by a stated rule
    collecting.py   `collect`: all of it, in order

For: reading and attributing; nothing is graded, nothing is written.
May import: what the room may.
Side of the trust line: every byte and name is a stranger's.
"""
