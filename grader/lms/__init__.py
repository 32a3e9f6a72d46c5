"""Neighbours' files: what learning platforms give an instructor, and what they take back.

For: reading submissions from folders, zips and exports of Canvas, Moodle, Gradescope, nbgrader and GitHub Classroom, and writing
grades in their formats.  Grades nothing and stores nothing.
May import: the standard library, `grader.model`, `grader.notebooks`.
Side of the trust line: every archive, name and cell that comes in is a stranger's: nothing is extracted to a path of its own choosing.
"""
