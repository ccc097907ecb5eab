/* The frame: theme, links that keep the range, range and refresh controls, copying. */
(() => {
  "use strict";
  const { config, ids, navigate, onUrl, onWish, set, store, told, wish } = window.flowglass;
  const Shell = ids.Shell;
  const root = document.documentElement;
  const light = matchMedia("(prefers-color-scheme: light)");
  const SECONDS = { "5m": 300, "15m": 900, "1h": 3600, "6h": 21600, "24h": 86400, "7d": 604800, "30d": 2592000 };

  /* ---- theme ---- */
  const shownTheme = () => root.dataset.bsTheme;
  const setTheme = (choice) => {
    try { localStorage.setItem("fl-theme", choice); } catch { /* private window: the choice lasts for this page */ }
    root.dataset.choice = choice;
    const theme = choice === "system" ? (light.matches ? "light" : "dark") : choice;
    root.dataset.bsTheme = theme;
    window.flowglass_theme(theme);
    store(Shell.THEME, theme);
    markChoices();
  };
  light.addEventListener("change", () => root.dataset.choice === "system" && setTheme("system"));

  /* The server draws in the theme that the last page had. */
  told.theme = (drawn) => {
    markChoices();
    if (drawn && drawn !== shownTheme()) store(Shell.THEME, shownTheme());
  };

  /* Mark, in every menu, the entry that is in force. */
  const markChoices = () => {
    const mark = (selector, on) => document.querySelectorAll(selector).forEach((item) => {
      item.classList.toggle("on", on(item.dataset));
      item.setAttribute("aria-current", on(item.dataset) ? "true" : "false");
    });
    mark("[data-theme-choice]", (data) => data.themeChoice === root.dataset.choice);
    mark("[data-range]", (data) => data.range === range.name);
    mark("[data-cadence]", (data) => Number(data.cadence) === cadence.ms);
  };

  /* ---- range ---- */
  const range = { name: "1h", start: null, end: null };
  const { clock, day, iso, word } = window.flowglass.zone;
  const windowText = (start, end) => {
    const sameDay = day(start) === day(end - 1);
    return [start, end].map((ms) => (sameDay ? clock(ms) : `${day(ms)} ${clock(ms)}`)).join(" – ");
  };
  const windowMs = () => {
    if (range.start) return [Number(range.start) / 1e6, Number(range.end) / 1e6];
    const now = Date.now();
    return [now - SECONDS[range.name] * 1000, now];
  };

  /* The browser's own calendar; the text stays what the server reads: 2026-11-21T13:00, in the zone of choice. */
  const showCalendar = () => {
    windowMs().forEach((ms, at) => {
      const id = at ? Shell.CUSTOM_TO : Shell.CUSTOM_FROM;
      const field = document.getElementById(id);
      field.type = "datetime-local";
      set(id, { value: iso(ms, 16) });
    });
  };

  const showRange = () => {
    if (!range.name && !range.start) return;
    const [start, end] = windowMs();
    document.getElementById(Shell.RANGE_NAME).textContent = range.name || "custom";
    document.getElementById(Shell.RANGE_SPAN).textContent = `${windowText(start, end)} ${word(end)}`;
    document.getElementById(Shell.LATER).disabled = !range.start;
  };

  /* ---- refresh ---- */
  const WORDS = { live: "Live", connecting: "Connecting", polling: "Polling" };
  const cadence = { ms: config.cadence, before: config.cadence, ticks: 0 };
  const setCadence = (ms) => {
    if (ms > 0) cadence.before = ms;
    store(Shell.REFRESH_INTERVAL, ms);
    window.dash_clientside.set_props(Shell.TIMER, { disabled: ms === 0, interval: cadence.before });
  };
  told.cadence = (ms) => {
    const resumed = ms > 0 && cadence.ms === 0;
    cadence.ms = ms;
    markChoices();
    window.flowglass.settleLive();
    showLive();
    if (resumed) refreshNow();
  };
  const showLive = () => {
    const button = document.getElementById(Shell.LIVE);
    if (!button) return;
    const on = cadence.ms > 0;
    const state = window.flowglass.liveState();
    document.getElementById(Shell.LIVE_WORD).textContent = on ? WORDS[state] || "Live" : "Paused";
    button.className = on ? `on ${state}` : "";
    button.setAttribute("aria-pressed", String(on));
  };
  const LANE_MS = 60;
  const refreshSlow = (tick) => config.lanes.forEach((lane, at) => setTimeout(store, at * LANE_MS, lane, tick));
  /* Below zero: a person waits for what is so now, so nothing older will do. */
  const anew = () => -Date.now();
  const refreshNow = (tick = cadence.ticks + 1) => {
    cadence.ticks += 1;
    store(Shell.REFRESH, tick);
    refreshSlow(tick);
    store(Shell.POLL, tick);
  };
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && cadence.ms > 0 && window.dash_clientside.set_props) refreshNow();
  });

  /* ---- copying ---- */
  const copyText = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch { /* no permission, or not a secure address: the old way */
      const area = Object.assign(document.createElement("textarea"), { value: text });
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  };
  const copied = (button) => {
    const icon = button.querySelector("i");
    const before = icon.className;
    if (before === "bi bi-check-lg") return;
    icon.className = "bi bi-check-lg";
    setTimeout(() => { icon.className = before; }, 1500);
  };

  /* ---- one listener for what is pressed anywhere ---- */
  const actions = [
    ["[data-range]", (item) => navigate({ range: item.dataset.range })],
    ["[data-cadence]", (item) => setCadence(Number(item.dataset.cadence))],
    ["[data-theme-choice]", (item) => setTheme(item.dataset.themeChoice)],
    ["[data-copy]", (item) => copyText(item.dataset.copy).then(() => copied(item))],
    ["[data-retry]", () => refreshNow(anew())],
    [`#${Shell.COPY}`, (item) => copyText(location.href).then(() => {
      copied(item);
      window.flowglass.toast("Link copied");
    })],
    [`#${Shell.RANGE}`, showCalendar],
    [`#${Shell.EARLIER}`, () => navigate({ shift: -1 })],
    [`#${Shell.LATER}`, () => navigate({ shift: 1 })],
    [`#${Shell.LIVE}`, () => setCadence(cadence.ms > 0 ? 0 : cadence.before)],
  ];
  document.addEventListener("click", (event) => {
    for (const [selector, act] of actions) {
      const item = event.target.closest(selector);
      if (item) act(item);
    }
  });
  Object.assign(window.flowglass, { rangeMs: windowMs, refreshNow, anew, setCadence, showLive, cadence, setTheme, copyText });

  /* ---- toasts ---- */
  window.flowglass.toast = (text, kind = "", ms = 4000) => {
    const toast = Object.assign(document.createElement("div"), { className: `toast-x ${kind}`, textContent: text });
    document.getElementById(Shell.TOASTS).append(toast);
    setTimeout(() => toast.remove(), ms);
  };

  /* ---- what the URL says: tabs, whose links keep the range, title and range ---- */
  let here = null;
  told.url = (state) => {
    if (!state) return setTimeout(goThere); // the browser did not say which page it asked for
    if (here && state.wish < here.wish) return navigate({ to: here.address }); // the answer to an earlier wish
    if (here && ![whole(), bare(whole())].includes(state.address)) history.pushState({}, "", state.address);
    if (here) setTimeout(askAgain);
    here = state;
    const query = state.time_query ? `?${state.time_query}` : "";
    config.tabs.forEach((tab) => [Shell.TABS, Shell.DOCK].forEach((place) => {
      const link = document.querySelector(`#${place} [data-tab=${tab.key}]`);
      link.setAttribute("href", tab.path + query);
      link.className = tab.key === state.tab ? "on" : "";
    }));
    const shown = config.tabs.find((tab) => tab.key === state.tab);
    document.title = shown ? `${shown.title} · Flowglass` : "Flowglass";
    document.getElementById(Shell.MAIN).dataset.tab = state.tab;
    if (range.name !== state.range || range.start !== state.start_ns) window.flowglass.closeMenu();
    Object.assign(range, { name: state.range, start: state.start_ns, end: state.end_ns });
    window.flowglass.liveRange(state.range);
    showRange();
    markChoices();
    return onUrl.forEach((act) => act(state));
  };
  /* A refresh that has no answer yet was asked for with the URL before: Dash drops that answer when it is asked for
     again. (Dash's own tests read this state too.) */
  const askAgain = () => {
    const listens = window.store.getState().callbacks.watched.flatMap(({ callback }) => callback.inputs.map(({ id }) => id));
    [Shell.REFRESH, Shell.POLL, ...config.lanes].filter((id) => listens.includes(id)).forEach((id) => store(id, cadence.ticks));
  };
  /* The address that the browser shows, and what of it decides the page. */
  const whole = () => `${location.pathname}${location.search}${location.hash}`;
  const bare = (address) => address.split("#")[0];
  const goThere = () => navigate({ to: whole() });
  const moved = () => { if (here && bare(here.address) !== bare(whole())) goThere(); };
  window.addEventListener("popstate", moved);
  window.addEventListener("_dashprivate_pushstate", moved); // by a dcc.Link, where Dash draws one

  /* A wish that stays in the tab is answered with what the tab answers. Trace Explorer asks by itself. */
  onWish.push(({ to, tab }) => {
    const shown = here && config.tabs.find(({ key }) => key === here.tab);
    if (!shown || shown.key === "traces" || (tab && tab !== shown.key) || (to && to.split(/[?#]/)[0] !== shown.path)) return false;
    store(`${Shell.WISHED}-${shown.key}`, { wish: wish() });
    return true;
  });
  /* What a tab's handler answers with: a wish, because callbacks that write into the frame would be called at
     every mount of the tab that they listen to. */
  told.go = (changes) => { if (changes) navigate(changes); };
  /* The page came before all of its answers. */
  told.late = (isLate) => { if (isLate) setTimeout(() => store(Shell.ASKED, here)); };

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    shell: {
      tick() {
        const pressed = window.dash_clientside.callback_context.triggered.some((cause) => cause.prop_id.endsWith("n_clicks"));
        const none = window.dash_clientside.no_update;
        if (document.hidden && !pressed) return [none, none];
        cadence.ticks += 1;
        showRange();
        const poll = pressed || !window.flowglass.isFed();
        const tick = pressed ? anew() : cadence.ticks;
        if (pressed || cadence.ticks % config.slowEvery === 0) refreshSlow(tick);
        return [tick, poll ? tick : none];
      },
    },
  });
})();
