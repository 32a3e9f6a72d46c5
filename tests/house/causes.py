"""The README's table of causes, from the messages that stand beside specimens under [says].

    python -m tests.house.causes           writes the table into the README
    python -m tests.house.causes --grade   first grades those specimens, and writes what is said now into their verdicts

Every trial of a specimen compares what is said with what stands there (its numbers aside), so the table can't go stale unseen.
"""

import json
import re
import sys
from pathlib import Path

from grader.catalog import Course

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
HEAD = "| rule | a message | met by the specimen |\n|---|---|---|\n"


def entries():
    """Every exercise of the course."""
    course = Course(root=ROOT)
    return [course.load(slug) for slug in course.exercises()]


def told():
    """Rule -> (message, specimen as slug/name), the first specimen that states one, in alphabetical order of the rules."""
    found = {}
    for entry in entries():
        for one in entry.specimens:
            for rule, message in one.says.items():
                found.setdefault(rule, (message, f"{entry.slug}/{one.name}"))
    return dict(sorted(found.items()))


def table():
    """The table in Markdown."""
    rows = (f"| `{rule}` | {message.replace('|', chr(92) + '|')} | `{name}` |\n" for rule, (message, name) in told().items())
    return HEAD + "".join(rows)


def section(text):
    """Where the table stands in the README's text: its first and last character."""
    (match,) = re.finditer(r"(?<=\n)\| rule \|.*\n(?:\|.*\n)+", text)
    return match.span()


def written(text):
    """The README's text with the table as it should be."""
    first, last = section(text)
    return text[:first] + table() + text[last:]


def with_messages(verdict, messages):
    """A verdict's text with these messages under [says]."""
    lines = "".join(f"{rule} = {json.dumps(message, ensure_ascii=False)}\n" for rule, message in messages.items())
    return re.sub(r"^\[says\]\n(?:.+\n)+", lambda _: f"[says]\n{lines}", verdict, flags=re.MULTILINE)


def grade():
    """Write what the grader says now into the verdicts that state messages."""
    from grader.batch import trials_of
    from grader.execution.choosing import choose
    from grader.grading import Grader
    from grader.grading.proof import same_words

    executor = choose(trusted=True)
    try:
        grader = Grader(executor, secret=b"the table of causes")
        for trial in (trial for entry in entries() for trial in trials_of(entry) if trial.specimen and trial.specimen.says):
            report = grader.grade(trial.data, trial.name, trial.entry)
            said = {rule: next((f.message for f in report.findings if f.rule == rule), None) for rule in trial.specimen.says}
            if lost := [rule for rule, message in said.items() if message is None]:
                sys.stderr.write(f"{trial.id}: {', '.join(lost)} is not among the findings\n")
                continue
            stated = trial.specimen.says
            said = {rule: stated[rule] if same_words(stated[rule], message) else message for rule, message in said.items()}
            path = trial.specimen.path.with_suffix(".toml")
            path.write_text(with_messages(path.read_text(encoding="utf-8"), said), encoding="utf-8")
    finally:
        executor.close()


if __name__ == "__main__":
    if "--grade" in sys.argv[1:]:
        grade()
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
