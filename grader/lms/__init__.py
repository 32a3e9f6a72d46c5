"""Neighbours' files: what learning platforms give an instructor, and what they take back.

    collection.py   the records: HandedIn, SetAside with its rule, Source, Collection, Limits
    roster.py       a roster from any platform's table of students, and back
    tables.py       CSV that comes back byte for byte where nothing was changed
    incoming/       folders, zips and exports to a Collection: `collect`
    outgoing/       grades to the tables and archives that platforms take
    dropbox.py      `submit`: a folder that students hand in to, with receipts

For: reading submissions from folders, zips and exports of Canvas, Moodle, Gradescope, nbgrader and GitHub Classroom, and writing
grades in their formats.  Grades nothing and stores nothing.
May import: the standard library, `grader.model`, `grader.notebooks`; PyYAML inside the function that reads Gradescope's metadata.
Side of the trust line: every archive, name and cell that comes in is a stranger's.  Nothing is unpacked to disk, sizes are
measured and not believed, no path is made from a name as it is, and what is not graded is set aside with its reason: nothing is
ever dropped silently.
"""

from grader.lms.collection import RULES, Collection, HandedIn, Layout, Limits, Reason, SetAside, Source
from grader.lms.incoming.collecting import collect

__all__ = ["RULES", "Collection", "HandedIn", "Layout", "Limits", "Reason", "SetAside", "Source", "collect"]
