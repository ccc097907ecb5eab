/* Sparklines: <span class="spark" data-y="1,2,,3" data-c="p95" data-kind="line|area|bars" data-min data-max data-th data-grid>.
   A missing number leaves a gap. Colours are CSS variables, so a change of theme needs no drawing. */
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const PAD = 3;

  const shape = (name, attributes, style) => {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (style) element.setAttribute("style", style);
    return element;
  };

  const bounds = (data, known) => {
    const th = data.th === undefined ? null : Number(data.th);
    const high = Math.max(...known, th === null ? -Infinity : th);
    const low = data.min === undefined ? Math.min(...known) : Number(data.min);
    const top = data.max === undefined ? high : Number(data.max);
    return top - low < 1e-9 ? [low, low + 1] : [low, top];
  };

  const draw = (element, width = element.clientWidth || 72, height = element.clientHeight || 18) => {
    const data = element.dataset;
    const values = data.y === "" ? [] : data.y.split(",").map((text) => (text === "" ? null : Number(text)));
    const known = values.filter((value) => value !== null);
    const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
    if (data.grid) grid(svg, width, height);
    if (known.length) {
      const [low, high] = bounds(data, known);
      const y = (value) => height - PAD - ((Math.min(value, high) - low) / (high - low)) * (height - 2 * PAD);
      if (data.kind === "bars") bars(svg, values, high, width, height, `fill:var(--fl-${data.c})`);
      else line(svg, values, y, width, height, data);
      if (data.th !== undefined) threshold(svg, y(Number(data.th)), width);
    }
    element.replaceChildren(svg);
  };

  const grid = (svg, width, height) => {
    for (let at = 1; at < 6; at += 1) {
      svg.append(shape("path", { d: `M${((at * width) / 6).toFixed(1)} 1V${height - 1}` }, "stroke:var(--fl-grat)"));
    }
  };

  const threshold = (svg, y, width) => svg.append(
    shape("path", { d: `M0 ${y.toFixed(1)}H${width}`, "stroke-dasharray": "3 3", opacity: ".9" }, "stroke:var(--fl-bad-lamp)"),
  );

  const bars = (svg, values, high, width, height, style) => {
    const step = (width - 2) / values.length;
    const thick = Math.max(1, step - 1).toFixed(1);
    values.forEach((value, at) => {
      if (!value) return;
      const tall = Math.max(1.5, (Math.min(value, high) / high) * (height - 2));
      svg.append(shape("rect", { x: (1 + at * step).toFixed(1), y: (height - tall).toFixed(1), width: thick, height: tall.toFixed(1) }, style));
    });
  };

  const line = (svg, values, y, width, height, data) => {
    const x = (at) => PAD + (values.length > 1 ? (at * (width - 2 * PAD - 2)) / (values.length - 1) : width / 2);
    const colour = `var(--fl-${data.c})`;
    for (const run of runs(values)) {
      const points = run.map(([at, value]) => `${x(at).toFixed(1)} ${y(value).toFixed(1)}`);
      const path = `M${points.join("L")}`;
      if (data.kind === "area") {
        const foot = `L${x(run.at(-1)[0]).toFixed(1)} ${height}L${x(run[0][0]).toFixed(1)} ${height}Z`;
        svg.append(shape("path", { d: path + foot, opacity: ".14" }, `fill:${colour}`));
      }
      svg.append(shape("path", { d: path, fill: "none", "stroke-width": "1.5", "stroke-linejoin": "round", "stroke-linecap": "round" }, `stroke:${colour}`));
    }
    const end = values.length - (values.at(-1) === null ? 2 : 1); // a last step that has only begun has no number yet
    const last = values[end] ?? null;
    if (last !== null) svg.append(shape("circle", { cx: x(end).toFixed(1), cy: y(last).toFixed(1), r: "2.25" }, `fill:${colour}`));
  };

  /* Stretches of numbers without a gap, as [index, value]. */
  const runs = (values) => {
    const found = [];
    let run = null;
    values.forEach((value, at) => {
      if (value === null) run = null;
      else if (run) run.push([at, value]);
      else found.push(run = [[at, value]]);
    });
    return found;
  };

  const pending = new Set();
  const flush = () => {
    const elements = [...pending].filter((element) => element.isConnected);
    pending.clear();
    const measured = elements.map(({ clientWidth, clientHeight }) => [clientWidth || 72, clientHeight || 18]);
    elements.forEach((element, at) => draw(element, ...measured[at])); // all are measured first: one layout, not one each
  };
  const want = (element) => {
    if (!pending.size) requestAnimationFrame(flush);
    pending.add(element);
    sizes.observe(element);
  };
  const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => {
    const svg = target.firstElementChild;
    const drawn = svg && svg.getAttribute("viewBox");
    if (target.clientWidth && drawn !== `0 0 ${target.clientWidth} ${target.clientHeight}`) draw(target);
  }));

  new MutationObserver((changes) => changes.forEach(({ type, target, addedNodes }) => {
    if (type === "attributes") {
      if (target.dataset.y !== undefined) want(target);
      return;
    }
    addedNodes.forEach((node) => {
      if (node.nodeType !== Node.ELEMENT_NODE) return;
      if (node.dataset.y !== undefined) want(node);
      node.querySelectorAll("[data-y]").forEach(want);
    });
  })).observe(document, {
    subtree: true, childList: true, attributes: true,
    attributeFilter: ["data-y", "data-c", "data-kind", "data-min", "data-max", "data-th"],
  });
})();
