"use strict";
// The page: what is shown of time, figures drawn when they come into view, numbers behind each, one record in words.
const $ = id => document.getElementById(id);
const page = (() => {
  let { clock, columns: infos, figures } = JSON.parse($("data").textContent);
  if (!clock) return null;
  const unpacked = new Map(), drawn = new Map(), MOST_ROWS = 500;
  let end = clock.start + clock.count * clock.step, shown = [clock.start, end], kind = "all", record = null, version = 0;

  function say(text) { $("said").textContent = text; }
  async function values(name) {
    if (!unpacked.has(name)) {
      unpacked.set(name, (async () => {
        const bytes = Uint8Array.from(atob(infos[name].data), c => c.charCodeAt(0));
        const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
        return core.unpack(new Uint8Array(await new Response(stream).arrayBuffer()), infos[name]);
      })());
    }
    return unpacked.get(name);
  }
  function namesOf(figure) {
    return figure.series ? [...new Set(figure.series.flatMap(s => [s.column, s.quality, ...(s.band || [])]).filter(Boolean))] : [figure.column];
  }
  async function columnsOf(figure) {
    const names = namesOf(figure), found = await Promise.all(names.map(values));
    return Object.fromEntries(names.map((name, k) => [name, found[k]]));
  }

  // ---- figures ---------------------------------------------------------------------------------------------------------------
  async function draw(box) {
    if (drawn.has(box)) return;
    drawn.set(box, null);
    const figure = figures[+box.dataset.figure], host = box.querySelector(".plot"), of = version, columns = await columnsOf(figure);
    if (of !== version) { drawn.delete(box); return draw(box); }
    host.replaceChildren();
    host.setAttribute("aria-label", figure.words);
    drawn.set(box, charts[figure.kind](host, figure, clock, columns, infos, () => shown, move, open, say));
    host.dataset.ready = "yes";
  }
  function again() {
    for (const [box, chart] of drawn) if (chart) { chart.gone(); drawn.delete(box); draw(box); }
  }
  // Other columns in place of these, of the same figures; what is drawn changes within one frame.
  async function update(data) {
    const moved = data.clock.start !== clock.start || data.clock.count !== clock.count;
    ({ clock, columns: infos, figures } = data);
    version++;
    unpacked.clear();
    end = clock.start + clock.count * clock.step;
    if (moved) { shown = [clock.start, end]; kind = "all"; }
    await Promise.all([...new Set(figures.flatMap(namesOf))].map(values));
    const before = Array.from(drawn);  // boxes are taken out and come back
    for (const [box, chart] of before) if (chart) { chart.gone(); drawn.delete(box); await draw(box); }
    for (const box of document.querySelectorAll("figure.drawn details[open]")) numbers(box.closest("figure"));
    told();
  }
  const watcher = new IntersectionObserver(seen => { for (const e of seen) if (e.isIntersecting) draw(e.target); }, { rootMargin: "400px" });
  for (const box of document.querySelectorAll("figure.drawn")) {
    watcher.observe(box);
    box.querySelector("details").addEventListener("toggle", e => { if (e.target.open) numbers(box); });
  }

  // ---- what is shown of time ---------------------------------------------------------------------------------------------------
  function move(from, to, as = "") {
    const least = 4 * clock.step;
    if (to - from < least) to = from + least;
    shown = [Math.max(from, clock.start - 86400), Math.min(to, end + 86400)];
    kind = as;
    for (const chart of drawn.values()) if (chart) chart.moved();
    for (const box of document.querySelectorAll("figure.drawn details[open]")) numbers(box.closest("figure"));
    told();
  }
  function told() {
    for (const button of $("spans").children) button.setAttribute("aria-pressed", String(button.dataset.kind === kind));
    $("shown").textContent = core.stamp(shown[0]) + " to " + core.stamp(shown[1]) + ", " + clock.zone;
  }
  function show(name) { move(...core.span(clock, name, core.clip((shown[0] + shown[1]) / 2, clock.start, end - clock.step)), name); }
  function shift(sign) {
    if (core.SPANS.includes(kind) && kind !== "all") {
      const [from, to] = core.span(clock, kind, sign > 0 ? shown[1] + 60 : shown[0] - 60);
      if (to > clock.start && from < end) move(from, to, kind);
      return;
    }
    const step = sign * (shown[1] - shown[0]) / 2;
    if (shown[1] + step > clock.start && shown[0] + step < end) move(shown[0] + step, shown[1] + step);
  }
  for (const name of core.SPANS) {
    const button = document.createElement("button");
    button.type = "button"; button.textContent = name; button.dataset.kind = name;
    button.addEventListener("click", () => show(name));
    $("spans").append(button);
  }
  $("earlier").addEventListener("click", () => shift(-1));
  $("later").addEventListener("click", () => shift(1));

  // ---- numbers behind a figure -------------------------------------------------------------------------------------------------
  async function numbers(box) {
    const figure = figures[+box.dataset.figure], host = box.querySelector(".numbers"), chart = drawn.get(box);
    const table = chart && chart.table ? chart.table() : await windowTable(figure);
    const save = document.createElement("button");
    save.type = "button"; save.textContent = "Save as CSV";
    save.addEventListener("click", () => download(table, infos[namesOf(figure)[0]].label));
    const note = document.createElement("p");
    note.className = "quiet";
    note.textContent = table.rows.length > MOST_ROWS ? "The first " + MOST_ROWS + " of " + table.rows.length + " rows of the time shown; all are in the CSV." : table.rows.length + " rows, of the time shown.";
    const scroll = document.createElement("div");
    scroll.className = "scroll tall"; scroll.tabIndex = 0; scroll.setAttribute("role", "region"); scroll.setAttribute("aria-label", "Numbers of this figure");
    scroll.append(grid(table.head, table.rows.slice(0, MOST_ROWS)));
    host.replaceChildren(note, save, scroll);
  }
  async function windowTable(figure) {
    const names = namesOf(figure), found = await Promise.all(names.map(values)), rows = [];
    for (let i = core.first(clock, shown[0]); i < core.first(clock, shown[1]); i++) {
      if (found.every(column => Number.isNaN(column[i]))) continue;
      rows.push([core.stamp(clock.start + i * clock.step), ...found.map(column => core.numeral(column[i]))]);
    }
    return { head: ["begins", ...names.map(name => infos[name].label + (infos[name].unit ? " (" + infos[name].unit + ")" : ""))], rows };
  }
  function grid(head, rows) {
    const table = document.createElement("table"), top = table.createTHead().insertRow(), body = table.createTBody();
    for (const [k, text] of head.entries()) { const cell = document.createElement("th"); cell.scope = "col"; cell.textContent = text; if (k) cell.className = "n"; top.append(cell); }
    for (const row of rows) { const line = body.insertRow(); row.forEach((text, k) => { const cell = line.insertCell(); cell.textContent = text; if (k) cell.className = "n"; }); }
    return table;
  }
  function plain(text) { return core.cell(text.replace("−", "-").replace("–", "")); }
  function download(table, name) {
    const text = [table.head, ...table.rows].map(row => row.map(plain).join(",")).join("\n") + "\n";
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    link.download = name.replace(/[^\w.-]+/g, "_") + ".csv";
    link.click();
    URL.revokeObjectURL(link.href);
  }

  // ---- one record in words -----------------------------------------------------------------------------------------------------
  async function open(i) {
    record = i;
    const names = Object.keys(infos), found = await Promise.all(names.map(values));
    $("record-title").textContent = core.stamp(clock.start + i * clock.step) + " to " + core.stamp(clock.start + (i + 1) * clock.step).slice(11);
    $("record-rows").replaceChildren(...names.map((name, k) => {
      const row = document.createElement("tr"), info = infos[name], v = found[k][i];
      for (const [text, cls] of [[info.label, ""], [core.numeral(v), "n"], [info.unit, ""], [core.meaning(info, v), ""]]) {
        const cell = document.createElement("td");
        cell.textContent = text; cell.className = cls;
        row.append(cell);
      }
      return row;
    }));
    if (!$("record").open) $("record").showModal();
    say($("record-title").textContent);
  }
  $("record-close").addEventListener("click", () => $("record").close());
  $("record-before").addEventListener("click", () => open(core.clip(record - 1, 0, clock.count - 1)));
  $("record-after").addEventListener("click", () => open(core.clip(record + 1, 0, clock.count - 1)));

  // ---- keys, size, light and print -----------------------------------------------------------------------------------------------
  document.addEventListener("keydown", e => {
    if (e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName)) return;
    if ($("record").open) { if (e.key === "ArrowLeft") $("record-before").click(); if (e.key === "ArrowRight") $("record-after").click(); return; }
    const spans = { a: "all", y: "year", m: "month", w: "week", d: "day" };
    if (spans[e.key]) show(spans[e.key]);
    else if (e.key === "," || e.key === "<") shift(-1);
    else if (e.key === "." || e.key === ">") shift(1);
  });
  let waiting = 0;
  addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(() => { for (const chart of drawn.values()) if (chart) chart.resized(); }, 120); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  addEventListener("beforeprint", () => { for (const box of document.querySelectorAll("figure.drawn")) draw(box); again(); });
  addEventListener("afterprint", again);
  told();
  return { update, say };
})();
