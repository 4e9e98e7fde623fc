/* Says when the server does not answer, asks until it does, and then draws anew what was missed meanwhile. */
(() => {
  "use strict";

  const SAID = "The server does not answer; trying again …";
  const AGAIN = 2000; /* ms */
  const PROXY_SAYS = [502, 504]; /* of a proxy before a server that is gone */
  const ask = window.fetch.bind(window);
  let notice = null;
  let doubted = false;
  let missed = false; /* something other than the list of runs */

  const isOurs = (url) => new URL(url, window.location.href).origin === window.location.origin;

  /* The list of runs is asked for every few seconds: missing that once makes no view stale. */
  const isPoll = (options) => typeof options?.body === "string" && options.body.includes('"run-poll.n_intervals"');

  /* One more question tells a server that is gone from a request that went wrong alone, or a page that is left. */
  function doubt() {
    if (doubted) return;
    doubted = true;
    tryAgain();
  }

  async function tryAgain() {
    try {
      const answer = await ask("health", { cache: "no-store" });
      if (!PROXY_SAYS.includes(answer.status)) return found();
    } catch {
      /* as before */
    }
    say();
    return setTimeout(tryAgain, AGAIN);
  }

  function say() {
    if (notice) return;
    notice = document.createElement("p");
    notice.className = "connection";
    notice.setAttribute("role", "status");
    notice.textContent = SAID;
    document.body.append(notice);
  }

  function found() {
    doubted = false;
    if (notice) notice.remove();
    notice = null;
    if (!document.querySelector(".page")) return window.location.reload();
    if (missed) window.explainer.drawAnew();
    missed = false;
    return undefined;
  }

  window.fetch = async (resource, options) => {
    const url = resource instanceof Request ? resource.url : String(resource);
    if (!isOurs(url)) return ask(resource, options);
    let answer = null;
    try {
      answer = await ask(resource, options);
      return answer;
    } catch (unreachable) {
      if (unreachable.name === "AbortError") answer = unreachable; /* given up here: the server is not to blame */
      throw unreachable;
    } finally {
      if (!answer || PROXY_SAYS.includes(answer.status)) {
        missed = missed || !isPoll(options);
        doubt();
      }
    }
  };
})();
