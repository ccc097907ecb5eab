/* How times are shown in the Trace Explorer: as they are or how long ago. Each person's own choice, kept in the
   browser; a link never carries it. And the jump to a time, which a link does carry. The zone: 01-zone.js. */
(() => {
  "use strict";
  const fg = window.flowglass;
  const ids = fg.ids.Traces;
  const { traces } = fg;
  const KEPT = "fl-times";
  const TICK = 5000; // ms between two looks at how long ago things were
  const AGES = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

  const read = () => {
    try { return JSON.parse(localStorage.getItem(KEPT)) || {}; } catch { return {}; }
  };
  const choice = { show: read().show === "ago" ? "ago" : "time" };
  const { isLocal, clock, day, isToday, iso, word, ofNs } = fg.zone;

  const ago = (ms) => {
    const seconds = Math.max(0, Math.floor((Date.now() - ms) / 1000));
    const [size, unit] = AGES.find(([least]) => seconds >= least) || [1, "s"];
    return `${Math.floor(seconds / size)} ${unit} ago`;
  };

  /* ---- the cells, and everything else that shows a moment ---- */
  const cell = (row, field) => (row.ts && choice.show === "ago" ? ago(ofNs(row.ts)) : row[field] || "");
  /* What stands beside the head of the column when it is not plain UTC. */
  const badge = () => (choice.show === "ago" ? "ago" : isLocal ? "local" : "");

  const mark = () => {
    document.querySelectorAll(`#${ids.TIMES_MENU} [data-times]`).forEach((item) => {
      const [kind, value] = item.dataset.times.split(":");
      item.classList.toggle("on", choice[kind] === value);
      item.setAttribute("aria-checked", String(choice[kind] === value));
    });
  };

  const choose = (kind, value) => {
    choice[kind] = value;
    try { localStorage.setItem(KEPT, JSON.stringify(choice)); } catch { /* private window: kept for this page */ }
    mark();
    traces.grid.redraw();
    traces.grid.drawHead();
  };

  setInterval(() => {
    if (choice.show === "ago" && !document.hidden && document.getElementById(ids.GRID)) traces.grid.redraw();
  }, TICK);

  /* ---- the jump ---- */
  const field = () => document.getElementById(ids.JUMP);

  /* Beyond the range, a range as long as this one around the time. */
  const jump = (ns) => {
    const [from, to] = fg.rangeMs().map((ms) => BigInt(Math.round(ms)) * 1000000n);
    const at = BigInt(ns);
    if (at >= from && at < to) fg.navigate({ at: String(at) });
    else fg.navigate({ at: String(at), start_ns: String(at - (to - from) / 2n), end_ns: String(at + (to - from) / 2n) });
  };

  const written = () => iso(traces.list.top ? ofNs(traces.list.topTime()) : fg.rangeMs()[1]);

  const go = () => {
    const text = field().value;
    const ms = Date.parse(!isLocal && text && !/Z$/.test(text) ? `${text}Z` : text);
    if (Number.isNaN(ms)) fg.toast("Write a time such as 2026-11-21T13:00:00", "bad");
    else {
      fg.closeMenu();
      jump(BigInt(ms) * 1000000n + 999999999n); // whatever began within that second
    }
  };

  const opened = () => {
    const input = field();
    Object.assign(input, { type: "datetime-local", step: 1 });
    fg.set(ids.JUMP, { value: written() });
    mark();
    requestAnimationFrame(() => input.focus());
  };

  document.addEventListener("click", (event) => {
    const item = event.target.closest(`#${ids.ROOT} [data-times]`);
    if (item) choose(...item.dataset.times.split(":"));
    else if (event.target.closest(`#${ids.ROOT} [data-jump]`)) go();
    else if (event.target.closest(`[data-menu="${ids.TIMES_MENU}"]`)) opened();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.id !== ids.JUMP || event.key !== "Enter") return;
    event.preventDefault();
    go();
  });

  /* A time as a list or a chart says it: with its day when that is not today. */
  traces.clock = (ns) => {
    if (!ns) return "";
    const at = ofNs(BigInt(Math.round(Number(ns))));
    return isToday(at) ? clock(at, true) : `${day(at)} ${clock(at, true)}`;
  };
  traces.time = { cell, clock, day, badge, mark, jump, word, open: () => document.querySelector(`[data-menu="${ids.TIMES_MENU}"]`).click() };
})();
