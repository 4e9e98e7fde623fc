/* Inspect: scrolls the focused word into view, in the sentence and in the table, when they are redrawn. */
(() => {
  "use strict";

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    inspect: {
      showFocus: () => {
        requestAnimationFrame(() => {
          for (const place of ["#inspect-sentence .word.focus", "#inspect-subwords tr.current"]) {
            document.querySelector(place)?.scrollIntoView({ block: "center" });
          }
        });
        return window.dash_clientside.no_update;
      },
    },
  });
})();
