/* The menu of a cell: filter by it, leave it out, copy it, open it as a series. */
(() => {
  "use strict";
  const fg = window.flowglass;
  const ids = fg.ids.Traces;
  const { traces } = fg;
  const state = { menu: null, back: null };

  /* What a filter calls a cell, and the value it would compare with. */
  const subject = (column, row) => {
    const known = {
      process: ["process", row.process], data: ["data", row.data], type: ["type", row.type], status: ["status", row.status.toLowerCase()],
      exception: ["exception", row.exception], group: ["group", row.group], scope: ["scope", row.scope], kind: ["kind", row.kind],
      version: ["version", row.version], value: row.data ? [`data.${row.data}`, row.raw] : null,
    };
    if (column in known) return known[column];
    return row.extra && row.extra[column] !== undefined ? [column, row.extra[column].replace(/^'|'$/g, "")] : null;
  };

  const textOf = (column, row) => (column in row ? row[column] : (row.extra || {})[column]) || "";

  const item = (words, icon, act, key = "") => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "mi" });
    made.setAttribute("role", "menuitem");
    const sign = Object.assign(document.createElement("i"), { className: `bi bi-${icon}` });
    sign.setAttribute("aria-hidden", "true");
    made.append(sign, Object.assign(document.createElement("span"), { className: "clip", textContent: words }));
    if (key) made.append(Object.assign(document.createElement("kbd"), { textContent: key }));
    made.addEventListener("click", () => {
      close(false);
      act();
    });
    return made;
  };

  /* All of what a cell shows: its row holds the first 400 characters of a value, the server has the rest. */
  const CLIPPED = 400;
  const isClipped = (text) => text.length >= CLIPPED && text.endsWith("…");
  const moment = (ns) => {
    const second = new Date(Number(BigInt(ns) / 1000000n)).toISOString().slice(0, 19);
    return `${second}.${String(BigInt(ns) % 1000000000n).padStart(9, "0")}Z`;
  };
  const whole = async (column, row) => {
    if (column === "time") return moment(row.ts);
    const text = column === "value" ? row.raw : textOf(column, row);
    const field = { value: "data_value", message: "exception_message" }[column];
    if (!field || !isClipped(text)) return text;
    const query = { q: `trace:${row.trace} span:${row.span}`, from: row.ts, to: String(BigInt(row.ts) + 1n) };
    const answer = await fetch(`/api/v1/traces?${new URLSearchParams(query)}`);
    const [found] = answer.ok ? (await answer.json()).rows : [];
    return found ? String(found[field]) : text;
  };
  const copy = (column, row) => whole(column, row).then(fg.copyText).then(() => fg.toast("Copied"));

  const short = (text) => (text.length > 40 ? `${text.slice(0, 39)}…` : text);

  /* A rule to begin with, about what the cell holds (dashboard/alert_place.py reads it). */
  const alertsOn = fg.config.tabs.some((tab) => tab.key === "alerts");
  const quoted = (text) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  const alertAbout = (column, row) => {
    const q = `process:=${quoted(row.process)} group:=${quoted(row.group)}`;
    const kinds = { duration: "slow", status: "errors", exception: "exception", type: "type", data: "stale", value: "stale" };
    const wanted = kinds[column] || (row.status === "ERROR" ? "errors" : "slow");
    const data = ["stale", "type"].includes(wanted) && row.data ? row.data : "";
    return { tab: "alerts", new: ["stale", "type"].includes(wanted) && !data ? "slow" : wanted, q, data, name: row.process };
  };

  const items = (column, row) => {
    const found = [];
    const about = subject(column, row);
    if (about && about[1] !== "") {
      const [field, value] = about;
      found.push(item(`Only ${field} ${short(value)}`, "funnel", () => traces.edit({ do: "add", field, op: "equals", value })));
      found.push(item(`Not ${field} ${short(value)}`, "slash-circle", () => traces.edit({ do: "add", field, op: "equals", value, exclude: true })));
    }
    if (column === "time" || column === "duration") {
      const words = column === "time" ? ["From here on", "Up to here"] : ["At least this long", "Shorter than this"];
      const value = column === "time" ? row.ts : `${row.ns}ns`;
      found.push(item(words[0], "chevron-bar-right", () => traces.edit({ do: "add", field: column, op: ">=", value })));
      found.push(item(words[1], "chevron-bar-left", () => traces.edit({ do: "add", field: column, op: "<", value })));
    }
    if (column === "time") found.push(item("List from here", "skip-end", () => traces.time.jump(row.ts)));
    const text = textOf(column, row);
    if (text) found.push(item("Copy", "copy", () => copy(column, row)));
    if (row.data) found.push(item(`${row.data} over time`, "graph-up", () => traces.series.open(row), "v"));
    found.push(item("Only this trace", "diagram-3", () => traces.edit({ do: "only", field: "trace", op: "equals", value: row.trace })));
    if (alertsOn) found.push(item("Alert on this", "bell", () => fg.navigate(alertAbout(column, row))));
    found.push(item("Open its code", "code-slash", () => fg.navigate({ tab: "code", fn: row.fn }), "c"));
    return found;
  };

  const close = (focus) => {
    if (!state.menu) return;
    state.menu.remove();
    state.menu = null;
    if (focus && state.back) state.back.focus();
  };

  const open = (cell, row, x, y) => {
    close(false);
    const column = cell.dataset.col;
    if (row.more) return;
    const menu = Object.assign(document.createElement("div"), { className: "menu cell-menu" });
    menu.setAttribute("role", "menu");
    menu.setAttribute("aria-label", `${column} of ${row.process}`);
    const text = textOf(column, row);
    if (text.length > 24) {
      const all = Object.assign(document.createElement("div"), { className: "whole mono", textContent: text });
      menu.append(all);
      if (isClipped(text) || isClipped(row.raw || "")) whole(column, row).then((found) => { all.textContent = found; });
    }
    menu.append(...items(column, row));
    document.body.append(menu);
    menu.style.left = `${Math.max(4, Math.min(x, innerWidth - menu.offsetWidth - 8))}px`;
    menu.style.top = `${y + menu.offsetHeight > innerHeight - 8 ? Math.max(4, y - menu.offsetHeight) : y}px`;
    Object.assign(state, { menu, back: cell });
    menu.querySelector(".mi").focus();
  };

  const cellOf = (target) => target.closest && target.closest(`#${ids.GRID} .g-cell`);

  document.addEventListener("contextmenu", (event) => {
    const cell = cellOf(event.target);
    if (!cell) return;
    event.preventDefault();
    open(cell, traces.grid.rowOf(cell), event.clientX, event.clientY);
  });

  const atCell = (cell) => {
    const box = cell.getBoundingClientRect();
    open(cell, traces.grid.rowOf(cell), box.left, box.bottom);
  };

  document.addEventListener("keydown", (event) => {
    const cell = cellOf(event.target);
    if (cell && (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey) || event.key === "m")) {
      event.preventDefault();
      atCell(cell);
    } else if (state.menu && event.key === "Escape") {
      event.stopPropagation();
      close(true);
    } else if (state.menu && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const all = [...state.menu.querySelectorAll(".mi")];
      const next = all.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
      all[(next + all.length) % all.length].focus();
    }
  }, true);
  document.addEventListener("pointerdown", (event) => state.menu && !state.menu.contains(event.target) && close(false), true);
  addEventListener("resize", () => close(false));

  /* A button in the cell under the pointer opens the same menu. */
  const more = Object.assign(document.createElement("button"), { type: "button", className: "cell-more", tabIndex: -1, title: "Filter, copy, open  m" });
  more.innerHTML = '<i class="bi bi-three-dots" aria-hidden="true"></i>';
  more.setAttribute("aria-label", "Actions of this cell");
  more.addEventListener("click", (event) => {
    event.stopPropagation();
    const cell = more.closest(".g-cell");
    if (cell) atCell(cell);
  });
  document.addEventListener("mouseover", (event) => {
    const cell = cellOf(event.target);
    if (cell && more.parentElement !== cell && !cell.querySelector(".tw-b:hover") && cell.textContent.trim()) cell.append(more);
    else if (!cell && more.parentElement && !more.contains(event.target)) more.remove();
  });

  traces.menu = { atCell };
})();
