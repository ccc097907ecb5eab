/* Comparing: pin a call, open another, see both side by side. */
(() => {
  "use strict";
  const fg = window.flowglass;
  const ids = fg.ids.Traces;
  const { traces } = fg;
  const state = { wish: "" };

  const pin = () => {
    const { trace, span } = traces.list.pick || {};
    if (!trace || !span) return;
    fg.navigate({ pin: `${trace}:${span}` });
    fg.toast("Pinned. Open another call to compare");
  };

  /* The view asks when it is open and what it compares has changed. */
  const show = (extra, pick) => {
    const { pin: pinned, whole, view } = extra;
    const panel = document.getElementById(ids.DETAIL);
    if (panel) panel.classList.toggle("has-pin", Boolean(pinned));
    if (view !== "compare" || !pick.trace) return;
    const wish = JSON.stringify([pinned, whole, pick.trace, pick.span]);
    if (wish === state.wish) return;
    state.wish = wish;
    fg.store(ids.COMPARE_WISH, { pin: pinned, whole, trace: pick.trace, span: pick.span });
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-pin]");
    if (button) {
      if (button.dataset.pin === "clear") fg.navigate({ pin: "", whole: "" });
      else pin();
    }
    const scope = event.target.closest("[data-whole]");
    if (scope) fg.navigate({ whole: scope.dataset.whole });
  });

  traces.compare = { pin, show, forget: () => { state.wish = ""; } };
})();
