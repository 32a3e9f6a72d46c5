# %% [markdown]
# # Find and mend: the same numbers in another shape
#
# This notebook is **broken on purpose**, in two places. It runs without an error or a warning, the loss falls as it should, and the line that comes out is nonsense.
# Both bugs are about the **shape** of a tensor: the numbers in it are right.

# %%
import matplotlib.pyplot as plt
import pandas as pd
import torch

# %% [markdown]
# ## The data
#
# Weight (`wt`, in 1000 lb) and miles per gallon (`mpg`) of 32 cars. Note the two shapes.

# %%
URL = "https://gist.githubusercontent.com/noamross/e5d3e859aa0c794be10b/raw/b999fb4425b54c63cab088c0ce2c0d6ce961a563/cars.csv"
try:
    cars = pd.read_csv(URL)
except OSError:  # no network: the same table lies beside this notebook
    cars = pd.read_csv("cars.csv")

X = torch.tensor(cars[["wt"]].values, dtype=torch.float32)
y = torch.tensor(cars["mpg"].values, dtype=torch.float32)
print("X", tuple(X.shape), " y", tuple(y.shape))

# %% [markdown]
# ## The symptom first
#
# Run the cells below as they are. The loss falls from several hundred to about 35 and settles. The line ends at a slope near **0.25** and a bias near **19.2**. But look at the cars: the
# heavy ones clearly go less far. No line through this cloud should rise.
#
# Two more things are suspicious:
#
# - A flat line at the average of all cars has a mean squared error of about 35 (the variance of `mpg`). A line that may also tilt can only do better.
# - More epochs do not help: the training *converges*, to the wrong place. So the steps are right, and they go down; it must be something else that they go down on.

# %% [markdown]
# ## A reminder about broadcasting
#
# When two tensors of different shapes meet in an operation, PyTorch lines the shapes up **from the right** and stretches every dimension of size 1 (or one that is
# missing) to the other's size. That is what makes `X * w` work for a `w` of shape `(1,)`. It never complains when the shapes *can* be made to fit, whether you meant it or not:

# %%
print(tuple((torch.zeros(3) + torch.zeros(1)).shape))
print(tuple((torch.zeros(4, 3) + torch.zeros(3)).shape))
print(tuple((torch.zeros(4, 1) + torch.zeros(1)).shape))

# %% [markdown]
# ## Practice 1: the training loop
#
# The loop is meant to minimise
#
# $$ \ell(w, b) = \frac{1}{32} \sum_{n=1}^{32} \left( w x_n + b - y_n \right)^2 , $$
#
# a mean of 32 numbers.
#
# **Given:** the whole loop: the start, the learning rate 0.02, the full batch of 32 cars in every step, 1000 epochs, the update. All of that is right and is to stay.
#
# **To write:** the mend of the loss.
#
# **To hand in:** the cell with the mended loop, and with it the trained `w` and `b`. The slope should come out between -5 and -4.7.
#
# *Hint.* How many numbers does `torch.mean` average? Print the shape of what stands inside.

# %%
w = torch.rand(1, dtype=torch.float64, requires_grad=True)
b = torch.rand(1, dtype=torch.float64, requires_grad=True)
lr = 0.02
losses = []

for epoch in range(1000):
    prediction = X[:, 0] * w + b
    loss = torch.mean((prediction - y) ** 2)
    losses.append(loss.item())
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
        b -= lr * b.grad
    w.grad.zero_()
    b.grad.zero_()
    if epoch % 100 == 0:
        print(f"epoch {epoch:4d}: loss {loss.item():.4f}")

# %%
print(f"slope {w.item():.3f}, bias {b.item():.3f}, last loss {losses[-1]:.3f}")

# %% [markdown]
# ## Practice 2: the predictions
#
# **To hand in:** the trained line's predictions for all 32 cars as a NumPy array `predictions` of shape **`(32,)`**, one number per car, like `y`.
#
# **To write:** the mend of this cell.

# %%
predictions = (X * w + b).detach().numpy().reshape(-1)
print("predictions", predictions.shape)

# %% [markdown]
# ## Look at it
#
# The figure draws what `predictions` holds. A column of shape `(32, 1)` is drawn without complaint: a figure does not show you a wrong shape.

# %%
plt.scatter(cars["wt"], cars["mpg"], label="measured")
plt.plot(cars["wt"], predictions, color="C1", label="predicted")
plt.xlabel("weight (1000 lb)")
plt.ylabel("miles per gallon")
plt.legend()
plt.show()

# %% [markdown]
# ## What to take away
#
# Shapes are part of a value's meaning. Where a difference or a mean is taken, both sides should have the *same* shape, and one `assert prediction.shape == y.shape` in the loop
# would have found this bug before its first epoch was over.
#
# *Restart the kernel and run all cells before you hand in.*
