# %% [markdown]
# # Learning rate and number of epochs
#
# Two numbers decide whether a training gets anywhere: how far a step goes, and how many steps there are. In this notebook you train the same model on the same cars from the same start at three
# rates, say what became of each run, and find the epoch from which on you could have stopped.
#
# You will **write** the three runs, a figure, and two answers.

# %%
import matplotlib.pyplot as plt
import pandas as pd
import torch
from sklearn.linear_model import LinearRegression
from torch import nn

# %% [markdown]
# ## Given: data, model, and the best line
#
# Weight (`wt`, in 1000 lb) and miles per gallon (`mpg`) of 32 cars, both as columns of shape `(32, 1)`; the line as a Module; and the best line there is, from scikit-learn.

# %%
URL = "https://gist.githubusercontent.com/noamross/e5d3e859aa0c794be10b/raw/b999fb4425b54c63cab088c0ce2c0d6ce961a563/cars.csv"
try:
    cars = pd.read_csv(URL)
except OSError:  # no network: the same table lies beside this notebook
    cars = pd.read_csv("cars.csv")

X = torch.tensor(cars[["wt"]].values, dtype=torch.float32)
y_true = torch.tensor(cars[["mpg"]].values, dtype=torch.float32)

# %%
class LinearRegressionTorch(nn.Module):
    def __init__(self, input_size, output_size):
        super().__init__()
        self.linear = nn.Linear(input_size, output_size)

    def forward(self, x):
        return self.linear(x)

# %%
best = LinearRegression().fit(X.numpy(), y_true.numpy())
best_slope, best_intercept = best.coef_.item(), best.intercept_.item()
print(f"best slope {best_slope:.4f}, best intercept {best_intercept:.4f}")

# %% [markdown]
# ## What to expect
#
# The loss is a bowl over the plane of weight and bias. Along each of its two axes, the error of the parameters is multiplied in every step by
#
# $$ 1 - \text{lr} \cdot \lambda , $$
#
# where $\lambda$ is how strongly the bowl curves along that axis. Nothing else happens: a training run of a straight line is two such factors, applied over and over.

# %%
ones = torch.ones_like(X)
design = torch.cat([X, ones], dim=1)
flat, steep = torch.linalg.eigvalsh(2 * design.T @ design / len(X)).tolist()
print(f"curvature: {flat:.3f} along the valley, {steep:.2f} across it")

# %% [markdown]
# A factor between -1 and 1 makes the error smaller. Near 1 it does so very slowly; below -1 it makes the error *larger*, with a change of sign at every step, and there is no way back.
#
# *Before you train: work out both factors for the rates 0.1, 0.02 and 0.001. Which run will explode? Which one will crawl, and along which axis? What is left of the error after 3000 steps?*

# %% [markdown]
# ## Practice 1: three runs
#
# **To write:** for each of the rates **0.1**, **0.02** and **0.001**
#
# | | |
# |---|---|
# | seed | `torch.manual_seed(0)` directly before each model is made, so that all start alike |
# | model | a new `LinearRegressionTorch(1, 1)` |
# | loss | `nn.MSELoss` |
# | optimizer | a new `torch.optim.SGD` with this rate |
# | batch | all 32 cars in every step |
# | epochs | 3000 |
#
# **To hand in:** a dictionary `curves` with the three rates (the numbers) as keys. Under each rate stands the list of its 3000 losses, one an epoch, as plain numbers. Leave
# `inf` and `nan` in the list if they occur: they are the result.
#
# *Hints.* Write the training once, as a function or as the body of a loop over the rates. Everything that learns must be new each time. For practice 3 you will need the weights and biases
# of the run at 0.02, epoch by epoch: record them too.

# %%
curves = {}
weights = {}
biases = {}

for rate in [0.1, 0.02, 0.001]:
    torch.manual_seed(0)
    model = LinearRegressionTorch(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    loss_fun = nn.MSELoss()
    curves[rate] = []
    weights[rate] = []
    biases[rate] = []
    for epoch in range(3000):
        y_pred = model(X)
        loss = loss_fun(y_pred, y_true)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        curves[rate].append(loss.item())
        weights[rate].append(model.linear.weight.item())
        biases[rate].append(model.linear.bias.item())

# %% [markdown]
# ## Practice 2: one figure, and a verdict
#
# **To hand in:** one figure with all three loss curves over the epochs, each labelled with its rate, a legend, and a **logarithmic** vertical axis.
#
# On a linear axis a run that explodes leaves nothing to see of the others. On a logarithmic one, an error that is multiplied by the same factor in each step falls (or rises) on a straight line.

# %%
for rate in curves:
    plt.plot(curves[rate], label=str(rate))
plt.yscale("log")
plt.legend()
plt.xlabel("epoch")
plt.ylabel("loss")
plt.show()

# %% [markdown]
# **To hand in:** a dictionary `verdict` with the same three keys and one of these words for each:
#
# | word | meaning, at the end of the 3000 epochs |
# |---|---|
# | `"diverged"` | the loss is not a finite number, or higher than at the start |
# | `"converged"` | weight **and** bias are both within 1 % of scikit-learn's |
# | `"too slow"` | neither: it has come down, but has not arrived |
#
# Type them in as what you saw, or let the program decide: as you like.

# %%
verdict = {0.1: "diverged", 0.02: "converged", 0.001: "too slow"}

# %% [markdown]
# ## Practice 3: when could you have stopped?
#
# **To hand in:** `first_epoch`, a whole number: the first epoch of the run at **0.02** after whose step weight and bias are *both* within 1 % of scikit-learn's. Epochs may be counted from 0 or from 1.
#
# *Hint.* Within 1 % means $\left| \theta / \theta_{\text{best}} - 1 \right| < 0.01$. Which of the two gets there last?

# %%
first_epoch = None
for e in range(3000):
    if abs(weights[0.02][e] / best_slope - 1) < 0.01 and abs(biases[0.02][e] / best_intercept - 1) < 0.01:
        first_epoch = e + 1
        break
print(first_epoch)

# %% [markdown]
# ## What to take away
#
# - **Too large** is a matter of the steepest axis: as soon as $\text{lr} \cdot \lambda_{\text{steep}} > 2$ the run explodes, however many epochs you give it. `inf` and then `nan` are how it ends.
# - **Too slow** is a matter of the flattest one: at 0.001 the error along the valley loses some 0.015 % in a step. More epochs would help, but it takes more than ten times as many.
# - A good rate stands below the edge, and not far below. In a valley as narrow as this one even a good rate needs patience; what makes the valley rounder (taking the mean off the feature, for one)
#   helps more than any choice of rate.
#
# *Restart the kernel and run all cells before you hand in.*
