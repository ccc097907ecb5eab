/* The live channel: one WebSocket, messages into one store per type; polling while there is none. */
(() => {
  "use strict";
  const { config, set, store, told } = window.flowglass;
  const ALWAYS = ["vital_signs", "health_update", "alerts"]; // the frame shows these on every tab
  const QUICK = [500, 1000, 2000, 4000, 8000]; // milliseconds between tries, then SLOWLY
  const SLOWLY = 30000;
  const SILENT = 3 * config.cadence; // without vital signs: nothing can be computed, and polling shows why
  const WATCH = 250; // how soon a panel that has come or gone changes what is followed

  const channel = { socket: null, tries: 0, timer: null, followed: "", state: "off", heard: 0 };
  let range = "1h"; // "" for a custom range, which nothing is pushed for

  const setState = (state) => {
    channel.state = state;
    window.flowglass.showLive();
  };

  /* What the mounted parts of the page want: data-topics="overview:@range error_event". */
  const topics = () => {
    const wanted = new Set(ALWAYS);
    document.querySelectorAll("[data-topics]").forEach((part) => {
      part.dataset.topics.split(" ").forEach((topic) => {
        if (!topic.endsWith("@range")) wanted.add(topic);
        else if (range) wanted.add(topic.replace("@range", range));
      });
    });
    return [...wanted].sort();
  };

  const follow = () => {
    if (!channel.socket || channel.socket.readyState !== WebSocket.OPEN) return;
    const wish = JSON.stringify({ follow: topics() });
    if (wish === channel.followed) return;
    channel.followed = wish;
    channel.socket.send(wish);
  };

  const receive = (event) => {
    const message = JSON.parse(event.data);
    if (message.type === "vital_signs") channel.heard = performance.now();
    const target = config.stores[message.type];
    if (target) store(target, message.payload);
  };

  const again = () => {
    const wait = QUICK[channel.tries] || SLOWLY;
    channel.tries += 1;
    channel.timer = setTimeout(connect, wait);
    setState(channel.tries > 1 ? "polling" : "connecting");
  };

  const connect = () => {
    clearTimeout(channel.timer);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws`);
    channel.socket = socket;
    socket.onopen = () => {
      const returned = channel.tries > 0;
      Object.assign(channel, { tries: 0, followed: "", heard: performance.now() });
      setState("live");
      follow();
      if (returned) window.flowglass.refreshNow(); // in step again after the server was away
    };
    socket.onmessage = receive;
    socket.onclose = () => {
      if (channel.socket !== socket) return;
      channel.socket = null;
      again();
    };
  };

  const close = () => {
    clearTimeout(channel.timer);
    const socket = channel.socket;
    Object.assign(channel, { socket: null, tries: 0, state: "off" });
    if (socket) socket.close();
  };
  const stop = () => {
    close();
    window.flowglass.showLive();
  };

  /* Paused or out of sight: no connection. */
  const settle = () => {
    const wanted = window.flowglass.cadence.ms > 0 && !document.hidden;
    if (wanted && !channel.socket && channel.state !== "polling") connect();
    if (!wanted && channel.state !== "off") stop();
  };

  let watching = null;
  new MutationObserver(() => {
    if (watching) return;
    watching = setTimeout(() => { watching = null; follow(); }, WATCH);
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-topics"] });
  document.addEventListener("visibilitychange", settle);
  addEventListener("pagehide", close); // drawing its state would only delay the next page
  addEventListener("pageshow", (event) => event.persisted && settle());

  Object.assign(window.flowglass, {
    liveState: () => channel.state,
    /* The range on the screen: the topics follow it, and a custom one is polled. */
    liveRange: (name) => { range = name; follow(); },
    /* Whether push feeds this page: then the timer need not. */
    isFed: () => channel.state === "live" && range !== "" && performance.now() - channel.heard < SILENT,
    settleLive: settle,
  });

  /* Pushed components take their places. */
  told.parts = (payload) => {
    if (payload) payload.parts.forEach(([id, properties]) => set(id, properties));
  };
})();
