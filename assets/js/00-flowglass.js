/* What every other script of the page stands on: configuration, ids, and writing into stores. */
window.flowglass = (() => {
  "use strict";
  const config = JSON.parse(document.getElementById("fl-config").textContent);

  /* Write a property of a component; silent when the component is not mounted. */
  const set = (id, props) => {
    if (window.dash_clientside && window.dash_clientside.set_props && document.getElementById(id)) {
      window.dash_clientside.set_props(id, props);
    }
  };

  /* Stores have no element, so they are written without looking for one; they are always mounted. */
  const store = (id, data) => window.dash_clientside.set_props(id, { data });

  /* What Told components tell (dashboard/components/told.py), by name. */
  const told = {};

  /* What scripts do with every wish for another URL, and with every URL once it is there. The first who asks
     the tab beside the URL says so: both come in one answer then. */
  const [onWish, onUrl] = [[], []];

  /* What is wished for and not there yet. Dash drops the answer to a question when the next is asked, so a wish
     says those before it as well; its number tells whether an answer is to the last of them. */
  const WHEN = ["range", "start_ns", "end_ns", "shift"];
  let [wished, wishes] = [{}, 0];
  const before = (changes) => {
    if ("to" in changes) return {};
    const kept = Object.entries(wished).filter(([key]) => !("tab" in changes) || WHEN.includes(key));
    return Object.fromEntries(kept.filter(([key]) => !("range" in changes || "start_ns" in changes) || !WHEN.includes(key)));
  };
  const wish = () => (Object.keys(wished).length ? { ...wished, _: wishes } : null);
  onUrl.push((state) => { if (state.wish === wishes) wished = {}; });

  /* Ask for another URL: `to` is a whole one, the rest are changes to the one that is there. */
  const navigate = (changes) => {
    const earlier = before(changes);
    wished = { ...earlier, ...changes };
    if (earlier.shift && changes.shift) wished.shift = earlier.shift + changes.shift;
    wishes += 1;
    if (!onWish.some((act) => act(wished))) store(config.ids.Shell.NAVIGATE, wish());
  };

  /* A press on a link within the page; the browser's own keys for new tabs and windows still work. */
  const follow = (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.shiftKey || event.altKey || event.ctrlKey) return;
    event.preventDefault();
    const [from, to] = [new URL(location.href), new URL(event.target.closest("a").href)];
    navigate({ to: `${to.pathname}${to.search}${to.hash}` });
    /* Another view of a panel stays where it is; another page, or another function, begins at its top. */
    if (from.pathname !== to.pathname || from.searchParams.get("fn") !== to.searchParams.get("fn")) scrollTo(0, 0);
  };

  /* Single keys as commands can be turned off, for people whose speech or hands press keys by accident. */
  const SINGLE_KEYS = "fl-single-keys";
  let singleKeys = true;
  try { singleKeys = localStorage.getItem(SINGLE_KEYS) !== "off"; } catch { /* private window: they are on */ }
  const setSingleKeys = (on) => {
    singleKeys = on;
    try { localStorage.setItem(SINGLE_KEYS, on ? "on" : "off"); } catch { /* private window: lasts for this page */ }
  };

  /* Is the person typing, or has turned single keys off? Then this key is not a command. */
  const typing = (target, key = "") => (!singleKeys && key.length === 1) || target.closest("input, textarea, select, [contenteditable=true]") !== null;

  /* An element with its properties and what stands in it; null, undefined and false are left out. */
  const made = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
    return element;
  };

  return { config, ids: config.ids, made, set, store, told, navigate, follow, wish, onWish, onUrl, typing, setSingleKeys, hasSingleKeys: () => singleKeys };
})();
