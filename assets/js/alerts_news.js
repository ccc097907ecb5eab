/* Firing alerts on every tab: the number beside the tab, and a toast for each new critical one. */
(() => {
  "use strict";
  const fg = window.flowglass;
  const { made } = fg;
  const ids = fg.ids.Shell;
  const TOLD_MS = 30000;
  const MOST = 3; // toasts at once; the page lists the rest
  const LATE_NS = 30n * 1000000000n; // an event is written some seconds after the moment that it is of
  let since = null; // what happened before the page was there is no news
  let seen = null; // ids of events; null until the first answer, whose events are not news

  const go = (event) => {
    fg.follow(event);
    if (event.defaultPrevented) event.currentTarget.closest(".toast-x").remove();
  };
  const link = (words, href, look) => {
    const anchor = made("a", { className: look, textContent: words });
    anchor.setAttribute("href", href);
    anchor.addEventListener("click", go);
    return anchor;
  };

  const tell = (one) => {
    const box = document.getElementById(ids.TOASTS);
    const old = [...box.querySelectorAll(".alert-toast")];
    old.slice(0, Math.max(0, old.length - MOST + 1)).forEach((toast) => toast.remove());
    const close = made("button", { type: "button", className: "ib sm", title: "Close" }, made("i", { className: "bi bi-x-lg" }));
    close.setAttribute("aria-label", "Close");
    const links = made("div", { className: "row-x" });
    if (one.code) links.append(link("Open the code", one.code, "btn-x sm pri"));
    links.append(link("Open the alert", one.href, "btn-x sm"));
    const toast = made(
      "div", { className: "toast-x bad alert-toast" },
      made("div", { className: "row-x" }, made("span", { className: "lamp bad" }), made("b", { className: "grow", textContent: one.title }), close),
      made("div", { className: "sub", textContent: one.said }),
      links,
    );
    toast.dataset.event = one.id;
    close.addEventListener("click", () => toast.remove());
    box.append(toast);
    setTimeout(() => toast.remove(), TOLD_MS);
  };

  const news = (events, now) => {
    if (since === null) since = BigInt(now) - LATE_NS;
    const fresh = events.filter((one) => !seen || !seen.has(one.id));
    const first = seen === null;
    seen = new Set([...(seen || []), ...events.map((one) => one.id)].slice(-500));
    if (first) return;
    fresh.filter((one) => BigInt(one.at_ns) >= since && one.severity === "critical" && one.announced && ["fired", "escalated"].includes(one.kind)).reverse().forEach(tell);
  };

  /* the number of firing critical alerts, beside the tab and in the dock */
  fg.told.alerts = (payload) => {
    if (!payload || !payload.counts) return;
    news(payload.events || [], payload.now_ns);
    const { critical } = payload.counts;
    [ids.ALERTS_COUNT, ids.ALERTS_DOCK].forEach((id) => {
      const place = document.getElementById(id);
      if (!place) return; // the tab is off
      place.textContent = critical > 99 ? "99+" : String(critical);
      place.hidden = !critical;
    });
  };
})();
