/* Alerts: presses become wishes with the form around them, typing becomes a draft. dashboard/components/alert_forms.py */
(() => {
  "use strict";
  const fg = window.flowglass;
  const ids = fg.ids.Alerts;
  const TYPING_MS = 180; // of quiet before the server is asked
  const SURE_MS = 4000; // how long a second press may take
  const state = { draft: null, timer: null };

  const root = () => document.getElementById(ids.ROOT);
  const formOf = (part) => part.closest("form[data-form]");

  /* Every named field; checkboxes of one name are a list. */
  const valuesOf = (form) => {
    const values = {};
    form.querySelectorAll("[name]").forEach((field) => {
      if (field.type !== "checkbox") values[field.name] = field.value;
      else values[field.name] = [...(values[field.name] || []), ...(field.checked ? [field.value] : [])];
    });
    return values;
  };

  /* What was typed into a slot that another kind of rule does not have is kept until the form is left. Of a
     form that is being written only the field just changed counts: the server's answer to what was written
     before may have drawn the others anew in the meantime. */
  const hasDraft = (form) => state.draft && state.draft.for === form.dataset.for;
  const drafted = (form, changed) => {
    const same = hasDraft(form);
    const values = valuesOf(form);
    const news = same && changed ? { [changed]: values[changed] } : values;
    state.draft = { for: form.dataset.for, values: { ...(same ? state.draft.values : {}), ...news } };
    return state.draft;
  };
  const store = () => {
    clearTimeout(state.timer);
    if (state.draft) fg.store(ids.DRAFT, { ...state.draft });
  };
  const send = (form) => {
    drafted(form);
    store();
  };
  const forget = () => {
    clearTimeout(state.timer);
    state.draft = null;
    fg.store(ids.DRAFT, null);
  };

  /* A second press within a few seconds means it. */
  const isSure = (button) => {
    if (!button.dataset.ask || button.classList.contains("sure")) return true;
    button.classList.add("sure");
    fg.toast(`${button.dataset.ask} Press again to do it.`, "bad", SURE_MS);
    setTimeout(() => button.classList.remove("sure"), SURE_MS);
    return false;
  };

  const press = (button) => {
    if (!isSure(button)) return;
    const form = formOf(button);
    const data = { ...button.dataset };
    const more = form ? { form: form.dataset.form, values: valuesOf(form) } : {};
    if (form && form.dataset.form === "rule") Object.assign(more, drafted(form));
    else if (data.act === "overwrite" && state.draft) Object.assign(more, state.draft, { form: "rule" });
    const place = button.closest(`#${ids.BUILD}`) ? "rule" : "list";
    const rule = data.rule || (form && form.dataset.rule) || "";
    fg.store(ids.ACT, { ...data, ...more, place, rule, _: Date.now() });
  };

  document.addEventListener("click", (event) => {
    document.querySelectorAll(".slot-pop[open]").forEach((one) => { if (!one.contains(event.target)) one.open = false; });
    if (!root()) return;
    const button = event.target.closest("[data-act]");
    if (button && root().contains(button)) press(button);
    const fill = event.target.closest("[data-fill]");
    if (fill && root().contains(fill)) filled(fill.dataset.fill, fill.dataset.value);
    if (event.target.closest("[data-forget]")) forget();
  });
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.form) event.preventDefault(); /* Enter presses the primary button by itself */
  });
  /* The first letter is told at once: until the server knows of a draft, a rule that somebody else has changed
     opens a new form in place of this one. */
  const typed = (form, field) => {
    clearTimeout(state.timer);
    const goesOn = hasDraft(form);
    drafted(form, field.name);
    if (goesOn) state.timer = setTimeout(store, TYPING_MS);
    else store();
  };
  document.addEventListener("input", (event) => {
    const slider = event.target.closest("[data-slider]");
    if (slider) { slid(slider); return; }
    const form = formOf(event.target);
    if (!form) return;
    if (form.dataset.form === "rule") typed(form, event.target);
    else if (form.dataset.form === "channel" && event.target.name === "kind") fg.navigate({ channel: event.target.value });
  });

  /* A suggestion goes into the sentence: its threshold, without others that were written for another one. */
  const filled = (field, value) => {
    const form = document.querySelector(`#${ids.RULE} form[data-form=rule]`);
    if (!form) return;
    const others = field === "warning" ? { critical: "", recovery: "" } : {};
    Object.entries({ ...others, [field]: value }).forEach(([name, text]) => {
      const input = form.querySelector(`[name="${name}"]`);
      if (input) input.value = text;
    });
    const slider = document.querySelector(`[data-slider="${field}"]`);
    if (slider) slider.value = value;
    send(form);
    form.querySelector(`[name="${field}"]`)?.focus();
  };

  /* The slider moves line and number at once; bands and words follow with the server's answer. */
  const slid = (slider) => {
    const { slider: field, unit } = slider.dataset;
    const input = document.querySelector(`#${ids.RULE} [name="${field}"]`);
    if (!input) return;
    input.value = slider.value;
    document.getElementById("alerts-slid").textContent = `${Number(slider.value).toLocaleString("en")} ${unit}`.trim();
    moveLine(field, Number(slider.value));
    if (!state.waiting) {
      state.waiting = true;
      setTimeout(() => { state.waiting = false; send(formOf(input)); }, 60);
    }
  };
  const moveLine = (field, value) => {
    const chart = document.querySelector(`#${ids.CHART} .js-plotly-plot`);
    if (!chart || !window.Plotly || !chart.layout) return;
    const names = field === "critical" ? ["critical", "fires"] : field === "repeats" ? ["fires"] : ["warning", "fires"];
    const change = {};
    const find = (list) => (list || []).findIndex((one) => names.includes(one.name));
    const [shape, note] = [find(chart.layout.shapes), find(chart.layout.annotations)];
    if (shape >= 0) Object.assign(change, { [`shapes[${shape}].y0`]: value, [`shapes[${shape}].y1`]: value });
    if (note >= 0) {
      const { name } = chart.layout.annotations[note];
      const { unit } = (chart.layout.meta || {});
      Object.assign(change, { [`annotations[${note}].y`]: value, [`annotations[${note}].text`]: `${name} ${value.toLocaleString("en")} ${unit || ""}`.trim() });
    }
    window.Plotly.relayout(chart, change);
  };
  /* A slider follows the number that is typed into the sentence. */
  document.addEventListener("change", (event) => {
    const slider = document.querySelector(`[data-slider="${CSS.escape(event.target.name || "")}"]`);
    const form = formOf(event.target);
    if (slider && form) slider.value = event.target.value;
    if (form && form.dataset.form === "rule" && event.target.tagName === "SELECT") typed(form, event.target); /* some tools say no more than this */
  });

  /* What was taken over leaves the form: a silence is made once, a secret stands nowhere. */
  const sentForms = (act) => {
    if (act === "silence") document.querySelectorAll("form[data-form=silence]").forEach((form) => form.reset());
    document.querySelectorAll("form[data-form=channel] [type=password]").forEach((field) => { field.value = ""; });
  };

  /* n a new rule; a, s, e what the head of the open rule offers. */
  const GO_MS = 1500; // as keys.js
  let goUntil = 0;
  const COMMANDS = { a: "[data-act=acknowledge]", s: "[data-act=snooze]", e: ".btn-x[href*='edit=1']" };
  document.addEventListener("keydown", (event) => {
    const going = performance.now() < goUntil; /* the letter after g names a tab */
    goUntil = event.key === "g" ? performance.now() + GO_MS : 0;
    if (!root() || going || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || fg.typing(event.target, event.key)) return;
    if (document.querySelector("dialog[open]") || fg.menuIsOpen()) return;
    if (event.key === "Escape") document.querySelectorAll(".slot-pop[open]").forEach((one) => { one.open = false; });
    if (event.key === "n") fg.navigate({ new: "errors", rule: "", edit: "", key: "" });
    else if (COMMANDS[event.key]) {
      const target = document.querySelector(`#${ids.RULE_HEAD} ${COMMANDS[event.key]}`);
      if (!target) return;
      target.click();
    } else return;
    event.preventDefault();
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    alerts: {
      done(done) {
        if (done && done.forget) forget();
        if (done && done.ok) sentForms(done.act);
        if (done && done.toast && done.said) fg.toast(done.said, done.ok ? "" : "bad");
      },
    },
  });
})();
