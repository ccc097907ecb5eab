/* Trace Explorer: the URL becomes questions of the tab, and what the server answers is put where it belongs. */
(() => {
  "use strict";
  const fg = window.flowglass;
  const ids = fg.ids.Traces;
  const traces = (fg.traces = {}); // the other scripts of the tab add their part; this one is loaded first
  const page = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`; // a newer search gives up this page's older ones
  const DECIDES = ["range", "start_ns", "end_ns", "q", "order", "cols", "noise", "at"];
  let serial = 0;
  let address = null; // what the URL last said of the rows

  const isHere = () => traces.query && document.getElementById(ids.ROOT) !== null;
  const same = (one, other, keys) => other && keys.every((key) => one[key] === other[key]);

  /* ---- the rows that are asked for ---- */
  const ask = (wanted) => {
    serial += 1;
    traces.query = { ...wanted, page, serial };
    traces.list.busy(true);
    fg.store(`${fg.ids.Shell.WISHED}-traces`, { ...traces.query, wish: fg.wish() });
  };

  /* The same search once more. */
  traces.reload = () => isHere() && ask(traces.query);

  /* An edit of the filter from outside its text: the server answers with the text after it and its rows. */
  traces.edit = (change) => ask({ ...traces.query, edits: [...traces.query.edits, change] });

  /* A wish for a URL with other rows is answered with them. */
  fg.onWish.push((changes) => {
    if (!isHere() || ["tab", "to", "shift"].some((key) => key in changes)) return false;
    const { range, start_ns, end_ns, q, order, cols, noise, at } = { ...traces.query, ...changes };
    const when = changes.start_ns ? { range: "", start_ns, end_ns } : changes.range ? { range, start_ns: null, end_ns: null } : {};
    const rows = { ...traces.query, q, order: order || "newest", cols, noise, at, ...when };
    if ("q" in changes) rows.edits = [];
    if (same(rows, traces.query, DECIDES)) return false;
    ask(rows);
    return true;
  });

  /* ---- the URL, split into what decides the rows and what is open beside them ---- */
  const rowsOf = ({ range, start_ns, end_ns, q, extra }) => {
    const { order = "newest", cols = "", noise = "", at = "" } = extra;
    return { range, start_ns, end_ns, q, order, cols, noise, at };
  };

  /* All that is not rows. `before` are the questions that have been asked already. */
  const show = ({ range, start_ns, end_ns, trace, span, extra }, before) => {
    const pick = { trace, span };
    const region = traces.charts.readRegion(extra.sel);
    Object.assign(traces, { extra, region, relative: !start_ns });
    traces.list.pick = pick;
    traces.detail.part = extra.part || "";
    const moved = !same(region, before.region, ["start_ns", "end_ns", "low_ns", "high_ns"]);
    traces.charts.showRegion(region, moved); // not of a tab that comes: its charts come with its counts
    document.getElementById(ids.ROOT).classList.toggle("has-detail", Boolean(trace));
    if (!same(pick, before.pick, ["trace", "span"])) fg.store(ids.PICK, pick);
    if (moved) fg.store(ids.REGION, region);
    requestAnimationFrame(() => {
      if (!isHere()) return;
      traces.list.mark();
      traces.outline.show(extra.view || "waterfall");
      traces.outline.open(trace);
      traces.waterfall.pickSpan(span);
      traces.columns.show(extra.cols);
      traces.tools.wide(Boolean(extra.wide));
      traces.tools.raw();
      traces.series.show(extra.series, `${range} ${start_ns} ${end_ns}`, extra.judge);
      traces.compare.show(extra, pick);
    });
  };

  fg.onUrl.push((state) => {
    if (!isHere() || state.tab !== "traces") return;
    const [rows, before] = [rowsOf(state), address];
    address = rows;
    show(state, { pick: traces.list.pick, region: traces.region });
    if (!same(rows, before, DECIDES) && !same(rows, traces.query, DECIDES)) ask({ ...rows, edits: traces.query.edits });
  });

  /* ---- what the server says ---- */
  const TOLD = {
    /* A tab is mounted with this URL, and with the answers to what it asks. */
    came(state) {
      [traces.outline.leave, traces.series.forget, traces.compare.forget].forEach((act) => act());
      address = rowsOf(state);
      traces.query = { ...address, edits: [], page, serial: 0 };
      traces.list.page = null; // that of the tab as it was before
      traces.grid.ready();
      show(state, { pick: { trace: state.trace, span: state.span }, region: traces.charts.readRegion(state.extra.sel) });
    },
    page(first) {
      if (!first) return setTimeout(traces.reload); // it takes long; the tab came without
      if (first.serial && first.serial !== traces.query.serial) return null; // an older question
      const { edits } = traces.query;
      traces.query.edits = [];
      if (first.refused) {
        fg.toast(first.refused, "bad");
        return ask(traces.query);
      }
      if (edits.length && first.serial) traces.query.q = first.q;
      traces.list.show(first);
      traces.list.mark();
      traces.arrivals.reset(first);
      requestAnimationFrame(() => setTimeout(() => isHere() && fg.store(ids.LISTED, performance.now())));
      return edits.length && first.serial ? fg.navigate({ q: first.q }) : null;
    },
    controls: (shown) => shown && requestAnimationFrame(() => isHere() && traces.text.controls(shown)),
    shown(shown) {
      if (!shown) return;
      traces.detail.opened(shown);
      requestAnimationFrame(traces.time.mark);
    },
    survey(data) {
      traces.charts.show(data || null);
      traces.list.meta();
    },
    next: (rows) => rows && traces.list.page && traces.list.append(rows),
    children: (answer) => answer && traces.list.answered(answer),
    outline: (part) => part && traces.outline.take(part),
    found: (answer) => answer && traces.tools.found(answer),
    arrived: (answer) => answer && traces.arrivals.answered(answer),
    judged: (answer) => answer && traces.series.judged(answer),
    checked: (answer) => answer && traces.text.checked(answer),
    proposed: (answer) => answer && traces.complete.proposed(answer),
  };
  for (const [name, take] of Object.entries(TOLD)) fg.told[`traces.${name}`] = take;

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    traces: {
      seriesShown() {
        traces.series.listen();
      },

      look() {
        traces.arrivals.look();
      },
    },
  });
})();
