/* How cells of the trace list are drawn. */
(() => {
  "use strict";
  const { made } = window.flowglass;
  const components = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});

  functions.traceExtra = (params, field) => (params.data.extra && params.data.extra[field]) || "";

  /* In the tree, right opens and left closes; elsewhere the arrows go through the cells. */
  functions.traceKeepsKey = ({ event, data }) => (event.key === "ArrowRight" && data.kids && !data.open) || (event.key === "ArrowLeft" && data.open);

  functions.traceSpanned = (params) => (params.data.more ? 99 : 1);

  const element = (...args) => window.React.createElement(...args);

  const badge = (words, title) => made("span", { className: "badge-x warn", title }, words);
  const bi = (name) => {
    const icon = made("i", { className: `bi bi-${name}` });
    icon.setAttribute("aria-hidden", "true");
    return icon;
  };

  const indent = (depth) => {
    if (!depth) return null;
    const guides = made("span", { className: "ind" });
    guides.style.setProperty("--d", depth);
    return guides;
  };

  const twisty = (data) => {
    if (data.more) return made("span", { className: "tw-i" }, bi("three-dots"));
    if (!data.kids) return made("span", { className: "tw-i" });
    const label = data.open ? "Hide calls" : "Show calls";
    const button = made("button", { type: "button", tabIndex: -1, className: `tw-i tw-b${data.busy ? " busy" : ""}`, title: label, ariaLabel: label }, bi(`caret-${data.open ? "down" : "right"}-fill`));
    button.setAttribute("aria-expanded", String(Boolean(data.open)));
    return button;
  };

  /* Guide lines, the twisty, the name, and what is odd about the row. Plain nodes: as a React component of
     dash-ag-grid it took half of the time in which the first rows are drawn. */
  class TraceProcess {
    init(params) {
      this.node = made("span", { className: "tree" });
      this.refresh(params);
    }

    getGui() {
      return this.node;
    }

    refresh({ data }) {
      this.node.replaceChildren(...[
        indent(data.depth),
        twisty(data),
        made("span", { className: "mono clip", title: data.group ? `${data.process} · ${data.group}` : data.process }, data.process),
        data.circle && badge("circle", "This call names one of its own callees as its caller"),
        data.twin && badge("same id", "Another span here has the same id"),
      ].filter(Boolean));
      return true;
    }
  }
  functions.traceTree = () => ({ component: TraceProcess });

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
})();
