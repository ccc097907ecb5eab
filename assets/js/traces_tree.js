/* The calls of a trace as a tree: who called whom, own time, critical path, which rows are visible. No drawing.
   A call is { at, id, parent, process, group, scope, start, end, error, stale, exception }, times in ns from the first. */
(() => {
  "use strict";
  /* Calls of one part of the outline, times moved to the base of the trace. */
  const read = (part, base) => {
    const shift = Number(BigInt(part.base) - BigInt(base));
    return part.rows.map(([id, parent, name, start, duration, flags, exception]) => {
      const [process, group, scope] = part.names[name];
      return {
        id, parent, process, group, scope, exception,
        start: start + shift, end: start + shift + duration,
        error: (flags & 1) !== 0, stale: (flags & 2) !== 0,
        kids: [], up: null, closed: false,
      };
    });
  };

  const byStart = (one, other) => one.start - other.start || one.at - other.at;

  /* Link every call to its caller. What does not fit is kept and marked: an orphan's caller is not stored,
     a twin has an id that came before, and a circle is cut where it was entered first. */
  const build = (calls) => {
    const known = new Map();
    calls.forEach((call, at) => {
      Object.assign(call, { at, kids: [], up: null, orphan: false, circle: false, twin: known.has(call.id), critical: false });
      if (!call.twin) known.set(call.id, call);
    });
    const roots = [];
    for (const call of calls) {
      const caller = call.parent ? known.get(call.parent) : null;
      if (caller && caller !== call) {
        call.up = caller;
        caller.kids.push(call);
      } else {
        call.circle = caller === call;
        call.orphan = Boolean(call.parent) && !caller;
        roots.push(call);
      }
    }
    const reached = new Set();
    for (const root of roots) reach(root, reached);
    for (const call of calls) {
      if (reached.has(call)) continue;
      call.up.kids.splice(call.up.kids.indexOf(call), 1);
      Object.assign(call, { up: null, circle: true });
      roots.push(call);
      reach(call, reached);
    }
    for (const call of calls) if (call.kids.length > 1) call.kids.sort(byStart);
    roots.sort(byStart);
    const tree = { calls, roots, known, end: calls.reduce((latest, call) => Math.max(latest, call.end), 1) };
    walk(roots, (call, depth) => { call.depth = depth; });
    tree.depth = calls.reduce((deepest, call) => Math.max(deepest, call.depth), 0);
    for (const call of calls) {
      call.own = ownTime(call);
      call.origin = call.error && !call.kids.some((kid) => kid.error);
    }
    critical(tree);
    return tree;
  };

  const reach = (root, reached) => {
    const stack = [root];
    while (stack.length) {
      const call = stack.pop();
      reached.add(call);
      for (const kid of call.kids) if (!reached.has(kid)) stack.push(kid);
    }
  };

  /* Every call in the order it is drawn; `visit` may answer false to leave out what lies below. */
  const walk = (roots, visit) => {
    const stack = roots.map((root) => [root, 0]).reverse();
    while (stack.length) {
      const [call, depth] = stack.pop();
      const next = visit(call, depth);
      if (next === false) continue;
      const below = typeof next === "number" ? next : depth + 1;
      for (let at = call.kids.length - 1; at >= 0; at -= 1) stack.push([call.kids[at], below]);
    }
  };

  /* Time in which none of its calls ran. */
  const ownTime = (call) => {
    let covered = 0;
    let until = call.start;
    for (const kid of call.kids) {
      const from = Math.max(until, kid.start);
      const to = Math.min(call.end, kid.end);
      if (to > from) {
        covered += to - from;
        until = to;
      }
    }
    return Math.max(0, call.end - call.start - covered);
  };

  /* From the end of the longest root backwards: the call that was still running is what the rest waited for. */
  const critical = (tree) => {
    const root = tree.roots.reduce((longest, call) => (!longest || call.end - call.start > longest.end - longest.start ? call : longest), null);
    const stack = root ? [root] : [];
    while (stack.length) {
      const call = stack.pop();
      call.critical = true;
      const endOf = (kid) => Math.min(kid.end, call.end); // what runs on after its caller is cut there
      let until = call.end;
      for (const kid of [...call.kids].sort((one, other) => endOf(other) - endOf(one))) {
        if (endOf(kid) > until || kid.start >= until) continue;
        stack.push(kid);
        until = kid.start;
      }
    }
  };

  /* The rows to draw. `hidden` leaves single calls out and keeps what they called; `wanted` keeps calls and their callers. */
  const rows = (tree, { hidden = () => false, wanted = null } = {}) => {
    const kept = wanted ? withCallers(tree, wanted) : null;
    const found = [];
    walk(tree.roots, (call, depth) => {
      if (kept && !kept.has(call)) return false;
      if (hidden(call)) return depth;
      found.push({ call, depth });
      return call.closed && !kept ? false : depth + 1;
    });
    return found;
  };

  const withCallers = (tree, wanted) => {
    const kept = new Set();
    for (const call of tree.calls) {
      if (!wanted(call)) continue;
      for (let up = call; up && !kept.has(up); up = up.up) kept.add(up);
    }
    return kept;
  };

  /* Count, time, own time and p95 of each process, the one with the most own time first. */
  const statistics = (tree) => {
    const found = new Map();
    for (const call of tree.calls) {
      const key = `${call.group}\n${call.scope}\n${call.process}`;
      const line = found.get(key) || { process: call.process, group: call.group, scope: call.scope, count: 0, errors: 0, total: 0, own: 0, all: [] };
      line.count += 1;
      line.errors += call.error ? 1 : 0;
      line.total += call.end - call.start;
      line.own += call.own;
      line.all.push(call.end - call.start);
      found.set(key, line);
    }
    return [...found.values()].map((line) => {
      line.all.sort((one, other) => one - other);
      const p95 = line.all[Math.ceil(line.all.length * 0.95) - 1];
      return { ...line, p95, all: undefined };
    }).sort((one, other) => other.own - one.own);
  };

  window.flowglassTree = { read, build, rows, statistics, walk };
})();
