/* The text box of the tab Probing: the typed text is written to the URL, or kept in the page if too long for a link. */
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

  /* Sets the text to tag. `swaps` counts the swapped entities, so that each swap takes another entity. If the text, or
     only the earlier text, is too long for a link, the page keeps it for this run and sentence. */
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

  /* Replaces a line by a button's variant. If the line was edited meanwhile, the edit is tagged instead, because the
     variant belongs to the line before the edit. */
  function rewrite({ line, text, swaps }) {
    const lines = document.getElementById("probing-text").value.split(LINE_END);
    if (lines[line] !== shown.split(LINE_END)[line]) return write(lines.join("\n"), null);
    lines[line] = text;
    return write(lines.join("\n"), swaps);
  }

  function defaultFlag() {
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
      /* Writes the tagged text to the box only if it changed, so that an edit that is not tagged yet is not lost. */
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
          window.explainer.navigate({ flag: flag === defaultFlag() ? null : flag });
        }
        return window.dash_clientside.no_update;
      },
      showFlag: (query) => Number(new URLSearchParams(query || "").get("flag") || defaultFlag()),
    },
  });
})();
