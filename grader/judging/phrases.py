"""The sentences of every finding: one message, one hint, in the labs' own terms; facts come in as arguments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["PHRASES", "Phrase"]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Templates of a rule's message and hint.  rule: the public name where it differs from the key."""

    message: str
    hint: str
    rule: str = ""

    def said(self, facts: Mapping[str, str]) -> str:
        """The message with these facts; a fact that is lacking leaves no hole behind."""
        return _filled(self.message, facts)

    def hinted(self, facts: Mapping[str, str]) -> str:
        """The hint with these facts."""
        return _filled(self.hint, facts)


def _filled(template: str, facts: Mapping[str, str]) -> str:
    return " ".join(template.format_map(defaultdict(str, facts)).split())


PHRASES: Mapping[str, Phrase] = {
    "not-attempted": Phrase(
        "No training run of your own was found.",
        "Write the training loop in the cell that asks for it, then run the whole notebook once from the top.",
    ),
    "missing-backward": Phrase(
        "Losses are computed, but no gradient ever is, so the steps have nothing to go by.",
        "Between computing a loss and moving the parameters one thing is missing. What works out how the loss depends on them?",
    ),
    "missing-zero-grad": Phrase(
        "From the second step on, the gradient of {which} still contains those of earlier steps: each step uses a sum of gradients. {how}",
        "PyTorch adds each new gradient to the old one. What has to happen to the old one, once per step?",
    ),
    "zero-grad-not-called": Phrase(
        "Python only looks {verb} up here and does nothing with it, so old gradients stay and every step uses a sum of gradients.",
        "A method does its work only when it is called. Look at the end of that line.",
    ),
    "missing-step": Phrase(
        "Gradients are computed, but the parameters never move.",
        "Something has to move the parameters by those gradients, in every turn of the loop.",
    ),
    "missing-step-of-some": Phrase(
        "Not every parameter is moved: {rates}, though gradients are computed.",
        "Each parameter needs a step of its own, in every turn of the loop. Which one is left out?",
        rule="missing-step",
    ),
    "step-outside-loop": Phrase(
        "The parameters do not move in every turn of the loop: {seen}.",
        "Look at the indentation of the line that takes the step. How often should it run?",
    ),
    "stale-optimizer": Phrase(
        "The optimizer steps, but it holds the parameters of another model: those that the loss uses never move.",
        "An optimizer keeps the parameters that it was made with. Make one for the model that you train now.",
    ),
    "zero-grad-before-step": Phrase(
        "Gradients are cleared between backward() and the step, so every step is a step of zero.",
        "In which order do clearing, backward and step belong?",
    ),
    "wrong-learning-rate": Phrase(
        "The steps have another size: {rates}; the learning rate asked for is {lr}.",
        "Find where your steps get their learning rate from.",
    ),
    "wrong-step-count": Phrase(
        "Asked for are {wanted} steps; a gradient was computed and used {times}.",
        "How often does the body of your loop run? Where one loop stands inside another, their counts multiply.",
    ),
    "ran-twice": Phrase(
        "The training was done more than once on the same parameters: {count} steps in all, where {wanted} are asked for.",
        "Does a loop, a call or a cell stand there twice? What the first round trained, the next one trains on.",
    ),
    "wrong-step-count-fewer": Phrase(
        "Asked for are {wanted} steps; a gradient was computed and used {times}.",
        "How often should the body of your loop run, how often does it, and what ends the loop?",
        rule="wrong-step-count",
    ),
    "wrong-step-count-each": Phrase(
        "Each gradient is used {twice}, so every step is taken {twice}: {seen}.",
        "Which line takes a step, and how often does it stand in the loop?",
        rule="wrong-step-count",
    ),
    "wrong-step-count-behind": Phrase(
        "Behind the loop a step more is taken: {seen}.",
        "Which line that belongs into the loop stands behind it as well?",
        rule="wrong-step-count",
    ),
    "wrong-batch-size": Phrase(
        "Each step uses {rows} rows; asked for are {asked_rows}.",
        "Look at how many rows go into one loss. What decides how many are taken at once?",
    ),
    "wrong-batch-size-some": Phrase(
        "Not every step uses the rows asked for, {asked_rows}: {seen}.",
        "Look at how many rows go into each loss. What decides how many are taken at once?",
        rule="wrong-batch-size",
    ),
    "shuffled": Phrase(
        "The rows come in another order than that of the data, which the task keeps.",
        "In which order does your loop take the rows? Is something mixing them, or do two loops stand the wrong way round?",
    ),
    "wrong-start": Phrase(
        "{seen}.",
        "Compare the first values of your parameters with those that the task gives.",
    ),
    "wrong-data": Phrase(
        "The numbers do not come from the exercise's data: {seen}.",
        "Follow the arrays back to where they are made or read: inputs and targets, all rows, in the right place.",
    ),
    "wrong-loss": Phrase(
        "The loss is {loss}, not the one asked for: {seen}.",
        "Write down the formula of the loss asked for, and compare it with your line symbol by symbol.",
    ),
    "wrong-loss-constant": Phrase(
        "The loss stays the same while the parameters move: {seen}.",
        "Predictions belong to the parameters of one moment. Where does your loop compute them anew?",
        rule="wrong-loss",
    ),
    "broadcast-loss": Phrase(
        "Predictions and targets have different shapes, so their difference has shape {shape}: "
        "the loss compares every prediction with every target.",
        "Print the shapes of both sides of the difference. They must be the same.",
    ),
    "wrong-gradient": Phrase(
        "The gradients used are not the right ones: {seen}.",
        "Check for each parameter which gradient it is moved by.",
    ),
    "wrong-update-sign": Phrase(
        "{climbs} in the direction in which the loss rises.",
        "The gradient points to where the loss rises. Which way do you want to go?",
    ),
    "wrong-optimizer": Phrase(
        "The parameters are moved by {optimizer}; each step should be {asked_step}.",
        "Look at the line that says how the parameters are moved, and at its settings.",
    ),
    "wrong-model": Phrase(
        "The parameters that were trained are not those of the model asked for: {seen}.",
        "Compare your model with the one that the task describes: its parts, their sizes, and which parameters are trained.",
    ),
    "wrong-function": Phrase(
        "The parameters are as many as asked for, but the predictions are not those of the model asked for: {seen}.",
        "Follow one input through your model, part by part: is each of them used, and in the order asked for?",
        rule="wrong-model",
    ),
    "detached-loss": Phrase(
        "Between the parameters and the loss something stopped PyTorch from following the computation: no gradient can reach them.{asked}",
        "Which step on the way to the loss turns a tensor into a plain number, makes a new tensor, or tells PyTorch not to follow?",
    ),
    "not-called": Phrase(
        "The function {name} is defined, but nothing calls it.",
        "Defining a function does not run it. Call it, and run the notebook again.",
    ),
    "not-called-verb": Phrase(
        "Python only looks {verb} up here and does nothing with it: it is named, not called.",
        "A method does its work only when it is called. Look at the end of that line.",
        rule="not-called",
    ),
    "called-other-function": Phrase(
        "The training was done by the lecture's function, not by one of your own. {seen}",
        "Look at which function your cell calls, and at which names that function uses.",
    ),
    "nothing-recorded": Phrase(
        "The training ran, but what it should hand in is not there: {seen}.",
        "Compare what your cells leave behind with what the task asks for, name by name.",
    ),
    "nothing-recorded-model": Phrase(
        "The training is right, but what you hand in is another model, which nothing trained: {seen}.",
        "What was learned stays in the model that was trained. Where, behind the loop, does its name get another one?",
        rule="nothing-recorded",
    ),
    "recorded-elsewhere": Phrase(
        "The values are not where the task asks for them: {seen}.",
        "Look at the list that your loop appends to.",
    ),
    "recorded-alias": Phrase(
        "The list holds the same tensor again and again, not its values: {seen}.",
        "A tensor that goes on changing shows its last value everywhere. Store the number that it holds at that moment.",
    ),
    "recorded-after-update": Phrase(
        "The recorded losses belong to the parameters after each step, not before it.",
        "Record the loss that the step was worked out from, not one computed again behind it.",
    ),
    "recorded-at-wrong-interval": Phrase(
        "The list is not kept at the interval asked for: {seen}.",
        "How often does the task ask for a value: every step, or every epoch?",
    ),
    "tensors-not-floats": Phrase(
        "The list holds tensors; plain numbers are lighter and can be plotted. (Costs nothing.)",
        "Take the plain number that a tensor holds: .item()",
    ),
    "diverged": Phrase("The loss grows without bound.", "Try a smaller learning rate, and watch the first few losses."),
    "not-converged": Phrase(
        "The training has not come close enough: {seen}.",
        "Watch how the parameters still move in the last epochs. Would more of them help?",
    ),
    "shape-mismatch": Phrase(
        "{seen}.",
        "Print the shape next to the one asked for. What changes a shape and keeps the values as they are?",
    ),
    "hard-coded": Phrase(
        "Results are there, but the training that should give them was not seen.",
        "Let your loop compute the values.",
    ),
    "hard-coded-parameters": Phrase(
        "Behind the last step the parameters were given other values, to which no step led: {seen}.",
        "Hand in the parameters as your loop leaves them.",
        rule="hard-coded",
    ),
    "seed-dependent": Phrase(
        "The notebook trains rightly only on the numbers of its own run; {seen}.",
        "What in it depends on these very data, or on one particular draw of random numbers?",
    ),
    "scaffold-changed": Phrase(
        "Cells of the exercise were changed: {cells}. (Costs nothing.)", "Keep your work in the cells that ask for it."
    ),
    "scaffold-error": Phrase(
        "A given cell failed: {error}. (Costs nothing.)",
        "If a name is missing there, one of your cells before it may not have come to its end.",
    ),
    "cell-error": Phrase(
        "The cell stopped before the training was done: {error}.",
        "Mend the error first, then restart and run all cells from the top.",
    ),
    "cell-error-untrained": Phrase(
        "The cell stopped before its work was done: {error}.",
        "Mend the error first, then restart and run all cells from the top.",
        rule="cell-error",
    ),
    "missing-package": Phrase(
        "The notebook imports {name}, which the grader's machine has not got. "
        "What could not run for that counts neither for nor against you.",
        "A person will look. The exercise can be done with what its own cells import.",
    ),
    "syntax-error": Phrase(
        "Python can't read this cell: {error}.", "Look at that line and the one above it: brackets, colons, indentation."
    ),
    "timeout": Phrase(
        "The cell did not end in time{why}.",
        "Is there a loop whose condition never becomes false?",
    ),
    "out-of-memory": Phrase("The notebook used more memory than it may{why}.", "Look for something that grows in every turn of the loop."),
    "kernel-died": Phrase("The kernel died while this cell ran{why}.", "Does the cell end the process, or crash it?"),
    "too-much-output": Phrase("The notebook printed more than it may{why}.", "Print once in a while, not in every turn of the loop."),
    "forbidden": Phrase(
        "The notebook tried something that is not allowed here{why}.", "The exercise needs no access to other files or the network."
    ),
    "unreadable-notebook": Phrase("The file can't be read as a notebook. {detail}", "Download it again, or save it anew, as .ipynb."),
    "wrong-start-continued": Phrase(
        "Training goes on where an earlier run ended: {seen}.",
        "Parameters keep their values from cell to cell. Give your own run a fresh start, just before its loop.",
        rule="wrong-start",
    ),
    "wrong-learning-rate-changing": Phrase(
        "The step size changes on the way: from step {step} on, steps are not {lr} times the gradient any more.",
        "Find what changes the learning rate while the loop runs.",
        rule="wrong-learning-rate",
    ),
    "backward-outside-loop": Phrase(
        "Losses are computed again and again, but a gradient only {times}{wished}.",
        "Look at the indentation of the line that computes the gradients. How often should it run?",
    ),
    "recorded-other-values": Phrase(
        "The list is there, but holds other numbers: {seen}.",
        "Print the value that you append next to the one that the task asks for.",
    ),
    "recorded-reset": Phrase(
        "{seen}: the list is made anew in every turn of the loop, or appended to only once, behind the loop.",
        "Where should the empty list be made, and in which line of the loop does a value go into it?",
        rule="recorded-at-wrong-interval",
    ),
    "not-plotted": Phrase(
        "The figure is not the one asked for: {seen}.",
        "Compare the curves, their labels and the legend with what the task lists.",
    ),
    "unread-training": Phrase(
        "A training was seen that the grader can't follow step by step. It counts neither for nor against you: a person will look.",
        "Nothing to mend. If you want an answer at once, train with tensors, a loss and its gradients, as in the lecture.",
    ),
    "train-test-swapped": Phrase(
        "The training ran on the rows that were held out for the test.",
        "Which of the arrays does your loop hand to the model: those to learn from, or those to test with?",
    ),
    "recorded-before-update": Phrase(
        "The recorded values were read before the step, not after it: {seen}.",
        "Where in the loop do you read them: before the step is taken, or after it?",
    ),
    "wrong-answer": Phrase(
        "The answer does not fit what your own runs did: {seen}.",
        "Look at your curves and your final parameters again, and compare them with scikit-learn's.",
    ),
    "wrong-surface": Phrase(
        "The surface is not that of the loss: {seen}.",
        "Work out the loss at one point of the grid by hand, and compare.",
    ),
    "samples-ignored": Phrase(
        "The grid has another number of points: {seen}.",
        "Which number of samples does your call ask for, and where in the function is that number used?",
    ),
}
