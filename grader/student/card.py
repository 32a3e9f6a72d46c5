"""An answer as a piece of HTML for a notebook: one style of its own, a static picture, no script, nothing from anywhere else."""

from __future__ import annotations

from html import escape

from grader.reports.pages.picture import Curve, Picture
from grader.reports.pages.svg import drawing
from grader.student.answer import Answer, Cause, Row
from grader.student.lines import SIGNS

__all__ = ["card"]

# Every rule begins with the card's own class: the style of a notebook page is nobody's but the front end's.  Colours follow the
# front end's where it names them (JupyterLab and Notebook, VS Code, Colab).
STYLE = """
.grader-card { --ink: var(--jp-content-font-color1, var(--vscode-editor-foreground, var(--colab-primary-text-color, #1b2430)));
  --quiet: var(--jp-content-font-color2, var(--vscode-descriptionForeground, #566273)); --rule: #8884; --grid: #8883;
  --own: #c2410c; --asked: #2a62d8; --fit: #0b7a52; --data: #7b8696; --ground: #5b7fb5;
  --good: #13703f; --bad: #b3261e; --wait: #5b6b80;
  color: var(--ink); font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; max-width: 60rem;
  border: 1px solid var(--rule); border-left: 4px solid var(--wait); border-radius: 6px; padding: 10px 14px; overflow-wrap: anywhere; }
[data-jp-theme-light="false"] .grader-card, .vscode-dark .grader-card, html[theme="dark"] .grader-card {
  --ink: var(--jp-content-font-color1, var(--vscode-editor-foreground, #e8ecf2));
  --quiet: var(--jp-content-font-color2, var(--vscode-descriptionForeground, #a3afbf));
  --own: #ff9a5a; --asked: #79a8ff; --fit: #5cd6a0; --data: #93a0b2; --ground: #8fb0e0; --good: #6fd39b; --bad: #ff8f86; --wait: #a3afbf; }
.grader-card.right { border-left-color: var(--good); }
.grader-card.wrong { border-left-color: var(--bad); }
.grader-card p, .grader-card ul, .grader-card figure, .grader-card pre { margin: 6px 0 0; padding: 0; }
.grader-card a { color: var(--jp-content-link-color, var(--vscode-textLink-foreground, var(--asked))); }
.grader-card .head { font-weight: 600; font-size: 16px; margin: 0; }
.grader-card.right .head { color: var(--good); }
.grader-card .quiet { color: var(--quiet); font-weight: 400; font-size: 13px; }
.grader-card .cause { display: flex; flex-wrap: wrap; gap: 8px 24px; margin-top: 10px; }
.grader-card .cause > div, .grader-card .cause > figure { flex: 1 1 20rem; min-width: 0; }
.grader-card .name { font-weight: 600; font-size: 15px; }
.grader-card pre { white-space: pre; overflow-x: auto; font: 13px/1.5 ui-monospace, Menlo, Consolas, monospace; color: var(--ink);
  background: none; border: 1px solid var(--rule); border-radius: 4px; padding: 4px 8px; }
.grader-card pre b { color: var(--own); }
.grader-card ul { list-style: none; margin-top: 10px; border-top: 1px solid var(--rule); }
.grader-card li { display: grid; grid-template-columns: 7rem minmax(0, 1fr) auto; gap: 0 12px; padding: 3px 0; margin: 0;
  border-bottom: 1px solid var(--rule); }
.grader-card li span:first-child { font-weight: 600; color: var(--wait); }
.grader-card li.passed span:first-child { color: var(--good); }
.grader-card li.failed span:first-child { color: var(--bad); }
.grader-card figure { max-width: 30rem; }
.grader-card svg { max-width: 100%; height: auto; display: block; background: none; }
.grader-card .key svg { display: inline-block; vertical-align: middle; }
.grader-card svg text { fill: var(--quiet); font-size: 11.5px; font-family: inherit; }
.grader-card svg text.label, .grader-card svg text.place { fill: var(--ink); }
.grader-card svg path { fill: none; }
.grader-card svg .grid { stroke: var(--grid); }
.grader-card svg .axis, .grader-card svg .tick { stroke: var(--quiet); stroke-width: .8; }
.grader-card svg .line { stroke-width: 1.6; stroke-linejoin: round; }
.grader-card svg .mark { stroke-width: 1.5; }
.grader-card svg .own { stroke: var(--own); }
.grader-card svg .asked { stroke: var(--asked); }
.grader-card svg .line.asked { stroke-dasharray: 7 4; stroke-width: 3; stroke-opacity: .8; }
.grader-card svg .fit { stroke: var(--fit); }
.grader-card svg .line.fit { stroke-dasharray: 2 3; stroke-width: 2.4; }
.grader-card svg .mark.data { stroke: none; fill: var(--data); }
.grader-card svg path.broken { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 3 3; }
.grader-card svg text.broken { fill: var(--bad); font-weight: 600; }
.grader-card svg .band, .grader-card svg .tiles { stroke: var(--ground); stroke-opacity: .35; stroke-width: .6; fill: var(--ground); }
""" + "".join(f".grader-card svg .b{band} {{ fill-opacity: {0.04 + 0.06 * band:.2f}; }}\n" for band in range(9))


def card(answer: Answer) -> str:
    """The answer as one `<div>`, everything in it escaped."""
    title = f' <span class="quiet">{escape(answer.title)}</span>' if answer.title else ""
    parts = [f'<p class="head"><span aria-hidden="true">{SIGNS[answer.state]}</span> {escape(answer.headline)}{title}</p>']
    parts += [f"<p>{escape(note)}</p>" for note in answer.notes]
    picture = _picture(answer.picture) if answer.picture is not None else ""
    if answer.cause is not None:
        parts.append(f'<div class="cause">{_cause(answer.cause)}{picture}</div>')
    if answer.rows:
        parts.append(_rows(answer.rows))
    parts += [f'<p class="quiet">Remark. {escape(remark)}</p>' for remark in answer.remarks]
    if answer.cause is None:
        parts.append(picture)
    parts += [f'<p class="quiet">{escape(one)}</p>' for one in answer.remains]
    return f'<div class="grader-card {answer.state}"><style>{STYLE}</style>{"".join(parts)}</div>'


def _cause(cause: Cause) -> str:
    place = f' <span class="quiet">{escape(cause.place)}</span>' if cause.place else ""
    said = ("Probably: " if cause.likely else "") + cause.message
    parts = [f'<p class="name">{escape(cause.headline)}{place}</p><p>{escape(said)}</p>']
    if cause.hint:
        parts.append(f"<p><b>Hint.</b> {escape(cause.hint)}</p>")
    if cause.excerpt:
        shown = (f"{number:>3}  {escape(text)}" for number, text, _ in cause.excerpt)
        marked = (f"<b>{line}</b>" if it else line for line, (_, _, it) in zip(shown, cause.excerpt, strict=True))
        parts.append(f"<pre>{'<br>'.join(marked)}</pre>")
    if cause.reading:
        links = (f'<a href="{escape(address)}" target="_blank" rel="noopener">{escape(text)}</a>' for text, address in cause.reading)
        parts.append(f"<p>To read: {', '.join(links)}</p>")
    if cause.more:
        parts.append(f'<p class="quiet">{escape(cause.more)}</p>')
    return f"<div>{''.join(parts)}</div>"


def _rows(rows: tuple[Row, ...]) -> str:
    out, task = [], ""
    for row in rows:
        if row.task != task:
            out.append(f"<li><span>{escape(row.task)}</span></li>")
            task = row.task
        said = f'<br><span class="quiet">{escape(row.said)}</span>' if row.said else ""
        outcome = f'<span><span aria-hidden="true">{escape(row.sign)}</span> {escape(row.word)}</span>'
        points = f'<span class="quiet">{escape(row.points)}</span>'
        out.append(f'<li class="{escape(row.kind)}">{outcome}<span>{escape(row.title)}{said}</span>{points}</li>')
    return f"<ul>{''.join(out)}</ul>"


# ---- the picture ------------------------------------------------------------------------------------------------------------


def _picture(picture: Picture) -> str:
    keys = f'<p class="quiet key">{"  ".join(_key(c) for c in reversed(picture.curves))}</p>' if len(picture.curves) > 1 else ""
    caption = f'<figcaption>{escape(picture.title)}<br><span class="quiet">{escape(picture.caption)}</span>{keys}</figcaption>'
    return f"<figure>{caption}{drawing(picture)}</figure>"


def _key(curve: Curve) -> str:
    """A piece of the line, or one mark, and whose it is."""
    cross, ring = "M11 3l6 6m0-6l-6 6", "M11.4 6a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0 -5.2 0"
    line = f'<path class="line {curve.role}" d="M1 6H27"/>' if curve.line else ""
    mark = f'<path class="mark {curve.role}" d="{cross if curve.role == "own" else ring}"/>' if curve.marks else ""
    return f'<svg aria-hidden="true" viewBox="0 0 28 12" width="28" height="12">{line}{mark}</svg> {escape(curve.name)}'
