"""Where the recorder listens: the autograd engine's one door, optimizers, loss functions, loaders, modes, seeds, warnings.

Every patch is undone by the function that `install` returns.  A patched call first does what it always did; recording
that fails is counted and never disturbs the student's code.
"""

from __future__ import annotations

import functools
import random
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.autograd.graph
from torch.optim.optimizer import Optimizer, register_optimizer_step_post_hook
from torch.utils.data import DataLoader, RandomSampler
from torch.utils.data import dataloader as loaders

from grader.probe.recorder import Recorder

__all__ = ["install"]

LOSSES = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "cross_entropy", "binary_cross_entropy", "nll_loss")
SETTINGS = ("lr", "momentum", "dampening", "weight_decay", "nesterov", "maximize", "betas", "eps", "alpha", "rho", "amsgrad")
Undo = list[Callable[[], None]]


def install(recorder: Recorder, *, seed: int | None = None, chance: int | None = None) -> Callable[[], None]:
    """Start listening; returns the function that stops it.

    seed: every seed that code sets is replaced by one made of both.  chance: random numbers begin at it; seeds that code sets hold.
    """
    undo: Undo = []
    for part in (_engine, _optimizers, _losses, _reads, _loaders, _modes, _warnings):
        part(recorder, undo)
    _seeds(recorder, undo, seed, chance)

    def stop() -> None:
        while undo:  # called again, it finds nothing left to undo
            undo.pop()()

    return stop


def _guard(recorder: Recorder, where: str, tell: Callable[..., Any]) -> Callable[..., Any]:
    """`tell`, with any failure of our own counted instead of raised: nothing of ours may reach student code."""

    def guarded(*args: Any) -> Any:
        try:
            return tell(*args)
        except Exception:
            recorder.fault(where)
            return None

    return guarded


def _patch(undo: Undo, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    inherited, plain = name not in vars(owner), getattr(owner, name)
    wrapped = make(plain)
    try:
        functools.update_wrapper(wrapped, plain)
    except (AttributeError, TypeError):
        wrapped.__name__ = name
    setattr(owner, name, wrapped)
    undo.append(lambda: delattr(owner, name) if inherited else setattr(owner, name, plain))


def _engine(recorder: Recorder, undo: Undo) -> None:
    """`torch.autograd._engine_run_backward`: Tensor.backward, autograd.backward and autograd.grad all pass through it."""
    before, after = recorder.before, recorder.after  # guarded where they are called: a call less, twice a step
    failed = _guard(recorder, "failed backward", lambda value: recorder.event("backward-failed", value=value))

    def make(plain: Any) -> Any:
        def run(outputs: Any, *args: Any, **kwargs: Any) -> Any:
            gradient = not kwargs.get("accumulate_grad", True)
            try:
                mark = before(outputs, args[0] if args else (), "grad" if gradient else "backward")
            except Exception:
                mark = None
                recorder.fault("before backward")
            try:
                result = plain(outputs, *args, **kwargs)
            except BaseException:
                failed(1.0 if _bare(outputs) else 0.0)
                raise
            if mark is not None:
                try:
                    after(mark, outputs[0], {id(p): g for p, g in zip(args[3], result, strict=False)} if gradient else None)
                except Exception:
                    recorder.fault("after backward")
            elif _bare(outputs):  # nothing behind it gets a gradient; with a graph, a lacking mark is a failure of ours, counted above
                failed(1.0)
            return result

        return run

    _patch(undo, torch.autograd, "_engine_run_backward", make)


def _bare(outputs: Any) -> bool:
    """Whether backward was called on a tensor without a graph."""
    return bool(outputs) and getattr(outputs[0], "grad_fn", None) is None


def _optimizers(recorder: Recorder, undo: Undo) -> None:
    known: dict[tuple[int, Any, int], int] = {}

    last: Any = None
    last_rate, last_count, last_number = 0.0, 0, -1

    def number(optimizer: Any) -> int:
        nonlocal last, last_rate, last_count, last_number
        first = optimizer.param_groups[0]
        rate, count = first.get("lr"), len(first["params"])
        if optimizer is last and rate is last_rate and count == last_count:
            return last_number
        found = described(optimizer)
        if type(rate) is float:  # others may change and be the same object
            last, last_rate, last_count, last_number = optimizer, rate, count, found
        return found

    def described(optimizer: Any) -> int:
        groups = optimizer.param_groups
        rate = groups[0].get("lr")
        state = (id(optimizer), rate if type(rate) is float else float(rate) if torch.is_tensor(rate) else rate, len(groups[0]["params"]))
        found = known.get(state)
        if found is None:
            tensors = [p for g in groups for p in g["params"]][:256]
            found = known[state] = recorder.object(optimizer, "optimizer", type(optimizer).__name__, _settings(groups), tensors)
        return found

    def stepped(optimizer: Any, args: Any, kwargs: Any) -> None:
        try:
            recorder.event("step", number(optimizer))
        except Exception:
            recorder.fault("optimizer step")

    def zero(plain: Any) -> Any:
        def zero_grad(self: Any, *args: Any, **kwargs: Any) -> Any:
            result = plain(self, *args, **kwargs)
            try:
                recorder.event("zero_grad", number(self) if isinstance(self, Optimizer) else _module(recorder, self))
            except Exception:
                recorder.fault("zero_grad")
            return result

        return zero_grad

    undo.append(register_optimizer_step_post_hook(stepped).remove)
    _patch(undo, Optimizer, "zero_grad", zero)
    _patch(undo, torch.nn.Module, "zero_grad", zero)


def _settings(groups: list[dict[str, Any]]) -> dict[str, Any]:
    """The optimizer's settings as numbers; those of the first group, and how many groups differ in their rate."""
    settings: dict[str, Any] = {}
    for name in SETTINGS:
        value: Any = groups[0].get(name)
        if isinstance(value, (bool, int, float)):
            settings[name] = value
        elif isinstance(value, tuple):
            settings.update({f"{name}{i}": float(v) for i, v in enumerate(value)})
        elif torch.is_tensor(value) and value.numel() == 1:
            settings[name] = float(value)
    rates = {str(g.get("lr")) for g in groups}
    if len(rates) > 1:
        settings["groups"] = len(rates)
    return settings


def _module(recorder: Recorder, module: Any) -> int:
    return recorder.object(module, "module", type(module).__name__, {}, list(module.parameters())[:256])


def _losses(recorder: Recorder, undo: Undo) -> None:
    """Loss modules call these functions too, so one patch sees both."""

    def told(name: str, plain: Any, key: tuple[Any, ...]) -> int:
        shapes, grad, reduction = key[:2], key[2], key[3]
        settings = {"reduction": str(reduction), "input": str(tuple(shapes[0])), "target": str(tuple(shapes[1])), "grad": grad}
        return recorder.object(plain, "loss", name, settings)

    def make(name: str) -> Callable[[Any], Any]:
        known: dict[tuple[Any, ...], int] = {}

        def wrap(plain: Any) -> Any:
            def loss(input: Any, target: Any, *args: Any, **kwargs: Any) -> Any:
                out = plain(input, target, *args, **kwargs)
                try:
                    grad = out.requires_grad
                    key = (input.shape, target.shape, grad, kwargs.get("reduction", "mean"))
                    thing = known.get(key)
                    if thing is None:
                        thing = known[key] = told(name, plain, key)
                    if grad:
                        if recorder.held is None:
                            recorder.held = (out, thing)
                        else:
                            recorder.loss_seen(out, thing)
                    else:
                        recorder.event("evaluate", thing, float(out) if out.numel() == 1 else float("nan"))
                except Exception:
                    recorder.fault("loss function")
                return out

            return loss

        return wrap

    for name in LOSSES:
        _patch(undo, torch.nn.functional, name, make(name))


def _reads(recorder: Recorder, undo: Undo) -> None:
    """item() of a scalar with a graph, and tensors made to require a gradient."""
    seen = _guard(recorder, "item", recorder.read)
    born = _guard(recorder, "leaf", recorder.born)

    def item(plain: Any) -> Any:
        def read(self: Any) -> Any:
            value = plain(self)
            if recorder.root() is not self and self.grad_fn is not None:  # backward has met the former
                seen(self)
            return value

        return read

    def required(plain: Any) -> Any:
        def requires_grad_(self: Any, requires_grad: bool = True) -> Any:
            result = plain(self, requires_grad)
            if requires_grad and self.is_leaf:
                born(self)
            return result

        return requires_grad_

    def made(plain: Any) -> Any:
        def tensor(*args: Any, **kwargs: Any) -> Any:
            result = plain(*args, **kwargs)
            if kwargs.get("requires_grad"):
                born(result)
            return result

        return tensor

    _patch(undo, torch.Tensor, "item", item)
    _patch(undo, torch.Tensor, "requires_grad_", required)
    _patch(undo, torch, "tensor", made)


def _loaders(recorder: Recorder, undo: Undo) -> None:
    drawn: dict[int, list[Any]] = {}

    def begun(loader: Any, iterator: Any) -> None:
        settings = {
            "batch_size": loader.batch_size,
            "shuffle": isinstance(loader.sampler, RandomSampler),
            "drop_last": bool(loader.drop_last),
            "rows": len(loader.dataset) if hasattr(loader.dataset, "__len__") else None,
        }
        thing = recorder.object(loader, "loader", type(loader).__name__, settings)
        recorder.event("iterate", thing)
        drawn[id(iterator)] = [iterator, thing, 0]
        while len(drawn) > 64:
            drawn.pop(next(iter(drawn)))

    begin = _guard(recorder, "loader", begun)

    def iterate(plain: Any) -> Any:
        def __iter__(self: Any) -> Any:
            result = plain(self)
            begin(self, result)
            return result

        return __iter__

    def advance(plain: Any) -> Any:
        def __next__(self: Any) -> Any:
            held = drawn.get(id(self))
            try:
                batch = plain(self)
            except StopIteration:
                if held is not None:
                    recorder.event("draw", held[1], count=held[2])
                    drawn.pop(id(self), None)
                raise
            if held is not None:
                held[2] += 1
            return batch

        return __next__

    _patch(undo, DataLoader, "__iter__", iterate)
    _patch(undo, loaders._BaseDataLoaderIter, "__next__", advance)


def _modes(recorder: Recorder, undo: Undo) -> None:
    """train() and eval() of whole models; the calls that they make on their parts are not told."""
    depth = [0]
    tell = _guard(recorder, "train", lambda module, mode: recorder.event("train" if mode else "eval", _module(recorder, module)))

    def make(plain: Any) -> Any:
        def train(self: Any, mode: bool = True) -> Any:
            depth[0] += 1
            try:
                result = plain(self, mode)
            finally:
                depth[0] -= 1
            if depth[0] == 0:
                tell(self, mode)
            return result

        return train

    _patch(undo, torch.nn.Module, "train", make)


def _warnings(recorder: Recorder, undo: Undo) -> None:
    def told(message: Any, category: Any) -> None:
        recorder.channel.emit("warning", cell=recorder.cell, category=category.__name__, message=str(message)[:500])

    tell = _guard(recorder, "warning", told)

    def make(plain: Any) -> Any:
        def showwarning(message: Any, category: Any, *args: Any, **kwargs: Any) -> Any:
            tell(message, category)
            return plain(message, category, *args, **kwargs)

        return showwarning

    _patch(undo, warnings, "showwarning", make)


def _seeds(recorder: Recorder, undo: Undo, override: int | None, chance: int | None) -> None:
    tell = _guard(recorder, "seed", lambda value: recorder.event("seed", value=float(value)))

    def changed(value: Any) -> Any:
        if override is None or not isinstance(value, (int, np.integer)):
            return value
        return (int(value) * 1000003 + override) % 2**31

    def make(plain: Any) -> Any:
        def seed(*args: Any, **kwargs: Any) -> Any:
            for value in (*args[:1], *kwargs.values()):
                if isinstance(value, (int, np.integer)):
                    tell(value)
            return plain(*(changed(a) for a in args), **{k: changed(v) for k, v in kwargs.items()})

        return seed

    begin = override if override is not None else chance
    if begin is not None:
        torch.manual_seed(begin)
        np.random.seed(begin % 2**32)
        random.seed(begin)
    if override is not None:
        _patch(undo, np.random, "default_rng", make)
    for owner, name in ((torch, "manual_seed"), (torch.random, "manual_seed"), (np.random, "seed"), (random, "seed")):
        _patch(undo, owner, name, make)
