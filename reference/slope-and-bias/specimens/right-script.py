# %% [markdown]
# # Slope and bias: gradient descent from scratch
#
# A straight line has two numbers to learn: its **slope** `w` and its **bias** `b`. In this notebook you watch both being learned, by the
# simplest training loop there is, with nothing hidden: no model class, no optimizer, only two tensors and their gradients.
#
# You will
#
# - see how PyTorch finds the derivative of a loss with respect to two parameters at once,
# - follow a training run with a learning rate of 0.1 (**given**),
# - **write** the same training yourself with a learning rate of 0.2, and compare the two loss curves.

# %% [markdown]
# ## What we need
#
# NumPy is not needed here; PyTorch for the tensors and the gradients, Matplotlib for the figures.

# %%
import matplotlib.pyplot as plt
import torch

# %% [markdown]
# ## The data
#
# 60 values of x from -3 up to (but without) 3, in steps of 0.1, as a column of shape `(60, 1)`. The true line has slope 1 and bias -1,
# and every measured `Y` is off that line by a little Gaussian noise with standard deviation 0.1.
#
# No seed is set: your noise is your own, so your numbers differ slightly from your neighbour's. That is fine, and expected.

# %%
X = torch.arange(-3, 3, 0.1).view(-1, 1)
f = 1 * X - 1
Y = f + 0.1 * torch.randn(X.size())

# %%
plt.plot(X.numpy(), Y.numpy(), "rx", label="measured")
plt.plot(X.numpy(), f.numpy(), label="true line")
plt.xlabel("x")
plt.ylabel("y")
plt.legend()
plt.show()

# %% [markdown]
# ## The model and the criterion
#
# The prediction for one x is $\hat{y} = w x + b$. How bad a pair $(w, b)$ is on all $N$ points is measured by the mean squared error,
#
# $$\ell(w, b) = \frac{1}{N} \sum_{n=1}^{N} \left( w x_n + b - y_n \right)^2 .$$
#
# Think of $\ell$ as a landscape over the plane of all $(w, b)$: a long bowl whose lowest point is the best line.

# %%
def forward(x):
    return w * x + b


def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

# %% [markdown]
# ## Which way is down?
#
# The two partial derivatives follow from the chain rule:
#
# $$\frac{\partial \ell}{\partial w} = \frac{2}{N} \sum_n x_n \left( w x_n + b - y_n \right), \qquad
# \frac{\partial \ell}{\partial b} = \frac{2}{N} \sum_n \left( w x_n + b - y_n \right) .$$
#
# You need neither formula in your code. `loss.backward()` works both out and leaves them in `w.grad` and `b.grad`. One step of gradient descent
# then moves each parameter against **its own** derivative, by a fraction `lr` (the learning rate) of it:
#
# $$w \leftarrow w - \text{lr} \cdot \frac{\partial \ell}{\partial w}, \qquad b \leftarrow b - \text{lr} \cdot \frac{\partial \ell}{\partial b} .$$
#
# Two things are easily overlooked:
#
# - `backward()` **adds** to what `.grad` already holds. If the old gradient is not set to zero, every step uses the sum of all gradients so far.
# - The update itself is no part of the computation to be differentiated, so it must be hidden from autograd: through `.data`, as below, or inside
#   `with torch.no_grad():`.
#
# A derivative is nothing mysterious: nudge one parameter a little, and see by how much the loss answers. At the start of our training,
# beside the formulas:

# %%
def loss_at(slope, bias):
    return torch.mean((slope * X + bias - Y) ** 2).item()


residual = -15.0 * X - 10.0 - Y
print(f"formula: dw = {2 * torch.mean(X * residual).item():.2f}   db = {2 * torch.mean(residual).item():.2f}")

nudge = 0.01
dw = (loss_at(-15.0 + nudge, -10.0) - loss_at(-15.0 - nudge, -10.0)) / (2 * nudge)
db = (loss_at(-15.0, -10.0 + nudge) - loss_at(-15.0, -10.0 - nudge)) / (2 * nudge)
print(f"nudged : dw = {dw:.2f}   db = {db:.2f}")

# %% [markdown]
# ## A training run: learning rate 0.1
#
# **Given.** We start far away on purpose, at `w = -15` and `b = -10`, and take 15 steps. Each one uses all 60 points (*full batch*), so an iteration
# and an epoch are the same thing here. The loss of every iteration, read before the update, goes to the list `LOSS`.
#
# `loss.item()` is a plain Python number. Appending `loss` itself would store a tensor that still drags its whole computation along, and
# Matplotlib refuses to draw such a list.

# %%
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []


def train_model(iterations):
    for iteration in range(iterations):
        Yhat = forward(X)
        loss = criterion(Yhat, Y)
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - lr * w.grad.data
        b.data = b.data - lr * b.grad.data
        w.grad.data.zero_()
        b.grad.data.zero_()


train_model(15)
print(f"after {len(LOSS)} iterations: loss {LOSS[-1]:.3f}, w {w.item():.3f}, b {b.item():.3f}")

# %%
plt.plot(LOSS, marker="o")
plt.xlabel("iteration")
plt.ylabel("mean squared error")
plt.title("learning rate 0.1")
plt.show()

# %% [markdown]
# The slope is nearly right, the bias is not yet: it still lacks about a third of a unit. Why the bias? Compare how strongly each parameter's error
# is felt. The average of $x^2$ over the data is about 3, so the loss curves three times as steeply along `w` as along `b`. With a rate of
# 0.1, an error in `w` shrinks to about $1 - 2 \cdot 0.1 \cdot 3 = 0.4$ of itself in a step, an error in `b` only to $1 - 2 \cdot 0.1 = 0.8$. The bias
# sets the pace.
#
# *Before you go on, guess: what becomes of these two factors when the rate is 0.2? And at which rate would the slope start to run away?*

# %% [markdown]
# ## Practice: learning rate 0.2
#
# **Given:** the data `X` and `Y`, the functions `forward` and `criterion`, and an empty list `LOSS2`.
#
# **To write:** a training run of your own,
#
# | | |
# |---|---|
# | start | **new** tensors `w = -15.0` and `b = -10.0`, both with `requires_grad=True` |
# | learning rate | 0.2 |
# | batch | all 60 points in every iteration |
# | iterations (epochs) | 15 |
#
# **To hand in:** the list `LOSS2` with 15 entries: the loss of each iteration as a plain number, in order, read before that iteration's update.
# At the end `w` and `b` hold the trained values.
#
# *Hints.* Run the lecture's cells first. `train_model` writes into `LOSS`, which the figure below still needs: write a loop of your own.
# If the loss goes down and then up again, or swings, look at what happens to `.grad` between two iterations.

# %%
LOSS2 = []

w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.2

for epoch in range(15):
    loss = criterion(forward(X), Y)
    LOSS2.append(loss.item())
    loss.backward()
    w.data -= lr * w.grad.data
    b.data -= lr * b.grad.data
    w.grad.zero_()
    b.grad.zero_()

# %% [markdown]
# ## Practice: the two curves
#
# **To hand in:** one figure with `LOSS` and `LOSS2` as two curves over the iterations, each with a label, and a legend.

# %%
plt.plot(LOSS, label="lr 0.1")
plt.plot(LOSS2, label="lr 0.2")
plt.xlabel("iteration")
plt.ylabel("loss")
plt.legend()
plt.show()

# %%
print(f"w = {w.item():.3f} (true 1), b = {b.item():.3f} (true -1)")

# %% [markdown]
# ## What to take away
#
# With twice the rate the factors become about $-0.2$ for the slope (it overshoots a little at each step, and comes back) and $0.6$ for the bias. Both are
# smaller in size than before, so the same 15 steps end much closer: your last loss should be near the noise's own $0.1^2 = 0.01$, where the lecture's run
# stops near 0.18. Beyond a rate of about one third the slope's factor drops below $-1$, and every step would end further away than it began.

# %% [markdown]
# *Restart the kernel and run all cells before you hand in: what counts is what the notebook does from top to bottom.*
