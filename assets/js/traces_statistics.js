/* Statistics of the open trace: where its time went, per process. */
(() => {
  "use strict";
  const { made, traces, ids } = window.flowglass;
  const COLUMNS = [
    ["process", "Process", (line) => line.process],
    ["count", "Calls", (line) => line.count.toLocaleString("en")],
    ["errors", "Errors", (line) => (line.errors ? line.errors.toLocaleString("en") : "")],
    ["total", "Total", (line) => traces.waterfall.text(line.total)],
    ["own", "Own", (line) => traces.waterfall.text(line.own)],
    ["p95", "p95", (line) => traces.waterfall.text(line.p95)],
  ];
  const state = { by: "own", down: true };

  const head = ([key, title]) => {
    const on = state.by === key;
    const button = made("button", { type: "button", className: "as-text", textContent: title });
    button.dataset.sort = key;
    const cell = made("th", { scope: "col", className: `${key === "process" ? "" : "r"}${on ? ` sortd${state.down ? "" : " up"}` : ""}` }, button);
    cell.setAttribute("aria-sort", on ? (state.down ? "descending" : "ascending") : "none");
    return cell;
  };

  const row = (line, most) => {
    const cells = COLUMNS.map(([key, , text]) => {
      const cell = made("td", { className: key === "process" ? "mono" : `r${key === "errors" ? " bad" : ""}`, textContent: text(line) });
      if (key === "process") {
        cell.title = `${line.process} · ${line.group}`;
        cell.append(made("span", { className: "src-of", textContent: line.group }));
      }
      if (key === "own") cell.style.setProperty("--w", line.own / most);
      if (key === "own") cell.classList.add("share");
      return cell;
    });
    const shown = made("tr", {}, ...cells);
    shown.dataset.find = line.process;
    return shown;
  };

  const draw = () => {
    const { outline } = traces;
    const body = document.querySelector(`#${ids.Traces.TRACE} [data-view-body=statistics]`);
    if (!body || outline.view !== "statistics" || !outline.tree) return;
    const lines = window.flowglassTree.statistics(outline.tree);
    const most = Math.max(1, ...lines.map((line) => line.own));
    const sign = state.down ? -1 : 1;
    lines.sort((one, other) => sign * (one[state.by] > other[state.by] ? 1 : one[state.by] < other[state.by] ? -1 : 0));
    const table = made("table", { className: "g" }, made("thead", {}, made("tr", {}, ...COLUMNS.map(head))), made("tbody", {}, ...lines.map((line) => row(line, most))));
    const box = made("div", { className: "tw", tabIndex: 0 }, table);
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", "Statistics of the trace");
    body.replaceChildren(box);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest(`#${ids.Traces.TRACE} [data-sort]`);
    if (!button) return;
    const by = button.dataset.sort;
    Object.assign(state, { down: state.by === by ? !state.down : by !== "process", by });
    draw();
  });

  traces.outline.onChange(draw);
})();
