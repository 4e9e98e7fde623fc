/* What the user of this browser made of the entity types: colours, icon, marker. It is kept here by the types' names, so
   that PER looks the same in every run, and is no part of the URL. HTML hears of it through a style sheet, figures
   through the routes that carry the theme (state.js). */
(() => {
  "use strict";

  const KEY = "explainer-types";
  const { facts } = window.explainer;
  const THEMES = Object.keys(facts.themes);
  const COLOUR = new RegExp(`^${facts.types.colour}$`);
  const UNFIT = new RegExp(facts.types.unfitInIcon, "gu");
  const GRAPHEMES = 2;

  let types = []; /* of the run that is shown, by code; see app/frame/palette_dialog.py */
  const looks = stored();
  const sheet = new window.CSSStyleSheet();
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

  function stored() {
    try {
      const entries = JSON.parse(window.localStorage.getItem(KEY)) || [];
      return new Map(entries.map(([name, look]) => [String(name), fitting(look)]));
    } catch {
      return new Map();
    }
  }

  function keep() {
    try {
      window.localStorage.setItem(KEY, JSON.stringify([...looks]));
    } catch {
      /* A browser that keeps nothing still shows it for this visit. */
    }
  }

  /* A look without what is not what it should be. */
  function fitting(look) {
    const kept = {};
    for (const theme of THEMES) if (COLOUR.test(look[theme])) kept[theme] = look[theme];
    if (facts.types.shapes.includes(look.shape)) kept.shape = look.shape;
    const icon = fittingIcon(look.icon || "");
    if (icon) kept.icon = icon;
    return kept;
  }

  function fittingIcon(text) {
    const plain = String(text).replace(UNFIT, "").trim();
    const parts = [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(plain)].slice(0, GRAPHEMES);
    const icon = parts.map((part) => part.segment).join("");
    return [...icon].length <= facts.types.longestIcon ? icon : "";
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
      const { ink, onType } = facts.themes[theme];
      const inkStandsOut = contrast(ink, look[theme]) > contrast(onType, look[theme]);
      return `[data-bs-theme=${theme}] .k${code}{--t:${look[theme]};${inkStandsOut ? "--on-type:var(--ink)" : ""}}`;
    });
    return look.icon ? [...rules, `.k${code}{--type-icon:${quoted(look.icon)}}`] : rules;
  }

  function dress() {
    sheet.replaceSync(types.flatMap(rulesOf).join("\n"));
  }

  /* For the routes, as components/type_palette.py reads it; "" where nothing is chosen. */
  function chosenLooks(theme) {
    const entries = [...looks].map(([name, look]) => [name, look[theme] || "", look.shape || "", look.icon || ""]);
    const chosen = entries
      .filter(([, ...parts]) => parts.some(Boolean))
      .sort(([one], [other]) => (one < other ? -1 : 1));
    return chosen.length ? JSON.stringify(chosen) : "";
  }

  /* As components/palette.py measures them. */
  function luminance(colour) {
    const { levels, weights } = facts.luminance;
    return weights.reduce(
      (sum, weight, i) => sum + weight * levels[parseInt(colour.slice(2 * i + 1, 2 * i + 3), 16)],
      0,
    );
  }

  function contrast(one, other) {
    const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (lighter + facts.luminance.offset) / (darker + facts.luminance.offset);
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    palette: {
      /* Another run has other types, or the same under other codes. */
      setTypes: (ofRun) => {
        types = ofRun || [];
        dress();
        return window.dash_clientside.no_update;
      },
      edit: (open) => {
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
      publish: () => {
        keep();
        window.dash_clientside.set_props("palette", { data: JSON.stringify([...looks]) });
      },
    },
  });
})();
