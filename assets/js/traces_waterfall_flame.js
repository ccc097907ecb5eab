/* The trace as a flame: every call a bar below its caller, time across. Drawn on a canvas, as long as it may be. */
(() => {
  "use strict";
  const fg = window.flowglass;
  const { traces, ids } = fg;
  const ROW = 20;
  const LEAST_TEXT = 28; // pixels a bar needs before its name is written
  const state = { lanes: [], bars: [] };
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--fl-${name}`).trim();

  /* A call stands below its caller; calls at the same time stand in lanes of their own. */
  const lay = (tree) => {
    const ends = [];
    const lanes = new Map();
    window.flowglassTree.walk(tree.roots, (call) => {
      let lane = call.up ? lanes.get(call.up) + 1 : 0;
      while (ends[lane] !== undefined && ends[lane] > call.start) lane += 1;
      ends[lane] = call.end;
      lanes.set(call, lane);
    });
    state.lanes = lanes;
    state.deep = ends.length;
  };

  const body = () => document.querySelector(`#${ids.Traces.TRACE} [data-view-body=flame]`);

  const frame = () => {
    const box = body();
    if (box.firstChild) return box.firstChild.firstChild;
    const canvas = document.createElement("canvas");
    const scroll = Object.assign(document.createElement("div"), { className: "flame", tabIndex: 0 });
    scroll.setAttribute("role", "img");
    scroll.setAttribute("aria-label", "Flame view of the trace; the waterfall has the same calls as a list");
    scroll.append(canvas);
    box.append(scroll);
    canvas.addEventListener("mousemove", point);
    canvas.addEventListener("click", choose);
    return canvas;
  };

  const draw = () => {
    const { outline, waterfall: view } = traces;
    if (!body() || outline.view !== "flame" || !outline.tree) return;
    const canvas = frame();
    const width = canvas.parentElement.clientWidth;
    const height = state.deep * ROW + 4;
    const scale = window.devicePixelRatio || 1;
    canvas.style.height = `${height}px`;
    Object.assign(canvas, { width: width * scale, height: Math.min(height, 16000) * scale });
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    const paint = { plain: colour("ramp-4"), bad: colour("bad-lamp"), passed: colour("bad-tint"), stale: colour("stale-tint"), text: colour("text"), on: colour("accent"), panel: colour("panel") };
    pen.font = `12px ${colour("mono")}`;
    pen.textBaseline = "middle";
    state.bars = [];
    const last = [];
    for (const call of outline.tree.calls) {
      if (call.end < view.from || call.start > view.to) continue;
      const lane = state.lanes.get(call);
      const x = Math.max(0, ((call.start - view.from) / (view.to - view.from)) * width);
      const right = Math.min(width, ((call.end - view.from) / (view.to - view.from)) * width);
      if (right - x < 1 && last[lane] !== undefined && x - last[lane] < 1) continue; // falls on the bar before it
      last[lane] = x;
      bar(pen, paint, call, x, lane * ROW + 2, Math.max(1, right - x));
    }
  };

  const bar = (pen, paint, call, x, y, wide) => {
    pen.fillStyle = call.error ? (call.origin ? paint.bad : paint.passed) : call.stale ? paint.stale : paint.plain;
    pen.fillRect(x, y, Math.max(1, wide - 1), ROW - 2);
    if (call.id === traces.waterfall.pick) {
      pen.strokeStyle = paint.on;
      pen.lineWidth = 2;
      pen.strokeRect(x + 1, y + 1, Math.max(1, wide - 3), ROW - 4);
    }
    state.bars.push({ call, x, y, wide });
    if (wide < LEAST_TEXT) return;
    pen.fillStyle = call.error && call.origin ? paint.panel : paint.text;
    const room = Math.floor((wide - 8) / 7.2);
    pen.fillText(call.process.length > room ? `${call.process.slice(0, Math.max(1, room - 1))}…` : call.process, x + 4, y + ROW / 2 - 1);
  };

  const under = (event) => state.bars.find(({ x, y, wide }) => event.offsetX >= x && event.offsetX <= x + wide && event.offsetY >= y && event.offsetY < y + ROW);
  const point = (event) => {
    const hit = under(event);
    event.target.style.cursor = hit ? "pointer" : "";
    event.target.title = hit ? `${hit.call.process} · ${hit.call.group}\n${traces.waterfall.text(hit.call.end - hit.call.start)}, own ${traces.waterfall.text(hit.call.own)}` : "";
  };
  const choose = (event) => {
    const hit = under(event);
    if (!hit) return;
    traces.waterfall.pick = hit.call.id;
    draw();
    fg.navigate({ trace: traces.outline.trace, span: hit.call.id });
  };

  traces.outline.onChange((outline) => {
    if (outline.view === "flame" && outline.tree) lay(outline.tree);
    draw();
  });
  new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
  window.addEventListener("resize", draw);
  traces.flame = { draw };
})();
