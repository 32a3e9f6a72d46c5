"""A graph that was walked once is followed from then on: never where its structure is another, and then to the same nodes and leaves."""

import pytest
import torch

from grader.probe.graphs import describe, follow, walk

X, Y = torch.arange(6.0).view(-1, 1), torch.ones(6, 1)
functional = torch.nn.functional


def shared(w):
    product = w * X
    return (product - product.exp()).sum()


# name -> the shapes of its leaves, and what is made of them
STRUCTURES = {
    "product": ([()], lambda w: (w * X).sum()),
    "product-of-a-row": ([(1,)], lambda w: (w * X).sum()),
    "square": ([()], lambda w: ((w * X - Y) ** 2).mean()),
    "cube": ([()], lambda w: ((w * X - Y) ** 3).mean()),
    "sum-of-squares": ([()], lambda w: ((w * X - Y) ** 2).sum()),
    "mse": ([()], lambda w: functional.mse_loss(w * X, Y)),
    "mse-sum": ([()], lambda w: functional.mse_loss(w * X, Y, reduction="sum")),
    "smooth": ([()], lambda w: functional.smooth_l1_loss(w * X, Y)),
    "smooth-beta": ([()], lambda w: functional.smooth_l1_loss(w * X, Y, beta=0.5)),
    "linear": ([(1, 1), (1,)], lambda w, b: functional.mse_loss(functional.linear(X, w, b), Y)),
    "linear-of-one": ([(1, 1), (1,)], lambda w, b: functional.mse_loss(functional.linear(X[:1], w, b), Y[:1])),
    "no-bias": ([(1, 1)], lambda w: functional.mse_loss(functional.linear(X, w), Y)),
    "wide": ([(3, 1), (3,)], lambda w, b: functional.mse_loss(functional.linear(X, w, b).sum(1, keepdim=True), Y)),
    "two-factors": ([(), ()], lambda v, w: (v * X * w).sum()),
    "the-same-factor": ([()], lambda w: (w * X * w).sum()),
    "difference": ([(), ()], lambda v, w: (v * X - w * Y).sum()),
    "the-same-twice": ([()], lambda w: (w * X - w * Y).sum()),
    "shared-product": ([()], shared),
    "stack-2-1": ([(), (), ()], lambda u, v, w: torch.stack([u, v]).sum() + torch.stack([w]).sum()),
    "stack-1-2": ([(), (), ()], lambda u, v, w: torch.stack([u]).sum() + torch.stack([v, w]).sum()),
    "norm": ([()], lambda w: torch.linalg.vector_norm(w * X - Y)),
    "absolute": ([()], lambda w: (w * X - Y).abs().mean()),
    "deep": ([(2, 1), (2,), (2, 1)], lambda v, b, w: functional.mse_loss(torch.tanh(functional.linear(X, v, b)) @ w, Y)),
}


def graph(name):
    """A fresh graph of this structure, on leaves of its own."""
    shapes, make = STRUCTURES[name]
    return make(*(torch.ones(shape, requires_grad=True) for shape in shapes))


def found(root):
    """A graph's key, nodes and leaves."""
    return walk(root.grad_fn)


@pytest.mark.parametrize("known", STRUCTURES)
def test_only_the_same_structure_is_followed(known):
    first = graph(known)
    path = describe(0, "backward", first, found(first)).path
    assert path is not None
    for name in STRUCTURES:
        root = graph(name)
        seen, followed = found(root), follow(root.grad_fn, path)
        assert (followed is not None) == (seen.key == found(first).key), name
        if followed is not None:
            row, leaves = followed
            assert [node for node in dict.fromkeys(row) if node not in (0, None)] == seen.nodes
            assert [id(p) for p in leaves] == [id(p) for p in seen.leaves]


def test_what_is_read_on_the_way_stands_at_its_nodes():
    first, second = graph("linear"), graph("linear")
    plan = describe(0, "backward", first, found(first))
    row, _ = follow(second.grad_fn, plan.path)
    nodes = found(second).nodes
    assert [row[at] for _, at, _ in plan.path.data] == [nodes[at] for _, at, _ in plan.data]
    assert plan.data
    assert [(at, name) for at, _, name in plan.path.data] == [(at, name) for at, _, name in plan.data]


def test_a_freed_graph_is_not_followed_where_its_key_needs_what_was_freed():
    first, second = graph("mse"), graph("mse")
    path = describe(0, "backward", first, found(first)).path
    second.backward()
    assert follow(second.grad_fn, path) is not None  # a loss function's reduction is not freed
    assert found(second).key == found(first).key


def test_a_graph_that_is_too_large_has_no_path():
    loss = torch.ones((), requires_grad=True) * 1.0
    for _ in range(4200):
        loss = loss + 1.0
    assert describe(0, "backward", loss, found(loss)).path is None
