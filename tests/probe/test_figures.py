"""Figures as data: read at a cell's end or at show(), never drawn."""

import pytest

PLT = "import matplotlib.pyplot as plt\nimport numpy as np\nimport torch\n"


def axes(evidence):
    return [a for figure in evidence.figures for a in figure.axes]


def test_curves_labels_and_legend(record):
    evidence = record(
        PLT
        + (
            "plt.plot([3.0, 2.0], label='LOSS')\nplt.plot([5.0, 4.0], label='LOSS2')\nplt.xlabel('iteration')\n"
            "plt.ylabel('loss')\nplt.title('t')\nplt.legend()"
        )
    )
    (found,) = axes(evidence)
    assert [(c.label, c.x.tolist(), c.y.tolist(), c.failed) for c in found.curves] == [
        ("LOSS", [0.0, 1.0], [3.0, 2.0], False),
        ("LOSS2", [0.0, 1.0], [5.0, 4.0], False),
    ]
    assert (found.legend, found.xlabel, found.ylabel, found.title) == (("LOSS", "LOSS2"), "iteration", "loss", "t")
    assert evidence.figures[0].cell == 0


def test_automatic_labels_are_none_and_scales_are_told(record):
    (found,) = axes(record(PLT + "plt.semilogy([3.0, 2.0])"))
    assert (found.curves[0].label, found.legend, found.yscale, found.xscale) == ("", (), "log", "linear")


def test_a_tensor_with_a_gradient_raises_as_ever_and_is_kept_as_asked(kernel):
    started = kernel().run(
        PLT + "w = torch.ones(1, requires_grad=True)\nLOSS = [(w * k).sum() for k in range(3)]",
        "plt.plot(LOSS, label='LOSS2')",
    )
    assert isinstance(started.raised[1], RuntimeError)
    evidence = started.evidence()
    assert not evidence.warnings  # a look of ours at the values says nothing to the student
    (found,) = axes(evidence)
    (curve,) = found.curves
    assert (curve.failed, curve.label, curve.y.tolist()) == (True, "LOSS2", [0.0, 1.0, 2.0])


def test_subplots_are_axes_of_one_figure(record):
    evidence = record(PLT + "fig, (a, b) = plt.subplots(1, 2)\na.plot([1.0])\nb.plot([2.0])\nb.set_yscale('log')")
    (figure,) = evidence.figures
    assert [a.yscale for a in figure.axes] == ["linear", "log"]


def test_show_in_the_middle_of_a_cell_parts_figures(record):
    evidence = record(PLT + "pass", "plt.plot([1.0], label='one')\nplt.show()\nplt.plot([2.0], label='two')\nplt.show()")
    assert [[c.label for c in a.curves] for a in axes(evidence)] == [["one"], ["two"]]
    assert len(evidence.figures) == 2


def test_points_and_three_dimensions(record):
    evidence = record(
        PLT + "plt.scatter([1.0, 2.0], [3.0, 4.0], label='data')",
        "ax = plt.figure().add_subplot(projection='3d')\nax.plot([0.0], [1.0], [2.0])",
    )
    flat, deep = axes(evidence)
    assert (flat.curves[0].kind, flat.curves[0].y.tolist(), flat.three_d) == ("points", [3.0, 4.0], False)
    assert deep.three_d is True


def test_a_figure_that_a_name_holds_is_read_when_it_changes(record):
    evidence = record(PLT + "fig, ax = plt.subplots()\nax.plot([1.0])", "ax.plot([2.0])", "pass")
    assert [len(figure.axes[0].curves) for figure in evidence.figures] == [1, 2]
    assert [figure.cell for figure in evidence.figures] == [0, 1]


def test_a_show_without_figures_and_a_figure_without_axes_say_nothing(record):
    assert record(PLT + "plt.show()\nplt.figure()").figures == ()


def test_many_curves_and_points_are_cut(record):
    (found,) = axes(record(PLT + "for k in range(100):\n    plt.plot([k])\nplt.plot(np.zeros(30000))"))
    assert len(found.curves) <= 64
    (found,) = axes(record(PLT + "plt.plot(np.zeros(30000))"))
    assert found.curves[0].y.size == 20000


@pytest.mark.parametrize(
    "code",
    [
        "plt.plot(np.ma.masked_array([1.0, 2.0], [True, False]))",
        "plt.plot(['a', 'b'], [1, 2])",
        "plt.plot(np.array(['2020-01-01', '2020-01-02'], dtype='datetime64[D]'), [1, 2])",
        "plt.plot([])",
        "plt.plot([np.nan, np.inf])",
        "plt.imshow(np.zeros((3, 3)))",
        "plt.hist([1, 2, 3])",
        "plt.plot([1.0], label=None)",
        "plt.bar([1], [2])",
        "plt.contour(np.arange(9.0).reshape(3, 3))",
        "plt.fill_between([0, 1], [1, 2])",
    ],
)
def test_other_drawings_disturb_nothing(kernel, code):
    started = kernel().run(PLT + "pass", code, "plt.plot([1.0, 2.0], label='last')")
    assert started.raised == [None, None, None]
    evidence = started.evidence()
    assert not evidence.damaged
    assert axes(evidence)[-1].curves[-1].label == "last"


def test_figures_that_somebody_looks_at_are_read_and_stay_theirs(kernel, monkeypatch):
    import matplotlib.pyplot as plt

    shown = []
    monkeypatch.setattr(plt, "show", lambda: shown.append(len(plt.get_fignums())))
    started = kernel()
    started.figures.looked_at = True
    started.run(PLT + "plt.plot([1.0], label='one')\nplt.show()", "pass")
    assert (shown, len(plt.get_fignums())) == ([1], 1)
    assert [[c.label for c in a.curves] for a in axes(started.evidence())] == [["one"]]


def test_a_figure_that_is_saved_and_closed_is_read_before(record, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (found,) = axes(record(PLT, "plt.plot([3, 1, 2], label='loss')\nplt.legend()\nplt.savefig('a.png')\nplt.close()"))
    assert found.curves[0].y.tolist() == [3, 1, 2]
    assert found.legend == ("loss",)
