"""What a teacher's test cells check: the same assertions for both peers, ten points an exercise as in the course.

They ask for what the exercise asks for by name: the model, the lists and the predictions, their types, shapes and values.  The
values are those of the reference.  `pytorch-way` fixes data and start, so the tolerance is three decimals; `model-class` lets the
start free, which moves the slope after 1000 epochs by up to 0.02 and the intercept by 0.06, so the tolerance is above that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["TESTS", "Test"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """One test.  after: the cell that it follows.  needs: the names that it reads.  hidden: lines that students do not receive."""

    name: str
    points: int
    after: str
    needs: tuple[str, ...]
    visible: str
    hidden: str = ""


PYTORCH_WAY = (
    Test(
        name="test-model",
        points=2,
        after="practice",
        needs=("model", "LR"),
        visible="""\
assert isinstance(model, LR), "model should be an LR"
assert model.linear.weight.item() != -15, "the weight still has its first value"
assert model.linear.bias.item() != -10, "the bias still has its first value"
""",
    ),
    Test(
        name="test-weight",
        points=3,
        after="practice",
        needs=("model",),
        visible="""\
import numpy as np

assert np.allclose(model.linear.weight.item(), 1, atol=0.5), "the weight should be near 1"
""",
        hidden="""\
assert np.allclose(model.linear.weight.item(), 1.0554, atol=1e-3), "the weight is not the expected one"
""",
    ),
    Test(
        name="test-bias",
        points=3,
        after="practice",
        needs=("model",),
        visible="""\
import numpy as np

assert np.allclose(model.linear.bias.item(), -1, atol=0.5), "the bias should be near -1"
""",
        hidden="""\
assert np.allclose(model.linear.bias.item(), -1.0210, atol=1e-3), "the bias is not the expected one"
""",
    ),
    Test(
        name="test-fit",
        points=2,
        after="practice",
        needs=("model", "dataset"),
        visible="""\
import numpy as np

residuals = (model(dataset.x) - dataset.y).detach().numpy()
assert residuals.shape == (60, 1), "the model should predict one value for each x"
""",
        hidden="""\
assert np.allclose(np.mean(residuals**2), 0.0149, atol=1e-3), "the mean squared error on the data is not the expected one"
""",
    ),
)

MODEL_CLASS = (
    Test(
        name="test-target",
        points=1,
        after="target",
        needs=("y_true",),
        visible='assert tuple(y_true.shape) == (32, 1), "y_true should be a column"\n',
    ),
    Test(
        name="test-model",
        points=1,
        after="model",
        needs=("model", "LinearRegressionTorch", "X"),
        visible="""\
assert isinstance(model, LinearRegressionTorch), "model should be a LinearRegressionTorch"
assert tuple(model(X).shape) == (32, 1), "the model should predict one value for each car"
""",
    ),
    Test(
        name="test-parameters",
        points=3,
        after="practice",
        needs=("model",),
        visible="""\
import numpy as np

assert model.linear.weight.item() < 0, "heavy cars should go less far"
""",
        hidden="""\
assert np.allclose(model.linear.weight.item(), -4.86, atol=0.05), "the slope is not the expected one"
assert np.allclose(model.linear.bias.item(), 35.58, atol=0.2), "the intercept is not the expected one"
""",
    ),
    Test(
        name="test-lists",
        points=2,
        after="practice",
        needs=("losses", "slope", "bias", "model"),
        visible="""\
import numpy as np

assert len(losses) == len(slope) == len(bias) == 1000, "the three lists should hold 1000 values each"
""",
        hidden="""\
assert np.allclose([slope[-1], bias[-1]], [model.linear.weight.item(), model.linear.bias.item()]), "the last slope or bias is off"
assert np.allclose(losses[-1], 8.94, atol=0.05), "the last loss is not the expected one"
""",
    ),
    Test(
        name="test-predictions",
        points=1,
        after="predictions",
        needs=("predictions", "model", "X"),
        visible="""\
import numpy as np

assert predictions.shape == (32,), "predictions should be one-dimensional"
""",
        hidden='assert np.allclose(predictions, model(X).detach().numpy().ravel()), "predictions are not those of the model"\n',
    ),
    Test(
        name="test-parity",
        points=2,
        after="parity",
        needs=("model_long", "best"),
        visible="""\
import numpy as np

assert np.allclose(model_long.linear.weight.item(), best.coef_[0], rtol=1e-3), "the slope is not yet scikit-learn's"
assert np.allclose(model_long.linear.bias.item(), best.intercept_, rtol=1e-3), "the intercept is not yet scikit-learn's"
""",
    ),
)

TESTS: Mapping[str, tuple[Test, ...]] = {"pytorch-way": PYTORCH_WAY, "model-class": MODEL_CLASS}
