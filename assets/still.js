/* Draws what components/still.py made plain: [tag, attributes, children ...], without a tag a list. Text stays text.
   After each drawing, before it is painted, the event `explainer:drawn` tells who measures what was drawn. */
(() => {
  "use strict";

  function draw(content) {
    if (!Array.isArray(content)) return content;
    const [tag, attributes, ...children] = content;
    return window.React.createElement(tag || window.React.Fragment, attributes, ...children.map(draw));
  }

  function Still({ tree }) {
    window.React.useLayoutEffect(() => {
      document.dispatchEvent(new CustomEvent("explainer:drawn"));
    }, [tree]);
    return draw(tree[0]);
  }

  window.explainer_html = { Still };
})();
