"""Judges how a linear model was trained with PyTorch, names the cause of what went wrong, and can't be fooled by the code it judges.

The rooms stand on floors; imports go only downward and never sideways (`pyproject.toml` holds the contracts, the tests run them).
Floor 7 `cli`, 6 `batch` and `authoring`, 5 `grading`, 4 `execution`, `catalog` and `reports`, 3 `judging`, 2 `wire` and
`notebooks`, 1 `model`.  `probe` is an island: it runs inside the student's kernel and imports nothing of the judge.
"""

__version__ = "0.1.0"
