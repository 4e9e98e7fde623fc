/* The dialog for colours, icons and markers of entity types: a table that is redrawn when the dialog opens. */
(() => {
  "use strict";

  const AA = 4.5; /* WCAG 2.2, success criterion 1.4.3 */
  const MANY = 12; /* with more types, the dialog has a search box */

  const palette = () => window.explainer.palette;
  const theme = () => window.explainer.currentTheme();

  function make(tag, properties, ...children) {
    const { aria, ...plain } = properties || {};
    const element = Object.assign(document.createElement(tag), plain);
    if (aria) element.setAttribute("aria-label", aria);
    element.append(...children);
    return element;
  }

  /* The list is in the page only some frames after the dialog was opened. */
  function whenListExists(then, frames = 120) {
    const list = document.getElementById("palette-list");
    if (list) then(list);
    else if (frames > 0) requestAnimationFrame(() => whenListExists(then, frames - 1));
  }

  function draw(list) {
    const shapes = window.explainer.facts.types.shapes;
    const types = palette().types();
    const rows = types.map((type) => row(type, shapes));
    const heads = ["Type", "Colour", "Icon", "Marker", "Contrast", ""];
    const table = make(
      "table",
      { className: "figures-table looks" },
      make("thead", {}, make("tr", {}, ...heads.map((text) => make("th", { scope: "col" }, text)))),
      make("tbody", {}, ...rows.map((one) => one.element)),
    );
    const reset = make("button", { type: "button", className: "quiet-button" }, "Reset all");
    reset.addEventListener("click", () => {
      for (const one of rows) one.reset();
      palette().publish();
    });
    const note = make(
      "span",
      { className: "note" },
      `Colours of the ${theme()} theme. Each theme has its own colours.`,
    );
    list.replaceChildren(make("div", { className: "looks-head" }, ...finder(types, rows), note, reset), table);
  }

  function finder(types, rows) {
    if (types.length <= MANY) return [];
    const box = make("input", { type: "search", className: "find", placeholder: "Find a type", aria: "Find a type" });
    box.addEventListener("input", () => {
      const wanted = box.value.toLowerCase();
      for (const [number, one] of rows.entries()) {
        one.element.hidden = !types[number].name.toLowerCase().includes(wanted);
      }
    });
    return [box];
  }

  function row(type, shapes) {
    const name = type.name;
    const sample = make(
      "span",
      { className: `span predicted correct ${type.classes}` },
      make("span", { className: `label ${type.classes}` }, name),
      "word",
    );
    const verdict = make("span", { className: `verdict ${type.classes}` }, name);
    const colour = make("input", { type: "color", className: "look-colour", aria: `Colour of ${name}` });
    const icon = make("input", { type: "text", className: "look-icon", placeholder: "none", aria: `Icon of ${name}` });
    const shape = make("select", { className: "look-shape", aria: `Marker of ${name} on the map` });
    shape.append(...shapes.map((value) => make("option", { value }, value.replace("-", " "))));
    const sign = make("span");
    const ratio = make("td", { className: "look-contrast", role: "status" });
    const reset = make("button", { type: "button", className: "quiet-button", aria: `Reset ${name}` }, "Reset");

    function show() {
      const look = palette().look(name);
      colour.value = look[theme()] || type[theme()];
      shape.value = look.shape || type.shape;
      sign.className = `dot ${shape.value} ${type.classes}`;
      const panel = getComputedStyle(document.documentElement).getPropertyValue("--panel").trim();
      const value = palette().contrast(colour.value, panel);
      ratio.textContent = value < AA ? `⚠ ${value.toFixed(1)}:1, hard to read` : `${value.toFixed(1)}:1`;
      ratio.title = `Contrast with the background; text needs at least ${AA}:1`;
      ratio.classList.toggle("low", value < AA);
      reset.disabled = Object.keys(look).length === 0;
    }

    function change(changes) {
      palette().choose(name, changes);
      show();
    }

    colour.addEventListener("input", () => change({ [theme()]: colour.value === type[theme()] ? "" : colour.value }));
    colour.addEventListener("change", () => palette().publish());
    icon.addEventListener("input", () => change({ icon: icon.value }));
    icon.addEventListener("change", () => {
      icon.value = palette().look(name).icon || "";
      palette().publish();
    });
    shape.addEventListener("change", () => {
      change({ shape: shape.value === type.shape ? "" : shape.value });
      palette().publish();
    });

    function resetLook() {
      icon.value = "";
      change({ light: "", dark: "", icon: "", shape: "" });
    }

    reset.addEventListener("click", () => {
      resetLook();
      palette().publish();
    });

    icon.value = palette().look(name).icon || "";
    show();
    const cells = [[colour], [icon], [sign, shape]].map((controls) => make("td", {}, ...controls));
    const head = make("th", { scope: "row", className: "look-preview" }, sample, " ", verdict);
    const element = make("tr", {}, head, ...cells, ratio, make("td", {}, reset));
    return { element, reset: resetLook };
  }

  window.explainer = Object.assign(window.explainer || {}, { editTypes: () => whenListExists(draw) });

  /* The other theme has other colours. */
  new MutationObserver(() => {
    const list = document.getElementById("palette-list");
    if (list) draw(list);
  }).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
})();
