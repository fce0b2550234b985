"use strict";
// Review of closures: cards of all of them, one large plot, decisions that the next run applies.
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const bytes = Uint8Array.from(atob(data.points), c => c.charCodeAt(0));
const words = new Uint16Array(bytes.buffer);
const INK = "#222", GREY = "#767676", PALE = "#E8EBEE", BLUE = "#0072B2", ORANGE = "#E69F00", RED = "#D55E00", GREEN = "#009E73";
const $ = id => document.getElementById(id);
const STORE = "fluxkit-decisions-" + data.campaign;
const COLUMNS = ["closure", "start", "gas", "action", "window_start", "window_end", "model", "reason"];
const told = new Set(data.told.map(name => data.flags.indexOf(name)));
const panels = data.panels.map((p, index) => ({ ...p, index, doubts: p.flags.filter(f => !told.has(f)), closure: data.closures[p.k], gas: data.gases[p.g] }));
const byKey = new Map(panels.map(p => [key(p), p]));
let decisions = load();
let shown = [], drawn = 0, current = null;

function key(p) { return [p.closure.id, p.closure.start, p.gas.name].join("\u0001"); }

function points(p) {
  if (!p.cache) {
    const t = new Float64Array(p.n), c = new Float64Array(p.n);
    for (let i = 0; i < p.n; i++) {
      t[i] = p.t0 + words[2 * (p.at + i)] * p.dt;
      c[i] = p.c0 + words[2 * (p.at + i) + 1] * p.dc;
    }
    p.cache = { t, c };
  }
  return p.cache;
}

// ---- decisions -----------------------------------------------------------------------------------------------------
function load() {
  const found = new Map();
  for (const d of data.decisions) put(found, d);
  let kept = [];
  try { kept = JSON.parse(localStorage.getItem(STORE) || "[]"); } catch (e) { $("storage").hidden = false; }
  for (const d of kept) put(found, d);
  return found;
}
function put(map, d) {
  const meant = panels.filter(p => p.closure.id === d.closure && (!d.gas || d.gas === p.gas.name));
  const starts = new Set(meant.map(p => p.closure.start));
  for (const p of meant) {
    if (starts.size > 1 && !(Math.abs(Date.parse(p.closure.start) - Date.parse(d.start)) <= 300e3)) continue;
    const now = map.get(key(p)) || {};
    for (const name of COLUMNS.slice(3)) if (d[name] !== "" && d[name] != null) now[name] = d[name];
    if (Object.keys(now).length) map.set(key(p), now);
  }
}
function save() {
  const rows = table();
  try { localStorage.setItem(STORE, JSON.stringify(rows)); } catch (e) { $("storage").hidden = false; }
  $("decided").textContent = rows.length;
}
function table() {
  const rows = [];
  for (const p of panels) {
    const d = decisions.get(key(p));
    if (d && Object.keys(d).length) rows.push({ closure: p.closure.id, start: p.closure.start, gas: p.gas.name, ...d });
  }
  return rows;
}
// A text that a spreadsheet would take for a formula is given an apostrophe, as the program writes it.
const FORMULA = /^[=+\-@\uff1d\uff0b\uff0d\uff20']/;
function guard(s) { return FORMULA.test(s) && (s.trim() === "" || isNaN(Number(s))) ? "'" + s : s; }
function plain(s) { return s[0] === "'" && FORMULA.test(s.slice(1)) ? s.slice(1) : s; }
function quote(v) { const s = guard(v == null ? "" : String(v)); return /[",\n\r]/.test(s) ? '"' + s.replaceAll('"', '""') + '"' : s; }
function csv() { return [COLUMNS.join(","), ...table().map(r => COLUMNS.map(c => quote(r[c])).join(","))].join("\n") + "\n"; }
function parse(text) {
  const rows = [[""]];
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const ch = text[i], row = rows[rows.length - 1];
    if (quoted) {
      if (ch === '"' && text[i + 1] === '"') { row[row.length - 1] += '"'; i++; }
      else if (ch === '"') quoted = false;
      else row[row.length - 1] += ch;
    } else if (ch === '"') quoted = true;
    else if (ch === ",") row.push("");
    else if (ch === "\n") rows.push([""]);
    else if (ch !== "\r" && ch !== "\ufeff") row[row.length - 1] += ch;
  }
  const names = rows.shift();
  return rows.filter(r => r.length > 1).map(r => Object.fromEntries(names.map((n, i) => [n, plain(r[i] || "")])));
}

// ---- fits for a look; the next run makes the real ones ---------------------------------------------------------------
function line(t, c) {
  let n = t.length, st = 0, sc = 0;
  for (let i = 0; i < n; i++) { st += t[i]; sc += c[i]; }
  const mt = st / n, mc = sc / n;
  let tt = 0, tc = 0;
  for (let i = 0; i < n; i++) { tt += (t[i] - mt) ** 2; tc += (t[i] - mt) * (c[i] - mc); }
  const slope = tc / tt;
  let rss = 0;
  for (let i = 0; i < n; i++) rss += (c[i] - mc - slope * (t[i] - mt)) ** 2;
  return { slope, c0: mc - slope * mt, shape: 0, rss };
}
function exponential(t, c) {
  const length = t[t.length - 1] || 1;
  const at = shape => {
    if (Math.abs(shape * length) < 1e-6) return line(t, c);
    const x = t.map(v => (1 - Math.exp(-shape * v)) / shape);
    const f = line(x, c);
    return { ...f, shape };
  };
  let best = line(t, c);
  for (let i = -12; i <= 24; i++) { const f = at(i / 4 / length); if (f.rss < best.rss) best = f; }
  let low = best.shape - 0.25 / length, high = best.shape + 0.25 / length;
  for (let i = 0; i < 30; i++) {
    const a = low + 0.382 * (high - low), b = low + 0.618 * (high - low);
    if (at(a).rss < at(b).rss) high = b; else low = a;
  }
  const f = at((low + high) / 2);
  return f.rss < best.rss ? f : best;
}
function scaledErfc(z) {  // exp(z^2) erfc(z), z >= 0; Abramowitz & Stegun 7.1.26
  const t = 1 / (1 + 0.3275911 * z);
  return t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
}
function straight(fit, tau) { return fit.slope * tau; }
function levelling(fit, tau) {
  return fit.slope * (Math.abs(fit.shape) < 1e-9 ? tau : (1 - Math.exp(-fit.shape * tau)) / fit.shape);
}
function besideLine(fit, tau) {
  return fit.extra == null ? NaN : fit.extra * tau + levelling({ ...fit, slope: fit.slope - fit.extra }, tau);
}
function diffusion(fit, tau) {
  const s = fit.shape, x = Math.max(tau, 0) * s;
  return Math.abs(s) < 1e-9 ? fit.slope * tau : fit.slope / s * (2 * Math.sqrt(x / Math.PI) + scaledErfc(Math.sqrt(x)) - 1);
}
// Every model of fluxkit/chamber/fits/models.py: its colour, and how it rises from fit.c0. A test holds them to the fits.
const MODELS = {
  linear: { colour: ORANGE, rise: straight },
  robust: { colour: "#CC79A7", rise: straight },
  quadratic: { colour: "#56B4E9", rise: (fit, tau) => fit.slope * tau + fit.shape * tau * tau },
  hm: { colour: BLUE, rise: levelling },
  licor: { colour: GREEN, rise: levelling },
  zhao: { colour: GREY, rise: besideLine },
  ndfe: { colour: GREY, rise: diffusion },
  "three-point": { colour: GREY, rise: levelling },
};
function curve(fit, second) { return fit.c0 + MODELS[fit.model].rise(fit, second - fit.from); }
function state(p) {
  const d = decisions.get(key(p)) || {};
  const ws = d.window_start != null ? +d.window_start : p.ws, we = d.window_end != null ? +d.window_end : p.we;
  const moved = Math.abs(ws - p.ws) > 1e-6 || Math.abs(we - p.we) > 1e-6;
  const model = d.model || p.model;
  let fits = p.fits, flux = p.flux;
  if (moved || (d.model && d.model !== p.model)) {
    const pick = (p.fits.find(f => f.model === model) || {});
    if (!moved && pick.flux != null) flux = pick.flux;
    else if (moved) {
      const { t, c } = points(p), tt = [], cc = [];
      for (let i = 0; i < p.n; i++) if (t[i] >= ws - p.dt && t[i] <= we + p.dt) { tt.push(t[i] - ws); cc.push(c[i]); }
      fits = [];
      if (tt.length > 4) {
        for (const [name, make] of [["linear", line], ["hm", exponential]]) {
          const f = make(tt, cc);
          fits.push({ ...f, from: ws, model: name, flux: f.slope * p.term });
        }
        const used = model === "linear" || model === "robust" ? fits[0] : fits[1];
        flux = used.flux;
      } else flux = null;
    }
  }
  const discarded = d.action === "discard" || (p.discarded && d.action !== "keep");
  return { d, ws, we, moved, model, fits, flux, discarded, changed: Object.keys(d).length > 0 };
}

// ---- drawing ---------------------------------------------------------------------------------------------------------
function nice(low, high, most) {
  const raw = (high - low) / most || 1, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(m => m * power).find(s => s >= raw);
  const ticks = [];
  for (let v = Math.ceil(low / step) * step; v <= high + 1e-9 * step; v += step) ticks.push(Math.abs(v) < 1e-9 * step ? 0 : v);
  return { ticks, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
}
function plot(canvas, p, big) {
  const box = canvas.getBoundingClientRect(), ratio = window.devicePixelRatio || 1;
  if (!box.width) return;
  canvas.width = Math.round(box.width * ratio); canvas.height = Math.round(box.height * ratio);
  const g = canvas.getContext("2d"), W = box.width, H = box.height, s = state(p), { t, c } = points(p);
  g.scale(ratio, ratio);
  g.font = (big ? 13 : 10.5) + "px system-ui, sans-serif";
  const left = big ? 64 : 44, right = W - (big ? 14 : 6), top = big ? 14 : 5, bottom = H - (big ? 40 : 17);
  if (!p.n) { g.fillStyle = GREY; g.textAlign = "center"; g.fillText("no data", W / 2, H / 2); return; }
  let lowT = Math.min(0, t[0]), highT = Math.max(t[p.n - 1], s.we), low = Infinity, high = -Infinity;
  for (let i = 0; i < p.n; i++) { if (c[i] < low) low = c[i]; if (c[i] > high) high = c[i]; }
  const room = (high - low || Math.abs(high) * 0.01 || 1) * 0.08;
  low -= room; high += room;
  const X = v => left + (v - lowT) / (highT - lowT) * (right - left), Y = v => bottom - (v - low) / (high - low) * (bottom - top);
  p.axis = { lowT, highT, left, right };
  g.fillStyle = s.discarded ? "#FBEDE6" : "#EEF5FA";
  g.fillRect(X(s.ws), top, X(s.we) - X(s.ws), bottom - top);
  const yt = nice(low, high, big ? 6 : 3), xt = nice(lowT, highT, big ? 9 : 4);
  g.strokeStyle = PALE; g.lineWidth = 1; g.fillStyle = GREY;
  g.textAlign = "right"; g.textBaseline = "middle";
  for (const v of yt.ticks) { g.beginPath(); g.moveTo(left, Y(v)); g.lineTo(right, Y(v)); g.stroke(); g.fillText(v.toFixed(yt.digits), left - 5, Y(v)); }
  g.textAlign = "center"; g.textBaseline = "top";
  for (const v of xt.ticks) g.fillText(v.toFixed(xt.digits), X(v), bottom + 4);
  if (big) {
    g.fillStyle = INK;
    g.fillText("seconds after closing", (left + right) / 2, bottom + 21);
    g.save(); g.translate(12, (top + bottom) / 2); g.rotate(-Math.PI / 2); g.fillText(p.gas.label + " (" + p.gas.unit + ")", 0, -6); g.restore();
  }
  if (lowT < 0) { g.setLineDash([3, 3]); g.strokeStyle = GREY; g.beginPath(); g.moveTo(X(0), top); g.lineTo(X(0), bottom); g.stroke(); g.setLineDash([]); }
  const r = big ? 2.4 : 1.3;
  for (let i = 0; i < p.n; i++) {
    const inside = t[i] >= s.ws - p.dt && t[i] <= s.we + p.dt;
    g.fillStyle = inside ? "#444" : "#B9BFC5";
    g.beginPath(); g.arc(X(t[i]), Y(c[i]), r, 0, 7); g.fill();
  }
  g.save(); g.beginPath(); g.rect(left, top, right - left, bottom - top); g.clip();
  for (const f of s.fits) {
    const main = f.model === s.model;
    if ((!big && !main) || f.c0 == null) continue;
    g.strokeStyle = MODELS[f.model].colour; g.lineWidth = main ? (big ? 2.6 : 2) : 1.4;
    g.setLineDash(main ? [] : [6, 4]);
    g.beginPath();
    for (let i = 0; i <= 60; i++) { const v = s.ws + (s.we - s.ws) * i / 60, y = Y(curve(f, v)); if (i) g.lineTo(X(v), y); else g.moveTo(X(v), y); }
    g.stroke();
  }
  g.restore(); g.setLineDash([]);
  if (big) for (const v of [s.ws, s.we]) {
    g.strokeStyle = INK; g.lineWidth = 1.5; g.beginPath(); g.moveTo(X(v), top); g.lineTo(X(v), bottom); g.stroke();
    g.fillStyle = INK; g.fillRect(X(v) - 4, top, 8, 16);
  }
}

// ---- cards -----------------------------------------------------------------------------------------------------------
function digits(v) {
  if (v == null || !isFinite(v)) return "–";
  const a = Math.abs(v);
  return (a >= 1000 ? v.toFixed(0) : a >= 0.001 || a === 0 ? v.toPrecision(3) : v.toExponential(1)).replace("-", "−");
}
function flux(p, s) { return digits(s.flux) + (p.se != null && !s.moved ? " ± " + digits(p.se) : s.moved ? " (preview)" : ""); }
function kind(p, s) { return s.discarded ? "discard" : p.doubts.length ? "use" : "best"; }
const SORTS = {
  time: p => Date.parse(p.closure.start), id: p => p.closure.id, plot: p => p.closure.plot + " " + p.closure.start,
  flux: p => -(state(p).flux ?? -Infinity), low: p => state(p).flux ?? Infinity,
  error: p => -(p.se / Math.abs(p.flux) || 0), flags: p => -p.doubts.length, window: p => -(p.sens / Math.abs(p.flux) || 0),
  bend: p => -Math.abs(p.bend || 0),
};
function wanted(p) {
  const v = id => $(id) ? $(id).value : "", s = state(p), text = v("find").trim().toLowerCase();
  if (v("gas") && p.gas.name !== v("gas")) return false;
  for (const name of ["plot", "treatment", "cover"]) if (v(name) && p.closure[name] !== v(name)) return false;
  if (v("flag") && !p.flags.includes(+v("flag"))) return false;
  if (text && !(p.closure.id + " " + p.closure.plot + " " + p.closure.start).toLowerCase().includes(text)) return false;
  const show = v("show");
  return show === "all" || (show === "flagged" && p.doubts.length > 0) || (show === "decided" && s.changed)
    || (show === "open" && !s.changed) || (show === "discarded" && s.discarded) || (show === "review" && p.doubts.length > 0 && !s.changed);
}
function refresh() {
  const by = SORTS[$("sort").value];
  shown = panels.filter(wanted).map(p => [by(p), p]).sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1].index - b[1].index)).map(a => a[1]);
  $("cards").replaceChildren();
  drawn = 0;
  $("count").textContent = shown.length + " of " + panels.length;
  $("none").hidden = shown.length > 0;
  more();
}
function card(p) {
  const item = document.createElement("button");
  item.type = "button"; item.className = "card"; item.dataset.index = p.index;
  const title = document.createElement("span"), value = document.createElement("span"), canvas = document.createElement("canvas");
  title.className = "title"; value.className = "value";
  item.append(title, canvas, value);
  item.addEventListener("click", () => open(p));
  watcher.observe(item);
  return item;
}
function fillCard(item) {
  const p = panels[+item.dataset.index], s = state(p);
  item.className = "card " + kind(p, s) + (s.changed ? " decided" : "");
  item.querySelector(".title").textContent = p.closure.id + (data.gases.length > 1 ? " · " + p.gas.label : "");
  item.querySelector(".value").textContent = flux(p, s) + (s.discarded ? " · discarded" : "");
  item.title = p.flags.map(f => data.flags[f]).join(", ");
  item.setAttribute("aria-label", p.closure.id + " " + p.gas.name + ": " + flux(p, s) + " " + p.gas.flux_unit + " " + item.title);
  plot(item.querySelector("canvas"), p, false);
}
const watcher = new IntersectionObserver(entries => { for (const e of entries) if (e.isIntersecting) fillCard(e.target); }, { rootMargin: "300px" });
function more() {
  const next = shown.slice(drawn, drawn + 60);
  $("cards").append(...next.map(card));
  drawn += next.length;
}
new IntersectionObserver(entries => { if (entries[0].isIntersecting && drawn < shown.length) more(); }, { rootMargin: "800px" }).observe($("end"));

// ---- one closure -----------------------------------------------------------------------------------------------------
function open(p) {
  current = p;
  if (!$("one").open) $("one").showModal();
  describe();
}
function cell(text, number) { const td = document.createElement("td"); td.textContent = text; if (number) td.className = "n"; return td; }
function describe() {
  const p = current, s = state(p), c = p.closure;
  $("one-title").textContent = c.id + " · " + p.gas.label;
  $("one-where").textContent = [c.start.replace("T", " "), c.plot && "plot " + c.plot, c.treatment, c.cover, c.t_air != null && c.t_air.toFixed(1) + " °C",
    c.volume != null && (c.volume * 1e3).toPrecision(4) + " L over " + (c.area * 1e4).toPrecision(4) + " cm²"].filter(Boolean).join(" · ");
  $("one-flux").textContent = flux(p, s) + " " + p.gas.flux_unit;
  $("one-flags").replaceChildren(...p.flags.map(f => { const li = document.createElement("li"); li.textContent = data.flags[f].replaceAll("_", " "); return li; }));
  $("one-fits").replaceChildren(...s.fits.map(f => {
    const tr = document.createElement("tr"), name = cell(f.model);
    name.style.borderLeft = "4px solid " + (MODELS[f.model].colour); name.style.paddingLeft = ".5rem";
    if (f.model === s.model) tr.className = "chosen";
    tr.append(name, cell(digits(f.flux), true), cell(digits(f.se), true), cell(f.r2 != null ? f.r2.toFixed(4) : "–", true), cell(f.aicc != null ? f.aicc.toFixed(1) : "–", true));
    return tr;
  }));
  $("one-start").value = +s.ws.toFixed(1); $("one-end").value = +s.we.toFixed(1);
  $("one-model").value = s.d.model || ""; $("one-reason").value = s.d.reason || "";
  for (const action of ["keep", "discard", ""]) $("act-" + (action || "none")).setAttribute("aria-pressed", (s.d.action || "") === action);
  $("one-place").textContent = (shown.indexOf(p) + 1 || "–") + " of " + shown.length;
  plot($("one-canvas"), p, true);
}
function change(changes) {
  const all = $("one-all").checked && !("model" in changes && changes.model);
  for (const p of panels.filter(q => q === current || (all && q.k === current.k))) {
    const d = { ...(decisions.get(key(p)) || {}) };
    for (const [name, v] of Object.entries(changes)) if (v === "" || v == null) delete d[name]; else d[name] = v;
    if (d.window_start != null && d.window_end == null) d.window_end = p.we;
    if (d.window_end != null && d.window_start == null) d.window_start = p.ws;
    if (Object.keys(d).length) decisions.set(key(p), d); else decisions.delete(key(p));
  }
  save(); describe(); redraw();
}
function redraw() { for (const item of $("cards").children) if (panels[+item.dataset.index].k === current.k) fillCard(item); }
function step(by) { const i = shown.indexOf(current) + by; if (i >= 0 && i < shown.length) { while (i >= drawn) more(); open(shown[i]); } }
function setWindow(ws, we) { if (we - ws >= 1) change({ window_start: +ws.toFixed(1), window_end: +we.toFixed(1) }); }

let grip = null;
function second(e) {
  const a = current.axis, x = e.clientX - $("one-canvas").getBoundingClientRect().left;
  return a.lowT + (x - a.left) / (a.right - a.left) * (a.highT - a.lowT);
}
$("one-canvas").addEventListener("pointerdown", e => {
  const s = state(current), v = second(e);
  grip = Math.abs(v - s.ws) < Math.abs(v - s.we) ? "window_start" : "window_end";
  $("one-canvas").setPointerCapture(e.pointerId);
});
$("one-canvas").addEventListener("pointermove", e => {
  if (!grip) return;
  const s = state(current), v = Math.round(second(e));
  if (grip === "window_start") setWindow(Math.max(v, Math.floor(current.axis.lowT)), s.we); else setWindow(s.ws, Math.min(v, Math.ceil(current.axis.highT)));
});
$("one-canvas").addEventListener("pointerup", () => { grip = null; });
for (const id of ["one-start", "one-end"]) $(id).addEventListener("change", () => setWindow(+$("one-start").value, +$("one-end").value));
$("one-model").addEventListener("change", () => change({ model: $("one-model").value }));
$("one-reason").addEventListener("change", () => change({ reason: $("one-reason").value }));
$("act-keep").addEventListener("click", () => change({ action: "keep" }));
$("act-discard").addEventListener("click", () => change({ action: "discard" }));
$("act-none").addEventListener("click", () => change({ action: "" }));
$("one-reset").addEventListener("click", () => change({ action: "", window_start: "", window_end: "", model: "", reason: "" }));
$("one-before").addEventListener("click", () => step(-1));
$("one-after").addEventListener("click", () => step(1));
$("one-close").addEventListener("click", () => $("one").close());
$("one").addEventListener("keydown", e => {
  if (/INPUT|SELECT/.test(e.target.tagName)) return;
  const act = { ArrowLeft: () => step(-1), ArrowRight: () => step(1), d: () => change({ action: "discard" }), k: () => change({ action: "keep" }), u: () => change({ action: "" }) }[e.key];
  if (act) { e.preventDefault(); act(); }
});

// ---- controls --------------------------------------------------------------------------------------------------------
for (const id of ["gas", "plot", "treatment", "cover", "flag", "show", "sort"]) if ($(id)) $(id).addEventListener("change", refresh);
$("find").addEventListener("input", refresh);
$("export").addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
  link.download = "decisions.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
});
$("import").addEventListener("change", async e => {
  const file = e.target.files[0];
  if (!file) return;
  for (const d of parse(await file.text())) put(decisions, d);
  save(); refresh();
});
window.addEventListener("resize", () => { for (const item of $("cards").children) fillCard(item); if ($("one").open) describe(); });
save();
refresh();
window.fluxkitReview = { csv, parse, panels, state, open, change, curve, points };
const asked = new URLSearchParams(location.hash.slice(1));
if (asked.has("closure")) {
  const p = panels.find(q => q.closure.id === asked.get("closure") && (!asked.has("gas") || q.gas.name === asked.get("gas")));
  if (p) open(p);
}
})();
