/* The palette: go anywhere, search everything. Places are matched here; from three characters the server is asked. */
(() => {
  "use strict";
  const { config, ids, navigate } = window.flowglass;
  const Shell = ids.Shell;
  const LEAST = 3;
  const LIMIT = 10;
  const WAIT = 200; // milliseconds without a key before the server is asked
  const RECENT = "fl-recent";
  const RECENTS = 6;
  const KIND_WORDS = { go: "Go to", recent: "Searched before", process: "Processes", value: "Values", exception: "Exceptions", trace: "Traces" };
  const ICONS = { go: "arrow-right", recent: "clock-history", process: "code-slash", value: "braces", exception: "exclamation-octagon", trace: "list-nested" };

  /* dcc.Input takes no such attributes: the field is named and bound to its list when the palette opens. */
  const COMBOBOX = { role: "combobox", "aria-label": "Search everything", "aria-controls": Shell.PALETTE_LIST, "aria-expanded": "true", "aria-autocomplete": "list" };

  const state = { kind: "", within: false, asked: null, timer: null, found: null, status: "" };
  const part = (id) => document.getElementById(id);
  const text = () => part(Shell.PALETTE_TEXT).value.trim();

  /* ---- what was searched before ---- */
  const recent = () => {
    try { return JSON.parse(localStorage.getItem(RECENT)) || []; } catch { return []; }
  };
  const remember = (query) => {
    try {
      localStorage.setItem(RECENT, JSON.stringify([query, ...recent().filter((old) => old !== query)].slice(0, RECENTS)));
    } catch { /* private window: nothing is remembered */ }
  };

  /* ---- entries: { kind, title, detail, act } ---- */
  const places = () => [
    ...config.tabs.map((tab) => ({ kind: "go", title: tab.title, detail: `g ${tab.letter}`, act: () => navigate({ tab: tab.key }) })),
    { kind: "go", title: "Incident view", detail: "Overview", tab: "overview", act: () => navigate({ tab: "overview", view: "incident" }) },
    { kind: "go", title: "Errors only", detail: "Trace Explorer", tab: "traces", act: () => navigate({ tab: "traces", q: "status:error" }) },
    { kind: "go", title: "Keys", detail: "?", act: () => window.flowglass.openDialog(Shell.KEYS) },
    ...["dark", "light", "system"].map((theme) => ({ kind: "go", title: `Theme: ${theme}`, detail: "", act: () => window.flowglass.setTheme(theme) })),
  ].filter((place) => !place.tab || config.tabs.some((tab) => tab.key === place.tab));

  const found = (result) => ({
    kind: result.kind,
    title: result.title,
    detail: result.detail || "",
    act: () => {
      remember(text());
      navigate(result.to);
    },
  });

  const entries = () => {
    const query = text().toLowerCase();
    const going = state.kind ? [] : places().filter((place) => place.title.toLowerCase().includes(query));
    if (!query) {
      const again = recent().map((old) => ({ kind: "recent", title: old, detail: "", stay: true, act: () => write(old) }));
      return [...again, ...going];
    }
    return [...(state.found || []).map(found), ...going];
  };

  /* ---- drawing ---- */
  const element = (name, className, content) => {
    const made = Object.assign(document.createElement(name), { className });
    if (content !== undefined) made.textContent = content;
    return made;
  };

  /* The title with what was typed marked; both are plain text. */
  const highlighted = (title, query) => {
    const made = element("span", "pal-title");
    const at = query ? title.toLowerCase().indexOf(query.toLowerCase()) : -1;
    if (at < 0) made.textContent = title;
    else made.append(title.slice(0, at), element("mark", "", title.slice(at, at + query.length)), title.slice(at + query.length));
    return made;
  };

  const row = (entry, query, at) => {
    const made = element("button", "pal-row");
    made.type = "button";
    made.id = `pal-${at}`;
    made.setAttribute("role", "option");
    made.append(element("i", `bi bi-${ICONS[entry.kind] || "dot"}`), highlighted(entry.title, query), element("span", "pal-detail", entry.detail));
    made.addEventListener("click", () => choose(entry));
    return made;
  };

  const group = (kind) => {
    const made = element("div", "pal-group");
    const title = element("div", "pal-head", KIND_WORDS[kind]);
    title.setAttribute("role", "presentation");
    made.setAttribute("role", "group");
    made.setAttribute("aria-label", KIND_WORDS[kind]);
    made.append(title);
    return made;
  };

  const draw = () => {
    const list = part(Shell.PALETTE_LIST);
    const query = text();
    const shown = entries();
    const groups = [];
    let kind = null;
    shown.forEach((entry, at) => {
      if (entry.kind !== kind) groups.push(group(entry.kind));
      kind = entry.kind;
      groups.at(-1).append(row(entry, query, at));
    });
    list.replaceChildren(...groups);
    part(Shell.PALETTE_STATUS).textContent = state.status;
    select(0);
    document.querySelectorAll("[data-kind]").forEach((button) => press(button, button.dataset.kind === state.kind));
    press(document.querySelector("[data-within]"), state.within);
    part(Shell.PALETTE).querySelector(".pal-scope").textContent = `Values and traces of ${state.within ? "the range on the page" : "the last 24 h"}`;
    part(Shell.PALETTE_CLEAR).hidden = !query;
  };

  const press = (button, on) => {
    button.classList.toggle("on", on);
    button.setAttribute("aria-pressed", String(on));
  };

  const options = () => [...part(Shell.PALETTE_LIST).querySelectorAll(".pal-row")];
  const selected = () => options().findIndex((option) => option.getAttribute("aria-selected") === "true");
  const select = (at) => {
    const all = options();
    all.forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
    if (all[at]) all[at].scrollIntoView({ block: "nearest" });
    part(Shell.PALETTE_TEXT).setAttribute("aria-activedescendant", all[at] ? all[at].id : "");
  };

  const choose = (entry) => {
    if (!entry.stay) part(Shell.PALETTE).close();
    entry.act();
  };

  /* ---- asking ---- */
  const ask = async () => {
    const query = text();
    clearTimeout(state.timer);
    if (state.asked) state.asked.abort();
    if (query.length < LEAST) {
      Object.assign(state, { found: null, status: "" });
      draw();
      return;
    }
    const asked = new AbortController();
    Object.assign(state, { asked, status: "Searching…" });
    draw();
    const range = state.within ? window.flowglass.rangeMs() : null;
    const params = new URLSearchParams({ q: query, limit: LIMIT });
    if (state.kind) params.set("kind", state.kind);
    if (range) {
      params.set("from", new Date(range[0]).toISOString());
      params.set("to", new Date(range[1]).toISOString());
    }
    try {
      const answer = await fetch(`/api/v1/search?${params}`, { signal: asked.signal });
      const body = await answer.json();
      if (!answer.ok) throw new Error(body.detail || body.title || `it answered ${answer.status}`);
      Object.assign(state, { found: body.results, status: body.results.length ? "" : "No results" });
    } catch (error) {
      if (error.name === "AbortError") return;
      Object.assign(state, { found: null, status: `The search failed: ${error.message}` });
    }
    draw();
  };

  const soon = () => {
    clearTimeout(state.timer);
    state.timer = setTimeout(ask, WAIT);
    if (text().length < LEAST) Object.assign(state, { found: null, status: "" });
    draw();
  };

  /* As if it had been typed: React would overwrite a value that is only set. */
  const write = (query) => {
    const field = part(Shell.PALETTE_TEXT);
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, query);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    ask();
    field.focus();
  };

  window.flowglass.openPalette = () => {
    const dialog = part(Shell.PALETTE);
    if (!dialog.open) dialog.showModal();
    const field = part(Shell.PALETTE_TEXT);
    Object.entries(COMBOBOX).forEach(([name, value]) => field.setAttribute(name, value));
    field.focus();
    field.select();
    draw();
  };

  /* ---- events ---- */
  document.addEventListener("input", (event) => { if (event.target.id === Shell.PALETTE_TEXT) soon(); });
  document.addEventListener("keydown", (event) => {
    const dialog = part(Shell.PALETTE);
    if (!dialog || !dialog.open) return;
    const all = options();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      select((selected() + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length);
      event.preventDefault();
    } else if (event.key === "Enter" && event.target.id === Shell.PALETTE_TEXT && all[selected()]) {
      all[selected()].click();
      event.preventDefault();
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest(`#${Shell.SEARCH}, [data-search]`)) window.flowglass.openPalette();
    if (event.target.closest(`#${Shell.PALETTE_CLEAR}`)) write("");
    const kind = event.target.closest("[data-kind]");
    const within = event.target.closest("[data-within]");
    if (kind) state.kind = kind.dataset.kind;
    if (within) state.within = !state.within;
    if (kind || within) { ask(); draw(); }
  });
})();
