# %% [markdown]
# # The PyTorch way: Module, DataLoader, optimizer
#
# Writing every update by hand teaches what a step is, and is soon a burden: with a thousand parameters nobody wants a thousand lines of
# `w.data = w.data - lr * w.grad.data`. PyTorch has a part for each chore of the loop, and the same loop then fits a line as well as a large network:
#
# | chore | by hand | PyTorch's part |
# |---|---|---|
# | keep the data, hand out a batch at a time | slices of `X` and `Y` | `Dataset`, `DataLoader` |
# | hold the parameters, compute the prediction | `w`, `b`, `forward(x)` | `nn.Module` with `nn.Linear` |
# | say how wrong it is | `torch.mean((yhat - y) ** 2)` | `nn.MSELoss` |
# | move the parameters, clear the gradients | `.data`, `.grad`, `zero_()` | `optim.SGD`: `step()`, `zero_grad()` |
#
# You get a full training run as a model, and **write** a second one with another learning rate.

# %%
import matplotlib.pyplot as plt
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset

# %% [markdown]
# ## The data as a Dataset
#
# The line has slope 1 and bias -1, with noise of standard deviation 0.1 on each of the 60 points. A `Dataset` needs to answer two questions: how many samples are there,
# and what is sample number `index`? This one keeps `x`, the noisy `y`, the true line `f` and the count `len`.
#
# A seed is set here, so that everybody has the same noise and sees the same figures.

# %%
torch.manual_seed(1)


class Data(Dataset):
    def __init__(self):
        self.x = torch.arange(-3, 3, 0.1).view(-1, 1)
        self.f = 1 * self.x - 1
        self.y = self.f + 0.1 * torch.randn(self.x.size())
        self.len = self.x.shape[0]

    def __getitem__(self, index):
        return self.x[index], self.y[index]

    def __len__(self):
        return self.len


dataset = Data()

# %%
plt.plot(dataset.x.numpy(), dataset.y.numpy(), "rx", label="y")
plt.plot(dataset.x.numpy(), dataset.f.numpy(), label="f")
plt.xlabel("x")
plt.ylabel("y")
plt.legend()
plt.show()

# %% [markdown]
# ## The model as a Module
#
# `nn.Linear(1, 1)` owns a weight of shape `(1, 1)` and a bias of shape `(1,)`, both already registered as parameters that require a gradient. It fills
# them with random numbers, which follow from the seed above.

# %%
class LR(nn.Module):
    def __init__(self, input_size, output_size):
        super().__init__()
        self.linear = nn.Linear(input_size, output_size)

    def forward(self, x):
        return self.linear(x)


model = LR(1, 1)

# %%
print("before customising:")
print("weight", round(model.linear.weight.item(), 4))
print("bias  ", round(model.linear.bias.item(), 4))

# %% [markdown]
# To see a long way down we do not want to start there, but at weight -15 and bias -10. A module's `state_dict()` names its parameters; writing into the tensors it
# holds changes the module itself.

# %%
model.state_dict()["linear.weight"][0] = -15
model.state_dict()["linear.bias"][0] = -10
print(model.state_dict())

# %% [markdown]
# ## Loss, loader, optimizer
#
# - The criterion is the mean squared error.
# - The loader hands out **one** sample at a time (`batch_size=1`), in the order of the data: 60 steps make one epoch.
# - The optimizer is told at its birth *which tensors it is to move*: `model.parameters()`. It keeps these very tensors. Remember this for the practice.

# %%
criterion = nn.MSELoss()
trainloader = DataLoader(dataset=dataset, batch_size=1)
optimizer = optim.SGD(model.parameters(), lr=0.01)

# %% [markdown]
# ## One step, taken apart
#
# With a single sample $(x, y)$ and $r = w x + b - y$, the loss is $r^2$. Its gradient is $2 r x$ for the weight and $2 r$ for the bias. A step with rate
# $\eta$ thus changes the prediction for this very sample by $-2 \eta (x^2 + 1) \, r$, so that what is left of the error $r$ is
#
# $$ r_{\text{after}} = \left( 1 - 2 \eta \, (x^2 + 1) \right) r .$$
#
# At $x = -3$ and $\eta = 0.01$ the factor is $1 - 0.2 = 0.8$. *Work it out for $\eta = 0.1$ before you do the practice, and say what you expect.*
#
# Every turn of the loop has the same five parts: predict, measure, clear old gradients, compute new ones, step. The order matters: gradients that are
# cleared after `backward()` and before `step()` leave the optimizer with nothing to do.

# %%
def train_model_BGD(epochs):
    for epoch in range(epochs):
        for x, y in trainloader:
            yhat = model(x)
            loss = criterion(yhat, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

# %% [markdown]
# ## A training run: learning rate 0.01
#
# **Given:** 10 epochs of 60 steps.

# %%
train_model_BGD(10)

# %%
print("after 10 epochs at a rate of 0.01:")
print("weight", round(model.linear.weight.item(), 4))
print("bias  ", round(model.linear.bias.item(), 4))

# %%
with torch.no_grad():
    fitted = model(dataset.x)

plt.plot(dataset.x.numpy(), dataset.y.numpy(), "rx", label="y")
plt.plot(dataset.x.numpy(), fitted.numpy(), label="fitted, rate 0.01")
plt.xlabel("x")
plt.ylabel("y")
plt.legend()
plt.show()

# %% [markdown]
# ## Practice: a new model, learning rate 0.1
#
# **Given:** `dataset`, `trainloader` with batches of 1, the class `LR` and `criterion`.
#
# **To write:** a second training run,
#
# | | |
# |---|---|
# | model | a **new** `LR(1, 1)`, named `model`, set to weight -15 and bias -10 |
# | optimizer | `optim.SGD` with a learning rate of 0.1 |
# | batch size | 1, in the order of the data |
# | epochs | 10 (600 steps) |
# | loss | `nn.MSELoss` |
#
# **To hand in:** the trained `model`.
#
# *Hints.* Print the two parameters at the end. If they still stand at -15 and -10, ask whose parameters your optimizer holds. And if you write a function of your own, make
# sure that it is the one that gets called.

# %%
model = LR(1, 1)
model.state_dict()["linear.weight"][0] = -15
model.state_dict()["linear.bias"][0] = -10
optimizer = optim.SGD(model.parameters(), lr=0.1)

for epoch in range(10):
    for x, y in trainloader:
        yhat = model(x)
        loss = criterion(yhat, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

# %% [markdown]
# ## Look at it
#
# Draw your line over the data. There is nothing to hand in here; the cell shows whatever `model` is.

# %%
with torch.no_grad():
    fitted = model(dataset.x)

print("weight", round(model.linear.weight.item(), 4), " bias", round(model.linear.bias.item(), 4))
plt.plot(dataset.x.numpy(), dataset.y.numpy(), "rx", label="y")
plt.plot(dataset.x.numpy(), fitted.numpy(), label="fitted")
plt.xlabel("x")
plt.ylabel("y")
plt.legend()
plt.show()

# %% [markdown]
# ## What to take away
#
# Ten times the rate, and the line is *worse*, not better. At the ends of the data the factor $1 - 2 \eta (x^2 + 1)$ is about $-1$: each such step swings the whole error
# to the other side instead of removing it, and the last few samples of every epoch leave their own noise in the parameters. Small batches need small rates.
#
# *Restart the kernel and run all cells before you hand in.*
