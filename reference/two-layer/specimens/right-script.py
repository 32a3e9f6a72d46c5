# %% [markdown]
# # Two layers: the same line, learned by a small network
#
# A straight line needs two numbers. What happens when a model with 31 of them, ten hidden units in between and a bend in each, is asked to learn that very line? It should manage, but how it gets there
# looks different, and so does the model that comes out.
#
# You will **write** the network as a Module, its training loop, and two lists of losses.

# %%
import matplotlib.pyplot as plt
import torch
from sklearn.model_selection import train_test_split
from torch import nn

# %% [markdown]
# ## Given: the data and their split
#
# 50 points of the line with slope 0.7 and intercept 0.3, without noise; 40 rows to train on, 10 held out for the test. The draw is fixed by `random_state`.

# %%
X = torch.arange(0, 1, 0.02).unsqueeze(dim=1)
y = 0.7 * X + 0.3
print("X", tuple(X.shape), " y", tuple(y.shape))

# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42)
print("train", tuple(X_train.shape), " test", tuple(X_test.shape))

# %% [markdown]
# ## Why a bend?
#
# A layer computes $W x + b$. Two of them in a row compute $W_2 (W_1 x + b_1) + b_2$, which is again a straight line: nothing is gained. So something that is *not* a straight line has to stand between them. The simplest is the
# rectified linear unit, which lets positive numbers pass and turns the others into zero:
#
# $$ \text{ReLU}(z) = \max(0, z) , \qquad \hat{y} = W_2 \, \text{ReLU}(W_1 x + b_1) + b_2 . $$
#
# Each of the ten hidden units contributes a line with one kink, at the place where its own $W_1 x + b_1$ changes its sign. Where that place lies outside the data, the unit is either always on or always off.

# %%
z = torch.linspace(-2, 2, 101)
plt.plot(z, torch.relu(z), label="ReLU(z)")
plt.plot(z, torch.relu(z) - torch.relu(z - 1), label="ReLU(z) - ReLU(z - 1)")
plt.xlabel("z")
plt.legend()
plt.show()

# %% [markdown]
# ## Practice 1: the network
#
# **To write:** a Module with
#
# | | |
# |---|---|
# | `linear1` | `nn.Linear(1, 10)` |
# | `linear2` | `nn.Linear(10, 1)`, made after `linear1` |
# | `forward(x)` | `linear2` of the ReLU of `linear1` of x |
#
# Set the seed to **42** with `torch.manual_seed`, then make `model_2layer`. Count its parameters: 10 weights and 10 biases in the first layer, 10 weights and one bias in the second.

# %%
class TwoLayerModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear1 = nn.Linear(1, 10)
        self.linear2 = nn.Linear(10, 1)
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.linear2(self.relu(self.linear1(x)))


torch.manual_seed(42)
model_2layer = TwoLayerModel()

# %% [markdown]
# ## Practice 2: training
#
# Nothing in the loop knows how many layers there are. The chain rule, which carries the loss back through `linear2`, the ReLU and `linear1` to all 31 parameters, is `backward()`'s business.
#
# **To write:**
#
# | | |
# |---|---|
# | loss | `nn.L1Loss` |
# | optimizer | `torch.optim.SGD` over all parameters of `model_2layer`, rate 0.001 |
# | data | `X_train` and `y_train`, all 40 rows in every step |
# | epochs | 1500 |
#
# **To hand in:** the trained `model_2layer`, and two lists with **15 entries** each, one every 100 epochs, beginning with epoch 0:
#
# | list | entry |
# |---|---|
# | `train_losses` | the training loss of that epoch, as computed **before** its step |
# | `test_losses` | the loss on `X_test` and `y_test` **after** that epoch's step, computed under `torch.inference_mode()` |
#
# Tensors or arrays of one number are as good as plain numbers here.

# %%
train_losses, test_losses = [], []
loss_fn = nn.L1Loss()
optimizer = torch.optim.SGD(model_2layer.parameters(), lr=0.001)

for epoch in range(1500):
    model_2layer.train()
    y_pred = model_2layer(X_train)
    loss = loss_fn(y_pred, y_train)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    model_2layer.eval()
    with torch.inference_mode():
        test_pred = model_2layer(X_test)
        test_loss = loss_fn(test_pred, y_test)
    if epoch % 100 == 0:
        train_losses.append(loss.item())
        test_losses.append(test_loss.item())
        print(epoch, loss.item(), test_loss.item())

# %% [markdown]
# ## Look at it
#
# Draw both losses, and the network's prediction over the data. Is it a straight line? There is nothing to hand in here.

# %%
# YOUR CODE HERE

# %% [markdown]
# ## What to take away
#
# - The same loop, the same loss, the same optimizer: only the class has changed.
# - The network comes near the line, but in the same 1500 epochs not as near as two parameters do. More parameters do not by themselves make a better model. And what the ten units agree on is a line only where there are data: ask it for $x = -1$ or $x = 3$.
# - Another seed ends somewhere else. There are many sets of 31 numbers that make this line, and no two starts lead to the same.
#
# *Restart the kernel and run all cells before you hand in.*
