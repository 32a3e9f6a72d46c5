# %% [markdown]
# # Find and mend: the picture of the loss
#
# The loss of a straight line is a function of two numbers, so it can be drawn: as a landscape over the plane of all weights and biases, with the path of a training run on it. Such a picture explains more about learning rates than
# many formulas. If it is right.
#
# This notebook draws one, and is **broken on purpose**, in two places, both within one short function. Nothing raises, and the picture looks convincing at first sight.

# %%
import matplotlib.pyplot as plt
import torch

# %% [markdown]
# ## Given: data and a training run
#
# 60 points of the line with slope 1 and bias -1, with noise of standard deviation 0.1. No seed is set, so your noise is your own.

# %%
X = torch.arange(-3, 3, 0.1).view(-1, 1)
f = 1 * X - 1
Y = f + 0.1 * torch.randn(X.size())

# %% [markdown]
# The run starts at weight -15 and bias -10 and takes 15 full-batch steps at a rate of 0.1. Where it stood *before* each step, and the loss it had there, is kept in `path_w`, `path_b` and `path_loss`.

# %%
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
path_w, path_b, path_loss = [], [], []

for iteration in range(15):
    loss = torch.mean((w * X + b - Y) ** 2)
    path_w.append(w.item())
    path_b.append(b.item())
    path_loss.append(loss.item())
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
        b -= lr * b.grad
    w.grad.zero_()
    b.grad.zero_()

print(f"weight {w.item():.3f}, bias {b.item():.3f}, last loss {path_loss[-1]:.3f}")

# %% [markdown]
# ## The symptoms first
#
# Run the cells below as they are and look at the pictures.
#
# 1. **The path does not end in the valley.** Its red crosses come down from far away, as they should, and settle at a weight near 1 and a bias near -1. The lowest place of the landscape, however, lies near a bias of **+1**. And seen in three
#    dimensions the crosses do not lie *on* the surface, though every one of them is a loss over a weight and a bias, just like the surface itself. A training run knows nothing of the picture; so it must be the picture that errs.
# 2. **The grid does not get finer.** The call asks for 40 values of each parameter. What does the printed shape say?

# %% [markdown]
# ## Practice: mend the function
#
# `loss_surface(w_range, b_range, X, Y, n_samples)` is meant to return the mean squared error
#
# $$ Z_{ij} = \frac{1}{N} \sum_n \left( y_n - (w_j x_n + b_i) \right)^2 $$
#
# for `n_samples` weights $w_j$, equally spaced from `-w_range` to `w_range` with both ends, and as many biases $b_i$ from `-b_range` to `b_range`.
#
# **Given:** everything else, the call below the function included.
#
# **To write:** the mend of the function, in its two places.
#
# **To hand in:** `Z`, the surface for weights from -15 to 15 and biases from -13 to 13, with **40** values of each: an array of shape `(40, 40)`.
#
# *Hints.* Put one point of the path into the function's formula by hand: which loss should come out, and which one does? And of the five things that the function is given: does it use them all?

# %%
def loss_surface(w_range, b_range, X, Y, n_samples):
    """The mean squared error for every pair of a weight and a bias: biases down, weights across."""
    weights = torch.linspace(-w_range, w_range, n_samples)
    biases = torch.linspace(-b_range, b_range, n_samples)
    Z = torch.zeros(n_samples, n_samples)
    for i, b in enumerate(biases):
        for j, w in enumerate(weights):
            Z[i, j] = torch.mean((Y - (w * X + b)) ** 2)
    return Z.numpy()


Z = loss_surface(15, 13, X, Y, 40)
print("Z", Z.shape)

# %% [markdown]
# ## The landscape from above
#
# Lines of equal loss, and the path in red crosses.

# %%
weight_axis = torch.linspace(-15, 15, Z.shape[1]).numpy()
bias_axis = torch.linspace(-13, 13, Z.shape[0]).numpy()

plt.figure(figsize=(6, 5))
plt.contour(weight_axis, bias_axis, Z, levels=20)
plt.plot(path_w, path_b, "rx", label="path")
plt.xlabel("weight")
plt.ylabel("bias")
plt.title("loss, from above")
plt.legend()
plt.show()

# %% [markdown]
# ## The same in three dimensions

# %%
weight_grid = torch.tensor(weight_axis).repeat(Z.shape[0], 1).numpy()
bias_grid = torch.tensor(bias_axis).view(-1, 1).repeat(1, Z.shape[1]).numpy()

axes = plt.figure(figsize=(6, 5)).add_subplot(projection="3d")
axes.plot_surface(weight_grid, bias_grid, Z, cmap="viridis", alpha=0.6)
axes.plot(path_w, path_b, path_loss, "rx", label="path")
axes.set_xlabel("weight")
axes.set_ylabel("bias")
axes.set_zlabel("loss")
plt.show()

# %% [markdown]
# ## Where is it lowest?
#
# The grid's lowest point can be no nearer to the best line than the grid is fine.

# %%
row, column = divmod(int(Z.argmin()), Z.shape[1])
print(f"lowest at weight {weight_axis[column]:.2f}, bias {bias_axis[row]:.2f}; the run ended at weight {w.item():.2f}, bias {b.item():.2f}")

# %% [markdown]
# ## What to take away
#
# - A sign in front of a bracket belongs to everything in it. $y - w x + b$ is the residual of the line with bias $-b$: the whole landscape was mirrored, and mirrored it looks as good as before.
# - An argument that a function accepts and does not use is a bug that no error message will ever tell. A shape printed at the right place does.
# - Check a picture against a number that you know. Here it was a point of the path, whose loss had been computed by another way.
#
# *Restart the kernel and run all cells before you hand in.*
