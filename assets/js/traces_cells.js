/* How the cells and heads of the trace list are drawn. */
(() => {
  "use strict";
  const { made, navigate, traces } = window.flowglass;

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

  const twisty = (row) => {
    if (row.more) return made("span", { className: "tw-i" }, bi("three-dots"));
    if (!row.kids) return made("span", { className: "tw-i" });
    const label = row.open ? "Hide calls" : "Show calls";
    const button = made("button", { type: "button", tabIndex: -1, className: `tw-i tw-b${row.busy ? " busy" : ""}`, title: label, ariaLabel: label }, bi(`caret-${row.open ? "down" : "right"}-fill`));
    button.setAttribute("aria-expanded", String(Boolean(row.open)));
    return button;
  };

  /* Guide lines, the twisty, the name, and what is odd about the row. */
  const tree = (row) => made("span", { className: "tree" },
    indent(row.depth),
    twisty(row),
    made("span", { className: "mono clip", title: row.group ? `${row.process} · ${row.group}` : row.process }, row.process),
    row.circle && badge("circle", "This call names one of its own callees as its caller"),
    row.twin && badge("same id", "Another span here has the same id"));

  const text = ({ name, field }, row) => {
    if (!field) return (row.extra && row.extra[name]) || "";
    return name === "time" ? traces.time.cell(row, field) : row[field] || "";
  };
  const LOOKS = {
    status: (row) => ({ ERROR: " st-fail", OK: " st-ok" }[row.status] || ""),
    value: (row) => (row.stale ? " is-stale" : ""),
    exception: (row) => (row.exception ? " bad" : ""),
  };

  const draw = (cell, column, row) => {
    const look = LOOKS[column.name];
    cell.className = `g-cell ${column.look || ""}${look ? look(row) : ""}`;
    if (column.name === "process") return cell.replaceChildren(tree(row));
    const words = text(column, row);
    cell.title = column.tip ? words : "";
    cell.textContent = words;
    return null;
  };

  /* ---- heads: pressed, some put the list in another order ---- */
  const order = () => (traces.list.page && traces.list.page.order) || "newest";
  const sorted = ({ orders }) => (orders.includes(order()) ? (order() === orders[0] ? "descending" : "ascending") : "none");

  const head = ({ name, head: words, orders }) => {
    if (!orders) return made("span", { className: "clip" }, words);
    const on = orders.includes(order());
    const next = order() === orders[0] ? orders[1] : orders[0];
    const zone = name === "time" && traces.time.badge();
    const button = made("button", { type: "button", className: `head-b${on ? " on" : ""}`, title: `Order: ${next.replace("-", " ")}` },
      words,
      zone && made("span", { className: "zone-b" }, zone),
      on && bi(`caret-${order() === orders[0] ? "down" : "up"}-fill`));
    button.addEventListener("click", () => navigate({ order: next === "newest" ? "" : next }));
    return button;
  };

  traces.cells = { draw, head, sorted };
})();
