/* Keys of the Trace Explorer; single letters only while nobody is typing and nothing lies over the page. */
(() => {
  "use strict";
  const fg = window.flowglass;
  const ids = fg.ids.Traces;
  const { traces } = fg;
  const over = () => document.querySelector("dialog[open], .menu:not([hidden])") !== null;

  const escape = () => {
    const { span, trace } = traces.list.pick || {};
    const extra = traces.extra || {};
    if (document.getElementById(ids.FACET_PANEL).classList.contains("open")) document.getElementById(ids.FACET_PANEL).classList.remove("open");
    else if (extra.series) fg.navigate({ series: "", judge: "" });
    else if (extra.sel) fg.navigate({ sel: "" });
    else if (extra.pin) fg.navigate({ pin: "" });
    else if (trace || span) traces.detail.close();
  };

  const row = () => traces.list.opened();
  const commands = {
    "/": () => traces.text.focus(),
    j: () => traces.list.step(1),
    k: () => traces.list.step(-1),
    Enter: () => traces.list.choose(traces.list.opened()),
    o: () => {
      if (row()) traces.list.toggle(row());
    },
    O: () => traces.list.openAll(),
    Escape: escape,
    c: () => row() && fg.navigate({ tab: "code", fn: row().fn }),
    v: () => row() && traces.series.open(row()),
    p: () => traces.compare.pin(),
    d: () => traces.list.pick && traces.list.pick.trace && fg.navigate({ view: "compare", wide: "1" }),
    e: () => document.querySelector(`[data-menu="${ids.EXPORT_MENU}"]`).click(),
    J: () => traces.time.open(),
    n: () => traces.arrivals.take(),
    l: () => traces.arrivals.follow(),
    f: () => document.getElementById(ids.WIDE).click(),
    "<": () => traces.waterfall.tree && traces.waterfall.level(-1),
    ">": () => traces.waterfall.tree && traces.waterfall.level(1),
    "+": () => traces.waterfall.zoomBy(0.5),
    "-": () => traces.waterfall.zoomBy(2),
    0: () => traces.waterfall.zoomAll(),
  };

  document.addEventListener("keydown", (event) => {
    if (!document.getElementById(ids.ROOT) || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (fg.typing(event.target, event.key) || over() || !commands[event.key]) return;
    if (event.key === "Enter" && event.target.closest("button, a, [role=button], .g-cell, .chart, summary")) return;
    event.preventDefault();
    commands[event.key]();
  });
})();
