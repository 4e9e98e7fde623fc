/* Cell renderers and rows of the grids. The renderers return React elements, which escape text, and draw the same
   segments as components/sentence.py. */
(() => {
  "use strict";

  window.dashAgGridComponentFunctions ||= {};
  const functions = window.dashAgGridComponentFunctions;

  /* place: "before" the entity that the grid's row is about, "own", or "". */
  function segment(part, key, place) {
    const make = window.React.createElement;
    const words = [];
    if (part.label)
      words.push(make("span", { key: "label", className: `label ${part.type_class}`, dir: "ltr" }, part.label));
    part.words.forEach((text, i) => {
      if (words.length) words.push(" ");
      const inFocus = part.focus === i;
      words.push(make("span", { key: i, className: inFocus ? "word focus" : "word" }, text));
    });
    const quiet = part.outcome === "correct" ? "correct" : "wrong";
    const body = part.mark
      ? make("span", { key: "body", className: `span ${part.mark} ${quiet} ${part.type_class}` }, words)
      : make("span", { key: "body" }, words);
    const kind = place === "own" ? `${part.verdict_class} own` : part.verdict_class;
    const verdict =
      part.verdict && make("span", { key: "verdict", className: `verdict ${kind}`, dir: "ltr" }, part.verdict);
    const drawn = [body, verdict || null, " "];
    if (place === "before") return make("span", { key, className: "before" }, drawn);
    return make(window.React.Fragment, { key }, drawn);
  }

  functions.AnnotatedSentence = (props) => {
    const parts = props.value;
    if (!parts) return null;
    const [first, last] = props.data?.own ?? [];
    const isOwn = (part) => part.first <= last && first < part.first + part.words.length;
    const start = parts.findIndex(isOwn);
    const drawn = parts.map((part, i) => segment(part, i, i < start ? "before" : isOwn(part) ? "own" : ""));
    return window.React.createElement("div", { className: "sentence one-line", dir: "auto" }, drawn);
  };

  /* Long outcomes take two lines. */
  functions.OutcomeBadge = (props) => {
    if (!props.value) return null;
    const make = window.React.createElement;
    const parts = props.value.split("+").flatMap((part, i) => (i ? ["+", make("wbr", { key: i }), part] : [part]));
    return make("span", { className: `outcome outcome-${props.value.replace("+", "-")} two-lines` }, parts);
  };

  functions.LabelPair = (props) => {
    if (!props.value) return null;
    const make = window.React.createElement;
    const [gold, predicted] = props.value.split(" → ");
    const labels = [make("span", null, `${gold} →`), " ", make("span", null, predicted)];
    return make("span", { className: "two-lines label-pair", title: props.value }, ...labels);
  };

  /* [text, CSS class, mark]: a tag in its type's colour, or a grey text instead of a tag; with a mark for an error. */
  functions.TagLabel = (props) => {
    if (!props.data) return null;
    const make = window.React.createElement;
    const [text, kind, mark] = props.value || ["–", "quiet"];
    const label = make("span", { className: kind === "quiet" ? "note" : `tag-label ${kind}` }, text);
    return mark ? make("span", null, label, make("span", { className: "differs" }, ` ${mark}`)) : label;
  };

  functions.CorpusText = (props) => window.React.createElement("span", { dir: "auto" }, props.value);

  functions.YesMark = (props) =>
    props.value ? window.React.createElement("span", { className: "differs" }, "≠ differs") : null;

  async function api(id) {
    return window.dash_ag_grid.getApiAsync(id);
  }

  /* Which columns fit beside the sentence depends on the width. */
  function fitColumns() {
    const holder = document.querySelector('.pane:not([hidden]) [data-grid="errors-grid"]');
    if (!holder) return;
    api(holder.dataset.grid).then((grid) => {
      const tags = window.explainer.parameters().get("level") === "tags";
      grid.setColumnsVisible(["kind"], !tags);
      grid.setColumnsVisible(["pair"], tags || holder.clientWidth > 900);
    });
  }
  window.addEventListener("resize", fitColumns);

  /* dash-ag-grid sets its own data source when a grid is ready; ours must be set after that. */
  async function ready(id) {
    const grid = await api(id);
    while (!grid.isDestroyed() && !grid.getGridOption("datasource")) {
      await new Promise((next) => setTimeout(next, 20));
    }
    return grid;
  }

  /* The holder's data attributes name the route of the rows and the element for their count (app/views/row_grid.py). */
  const holderOf = (id) => document.querySelector(`[data-grid="${id}"]`);

  function source(query, holder, grid) {
    return {
      getRows: async (request) => {
        const [sorted] = request.sortModel;
        const parameters = new URLSearchParams({ start: request.startRow, end: request.endRow });
        if (sorted) {
          parameters.set("sort", sorted.colId);
          parameters.set("order", sorted.sort);
        }
        try {
          const response = await window.fetch(`rows/${holder.dataset.rows}?${parameters}`, {
            method: "POST" /* a selection may be too long for an address */,
            headers: { "Content-Type": "application/x-www-form-urlencoded" },
            body: query,
          });
          if (!response.ok) return request.failCallback();
          const found = await response.json();
          request.successCallback(found.rows, found.count);
          if (request.startRow === 0)
            window.dash_clientside.set_props(holder.dataset.count, { children: found.summary });
          if (found.count) grid.hideOverlay();
          else grid.showNoRowsOverlay();
          return markFocus(grid);
        } catch {
          return request.failCallback();
        }
      },
    };
  }

  const filled = new WeakMap(); /* grid -> the query string whose rows it shows or has requested */

  /* For a new selection, the grid gets a new data source, which requests its rows from the first one. */
  function refill(query, id) {
    ready(id).then((grid) => {
      const holder = holderOf(id);
      if (!holder || filled.get(grid) === query) return;
      filled.set(grid, query);
      fitColumns();
      grid.setGridOption("datasource", source(query, holder, grid));
    });
  }

  /* Listens to the routes directly, because Dash would first notify all other components of the change. */
  document.addEventListener("explainer:route", ({ detail }) => {
    for (const { dataset } of document.querySelectorAll("[data-grid]")) {
      if (detail.name === dataset.route) refill(detail.value, dataset.grid);
      if (detail.name === dataset.focusRoute) api(dataset.grid).then(markFocus);
    }
  });

  const holdsFocus = (node, focus) => Boolean(node.data) && String(node.data.word_row) === focus;

  function markFocus(grid) {
    const focus = window.explainer.parameters().get("focus");
    grid.forEachNode((node) => {
      const wanted = holdsFocus(node, focus);
      if (node.isSelected() !== wanted) node.setSelected(wanted);
    });
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    grid: {
      /* Fills a new grid; later changes come from the route's event. */
      begin: (id, query) => {
        if (query) refill(query, id);
        return window.dash_clientside.no_update;
      },
      focusRow: (clicked, id) => {
        if (clicked && clicked.rowId !== undefined) {
          api(id).then((grid) => {
            const node = grid.getRowNode(String(clicked.rowId));
            if (node && node.data && node.data.word_row !== undefined)
              window.explainer.navigate({ focus: String(node.data.word_row) });
          });
        }
        return window.dash_clientside.no_update;
      },
    },
  });

  window.explainer = Object.assign(window.explainer || {}, {
    /* Moves to the row of the next word; rows of the same word, or of none, are skipped. */
    walkGrid: async (step) => {
      const { dataset } = document.querySelector(".pane:not([hidden]) [data-grid]");
      const grid = await api(dataset.grid);
      const focus = window.explainer.parameters().get("focus");
      let at = -1;
      grid.forEachNode((node) => {
        if (at < 0 && holdsFocus(node, focus)) at = node.rowIndex;
      });
      /* Data of a loaded row. The grid must not be asked for a negative row: it would request a block of such rows. */
      const shown = (row) => (row < 0 ? undefined : grid.getDisplayedRowAtIndex(row)?.data);
      const here = shown(at)?.word_row;
      const last = grid.getDisplayedRowCount() - 1;
      let next = Math.min(Math.max(at + step, 0), last);
      while (shown(next + step) && [undefined, here].includes(shown(next)?.word_row)) next += step;
      const word = shown(next)?.word_row;
      if (word === undefined) return;
      grid.ensureIndexVisible(next);
      window.explainer.navigate({ focus: String(word) });
    },
  });
})();
