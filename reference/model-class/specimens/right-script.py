# %% [markdown]
# # A model class: Module, loss, optimizer, loop
#
# The same 32 cars as before, and the same straight line. What changes is the form: the line becomes a **class** that inherits from `nn.Module`, and the loop around
# it becomes the five lines that you will write again and again, whatever the model.
#
# You will **write**: the target as a column, the class, the training loop with three lists, a figure of them, the predictions, and a second training that goes on until it
# agrees with scikit-learn.

# %%
import matplotlib.pyplot as plt
import pandas as pd
import torch
from sklearn.linear_model import LinearRegression
from torch import nn

# %% [markdown]
# ## The data
#
# `wt` is a car's weight in 1000 lb, `mpg` the miles it goes on a gallon. The feature `X` is given, as a column of shape `(32, 1)`.

# %%
URL = "https://gist.githubusercontent.com/noamross/e5d3e859aa0c794be10b/raw/b999fb4425b54c63cab088c0ce2c0d6ce961a563/cars.csv"
try:
    cars = pd.read_csv(URL)
except OSError:  # no network: the same table lies beside this notebook
    cars = pd.read_csv("cars.csv")

X = torch.tensor(cars[["wt"]].values, dtype=torch.float32)
print("X", tuple(X.shape), X.dtype)

# %% [markdown]
# ## Practice 1: the target
#
# **To write:** `y_true`, the miles per gallon as a tensor of type `float32` with the shape **`(32, 1)`**.
#
# Why a column? `nn.Linear` turns a column of features into a column of predictions, and the loss compares prediction and target entry by entry. When one has the shape `(32, 1)` and
# the other `(32,)`, broadcasting compares *every* prediction with *every* target, 1024 pairs, and what the line then learns is the average car. PyTorch prints a warning in this case.
# Read it, should it appear.
#
# *Hint.* `cars["mpg"]` and `cars[["mpg"]]` are not the same.

# %%
y_true = torch.tensor(cars[["mpg"]].values, dtype=torch.float32)

# %% [markdown]
# ## Optional: from the loss back to weight and bias
#
# A Module computes with the same recorded operations as your tensors did before. The next cell makes a small layer of its own, computes one loss and prints the way back from it; `AccumulateGrad`
# is where a parameter's `.grad` gets filled. If both `torchviz` and Graphviz's program `dot` are installed, you also see it as a picture. Nothing depends on this cell.

# %%
from importlib.util import find_spec
from shutil import which


def way_back(node, depth=0):
    print("   " * depth + type(node).__name__)
    for previous, _ in node.next_functions:
        if previous is not None:
            way_back(previous, depth + 1)


def picture_of_one_loss():
    layer = nn.Linear(1, 1)
    loss = (layer(X) - 20.0).pow(2).mean()
    way_back(loss.grad_fn)
    if find_spec("torchviz") and which("dot"):
        from torchviz import make_dot

        return make_dot(loss, params=dict(layer.named_parameters()))
    print("\n(no picture: torchviz and Graphviz are not both installed here)")
    return None


picture_of_one_loss()

# %% [markdown]
# ## Practice 2: the class
#
# A Module needs two methods. `__init__` creates the layers and stores them as attributes, whereby their parameters are registered; `forward` says how a prediction comes about.
#
# **To write:** a class `LinearRegressionTorch` with
#
# | | |
# |---|---|
# | `__init__(self, input_size, output_size)` | stores `self.linear = nn.Linear(input_size, output_size)`; the parent's `__init__` is called first |
# | `forward(self, x)` | returns the layer's output |
#
# and with it
#
# | | |
# |---|---|
# | `model` | `LinearRegressionTorch(input_size=1, output_size=1)` |
# | `loss_fun` | `nn.MSELoss()` |
# | `LR` | 0.02 |
# | `optimizer` | `torch.optim.SGD` over the model's parameters, with the rate `LR` |
#
# The seed in the first line is there so that you can compare figures with your neighbour; any start is right.

# %%
torch.manual_seed(0)


class LinearRegressionTorch(nn.Module):
    def __init__(self, input_size, output_size):
        super().__init__()
        self.linear = nn.Linear(input_size, output_size)

    def forward(self, x):
        return self.linear(x)


model = LinearRegressionTorch(1, 1)
loss_fun = nn.MSELoss()
LR = 0.02
optimizer = torch.optim.SGD(model.parameters(), lr=LR)

# %% [markdown]
# ## Practice 3: the training loop
#
# Every turn of the loop does the same five things, and each has its place:
#
# | | |
# |---|---|
# | clear | the gradients of the last turn go: they would be added to |
# | predict | `y_pred` from `X` |
# | measure | the loss of `y_pred` against `y_true`, averaged over the 32 cars: $\ell = \frac{1}{32} \sum_n (\hat{y}_n - y_n)^2$ |
# | differentiate | every parameter gets its $\partial \ell / \partial \theta$ |
# | step | $\theta \leftarrow \theta - 0.02 \cdot \partial \ell / \partial \theta$ |
#
# (When this loop was first written for a lecture, one of the five was forgotten. Nothing complained; only the printed losses, which were all the same, gave it away.)
#
# **To write:** the loop: all 32 cars in every step (full batch), `NUM_EPOCHS = 1000` epochs, a line printed every 100 epochs.
#
# **To hand in:** the trained `model`, and three lists of 1000 plain numbers each, one entry per epoch:
#
# | list | entry |
# |---|---|
# | `losses` | the loss of this epoch |
# | `slope` | the weight **after** this epoch's step |
# | `bias` | the bias **after** this epoch's step |
#
# *Hint.* `param.data.numpy()` shares its memory with the parameter: what you append today shows tomorrow's value. `.item()` gives a number that stays as it is.

# %%
NUM_EPOCHS = 1000
losses, slope, bias = [], [], []

for epoch in range(NUM_EPOCHS):
    optimizer.zero_grad()
    y_pred = model(X)
    loss = loss_fun(y_pred, y_true)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
    slope.append(model.linear.weight.item())
    bias.append(model.linear.bias.item())
    if epoch % 100 == 0:
        print(f"epoch {epoch}: {loss.item():.4f}")

# %% [markdown]
# ## Practice 4: the curves
#
# **To hand in:** a figure with `losses`, `slope` and `bias` over the epochs: three axes side by side, each with a title, or all in one with a legend.
#
# Look at slope and bias together. The loss drops steeply within the first ten epochs and then creeps, while both parameters have most of their way before them: they move along the
# bottom of a long and nearly flat valley, where a bias that is too small is made up for by a slope that is not steep enough.

# %%
fig, (ax1, ax2, ax3) = plt.subplots(1, 3, figsize=(12, 3))
ax1.plot(losses)
ax1.set_title("loss")
ax2.plot(slope)
ax2.set_title("slope")
ax3.plot(bias)
ax3.set_title("bias")
for ax in (ax1, ax2, ax3):
    ax.set_xlabel("epoch")

# %% [markdown]
# ## Practice 5: predictions
#
# **To hand in:** a NumPy array `predictions` with the trained model's prediction for each car, of shape **`(32,)`**. Draw it as a line over the cars, if you like.
#
# *Hint.* The model returns a column that requires a gradient: two things to get rid of.

# %%
predictions = model(X).detach().numpy().reshape(-1)
plt.scatter(cars["wt"], cars["mpg"])
plt.plot(cars["wt"], predictions)
plt.show()

# %% [markdown]
# ## Practice 6: until it agrees with scikit-learn
#
# The best line is known exactly:

# %%
best = LinearRegression().fit(cars[["wt"]].values, cars["mpg"].values)
print(f"scikit-learn: slope {best.coef_[0]:.4f}, intercept {best.intercept_:.4f}")

# %% [markdown]
# After 1000 epochs your line is some 9 % away from this in its slope. There is nothing wrong with it, it only has not arrived.
#
# **To write:** a second training, of a **new** model with a **new** optimizer, with the same loss and the same rate, for as many epochs as it takes.
#
# **To hand in:** the trained model, under the name `model_long`: weight and bias both within 0.1 % of scikit-learn's. How many epochs you allow is up to you; more than it takes do no harm.
#
# *Hints.* The optimizer moves the parameters that it was given at its birth. Do not go on with the first model: `predictions` speak of it.

# %%
model_long = LinearRegressionTorch(1, 1)
opt = torch.optim.SGD(model_long.parameters(), lr=0.02)
for epoch in range(4000):
    opt.zero_grad()
    loss = loss_fun(model_long(X), y_true)
    loss.backward()
    opt.step()
print(model_long.state_dict())

# %% [markdown]
# ## What to take away
#
# - The class says what a prediction is, the loop how it gets better. Neither knows the other's inside: tomorrow's class may have a million parameters and the loop stays.
# - A loss that hardly falls any more does not mean that the parameters have arrived. How long the last bit takes depends on how flat the valley is, here more than
#   a hundred times flatter along than across.
# - Record while you train: what was not written down in its epoch is gone.
#
# *Restart the kernel and run all cells before you hand in.*
