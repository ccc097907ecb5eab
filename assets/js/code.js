/* Code Inspector: draws source as text, one element per line, and makes the function picker a combobox. */
(() => {
  "use strict";
  const fg = window.flowglass;
  const { ids } = fg;
  const Code = ids.Code;
  const HEAT_PX = 26; // width of a full bar of time

  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  /* ---- source ---- */
  const link = (href, text, className) => Object.assign(element("a", className, text), { href });

  /* A token, with the names it calls turned into links. */
  const token = ([look, text], calls) => {
    for (const [name, href] of look === "" ? calls : []) {
      const at = text.search(new RegExp(`(?<![\\w])${name.replace(/[^\w]/g, "\\$&")}\\s*\\(`));
      if (at < 0) continue;
      const parts = document.createDocumentFragment();
      parts.append(token(["", text.slice(0, at)], calls), link(href, name), token(["", text.slice(at + name.length)], calls));
      return parts;
    }
    return look === "" ? document.createTextNode(text) : element("span", look, text);
  };

  const mark = ([kind, text, more, icon, href, title]) => {
    const made = href ? link(href, "", `badge-x ${kind}`) : element("span", `badge-x ${kind}`);
    if (icon) made.append(Object.assign(element("i", `bi bi-${icon}`), { ariaHidden: "true" }));
    made.append(text);
    if (more) made.append(" ", element("span", "long", more));
    if (title) made.title = title;
    return made;
  };

  const heat = (share) => {
    const cell = element("span", "heat");
    if (share === undefined || share < 0.005) return cell;
    const bar = element("u");
    bar.style.width = `${Math.max(2, Math.round(share * HEAT_PX * 2.4))}px`;
    cell.append(bar, `${Math.round(share * 100)} %`);
    return cell;
  };

  const line = (data) => {
    const made = element("div", `ln ${data.c || ""}`.trim());
    const numbered = data.l === undefined;
    if (numbered) made.id = `L${data.n}`;
    const number = numbered ? link(`#L${data.n}`, String(data.n), "no") : element("span", "no", data.l);
    if (numbered) number.tabIndex = -1;
    const code = element("span", "cd");
    const indent = /^[ \t]*/.exec(data.t.map((part) => part[1]).join(""))[0].replace(/\t/g, "    ").length;
    code.style.setProperty("--in", `${indent + 2}ch`); /* wrapped lines hang below their own first word */
    code.append(...data.t.map((part) => token(part, data.a || [])));
    const marks = element("span", "mk");
    marks.append(...(data.m || []).map(mark));
    made.append(heat(data.h), number, code, marks);
    return made;
  };

  let drawn = { data: null, notes: {} };
  const overlay = (box, data, notes) => {
    data.lines.forEach((plain, at) => {
      const [before, now] = [drawn.notes[plain.n], notes[plain.n]];
      if (JSON.stringify(before) === JSON.stringify(now)) return;
      const both = { ...plain, ...now, c: [plain.c, now && now.c].filter(Boolean).join(" ") };
      box.children[at].replaceWith(line(both));
    });
    drawn.notes = notes;
  };

  /* The line that the address names, such as #L123. */
  const point = (scroll) => {
    const box = document.getElementById(Code.SOURCE);
    if (!box) return;
    box.querySelectorAll(".ln.at").forEach((old) => old.classList.remove("at"));
    const wanted = /^#L\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
    if (!wanted || !box.contains(wanted)) return;
    wanted.classList.add("at");
    if (scroll) box.scrollTop = wanted.offsetTop - box.offsetTop - box.clientHeight / 3;
  };
  window.addEventListener("hashchange", () => point(false));

  /* Links drawn here are followed as all others of the page. */
  document.addEventListener("click", (event) => {
    if (event.target.closest(`#${Code.SOURCE} a[href^="/"]`)) fg.follow(event);
  });

  /* ---- editor: which one is remembered here, the path is the program's own ---- */
  const EDITOR = "fl-editor";
  const DEFAULT_EDITOR = "vscode://file/{file}:{line}";
  const SAFE = /^(?!javascript:|data:|vbscript:|blob:|file:)[a-z][a-z0-9+.-]*:/i;
  const editor = (chosen) => {
    try {
      if (chosen && SAFE.test(chosen)) localStorage.setItem(EDITOR, chosen);
      return localStorage.getItem(EDITOR) || DEFAULT_EDITOR;
    } catch {
      return chosen || DEFAULT_EDITOR; /* private window: the choice lasts for this page */
    }
  };
  const address = ({ editorFile, editorLine }) => editor()
    .replaceAll("{file}", encodeURI(editorFile).replace(/[?#&]/g, encodeURIComponent))
    .replaceAll("{line}", editorLine);
  document.addEventListener("click", (event) => {
    const place = event.target.closest("[data-editor-file]");
    const choice = event.target.closest("[data-editor]");
    if (choice) editor(choice.dataset.editor);
    const wanted = place || (choice && document.querySelector("[data-editor-file]"));
    if (wanted) window.location.assign(address(wanted.dataset));
  });

  /* ---- picker ---- */
  const input = () => document.getElementById(Code.PICK);
  const list = () => document.getElementById(Code.CHOICES);
  const items = () => [...list().querySelectorAll(".pick-item")];
  let at = -1;

  const choose = (wanted) => {
    const found = items();
    at = found.length ? (wanted + found.length) % found.length : -1;
    found.forEach((item, index) => {
      item.classList.toggle("on", index === at);
      item.setAttribute("aria-selected", String(index === at));
      item.setAttribute("role", "option");
      item.id = `${Code.CHOICES}-${index}`;
    });
    if (at < 0) return input().removeAttribute("aria-activedescendant");
    input().setAttribute("aria-activedescendant", found[at].id);
    found[at].scrollIntoView({ block: "nearest" });
  };

  const open = (yes) => {
    if (!input()) return;
    const pop = input().closest(".pick-pop");
    pop.classList.toggle("open", yes);
    list().setAttribute("role", "listbox");
    list().setAttribute("aria-label", "Functions");
    const attributes = {
      role: "combobox", "aria-expanded": String(yes), "aria-controls": Code.CHOICES,
      "aria-autocomplete": "list", "aria-label": "Find a function",
    };
    for (const [name, value] of Object.entries(attributes)) input().setAttribute(name, value);
    at = -1;
  };

  document.addEventListener("focusin", (event) => {
    if (event.target.id === Code.PICK) open(true);
    else if (input() && !event.target.closest(".pick-pop")) open(false);
  });
  document.addEventListener("click", (event) => {
    if (!input()) return;
    if (event.target.closest(".pick-item")) {
      open(false);
      input().blur();
    } else if (!event.target.closest(".pick-pop")) open(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "f" && input() && !event.ctrlKey && !event.metaKey && !event.altKey && !window.flowglass.typing(event.target, event.key)) {
      event.preventDefault();
      input().focus();
      return;
    }
    if (event.target.id !== Code.PICK) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!input().closest(".pick-pop").classList.contains("open")) open(true);
      choose(event.key === "ArrowDown" ? at + 1 : at - 1);
    } else if (event.key === "Enter") {
      const found = items();
      if (found.length) found[Math.max(at, 0)].click();
    } else if (event.key === "Escape") {
      open(false);
      input().blur();
    }
  });

  /* Another function, another search. */
  let opened = "";
  fg.onUrl.push(({ fn }) => {
    if (fn !== opened && input() && input().value) fg.set(Code.PICK, { value: "" });
    opened = fn;
  });

  /* The text is drawn once; notes that come later change only their own lines. */
  const draw = (data, notes) => {
    const box = document.getElementById(Code.SOURCE);
    if (!box) return;
    if (!box.firstChild) at = -1; // mounted anew: no choice is marked
    if (data !== drawn.data || !box.firstChild) {
      drawn = { data, notes: {} };
      const whole = document.createDocumentFragment();
      whole.append(...(data ? data.lines : []).map(line));
      box.replaceChildren(whole);
      box.scrollTop = 0;
    }
    if (data) overlay(box, data, notes || {});
    point(drawn.fresh !== data);
    drawn.fresh = data;
  };

  /* Both may come in one answer, and before the tab that they came with is mounted. */
  const answer = { data: null, notes: null, due: false };
  const soon = () => {
    if (answer.due) return;
    answer.due = true;
    requestAnimationFrame(() => {
      answer.due = false;
      draw(answer.data, answer.notes);
    });
  };
  fg.told["code.source"] = (data) => { answer.data = data; soon(); };
  fg.told["code.notes"] = (notes) => { answer.notes = notes; soon(); };

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    code: {
      /* An address typed by hand becomes the editor when it has a scheme that opens a program. */
      own_editor(value) {
        if (value) editor(value);
      },

      /* A new list of choices starts with none of them chosen. */
      listed() {
        at = -1;
      },
    },
  });
})();
