"""The check inside a student's own notebook.

For: `%load_ext grader`, `%grade` and `grader.check()`: what the running kernel has just trained, judged on what a student may see.
May import: what it is given to judge with (`probe`, `wire`, `judging`, `reports`, `catalog`, `model`); no reference, no hidden check.
Side of the trust line: the student's own process, for the student's own eyes; nothing it says is a grade.
"""
