"""The command line: one module for each verb.

    app.py          the command, its verbs, and `main` with its exit codes        __main__.py   `python -m grader.cli`
    options.py      options that several verbs share         course.py    the course a verb works on
    running.py      executors and the submission's bytes     writing.py   results to files and screens
    grade.py demo.py validate.py show.py release.py doctor.py    the verbs

For: reading arguments, calling one room below, saying what came of it.  Results go to standard output, progress and
complaints to standard error.  Exit codes: 0 full marks or all well, 1 points lost or a validation failed, 2 usage (or the
author's error), 3 the grader's own fault.
May import: every room but `probe`; at the top of a module only the standard library, typer, `grader.model.errors` and this
room, so that `--help` answers at once.
Side of the trust line: trusted; student text is printed as plain text, never as markup.
"""

from grader.cli.app import main

__all__ = ["main"]
