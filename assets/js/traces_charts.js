/* Spans over time and by duration, drawn as SVG in CSS variables; a drag zooms or selects. */
(() => {
  "use strict";
  const fg = window.flowglass;
  const ids = fg.ids.Traces;
  const { traces } = fg;
  const SVG = "http://www.w3.org/2000/svg";
  const LEFT = 48;
  const RIGHT = 8;
  const TOP = 3;
  const BOTTOM = 20;
  const LEVELS = 8;
  const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 432000];
  const state = { data: null, region: null };

  const shape = (name, attributes) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  /* Boxes of one colour are one element: a thousand of their own took 40 ms to draw. */
  const boxes = () => {
    const drawn = new Map();
    return {
      add(look, x, y, width, height) {
        const wide = Math.max(1, width).toFixed(1);
        drawn.set(look, `${drawn.get(look) || ""}M${x.toFixed(1)} ${y.toFixed(1)}h${wide}v${Math.max(1, height).toFixed(1)}h-${wide}z`);
      },
      shapes: () => [...drawn].map(([look, d]) => shape("path", { class: look, d })),
    };
  };
  const text = (x, y, words, anchor = "middle") => {
    const made = shape("text", { x, y, "text-anchor": anchor });
    made.textContent = words;
    return made;
  };

  /* ---- time ---- */
  const ms = (ns) => Number(BigInt(ns) / 1000n) / 1000;
  const clock = (at, fine) => traces.time.clock(at, fine);
  const day = (at) => traces.time.day(at);
  const span = () => [ms(state.data.start_ns), ms(state.data.end_ns)];
  const stepMs = () => (span()[1] - span()[0]) / state.data.ok.length;
  const when = (at) => (span()[1] - span()[0] > 86400e3 ? `${day(at)} ${clock(at)}` : clock(at, stepMs() < 60e3));
  const nsOf = (share) => BigInt(state.data.start_ns) + ((BigInt(state.data.end_ns) - BigInt(state.data.start_ns)) * BigInt(Math.round(share * 1e9))) / 1000000000n;

  const stepWords = () => {
    const seconds = stepMs() / 1000;
    for (const [size, one, many] of [[86400, "day", "days"], [3600, "hour", "hours"], [60, "minute", "min"], [1, "second", "s"]]) {
      if (seconds >= size * 0.999) return Math.abs(seconds - size) < size / 100 ? one : `${Number((seconds / size).toPrecision(3))} ${many}`;
    }
    return `${Number((seconds * 1000).toPrecision(2))} ms`;
  };

  /* ---- frames ---- */
  /* As the browser has laid them out: asked for it while rows are drawn, it lays out at once, which takes 15 ms. */
  const areas = new WeakMap();
  const sizes = (box) => {
    const { width, height } = areas.get(box) || { width: box.clientWidth, height: box.clientHeight };
    return { width, height, plot: width - LEFT - RIGHT, tall: height - TOP - BOTTOM };
  };

  const frame = (box) => {
    const { width, height, plot, tall } = sizes(box);
    const svg = shape("svg", { width, height, viewBox: `0 0 ${width} ${height}` });
    svg.append(shape("rect", { class: "ground", x: LEFT, y: TOP, width: plot, height: tall }));
    return svg;
  };

  const timeAxis = (svg, box) => {
    const { plot, tall } = sizes(box);
    const [from, to] = span();
    const most = Math.max(2, Math.floor(plot / 76));
    const step = (TIME_STEPS.find((seconds) => (to - from) / 1000 / seconds <= most) || 864000) * 1000;
    svg.append(shape("path", { class: "line", d: `M${LEFT} ${TOP + tall + 0.5}H${LEFT + plot}` }));
    for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
      const x = LEFT + ((at - from) / (to - from)) * plot;
      svg.append(shape("path", { class: "line", d: `M${x.toFixed(1)} ${TOP + tall}v4` }));
      if (x > LEFT + 14 && x < LEFT + plot - 12) svg.append(text(x, TOP + tall + 15, step >= 86400e3 ? day(at) : clock(at, step < 60e3)));
    }
  };

  const nice = (most) => {
    const size = 10 ** Math.floor(Math.log10(Math.max(1, most / 3)));
    return [1, 2, 5, 10].map((factor) => factor * size).find((step) => most / step <= 4) || size * 10;
  };
  const short = (number) => (number >= 1e6 ? `${Number((number / 1e6).toPrecision(3))} M` : number >= 1e4 ? `${Number((number / 1e3).toPrecision(3))} k` : number.toLocaleString("en"));

  /* ---- spans over time ---- */
  const histogram = () => {
    const box = document.getElementById(ids.HIST);
    if (!box || !state.data || !sizes(box).width) return;
    const { plot, tall } = sizes(box);
    const { ok, errors } = state.data;
    const svg = frame(box);
    const high = Math.max(1, ...ok.map((number, at) => number + errors[at]));
    const step = nice(high);
    for (let line = 0; line <= high; line += step) {
      const y = TOP + tall - (line / high) * (tall - 4);
      if (line) svg.append(shape("path", { class: "grat", d: `M${LEFT} ${y.toFixed(1)}h${plot}` }));
      svg.append(text(LEFT - 6, y + 4, short(line), "end"));
    }
    const wide = plot / ok.length;
    const bars = boxes();
    ok.forEach((number, at) => {
      const x = LEFT + at * wide + wide * 0.1;
      const up = (count) => (count ? Math.max(1, (count / high) * (tall - 4)) : 0);
      const [good, bad] = [up(number), up(errors[at])];
      if (good) bars.add("ok", x, TOP + tall - good, wide * 0.8, good);
      if (bad) bars.add("bad", x, TOP + tall - good - bad, wide * 0.8, bad);
    });
    svg.append(...bars.shapes());
    timeAxis(svg, box);
    put(box, svg);
    document.getElementById(ids.HIST_TITLE).textContent = `Spans per ${stepWords()}`;
    const all = (numbers) => numbers.reduce((sum, number) => sum + number, 0);
    box.setAttribute("aria-label", `Spans per ${stepWords()}: ${all(ok)} OK, ${all(errors)} ERROR. Drag to zoom, press to list from there`);
  };

  const put = (box, svg) => {
    const keep = [...box.querySelectorAll(".tip, .brush")];
    box.replaceChildren(svg, ...keep);
  };

  /* ---- spans by duration ---- */
  const heat = () => {
    const box = document.getElementById(ids.HEAT);
    if (!box || !state.data || !sizes(box).width) return;
    const { plot, tall } = sizes(box);
    const { heat: rows, lows } = state.data;
    const svg = frame(box);
    const high = Math.max(1, ...rows.map((row) => Math.max(...row)));
    const [wide, thick] = [plot / rows[0].length, tall / rows.length];
    const cells = boxes();
    rows.forEach((row, up) => row.forEach((number, at) => {
      const level = Math.ceil(Math.sqrt(number / high) * LEVELS);
      if (number) cells.add(`h${level}`, LEFT + at * wide, TOP + tall - (up + 1) * thick, wide - 1, thick - 1);
    }));
    svg.append(...cells.shapes());
    lows.forEach((low, up) => {
      const decade = Math.log10(low);
      if (Math.abs(decade - Math.round(decade)) < 0.01 && up < rows.length) svg.append(text(LEFT - 6, TOP + tall - up * thick + (up ? 4 : 0), traces.waterfall.text(low).replace(/\.0+ /, " "), "end"));
    });
    timeAxis(svg, box);
    const mark = regionBox(box);
    if (mark) svg.append(shape("rect", { class: "region", ...mark }));
    put(box, svg);
  };

  const shareOf = (ns) => Number(BigInt(ns) - BigInt(state.data.start_ns)) / Number(BigInt(state.data.end_ns) - BigInt(state.data.start_ns));
  const heightOf = (low) => {
    const { lows } = state.data;
    const [bottom, top] = [Math.log10(lows[0]), Math.log10(lows[lows.length - 1])];
    return Math.max(0, Math.min(1, (Math.log10(Math.max(low, lows[0])) - bottom) / (top - bottom)));
  };
  const regionBox = (box) => {
    if (!state.region || !state.region.start_ns) return null;
    const { plot, tall } = sizes(box);
    const [left, right] = [shareOf(state.region.start_ns), shareOf(state.region.end_ns)].map((share) => Math.max(0, Math.min(1, share)));
    const [low, high] = [heightOf(state.region.low_ns), heightOf(state.region.high_ns)];
    if (right <= left) return null;
    return { x: LEFT + left * plot, y: TOP + (1 - high) * tall, width: (right - left) * plot, height: (high - low) * tall };
  };

  /* ---- notes above the charts ---- */
  const link = (words, data) => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "as-link", textContent: words });
    Object.assign(made.dataset, data);
    return made;
  };
  const notes = () => {
    const { data, region } = state;
    const note = document.getElementById(ids.HEAT_NOTE);
    if (!note || !data) return;
    if (!region || !region.start_ns) {
      note.replaceChildren("drag to see what is different");
      return;
    }
    const bounds = `${when(ms(region.start_ns))} – ${when(ms(region.end_ns))}`;
    note.replaceChildren(`${bounds} · `, link("filter to these", { region: "filter" }), " · ", link("clear", { region: "clear" }));
  };

  /* ---- pointing ---- */
  const place = (box, event) => {
    const area = box.getBoundingClientRect();
    const { plot, tall } = sizes(box);
    const x = Math.max(0, Math.min(1, (event.clientX - area.left - LEFT) / plot));
    const y = Math.max(0, Math.min(1, 1 - (event.clientY - area.top - TOP) / tall));
    return { x, y };
  };

  const tip = (box, words, x) => {
    let shown = box.querySelector(".tip");
    if (!shown) {
      shown = Object.assign(document.createElement("div"), { className: "tip" });
      box.append(shown);
    }
    shown.textContent = words;
    shown.hidden = !words;
    const at = LEFT + x * sizes(box).plot;
    shown.style.left = `${Math.max(LEFT, Math.min(sizes(box).width - shown.offsetWidth - RIGHT, at + 10))}px`;
  };

  const describe = (box, { x, y }) => {
    const { data } = state;
    const at = Math.min(data.ok.length - 1, Math.floor(x * data.ok.length));
    const [from] = span();
    const range = `${when(from + at * stepMs())} – ${when(from + (at + 1) * stepMs())}`;
    const about = data.exact ? "" : "≈ ";
    if (box.id === ids.HIST) return `${range}: ${about}${data.ok[at].toLocaleString("en")} OK, ${data.errors[at].toLocaleString("en")} ERROR`;
    const up = Math.min(data.heat.length - 1, Math.floor(y * data.heat.length));
    const took = traces.waterfall.text;
    return `${range}, ${took(data.lows[up])} – ${took(data.lows[up + 1])}: ${about}${data.heat[up][at].toLocaleString("en")} spans`;
  };

  let drag = null;
  const chartAt = (target) => target.closest && target.closest(`#${ids.HIST}, #${ids.HEAT}`);

  document.addEventListener("pointerdown", (event) => {
    const box = chartAt(event.target);
    if (!box || !state.data || event.button !== 0) return;
    drag = { box, start: place(box, event), mark: Object.assign(document.createElement("div"), { className: "brush" }) };
    box.append(drag.mark);
    event.preventDefault();
    box.focus({ preventScroll: true });
  });

  const brushed = (event) => {
    const now = place(drag.box, event);
    const [left, right] = [drag.start.x, now.x].sort((one, other) => one - other);
    const [low, high] = drag.box.id === ids.HEAT ? [drag.start.y, now.y].sort((one, other) => one - other) : [0, 1];
    return { left, right, low, high };
  };

  document.addEventListener("pointermove", (event) => {
    if (drag) {
      const { left, right, low, high } = brushed(event);
      const { plot, tall } = sizes(drag.box);
      drag.mark.style.cssText = `left:${LEFT + left * plot}px;width:${(right - left) * plot}px;top:${TOP + (1 - high) * tall}px;height:${(high - low) * tall}px`;
      return;
    }
    const box = chartAt(event.target);
    if (box && state.data) tip(box, describe(box, place(box, event)), place(box, event).x);
  });
  document.addEventListener("pointerout", (event) => {
    const box = chartAt(event.target);
    if (box && !box.contains(event.relatedTarget)) tip(box, "", 0);
  });

  document.addEventListener("pointerup", (event) => {
    if (!drag) return;
    const { box } = drag;
    const chosen = brushed(event);
    drag.mark.remove();
    drag = null;
    if (chosen.right - chosen.left < 0.01) {
      if (box.id === ids.HIST) traces.time.jump(nsOf((Math.floor(chosen.left * state.data.ok.length) + 1) / state.data.ok.length) - 1n);
      return;
    }
    if (box.id === ids.HIST) zoom(chosen.left, chosen.right);
    else select(chosen);
  });

  const zoom = (left, right) => fg.navigate({ start_ns: String(nsOf(left)), end_ns: String(nsOf(right)), sel: "" });

  /* The selection snaps to the cells it touches. */
  const select = ({ left, right, low, high }) => {
    const { ok, heat: rows, lows } = state.data;
    const [from, to] = [Math.floor(left * ok.length), Math.ceil(right * ok.length)];
    const [down, up] = [Math.floor(low * rows.length), Math.ceil(high * rows.length)];
    const bottom = down === 0 ? 0 : lows[down];
    const top = up >= rows.length ? 1e15 : lows[up];
    fg.navigate({ sel: [nsOf(from / ok.length), nsOf(to / ok.length), bottom, top].join("-") });
  };

  const readRegion = (words) => {
    const parts = /^(\d{1,19})-(\d{1,19})-(\d{1,16})-(\d{1,16})$/.exec(words || "");
    if (!parts || BigInt(parts[1]) >= BigInt(parts[2])) return { start_ns: "" };
    return { start_ns: parts[1], end_ns: parts[2], low_ns: parts[3], high_ns: parts[4] };
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-region]");
    if (!button) return;
    if (button.dataset.region === "clear") fg.navigate({ sel: "" });
    else traces.edit({ do: "region", ...state.region });
  });

  /* ---- keys: a cursor over the steps, Enter zooms into it ---- */
  document.addEventListener("keydown", (event) => {
    const box = chartAt(event.target);
    if (!box || !state.data || !["ArrowLeft", "ArrowRight", "Enter"].includes(event.key)) return;
    const steps = state.data.ok.length;
    if (event.key === "Enter") {
      if (state.cursor !== undefined) zoom(state.cursor / steps, (state.cursor + 1) / steps);
      return;
    }
    const next = (state.cursor === undefined ? (event.key === "ArrowRight" ? -1 : steps) : state.cursor) + (event.key === "ArrowRight" ? 1 : -1);
    state.cursor = Math.max(0, Math.min(steps - 1, next));
    const at = { x: (state.cursor + 0.5) / steps, y: 0.5 };
    tip(box, describe(box, at), at.x);
    event.preventDefault();
  });

  const draw = () => {
    histogram();
    heat();
    notes();
  };
  const show = (data) => {
    if (data && data.error) return;
    state.data = data;
    state.cursor = undefined;
    draw();
  };
  const showRegion = (region, moved) => {
    state.region = region;
    if (moved) heat();
    notes();
  };

  const observer = new ResizeObserver((entries) => {
    entries.forEach(({ target, contentRect: { width, height } }) => areas.set(target, { width, height }));
    requestAnimationFrame(draw);
  });
  let watched = null;
  const watch = () => {
    const box = document.getElementById(ids.HIST);
    if (!box || watched === box) return;
    watched = box;
    observer.disconnect();
    [box, document.getElementById(ids.HEAT)].forEach((one) => observer.observe(one));
  };

  traces.charts = { show: (data) => { watch(); show(data); }, showRegion, readRegion, draw: () => state.data && draw(), data: () => state.data };
})();
