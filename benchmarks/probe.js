/* Put into the page by benchmarks/clicks.py: says when a click's result is painted.

   The grid is done when every row in the page is one of the expected ones and is drawn; the map when plotly has redrawn
   it with the expected number of points. Both are looked for before each frame, so the frame that follows shows them, and
   a message posted from there arrives when it has been painted. */
window.bench = {
  arm({ rows, points, graph, trace, cell }) {
    const wanted = new Set(rows);
    const plot = document.querySelector(`#${graph} .js-plotly-plot`);
    window.bench.result = new Promise((resolve) => {
      let clicked = null;
      let plotted = null;
      const times = {};
      const afterPlot = () => {
        if (clicked !== null && plot._fullData[trace] && plot._fullData[trace]._length === points)
          plotted = performance.now();
      };
      plot.on("plotly_afterplot", afterPlot);
      document.addEventListener(
        "click",
        (event) => {
          clicked = event.timeStamp;
          requestAnimationFrame(look);
        },
        { capture: true, once: true },
      );
      function gridIsDone() {
        const shown = [...document.querySelectorAll("#errors-grid .ag-center-cols-container .ag-row")];
        return (
          shown.length >= Math.min(wanted.size, 3) &&
          shown.every((row) => wanted.has(row.getAttribute("row-id")) && row.querySelector(cell))
        );
      }
      function look() {
        const painted = [];
        if (!("grid" in times) && gridIsDone()) painted.push("grid");
        if (!("map" in times) && plotted !== null) painted.push("map");
        if (painted.length) {
          const channel = new MessageChannel();
          channel.port1.onmessage = () => {
            for (const view of painted) times[view] = performance.now() - clicked;
            if ("grid" in times && "map" in times) {
              plot.removeListener("plotly_afterplot", afterPlot);
              resolve(times);
            } else requestAnimationFrame(look);
          };
          channel.port2.postMessage(null);
        } else if (performance.now() - clicked > 20000) resolve({ ...times, failed: true });
        else requestAnimationFrame(look);
      }
    });
  },
};
