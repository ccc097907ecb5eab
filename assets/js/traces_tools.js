/* Tools of the open trace: find in it, leave calls out, more room; and its raw span. */
(() => {
  "use strict";
  const fg = window.flowglass;
  const ids = fg.ids.Traces;
  const { traces } = fg;
  const view = () => traces.waterfall;
  const AFTER = 300; // ms after the last key until the trace is searched
  const PROCESSES = 40; // lines of the menu
  const state = { text: "", timer: 0, at: -1, raw: "", hidden: new Set() };

  /* ---- find: names at once, values and messages from the server ---- */
  const byName = (text) => {
    const lower = text.toLowerCase();
    const hits = (call) => call.process.toLowerCase().includes(lower) || call.exception.toLowerCase().includes(lower) || call.id === lower;
    return new Set(traces.outline.calls.filter(hits));
  };

  const show = (found, problem) => {
    view().find = found;
    document.getElementById(ids.FOUND).textContent = problem || (found ? `${found.size.toLocaleString("en")} found` : "");
    view().lay();
  };

  const find = (text) => {
    Object.assign(state, { text, at: -1 });
    clearTimeout(state.timer);
    show(text ? byName(text) : null);
    if (!text) return;
    const { trace, base } = traces.outline;
    state.timer = setTimeout(() => fg.store(ids.FIND_WISH, { trace, base, text, _: performance.now() }), AFTER);
  };

  const found = (answer) => {
    if (!answer.ids || answer.trace !== traces.outline.trace || answer.text !== state.text) return;
    const both = byName(state.text);
    for (const id of answer.ids) if (traces.outline.tree.known.has(id)) both.add(traces.outline.tree.known.get(id));
    show(both, both.size === 0 && answer.problem ? answer.problem : "");
  };

  const step = (by) => {
    const hits = view().rows.filter((row) => view().find && view().find.has(row.call));
    if (!hits.length) return;
    state.at = (state.at + by + hits.length) % hits.length;
    view().choose(hits[state.at]);
    document.getElementById(ids.FOUND).textContent = `${state.at + 1} of ${hits.length.toLocaleString("en")}`;
  };

  const onlyFound = (button) => {
    view().only = !view().only;
    button.setAttribute("aria-pressed", String(view().only));
    button.classList.toggle("on", view().only);
    view().lay();
  };

  /* ---- leave out ---- */
  const keyOf = { group: (call) => `group ${call.group}`, process: (call) => `process ${call.process}` };

  const apply = () => {
    const { hidden } = state;
    view().hidden = hidden.size ? (call) => hidden.has(keyOf.group(call)) || hidden.has(keyOf.process(call)) : () => false;
    const button = document.querySelector(`[data-menu="${ids.HIDE_MENU}"]`);
    button.classList.toggle("on", hidden.size > 0);
    button.firstElementChild.className = `bi bi-eye${hidden.size ? "-slash" : ""}`;
    view().lay();
  };

  const menu = () => {
    const list = document.getElementById(ids.HIDE_LIST);
    if (!list) return;
    const parts = [];
    for (const [kind, title] of [["group", "Group"], ["process", "Process"]]) {
      const counts = new Map();
      for (const call of traces.outline.calls) counts.set(call[kind], (counts.get(call[kind]) || 0) + 1);
      parts.push(Object.assign(document.createElement("h3"), { textContent: title }));
      const lines = [...counts].sort((one, other) => other[1] - one[1]).slice(0, PROCESSES);
      for (const [name, count] of lines) parts.push(line(`${kind} ${name}`, name, count));
    }
    list.replaceChildren(...parts);
  };

  const line = (key, name, count) => {
    const label = Object.assign(document.createElement("label"), { className: "hide-line" });
    const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: !state.hidden.has(key) });
    box.dataset.hideKey = key;
    const words = Object.assign(document.createElement("span"), { className: "mono clip", textContent: name });
    const number = Object.assign(document.createElement("span"), { className: "mut", textContent: count.toLocaleString("en") });
    label.append(box, words, number);
    return label;
  };

  /* ---- more room ---- */
  const wide = (on) => {
    document.getElementById(ids.ROOT).dataset.wide = on ? "1" : "";
    document.getElementById(ids.WIDE).setAttribute("aria-pressed", String(on));
    requestAnimationFrame(() => window.dispatchEvent(new Event("resize")));
  };
  const isWide = () => document.getElementById(ids.ROOT).dataset.wide === "1";

  /* ---- the raw span ---- */
  const raw = () => {
    const { trace, view: shown } = traces.outline;
    const wish = `${trace} ${view().pick}`;
    if (shown !== "raw" || !trace || wish === state.raw) return;
    state.raw = wish;
    fg.store(ids.RAW_WISH, { trace, span: view().pick });
  };

  /* ---- what is pressed and typed ---- */
  document.addEventListener("input", (event) => event.target.id === ids.FIND && find(event.target.value.trim()));
  document.addEventListener("keydown", (event) => {
    if (event.target.id !== ids.FIND) return;
    if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape") {
      fg.set(ids.FIND, { value: "" });
      find("");
      event.target.blur();
    }
  });
  document.addEventListener("change", (event) => {
    const key = event.target.dataset && event.target.dataset.hideKey;
    if (!key) return;
    if (event.target.checked) state.hidden.delete(key);
    else state.hidden.add(key);
    apply();
  });
  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest(selector);
    if (at(`#${ids.FIND_ONLY}`)) onlyFound(at(`#${ids.FIND_ONLY}`));
    else if (at(`#${ids.WIDE}`)) fg.navigate({ wide: isWide() ? "" : "1" });
    else if (at("[data-hide=none]")) {
      state.hidden.clear();
      apply();
      menu();
    }
  });

  /* Another trace begins with everything shown. */
  const fresh = () => {
    state.hidden.clear();
    state.text = "";
    fg.set(ids.FIND, { value: "" });
    document.getElementById(ids.FOUND).textContent = "";
    const only = document.getElementById(ids.FIND_ONLY);
    only.setAttribute("aria-pressed", "false");
    only.classList.remove("on");
    document.querySelector(`[data-menu="${ids.HIDE_MENU}"]`).classList.remove("on");
  };

  traces.outline.onChange((outline) => {
    if (state.trace !== outline.trace) {
      state.trace = outline.trace;
      fresh();
    }
    menu();
    raw();
  });
  traces.tools = { found, wide, raw };
})();
