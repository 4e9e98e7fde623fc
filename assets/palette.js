/* The chosen looks of entity types: colours, icon, marker. The browser stores them by type name, so that PER looks the
   same in every run; they are not part of the URL. HTML gets them from a style sheet, figures from the routes that
   contain the theme (state.js). */
(() => {
  "use strict";

  const KEY = "explainer-types";
  const { facts } = window.explainer;
  const THEMES = Object.keys(facts.themes);
  const COLOUR = new RegExp(`^${facts.types.colour}$`);
  const INVALID = new RegExp(facts.types.unfitInIcon, "gu");
  const GRAPHEMES = 2;

  let types = []; /* of the shown run, by code; see app/frame/palette_dialog.py */
  const looks = stored();
  const sheet = new window.CSSStyleSheet();
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

  function stored() {
    try {
      const entries = JSON.parse(window.localStorage.getItem(KEY)) || [];
      return new Map(entries.map(([name, look]) => [String(name), valid(look)]));
    } catch {
      return new Map();
    }
  }

  function store() {
    try {
      window.localStorage.setItem(KEY, JSON.stringify([...looks]));
    } catch {
      /* Without storage, the looks apply until the page is closed. */
    }
  }

  /* The valid parts of a look. */
  function valid(look) {
    const kept = {};
    for (const theme of THEMES) if (COLOUR.test(look[theme])) kept[theme] = look[theme];
    if (facts.types.shapes.includes(look.shape)) kept.shape = look.shape;
    const icon = validIcon(look.icon || "");
    if (icon) kept.icon = icon;
    return kept;
  }

  function validIcon(text) {
    const plain = String(text).replace(INVALID, "").trim();
    const parts = [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(plain)].slice(0, GRAPHEMES);
    const icon = parts.map((part) => part.segment).join("");
    return [...icon].length <= facts.types.longestIcon ? icon : "";
  }

  /* Changes the look of a type; "" resets a part to its default. */
  function choose(name, changes) {
    const look = valid({ ...looks.get(name), ...changes });
    looks.delete(name);
    if (Object.keys(look).length) looks.set(name, look);
    updateSheet();
  }

  /* A text as a CSS string, with every character escaped, so that no character can end the string. */
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

  function updateSheet() {
    sheet.replaceSync(types.flatMap(rulesOf).join("\n"));
  }

  /* The looks as JSON for the routes (components/type_palette.py); "" if nothing is chosen. */
  function chosenLooks(theme) {
    const entries = [...looks].map(([name, look]) => [name, look[theme] || "", look.shape || "", look.icon || ""]);
    const chosen = entries
      .filter(([, ...parts]) => parts.some(Boolean))
      .sort(([one], [other]) => (one < other ? -1 : 1));
    return chosen.length ? JSON.stringify(chosen) : "";
  }

  /* As in components/palette.py. */
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
      /* Another run may have other types, or other codes for them. */
      setTypes: (ofRun) => {
        types = ofRun || [];
        updateSheet();
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
      /* Stores the looks and updates the figures. */
      publish: () => {
        store();
        window.dash_clientside.set_props("palette", { data: JSON.stringify([...looks]) });
      },
    },
  });
})();
