"use strict";
// Decisions on closures and what their panels show, without a browser; what curves are is told in Python alone.
const reviewing = (() => {
	const COLUMNS = ["closure", "start", "gas", "action", "window_start", "window_end", "model", "reason"];

	// All integers of a review, from bytes as of a column.
	function integers(bytes) {
		const half = bytes.length / 2;
		return Uint16Array.from({ length: half }, (_, i) => bytes[i] + 256 * bytes[half + i]);
	}
	function part(words, at, n, low, step) { return Float64Array.from(words.subarray(at, at + n), v => low + step * v); }
	function points(words, p) {
		p.cache ??= { t: part(words, p.t[0], p.n, p.t[1], p.t[2]), c: part(words, p.c[0], p.n, p.c[1], p.c[2]) };
		return p.cache;
	}
	// A fitted curve: evenly spaced over the window.
	function course(words, p, f) {
		const y = part(words, f.at, f.n, p.y[0], p.y[1]);
		return { x: y.map((v, i) => p.ws + (p.we - p.ws) * i / Math.max(f.n - 1, 1)), y };
	}

	// a moved window, for a look; the next run makes the real fit
	// Least squares of c = c0 + slope x.
	function line(x, c) {
		let n = x.length, sx = 0, sc = 0, xx = 0, xc = 0, rss = 0;
		for (let i = 0; i < n; i++) { sx += x[i]; sc += c[i]; }
		const mx = sx / n, mc = sc / n;
		for (let i = 0; i < n; i++) { xx += (x[i] - mx) ** 2; xc += (x[i] - mx) * (c[i] - mc); }
		const slope = xx > 0 ? xc / xx : NaN;
		for (let i = 0; i < n; i++) rss += (c[i] - mc - slope * (x[i] - mx)) ** 2;
		return { slope, c0: mc - slope * mx, rss };
	}
	// A curve of the family at a place between its shapes, by its points.
	function curve(words, family, place) {
		const k = Math.min(Math.floor(place), family.count - 2), share = place - k;
		const [a, b] = [k, k + 1].map(j => part(words, family.at + j * family.n, family.n, ...family.y));
		return a.map((v, i) => v + share * (b[i] - v));
	}
	function between(y, at) {
		const place = core.clip(at, 0, 1) * (y.length - 1), k = Math.min(Math.floor(place), y.length - 2);
		return y[k] + (place - k) * (y[k + 1] - y[k]);
	}
	// The curve of least squares among all of a family, t from the window's begin.
	function bent(words, family, t, c) {
		const length = t[t.length - 1] || 1;
		const at = place => {
			const y = curve(words, family, place);
			return { ...line(t.map(v => length * between(y, v / length)), c), y, length, place };
		};
		let best = null, place = 0;
		for (let k = 0; k < family.count; k++) { const f = at(k); if (!best || f.rss < best.rss) { best = f; place = k; } }
		for (let low = Math.max(place - 1, 0), high = Math.min(place + 1, family.count - 1), i = 0; i < 24; i++) {
			const a = at(low + 0.382 * (high - low)), b = at(low + 0.618 * (high - low)), f = a.rss < b.rss ? a : b;
			if (a.rss < b.rss) high = b.place; else low = a.place;
			if (f.rss < best.rss) best = f;
		}
		return best;
	}
	// Both kinds of fit in a window; none where there are too few readings.
	function look(words, review, p, ws, we) {
		const { t, c } = points(words, p), tt = [], cc = [], step = p.t[2];
		for (let i = 0; i < p.n; i++) if (t[i] >= ws - step && t[i] <= we + step) { tt.push(t[i] - ws); cc.push(c[i]); }
		if (tt.length < 5) return [];
		const straight = line(tt, cc), curved = bent(words, review.family, tt, cc), end = we - ws;
		const nodes = curved.y.map((v, i) => ws + curved.length * i / (curved.y.length - 1));
		return [
			{ model: "linear", ...straight, flux: straight.slope * p.term, x: [ws, we], y: [straight.c0, straight.c0 + straight.slope * end] },
			{ model: review.family.model, ...curved, flux: curved.slope * p.term, x: nodes, y: Array.from(curved.y, v => curved.c0 + curved.slope * curved.length * v) },
		];
	}
	// What a panel shows under a decision.
	function state(words, review, p, d) {
		const ws = d.window_start != null ? +d.window_start : p.ws, we = d.window_end != null ? +d.window_end : p.we;
		const moved = Math.abs(ws - p.ws) > 1e-6 || Math.abs(we - p.we) > 1e-6, model = d.model || p.model;
		const discarded = d.action === "discard" || (p.discarded && d.action !== "keep");
		let fits = p.fits, flux = p.flux, main = model;
		if (moved) {
			fits = look(words, review, p, ws, we);
			main = review.straight.includes(model) ? "linear" : review.family.model;
			flux = fits.find(f => f.model === main)?.flux ?? null;
		} else if (model !== p.model) flux = p.fits.find(f => f.model === model)?.flux ?? flux;
		return { d, ws, we, moved, model, main, fits, flux, discarded, changed: Object.keys(d).length > 0 };
	}

	// the table of decisions
	function key(p) { return [p.closure.id, p.closure.start, p.gas.name].join("\u0001"); }
	// Without a gas it holds for all; of equal names the start tells which closure is meant, to 5 min.
	function put(map, panels, d) {
		const meant = panels.filter(p => p.closure.id === d.closure && (!d.gas || d.gas === p.gas.name));
		const starts = new Set(meant.map(p => p.closure.start));
		for (const p of meant) {
			if (starts.size > 1 && !(Math.abs(Date.parse(p.closure.start) - Date.parse(d.start)) <= 300e3)) continue;
			const now = map.get(key(p)) || {};
			for (const name of COLUMNS.slice(3)) if (d[name] !== "" && d[name] != null) now[name] = d[name];
			if (Object.keys(now).length) map.set(key(p), now);
		}
	}
	function table(map, panels) {
		const rows = [];
		for (const p of panels) {
			const d = map.get(key(p));
			if (d && Object.keys(d).length) rows.push({ closure: p.closure.id, start: p.closure.start, gas: p.gas.name, ...d });
		}
		return rows;
	}
	function csv(map, panels) { return [COLUMNS.join(","), ...table(map, panels).map(r => COLUMNS.map(c => core.cell(r[c] == null ? "" : String(r[c]))).join(","))].join("\n") + "\n"; }
	function parse(text) {
		const rows = [[""]];
		let quoted = false;
		for (let i = 0; i < text.length; i++) {
			const ch = text[i], row = rows[rows.length - 1];
			if (quoted) {
				if (ch === '"' && text[i + 1] !== '"') quoted = false;
				else { row[row.length - 1] += ch; if (ch === '"') i++; }
			} else if (ch === '"') quoted = true;
			else if (ch === ",") row.push("");
			else if (ch === "\n") rows.push([""]);
			else if (ch !== "\r" && ch !== "\ufeff") row[row.length - 1] += ch;
		}
		const names = rows.shift();
		return rows.filter(r => r.length > 1).map(r => Object.fromEntries(names.map((n, i) => [n, core.uncell(r[i] || "")])));
	}

	return { COLUMNS, integers, part, points, course, bent, look, state, key, put, table, csv, parse };
})();
