/* Overview: pushed figures take their places; a pushed error stands on top of the list. */
(() => {
  "use strict";
  const fg = window.flowglass;
  const ids = fg.ids.Overview;
  const ROWS = { few: 10, many: 25 };

  /* When an error began, as its first cell has it in full: the newest stands on top, whichever came first. */
  const began = (row) => row.props.children[0].props.title;
  const newestFirst = (rows) => rows.sort((one, other) => (began(one) < began(other) ? 1 : began(one) > began(other) ? -1 : 0));

  /* Mark a row as new for four seconds; others stay as they are. */
  const marked = (row) => ({ ...row, props: { ...row.props, className: "new" } });

  /* Figures of another range than is shown were sent before it was followed. */
  let shown = null;
  fg.onUrl.push((state) => { shown = state; });
  fg.told.overviewNow = (payload) => {
    if (payload && shown.tab === "overview" && shown.range === payload.range) fg.told.parts(payload);
  };

  const FIGURES_MS = 1500; // figures are up to a second behind the spans
  let waited = false;
  fg.told.firstSpan = (group) => {
    if (group && waited) {
      fg.toast(`Got it: the first span came from ${group}`, "", 6000);
      setTimeout(() => fg.refreshNow(fg.anew()), FIGURES_MS);
    }
    waited = group === "";
  };

  /* Only what differs is written: each time costs the page 1 ms. */
  const hide = (id, hidden) => {
    if (document.getElementById(id)?.hidden !== hidden) fg.set(id, { hidden });
  };
  fg.told.error = (payload) => {
    if (!payload || shown.tab !== "overview" || !shown.range || shown.extra.errors === "kinds") return;
    const rows = fg.viewOf(ids.ERROR_ROWS) || [];
    const known = new Set(rows.map((row) => row.props.key));
    const fresh = payload.view.filter((row) => !known.has(row.props.key)).map(marked);
    if (!fresh.length) return;
    fg.set(ids.ERROR_ROWS, { view: newestFirst([...fresh, ...rows]).slice(0, shown.extra.more ? ROWS.many : ROWS.few) });
    hide(ids.ERRORS_LAST, false);
    hide(ids.ERRORS_OTHER, true);
  };
})();
