/* The trace list: pages are appended when the last rows come into view, calls are put in below their row.
   The server decides filter and order; this file only places rows. */
(() => {
  "use strict";
  const fg = window.flowglass;
  const ids = fg.ids.Traces;
  const MAX_ROWS = 2000; // top rows the page holds
  const NEAR = 30; // rows left below the view when the next page is asked for
  const TRIES = 12; // searches without a row before the person is asked whether to go on
  const PATIENCE = 10000; // ms after which an unanswered wish no longer blocks the next

  const list = { api: null, page: null, cursor: null, waiting: false, top: 0, tries: 0, asks: [], asking: null };
  const empty = () => ({ cursor: null, waiting: false, top: 0, tries: 0, asks: [], asking: null });

  /* ---- rows ---- */
  const identity = (row) => `${row.trace}:${row.span}`;

  /* Rows with their place in the tree. A span id seen among its siblings before is marked, and so is a circle. */
  const placed = (rows, parent) => {
    const seen = new Set();
    const taken = new Set();
    return rows.map((row) => {
      let id = parent ? `${parent.id}/${row.key}` : row.key;
      while (taken.has(id) || list.api.getRowNode(id)) id += "+";
      taken.add(id);
      const path = parent ? [...parent.path, identity(parent)] : [];
      const circle = path.includes(identity(row));
      const twin = seen.has(identity(row));
      seen.add(identity(row));
      return { ...row, id, path, depth: path.length, open: false, busy: false, circle, twin, kids: row.kids && !circle };
    });
  };

  const refresh = (node) => list.api.refreshCells({ rowNodes: [node], columns: ["process"], force: true });
  const change = (node, changes) => {
    Object.assign(node.data, changes);
    refresh(node);
  };

  /* ---- pages ---- */
  const take = (page) => {
    list.cursor = page.cursor;
    list.waiting = false;
    list.tries = page.rows.length ? 0 : list.tries + 1;
    list.top += page.rows.length;
    list.page = { ...list.page, ...page };
  };

  const show = (page) => {
    Object.assign(list, empty(), { page });
    list.api.setGridOption("rowData", []);
    take(page);
    list.api.setGridOption("rowData", placed(page.rows, null));
    if (page.rows.length) list.api.ensureIndexVisible(0, "top");
    list.api.refreshHeader();
    settle();
  };

  const append = (page) => {
    if (page.error) {
      list.waiting = false;
      list.tries = TRIES;
      fg.toast(page.error, "bad");
      foot();
      return;
    }
    if (page.serial !== list.page.serial) return; // the answer to an older question
    take(page);
    list.api.applyTransaction({ add: placed(page.rows, null) });
    settle();
  };

  /* Rows that have arrived, above the others; what is in view stays where it is unless the top was in view. */
  const prepend = (rows, toTop) => {
    const made = placed(rows.filter((row) => !list.api.getRowNode(row.key)), null);
    const atTop = toTop || list.api.getFirstDisplayedRowIndex() <= 0;
    const before = list.api.getVerticalPixelRange().top;
    list.api.applyTransaction({ add: made, addIndex: 0 });
    list.top += made.length;
    trim();
    if (atTop) list.api.ensureIndexVisible(0, "top");
    else scrollTo(before + made.length * list.api.getSizesForCurrentTheme().rowHeight);
    foot();
  };
  const scrollTo = (top) => { document.querySelector(`#${ids.GRID} .ag-body-viewport`).scrollTop = top; };

  /* The page holds so many rows and no more: the oldest make way, and can be scrolled to again. */
  const trim = () => {
    if (list.top <= MAX_ROWS) return;
    const drop = [];
    let kept = 0;
    list.api.forEachNode((node) => {
      if (node.data.depth === 0) kept += 1;
      if (kept > MAX_ROWS) drop.push(node.data);
    });
    list.api.applyTransaction({ remove: drop });
    list.top = MAX_ROWS;
  };

  const nearEnd = () => list.api.getLastDisplayedRowIndex() >= list.api.getDisplayedRowCount() - NEAR;

  const more = (asked) => {
    if (!list.api || !list.cursor || list.waiting || list.top >= MAX_ROWS) return;
    if (asked) list.tries = 0;
    list.waiting = true;
    const { page, serial, q, order, cols, noise, at, start_ns, end_ns } = list.page;
    fg.store(ids.MORE, { page, serial, q, order, cols, noise, at, start_ns, end_ns, cursor: list.cursor });
    foot();
  };

  /* After every page: fill the view, or say how far the search has come. */
  const settle = () => {
    if (list.cursor && list.tries < TRIES && nearEnd()) more(false);
    if (!list.cursor && list.top === 0) fg.store(ids.EMPTIED, { problem: list.page.problem, _: performance.now() });
    document.getElementById(ids.LIST).classList.toggle("is-empty", !list.cursor && list.top === 0);
    busy(false);
    foot();
    meta();
  };


  /* ---- what stands below the list ---- */
  const button = (text, act) => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "btn-x sm", textContent: text });
    made.addEventListener("click", act);
    return made;
  };
  const foot = () => {
    const bar = document.getElementById(ids.FOOT);
    if (!bar || !list.page) return;
    const rows = `${list.top.toLocaleString("en")} ${list.top === 1 ? "row" : "rows"}`;
    const last = lastTop();
    const back = fg.traces.clock(list.page.searched_back_ns);
    const parts = [];
    if (list.waiting && list.page.top) parts.push(`${rows}, loading more`);
    else if (list.waiting) parts.push(list.tries ? `Searching, back to ${back} so far` : `${rows}, loading more`);
    else if (list.cursor && list.top >= MAX_ROWS) {
      parts.push(`${rows}, as many as the page holds`, button(`Go on from ${last.time}`, () => goOn(last)));
    } else if (list.cursor && list.tries >= TRIES) {
      parts.push(`Searched back to ${back}${list.top ? "" : ", nothing found yet"}`, button(list.top ? "Go on" : "Search further back", () => more(true)));
    } else if (list.cursor) parts.push(`${rows}, scroll for more`);
    else if (list.page.top) parts.push(`${rows}, all that were asked for`);
    else if (list.top) parts.push(`${rows}, ${list.page.order === "oldest" ? "to the end" : "back to the start"} of the range`);
    bar.replaceChildren(...parts);
    note();
  };
  /* Above the list: that it is in another order, and so not the whole. */
  const note = () => {
    const bar = document.getElementById(ids.NOTE);
    const { page } = list;
    const parts = [];
    if (page.top) {
      const all = page.cursor || list.top >= 1000 ? `The 1,000 ${page.top}` : `All ${list.top.toLocaleString("en")}, the ${page.top} first,`;
      parts.push(`${all} of the range`, button("Order by time", () => fg.navigate({ order: "" })));
    }
    if (page.at) parts.push(`${page.order === "oldest" ? "From" : "Back from"} ${fg.traces.clock(page.at)}`, button(page.order === "oldest" ? "From the oldest" : "From the newest", () => fg.navigate({ at: "" })));
    bar.replaceChildren(...parts);
  };
  const lengthOf = ({ start_ns, end_ns }) => {
    const seconds = Number(BigInt(end_ns) - BigInt(start_ns)) / 1e9;
    const [size, unit] = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]].find(([least]) => seconds >= least * 0.999) || [1, "s"];
    return `${Number((seconds / size).toPrecision(3))} ${unit}`;
  };
  /* Beside the filter: how many, how long it took, how far back it looked. */
  const meta = () => {
    const line = document.getElementById(ids.META);
    const { page } = list;
    if (!line || !page) return;
    const counted = fg.traces.charts.data();
    const parts = [];
    if (counted && counted.serial === page.serial) {
      const number = Object.assign(document.createElement("b"), { textContent: counted.spans.toLocaleString("en") });
      parts.push(counted.exact ? "" : "≈ ", number, counted.spans === 1 ? " span · " : " spans · ");
    }
    if (page.elapsed_ms !== undefined) parts.push(`${Math.max(1, Math.round(page.elapsed_ms))} ms`);
    if (list.cursor && !page.top) parts.push(` · looked ${page.order === "oldest" ? "up" : "back"} to ${fg.traces.clock(page.searched_back_ns)}`);
    else if (!page.top && page.start_ns) parts.push(` · looked back ${lengthOf(page)}`);
    line.replaceChildren(...parts);
  };
  const lastTop = () => {
    let last = null;
    for (let at = list.api.getDisplayedRowCount() - 1; at >= 0 && !last; at -= 1) {
      const { data } = list.api.getDisplayedRowAtIndex(at);
      if (data.depth === 0) last = data;
    }
    return last;
  };
  /* When the first row in view started. */
  const topTime = () => {
    const node = list.api.getDisplayedRowAtIndex(Math.max(0, list.api.getFirstDisplayedRowIndex()));
    return node && node.data.ts ? node.data.ts : list.page.end_ns;
  };
  const goOn = (last) => fg.navigate(
    list.page.order === "oldest"
      ? { start_ns: last.ts, end_ns: list.page.end_ns }
      : { start_ns: list.page.start_ns, end_ns: String(BigInt(last.ts) + 1n) },
  );

  const busy = (on) => document.getElementById(ids.LIST).classList.toggle("is-busy", on);

  /* ---- the calls of a row ---- */
  const pump = () => {
    if (list.asking || !list.asks.length) return;
    list.asking = list.asks.shift();
    const { row, trace, span, cursor } = list.asking;
    const mine = list.asking;
    fg.store(ids.OPEN, { row, trace, span, cursor, cols: list.page.cols, _: performance.now() });
    setTimeout(() => {
      if (list.asking === mine) answered({ row, rows: [], cursor: null, error: "No answer from the server." });
    }, PATIENCE);
  };

  const ask = (node, cursor) => {
    list.asks.push({ row: node.id, trace: node.data.trace, span: node.data.span, cursor });
    pump();
  };

  const open = (node) => {
    if (!node || !node.data.kids || node.data.open || node.data.busy) return;
    change(node, { busy: true });
    ask(node, null);
  };

  const below = (node) => {
    const found = [];
    list.api.forEachNode((other) => { if (other.id.startsWith(`${node.id}/`)) found.push(other.data); });
    return found;
  };

  const close = (node) => {
    if (!node || !node.data.open) return;
    list.api.applyTransaction({ remove: below(node) });
    change(node, { open: false });
  };

  const answered = (answer) => {
    list.asking = null;
    const node = list.api && list.api.getRowNode(answer.row);
    if (node && node.data.busy) insert(node, answer);
    pump();
  };

  const insert = (node, answer) => {
    if (answer.error) {
      change(node, { busy: false });
      fg.toast(answer.error, "bad");
      return;
    }
    const more = list.api.getRowNode(`${node.id}/more`);
    if (more) list.api.applyTransaction({ remove: [more.data] });
    const inside = below(node).length;
    const rows = placed(answer.rows, node.data);
    if (answer.cursor) rows.push(moreRow(node.data, answer.cursor));
    list.api.applyTransaction({ add: rows, addIndex: node.rowIndex + 1 + inside });
    change(node, { busy: false, open: true, kids: rows.length > 0 || inside > 0 });
  };

  const moreRow = (parent, cursor) => ({
    id: `${parent.id}/more`, more: true, cursor, path: [...parent.path, identity(parent)], depth: parent.depth + 1,
    process: `More calls of ${parent.process}`, trace: parent.trace, span: parent.span,
  });

  const openMore = (node) => {
    const parent = list.api.getRowNode(node.id.slice(0, -"/more".length));
    change(parent, { busy: true });
    ask(parent, node.data.cursor);
  };

  const toggle = (node) => (node.data.more ? openMore(node) : node.data.open ? close(node) : open(node));

  /* ---- choosing a row ---- */
  const choose = (node) => {
    if (!node) return;
    if (node.data.more) openMore(node);
    else {
      select(node);
      fg.navigate({ trace: node.data.trace, span: node.data.span });
    }
  };

  /* The grid's own selection is not used: dash-ag-grid takes it back at every change of its props. */
  const opened = () => selected() || list.api.getDisplayedRowAtIndex(0);

  /* Open the calls of every row that is in view. */
  const openAll = () => {
    const last = list.api.getLastDisplayedRowIndex();
    for (let at = list.api.getFirstDisplayedRowIndex(); at <= last; at += 1) open(list.api.getDisplayedRowAtIndex(at));
  };

  const selected = () => list.api && list.chosen && list.api.getRowNode(list.chosen);
  const select = (node) => {
    const before = selected();
    if (before === node) return;
    list.chosen = node ? node.id : null;
    for (const each of [before, node].filter(Boolean)) {
      each.data.sel = each === node;
      each.updateData(each.data); // a redrawn row would take the focus back from whatever has it by then
    }
  };

  /* The row of the open span, the first one when it stands in several places. */
  const mark = () => {
    if (!list.api) return;
    const { trace, span } = list.pick || {};
    const isOpen = ({ data }) => data.trace === trace && data.span === span && !data.more;
    const now = selected();
    if (now && isOpen(now)) return;
    let found = null;
    if (trace) list.api.forEachNode((node) => { if (!found && isOpen(node)) found = node; });
    select(found);
  };

  /* One row down or up, opening nothing; the detail follows the list as it is filtered. */
  const step = (by) => {
    if (!list.api) return;
    const now = selected();
    const at = now ? now.rowIndex + by : 0;
    const node = list.api.getDisplayedRowAtIndex(at);
    if (!node) return;
    list.api.ensureNodeVisible(node);
    list.api.setFocusedCell(node.rowIndex, "process");
    if (!node.data.more) choose(node);
  };

  /* ---- the grid ---- */
  const attach = (api) => {
    list.api = api;
    api.addEventListener("bodyScroll", () => nearEnd() && list.tries < TRIES && more(false));
    api.addEventListener("rowClicked", ({ node, event }) => {
      if (event.target.closest(".tw-b")) return toggle(node);
      choose(node);
      return open(node);
    });
    api.addEventListener("cellKeyDown", ({ node, event }) => {
      const act = { Enter: choose, ArrowRight: open, ArrowLeft: close }[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Enter" ? true : event.target.closest("[col-id=process]")) act(node);
    });
    pinned.addEventListener("change", pin);
    pin();
  };
  const pinned = matchMedia("(max-width: 767.98px)");
  const pin = () => {
    if (list.api && !list.api.isDestroyed()) list.api.setColumnsPinned(["process"], pinned.matches ? "left" : null);
  };

  const ready = async () => {
    const api = await window.dash_ag_grid.getApiAsync(ids.GRID);
    if (list.api !== api) attach(api);
    return api;
  };

  Object.assign(list, { ready, show, append, answered, more, open, close, toggle, choose, mark, step, selected, opened, openAll, busy, meta, prepend, topTime });
  fg.traces.list = list;
})();
