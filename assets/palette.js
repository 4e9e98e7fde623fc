/* What the user of this browser made of the entity types: colours, icon, marker. It is kept here by the types' names, so
   that PER looks the same in every run, and is no part of the URL. HTML hears of it through a style sheet, figures
   through the routes that carry the theme (state.js). */
(function () {
  "use strict";

  const KEY = "explainer-types";
  const THEMES = ["light", "dark"];
  const COLOUR = /^#[0-9a-f]{6}$/;
  const SHAPE = /^[a-z-]{1,20}$/;
  /* As components/type_palette.py has it: no control characters, none that turn the direction of what follows. */
  const UNFIT = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]|\p{Surrogate}/gu;
  const LONGEST_ICON = 32;
  const GRAPHEMES = 2;
  const DARK_TEXT_FROM = 0.2; /* luminance of a ground from which dark text stands out more than light text */

  let types = []; /* of the run that is shown, by code; see app/frame/palette_dialog.py */
  const looks = stored();
  const sheet = new window.CSSStyleSheet();
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

  function stored() {
    try {
      const entries = JSON.parse(window.localStorage.getItem(KEY)) || [];
      return new Map(entries.map(([name, look]) => [String(name), fitting(look)]));
    } catch (unreadable) {
      return new Map();
    }
  }

  function keep() {
    try {
      window.localStorage.setItem(KEY, JSON.stringify([...looks]));
    } catch (refused) {
      /* A browser that keeps nothing still shows it for this visit. */
    }
  }

  /* A look without what is not what it should be. */
  function fitting(look) {
    const kept = {};
    for (const theme of THEMES) if (COLOUR.test(look[theme])) kept[theme] = look[theme];
    if (SHAPE.test(look.shape || "")) kept.shape = look.shape;
    const icon = fittingIcon(look.icon || "");
    if (icon) kept.icon = icon;
    return kept;
  }

  function fittingIcon(text) {
    const plain = String(text).replace(UNFIT, "").trim();
    const parts = [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(plain)].slice(0, GRAPHEMES);
    const icon = parts.map((part) => part.segment).join("");
    return [...icon].length <= LONGEST_ICON ? icon : "";
  }

  /* Changes what was chosen for a type; "" takes a choice back. */
  function choose(name, changes) {
    const look = fitting({ ...looks.get(name), ...changes });
    looks.delete(name);
    if (Object.keys(look).length) looks.set(name, look);
    dress();
  }

  /* Any text as a CSS string: each of its characters as an escape, so that none can end it. */
  function quoted(text) {
    return `"${[...text].map((character) => `\\${character.codePointAt(0).toString(16)} `).join("")}"`;
  }

  function rulesOf({ name }, code) {
    const look = looks.get(name) || {};
    const rules = THEMES.filter((theme) => look[theme]).map((theme) => {
      const wantsDark = luminance(look[theme]) > DARK_TEXT_FROM;
      const onType = wantsDark === (theme === "dark") ? "" : "--on-type:var(--ink)";
      return `[data-bs-theme=${theme}] .k${code}{--t:${look[theme]};${onType}}`;
    });
    return look.icon ? [...rules, `.k${code}{--type-icon:${quoted(look.icon)}}`] : rules;
  }

  function dress() {
    sheet.replaceSync(types.flatMap(rulesOf).join("\n"));
  }

  /* For the routes, as components/type_palette.py reads it; "" where nothing is chosen. */
  function chosenLooks(theme) {
    const entries = [...looks].map(([name, look]) => [name, look[theme] || "", look.shape || "", look.icon || ""]);
    const chosen = entries.filter(([, ...parts]) => parts.some(Boolean)).sort(([one], [other]) => (one < other ? -1 : 1));
    return chosen.length ? JSON.stringify(chosen) : "";
  }

  /* WCAG 2.2: relative luminance and contrast ratio. */
  function luminance(colour) {
    const channels = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255);
    const [red, green, blue] = channels.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function contrast(one, other) {
    const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (lighter + 0.05) / (darker + 0.05);
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    palette: {
      /* Another run has other types, or the same under other codes. */
      know: function (known) {
        types = known || [];
        dress();
        return window.dash_clientside.no_update;
      },
      edit: function (open) {
        if (open) window.explainer.editTypes();
        return window.dash_clientside.no_update;
      },
    },
  });

  window.explainer = Object.assign(window.explainer || {}, {
    chosenLooks,
    palette: {
      types: () => types,
      look: (name) => looks.get(name) || {},
      choose,
      contrast,
      /* Keeps what was chosen and lets the figures hear of it. */
      publish: function () {
        keep();
        window.dash_clientside.set_props("palette", { data: JSON.stringify([...looks]) });
      },
    },
  });
})();
