/* Draws the lists of components/static_html.py: [tag, attributes, children ...]; the tag of a list is null. React
   escapes the text. Each draw dispatches `explainer:drawn` before the browser paints, for scripts that measure. */
(() => {
  "use strict";

  function draw(content) {
    if (!Array.isArray(content)) return content;
    const [tag, attributes, ...children] = content;
    return window.React.createElement(tag || window.React.Fragment, attributes, ...children.map(draw));
  }

  function StaticHtml({ tree }) {
    window.React.useLayoutEffect(() => {
      document.dispatchEvent(new CustomEvent("explainer:drawn"));
    }, [tree]);
    return draw(tree[0]);
  }

  window.explainer_html = { StaticHtml };
})();
