/* Taking it away: files made by the server from exactly this filter and range, and searches that are kept ready. */
(() => {
  "use strict";
  const fg = window.flowglass;
  const { traces } = fg;

  const save = (query) => {
    const link = Object.assign(document.createElement("a"), { href: `/api/v1/export?${new URLSearchParams(query)}`, download: "" });
    document.body.append(link);
    link.click();
    link.remove();
  };

  const exportList = (format) => {
    const { page } = traces.list;
    if (!page || page.problem) return fg.toast("There is no list to export", "bad");
    const order = page.order === "oldest" ? "oldest" : "newest";
    save({ q: page.applied, from: page.start_ns, to: page.end_ns, format, order, name: "traces" });
    const counted = traces.charts.data();
    if (counted && counted.spans > 10000) fg.toast(`Export: the ${order} 10,000 of ${counted.exact ? "" : "about "}${counted.spans.toLocaleString("en")} spans`);
    return null;
  };

  const exportTrace = () => {
    const { trace, base } = traces.outline;
    if (!trace) return fg.toast("Open a trace first", "bad");
    const from = BigInt(base);
    save({ q: `trace:${trace}`, from: String(from), to: String(from + 86400n * 1000000000n), format: "otlp", order: "oldest", name: `trace-${trace}` });
    return null;
  };

  document.addEventListener("click", (event) => {
    const item = event.target.closest("[data-export]");
    if (item) {
      const kind = item.dataset.export;
      if (kind === "link") fg.copyText(location.href).then(() => fg.toast("Link copied"));
      else if (kind === "trace") exportTrace();
      else exportList(kind);
    }
    const alert = event.target.closest("[data-alert-search]");
    if (alert) fg.navigate({ tab: "alerts", new: alert.dataset.alertSearch, q: new URLSearchParams(location.search).get("q") || "", name: "search" });
    const preset = event.target.closest("[data-preset-order]");
    if (preset) fg.navigate({ q: preset.dataset.presetQ, order: preset.dataset.presetOrder, sel: "" });
  });
})();
