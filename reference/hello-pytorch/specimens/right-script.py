# %% [markdown]
# # Hello, PyTorch: a model, a loss, and data it has never seen
#
# A first complete workflow on the simplest of all models. The data lie on a straight line without any noise, so you know what has to come out: a weight of 0.7 and a bias of 0.3. New are three things:
#
# - the model's parameters are declared **by hand**, as two `nn.Parameter`s,
# - the loss is the **absolute** error,
# - some of the data are **held out**: the model never trains on them, and shows on them what it has learned.

# %%
import matplotlib.pyplot as plt
import torch
from sklearn.model_selection import train_test_split
from torch import nn

# %% [markdown]
# ## The data
#
# 50 values of x from 0 to 0.98, as a column of shape `(50, 1)`, and the points of the line above them.

# %%
X = torch.arange(0, 1, 0.02).unsqueeze(dim=1)
y = 0.7 * X + 0.3
print("X", tuple(X.shape), " y", tuple(y.shape))

# %% [markdown]
# ## The split
#
# A model that is judged by what it was trained on can get full marks by learning it by heart. So a fifth of the rows is put aside before anything else happens: the **test** set. It is looked at, never learned from.
# The rows are drawn at random, but the draw is fixed by `random_state`, so that everybody has the same 40 and 10.

# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42)
print("train", tuple(X_train.shape), " test", tuple(X_test.shape))

# %%
def plot_predictions(predictions=None):
    """Training data, test data and, where given, predictions for the test data."""
    plt.figure(figsize=(8, 5))
    plt.scatter(X_train, y_train, s=8, c="b", label="training data")
    plt.scatter(X_test, y_test, s=8, c="g", label="test data")
    if predictions is not None:
        plt.scatter(X_test, predictions, s=8, c="r", label="predictions")
    plt.xlabel("x")
    plt.ylabel("y")
    plt.legend()
    plt.show()


plot_predictions()

# %% [markdown]
# ## Practice 1: the model
#
# `nn.Parameter` marks a tensor as something to learn: the Module that gets it as an attribute lists it among its `parameters()`, and it requires a gradient.
#
# **To write:** a class `LinearRegressionModel`, an `nn.Module` with
#
# | | |
# |---|---|
# | `weight` | an `nn.Parameter` of one random number, `torch.randn(1)` |
# | `bias` | likewise, made after `weight` |
# | `forward(x)` | returns weight times x plus bias |
#
# Then set the seed to **42** with `torch.manual_seed` and make `model_0`, an instance of your class. Its two parameters should now be 0.3367 and 0.1288.
#
# Have a look at what this untrained model predicts for the test data. No gradient is needed for looking: `with torch.inference_mode():` switches the recording off.

# %%
class LinearRegressionModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1))
        self.bias = nn.Parameter(torch.randn(1))

    def forward(self, x):
        return self.weight * x + self.bias


torch.manual_seed(42)
model_0 = LinearRegressionModel()

# %% [markdown]
# ## The absolute error
#
# The loss is the mean absolute error over the $N$ rows,
#
# $$ \ell(w, b) = \frac{1}{N} \sum_n \left| w x_n + b - y_n \right| , \qquad
# \frac{\partial \ell}{\partial w} = \frac{1}{N} \sum_n \pm x_n , \qquad
# \frac{\partial \ell}{\partial b} = \frac{1}{N} \sum_n \pm 1 , $$
#
# with a plus for every row that is predicted too high and a minus for every one too low. The gradient counts, it does not weigh: how *far* off a row is plays no role. So as long as all predictions are too low,
# every step is exactly as long as the one before, and the bias climbs by 0.001 a step when the rate is 0.001. *From 0.1288, how long until it passes 0.3? What do you expect from then on?*

# %% [markdown]
# ## Practice 2: train, and look aside
#
# **To write:**
#
# | | |
# |---|---|
# | loss | `loss_fn`, `nn.L1Loss` |
# | optimizer | `torch.optim.SGD` over the parameters of `model_0`, rate 0.001 |
# | data | `X_train` and `y_train`, all 40 rows in every step |
# | epochs | 1500 |
#
# After each step put the model into evaluation mode and compute the loss on the **test** data, under `torch.inference_mode()`. Back to training mode at the start of the next epoch.
#
# **To hand in:** the trained `model_0`, and three lists with **15 entries** each: one every 100 epochs, beginning with epoch 0.
#
# | list | entry |
# |---|---|
# | `epoch_values` | the number of the epoch: 0, 100, …, 1400 |
# | `loss_values` | the training loss of that epoch, as computed **before** its step |
# | `test_loss_values` | the test loss **after** that epoch's step |
#
# Tensors or arrays of one number are as good as plain numbers here. Print weight and bias along with them, to see where they go.
#
# *Hint.* Four tensors came out of the split: make sure that each of them goes where its name says. With the seed 42 both losses are below 0.002 at the end; if yours are not, compare the printed weight and bias of epoch 0 with
# 0.3372 and 0.1298.

# %%
epoch_values, loss_values, test_loss_values = [], [], []
loss_fn = nn.L1Loss()
optimizer = torch.optim.SGD(params=model_0.parameters(), lr=0.001)

for epoch in range(1500):
    model_0.train()
    y_pred = model_0(X_train)
    loss = loss_fn(y_pred, y_train)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    model_0.eval()
    with torch.inference_mode():
        test_pred = model_0(X_test)
        test_loss = loss_fn(test_pred, y_test)
    if epoch % 100 == 0:
        epoch_values.append(epoch)
        loss_values.append(loss.detach().numpy())
        test_loss_values.append(test_loss.detach().numpy())
        print(f"Epoch: {epoch} | Loss: {loss} | Test loss: {test_loss}")
        print(model_0.state_dict())

# %% [markdown]
# ## Look at it
#
# Draw both losses over `epoch_values` in the next cell, and the predictions once more, if you like. There is nothing to hand in here.

# %%
# YOUR CODE HERE

# %% [markdown]
# ## What to take away
#
# - The loss falls on a straight line, bends, falls on a flatter one: each piece belongs to one pattern of signs. When the bias has overshot, the weight is too small by as much, and the two then walk together towards the end.
# - With the absolute error the steps do not get shorter near the goal. The last hundred epochs only jump to and fro about 0.7 and 0.3, by about a step's length; a smaller rate would jump less.
# - Test loss and training loss fall together here, since the line is the same for both. Where they part, the model has begun to learn its training data by heart.
#
# *Restart the kernel and run all cells before you hand in.*
