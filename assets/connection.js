/* Shows a notice while the server does not respond, polls it, and redraws the views whose requests failed meanwhile. */
(() => {
  "use strict";

  const NOTICE = "The server does not respond. Retrying …";
  const RETRY_DELAY = 2000; /* ms */
  const UNREACHABLE = [502, 504]; /* status codes of a proxy whose server does not respond */
  const originalFetch = window.fetch.bind(window);
  let notice = null;
  let isChecking = false;
  let hasFailedRequests = false; /* other than for the list of runs */

  const isSameOrigin = (url) => new URL(url, window.location.href).origin === window.location.origin;

  /* The list of runs is polled every few seconds: a failed poll makes no view stale. */
  const isPoll = (options) => typeof options?.body === "string" && options.body.includes('"run-poll.n_intervals"');

  /* A health check distinguishes an unreachable server from a single failed request or a page that is being left. */
  function startChecking() {
    if (isChecking) return;
    isChecking = true;
    checkHealth();
  }

  async function checkHealth() {
    try {
      const response = await originalFetch("health", { cache: "no-store" });
      if (!UNREACHABLE.includes(response.status)) return reconnected();
    } catch {
      /* still unreachable */
    }
    showNotice();
    return setTimeout(checkHealth, RETRY_DELAY);
  }

  function showNotice() {
    if (notice) return;
    notice = document.createElement("p");
    notice.className = "connection";
    notice.setAttribute("role", "status");
    notice.textContent = NOTICE;
    document.body.append(notice);
  }

  function reconnected() {
    isChecking = false;
    if (notice) notice.remove();
    notice = null;
    if (!document.querySelector(".page")) return window.location.reload();
    if (hasFailedRequests) window.explainer.redraw();
    hasFailedRequests = false;
    return undefined;
  }

  window.fetch = async (resource, options) => {
    const url = resource instanceof Request ? resource.url : String(resource);
    if (!isSameOrigin(url)) return originalFetch(resource, options);
    let outcome = null;
    try {
      outcome = await originalFetch(resource, options);
      return outcome;
    } catch (error) {
      if (error.name === "AbortError") outcome = error; /* cancelled by the page, not by the server */
      throw error;
    } finally {
      if (!outcome || UNREACHABLE.includes(outcome.status)) {
        hasFailedRequests = hasFailedRequests || !isPoll(options);
        startChecking();
      }
    }
  };
})();
