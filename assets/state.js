/* The only writer of state: every click that changes the view calls navigate(), which writes the URL. Views are
   notified through their routes (app/routes.py). */
(() => {
  "use strict";

  const { facts, longLinks } = window.explainer;
  const KEPT_HERE = "This selection is too long for a link. It is kept in this browser tab only.";
  const lastSet = new Map(); /* component id -> the last value set by setProp */

  function parameters() {
    return longLinks.expand(window.location.search);
  }

  /* The newest run when the page was opened (app/frame/shell.py). */
  const defaultRun = () => document.getElementById("page-facts")?.dataset.run || "";

  function write(next) {
    const search = `?${longLinks.shorten(next)}`;
    if (search === window.location.search) return;
    window.dash_clientside.set_props("url", { search });
  }

  /* changes: parameter -> value, or null to remove it. A new selection starts at its first page, without focus. */
  function navigate(changes) {
    const next = parameters();
    if (!next.get("run") && defaultRun()) next.set("run", defaultRun());
    if ("run" in changes && changes.run !== next.get("run")) {
      /* Typed text belongs to no run: keep it, so that another tagger can tag it. */
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
    const isSet = Object.entries(changes).every(([name, value]) => now.get(name) === value);
    if (!isSet) return navigate(changes);
    navigate(Object.fromEntries(Object.keys(changes).map((name) => [name, null])));
  }

  function clear() {
    navigate(Object.fromEntries([...facts.clauses, "focus"].map((name) => [name, null])));
  }

  /* Recovers from an invalid link: removes all parameters except the tab and the run. */
  function restart() {
    const others = [...parameters().keys()].filter((name) => name !== "tab" && name !== "run");
    navigate(Object.fromEntries(others.map((name) => [name, null])));
  }

  function clearClicked() {
    navigate(Object.fromEntries([...facts.clickedClauses, "focus"].map((name) => [name, null])));
  }

  /* Each step in the dashboard is a history entry with a state (dcc.Location sets an empty one). The entry with which
     the dashboard was opened has no state: the entry before it is another page. */
  function undo() {
    if (window.history.state === null) clear();
    else window.history.back();
  }

  /* The part of the query string that a route contains. */
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

  /* Sets a property of a component if its value changes; returns whether it did. This is faster than the outputs of a
     callback: they are all set at every step, and each time Dash checks every component of the page. */
  function setProp(id, property, value) {
    if (lastSet.get(id) === value) return false;
    lastSet.set(id, value);
    window.dash_clientside.set_props(id, { [property]: value });
    return true;
  }

  /* Requests everything that is shown again. */
  function redraw() {
    lastSet.clear();
    window.dash_clientside.set_props("url", { search: window.location.search });
  }

  function shownTab(query, tabs) {
    const tab = query.get("tab");
    return tabs.includes(tab) ? tab : tabs[0];
  }

  /* What the screen shows in another way than the link says. */
  function linkNotes(search, query, tabs) {
    const notes = [];
    const tab = query.get("tab");
    if (tab && !tabs.includes(tab)) notes.push(`There is no tab “${tab.slice(0, 40)}”, so this is the first tab.`);
    if (new URLSearchParams(search).has(facts.keptKey) && !query.has(facts.keptKey)) notes.push(KEPT_HERE);
    return notes.join(" ");
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    state: {
      /* URL, theme and chosen looks of the types -> routes, the shown pane, the rail's current tab, and the run of the
         pane. */
      route: (search, theme, _chosen, routes, tabs) => {
        const query = longLinks.expand(search || "");
        const shown = shownTab(query, tabs);
        setProp("link-note", "children", linkNotes(search || "", query, tabs));
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
      /* A click on an entry of the export menu. */
      export: () => {
        const entry = window.dash_clientside.callback_context.triggered_id;
        if (entry) download(entry.export, false);
        return window.dash_clientside.no_update;
      },
      /* Writes a change that a server callback returned (app/state.py). */
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

  /* Downloads a table of the run (app/server/downloads.py): all rows, or the selected rows. */
  function download(file, whole) {
    const query = parameters();
    const kept = new URLSearchParams({ run: query.get("run") || defaultRun() });
    if (!whole) for (const [name, value] of query) if (facts.clauses.includes(name)) kept.set(name, value);
    if (!longLinks.fits(kept)) return post(`download/${file}`, kept);
    const link = document.createElement("a");
    link.href = `download/${file}?${kept}`;
    link.download = "";
    return link.click();
  }

  function post(action, query) {
    const form = Object.assign(document.createElement("form"), { action, method: "post", hidden: true });
    for (const [name, value] of query) form.append(Object.assign(document.createElement("input"), { name, value }));
    document.body.append(form);
    form.submit();
    form.remove();
  }

  function typed(name, text) {
    if ((parameters().get(name) || "") !== (text || "")) navigate({ [name]: text || null });
    return window.dash_clientside.no_update;
  }

  function currentTheme() {
    return document.documentElement.dataset.bsTheme;
  }

  function toggleTheme() {
    const theme = currentTheme() === "dark" ? "light" : "dark";
    document.documentElement.dataset.bsTheme = theme;
    try {
      window.localStorage.setItem(facts.themeKey, theme);
    } catch {
      /* Without storage, the theme applies until the page is closed. */
    }
    window.dash_clientside.set_props("theme", { data: theme });
  }

  async function copyLink(button) {
    const query = parameters();
    if (!query.get("run") && defaultRun()) query.set("run", defaultRun());
    const link = `${window.location.origin}${window.location.pathname}?${query}`;
    let message = "Link copied";
    if (!longLinks.fits(query)) message = "Not copied: this selection is too long for a link";
    else {
      try {
        await window.navigator.clipboard.writeText(link);
      } catch {
        window.history.replaceState(window.history.state, "", link);
        message = "Copy the link from the address bar";
      }
    }
    button.dataset.message = message;
    setTimeout(() => delete button.dataset.message, 1800);
  }

  /* Updates the pressed state of switches, and the current item of lists, from the URL. */
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
      ({ clear, restart, undo, theme: toggleTheme, link: () => copyLink(target), rail: toggleRail })[
        target.dataset.do
      ]();
  });

  function toggleRail() {
    document.body.classList.toggle("narrow-rail");
    setTimeout(() => window.dispatchEvent(new Event("resize")), 200);
  }

  /* j and k move through the list of the shown tab. */
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
      d: toggleTheme,
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

  window.explainer = Object.assign(window.explainer || {}, { navigate, toggle, parameters, currentTheme, redraw });
})();
