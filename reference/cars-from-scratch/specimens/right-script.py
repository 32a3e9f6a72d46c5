# %% [markdown]
# # Cars from scratch: one sample at a time
#
# How many miles does a car go on a gallon, given its weight? In this notebook you train a line on measured cars with nothing but two
# tensors, look at what it predicts, and then ask scikit-learn for the exact answer to see how near you came.
#
# You will **write** four things: the training loop, the list of its losses, the predictions, and the scikit-learn fit.

# %%
import matplotlib.pyplot as plt
import pandas as pd
import torch
from sklearn.linear_model import LinearRegression

# %% [markdown]
# ## The data
#
# 32 cars of the model years 1973 and 1974, eleven measurements each. Two of them matter here: `wt`, the weight in units of 1000 lb, is the feature, and
# `mpg`, miles per gallon, the target.

# %%
URL = "https://gist.githubusercontent.com/noamross/e5d3e859aa0c794be10b/raw/b999fb4425b54c63cab088c0ce2c0d6ce961a563/cars.csv"
try:
    cars = pd.read_csv(URL)
except OSError:  # no network: the same table lies beside this notebook
    cars = pd.read_csv("cars.csv")
cars.head()

# %%
X = torch.tensor(cars[["wt"]].values, dtype=torch.float32)
y = torch.tensor(cars["mpg"].values, dtype=torch.float32)
print("X", tuple(X.shape), " y", tuple(y.shape))

# %%
plt.scatter(cars["wt"], cars["mpg"])
plt.xlabel("weight (1000 lb)")
plt.ylabel("miles per gallon")
plt.show()

# %% [markdown]
# ## The model, and a step per car
#
# The prediction for a car of weight $x$ is $w x + b$, its loss the squared error
#
# $$ \ell = (w x + b - y)^2, \qquad
# \frac{\partial \ell}{\partial w} = 2 x \, (w x + b - y), \qquad
# \frac{\partial \ell}{\partial b} = 2 \, (w x + b - y) . $$
#
# Instead of averaging over all cars before each move, you move after **every single car** (*stochastic* gradient descent, here without the dice: the cars come in
# the order of the table). One epoch is one pass through the table, thus 32 steps.
#
# Every car pulls the line its own way, and the pull of a single car is a poor guide. Small steps average it out: a rate of 0.001 is right here, and it takes its time. The
# weights lie between 1.5 and 5.4, far from zero on one side, so that a wrong slope can long be made up for by a wrong bias. After 100 epochs the line still points **upwards**.

# %% [markdown]
# ## Optional: what autograd remembers
#
# While `(w * x + b - y) ** 2` is computed, PyTorch keeps a record of every operation, from the loss back to the two tensors that require a gradient. `backward()` walks along this
# record. The next cell prints it, and draws it as well if both `torchviz` and the program `dot` of Graphviz are installed. You can do the exercise without.

# %%
from importlib.util import find_spec
from shutil import which


def tell(node, depth=0):
    print("   " * depth + type(node).__name__)
    for previous, _ in node.next_functions:
        if previous is not None:
            tell(previous, depth + 1)


def graph_of_one_loss():
    slope = torch.ones(1, requires_grad=True)
    bias = torch.ones(1, requires_grad=True)
    loss = (slope * X[0] + bias - y[0]) ** 2
    tell(loss.grad_fn)
    if find_spec("torchviz") and which("dot"):
        from torchviz import make_dot

        return make_dot(loss, params={"slope": slope, "bias": bias})
    print("\n(no picture: torchviz and Graphviz are not both installed here)")
    return None


graph_of_one_loss()

# %% [markdown]
# ## Practice 1: the training loop
#
# **Given:** `X` with shape `(32, 1)` and `y` with shape `(32,)`.
#
# **To write:**
#
# | | |
# |---|---|
# | start | `w` and `b`, each `torch.rand(1, dtype=torch.float64, requires_grad=True)`, no seed |
# | loss | the squared error of one car |
# | learning rate | 0.001 |
# | batch size | 1: a step after every car, in the order of the table |
# | epochs | 1000 (32 000 steps, a few seconds) |
#
# Hide the update from autograd (`with torch.no_grad():`), and set both gradients to zero, in place, after it.
#
# **To hand in:** the trained `w` and `b`, and a list `losses` with 1000 plain numbers: the loss of the **last car of each epoch**, as it
# was computed for that car's step.
#
# *Hints.* Going over two tensors at once: `for x_i, y_i in zip(X, y):`. To see whether it works, print something every 100 epochs, not
# in every step. A slope that is still positive at the end has not seen enough epochs.

# %%
losses = []

w = torch.rand(1, dtype=torch.float64, requires_grad=True)
b = torch.rand(1, dtype=torch.float64, requires_grad=True)

for epoch in range(1000):
    for x_i, y_i in zip(X, y):
        loss = (w * x_i + b - y_i) ** 2
        loss.backward()
        with torch.no_grad():
            w -= 0.001 * w.grad
            b -= 0.001 * b.grad
            w.grad.zero_()
            b.grad.zero_()
    losses.append(loss.item())

# %% [markdown]
# ## Practice 2: predictions
#
# **To hand in:** a NumPy array `predictions` with the trained line's prediction for each of the 32 cars, of shape **`(32,)`**.
#
# Draw it as a line over the scatter plot of the data, if you like.
#
# *Hints.* A tensor that requires a gradient is turned into an array by `.detach().numpy()`. Then look at `.shape`: what shape has `X`? What shape
# does `X * w + b` inherit from it? Matplotlib draws either without a word, seaborn does not.

# %%
predictions = (X * w + b).detach().numpy().flatten()
plt.scatter(cars.wt, cars.mpg)
plt.plot(cars.wt, predictions, "r")

# %% [markdown]
# ## Practice 3: the exact answer
#
# For a straight line the best slope and bias need no descent at all: they solve two linear equations. That is what scikit-learn's `LinearRegression` does.
#
# **To hand in:** a `LinearRegression` of your own, named `reg`, fitted to weight (feature) and miles per gallon (target). Print its slope and intercept beside yours.
#
# After 1000 epochs your `w` and `b` should be within 3 % of them.
#
# *Hint.* scikit-learn wants the features as a table of two dimensions, one row per car.

# %%
reg = LinearRegression()
reg.fit(cars[["wt"]], cars["mpg"])
print(reg.coef_, reg.intercept_)

# %% [markdown]
# ## What to take away
#
# - With one sample per step, an epoch is 32 steps, and the order of the cars matters a little: the parameters never rest, they circle near the
#   best line. That, and the last bit of way, is the difference from scikit-learn.
# - The loss of one car says little about the line: the last car's loss need not fall steadily.
# - `(32, 1)` and `(32,)` hold the same numbers, and are not the same thing.
#
# *Restart the kernel and run all cells before you hand in.*
