/* What arrives while the list is open: counted above it, put in only when asked for, or followed. */
(() => {
  "use strict";
  const fg = window.flowglass;
  const ids = fg.ids.Traces;
  const { traces } = fg;
  const state = { batch: null, rows: [], matched: 0, gap: false, since: 0, following: false, asking: false, again: false };

  const list = () => traces.list;

  /* Only a list by time, newest first, whose range ends now, can grow at its top. */
  const grows = () => {
    const { page } = list();
    return Boolean(page && !page.problem && page.order === "newest" && !page.at && traces.relative);
  };

  /* A page says itself after which commit it was searched. */
  const reset = ({ batch = null }) => {
    Object.assign(state, { batch, rows: [], matched: 0, gap: false, since: Date.now(), asking: false, again: false });
    show();
  };

  const ask = () => {
    if (state.asking) {
      state.again = true;
      return;
    }
    state.asking = true;
    const { serial, q, cols, noise } = list().page;
    fg.store(ids.ARRIVED_WISH, { serial, q, cols, noise, batch: state.batch, _: performance.now() });
  };

  /* A commit was announced, or it is time to look. */
  const look = () => {
    if (document.hidden || !list().page || !document.getElementById(ids.NEW) || !grows()) return;
    ask();
  };

  const answered = (answer) => {
    state.asking = false;
    if (!list().page || answer.serial !== list().page.serial || answer.error) return;
    if (state.batch === null) state.since = Date.now();
    state.batch = answer.batch;
    const rows = answer.rows.filter((row) => !traces.grid.row(row.key)); // some came while the page was searched
    if (rows.length || answer.gap) {
      state.rows = [...rows, ...state.rows].slice(0, 100);
      state.matched += answer.matched - (answer.rows.length - rows.length);
      state.gap = state.gap || answer.gap || state.matched > 100;
      if (state.following) take();
      else show();
    }
    if (state.again) {
      state.again = false;
      ask();
    }
  };

  const show = () => {
    const bar = document.getElementById(ids.NEW);
    if (!bar) return;
    bar.hidden = state.matched === 0;
    const number = state.gap && state.matched >= 10000 ? "Many" : state.matched.toLocaleString("en");
    bar.querySelector("b").textContent = `${number} new`;
    bar.querySelector(".since").textContent = state.since ? `since ${traces.clock(state.since * 1e6)}` : "";
  };

  /* Put them in at the top; when there are more than are here, search anew. */
  const take = () => {
    if (!state.matched) return;
    if (state.gap) {
      Object.assign(state, { rows: [], matched: 0, gap: false });
      show();
      traces.reload();
      return;
    }
    const rows = state.rows;
    Object.assign(state, { rows: [], matched: 0, since: Date.now() });
    list().prepend(rows, !state.following);
    show();
  };

  const follow = () => {
    state.following = !state.following;
    const button = document.getElementById(ids.FOLLOW);
    button.setAttribute("aria-pressed", String(state.following));
    button.classList.toggle("on", state.following);
    if (state.following) take();
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest(`#${ids.NEW}`)) take();
    else if (event.target.closest(`#${ids.FOLLOW}`)) follow();
  });

  traces.arrivals = { reset, look, answered, take, follow, isFollowing: () => state.following };
})();
