"""The pytest plugin: `pytest reference/` runs a course's own trials, `pytest --submission F.ipynb` grades one as tests.

    reference/slope-and-bias::learned          one test for each check of the reference's run
    reference/slope-and-bias::stub             the untouched stub earns nothing
    reference/slope-and-bias::specimen[name]   a specimen gets what stands beside it
    reference/slope-and-bias::mutant[name]     with --mutants: a mistake loses points, and its cause is named
    reference/slope-and-bias::equivalent[…]    with --mutants: right work in other words loses nothing
    anna.ipynb::learned                        one test for each check of a submission

For: people whose habit is pytest.  It is loaded by every pytest run of an environment that has this package, so nothing but
pytest is imported until an exercise is met.  One executor serves a session (with xdist: a worker).
May import: what `cli` may, inside functions.  Side of the trust line: trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from grader.authoring.trying import Case, References
    from grader.authoring.witness import Witness
    from grader.batch import Trial, Tried
    from grader.catalog import Entry
    from grader.grading import Grader
    from grader.model.report import Report

__all__ = ["CheckItem", "ExerciseFile", "Shortfall", "SubmissionFile", "TrialItem"]

_GRADER = pytest.StashKey["tuple[Grader, Witness]"]()
_CLOSE = pytest.StashKey[Callable[[], None]]()


class Shortfall(Exception):  # noqa: N818 - it is no error of a program, but a sentence
    """A trial or check that did not end as it must; its text is the sentence."""


# ---- pytest's hooks --------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --submission, --exercise, --course and --mutants."""
    group = parser.getgroup("grader", "grading PyTorch exercises (torch-grader)")
    group.addoption("--submission", action="append", default=[], metavar="F", help="grade this notebook as tests, one for each check")
    group.addoption("--exercise", default=None, metavar="SLUG", help="the exercise that it is for; found out where left out")
    group.addoption("--course", default=None, metavar="DIR", help="the folder with exercises/ and reference/")
    group.addoption("--mutants", action="store_true", help="try mutants and equivalents of each reference as well (minutes)")


def pytest_configure(config: pytest.Config) -> None:
    """With --submission and no paths, the submissions are all there is; `reference/<slug>::learned` names a test of its exercise.py."""
    config.args[:] = [_argument(one) for one in config.args]
    named = [str(Path(one).absolute()) for one in config.getoption("--submission")]
    if named:
        given = [] if config.args_source is not pytest.Config.ArgsSource.ARGS else list(config.args)
        config.args[:] = [*given, *named]


def _argument(given: str) -> str:
    """The argument as pytest takes it: what follows `::` must be in a file, where the ids name the folder."""
    folder, marks, name = given.partition("::")
    declared = Path(folder) / "exercise.py"
    return f"{declared}::{name}" if marks and declared.is_file() else given


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect reference/<slug>/exercise.py, and the notebooks named with --submission."""
    if file_path.name == "exercise.py" and file_path.parent.parent.name == "reference":
        # Its ids name the exercise, not the file that declares it.
        return ExerciseFile.from_parent(parent, path=file_path, nodeid=parent.nodeid)
    named = parent.config.getoption("--submission")
    if named and file_path in {Path(one).absolute() for one in named}:
        return SubmissionFile.from_parent(parent, path=file_path)
    return None


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what was started."""
    if _CLOSE in config.stash:
        config.stash[_CLOSE]()


# ---- what is collected -----------------------------------------------------------------------------------------------


class ExerciseFile(pytest.File):
    """reference/<slug>/exercise.py: the trials of one exercise."""

    def collect(self) -> Iterator[pytest.Item]:
        """The reference's checks, the stub and each specimen."""
        from grader.batch import trials_of
        from grader.catalog import find_course

        entry = find_course(self.path.parents[2]).load(self.path.parent.name)
        for trial in trials_of(entry):
            if trial.kind == "reference":
                run = cache(self._runner(trial))
                for name in _checks(entry):
                    yield CheckItem.from_parent(self, name=name, report=lambda run=run: run().report)
            else:
                yield TrialItem.from_parent(self, name=trial.id.partition("::")[2], run=self._told(self._runner(trial)))
        if self.config.getoption("--mutants"):
            yield from self._variations(entry)

    def _variations(self, entry: Entry) -> Iterator[pytest.Item]:
        """Mutants and equivalents of the reference."""
        from grader.authoring.trying import References
        from grader.authoring.validating import cases_of

        references = References()
        for case in cases_of(entry):
            if case.kind in ("mutant", "equivalent"):
                yield TrialItem.from_parent(self, name=case.id.partition("::")[2], run=self._case(case, references))

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:  # noqa: ARG002 - a node's signature, a collector's use
        """One line where the exercise is wrong."""
        return _told(excinfo) or super().repr_failure(excinfo)

    def _runner(self, trial: Trial) -> Callable[[], Tried]:
        def run() -> Tried:
            from grader.batch import tried

            return tried(_grader(self.config), trial)

        return run

    def _told(self, run: Callable[[], Tried]) -> Callable[[], tuple[str, tuple[str, ...]]]:
        def told() -> tuple[str, tuple[str, ...]]:
            done = run()
            return done.skipped, done.shortfalls

        return told

    def _case(self, case: Case, references: References) -> Callable[[], tuple[str, tuple[str, ...]]]:
        def told() -> tuple[str, tuple[str, ...]]:
            from grader.authoring.trying import try_case

            return "", try_case(*_prepared(self.config), references, case).shortfalls

        return told


class SubmissionFile(pytest.File):
    """A notebook named with --submission: the checks of its exercise."""

    def collect(self) -> Iterator[pytest.Item]:
        """One test for each check."""
        entry, data = self._entry_and_data()
        run = cache(lambda: _grader(self.config).grade(data, self.path.name, entry))
        for name in _checks(entry):
            yield CheckItem.from_parent(self, name=name, report=run)

    def _entry_and_data(self) -> tuple[Entry, bytes]:
        from grader.catalog import find_course
        from grader.grading.recognition import recognise
        from grader.model.errors import UsageError

        named = self.config.getoption("--course")
        course, data = find_course(Path(named) if named else None), self.path.read_bytes()
        slug = self.config.getoption("--exercise")
        if slug is None:
            slug = recognise(data, self.path.name, {one: course.load(one).scaffold for one in course.exercises()})
        if slug is None:
            what = "can't tell which exercise this is for"
            raise UsageError(what, where=self.path.name, remedy=f"say it with --exercise; there are {', '.join(course.exercises())}")
        return course.load(slug), data

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:  # noqa: ARG002 - a node's signature, a collector's use
        """One line where the notebook or the course is wrong."""
        return _told(excinfo) or super().repr_failure(excinfo)


class CheckItem(pytest.Item):
    """One check of one run.  The first of its siblings to run executes the notebook, the others read its report."""

    def __init__(self, *, report: Callable[[], Report], **given: Any) -> None:
        super().__init__(**given)
        self._report = report
        self.add_marker(pytest.mark.xdist_group(self.parent.nodeid if self.parent else ""))

    def runtest(self) -> None:
        """Raise Shortfall unless the check passed."""
        from grader.grading import proof

        report = self._report()
        for check in report.checks:
            if self.name in (check.id, f"{check.task}.{check.id}") and (told := proof.of_check(report, check)):
                raise Shortfall(*told)
        if report.run.status != "completed":
            raise Shortfall(f"{report.exercise}, run: {report.run.status} {report.run.detail}".strip())

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """The sentence alone."""
        return _told(excinfo) or super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where pytest says it stands."""
        return self.path, None, self.name


class TrialItem(pytest.Item):
    """One submission whose verdict is known beforehand."""

    def __init__(self, *, run: Callable[[], tuple[str, tuple[str, ...]]], **given: Any) -> None:
        """`run`: why it can't be tried here ('' where it can), and its shortfalls."""
        super().__init__(**given)
        self._run = run

    def runtest(self) -> None:
        """Raise Shortfall where anything is not as declared."""
        skipped, shortfalls = self._run()
        if skipped:
            pytest.skip(skipped)
        if shortfalls:
            raise Shortfall("\n".join(shortfalls))

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """The sentences alone."""
        return _told(excinfo) or super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where pytest says it stands."""
        return self.path, None, self.name


# ---- shared within a session -----------------------------------------------------------------------------------------


def _checks(entry: Entry) -> list[str]:
    several = len(entry.exercise.tasks) > 1
    return [f"{task.id}.{check.id}" if several else check.id for task in entry.exercise.tasks for check in task.checks]


def _told(excinfo: pytest.ExceptionInfo[BaseException]) -> str | None:
    """The one line of our own exceptions, None for others."""
    from grader.model.errors import GraderError

    return str(excinfo.value) if isinstance(excinfo.value, Shortfall | GraderError) else None


def _grader(config: pytest.Config) -> Grader:
    """The session's grader."""
    return _prepared(config)[0]


def _prepared(config: pytest.Config) -> tuple[Grader, Witness]:
    """The session's grader and the executor that it has, made when the first test needs them."""
    if _GRADER not in config.stash:
        import secrets

        from grader.authoring.witness import Witness
        from grader.execution.choosing import choose
        from grader.grading import Grader

        executor = Witness(choose(trusted=True))  # a course's own work, or a notebook that its user runs as tests
        config.stash[_CLOSE] = executor.close
        config.stash[_GRADER] = (Grader(executor, secret=secrets.token_bytes(32)), executor)
    return config.stash[_GRADER]
