/* The tab Activations: the typed text, the selection of layers by dragging, and showing one component alone. */
(() => {
  "use strict";

  const { facts } = window.explainer;
  let pinned = "";
  let dragFrom = 0;

  /* --- one component alone: the component under the pointer, else the one in the URL --- */

  function isolate(number) {
    const text = document.getElementById("activity-text");
    if (!text) return;
    if (number) text.dataset.isolated = number;
    else delete text.dataset.isolated;
  }

  function applyPinned() {
    isolate(pinned);
    document.getElementById("activity-text")?.toggleAttribute("data-pinned", pinned !== "");
  }

  function componentAt(target) {
    const part = target.closest("#activity-text .component-card, #activity-text .strength");
    const named = part?.className.match(/\bc(\d+)\b/);
    return named ? named[1] : "";
  }

  document.addEventListener("explainer:route", ({ detail }) => {
    if (detail.name !== "query-activations-isolate") return;
    pinned = new URLSearchParams(detail.value).get("isolate") || "";
    applyPinned();
  });
  for (const kind of ["pointerover", "focusin"]) {
    document.addEventListener(kind, (event) => {
      if (event.target.closest?.("#activity-text")) isolate(componentAt(event.target) || pinned);
    });
  }
  document.addEventListener("pointerout", (event) => {
    if (componentAt(event.target)) isolate(pinned);
  });

  /* --- lines: all words on one line if they fit; else each line starts with the numbers of its strips --- */

  function arrange(table) {
    const sheet = table.querySelector(".word-columns");
    table.classList.add("one-line");
    for (const tight of [false, true]) {
      table.classList.toggle("tight", tight);
      if (sheet.scrollWidth <= sheet.clientWidth) return;
    }
    table.classList.remove("one-line", "tight");
    const columns = [...sheet.children];
    const tops = columns.map((column) => column.offsetTop);
    for (const [place, column] of columns.entries()) {
      column.classList.toggle("line-start", tops[place] !== tops[place - 1]);
    }
  }

  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) arrange(target);
  });
  document.addEventListener("explainer:drawn", () => {
    const table = document.querySelector("#activity-text .activity-table");
    sizes.disconnect();
    if (!table) return;
    sizes.observe(table); /* also calls the observer at once */
    applyPinned();
  });

  /* --- layers: a click selects one layer (data-navigate), a drag or a Shift-click several --- */

  function layerOf(target) {
    const cell = target.closest?.(".layer");
    return cell ? Number(cell.dataset.layer) : 0;
  }

  function between(layer, one, other) {
    return layer >= Math.min(one, other) && layer <= Math.max(one, other);
  }

  function selectLayers(one, other) {
    const [first, last] = [Math.min(one, other), Math.max(one, other)];
    window.explainer.navigate({ "from-layer": first > 1 ? String(first) : null, "to-layer": String(last) });
  }

  function markDragged(strip, to) {
    strip.classList.toggle("dragged", to > 0);
    for (const cell of strip.children) {
      cell.classList.toggle("between", to > 0 && between(Number(cell.dataset.layer), dragFrom, to));
    }
  }

  document.addEventListener("pointerdown", (event) => {
    dragFrom = event.shiftKey || event.button !== 0 ? 0 : layerOf(event.target);
    /* The first touched cell captures the pointer; without a release, the other cells would get no events. */
    if (dragFrom && event.target.hasPointerCapture(event.pointerId))
      event.target.releasePointerCapture(event.pointerId);
  });
  document.addEventListener("pointerover", (event) => {
    const to = layerOf(event.target);
    if (dragFrom && to) markDragged(event.target.closest(".layers"), to);
  });
  document.addEventListener("pointerup", (event) => {
    const to = layerOf(event.target);
    const strip = document.querySelector(".layers.dragged");
    if (dragFrom && to && to !== dragFrom) selectLayers(dragFrom, to);
    if (strip) markDragged(strip, 0);
    dragFrom = 0;
  });
  document.addEventListener(
    "click",
    (event) => {
      const to = layerOf(event.target);
      if (!to || !event.shiftKey) return;
      event.stopImmediatePropagation();
      selectLayers(Number(event.target.closest(".layers").dataset.from), to);
    },
    true,
  );

  /* --- the text: in the URL, or in the page if it is too long for a link --- */

  function keep(text) {
    const now = window.explainer.parameters();
    const focus = now.has("focus") ? Number(now.get("focus")) : null;
    const run = now.get("run") || document.getElementById("page-facts").dataset.run;
    window.dash_clientside.set_props("activity-kept", { data: text === null ? null : { text, run, focus } });
  }

  function show(text) {
    const next = window.explainer.parameters();
    next.set("text", text);
    const fits = next.toString().length <= facts.longestQuery;
    keep(fits ? null : text);
    window.explainer.navigate({ text: fits && text.trim() ? text : null, before: null, line: null });
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest(".activity-back")) return;
    keep(null);
    window.dash_clientside.set_props("activity-typed", { value: "" });
  });

  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "activity-typed" || event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    document.getElementById("activity-show").click();
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    activity: {
      showPane: (query) => {
        const corpus = new URLSearchParams(query || "").get("activity") === "corpus";
        return [corpus, !corpus];
      },
      typed: (query) => new URLSearchParams(query || "").get("text") || "",
      show: (_clicks, text) => {
        show(text || "");
        return window.dash_clientside.no_update;
      },
    },
  });
})();
