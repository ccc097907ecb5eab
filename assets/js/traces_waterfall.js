/* The waterfall: only the rows in view are in the page, whatever the length of the trace. */
(() => {
  "use strict";
  const fg = window.flowglass;
  const { traces } = fg;
  const tree = window.flowglassTree;
  const SPARE = 8; // rows drawn above and below the view
  const LEVEL_PX = 14;
  const NAME_PX = 96; // of the name column, left for guide lines

  const view = { rows: [], from: 0, to: 1, pick: "", pool: [], onChange: [] };

  const root = () => document.getElementById(fg.ids.Traces.TRACE);
  const part = (selector) => root() && root().querySelector(selector);
  const rowPx = () => Number.parseFloat(getComputedStyle(part(".wf")).getPropertyValue("--wf-row")) || 22;

  const text = (ns) => {
    if (ns === 0) return "0";
    for (const [size, unit] of [[1, "ns"], [1e3, "µs"], [1e6, "ms"], [1e9, "s"]]) {
      const number = ns / size;
      if (number < (unit === "s" ? Infinity : 999.5)) return `${unit === "ns" ? number.toFixed(0) : three(number)} ${unit}`;
    }
    return "";
  };
  const three = (number) => (number >= 99.95 ? Math.round(number).toLocaleString("en") : number >= 9.995 ? number.toFixed(1) : number.toFixed(2));

  /* ---- the axis: round steps, lines at the same places in every row ---- */
  const LABEL_PX = 60;
  const stepOf = (width) => {
    const least = width / Math.max(1, Math.floor(part(".axis").clientWidth / LABEL_PX));
    const size = 10 ** Math.floor(Math.log10(least));
    return [1, 2, 2.5, 5, 10].map((factor) => factor * size).find((step) => step >= least * 0.999) || size * 10;
  };
  const tick = (ns, step) => {
    const [size, unit] = step >= 1e9 ? [1e9, "s"] : step >= 1e6 ? [1e6, "ms"] : step >= 1e3 ? [1e3, "µs"] : [1, "ns"];
    return ns === 0 ? "0" : `${Number((ns / size).toPrecision(6)).toLocaleString("en", { maximumFractionDigits: 3 })} ${unit}`;
  };
  const axis = () => {
    const width = view.to - view.from;
    const step = stepOf(width);
    const share = (ns) => ((ns - view.from) / width) * 100;
    const marks = [];
    for (let at = Math.ceil(view.from / step) * step; at <= view.to; at += step) {
      if (share(at) > 88 && share(at) - share(at - step) < 45) continue; // would lie on the one before
      const mark = Object.assign(document.createElement("span"), { textContent: tick(at, step) });
      mark.style.left = `${share(at)}%`;
      if (share(at) > 88) mark.className = "end"; // leans to the left, so that it is not cut
      marks.push(mark);
    }
    part(".axis").replaceChildren(...marks);
    const first = share(Math.ceil(view.from / step) * step);
    const tile = Math.min(0.999, step / width);
    const style = part(".wf").style;
    style.setProperty("--tick", `${tile * 100}%`);
    style.setProperty("--first", `${first / (1 - tile)}%`); // CSS counts the place of a tile by what is left beside it
  };

  /* ---- rows ---- */
  const makeRow = () => {
    const row = document.createElement("div");
    row.className = "wf-r";
    row.setAttribute("role", "treeitem");
    row.innerHTML = '<span class="tree"><span class="ind"></span><button type="button" class="tw-i tw-b" tabindex="-1"><i class="bi" aria-hidden="true"></i></button>'
      + '<span class="mono clip nm"></span> <span class="odd"></span></span> <span class="t"><span class="b"></span></span><span class="d"></span>';
    const [tree_, lane, took] = row.children;
    Object.assign(row, { ind: tree_.children[0], twisty: tree_.children[1], name: tree_.children[2], odd: tree_.children[3], bar: lane.firstChild, took });
    return row;
  };

  const odd = (call) => (call.orphan ? "its caller is not here" : call.circle ? "circle" : call.twin ? "same id" : "");

  const fill = (row, { call, depth }, at) => {
    const width = view.to - view.from;
    const from = Math.max(0, Math.min(1, (call.start - view.from) / width));
    const to = Math.max(0, Math.min(1, (call.end - view.from) / width));
    const outside = call.end < view.from || call.start > view.to;
    const failed = call.error ? (call.origin ? " bad" : " bad prop") : call.stale ? " stl" : "";
    row.className = `wf-r${call.id === view.pick ? " sel" : ""}${view.find && !view.find.has(call) ? " dim" : ""}`;
    row.ind.style.setProperty("--d", depth);
    row.twisty.className = `tw-i${call.kids.length ? " tw-b" : ""}`;
    row.twisty.disabled = call.kids.length === 0;
    row.twisty.setAttribute("aria-hidden", String(call.kids.length === 0));
    row.twisty.title = call.kids.length ? (call.closed ? `Show ${call.kids.length} calls` : "Hide calls") : "";
    row.twisty.firstChild.className = call.kids.length ? `bi bi-caret-${call.closed ? "right" : "down"}-fill` : "bi";
    if (row.name.textContent !== call.process) row.name.textContent = call.process;
    row.odd.textContent = odd(call);
    row.bar.className = `b${failed}${call.critical ? " crit" : ""}`;
    row.bar.style.cssText = outside ? "display:none" : `left:${from * 100}%;width:${(to - from) * 100}%`;
    row.took.textContent = text(call.end - call.start);
    row.title = `${call.process} · ${call.group}\n${text(call.end - call.start)}, own ${text(call.own)}, starts at +${text(call.start)}${call.exception ? `\n${call.exception}` : ""}`;
    row.dataset.at = at;
    row.setAttribute("aria-level", depth + 1);
    const said = [call.process, odd(call), text(call.end - call.start), call.error ? "error" : ""];
    row.setAttribute("aria-label", said.filter(Boolean).join(" "));
    if (call.kids.length) row.setAttribute("aria-expanded", String(!call.closed));
    else row.removeAttribute("aria-expanded");
    row.setAttribute("aria-selected", String(call.id === view.pick));
  };

  /* A place of the trace always has the same row of the pool, so that scrolling fills only what comes into view. */
  const draw = () => {
    view.asked = false;
    const scroll = part(".wf-scroll");
    if (!scroll || !view.tree) return;
    const pad = scroll.firstElementChild;
    if (view.pad !== pad) Object.assign(view, { pad, pool: [], stale: true });
    if (view.stale) {
      view.px = rowPx();
      pad.style.height = `${view.rows.length * view.px}px`;
      scroll.style.height = `${view.rows.length * view.px + 1}px`; // as tall as its rows where there is room
    }
    const { px } = view;
    const first = Math.max(0, Math.floor(scroll.scrollTop / px) - SPARE);
    const last = Math.min(view.rows.length, Math.ceil((scroll.scrollTop + scroll.clientHeight) / px) + SPARE);
    while (view.pool.length < last - first) {
      const row = makeRow();
      view.pool.push(row);
      pad.append(row);
      view.stale = true; // every place has another row now
    }
    if (view.stale) view.pool.forEach((row) => { row.at = undefined; });
    for (let at = first; at < last; at += 1) {
      const row = view.pool[at % view.pool.length];
      if (row.at === at) continue;
      row.at = at;
      row.style.transform = `translateY(${at * px}px)`;
      fill(row, view.rows[at], at);
    }
    for (const row of view.pool) row.hidden = row.at === undefined || row.at < first || row.at >= last;
    view.stale = false;
  };
  const moved = () => {
    if (view.asked) return;
    view.asked = true;
    requestAnimationFrame(draw);
  };
  const redraw = () => {
    view.stale = true;
    moved();
  };

  /* ---- what is shown of the tree ---- */
  const lay = () => {
    if (!view.tree) return;
    view.rows = tree.rows(view.tree, { hidden: view.hidden, wanted: view.find && view.only ? (call) => view.find.has(call) : null });
    const deepest = view.rows.reduce((most, row) => Math.max(most, row.depth), 0);
    const level = Math.min(LEVEL_PX, NAME_PX / Math.max(1, deepest));
    part(".wf").style.setProperty("--level", `${level}px`);
    part(".wf").classList.toggle("dense", level < 6); // guide lines this close would be one block
    redraw();
  };

  const show = (made) => {
    const again = view.tree !== null && view.trace === traces.outline.trace;
    view.tree = made;
    view.trace = traces.outline.trace;
    if (!again) Object.assign(view, { level: undefined, find: null, only: false, hidden: () => false });
    if (!again || view.whole) Object.assign(view, { from: 0, to: made.end, whole: true });
    axis();
    lay();
    changed();
  };

  const changed = () => view.onChange.forEach((act) => act(view));

  const zoom = (from, to) => {
    if (!view.tree) return;
    const least = Math.max(1, view.tree.end / 1e6);
    const width = Math.max(least, Math.min(to - from, view.tree.end));
    view.from = Math.max(0, Math.min(from, view.tree.end - width));
    view.to = view.from + width;
    view.whole = width >= view.tree.end;
    axis();
    redraw();
    changed();
  };
  const zoomBy = (factor, at = 0.5) => {
    const width = view.to - view.from;
    const middle = view.from + width * at;
    zoom(middle - width * factor * at, middle + width * factor * (1 - at));
  };
  const zoomAll = () => view.tree && zoom(0, view.tree.end);

  /* ---- choosing ---- */
  const atOf = (id) => view.rows.findIndex((row) => row.call.id === id);
  const reveal = (at) => {
    const scroll = part(".wf-scroll");
    const px = rowPx();
    if (at * px < scroll.scrollTop) scroll.scrollTop = at * px;
    else if ((at + 1) * px > scroll.scrollTop + scroll.clientHeight) scroll.scrollTop = (at + 1) * px - scroll.clientHeight;
  };
  const pick = (span) => {
    view.pick = span;
    const call = view.tree && view.tree.known.get(span);
    if (call) {
      for (let up = call.up; up; up = up.up) up.closed = false;
      if (atOf(span) < 0) lay();
      if (atOf(span) >= 0) reveal(atOf(span));
    }
    redraw();
  };
  const choose = (row) => {
    if (!row) return;
    view.pick = row.call.id;
    reveal(view.rows.indexOf(row));
    redraw();
    fg.navigate({ trace: view.trace, span: row.call.id });
  };
  const toggle = (call, closed) => {
    if (!call.kids.length) return;
    call.closed = closed;
    lay();
  };
  const level = (by) => {
    const now = view.level === undefined ? view.tree.depth : view.level;
    view.level = Math.max(0, Math.min(view.tree.depth, now + by));
    tree.walk(view.tree.roots, (call, depth) => { call.closed = depth >= view.level && call.kids.length > 0; });
    lay();
  };

  /* ---- keys and mouse ---- */
  const KEYS = {
    ArrowDown: (at) => choose(view.rows[Math.min(view.rows.length - 1, at + 1)]),
    ArrowUp: (at) => choose(view.rows[Math.max(0, at - 1)]),
    PageDown: (at) => choose(view.rows[Math.min(view.rows.length - 1, at + 10)]),
    PageUp: (at) => choose(view.rows[Math.max(0, at - 10)]),
    Home: () => choose(view.rows[0]),
    End: () => choose(view.rows[view.rows.length - 1]),
    ArrowRight: (at) => view.rows[at] && toggle(view.rows[at].call, false),
    ArrowLeft: (at) => {
      const row = view.rows[at];
      if (row && row.call.kids.length && !row.call.closed) toggle(row.call, true);
      else if (row && row.call.up) choose(view.rows[atOf(row.call.up.id)]);
    },
    "+": () => zoomBy(0.5),
    "=": () => zoomBy(0.5),
    "-": () => zoomBy(2),
    0: () => zoomAll(),
  };
  document.addEventListener("keydown", (event) => {
    if (!event.target.closest(".wf-scroll") || !view.tree || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act(atOf(view.pick));
  });

  document.addEventListener("scroll", (event) => event.target.classList && event.target.classList.contains("wf-scroll") && (moved(), traces.outline.scrolled(event.target)), true);

  document.addEventListener("wheel", (event) => {
    if (!event.ctrlKey || !event.target.closest(".wf-scroll")) return;
    event.preventDefault();
    const lane = part(".axis").getBoundingClientRect();
    const at = Math.max(0, Math.min(1, (event.clientX - lane.left) / lane.width));
    zoomBy(event.deltaY > 0 ? 1.25 : 0.8, at);
  }, { passive: false });

  document.addEventListener("click", (event) => {
    const row = event.target.closest(".wf-r");
    if (row) {
      const { call } = view.rows[Number(row.dataset.at)];
      if (event.target.closest(".tw-b")) toggle(call, !call.closed);
      else choose(view.rows[Number(row.dataset.at)]);
      return;
    }
    const tool = event.target.closest("[data-level], [data-zoom]");
    if (!tool || !view.tree) return;
    if (tool.dataset.zoom) zoomAll();
    else level(Number(tool.dataset.level));
  });

  new ResizeObserver(redraw).observe(document.documentElement);
  window.addEventListener("resize", redraw);

  Object.assign(view, { show, zoom, zoomBy, zoomAll, choose, lay, redraw, text, pickSpan: pick, part });
  traces.waterfall = view;
})();
