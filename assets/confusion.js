/* Measures the labels of a confusion matrix, and slants the column labels if one is wider than its cells. */
(() => {
  "use strict";

  const LINE = 17; /* px, height of a label */
  const GAP = 2; /* px, between columns */
  const LEAST_ANGLE = Math.PI / 6;
  const measured = new WeakMap(); /* holder -> the width and texts that it was measured for */

  const widest = (elements) => Math.max(0, ...elements.map((element) => element.scrollWidth));

  function slant(holder, heads) {
    const column = GAP + Math.min(...heads.map((head) => head.parentElement.clientWidth));
    /* Steep enough that the labels of adjacent columns do not touch. */
    const angle = Math.max(LEAST_ANGLE, Math.asin(Math.min(LINE / column, 1)));
    holder.dataset.heads = "slanted";
    const widths = heads.map((head) => head.scrollWidth);
    /* How far the labels extend beyond the last column, assuming that all columns are as narrow as the narrowest. */
    const reach = widths.map((width, i) => width * Math.cos(angle) - (heads.length - i - 0.5) * column);
    holder.style.setProperty("--slant", `${angle}rad`);
    holder.style.setProperty("--reach", `${Math.ceil(Math.max(0, ...reach))}px`);
    holder.style.setProperty(
      "--head-height",
      `${Math.ceil(Math.max(...widths) * Math.sin(angle) + LINE * Math.cos(angle))}px`,
    );
  }

  function measure(holder) {
    const heads = [...holder.querySelectorAll("thead .head")];
    const key = `${holder.clientWidth} ${holder.textContent}`;
    if (!heads.length || !holder.clientWidth || measured.get(holder) === key) return;
    measured.set(holder, key);
    delete holder.dataset.heads;
    for (const name of ["--slant", "--reach", "--head-height"]) holder.style.removeProperty(name);
    holder.style.setProperty("--names", `${widest([...holder.querySelectorAll("tbody .head")])}px`);
    if (heads.some((head) => head.scrollWidth > head.parentElement.clientWidth)) slant(holder, heads);
  }

  let pending = false;
  function measureSoon() {
    if (pending) return;
    pending = true;
    /* Before the next paint, so that the labels do not visibly move. */
    requestAnimationFrame(() => {
      pending = false;
      for (const holder of document.querySelectorAll(".pane:not([hidden]) .confusion-holder")) measure(holder);
    });
  }

  window.addEventListener("resize", measureSoon);
  new MutationObserver(measureSoon).observe(document.documentElement, {
    childList: true,
    characterData: true,
    subtree: true,
    attributeFilter: ["hidden"],
  });
})();
