/* One value over time: which series is open, and a click on a point opens its call. */
(() => {
  "use strict";
  const fg = window.flowglass;
  const ids = fg.ids.Traces;
  const state = { wish: "" };

  /* group/scope/name#data */
  const open = (row) => { if (row.data) fg.navigate({ series: `${row.fn}#${row.data}` }); };

  const show = (text, when) => {
    const wish = `${text || ""} ${when}`;
    if (wish === state.wish) return;
    state.wish = wish;
    const at = (text || "").lastIndexOf("#");
    fg.store(ids.SERIES_WISH, at > 0 ? { fn: text.slice(0, at), data: text.slice(at + 1), when } : null);
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
    } else if (event.target.closest("[data-series=close]")) fg.navigate({ series: "" });
  });

  fg.traces.series = { open, show, listen, forget: () => { state.wish = ""; } };
})();
