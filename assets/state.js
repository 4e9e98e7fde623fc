/* The one writer of state: every click that changes what is looked at ends in navigate(), which writes the URL.
   Views hear of it through their routes (app/routes.py). */
(() => {
  "use strict";

  const { facts } = window.explainer;
  const lastSet = new Map(); /* id of a component -> the value that setProp set last */

  function parameters() {
    return new URLSearchParams(window.location.search);
  }

  /* The newest run, which the page names when it is opened (app/frame/shell.py). */
  const defaultRun = () => document.getElementById("page-facts")?.dataset.run || "";

  function write(next) {
    const search = `?${next}`;
    if (search === window.location.search) return;
    window.dash_clientside.set_props("url", { search });
  }

  /* changes: parameter -> value, or null to remove it. A new selection starts at its first page, without focus. */
  function navigate(changes) {
    const next = parameters();
    if (!next.get("run") && defaultRun()) next.set("run", defaultRun());
    if ("run" in changes && changes.run !== next.get("run")) {
      /* Typed text is of no run: another tagger may be asked about it. */
      for (const key of [...next.keys()]) if (key !== "tab" && key !== "text") next.delete(key);
    }
    const changed = Object.keys(changes).filter((name) => changes[name] !== next.get(name));
    const isNew = changed.some((name) => facts.clauses.includes(name));
    if (changed.some((name) => name !== "focus")) next.delete("page");
    if (isNew && !("focus" in changes)) next.delete("focus");
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === "") next.delete(name);
      else next.set(name, value);
    }
    write(next);
  }

  function toggle(changes) {
    const now = parameters();
    const already = Object.entries(changes).every(([name, value]) => now.get(name) === value);
    if (!already) return navigate(changes);
    navigate(Object.fromEntries(Object.keys(changes).map((name) => [name, null])));
  }

  function clear() {
    navigate(Object.fromEntries([...facts.clauses, "focus"].map((name) => [name, null])));
  }

  /* Out of a link that cannot be followed: of all that it asks for, the tab and the run stay. */
  function restart() {
    const asked = [...parameters().keys()].filter((name) => name !== "tab" && name !== "run");
    navigate(Object.fromEntries(asked.map((name) => [name, null])));
  }

  function clearClicked() {
    navigate(Object.fromEntries([...facts.clickedClauses, "focus"].map((name) => [name, null])));
  }

  /* A step within the dashboard is an entry of the browser's history with a state (dcc.Location gives each an empty
     one). The entry with which the dashboard was opened has none: what is before it is another page. */
  function undo() {
    if (window.history.state === null) clear();
    else window.history.back();
  }

  /* The query string that a route passes on. */
  function routed(route, query, theme) {
    const kept = new URLSearchParams();
    const run = query.get("run") || defaultRun();
    if (run) kept.set("run", run);
    for (const [name, value] of query) if (route.parameters.includes(name)) kept.set(name, value);
    if (route.looks) {
      kept.set("theme", theme);
      const looks = window.explainer.chosenLooks(theme);
      if (looks) kept.set("palette", looks);
    }
    kept.sort();
    return kept.toString();
  }

  /* Sets a property of a component if its value changes; says whether it did. Outputs of one callback would all be set at
     every step, and each time Dash checks every component of the page. */
  function setProp(id, property, value) {
    if (lastSet.get(id) === value) return false;
    lastSet.set(id, value);
    window.dash_clientside.set_props(id, { [property]: value });
    return true;
  }

  /* Requests everything that is shown once more. */
  function drawAnew() {
    lastSet.clear();
    window.dash_clientside.set_props("url", { search: window.location.search });
  }

  function shownTab(query, tabs) {
    const asked = query.get("tab");
    return tabs.includes(asked) ? asked : tabs[0];
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    state: {
      /* URL, theme and the looks that were chosen for the types -> routes, the pane that is shown, the rail's current
         tab, and the run that its pane is laid out for. */
      route: (search, theme, _chosen, routes, tabs) => {
        const query = new URLSearchParams(search || "");
        const shown = shownTab(query, tabs);
        const run = query.get("run") || defaultRun();
        for (const route of routes) {
          if (route.tab !== "*" && route.tab !== shown) continue;
          const value = routed(route, query, theme || currentTheme());
          if (setProp(route.name, "data", value)) {
            document.dispatchEvent(new CustomEvent("explainer:route", { detail: { name: route.name, value } }));
          }
        }
        for (const tab of tabs) {
          setProp(`pane-${tab}`, "hidden", tab !== shown);
          setProp(`tab-${tab}`, "className", tab === shown ? "tab-link current" : "tab-link");
        }
        setProp(`run-${shown}`, "data", run);
        setProp("palette-run", "data", run);
        requestAnimationFrame(syncControls);
        return window.dash_clientside.no_update;
      },
      /* An entry of the frame's menu. */
      export: () => {
        const asked = window.dash_clientside.callback_context.triggered_id;
        if (asked) download(`${asked.export}.${asked.format}`, false);
        return window.dash_clientside.no_update;
      },
      /* Writes the change that a server callback returned (app/state.py). */
      applyIntent: (changes) => {
        if (changes) navigate(changes);
        return window.dash_clientside.no_update;
      },
      pickRun: (run) => {
        const now = parameters().get("run") || defaultRun();
        if (run && run !== now) navigate({ run });
        return window.dash_clientside.no_update;
      },
      searchFor: (text) => typed("search", text),
      findWord: (text) => typed("word", text),
      findForms: (text) => typed("forms", text),
    },
  });

  /* Fetches a file of a run's table (app/server/downloads.py), whole or what is selected of it. */
  function download(file, whole) {
    const query = parameters();
    const asked = new URLSearchParams({ run: query.get("run") || defaultRun() });
    if (!whole) for (const [name, value] of query) if (facts.clauses.includes(name)) asked.set(name, value);
    const link = document.createElement("a");
    link.href = `download/${file}?${asked}`;
    link.download = "";
    link.click();
  }

  function typed(name, text) {
    if ((parameters().get(name) || "") !== (text || "")) navigate({ [name]: text || null });
    return window.dash_clientside.no_update;
  }

  function currentTheme() {
    return document.documentElement.dataset.bsTheme;
  }

  function flipTheme() {
    const theme = currentTheme() === "dark" ? "light" : "dark";
    document.documentElement.dataset.bsTheme = theme;
    try {
      window.localStorage.setItem(facts.themeKey, theme);
    } catch {
      /* A browser that keeps nothing still gets the theme for this visit. */
    }
    window.dash_clientside.set_props("theme", { data: theme });
  }

  async function copyLink(button) {
    const query = parameters();
    if (!query.get("run") && defaultRun()) query.set("run", defaultRun());
    const link = `${window.location.origin}${window.location.pathname}?${query}`;
    let said = "Link copied";
    try {
      await window.navigator.clipboard.writeText(link);
    } catch {
      window.history.replaceState(window.history.state, "", link);
      said = "Copy it from the address bar";
    }
    button.dataset.said = said;
    setTimeout(() => delete button.dataset.said, 1800);
  }

  /* Switches show what the URL says. */
  function syncControls() {
    const query = parameters();
    for (const option of document.querySelectorAll("[data-option]")) {
      const value = query.get(option.dataset.option) || option.dataset.default;
      const pressed = String(value === option.dataset.value);
      if (option.getAttribute("aria-pressed") !== pressed) option.setAttribute("aria-pressed", pressed);
    }
    const focus = query.get("focus");
    for (const item of document.querySelectorAll("[data-focus-item]")) {
      const holds = focus !== null && item.querySelector(`[data-word="${window.CSS.escape(focus)}"]`);
      item.classList.toggle("current", Boolean(holds));
    }
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-navigate], [data-toggle], [data-word], [data-download], [data-do]");
    if (!target) return;
    if (target.tagName === "A") {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
      event.preventDefault();
    }
    if (target.dataset.navigate) navigate(JSON.parse(target.dataset.navigate));
    else if (target.dataset.toggle) toggle(JSON.parse(target.dataset.toggle));
    else if (target.dataset.word) navigate({ focus: target.dataset.word });
    else if (target.dataset.download) download(target.dataset.download, "whole" in target.dataset);
    else
      ({ clear, restart, undo, theme: flipTheme, link: () => copyLink(target), rail: flipRail })[target.dataset.do]();
  });

  function flipRail() {
    document.body.classList.toggle("narrow-rail");
    setTimeout(() => window.dispatchEvent(new Event("resize")), 200);
  }

  /* j / k walk the list of the tab that is shown. */
  function walk(step) {
    const list = document.querySelector(".pane:not([hidden]) [data-walk]");
    if (list && list.dataset.walk === "grid") return window.explainer.walkGrid(step);
    if (list) return list.querySelector(`[data-step="${step > 0 ? "next" : "previous"}"]`)?.click();
    const items = [...document.querySelectorAll(".pane:not([hidden]) [data-focus-item]")];
    if (!items.length) return undefined;
    const at = items.findIndex((item) => item.classList.contains("current"));
    const next = items[Math.min(Math.max(at + step, 0), items.length - 1)];
    next.scrollIntoView({ block: "nearest" });
    return navigate({ focus: next.dataset.focusItem });
  }

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "Escape") {
      if (typing) typing.blur();
      else if (!document.querySelector(".modal.show, .dropdown-menu.show")) clearClicked();
      return;
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const action = {
      j: () => walk(1),
      k: () => walk(-1),
      u: undo,
      c: clear,
      d: flipTheme,
      "/": () => document.getElementById("search").focus(),
      "?": () => document.getElementById("help-button").click(),
    }[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });

  let pending = false;
  new MutationObserver(() => {
    if (pending) return;
    pending = true;
    requestAnimationFrame(() => {
      pending = false;
      syncControls();
    });
  }).observe(document.documentElement, { childList: true, subtree: true });

  window.explainer = Object.assign(window.explainer || {}, { navigate, toggle, parameters, currentTheme, drawAnew });
})();
