/* "updated 4 s ago": counts on from the moment a new data-taken reaches the page; yellow past twice its cadence. */
(() => {
  "use strict";
  const seen = new WeakMap(); // element → { taken, at }
  const STEPS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

  const span = (seconds) => {
    let left = Math.max(0, Math.floor(seconds));
    const parts = [];
    for (const [size, unit] of STEPS) {
      if (left >= size || (unit === "s" && !parts.length)) {
        parts.push(`${Math.floor(left / size)} ${unit}`);
        left %= size;
      } else if (parts.length) break;
    }
    return parts.slice(0, 2).filter((part, at) => at === 0 || !part.startsWith("0 ")).join(" ");
  };

  const show = (element, now) => {
    const taken = element.dataset.taken;
    const before = seen.get(element);
    if (!before || before.taken !== taken) seen.set(element, { taken, at: now });
    const age = (now - seen.get(element).at) / 1000;
    const late = age > 2 * Number(element.dataset.every) && window.flowglass.cadence.ms > 0;
    const text = `${late ? "out of date, " : ""}${element.dataset.word || ""} ${span(age)} ago`.trim();
    if (element.textContent !== text) element.textContent = text;
    element.classList.toggle("old", late);
  };

  const all = () => {
    const now = performance.now();
    document.querySelectorAll("[data-taken]").forEach((element) => show(element, now));
  };

  setInterval(all, 1000);
  new MutationObserver(all).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-taken"] });
})();
