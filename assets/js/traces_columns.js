/* Columns beside the seven: which are on, and adding one by its name. */
(() => {
  "use strict";
  const fg = window.flowglass;
  const ids = fg.ids.Traces;
  const state = { on: [] };
  const FIELD = /^(return|(attr|data|resource)\..+)$/;

  const write = (names) => fg.navigate({ cols: names.join(",") });
  const toggle = (name) => write(state.on.includes(name) ? state.on.filter((each) => each !== name) : [...state.on, name]);
  const add = (name) => { if (!state.on.includes(name)) write([...state.on, name]); };

  /* The menu shows what the URL says. */
  const show = (text) => {
    state.on = (text || "").split(",").filter(Boolean);
    const menu = document.getElementById(ids.COLUMNS_MENU);
    if (!menu) return;
    const own = [...menu.querySelectorAll(".col-line:not([data-field-line])")];
    const known = own.map((line) => line.dataset.column);
    const made = state.on.filter((name) => !known.includes(name)).map((name) => {
      const line = own[0].cloneNode(true);
      line.dataset.column = name;
      line.dataset.fieldLine = "1";
      line.lastChild.textContent = name;
      line.classList.add("mono");
      return line;
    });
    document.getElementById(ids.FIELD_LIST).replaceChildren(...made);
    for (const line of [...own, ...made]) {
      const on = state.on.includes(line.dataset.column);
      line.classList.toggle("on", on);
      line.setAttribute("aria-checked", String(on));
      line.firstChild.innerHTML = on ? '<i class="bi bi-check-lg" aria-hidden="true"></i>' : "";
    }
  };

  document.addEventListener("click", (event) => {
    const line = event.target.closest("[data-column]");
    if (line) toggle(line.dataset.column);
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.id !== ids.FIELD || event.key !== "Enter") return;
    const name = event.target.value.trim();
    if (!FIELD.test(name)) {
      fg.toast("Name it attr.…, data.…, resource.… or return", "bad");
      return;
    }
    fg.set(ids.FIELD, { value: "" });
    add(name);
  });

  fg.traces.columns = { show, add };
})();
