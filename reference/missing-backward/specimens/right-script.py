# %% [markdown]
# # Find and mend: the loss that never moves
#
# This notebook is **broken on purpose**. It runs from top to bottom without an error, it looks like every training loop you have seen, and it learns nothing at all.
#
# Your task is the task of every working day with neural networks: read the symptom, find the cause, mend it with the smallest change that does.

# %%
import matplotlib.pyplot as plt
import pandas as pd
import torch
from torch import nn

# %% [markdown]
# ## The data
#
# Weight (`wt`, in 1000 lb) and miles per gallon (`mpg`) of 32 cars, both as columns of shape `(32, 1)`.

# %%
URL = "https://gist.githubusercontent.com/noamross/e5d3e859aa0c794be10b/raw/b999fb4425b54c63cab088c0ce2c0d6ce961a563/cars.csv"
try:
    cars = pd.read_csv(URL)
except OSError:  # no network: the same table lies beside this notebook
    cars = pd.read_csv("cars.csv")

X = torch.tensor(cars[["wt"]].values, dtype=torch.float32)
y_true = torch.tensor(cars[["mpg"]].values, dtype=torch.float32)
print("X", tuple(X.shape), " y_true", tuple(y_true.shape))

# %% [markdown]
# ## The model

# %%
class LinearRegressionTorch(nn.Module):
    def __init__(self, input_size, output_size):
        super().__init__()
        self.linear = nn.Linear(input_size, output_size)

    def forward(self, x):
        return self.linear(x)

# %%
torch.manual_seed(0)
model = LinearRegressionTorch(input_size=1, output_size=1)
loss_fun = nn.MSELoss()
LR = 0.02
optimizer = torch.optim.SGD(model.parameters(), lr=LR)
print("before training: weight", round(model.linear.weight.item(), 4), " bias", round(model.linear.bias.item(), 4))

# %% [markdown]
# ## The symptom first
#
# Run the loop below as it is, then look at the ten printed losses: **they are all the same**, to the last digit. The weight and the bias after 1000 epochs are those from before the training.
#
# Before you change anything, think about what a loss that is *exactly* constant rules out:
#
# - A learning rate that is too small: the loss would creep, in the last digits at least.
# - A learning rate that is too large: the loss would jump or explode.
# - A wrong target or a wrong loss: the model would still learn *something*, and the loss would move.
#
# So nothing moves at all. A parameter moves in one step by
#
# $$ \Delta \theta = - \text{lr} \cdot \frac{\partial \ell}{\partial \theta} , $$
#
# and the rate is not zero. *What is in `model.linear.weight.grad` after the loop? Which of the loop's lines should have put something there?*

# %% [markdown]
# ## Practice: find it, mend it
#
# **Given:** everything above, and the loop as it is.
#
# **To write:** the mend. The loop is to train the model with the full batch of 32 cars, `nn.MSELoss`, SGD at a rate of 0.02, for 1000 epochs. All of this is
# already right in the cell and should stay as it is, and so should the lists.
#
# **To hand in:** the cell with the mended loop. Its lists `losses`, `slope` and `bias` get one entry an epoch: the loss of the epoch, and weight and bias after the epoch's step.

# %%
losses, slope, bias = [], [], []
NUM_EPOCHS = 1000

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
        print(f"epoch {epoch:4d}: loss {loss.item():.4f}")

# %%
print("after training: weight", round(model.linear.weight.item(), 4), " bias", round(model.linear.bias.item(), 4))

# %% [markdown]
# ## The curves
#
# Three flat lines mean that the bug is still there. Once mended, the loss falls steeply and then slowly; slope and bias drift together, since for cars of such weights
# a bias that is too small is partly made up for by a slope that is not steep enough.

# %%
fig, axes = plt.subplots(1, 3, figsize=(12, 3))
for axis, values, name in zip(axes, (losses, slope, bias), ("loss", "slope", "bias")):
    axis.plot(values)
    axis.set_xlabel("epoch")
    axis.set_title(name)
plt.show()

# %% [markdown]
# ## What to take away
#
# A training loop that lacks one of its lines is still a valid program: nothing warns you. The curves do, if you draw them. *Exactly constant* is a different symptom
# from *slow*, and points to a different line.
#
# *Restart the kernel and run all cells before you hand in.*
