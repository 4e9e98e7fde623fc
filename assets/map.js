/* The embedding map: keeps the overlay aligned with the base figure, and writes gestures to the URL. */
(() => {
  "use strict";

  const { facts } = window.explainer;
  const LEAST_STEP = 6; /* px on the screen between two vertices of a lasso; closer vertices are dropped */

  function plotOf(id) {
    const holder = document.getElementById(id);
    return holder?.querySelector(".js-plotly-plot");
  }

  function rangesOf(base) {
    const layout = base?._fullLayout;
    if (!layout?.xaxis) return null;
    return { x: [...layout.xaxis.range], y: [...layout.yaxis.range] };
  }

  function follow(base, overlayId) {
    const overlay = plotOf(overlayId);
    const ranges = rangesOf(base);
    if (!overlay?._fullLayout || !ranges) return;
    const now = rangesOf(overlay);
    if (now && String(now.x) === String(ranges.x) && String(now.y) === String(ranges.y)) return;
    window.Plotly.relayout(overlay, { "xaxis.range": ranges.x, "yaxis.range": ranges.y });
  }

  /* During a drag, plotly only fires `plotly_relayouting`, so the overlay is hidden until the drag ends. */
  function watch(base, overlayId) {
    if (base.explainerWatched) return;
    base.explainerWatched = true;
    const holder = () => document.getElementById(overlayId);
    base.on("plotly_relayouting", () => holder()?.classList.add("moving"));
    base.on("plotly_relayout", () => {
      follow(base, overlayId);
      if (holder()) holder().classList.remove("moving");
    });
    base.on("plotly_afterplot", () => follow(base, overlayId));
  }

  function rounded(points) {
    return points.map(([x, y]) => `${Math.round(x)},${Math.round(y)}`).join(";");
  }

  /* A drawn lasso has hundreds of vertices. Those without a visible effect are dropped, so that it fits into a link. */
  function simplified(xs, ys, base) {
    const { xaxis, yaxis } = base._fullLayout;
    const [wide, high] = [xaxis, yaxis].map((axis) => axis._length / Math.abs(axis.range[1] - axis.range[0]));
    const kept = [];
    for (let i = 0; i < xs.length; i += 1) {
      const last = kept[kept.length - 1];
      if (!last || Math.hypot((xs[i] - last[0]) * wide, (ys[i] - last[1]) * high) >= LEAST_STEP)
        kept.push([xs[i], ys[i]]);
    }
    const step = Math.ceil(kept.length / 60);
    return kept.filter((_, i) => i % step === 0);
  }

  function polygonOf(selected, base) {
    if (!selected || !base) return null;
    if (selected.lassoPoints) return simplified(selected.lassoPoints.x, selected.lassoPoints.y, base);
    if (selected.range) {
      const [x0, x1] = selected.range.x;
      const [y0, y1] = selected.range.y;
      return [
        [x0, y0],
        [x1, y0],
        [x1, y1],
        [x0, y1],
      ];
    }
    return null;
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    map: {
      /* The overlay's figure: the server's traces in the current axis ranges of the base. */
      highlight: (traces, baseId, overlayId) => {
        const base = plotOf(baseId);
        const ranges = rangesOf(base) || { x: [...facts.mapRange], y: [...facts.mapRange] };
        if (base?.on) watch(base, overlayId);
        const axis = { visible: false, autorange: false };
        return {
          data: traces || [],
          layout: {
            xaxis: { ...axis, range: ranges.x },
            yaxis: { ...axis, range: ranges.y },
            margin: { l: 0, r: 0, t: 0, b: 0 },
            paper_bgcolor: "rgba(0,0,0,0)",
            plot_bgcolor: "rgba(0,0,0,0)",
            showlegend: false,
            dragmode: false,
          },
        };
      },
      watchBase: (_figure, baseId, overlayId) => {
        const attempt = (left) => {
          const base = plotOf(baseId);
          if (base?.on) {
            watch(base, overlayId);
            follow(base, overlayId);
          } else if (left > 0) setTimeout(() => attempt(left - 1), 100);
        };
        attempt(50);
        return window.dash_clientside.no_update;
      },
      /* The overlay shows the outline from the URL. Plotly's own outline is removed: it would capture the next drag. */
      lasso: (selected, key, baseId) => {
        const base = plotOf(baseId);
        const polygon = polygonOf(selected, base);
        if (polygon) setTimeout(() => window.Plotly.relayout(base, { selections: [] }), 0);
        if (polygon && polygon.length > 2) {
          const query = new URLSearchParams(key || "");
          const shown = (option) => query.get(option) || facts.defaults[option];
          window.explainer.navigate({ lasso: `${shown("method")}.${shown("points")}:${rounded(polygon)}` });
        }
        return window.dash_clientside.no_update;
      },
    },
  });

  /* Pan, lasso, box and the legend only change the figure; they are not part of the URL's state. */
  document.addEventListener("click", (event) => {
    const tool = event.target.closest("[data-map-tool]");
    if (tool) {
      const base = plotOf(tool.dataset.map);
      if (!base) return;
      const how = tool.dataset.mapTool;
      if (how === "reset") {
        window.Plotly.relayout(base, { "xaxis.range": [...facts.mapRange], "yaxis.range": [...facts.mapRange] });
        return;
      }
      window.Plotly.relayout(base, { dragmode: how });
      for (const other of tool.parentElement.querySelectorAll("[data-map-tool]")) {
        other.setAttribute("aria-pressed", String(other === tool));
      }
      return;
    }
    const entry = event.target.closest("[data-legend]");
    if (!entry) return;
    const base = plotOf(entry.dataset.map);
    if (!base) return;
    const number = Number(entry.dataset.legend);
    const categories = base.data.length / 2;
    const hide = entry.getAttribute("aria-pressed") !== "false";
    entry.setAttribute("aria-pressed", String(!hide));
    const traces =
      number < 0 ? [...Array(categories).keys()].map((i) => categories + i) : [number, categories + number];
    window.Plotly.restyle(base, { visible: !hide }, traces);
  });
})();
