/* The View component (dashboard/components/view.py): draws components given as data with plain React, which
   compares them with what is there and changes only what differs. Fixed (fixed.py) draws them once. */
(() => {
  "use strict";
  const { createElement, useLayoutEffect, useMemo, useState } = window.React;
  const TAGS = { ObjectEl: "object", MapEl: "map" };
  const WILD = /^(data|aria)-/;

  /* Details whose content is drawn once they are open: two thirds of all facets are behind one. */
  const Later = ({ parts, ...properties }) => {
    const [isOpen, setOpen] = useState(false);
    const [summary, ...rest] = parts;
    return createElement("details", { ...properties, onToggle: (event) => setOpen(event.currentTarget.open) }, draw(summary), isOpen ? draw(rest) : null);
  };

  const draw = (node, at) => {
    if (node === null || typeof node !== "object") return node;
    if (Array.isArray(node)) return node.map(draw);
    const { children, key, ...props } = node.props;
    props.key = key === undefined ? at : key;
    if (node.type === "Link") return createElement("a", { ...props, onClick: window.flowglass.follow }, draw(children));
    if (props["data-later"]) return createElement(Later, { ...props, parts: children });
    return createElement(TAGS[node.type] || node.type.toLowerCase(), props, draw(children));
  };

  /* What each view shows, by its id, for scripts that add to it. */
  const views = new Map();

  const View = ({ id, view, className, tag, hidden, role, ...rest }) => {
    useLayoutEffect(() => { views.set(id, view); }, [id, view]);
    const drawn = useMemo(() => (view === undefined ? null : draw(view)), [view]);
    const wild = Object.fromEntries(Object.entries(rest).filter(([name]) => WILD.test(name)));
    return createElement(tag || "div", { id, className: className || undefined, hidden, role, ...wild }, drawn);
  };

  const Fixed = ({ view }) => useMemo(() => draw(view), [view]);

  const Store = () => null;

  /* Has the root drawn again before the other components of its page tell each other of themselves (mounted.py). */
  const Mounted = ({ setProps }) => {
    useLayoutEffect(() => setProps({ there: true }), []);
    return null;
  };

  /* A value that a script is told of (told.py), before what has changed is painted. */
  const Told = ({ data, to }) => {
    useLayoutEffect(() => { window.flowglass.told[to](data); }, [data]);
    return null;
  };

  /* A figure (dashboard/components/chart.py): nothing is drawn before there is one. */
  const Chart = (properties) => {
    if (properties.figure) return createElement(window.dash_core_components.Graph, properties);
    const { id, className, style } = properties;
    return createElement("div", { id, className, style });
  };

  window.flowglass.viewOf = (id) => views.get(id);
  window.flowglass_view = { View, Fixed, Store, Mounted, Told, Chart };
})();
