/* The text box of the tab Probing: what is typed goes into the URL, or, too long for a link, into the page. */
(() => {
  "use strict";

  const { facts } = window.explainer;
  const LINE_END = new RegExp(facts.lineEnd);
  let shown = "";
  let kept = null;

  function queryLength(changes) {
    const next = window.explainer.parameters();
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) next.delete(name);
      else next.set(name, value);
    }
    return next.toString().length;
  }

  function keep(typed) {
    kept = typed;
    window.dash_clientside.set_props("probing-typed", { data: typed });
  }

  /* The texts that are tagged from now on; `swaps` counts the entities swapped so far, for each to be another. What is
     too long for a link, the text or only what it was before, is kept in the page, for this run and this sentence. */
  function write(text, swaps) {
    const now = window.explainer.parameters();
    const before = (shown === text ? now.get("before") : shown) || null;
    const others = { swaps: swaps ? String(swaps) : now.get("swaps") };
    const fits = (changes) => text && queryLength(changes) <= facts.longestQuery;
    const whole = { text, before, ...others };
    if (fits(whole)) {
      if (kept) keep(null);
      window.explainer.navigate(whole);
      return;
    }
    const focus = now.has("focus") ? Number(now.get("focus")) : null;
    const run = now.get("run") || document.getElementById("page-facts").dataset.run;
    const alone = { text, before: null, ...others };
    keep({ text, before, focus, run });
    window.explainer.navigate(fits(alone) ? alone : { text: null, before: null, ...others });
  }

  /* The text that a button makes of a line. A line that was edited meanwhile is tagged first: the button's text is of
     the line as it was. */
  function rewrite({ line, text, swaps }) {
    const lines = document.getElementById("probing-text").value.split(LINE_END);
    if (lines[line] !== shown.split(LINE_END)[line]) return write(lines.join("\n"), null);
    lines[line] = text;
    return write(lines.join("\n"), swaps);
  }

  function standardFlag() {
    return document.getElementById("probing-grid").dataset.flag;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-rewrite]");
    if (button) rewrite(JSON.parse(button.dataset.rewrite));
  });

  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "probing-text" || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    document.getElementById("probing-tag").click();
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    probing: {
      /* What is tagged now into the box, unless it stands there: an edit that is not tagged yet must not be lost. */
      show: (text) => {
        if (text === shown) return window.dash_clientside.no_update;
        shown = text || "";
        return shown;
      },
      tag: (_clicks, text) => {
        if ((text || "") === shown) keep(Object.assign({}, kept, { again: Date.now() }));
        else write(text || "", null);
        return window.dash_clientside.no_update;
      },
      flag: (value) => {
        if (Number.isFinite(value)) {
          const flag = String(Number(value.toFixed(2)));
          window.explainer.navigate({ flag: flag === standardFlag() ? null : flag });
        }
        return window.dash_clientside.no_update;
      },
      showFlag: (query) => Number(new URLSearchParams(query || "").get("flag") || standardFlag()),
    },
  });
})();
