/* Keys that work everywhere. Single letters are commands only while nobody is typing and nothing lies over the page. */
(() => {
  "use strict";
  const { config, ids, navigate, typing } = window.flowglass;
  const Shell = ids.Shell;
  const RANGES = ["5m", "15m", "1h", "6h", "24h", "7d", "30d"];
  const GO_MS = 1500; // how long g waits for its letter
  let goUntil = 0;

  const dialog = (id) => document.getElementById(id);
  const open = (id) => {
    if (!dialog(id).open) dialog(id).showModal();
    if (id === Shell.KEYS) showSingleKeys();
  };
  const somethingOver = () => document.querySelector("dialog[open]") !== null || window.flowglass.menuIsOpen();
  const press = (id) => dialog(id).click();

  const commands = {
    "?": () => open(Shell.KEYS),
    ".": () => press(Shell.LIVE),
    r: () => press(Shell.REFRESH_NOW),
    y: () => press(Shell.COPY),
    D: () => window.flowglass.setTheme(document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark"),
    t: () => press(Shell.RANGE),
    "[": () => press(Shell.EARLIER),
    "]": () => press(Shell.LATER),
    g: () => { goUntil = performance.now() + GO_MS; },
  };
  RANGES.forEach((range, at) => { commands[String(at + 1)] = () => navigate({ range }); });

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      window.flowglass.openPalette();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (typing(event.target, event.key) || somethingOver()) return;
    const tab = performance.now() < goUntil && config.tabs.find((one) => one.letter === event.key);
    goUntil = 0;
    if (tab) navigate({ tab: tab.key });
    else if (commands[event.key]) commands[event.key]();
    else return;
    event.preventDefault();
  });

  const showSingleKeys = () => {
    const box = document.querySelector("[data-single-keys]");
    box.setAttribute("aria-checked", String(window.flowglass.hasSingleKeys()));
    box.textContent = window.flowglass.hasSingleKeys() ? "Single keys are on" : "Single keys are off";
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest(`#${Shell.KEYS_BUTTON}`)) open(Shell.KEYS);
    if (event.target.closest("[data-single-keys]")) {
      window.flowglass.setSingleKeys(!window.flowglass.hasSingleKeys());
      showSingleKeys();
    }
    const close = event.target.closest("[data-close]");
    if (close) dialog(close.dataset.close).close();
    if (event.target.matches("dialog.over[open]")) event.target.close(); // beside its content
  });

  window.flowglass.openDialog = open;
})();
