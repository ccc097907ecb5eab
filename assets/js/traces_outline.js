/* The open trace: asks for its calls part by part, and tells every view of it. */
(() => {
  "use strict";
  const fg = window.flowglass;
  const ids = fg.ids.Traces;
  const { traces } = fg;
  const AT_ONCE = 20000; // calls that are fetched without being asked for
  const NEAR_PX = 2000; // below the view when the next are fetched
  const state = { trace: "", base: "0", calls: [], cursor: null, spans: 0, limit: AT_ONCE, asking: false, tree: null, view: "waterfall" };

  const root = () => document.getElementById(ids.TRACE);

  const ask = () => {
    state.asking = true;
    fg.store(ids.OUTLINE_WISH, { trace: state.trace, cursor: state.cursor, _: performance.now() });
    foot();
  };

  const open = (trace) => {
    if (trace === state.trace && state.tree) return;
    Object.assign(state, { trace, calls: [], cursor: null, spans: 0, limit: AT_ONCE, tree: null });
    if (root()) root().classList.remove("is-open");
    if (trace) ask();
  };

  /* Forget the trace when the tab is left, so that coming back asks again. */
  const leave = () => Object.assign(state, { trace: "", tree: null });

  const take = (part) => {
    state.asking = false;
    if (part.error) return fg.toast(part.error, "bad");
    if (part.trace !== state.trace || !root()) return null;
    if (part.first) Object.assign(state, { base: part.base, calls: [] });
    for (const call of window.flowglassTree.read(part, state.base)) state.calls.push(call);
    Object.assign(state, { cursor: part.cursor, spans: part.spans });
    state.tree = window.flowglassTree.build(state.calls);
    root().classList.toggle("is-open", state.calls.length > 0);
    traces.waterfall.show(state.tree);
    traces.waterfall.pickSpan(traces.waterfall.pick);
    tell();
    if (part.cursor && state.calls.length < state.limit) ask();
    else foot();
    return null;
  };

  /* The next calls of a very long trace, when its end comes into view. */
  const more = () => {
    if (!state.cursor || state.asking) return;
    state.limit = state.calls.length + AT_ONCE;
    ask();
  };
  const scrolled = (scroll) => {
    if (scroll.scrollTop + scroll.clientHeight > scroll.scrollHeight - NEAR_PX) more();
  };

  /* How much of a long trace is here; nothing when it is all of it. */
  const foot = () => {
    const bar = root() && root().querySelector(".wf-foot");
    if (!bar) return;
    const words = `${state.calls.length.toLocaleString("en")} of ${state.spans.toLocaleString("en")} calls, `;
    if (!state.cursor) bar.replaceChildren();
    else if (state.asking) bar.replaceChildren(`${words}loading more`);
    else {
      const next = Object.assign(document.createElement("button"), { type: "button", className: "btn-x sm", textContent: "Load more" });
      next.addEventListener("click", more);
      bar.replaceChildren(`${words}scroll for more `, next);
    }
  };

  /* ---- which view is shown ---- */
  const show = (wanted) => {
    if (!root()) return;
    const heads = [...root().querySelectorAll("[data-view]")];
    const on = heads.find((head) => head.dataset.view === wanted) || heads[0];
    state.view = on.dataset.view;
    for (const head of heads) {
      head.classList.toggle("on", head === on);
      head.setAttribute("aria-selected", String(head === on));
      head.tabIndex = head === on ? 0 : -1;
    }
    root().querySelectorAll("[data-view-body]").forEach((body) => { body.hidden = body.dataset.viewBody !== state.view; });
    root().dataset.shown = state.view;
    if (state.tree) tell();
    traces.waterfall.redraw();
  };

  const listeners = [];
  const tell = () => listeners.forEach((act) => act(state));

  document.addEventListener("click", (event) => {
    const head = event.target.closest(`#${ids.TRACE} [data-view]`);
    if (!head) return;
    show(head.dataset.view);
    const { view } = head.dataset;
    fg.navigate({ view: view === "waterfall" ? "" : view, ...(view === "compare" ? { wide: "1" } : {}) });
  });

  Object.assign(state, { open, leave, take, more, scrolled, show, onChange: (act) => listeners.push(act) });
  traces.outline = state;
})();
