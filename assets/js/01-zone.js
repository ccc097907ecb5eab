/* The zone of every time on the page: UTC, or where the person is. Each person's own choice; a link never carries it.
   The server writes most times, so the choice goes to it as a cookie before this script runs (dashboard/zone.py). */
(() => {
  "use strict";
  const fg = window.flowglass;
  const KEPT = "fl-zone";
  const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

  const read = () => {
    try { return localStorage.getItem(KEPT) === "local"; } catch { return false; }
  };
  const isLocal = read() && here !== "UTC";

  const choose = (name) => {
    try { localStorage.setItem(KEPT, name); } catch { return; /* a private window stays with UTC */ }
    if ((name === "local" && here !== "UTC") !== isLocal) location.reload(); // everything a person has set stands in the URL
  };

  /* ---- a moment, milliseconds since 1970, in parts and in words ---- */
  const two = (number) => String(number).padStart(2, "0");
  const parts = (ms) => {
    const date = new Date(ms);
    const get = (name) => date[`get${isLocal ? "" : "UTC"}${name}`]();
    return { year: get("FullYear"), month: get("Month"), day: get("Date"), hour: get("Hours"), minute: get("Minutes"), second: get("Seconds"), ms: get("Milliseconds") };
  };
  const clock = (ms, fine) => {
    const at = parts(ms);
    return `${two(at.hour)}:${two(at.minute)}${fine ? `:${two(at.second)}` : ""}`;
  };
  const exact = (ms) => `${clock(ms, true)}.${String(parts(ms).ms).padStart(3, "0")}`;
  const day = (ms) => `${parts(ms).day} ${MONTHS[parts(ms).month]}`;
  const isToday = (ms) => day(ms) === day(Date.now()) && parts(ms).year === parts(Date.now()).year;
  const iso = (ms, length = 19) => {
    const at = parts(ms);
    return `${at.year}-${two(at.month + 1)}-${two(at.day)}T${two(at.hour)}:${two(at.minute)}:${two(at.second)}`.slice(0, length);
  };
  /* What a time is followed by: UTC, CET, GMT+5:30. */
  const word = (ms = Date.now()) => {
    if (!isLocal) return "UTC";
    const named = new Intl.DateTimeFormat("en", { timeZoneName: "short" }).formatToParts(new Date(ms));
    return (named.find(({ type }) => type === "timeZoneName") || { value: here }).value;
  };

  /* ---- what was written for everybody at once: <time data-moment="ns" data-as="clock"> ---- */
  const AS = {
    clock: (ms) => clock(ms),
    clock_ms: exact,
    day_clock: (ms) => `${day(ms)} ${clock(ms)}`,
  };
  const ofNs = (ns) => Number(BigInt(ns) / 1000000n);
  const write = (place) => {
    const text = AS[place.dataset.as](ofNs(place.dataset.moment));
    if (place.textContent !== text) place.textContent = text;
  };
  const choices = () => {
    document.querySelectorAll("[data-zone]").forEach((item) => {
      item.classList.toggle("on", (item.dataset.zone === "local") === isLocal);
      item.setAttribute("aria-checked", String((item.dataset.zone === "local") === isLocal));
    });
    document.querySelectorAll(".zone-word").forEach((place) => { place.textContent = word(); });
  };
  if (isLocal) {
    new MutationObserver((changes) => changes.forEach(({ type, target, addedNodes }) => {
      if (type === "attributes") write(target);
      else if (type === "characterData") { if (target.parentElement && target.parentElement.dataset.moment) write(target.parentElement); }
      else {
        addedNodes.forEach((node) => {
          if (node.nodeType !== Node.ELEMENT_NODE) return;
          if (node.dataset.moment) write(node);
          node.querySelectorAll("[data-moment]").forEach(write);
        });
      }
    })).observe(document, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["data-moment"] });
  }
  document.addEventListener("click", (event) => {
    const item = event.target.closest("[data-zone]");
    if (item) choose(item.dataset.zone);
    else if (event.target.closest("[data-menu]")) choices();
  });

  fg.zone = { isLocal, here, parts, clock, exact, day, isToday, iso, word, two, ofNs };
})();
