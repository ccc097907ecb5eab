/* The grid of the trace list: the rows in view and no others are in the page, and the focus goes from cell to
   cell. Which rows there are is said by traces_list.js, how a cell looks by traces_cells.js. */
(() => {
  "use strict";
  const fg = window.flowglass;
  const ids = fg.ids.Traces;
  const { made } = fg;
  const { traces } = fg;
  const SPARE = 6; // rows drawn above and below the view
  const LEAST_PX = 40; // of a column that a person makes narrower
  const KEY_PX = 16; // that a key makes a column wider

  const grid = { box: null, rows: [], columns: [] };
  const drawn = new Map(); // the element of each row that is drawn, by the row's id
  const widths = {}; // pixels of the columns whose width a person has set
  const at = { row: "", column: "process" }; // where the focus is, or was last
  let known = new Map(); // rows by id
  let unused = []; // elements of rows that have left the view
  let stop = null; // the cell that Tab leads to
  let asked = false;
  let px = 28;
  /* Pixels of the view below its head, and scrolled away above it. Read when they change: to ask the box in a
     frame that has drawn makes the browser lay out at once, which takes 20 ms. */
  let room = window.innerHeight;
  let top = 0;

  const withRole = (role, element) => {
    element.setAttribute("role", role);
    return element;
  };

  /* ---- the frame: made anew for every mounted tab; whether it was ---- */
  const ready = () => {
    const box = document.getElementById(ids.GRID);
    if (!box || box === grid.box) return false;
    grid.box = box;
    grid.head = withRole("row", made("div", { className: "g-line g-head" }));
    grid.body = withRole("rowgroup", made("div", { className: "g-body" }));
    box.append(withRole("rowgroup", made("div", { className: "g-top" }, grid.head)), grid.body);
    box.addEventListener("scroll", moved, { passive: true });
    new ResizeObserver(measure).observe(box);
    top = 0;
    lost = false;
    setRows([]);
    share();
    setColumns(JSON.parse(box.dataset.columns));
    return true;
  };

  const scrollTo = (pixels) => {
    grid.box.scrollTop = pixels;
    top = pixels;
  };
  const measure = () => {
    px = Number.parseFloat(getComputedStyle(grid.box).getPropertyValue("--fl-row")) || px;
    room = grid.box.clientHeight - grid.head.offsetHeight;
    for (const line of drawn.values()) line.place = -1;
    grid.body.style.height = `${grid.rows.length * px}px`;
    draw();
    moved();
  };

  const setColumns = (columns) => {
    if (JSON.stringify(columns) !== JSON.stringify(grid.columns)) {
      grid.columns = columns;
      noteFocus();
      unused = [];
      drawn.clear();
      grid.body.replaceChildren();
      share();
    }
    drawHead();
    draw();
  };

  const share = () => {
    const tracks = grid.columns.map(({ name, least, share: part }) => (widths[name] ? `${widths[name]}px` : `minmax(${least}px,${part}fr)`));
    grid.box.style.setProperty("--tracks", tracks.join(" "));
    grid.box.style.setProperty("--least", `${grid.columns.reduce((sum, { name, least }) => sum + (widths[name] || least), 0)}px`);
  };

  const drawHead = () => {
    grid.head.replaceChildren(...grid.columns.map((column) => {
      const cell = withRole("columnheader", made("div", { className: `g-h${column.right ? " r" : ""}` }, traces.cells.head(column), made("span", { className: "g-size" })));
      cell.dataset.col = column.name;
      if (column.orders) cell.setAttribute("aria-sort", traces.cells.sorted(column));
      return cell;
    }));
  };

  /* ---- the rows ---- */
  const number = () => {
    known = new Map(grid.rows.map((row, place) => {
      row.place = place;
      return [row.id, row];
    }));
    if (!grid.box) return;
    grid.body.style.height = `${grid.rows.length * px}px`;
    grid.box.setAttribute("aria-rowcount", grid.rows.length + 1);
    draw();
  };
  /* The focus of rows that go is given to those that come, unless it has gone elsewhere meanwhile. */
  let lost = false;
  const noteFocus = () => { lost = lost || grid.body.contains(document.activeElement); };
  const giveFocus = () => {
    if (lost && stop && document.activeElement === document.body) stop.focus({ preventScroll: true });
    if (stop) lost = false;
  };
  const setRows = (rows) => {
    noteFocus();
    if (top || asked) scrollTo(0);
    grid.rows = rows;
    for (const line of drawn.values()) unused.push(line);
    for (const line of unused) line.remove();
    drawn.clear();
    number();
  };
  const insert = (rows, place) => {
    grid.rows.splice(place, 0, ...rows);
    number();
  };
  const remove = (leaves) => {
    grid.rows = grid.rows.filter((row) => !leaves(row));
    number();
  };

  const makeLine = () => {
    const cells = grid.columns.map((column) => {
      const cell = withRole("gridcell", made("div", { className: "g-cell", tabIndex: -1 }));
      cell.dataset.col = column.name;
      return cell;
    });
    return withRole("row", made("div", {}, ...cells));
  };

  const fill = (line, row) => {
    line.dataset.row = row.id;
    line.className = `g-line g-row${row.depth ? " kid" : ""}${row.more ? " more" : ""}${row.sel ? " sel" : ""}`;
    line.setAttribute("aria-level", row.depth + 1);
    line.setAttribute("aria-selected", String(Boolean(row.sel)));
    if (row.kids) line.setAttribute("aria-expanded", String(row.open));
    else line.removeAttribute("aria-expanded");
    grid.columns.forEach((column, which) => traces.cells.draw(line.children[which], column, row));
  };
  const put = (line, place) => {
    if (line.place === place) return;
    line.place = place;
    line.style.transform = `translateY(${place * px}px)`;
    line.setAttribute("aria-rowindex", place + 2); // the head is the first
  };

  const first = () => Math.floor(top / px);
  const last = () => Math.min(grid.rows.length, Math.ceil((top + room) / px)) - 1;

  /* Elements stand in the order of their rows, for Tab and for readers of the page. */
  const draw = () => {
    asked = false;
    if (!grid.box || !grid.box.isConnected) return;
    const focused = grid.body.contains(document.activeElement) ? document.activeElement : null;
    const [from, to] = [Math.max(0, first() - SPARE), Math.min(grid.rows.length, last() + 1 + SPARE)];
    for (const [id, line] of drawn) {
      const row = known.get(id);
      if (row && ((row.place >= from && row.place < to) || line.contains(focused))) put(line, row.place);
      else {
        drawn.delete(id);
        line.remove();
        unused.push(line);
      }
    }
    let next = null;
    for (let place = to - 1; place >= from; place -= 1) {
      const row = grid.rows[place];
      let line = drawn.get(row.id);
      if (!line) {
        line = unused.pop() || makeLine();
        fill(line, row);
        put(line, place);
        drawn.set(row.id, line);
      }
      if (line.parentNode === null || line.nextSibling !== next) grid.body.insertBefore(line, next);
      next = line;
    }
    if (focused && focused.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
    setStop(cellOf(at) || (next && next.firstChild));
    giveFocus();
  };
  const moved = () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      top = grid.box.scrollTop;
      draw();
      if (grid.box.isConnected) traces.list.scrolled();
    });
  };

  /* One row as it is now; all of them without one. */
  const redraw = (row) => {
    for (const [id, line] of drawn) if (!row || row.id === id) fill(line, known.get(id));
  };

  /* ---- the focus ---- */
  const cellOf = ({ row, column }) => {
    const line = drawn.get(row);
    return line ? line.children[Math.max(0, grid.columns.findIndex(({ name }) => name === column))] : null;
  };
  const setStop = (cell) => {
    if (stop === cell) return;
    if (stop) stop.tabIndex = -1;
    if (cell) cell.tabIndex = 0;
    stop = cell;
  };
  const reveal = (place) => {
    if (place * px < top) scrollTo(place * px);
    else if ((place + 1) * px > top + room) scrollTo((place + 1) * px - room);
    draw();
  };
  const focus = (row, column) => {
    Object.assign(at, { row: row.id, column });
    reveal(row.place);
    setStop(cellOf(at));
    stop.focus();
  };

  const rowOf = (element) => known.get(element.closest(".g-row").dataset.row);
  const byRows = (by) => (row, column) => focus(grid.rows[Math.max(0, Math.min(grid.rows.length - 1, row.place + by()))], column);
  const byColumns = (by) => (row, column) => {
    const now = grid.columns.findIndex(({ name }) => name === column);
    focus(row, grid.columns[Math.max(0, Math.min(grid.columns.length - 1, now + by))].name);
  };
  const page = () => Math.max(1, last() - first() - 1);
  const MOVES = {
    ArrowDown: byRows(() => 1), ArrowUp: byRows(() => -1), PageDown: byRows(page), PageUp: byRows(() => -page()),
    ArrowRight: byColumns(1), ArrowLeft: byColumns(-1), Home: byColumns(-Infinity), End: byColumns(Infinity),
    "Ctrl Home": byRows(() => -Infinity), "Ctrl End": byRows(() => Infinity),
  };

  document.addEventListener("focusin", ({ target }) => {
    const cell = target.closest(".g-cell");
    if (!cell) return;
    Object.assign(at, { row: cell.parentNode.dataset.row, column: cell.dataset.col });
    setStop(cell);
  });
  document.addEventListener("keydown", (event) => {
    const cell = event.target.closest(".g-cell, .g-h");
    if (!cell || event.metaKey || event.shiftKey || event.defaultPrevented) return;
    if (event.altKey) {
      const by = { ArrowRight: KEY_PX, ArrowLeft: -KEY_PX }[event.key];
      if (by) resize(cell.dataset.col, by);
      if (by) event.preventDefault();
      return;
    }
    if (!cell.matches(".g-cell")) return;
    const row = rowOf(cell);
    const move = MOVES[event.ctrlKey ? `Ctrl ${event.key}` : event.key];
    if (!event.ctrlKey && traces.list.pressed(event, row, cell.dataset.col)) event.preventDefault();
    else if (move) {
      move(row, cell.dataset.col);
      event.preventDefault();
    }
  });

  document.addEventListener("click", (event) => {
    const cell = event.target.closest(".g-cell");
    if (cell) traces.list.clicked(event, rowOf(cell));
  });

  /* ---- the width of a column: dragged at its right edge, given back by a double click ---- */
  const headOf = (name) => grid.head.querySelector(`[data-col="${CSS.escape(name)}"]`);
  const resize = (name, by, from = headOf(name).offsetWidth) => {
    widths[name] = Math.max(LEAST_PX, from + by);
    share();
  };
  let drag = null;
  document.addEventListener("pointerdown", (event) => {
    if (!event.target.matches || !event.target.matches(".g-size")) return;
    const head = event.target.closest(".g-h");
    drag = { name: head.dataset.col, x: event.clientX, width: head.offsetWidth };
    event.target.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  document.addEventListener("pointermove", (event) => drag && resize(drag.name, event.clientX - drag.x, drag.width));
  document.addEventListener("pointerup", () => { drag = null; });
  document.addEventListener("dblclick", (event) => {
    if (!event.target.matches(".g-size")) return;
    delete widths[event.target.closest(".g-h").dataset.col];
    share();
  });

  Object.assign(grid, {
    ready, setColumns, setRows, insert, remove, redraw, drawHead, reveal, focus, first, last, rowOf,
    row: (id) => known.get(id),
    atTop: () => top < px,
    toTop: () => { if (top || asked) scrollTo(0); }, // to set it, too, makes the browser lay out
    down: (rows) => scrollTo(top + rows * px),
  });
  traces.grid = grid;
})();
