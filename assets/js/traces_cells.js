/* How cells of the trace list are drawn. */
(() => {
  "use strict";
  const components = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});

  functions.traceExtra = (params, field) => (params.data.extra && params.data.extra[field]) || "";

  /* In the tree, right opens and left closes; elsewhere the arrows go through the cells. */
  functions.traceKeepsKey = ({ event, data }) => (event.key === "ArrowRight" && data.kids && !data.open) || (event.key === "ArrowLeft" && data.open);

  functions.traceSpanned = (params) => (params.data.more ? 99 : 1);

  const element = (...args) => window.React.createElement(...args);

  /* Guide lines, the twisty, the name, and what is odd about the row. */
  components.TraceProcess = ({ data }) => element(
    "span",
    { className: "tree" },
    data.depth ? element("span", { className: "ind", style: { "--d": data.depth } }) : null,
    twisty(data),
    element("span", { className: "mono clip", title: data.group ? `${data.process} · ${data.group}` : data.process }, data.process),
    data.circle ? element("span", { className: "badge-x warn", title: "This call names one of its own callees as its caller" }, "circle") : null,
    data.twin ? element("span", { className: "badge-x warn", title: "Another span here has the same id" }, "same id") : null,
  );

  /* A head that puts the list in another order. */
  components.TraceHead = ({ displayName, orders }) => {
    const { page } = window.flowglass.traces.list;
    const now = page ? page.order : "newest";
    const on = orders.includes(now);
    const next = now === orders[0] ? orders[1] : orders[0];
    return element(
      "button",
      {
        type: "button", tabIndex: -1, className: `head-b${on ? " on" : ""}`, title: `Order: ${next.replace("-", " ")}`,
        onClick: () => window.flowglass.navigate({ order: next === "newest" ? "" : next }),
      },
      displayName,
      orders.includes("newest") && window.flowglass.traces.time.badge() ? element("span", { className: "zone-b" }, window.flowglass.traces.time.badge()) : null,
      on ? element("i", { className: `bi bi-caret-${now === orders[0] ? "down" : "up"}-fill`, "aria-hidden": true }) : null,
    );
  };

  const twisty = (data) => {
    if (data.more) return element("span", { className: "tw-i" }, element("i", { className: "bi bi-three-dots", "aria-hidden": true }));
    if (!data.kids) return element("span", { className: "tw-i" });
    const label = data.open ? "Hide calls" : "Show calls";
    return element(
      "button",
      { type: "button", tabIndex: -1, className: `tw-i tw-b${data.busy ? " busy" : ""}`, title: label, "aria-label": label, "aria-expanded": data.open },
      element("i", { className: `bi bi-caret-${data.open ? "down" : "right"}-fill`, "aria-hidden": true }),
    );
  };
})();
