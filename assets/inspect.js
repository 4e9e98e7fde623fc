/* Inspect: the row of the word in focus is brought into view when the table is drawn anew. */
(function () {
  "use strict";

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    inspect: {
      showFocus: function () {
        requestAnimationFrame(() => {
          const row = document.querySelector("#inspect-subwords tr.current");
          if (row) row.scrollIntoView({ block: "nearest" });
        });
        return window.dash_clientside.no_update;
      },
    },
  });
})();
