/* The trace list: pages are appended when the last rows come into view, calls are put in below their row.
   The server decides filter and order; this file only places rows. */
(() => {
  "use strict";
  const fg = window.flowglass;
  const ids = fg.ids.Traces;
  const { grid } = fg.traces;
  const MAX_ROWS = 2000; // top rows the page holds
  const NEAR = 30; // rows left below the view when the next page is asked for
  const TRIES = 12; // searches without a row before the person is asked whether to go on
  const PATIENCE = 10000; // ms after which an unanswered wish no longer blocks the next

  const list = { page: null, cursor: null, waiting: false, top: 0, tries: 0, asks: [], asking: null };
  const empty = () => ({ cursor: null, waiting: false, top: 0, tries: 0, asks: [], asking: null });

  /* ---- rows ---- */
  const identity = (row) => `${row.trace}:${row.span}`;

  /* Rows with their place in the tree. A span id seen among its siblings before is marked, and so is a circle. */
  const placed = (rows, parent) => {
    const seen = new Set();
    const taken = new Set();
    return rows.map((row) => {
      let id = parent ? `${parent.id}/${row.key}` : row.key;
      while (taken.has(id) || grid.row(id)) id += "+";
      taken.add(id);
      const path = parent ? [...parent.path, identity(parent)] : [];
      const circle = path.includes(identity(row));
      const twin = seen.has(identity(row));
      seen.add(identity(row));
      return { ...row, id, path, depth: path.length, open: false, busy: false, circle, twin, kids: row.kids && !circle };
    });
  };

  const change = (row, changes) => grid.redraw(Object.assign(row, changes));

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
    grid.setRows([]);
    take(page);
    grid.toTop();
    if (page.columns) grid.setColumns(page.columns);
    else grid.drawHead();
    grid.setRows(placed(page.rows, null));
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
    grid.insert(placed(page.rows, null), grid.rows.length);
    settle();
  };

  /* Rows that have arrived, above the others; what is in view stays where it is unless the top was in view. */
  const prepend = (rows, toTop) => {
    const made = placed(rows.filter((row) => !grid.row(row.key)), null);
    const atTop = toTop || grid.atTop();
    grid.insert(made, 0);
    list.top += made.length;
    trim();
    if (atTop) grid.toTop();
    else grid.down(made.length);
    foot();
  };

  /* The page holds so many rows and no more: the oldest make way, and can be scrolled to again. */
  const trim = () => {
    if (list.top <= MAX_ROWS) return;
    let kept = 0;
    grid.remove((row) => {
      if (row.depth === 0) kept += 1;
      return kept > MAX_ROWS;
    });
    list.top = MAX_ROWS;
  };

  const nearEnd = () => grid.last() >= grid.rows.length - NEAR;

  const more = (asked) => {
    if (!list.cursor || list.waiting || list.top >= MAX_ROWS) return;
    if (asked) list.tries = 0;
    list.waiting = true;
    const { page, serial, q, order, cols, noise, at, start_ns, end_ns } = list.page;
    const { cursor } = list;
    setTimeout(() => fg.store(ids.MORE, { page, serial, q, order, cols, noise, at, start_ns, end_ns, cursor })); // not in the frame that scrolls
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
  const lastTop = () => grid.rows.findLast((row) => row.depth === 0);
  /* When the first row in view started. */
  const topTime = () => {
    const row = grid.rows[grid.first()];
    return row && row.ts ? row.ts : list.page.end_ns;
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

  const ask = (row, cursor) => {
    list.asks.push({ row: row.id, trace: row.trace, span: row.span, cursor });
    pump();
  };

  const open = (row) => {
    if (!row || !row.kids || row.open || row.busy) return;
    change(row, { busy: true });
    ask(row, null);
  };

  const isBelow = (row) => ({ id }) => id.startsWith(`${row.id}/`);

  const close = (row) => {
    if (!row || !row.open) return;
    grid.remove(isBelow(row));
    change(row, { open: false });
  };

  const answered = (answer) => {
    list.asking = null;
    const row = grid.row(answer.row);
    if (row && row.busy) insert(row, answer);
    pump();
  };

  const insert = (row, answer) => {
    if (answer.error) {
      change(row, { busy: false });
      fg.toast(answer.error, "bad");
      return;
    }
    grid.remove(({ id }) => id === `${row.id}/more`);
    const inside = grid.rows.filter(isBelow(row)).length;
    const rows = placed(answer.rows, row);
    if (answer.cursor) rows.push(moreRow(row, answer.cursor));
    grid.insert(rows, row.place + 1 + inside);
    change(row, { busy: false, open: true, kids: rows.length > 0 || inside > 0 });
  };

  const moreRow = (parent, cursor) => ({
    id: `${parent.id}/more`, more: true, cursor, path: [...parent.path, identity(parent)], depth: parent.depth + 1,
    process: `More calls of ${parent.process}`, trace: parent.trace, span: parent.span,
  });

  const openMore = (row) => {
    const parent = grid.row(row.id.slice(0, -"/more".length));
    change(parent, { busy: true });
    ask(parent, row.cursor);
  };

  const toggle = (row) => (row.more ? openMore(row) : row.open ? close(row) : open(row));

  /* ---- choosing a row ---- */
  const choose = (row) => {
    if (!row) return;
    if (row.more) openMore(row);
    else {
      select(row);
      fg.navigate({ trace: row.trace, span: row.span });
    }
  };

  const opened = () => selected() || grid.rows[0];

  /* Open the calls of every row that is in view. */
  const openAll = () => grid.rows.slice(grid.first(), grid.last() + 1).forEach(open);

  const selected = () => grid.row(list.chosen);
  const select = (row) => {
    const before = selected();
    if (before === row) return;
    list.chosen = row ? row.id : null;
    if (before) change(before, { sel: false });
    if (row) change(row, { sel: true });
  };

  /* The row of the open span, the first one when it stands in several places. */
  const mark = () => {
    const { trace, span } = list.pick || {};
    const isOpen = (row) => row.trace === trace && row.span === span && !row.more;
    const now = selected();
    if (now && isOpen(now)) return;
    select(trace ? grid.rows.find(isOpen) : undefined);
  };

  /* One row down or up, opening nothing; the detail follows the list as it is filtered. */
  const step = (by) => {
    const now = selected();
    const row = grid.rows[now ? now.place + by : 0];
    if (!row) return;
    grid.focus(row, "process");
    if (!row.more) choose(row);
  };

  /* ---- what the grid tells ---- */
  const clicked = (event, row) => {
    if (event.target.closest(".tw-b")) return toggle(row);
    choose(row);
    return open(row);
  };

  /* Whether a key in a cell was for its row: in the tree, right opens and left closes. */
  const pressed = ({ key, target }, row, column) => {
    if (key === "Enter" && !target.closest("button")) choose(row);
    else if (column === "process" && key === "ArrowRight" && row.kids && !row.open) open(row);
    else if (column === "process" && key === "ArrowLeft" && row.open) close(row);
    else return false;
    return true;
  };

  const scrolled = () => list.page && nearEnd() && list.tries < TRIES && more(false);

  Object.assign(list, { show, append, answered, open, close, toggle, choose, mark, step, opened, openAll, busy, meta, prepend, topTime, clicked, pressed, scrolled });
  fg.traces.list = list;
})();
