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

  /* Ask for another URL. "_" makes two equal wishes differ. */
  const navigate = (changes) => store(config.ids.Shell.NAVIGATE, { ...changes, _: Date.now() });

  /* Is the person typing? Then single keys are text and not commands. */
  const typing = (target) => target.closest("input, textarea, select, [contenteditable=true]") !== null;

  return { config, ids: config.ids, set, store, navigate, typing };
})();
