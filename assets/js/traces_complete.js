/* Proposals below the filter text: names and values that may stand at the caret. The server knows them. */
(() => {
  "use strict";
  const fg = window.flowglass;
  const ids = fg.ids.Traces;
  const { traces } = fg;
  const ASK_AFTER = 60; // ms after the last key until the server is asked
  const MOVES = ["ArrowLeft", "ArrowRight", "Home", "End"];
  const state = { timer: 0, answer: null, at: -1, taken: null };

  const box = () => document.getElementById(ids.TEXT);
  const list = () => document.getElementById(ids.PROPOSALS);
  const isOpen = () => list() !== null && !list().hidden;

  const close = () => {
    clearTimeout(state.timer);
    Object.assign(state, { answer: null, at: -1 });
    if (!list()) return;
    list().hidden = true;
    box().setAttribute("aria-expanded", "false");
    box().removeAttribute("aria-activedescendant");
  };

  const ask = (after = ASK_AFTER) => {
    clearTimeout(state.timer);
    state.timer = setTimeout(() => {
      const area = box();
      if (!area || document.activeElement !== area || area.selectionStart !== area.selectionEnd) return;
      fg.store(ids.COMPLETE, { text: area.value, at: area.selectionStart, _: performance.now() });
    }, after);
  };

  const made = (name, className, text) => Object.assign(document.createElement(name), { className, textContent: text });

  const line = (item, number) => {
    const row = made("div", "pr-i", "");
    row.id = `${ids.PROPOSALS}-${number}`;
    row.setAttribute("role", "option");
    row.dataset.number = number;
    row.append(made("span", `mono clip${item.more ? " pr-f" : ""}`, item.shown), made("span", "pr-d clip", item.detail));
    return row;
  };

  /* The list stands under the place it is about. */
  const place = () => {
    const area = box();
    const letter = document.createElement("canvas").getContext("2d");
    letter.font = getComputedStyle(area).font;
    const left = area.getBoundingClientRect().left + letter.measureText(area.value.slice(0, state.answer.start)).width - area.scrollLeft;
    const bar = list().parentElement.getBoundingClientRect();
    list().style.left = `${Math.max(0, Math.min(left - bar.left - 8, bar.width - list().offsetWidth))}px`;
  };

  const choose = (number) => {
    const rows = [...list().children];
    state.at = (number + rows.length) % rows.length;
    rows.forEach((row, at) => row.setAttribute("aria-selected", String(at === state.at)));
    box().setAttribute("aria-activedescendant", rows[state.at].id);
    rows[state.at].scrollIntoView({ block: "nearest" });
  };

  const proposed = (answer) => {
    const area = box();
    if (!area || document.activeElement !== area || answer.text !== area.value || answer.at !== area.selectionStart) return;
    const typed = answer.text.slice(answer.start, answer.at);
    const items = answer.items.filter((item) => item.text !== answer.text.slice(answer.start, answer.end));
    if (!items.length || state.taken === answer.text) {
      close();
      return;
    }
    Object.assign(state, { answer: { ...answer, items, typed }, at: -1 });
    list().replaceChildren(...items.map(line));
    list().hidden = false;
    list().scrollTop = 0;
    area.setAttribute("aria-expanded", "true");
    area.removeAttribute("aria-activedescendant");
    place();
    traces.text.calm();
  };

  /* Put a proposal in; a name waits for its value, a value for the next clause. */
  const take = (number) => {
    const { answer } = state;
    const item = answer.items[number];
    const rest = answer.text.slice(answer.end);
    const gap = item.more || item.text.endsWith(":") || /^[\s):]/.test(rest) ? "" : " ";
    const area = box();
    const caret = answer.start + item.text.length + gap.length;
    close();
    traces.text.put(answer.text.slice(0, answer.start) + item.text + gap + rest);
    area.focus();
    area.setSelectionRange(caret, caret);
    state.taken = item.more ? null : area.value;
    if (item.more) ask(0);
  };

  document.addEventListener("input", (event) => {
    if (event.target.id !== ids.TEXT) return;
    state.taken = null;
    ask();
  });
  document.addEventListener("focusin", (event) => event.target.id === ids.TEXT && event.target.value === "" && ask());
  document.addEventListener("focusout", (event) => event.target.id === ids.TEXT && close());
  document.addEventListener("keyup", (event) => event.target.id === ids.TEXT && MOVES.includes(event.key) && isOpen() && ask());

  const KEYS = {
    ArrowDown: () => choose(state.at + 1),
    ArrowUp: () => choose(state.at < 0 ? -1 : state.at - 1),
    Escape: () => {
      close();
      traces.text.check();
    },
    Tab: () => take(Math.max(0, state.at)),
    Enter: () => take(state.at),
  };
  /* Before the keys of the text itself: those of the list, while it is open. */
  document.addEventListener("keydown", (event) => {
    if (event.target.id !== ids.TEXT) return;
    const asked = event.key === " " && event.ctrlKey;
    if (asked || (event.key === "ArrowDown" && !isOpen())) {
      event.preventDefault();
      state.taken = null;
      ask(0);
      return;
    }
    if (!isOpen() || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || !KEYS[event.key]) return;
    if (event.key === "Tab" && state.at < 0 && !state.answer.typed) return close(); // nothing was begun: leave the box
    if (event.key === "Enter" && state.at < 0) return close(); // search what is written
    event.preventDefault();
    event.stopImmediatePropagation();
    KEYS[event.key]();
  }, true);

  document.addEventListener("pointerdown", (event) => {
    const row = event.target.closest(`#${ids.PROPOSALS} .pr-i`);
    if (!row && event.target.id === ids.PROPOSALS) event.preventDefault(); // its scroll bar
    if (!row) return;
    event.preventDefault(); // the text keeps the focus
    take(Number(row.dataset.number));
  });

  traces.complete = { proposed, close, isOpen };
})();
