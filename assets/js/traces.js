/* Trace Explorer: what the stores of the tab tell the parts of the tab. */
(() => {
  "use strict";
  const fg = window.flowglass;
  const ids = fg.ids.Traces;
  const traces = (fg.traces = {}); // the other scripts of the tab add their part; this one is loaded first
  const none = () => window.dash_clientside.no_update;
  let serial = 0;
  const page = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`; // a newer search gives up this page's older ones

  /* An edit of the filter from outside its text: the server changes the text, then the URL. */
  traces.edit = (change) => fg.store(ids.EDIT, { ...change, _: Date.now() });

  /* The same search once more. */
  traces.reload = () => {
    if (!traces.query) return;
    serial += 1;
    traces.query = { ...traces.query, serial };
    traces.list.busy(true);
    fg.store(ids.QUERY, traces.query);
  };

  const same = (one, other, keys) => other && keys.every((key) => one[key] === other[key]);
  const DECIDES = ["range", "start_ns", "end_ns", "q", "order", "cols", "noise", "at"];

  const placed = {};
  const PLACES = {
    page(page) {
      if (page.serial && traces.query && page.serial !== traces.query.serial) return; // an older question
      traces.list.show(page);
      traces.list.mark();
      traces.arrivals.reset(page);
    },
    controls(shown) {
      requestAnimationFrame(() => document.getElementById(ids.TEXT) && traces.text.controls(shown));
    },
    shown(shown) {
      traces.detail.opened(shown);
      requestAnimationFrame(traces.time.mark);
    },
    pick() {
      traces.list.mark();
    },
  };

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    traces: {
      /* The URL, split into what decides the rows and what is open beside them. */
      derive(filter, query, pick, before) {
        if (!filter || filter.tab !== "traces") return [none(), none(), none(), none()];
        const mounted = query && query.mounted;
        if (mounted !== traces.mounted) {
          [traces.outline.leave, traces.series.forget, traces.compare.forget].forEach((act) => act());
          Object.assign(traces, { mounted, query: { ...query, page } }); // its rows came with the tab
        }
        const { range, start_ns, end_ns, q, trace, span, extra } = filter;
        const rows = { range, start_ns, end_ns, q, order: extra.order || "newest", cols: extra.cols || "", noise: extra.noise || "", at: extra.at || "" };
        const opened = { trace, span };
        traces.extra = extra;
        traces.relative = !start_ns;
        traces.list.pick = opened;
        traces.detail.part = extra.part || "";
        requestAnimationFrame(() => {
          if (!document.getElementById(ids.ROOT)) return;
          traces.outline.show(extra.view || "waterfall");
          traces.outline.open(trace);
          traces.waterfall.pickSpan(span);
          traces.columns.show(extra.cols);
          traces.tools.wide(Boolean(extra.wide));
          traces.tools.raw();
          traces.series.show(extra.series, `${range} ${start_ns} ${end_ns}`, extra.judge);
          traces.compare.show(extra, opened);
        });
        const region = traces.charts.readRegion(extra.sel);
        traces.charts.showRegion(region);
        const again = same(rows, query, DECIDES);
        if (!again) {
          serial += 1;
          requestAnimationFrame(() => document.getElementById(ids.LIST) && traces.list.busy(true));
        }
        if (!again) traces.query = { ...rows, page, serial, mounted };
        return [
          again ? none() : traces.query,
          same(opened, pick, ["trace", "span"]) ? none() : opened,
          same(region, before, ["start_ns", "end_ns", "low_ns", "high_ns"]) ? none() : region,
          trace ? "has-detail" : "",
        ];
      },

      /* What the server says of the list, the filter's controls and the open span is put where it belongs. */
      place(page, controls, shown, pick) {
        if (traces.grid.ready()) traces.list.page = null; // that of the tab as it was before
        const given = { page, controls, shown, pick };
        Object.keys(given).filter((key) => given[key] && given[key] !== placed[key]).forEach((key) => {
          placed[key] = given[key];
          PLACES[key](given[key]);
        });
        return none();
      },

      seriesShown() {
        traces.series.listen();
      },

      judged(answer) {
        if (answer) traces.series.judged(answer);
      },

      arrived(answer) {
        if (answer) traces.arrivals.answered(answer);
      },

      look() {
        traces.arrivals.look();
      },

      next(page) {
        if (page && traces.list.page) traces.list.append(page);
      },

      children(answer) {
        if (answer) traces.list.answered(answer);
      },

      outline(part) {
        if (part) traces.outline.take(part);
      },

      found(answer) {
        if (answer) traces.tools.found(answer);
      },

      survey(data) {
        traces.charts.show(data || null);
        traces.list.meta();
      },

      proposed(answer) {
        if (answer) traces.complete.proposed(answer);
      },

      checked(answer) {
        if (answer) traces.text.checked(answer);
      },

      /* The text after an edit becomes the URL. */
      edited(answer) {
        if (answer && answer.problem) fg.toast(answer.problem.message, "bad");
        else if (answer) fg.navigate({ q: answer.q });
      },
    },
  });
})();
