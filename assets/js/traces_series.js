/* One value over time: which series is open, a click on a point opens its call, and when it counts as stale. */
(() => {
  "use strict";
  const fg = window.flowglass;
  const ids = fg.ids.Traces;
  const state = { wish: "", said: null };

  /* group/scope/name#data */
  const open = (row) => { if (row.data) fg.navigate({ series: `${row.fn}#${row.data}` }); };

  const named = (text) => {
    const at = (text || "").lastIndexOf("#");
    return at > 0 ? { fn: text.slice(0, at), data: text.slice(at + 1) } : null;
  };
  const show = (text, when, judge = "") => {
    const wish = text ? `${text} ${when} ${judge}` : "";
    if (wish === state.wish) return;
    state.wish = wish;
    const series = named(text);
    if (state.said) fg.store(ids.JUDGED, (state.said = null)); // what came of the form of another series
    fg.store(ids.SERIES_WISH, series && { ...series, when, judge });
  };

  /* The form below the head; with nothing in it the series is judged as the settings say. */
  const judge = (form, usual) => {
    const values = usual ? {} : Object.fromEntries(new FormData(form));
    fg.store(ids.JUDGE, { ...named(fg.traces.extra.series), values, _: performance.now() });
  };
  const judged = (answer) => {
    state.said = answer;
    if (answer.said) fg.toast(answer.said, answer.ok ? "" : "bad");
    if (answer.ok) fg.navigate({ judge: "" });
  };

  /* Plotly tells of a click on its own element. */
  const listen = () => requestAnimationFrame(() => {
    const chart = document.querySelector(`#${ids.SERIES_CHART} .js-plotly-plot`);
    if (!chart || !chart.on || chart.dataset.heard) {
      if (document.getElementById(ids.SERIES_CHART) && !(chart && chart.dataset.heard)) setTimeout(listen, 100);
      return;
    }
    chart.dataset.heard = "1";
    chart.on("plotly_click", ({ points }) => {
      const [trace, span] = (points.find((point) => point.customdata) || {}).customdata || [];
      if (trace) fg.navigate({ trace, span });
    });
  });

  document.addEventListener("click", (event) => {
    const field = event.target.closest(".state");
    if (field) {
      event.preventDefault();
      const query = new URLSearchParams(new URL(field.href).search);
      fg.navigate({ trace: query.get("trace"), span: query.get("span") });
    } else if (event.target.closest("[data-series=close]")) fg.navigate({ series: "", judge: "" });
    else if (event.target.closest("[data-series=judge]")) fg.navigate({ judge: fg.traces.extra.judge ? "" : "1" });
    else if (event.target.closest("[data-act=judge-usual]")) judge(null, true);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.form !== "judge") return;
    event.preventDefault();
    judge(event.target, false);
  });

  fg.traces.series = { open, show, listen, judged, forget: () => { state.wish = ""; } };
})();
