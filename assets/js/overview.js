/* Overview: pushed figures take their places; a pushed error stands on top of the list. */
(() => {
  "use strict";
  const ROWS = { few: 10, many: 25 };
  const none = () => window.dash_clientside.no_update;
  const isFor = (state, range) => state.tab === "overview" && state.range === range;

  /* When an error began, as its first cell has it in full: the newest stands on top, whichever came first. */
  const began = (row) => row.props.children[0].props.title;
  const newestFirst = (rows) => rows.sort((one, other) => (began(one) < began(other) ? 1 : began(one) > began(other) ? -1 : 0));

  /* Mark a row as new for four seconds; others stay as they are. */
  const marked = (row) => ({ ...row, props: { ...row.props, className: "new" } });

  let waited = false;
  window.flowglass.told.firstSpan = (group) => {
    if (group && waited) window.flowglass.toast(`Got it: the first span came from ${group}`, "", 6000);
    waited = group === "";
  };

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    overview: {
      now: (payload, state) => (isFor(state, payload.range) ? payload.view : payload.view.map(none)),

      errors(payload, rows, state) {
        const { errors: view, more } = state.extra || {};
        if (state.tab !== "overview" || !state.range || view === "kinds") return [none(), none(), none()];
        const known = new Set((rows || []).map((row) => row.props.key));
        const fresh = payload.view.filter((row) => !known.has(row.props.key)).map(marked);
        if (!fresh.length) return [none(), none(), none()];
        return [newestFirst([...fresh, ...(rows || [])]).slice(0, more ? ROWS.many : ROWS.few), false, true];
      },
    },
  });
})();
