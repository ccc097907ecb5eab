/* The minimap: the whole trace in 24 pixels, and the part of it that the waterfall shows. */
(() => {
  "use strict";
  const { traces } = window.flowglass;
  const view = traces.waterfall;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--fl-${name}`).trim();

  const MOST_DRAWN = 4000;
  const mini = () => view.part(".mini");

  const draw = () => {
    const box = mini();
    if (!box || !view.tree || !box.clientWidth) return;
    const canvas = box.querySelector("canvas");
    const [width, height, scale] = [box.clientWidth, box.clientHeight, window.devicePixelRatio || 1];
    Object.assign(canvas, { width: width * scale, height: height * scale });
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    const paints = { plain: colour("ramp-3"), bad: colour("bad-lamp"), stale: colour("stale-lamp") };
    const { calls, end } = view.tree;
    const gap = Math.min(2.5, (height - 4) / Math.max(1, calls.length));
    const every = Math.ceil(calls.length / MOST_DRAWN); // more than this lie on each other; errors are all drawn
    calls.forEach((call, at) => {
      if (at % every && !call.error) return;
      pen.globalAlpha = call.error && !call.origin ? 0.55 : 1;
      pen.fillStyle = call.error ? paints.bad : call.stale ? paints.stale : paints.plain;
      pen.fillRect((call.start / end) * width, 1 + at * gap, Math.max(1, ((call.end - call.start) / end) * width), Math.max(1, gap * 0.8));
    });
  };

  const frame = () => {
    const box = mini();
    if (!box || !view.tree) return;
    const { end } = view.tree;
    const style = box.querySelector(".win").style;
    style.left = `${(view.from / end) * 100}%`;
    style.width = `${((view.to - view.from) / end) * 100}%`;
    box.classList.toggle("whole", view.whole);
  };

  /* ---- a drag across the minimap or the axis is the new view ---- */
  let drag = null;
  const place = (event) => Math.max(0, Math.min(1, (event.clientX - drag.box.left) / drag.box.width));
  const ns = (share) => drag.from + share * (drag.to - drag.from);

  document.addEventListener("pointerdown", (event) => {
    const on = event.target.closest(".mini, .axis");
    if (!on || !view.tree || event.button !== 0) return;
    const whole = on.classList.contains("mini");
    drag = { box: on.getBoundingClientRect(), from: whole ? 0 : view.from, to: whole ? view.tree.end : view.to };
    drag.start = place(event);
    drag.mark = Object.assign(document.createElement("span"), { className: "drag" });
    on.append(drag.mark);
    event.preventDefault();
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const [low, high] = [drag.start, place(event)].sort((one, other) => one - other);
    drag.mark.style.cssText = `left:${low * 100}%;width:${(high - low) * 100}%`;
  });
  document.addEventListener("pointerup", (event) => {
    if (!drag) return;
    const [low, high] = [drag.start, place(event)].sort((one, other) => one - other);
    const [from, to] = [ns(low), ns(high)];
    drag.mark.remove();
    drag = null;
    if (high - low > 0.005) view.zoom(from, to);
  });
  document.addEventListener("dblclick", (event) => event.target.closest(".mini, .axis") && view.zoomAll());

  view.onChange.push(frame);
  traces.outline.onChange(draw);
  new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
  window.addEventListener("resize", draw);
})();
