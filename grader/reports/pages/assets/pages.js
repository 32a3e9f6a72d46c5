// Draws a report's pictures with Plotly, once they come into sight; the static ones stay for print, and where Plotly can't be had.
"use strict";
(() => {
  const me = document.currentScript;
  const holder = document.getElementById("figures") ?? { textContent: "[]" };
  // Plotly reads some HTML in texts, and ours mean none.
  const harmless = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const figures = JSON.parse(holder.textContent, (key, value) => (typeof value === "string" ? harmless(value) : value));
  const drawn = new Map(); // frame -> figure

  // The page's Content-Security-Policy lets a style element in only with the nonce, and Plotly makes some of its own.
  const make = document.createElement.bind(document);
  document.createElement = (name, options) => {
    const element = make(name, options);
    if (String(name).toLowerCase() === "style") element.nonce = me.nonce;
    return element;
  };

  let loading = null;
  const plotly = () => {
    loading ??= new Promise((resolve, reject) => {
      const script = make("script");
      script.nonce = me.nonce;
      script.src = me.dataset.plotly;
      script.onload = () => resolve(window.Plotly);
      script.onerror = reject;
      document.head.append(script);
    });
    return loading;
  };

  const colours = () => {
    const style = getComputedStyle(document.documentElement);
    return (name) => style.getPropertyValue(`--${name}`).trim();
  };
  const DASH = { own: "solid", asked: "dash", fit: "dot", data: "solid" };
  const SIGN = { own: "x-thin", asked: "circle-open", fit: "diamond-open", data: "circle" };
  const SIGN_3D = { own: "x", asked: "circle-open", fit: "diamond-open", data: "circle" };

  const low = (ground) => Math.min(...ground.z.flat().filter((v) => v !== null));
  const bent = (ground) => { // closer levels where the loss is low
    const least = low(ground);
    return ground.z.map((row) => row.map((v) => (v === null ? null : Math.sqrt(Math.max(v - least, 0)))));
  };
  const mixed = (share, from, to) => `color-mix(in srgb, ${to} ${share}%, ${from})`;
  const plain = (colour) => { // Plotly reads rgb(), not color-mix()
    const probe = make("span");
    probe.style.color = colour;
    document.body.append(probe);
    const [r, g, b] = getComputedStyle(probe).color.match(/[\d.]+/g).map(Number);
    const unit = getComputedStyle(probe).color.startsWith("color(") ? 255 : 1;
    probe.remove();
    return `rgb(${Math.round(r * unit)},${Math.round(g * unit)},${Math.round(b * unit)})`;
  };
  const shades = (colour) => [[0, plain(mixed(4, colour("paper"), colour("ground")))], [1, plain(mixed(58, colour("paper"), colour("ground")))]];

  const curve = (c, figure, colour) => {
    const deep = figure.kind === "relief";
    const shade = plain(colour(c.role));
    const sign = deep ? SIGN_3D[c.role] : SIGN[c.role];
    const size = c.role === "data" ? 4 : deep ? 3 : 7;
    return {
      type: deep ? "scatter3d" : "scatter", name: c.name, x: c.x, y: c.y, ...(deep ? { z: c.z } : {}), showlegend: false,
      mode: c.line ? (c.marks ? "lines+markers" : "lines") : "markers",
      line: { color: shade, width: deep ? 4 : c.role === "asked" ? 3 : 1.8, dash: DASH[c.role] },
      marker: { color: shade, size, symbol: sign, ...(deep ? {} : { line: { color: shade, width: 1.5 } }) },
      hovertemplate: `${figure.x} %{x:.5~g}<br>${figure.y} %{y:.5~g}${deep ? `<br>${figure.z} %{z:.5~g}` : ""}<extra>${c.name}</extra>`,
      connectgaps: false,
    };
  };

  const ground = (figure, colour) => {
    const g = figure.ground;
    const said = `${figure.x} %{x:.4~g}<br>${figure.y} %{y:.4~g}<br>${figure.z ?? "loss"} `;
    if (figure.kind === "relief") {
      return { type: "surface", x: g.x, y: g.y, z: g.z, surfacecolor: bent(g), colorscale: shades(colour), showscale: false, opacity: 0.9,
        hovertemplate: `${said}%{z:.4~g}<extra></extra>`, contours: { z: { show: false } } };
    }
    const z = bent(g);
    return { type: "contour", x: g.x, y: g.y, z, customdata: g.z, colorscale: shades(colour), showscale: false, autocontour: false,
      contours: { start: 0, end: Math.max(...z.flat()), size: Math.max(...z.flat()) / 9 || 1 }, line: { width: 0.5, color: plain(colour("data")) },
      hovertemplate: `${said}%{customdata:.4~g}<extra></extra>` };
  };

  const layout = (figure, colour) => {
    const axis = (title, more) => ({ title: { text: title, standoff: 6 }, gridcolor: plain(colour("grid")), zeroline: false, linecolor: plain(colour("quiet")),
      tickcolor: plain(colour("quiet")), automargin: true, fixedrange: true, ...more });
    const ink = plain(colour("ink"));
    const out = { margin: { l: 8, r: 12, t: 8, b: 8 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", dragmode: false, hovermode: "closest",
      font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: ink }, hoverlabel: { font: { size: 13 } },
      xaxis: axis(figure.x), yaxis: axis(figure.y, figure.log ? { type: "log", tickvals: figure.log.at, ticktext: figure.log.said } : { exponentformat: "e" }) };
    if (figure.ground) {
      const g = figure.ground;
      out.xaxis.range = [g.x[0], g.x.at(-1)];
      out.yaxis.range = [g.y[0], g.y.at(-1)];
    }
    if (figure.kind === "contour" && figure.places) {
      out.annotations = figure.places.map(([x, y, text]) => {
        const right = (x - figure.ground.x[0]) / (figure.ground.x.at(-1) - figure.ground.x[0]) > 0.75;
        return { x, y, text, showarrow: false, xanchor: right ? "right" : "left", xshift: right ? -7 : 7, yshift: text === "your end" ? -10 : 10,
          bgcolor: plain(colour("paper")), opacity: 0.85, borderpad: 1, font: { color: ink, size: 12 } };
      });
    }
    if (figure.broken !== undefined) {
      const bad = plain(colour("bad"));
      out.shapes = [{ type: "line", x0: figure.broken, x1: figure.broken, y0: 0, y1: 1, yref: "paper", line: { color: bad, width: 1.5, dash: "dot" } }];
      out.annotations = [{ x: figure.broken, y: 1, yref: "paper", text: `step ${figure.broken} is off`, showarrow: false, xanchor: "left", yanchor: "top",
        xshift: 4, font: { color: bad } }];
    }
    if (figure.kind === "relief") {
      const deep = (title) => ({ title: { text: title }, gridcolor: plain(colour("rule")), color: ink, backgroundcolor: "rgba(0,0,0,0)", showspikes: false });
      out.dragmode = "turntable";
      out.margin = { l: 0, r: 0, t: 0, b: 0 };
      out.scene = { xaxis: deep(figure.x), yaxis: deep(figure.y), zaxis: deep(figure.z), aspectratio: { x: 1, y: 1, z: 0.75 }, camera: { eye: EYE } };
    }
    return out;
  };
  const EYE = { x: 1.5, y: -1.35, z: 1.05 };

  const draw = async (frame, figure) => {
    const library = await plotly();
    const colour = colours();
    let plot = frame.querySelector(".plot");
    if (!plot) {
      plot = make("div");
      plot.className = "plot";
      const still = frame.querySelector("svg");
      plot.setAttribute("role", "img");
      for (const name of ["aria-labelledby", "aria-describedby"]) plot.setAttribute(name, still.getAttribute(name));
      frame.append(plot);
    }
    const traces = [...(figure.ground ? [ground(figure, colour)] : []), ...figure.curves.map((c) => curve(c, figure, colour))];
    await library.react(plot, traces, layout(figure, colour), { displayModeBar: false, responsive: true, showTips: false });
    frame.classList.add("live");
    frame.querySelector("svg.static").setAttribute("aria-hidden", "true");
    drawn.set(frame, figure);
    return plot;
  };

  // 3-D is drawn when asked for: it costs a graphics context, and takes the finger that would scroll the page.
  const offer = (frame, figure) => {
    const button = make("button");
    button.type = "button";
    button.className = "turn";
    button.textContent = "Turn it";
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        const plot = await draw(frame, figure);
        button.remove();
        plot.setAttribute("role", "application");
        plot.setAttribute("aria-roledescription", "picture that arrow keys turn");
        plot.tabIndex = 0;
        plot.addEventListener("keydown", (event) => turn(event, plot));
        plot.focus();
      } catch {
        button.textContent = "Can't be turned here";
      }
    });
    frame.append(button);
  };
  const turn = (event, plot) => {
    const step = { ArrowLeft: [-0.2, 0], ArrowRight: [0.2, 0], ArrowUp: [0, 0.2], ArrowDown: [0, -0.2] }[event.key];
    if (!step) return;
    event.preventDefault();
    const { x, y, z } = plot.layout.scene.camera?.eye ?? EYE;
    const angle = Math.atan2(y, x) + step[0], reach = Math.hypot(x, y);
    const eye = { x: reach * Math.cos(angle), y: reach * Math.sin(angle), z: Math.min(2.5, Math.max(0.1, z + step[1])) };
    window.Plotly.relayout(plot, { "scene.camera.eye": eye });
  };

  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      draw(entry.target, figures[Number(entry.target.dataset.picture)]).catch(() => undefined); // the static picture stays
    }
  }, { rootMargin: "200px" });
  for (const frame of document.querySelectorAll(".frame[data-picture]")) {
    const figure = figures[Number(frame.dataset.picture)];
    if (figure?.kind === "relief") offer(frame, figure);
    else if (figure) seen.observe(frame);
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawn.forEach((figure, frame) => draw(frame, figure)));
})();
