/* Statistics of the open trace: where its time went, per process. */
(() => {
  "use strict";
  const { traces, ids } = window.flowglass;
  const COLUMNS = [
    ["process", "Process", (line) => line.process],
    ["count", "Calls", (line) => line.count.toLocaleString("en")],
    ["errors", "Errors", (line) => (line.errors ? line.errors.toLocaleString("en") : "")],
    ["total", "Total", (line) => traces.waterfall.text(line.total)],
    ["own", "Own", (line) => traces.waterfall.text(line.own)],
    ["p95", "p95", (line) => traces.waterfall.text(line.p95)],
  ];
  const state = { by: "own", down: true };

  const make = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  const head = ([key, title]) => {
    const on = state.by === key;
    const button = make("button", { type: "button", className: "as-text", textContent: title });
    button.dataset.sort = key;
    const cell = make("th", { scope: "col", className: `${key === "process" ? "" : "r"}${on ? ` sortd${state.down ? "" : " up"}` : ""}` }, button);
    cell.setAttribute("aria-sort", on ? (state.down ? "descending" : "ascending") : "none");
    return cell;
  };

  const row = (line, most) => {
    const cells = COLUMNS.map(([key, , text]) => {
      const cell = make("td", { className: key === "process" ? "mono" : `r${key === "errors" ? " bad" : ""}`, textContent: text(line) });
      if (key === "process") {
        cell.title = `${line.process} · ${line.group}`;
        cell.append(make("span", { className: "src-of", textContent: line.group }));
      }
      if (key === "own") cell.style.setProperty("--w", line.own / most);
      if (key === "own") cell.classList.add("share");
      return cell;
    });
    const made = make("tr", {}, ...cells);
    made.dataset.find = line.process;
    return made;
  };

  const draw = () => {
    const { outline } = traces;
    const body = document.querySelector(`#${ids.Traces.TRACE} [data-view-body=statistics]`);
    if (!body || outline.view !== "statistics" || !outline.tree) return;
    const lines = window.flowglassTree.statistics(outline.tree);
    const most = Math.max(1, ...lines.map((line) => line.own));
    const sign = state.down ? -1 : 1;
    lines.sort((one, other) => sign * (one[state.by] > other[state.by] ? 1 : one[state.by] < other[state.by] ? -1 : 0));
    const table = make("table", { className: "g" }, make("thead", {}, make("tr", {}, ...COLUMNS.map(head))), make("tbody", {}, ...lines.map((line) => row(line, most))));
    const box = make("div", { className: "tw", tabIndex: 0 }, table);
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
