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

  /* What scripts of a tab do with every wish for another URL, and with every URL once it is there. */
  const [onWish, onUrl] = [[], []];

  /* Ask for another URL. "_" makes two equal wishes differ, "_asked" says that the tab is asked already. */
  const navigate = (changes) => {
    const asked = onWish.map((act) => act(changes)).some(Boolean);
    store(config.ids.Shell.NAVIGATE, { ...changes, _: Date.now(), _asked: asked });
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

  return { config, ids: config.ids, made, set, store, told, navigate, onWish, onUrl, typing, setSingleKeys, hasSingleKeys: () => singleKeys };
})();
