"""Everything in a gradebook but what clocks and counters say, so that two can be compared."""

import json

from sqlalchemy import select

from grader.gradebook import tables as t
from grader.wire import unpack


def snapshot(book):
    """Plain data; equal for two books that say the same."""
    with book.reading() as session:
        rows = {table: list(session.scalars(select(table))) for table in TABLES}
        students = {row.id: row.key for row in rows[t.Student]}
        slugs = {row.id: row.slug for row in rows[t.Exercise]}
        submissions = {row.id: (students[row.student_id], slugs[row.exercise_id], row.attempt) for row in rows[t.Submission]}
        versions = {row.id: (slugs[row.exercise_id], row.execution, row.judging) for row in rows[t.ExerciseVersion]}
        reports = {row.id: (submissions[row.submission_id], versions[row.version_id]) for row in rows[t.Report]}
        return {
            "students": sorted((r.key, r.name, r.email, r.standing, sorted(r.ids.items())) for r in rows[t.Student]),
            "exercises": sorted((r.slug, r.title, r.max_score, r.due, r.grace, r.per_day, r.most) for r in rows[t.Exercise]),
            "versions": sorted((*versions[r.id], r.declared) for r in rows[t.ExerciseVersion]),
            "files": sorted((r.sha256, r.size, r.data) for r in rows[t.File]),
            "submissions": sorted((*submissions[r.id], r.sha256, r.name, r.source, str(r.handed_in), r.note) for r in rows[t.Submission]),
            "aside": sorted((r.source, r.reason, r.detail, r.student, str(r.sha256)) for r in rows[t.SetAside]),
            "evidence": sorted((*submissions[r.submission_id], r.execution, r.position, *_run(r)) for r in rows[t.Evidence]),
            "reports": sorted((*reports[r.id], r.status, r.score, r.pending, _timeless(r.record)) for r in rows[t.Report]),
            "checks": sorted((reports[r.report_id], r.position, r.name, r.outcome, r.points, r.pending) for r in rows[t.CheckRow]),
            "findings": sorted((reports[r.report_id], r.position, r.rule, r.message, r.remark) for r in rows[t.FindingRow]),
            "scores": sorted((submissions[r.submission_id], reports[r.report_id]) for r in rows[t.Score]),
            "overrides": sorted((students[r.student_id], slugs[r.exercise_id], str(r.score), r.comment) for r in rows[t.Override]),
            "audit": sorted((r.student, r.exercise, r.who, r.what, str(r.before), str(r.after)) for r in rows[t.Audit]),
        }


TABLES = (
    t.Student, t.Exercise, t.ExerciseVersion, t.File, t.Submission, t.SetAside, t.Evidence, t.Report, t.CheckRow, t.FindingRow, t.Score,
    t.Override, t.Audit,
)  # fmt: skip


def _timeless(record):
    told = json.loads(record)
    told["run"]["seconds"] = 0
    return json.dumps(told, sort_keys=True)


def _run(row):
    """A run without its times; steps and events joined, since how many are written at once depends on the clock."""
    ran = unpack(row.packed)
    evidence = ran.outcome.evidence
    cells = [(c.cell, c.status, c.error, c.message, c.line) for c in evidence.cells]
    steps = [[getattr(s, name).tobytes().hex() for name in ("seq", "cell", "loss", "theta", "grad")] for s in evidence.steps]
    values = [(v.cell, v.name, v.kind, v.values.tobytes().hex(), v.text) for v in evidence.values]
    told = (row.damaged, ran.outcome.status, ran.outcome.isolation, ran.drawn, cells, steps, values, evidence.complete, evidence.dropped)
    return (str(told),)
