/* The open span: its tabs, long values that open, and what is done with it. */
(() => {
  "use strict";
  const fg = window.flowglass;
  const ids = fg.ids.Traces;
  const { traces } = fg;
  const detail = { part: "" };

  const panel = () => document.getElementById(ids.DETAIL);

  /* Show one part; the first when the span has no such part. */
  const showPart = (wanted) => {
    const heads = [...panel().querySelectorAll("[data-part][role=tab]")];
    const on = heads.find((head) => head.dataset.part === wanted) || heads[0];
    for (const head of heads) {
      head.classList.toggle("on", head === on);
      head.setAttribute("aria-selected", String(head === on));
      head.tabIndex = head === on ? 0 : -1;
    }
    panel().querySelectorAll("[data-body]").forEach((body) => { body.hidden = !on || body.dataset.body !== on.dataset.part; });
  };

  /* A new span is on the screen: keep the tab that was open, and on a narrow page bring it into view. */
  detail.opened = (shown) => {
    requestAnimationFrame(() => {
      if (!panel()) return;
      showPart(detail.part);
      if (shown && matchMedia("(max-width: 1279.98px)").matches) panel().scrollIntoView({ block: "nearest" });
    });
  };

  detail.close = () => fg.navigate({ trace: "", span: "" });

  const open = (value) => {
    const on = value.getAttribute("aria-expanded") !== "true";
    value.setAttribute("aria-expanded", String(on));
    value.classList.toggle("clip", !on);
  };

  const linkToSpan = (button) => {
    fg.copyText(location.href);
    fg.toast("Link to this span copied");
    button.blur();
  };

  document.addEventListener("click", (event) => {
    if (!event.target.closest(`#${ids.DETAIL}`)) return;
    const at = (selector) => event.target.closest(selector);
    const tab = at("[data-part][role=tab]");
    if (tab) {
      detail.part = tab.dataset.part;
      showPart(detail.part);
      fg.navigate({ part: detail.part === "values" ? "" : detail.part });
    } else if (at("[data-shut]")) detail.close();
    else if (at("[data-copy-link]")) linkToSpan(at("[data-copy-link]"));
    else if (at("[data-opens]") && !getSelection().toString()) open(at("[data-opens]"));
  });

  document.addEventListener("keydown", (event) => {
    const value = event.target.closest(`#${ids.DETAIL} [data-opens]`);
    if (value && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      open(value);
    }
    const tab = event.target.closest(`#${ids.DETAIL} [role=tab]`);
    if (tab && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
      const heads = [...tab.parentElement.querySelectorAll("[role=tab]")];
      const next = heads[(heads.indexOf(tab) + (event.key === "ArrowRight" ? 1 : -1) + heads.length) % heads.length];
      next.focus();
      next.click();
    }
  });

  traces.detail = detail;
})();
