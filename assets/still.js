/* Draws what components/still.py made plain: [tag, attributes, children ...], without a tag a list. Text stays text. */
(function () {
  "use strict";

  function draw(content) {
    if (!Array.isArray(content)) return content;
    const [tag, attributes, ...children] = content;
    return window.React.createElement(tag || window.React.Fragment, attributes, ...children.map(draw));
  }

  window.explainer_html = { Still: ({ tree }) => draw(tree[0]) };
})();
