/* The filter text: its colours, its errors, and when it becomes the URL. The server reads it; this file only paints. */
(() => {
  "use strict";
  const fg = window.flowglass;
  const ids = fg.ids.Traces;
  const { traces } = fg;
  const CHECK_AFTER = 150; // ms after the last key until the text is checked
  const SEARCH_AFTER = 300; // ms after the last key until a process search runs
  const SEVERAL = "*"; // the group that stands for more than one
  const TOKEN = /("(?:\\.|[^"\\])*"?)|([A-Za-z_][\w./@$-]*(?:"(?:\\.|[^"\\])*")?)(:(?:>=|<=|=|>|<)?)|([-~])(?=[^\s-])|(\b(?:OR|AND|NOT)\b|[()])|([^\s()]+)/g;

  const box = () => document.getElementById(ids.TEXT);
  const state = { shown: "", problem: null, timer: 0, wanted: false };

  /* ---- colours ---- */
  /* One class per character: fields accent, negated ones red, signs grey; what is wrong is underlined. */
  const classesOf = (text, problem) => {
    const found = new Array(text.length).fill("");
    const fill = (start, end, name) => { for (let at = start; at < end; at += 1) found[at] = `${found[at]} ${name}`.trim(); };
    let negated = false;
    for (const match of text.matchAll(TOKEN)) {
      const [whole, , field, sign, minus, word] = match;
      const at = match.index;
      if (minus) fill(at, at + 1, minus === "-" ? "q-n" : "q-o");
      else if (field) {
        fill(at, at + field.length, negated ? "q-n" : "q-f");
        fill(at + field.length, at + field.length + sign.length, "q-o");
      } else if (word) fill(at, at + whole.length, "q-o");
      negated = minus === "-";
    }
    if (problem) {
      const end = Math.min(text.length, Math.max(problem.end, problem.start + 1));
      fill(Math.min(problem.start, Math.max(0, end - 1)), end, "q-err");
    }
    return found;
  };

  const paint = () => {
    const area = box();
    const layer = document.getElementById(ids.PAINT);
    if (!area || !layer) return;
    const text = area.value;
    const names = classesOf(text, state.problem);
    const parts = [];
    for (let start = 0; start < text.length;) {
      let end = start + 1;
      while (end < text.length && names[end] === names[start]) end += 1;
      parts.push(Object.assign(document.createElement("span"), { className: names[start], textContent: text.slice(start, end) }));
      start = end;
    }
    layer.replaceChildren(...parts);
    document.getElementById(ids.BOX).classList.toggle("has-text", text !== "");
  };

  /* ---- errors ---- */
  const explain = () => {
    const line = document.getElementById(ids.WHY_NOT);
    const { problem } = state;
    line.hidden = !problem;
    document.getElementById(ids.BOX).classList.toggle("bad", Boolean(problem));
    box().setAttribute("aria-invalid", String(Boolean(problem)));
    if (!problem) return line.replaceChildren();
    const parts = [`${problem.message[0].toUpperCase()}${problem.message.slice(1)}.`];
    if (problem.suggestion) {
      const use = Object.assign(document.createElement("button"), { type: "button", className: "btn-x sm", textContent: `Use ${problem.suggestion}` });
      use.dataset.suggest = problem.suggestion;
      parts.push(use);
    }
    return line.replaceChildren(...parts);
  };

  const judge = (problem) => {
    state.problem = problem || null;
    paint();
    explain();
  };

  const suggest = (text) => {
    const { problem } = state;
    const area = box();
    if (!problem) return;
    put(area.value.slice(0, problem.start) + text + area.value.slice(problem.end));
    area.focus();
  };

  /* ---- from text to URL ---- */
  const check = () => {
    clearTimeout(state.timer);
    fg.store(ids.CHECK, { text: box().value, _: performance.now() });
  };
  const typed = () => {
    state.wanted = false;
    state.problem = null;
    paint();
    clearTimeout(state.timer);
    state.timer = setTimeout(check, CHECK_AFTER);
  };
  const put = (text) => {
    box().value = text;
    typed();
  };
  const submit = () => {
    state.wanted = true;
    check();
  };
  const apply = (text) => {
    state.wanted = false;
    state.shown = text;
    fg.navigate({ q: text });
  };
  const revert = () => {
    box().value = state.shown;
    judge(null);
  };

  /* What is wrong at the caret is not said while a proposal may still mend it. */
  const isBeingWritten = (problem) => Boolean(problem) && traces.complete.isOpen() && problem.end >= box().selectionStart;
  const calm = () => isBeingWritten(state.problem) && judge(null);

  const checked = (answer) => {
    const area = box();
    if (!area || answer.text !== area.value) return;
    judge(state.wanted || !isBeingWritten(answer.problem) ? answer.problem : null);
    if (state.wanted && !answer.problem) apply(answer.text);
    state.wanted = false;
  };

  /* The URL has changed: show its text, unless the person is in the middle of writing another. */
  const sync = (text, problem) => {
    const area = box();
    const writing = document.activeElement === area && area.value !== state.shown && area.value !== text;
    state.shown = text;
    if (writing || (area.value === text && !problem && !state.problem)) return;
    area.value = text;
    judge(problem);
  };

  /* ---- what is done with keys and mouse ---- */
  const isText = (target) => target.id === ids.TEXT;
  document.addEventListener("input", (event) => {
    if (isText(event.target)) {
      if (event.target.value.includes("\n")) event.target.value = event.target.value.replace(/\s*\n\s*/g, " ");
      typed();
    } else if (event.target.id === ids.PROCESS) search(event.target.value);
    else if (event.target.closest(".facet-search")) sift(event.target);
  });
  /* Asked for it at any other time, the browser lays out at once, which takes 30 ms after rows have come. */
  document.addEventListener("scroll", ({ target }) => {
    if (target.id === ids.TEXT) document.getElementById(ids.PAINT).style.transform = `translateX(${-target.scrollLeft}px)`;
  }, true);
  document.addEventListener("keydown", (event) => {
    if (!isText(event.target) || event.defaultPrevented) return;
    if (event.key === "Enter") {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape") {
      revert();
      event.target.blur();
    }
  });

  /* In a long facet: only the values that hold the text. */
  const sift = (input) => {
    const wanted = input.value.trim().toLowerCase();
    input.closest("details").querySelectorAll(".fv").forEach((line) => { line.hidden = !line.querySelector(".pick").title.toLowerCase().includes(wanted); });
  };
  const showFacets = (on) => document.getElementById(ids.FACET_PANEL).classList.toggle("open", on);

  let searching = 0;
  const search = (value) => {
    clearTimeout(searching);
    searching = setTimeout(() => traces.edit({ do: "process", value: value.trim() }), SEARCH_AFTER);
  };

  document.addEventListener("change", (event) => {
    if (event.target.id === ids.GROUP && event.target.value !== SEVERAL) traces.edit({ do: "group", value: event.target.value });
  });

  document.addEventListener("click", (event) => {
    const item = event.target.closest(`#${ids.ROOT} button`);
    if (!item) return null;
    const { edit, part, suggest: word, facets, noise } = item.dataset;
    if (noise !== undefined) return fg.navigate({ noise });
    if (facets) return showFacets(facets === "open");
    if (word) suggest(word);
    else if (edit === "clear" || item.id === ids.CLEAR) clear();
    else if (edit) traces.edit({ ...item.dataset, do: edit, part });
    else if (item.id === ids.ERRORS) traces.edit({ do: "errors" });
    return null;
  });
  const clear = () => {
    box().value = "";
    judge(null);
    apply("");
  };

  /* ---- the other controls show what the filter says ---- */
  const controls = ({ q, problem, groups, group, several, process, errors }) => {
    sync(q, problem);
    const choice = document.getElementById(ids.GROUP);
    const offered = [["", "All groups"], ...(several ? [[SEVERAL, "Several groups"]] : []), ...groups.map((name) => [name, name])];
    if (offered.some(([value], at) => choice.options[at]?.value !== value) || choice.options.length !== offered.length) {
      choice.replaceChildren(...offered.map(([value, words]) => new Option(words, value)));
    }
    choice.value = several ? SEVERAL : group || "";
    choice.classList.toggle("on", choice.value !== "");
    const failed = document.getElementById(ids.ERRORS);
    failed.setAttribute("aria-pressed", String(Boolean(errors)));
    failed.classList.toggle("on", Boolean(errors));
    const input = document.getElementById(ids.PROCESS);
    if (document.activeElement !== input) fg.set(ids.PROCESS, { value: process || "" });
    input.closest("label").classList.toggle("on", Boolean(process));
  };

  traces.text = { checked, controls, put, check, calm, focus: () => box().focus() };
})();
