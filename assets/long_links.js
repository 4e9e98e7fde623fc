/* Parameters that are too long for a link: the page keeps them, and the URL has a short key in their place. */
(() => {
  "use strict";

  const { facts } = window.explainer;
  const PREFIX = "explainer-kept-";
  const kept = new Map(); /* key -> query string; the session storage has a copy, for a reload */

  /* The query string of a key; null if it was kept in another page. */
  function read(key) {
    if (!kept.has(key)) {
      let stored = null;
      try {
        stored = window.sessionStorage.getItem(PREFIX + key);
      } catch {
        /* Without storage, it is kept until the page is reloaded. */
      }
      if (stored === null) return null;
      kept.set(key, stored);
    }
    return kept.get(key);
  }

  /* The key under which a query string is kept; equal strings have the same key. */
  function keep(query) {
    for (const [key, known] of kept) if (known === query) return key;
    const key = Date.now().toString(36) + kept.size;
    kept.set(key, query);
    try {
      window.sessionStorage.setItem(PREFIX + key, query);
    } catch {
      /* as above; also if the storage is full */
    }
    return key;
  }

  /* The parameters of a URL's query string. A key remains if what it stands for was kept in another page. */
  function expand(search) {
    const query = new URLSearchParams(search);
    const found = query.has(facts.keptKey) ? read(query.get(facts.keptKey)) : null;
    if (found === null) return query;
    query.delete(facts.keptKey);
    for (const [name, value] of new URLSearchParams(found)) query.set(name, value);
    return query;
  }

  const lengthOf = (name, value) => new URLSearchParams({ [name]: value }).toString().length;
  const fits = (query) => query.toString().length <= facts.longestQuery;

  /* The parameters for the URL: the longest ones are kept until the rest fits. */
  function shorten(query) {
    if (fits(query)) return query;
    const short = new URLSearchParams(query);
    const long = new URLSearchParams();
    for (const [name, value] of [...query].sort((one, other) => lengthOf(...other) - lengthOf(...one))) {
      if (fits(short)) break;
      short.delete(name);
      long.set(name, value);
    }
    short.set(facts.keptKey, keep(long.toString()));
    return short;
  }

  /* A long address from elsewhere, before anything reads it. */
  const opened = new URLSearchParams(window.location.search);
  if (!fits(opened)) window.history.replaceState(window.history.state, "", `?${shorten(opened)}`);

  window.explainer = Object.assign(window.explainer, { longLinks: { expand, shorten, fits } });
})();
