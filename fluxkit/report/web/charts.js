"use strict";
// How figures are drawn: lines by uPlot, fingerprints on a canvas, courses and curves as SVG.
const charts = (() => {
	const QUALITY = ["#0072B2", "#E69F00", "#D55E00"], QUALITY_WORDS = ["best (0)", "general use (1)", "discard (2)"];
	const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
	const SVG = "http://www.w3.org/2000/svg", { theme, seen, on } = common, { clip, numeral, stamp, first, ticks, extent } = core;

	function wide(host) { return Math.max(host.clientWidth, 280); }
	function gaps(values) { return Array.from(values, v => Number.isNaN(v) ? null : v); }
	// lines
	// view: what is shown; `moved` is told of zooming, `picked` of a click.
	function lines(host, figure, clock, columns, infos, view, moved, picked) {
		const look = theme(), size = clock.count > 500 ? 4 : 6, x = core.middles(clock), data = [x], series = [{ label: "time", value: (u, v) => v == null ? "–" : stamp(v - clock.step / 2) }], bands = [];
		const add = (values, options) => { data.push(values); series.push(options); };
		const dots = shade => ({ stroke: shade, paths: () => null, points: { show: true, size, fill: shade, stroke: shade } });
		for (const one of figure.series) {
			const info = infos[one.column], values = columns[one.column], colour = seen(one.colour);
			if (one.band) {
				const at = data.length, edge = { stroke: "transparent", points: { show: false } };
				for (const name of one.band.toReversed()) add(gaps(columns[name]), { ...edge, label: infos[name].label, value: (u, v) => numeral(v) });
				bands.push({ series: [at, at + 1], fill: seen(one.bandColour) + "59" });
			}
			const base = { label: info.label, value: (u, v) => numeral(v) + (v == null ? "" : " " + info.unit) };
			if (one.kind === "line") add(gaps(values), { ...base, stroke: colour, width: 1, spanGaps: false, points: { show: (u, k, from, to) => to - from < 500, size: 5, fill: colour, stroke: colour } });
			else if (!one.quality) add(gaps(values), { ...base, ...dots(colour) });
			else {
				const classes = columns[one.quality];
				for (const code of [-1, 2, 1, 0]) {  // the best lie above
					const part = Array.from(values, (v, i) => Number.isNaN(v) || (code < 0 ? classes[i] >= 0 && classes[i] <= 2 : classes[i] !== code) ? null : v);
					if (code < 0 && part.every(v => v == null)) continue;
					add(part, { ...base, label: base.label + ", " + (code < 0 ? "not tested" : QUALITY_WORDS[code]), ...dots(code < 0 ? look.grey : seen(QUALITY[code])) });
				}
			}
		}
		const axis = { stroke: look.ink, font: look.font, grid: { stroke: look.line, width: 1 }, ticks: { stroke: look.line, width: 1 } };
		const chart = new uPlot({
			width: wide(host), height: figure.height, series, bands, pxAlign: 0,
			tzDate: time => uPlot.tzDate(new Date(1000 * time), "Etc/UTC"),
			scales: { x: { time: true, range: () => view() }, y: { range: () => core.bulk(figure.series.flatMap(one => [one.column, ...(one.band || [])]).map(name => columns[name]), first(clock, view()[0]), first(clock, view()[1])) } },
			axes: [{ ...axis, values: dates }, { ...axis, label: figure.label, labelFont: look.font, size: 62, labelSize: 18, values: (u, found) => found.map(numeral) }],
			cursor: { sync: { key: "time" }, drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
			legend: { live: true },
			hooks: {
				setSelect: [u => {
					if (u.select.width < 4) return;
					const from = u.posToVal(u.select.left, "x"), to = u.posToVal(u.select.left + u.select.width, "x");
					u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
					moved(from, to);
				}],
				ready: [u => {
					let down = 0;
					on(u.over, "mousedown", e => { down = e.clientX; });
					on(u.over, "click", e => { if (Math.abs(e.clientX - down) < 3 && u.cursor.idx != null) picked(u.cursor.idx); });
					on(u.over, "dblclick", () => moved(clock.start, clock.start + clock.count * clock.step));
				}],
			},
		}, data, host);
		return { moved: () => chart.setScale("x", { min: view()[0], max: view()[1] }), resized: () => chart.setSize({ width: wide(host), height: figure.height }), gone: () => chart.destroy() };
	}
	// Labels of an axis of time: the year is said where it changes, and in the first label.
	function dates(u, found, axis, space, step) {
		let year = null;
		return found.map(time => {
			const t = new Date(1000 * time), day = t.getUTCDate() + " " + MONTHS[t.getUTCMonth()], midnight = time % 86400 === 0;
			const text = step >= 27 * 86400 ? MONTHS[t.getUTCMonth()] : midnight ? day : stamp(time).slice(11);
			const said = year === t.getUTCFullYear() ? text : text + "\n" + (midnight ? "" : day + " ") + t.getUTCFullYear();
			year = t.getUTCFullYear();
			return said;
		});
	}

	// fingerprint: days to the right, hours upwards
	function fingerprint(host, figure, clock, columns, infos, view, moved, picked, say) {
		const values = columns[figure.column], info = infos[figure.column], days = core.calendar(clock), [low, high] = core.limits(values, figure.palette);
		const canvas = common.element("canvas"), readout = common.element("p", core.titled(info) + ": point at a half hour to read it", "quiet readout");
		canvas.tabIndex = 0;
		canvas.setAttribute("role", "application");
		canvas.setAttribute("aria-label", info.label + " by day and hour; arrow keys move, Enter opens the record");
		host.append(canvas, readout);
		const image = common.element("canvas");
		image.width = days.days; image.height = days.slots;
		const g0 = image.getContext("2d"), pixels = g0.createImageData(days.days, days.slots);
		for (let i = 0; i < clock.count; i++) {
			const v = values[i];
			if (Number.isNaN(v)) continue;
			const place = days.slot + i, row = days.slots - 1 - (place % days.slots), at = 4 * (row * days.days + Math.floor(place / days.slots));
			const c = core.mixed(figure.palette, (v - low) / (high - low));
			pixels.data[at] = c[0]; pixels.data[at + 1] = c[1]; pixels.data[at + 2] = c[2]; pixels.data[at + 3] = 255;
		}
		g0.putImageData(pixels, 0, 0);
		let at = null, box = null;
		function draw() {
			const look = theme(), W = wide(host), H = 190, g = common.sized(canvas, W, H), [from, to] = view(), begin = days.day * 86400;
			const left = 44, right = W - 74, top = 8, bottom = H - 34;
			canvas.style.width = W + "px"; canvas.style.height = H + "px";
			g.fillStyle = look.back; g.fillRect(0, 0, W, H);
			g.fillStyle = look.line; g.fillRect(left, top, right - left, bottom - top);
			const X = time => left + (time - from) / (to - from) * (right - left);
			g.save(); g.beginPath(); g.rect(left, top, right - left, bottom - top); g.clip();
			g.imageSmoothingEnabled = false;
			g.drawImage(image, X(begin), top, X(begin + days.days * 86400) - X(begin), bottom - top);
			if (at != null) {
				const place = days.slot + at, day = begin + Math.floor(place / days.slots) * 86400, row = place % days.slots, high1 = (bottom - top) / days.slots;
				g.strokeStyle = look.ink; g.lineWidth = 1.5;
				g.strokeRect(X(day) - 1.5, bottom - (row + 1) * high1 - 1.5, Math.max(X(day + 86400) - X(day), 1) + 3, high1 + 3);
			}
			g.restore();
			g.font = look.font; g.fillStyle = look.ink; g.textBaseline = "middle"; g.textAlign = "right";
			for (const hour of [0, 6, 12, 18, 24]) g.fillText(String(hour), left - 6, bottom - hour / 24 * (bottom - top));
			g.save(); g.translate(11, (top + bottom) / 2); g.rotate(-Math.PI / 2); g.textAlign = "center"; g.fillText("hour", 0, 0); g.restore();
			g.textAlign = "center"; g.textBaseline = "top";
			for (const { time, text, below } of months(from, to, (right - left) / 52)) {
				g.fillText(text, clip(X(time), left + 12, right - 12), bottom + 5);
				g.fillText(below, clip(X(time), left + 16, right - 16), bottom + 19);
			}
			box = { left, right, top, bottom, from, to, begin };
			if (figure.palette === "classes") return keys(g, look, right + 14, top);
			for (let y = 0; y < bottom - top; y++) { g.fillStyle = "rgb(" + core.mixed(figure.palette, 1 - y / (bottom - top)).join() + ")"; g.fillRect(right + 14, top + y, 12, 1.5); }
			g.fillStyle = look.ink; g.textAlign = "left"; g.textBaseline = "middle";
			const scale = ticks(low, high, 4), whole = info.step === 1;
			for (const v of scale.found) if (!whole || Number.isInteger(v)) g.fillText(v.toFixed(whole ? 0 : scale.digits).replace("-", "−"), right + 30, bottom - (v - low) / (high - low) * (bottom - top));
		}
		function record(e) {
			const r = canvas.getBoundingClientRect(), px = e.clientX - r.left, py = e.clientY - r.top;
			if (px < box.left || px > box.right || py < box.top || py > box.bottom) return null;
			const time = box.from + (px - box.left) / (box.right - box.left) * (box.to - box.from), day = Math.floor((time - box.begin) / 86400);
			const i = day * days.slots + Math.floor((box.bottom - py) / (box.bottom - box.top) * days.slots) - days.slot;
			return i >= 0 && i < clock.count ? i : null;
		}
		function point(i, aloud) {
			at = i;
			if (i != null) {
				readout.textContent = stamp(clock.start + i * clock.step) + "  " + info.label + " " + numeral(values[i]) + " " + info.unit;
				if (aloud) say(readout.textContent);
			}
			draw();
		}
		on(canvas, "mousemove", e => { const i = record(e); if (i !== at) point(i, false); });
		on(canvas, "click", e => { const i = record(e); if (i != null) picked(i); });
		on(canvas, "keydown", e => {
			const step = { ArrowUp: 1, ArrowDown: -1, ArrowRight: days.slots, ArrowLeft: -days.slots }[e.key];
			if (step) { e.preventDefault(); point(clip((at ?? first(clock, view()[0])) + step, 0, clock.count - 1), true); }
			else if (e.key === "Enter" && at != null) { e.preventDefault(); picked(at); }
		});
		draw();
		return { moved: draw, resized: draw, gone: () => host.replaceChildren() };
	}
	function keys(g, look, left, top) {
		g.textAlign = "left"; g.textBaseline = "middle";
		QUALITY_WORDS.forEach((text, code) => {
			g.fillStyle = core.PALETTES.classes[code]; g.fillRect(left, top + 20 * code, 10, 10);
			g.fillStyle = look.ink; g.fillText(text.split(" ")[0], left + 15, top + 20 * code + 5);
		});
	}
	// Begins of months (or days) in a window, as many as there is room for.
	function months(from, to, most) {
		const times = [], long = to - from > 70 * 86400;
		if (long) {
			const begin = new Date(1000 * from).getUTCFullYear(), every = [1, 2, 3, 6, 12, 24, 60].find(n => (to - from) / (30.4 * 86400) / n <= most) || 120;
			for (let m = 0, t = 0; (t = Date.UTC(begin, m, 1) / 1000) <= to; m += every) if (t >= from) times.push(t);
		} else {
			const every = 86400 * Math.max(1, Math.ceil((to - from) / 86400 / most));
			for (let t = Math.ceil(from / 86400) * 86400; t <= to; t += every) times.push(t);
		}
		let year = null;
		return times.map(time => {
			const d = new Date(1000 * time), y = d.getUTCFullYear(), below = y === year ? "" : String(y);
			year = y;
			return { time, text: (long ? "" : d.getUTCDate() + " ") + MONTHS[d.getUTCMonth()], below };
		});
	}

	// courses of the day: twelve months with one scale
	function element(parent, name, attributes, text) {
		const made = document.createElementNS(SVG, name);
		for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
		if (text != null) made.textContent = text;
		parent.append(made);
		return made;
	}
	function sheet(host, W, H, more) { return element(host, "svg", { width: W, height: H, viewBox: "0 0 " + W + " " + H, ...more }); }
	function word(svg, x, y, anchor, text, more) { element(svg, "text", { x, y, "text-anchor": anchor, class: "word", ...more }, text); }
	function upright(svg, y, text) { word(svg, 12, y, "middle", text, { transform: "rotate(-90 12 " + y + ")" }); }
	function diurnal(host, figure, clock, columns, infos) {
		const info = infos[figure.column], found = core.diurnal(columns[figure.column], clock), slots = found[0].mean.length;
		function draw() {
			host.replaceChildren();
			if (found.every(month => month.n.every(n => !n))) return host.append(common.element("p", info.label + ": no values"));
			const known = found.flatMap(month => Array.from(month.mean, (v, s) => [v - (month.sd[s] || 0), v + (month.sd[s] || 0)]).flat()).filter(v => !Number.isNaN(v));
			const there = found.map((month, m) => m).filter(m => found[m].n.some(n => n)), most = Math.min(there.length, 6);
			const W = wide(host), across = W > 620 ? most : Math.min(most, W > 420 ? 4 : 3), step = Math.min((W - 58) / across, 320), high = 108, gap = 26;
			const H = Math.ceil(there.length / across) * (high + gap) + 24, svg = sheet(host, W, H, { "aria-hidden": "true" });
			const low = Math.min(0, ...known), top = Math.max(0, ...known), scale = ticks(low, top, 4);
			there.forEach((m, place) => {
				const month = found[m], left = 54 + (place % across) * step, up = 18 + Math.floor(place / across) * (high + gap), X = s => left + (s + 0.5) / slots * (step - 10), Y = v => up + high - (v - low) / (top - low || 1) * high;
				word(svg, left, up - 5, "start", MONTHS[m]);
				for (const v of scale.found) {
					element(svg, "line", { x1: left, x2: left + step - 10, y1: Y(v), y2: Y(v), class: v === 0 ? "zero" : "grid" });
					if (place % across === 0) word(svg, left - 5, Y(v) + 4, "end", v.toFixed(scale.digits).replace("-", "−"));
				}
				for (const hour of place >= there.length - across ? [0, 12] : []) word(svg, X(hour / 24 * slots - 0.5), up + high + 15, "middle", String(hour));
				const all = [...Array(slots).keys()].filter(s => month.n[s]);
				for (const part of runs(all)) {
					const upper = part.map(s => X(s) + " " + Y(month.mean[s] + (month.sd[s] || 0))), lower = part.map(s => X(s) + " " + Y(month.mean[s] - (month.sd[s] || 0))).toReversed();
					element(svg, "path", { d: "M" + [...upper, ...lower].join("L") + "Z", class: "band" });
					element(svg, "path", { d: "M" + part.map(s => X(s) + " " + Y(month.mean[s])).join("L"), class: "course" });
				}
			});
			upright(svg, H / 2, core.titled(info));
			word(svg, 54 + across * step / 2, H - 4, "middle", "hour of the day");
		}
		draw();
		return { moved: () => {}, resized: draw, gone: () => host.replaceChildren(), table: () => courseTable(found, clock) };
	}
	// Neighbouring numbers of a sorted list, run by run.
	function runs(sorted) {
		const parts = [];
		for (const s of sorted) if (parts.at(-1)?.at(-1) === s - 1) parts.at(-1).push(s); else parts.push([s]);
		return parts;
	}
	function courseTable(found, clock) {
		const row = (month, m, s) => [MONTHS[m], stamp(s * clock.step).slice(11), numeral(month.mean[s]), numeral(month.sd[s]), String(month.n[s])];
		return { head: ["month", "begins at", "mean", "sd", "n"], rows: found.flatMap((month, m) => [...month.n.keys()].filter(s => month.n[s]).map(s => row(month, m, s))) };
	}

	// Curves of one record, over one axis.
	const COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#767676", "#222222"], DASHES = ["", "7 3", "2 3", "9 3 2 3"];
	function level(log, v) { return log ? Math.log10(v) : v; }
	function usable(log, v) { return Number.isFinite(v) && (!log || v > 0); }
	function scaled(log, low, high, most) {
		if (!log) return ticks(low, high, most).found.map(v => [v, numeral(v)]);
		return Array.from({ length: Math.floor(high) - Math.ceil(low) + 1 }, (_, k) => 10 ** (Math.ceil(low) + k)).map(v => [v, numeral(v)]);
	}
	function curves(host, one, rows, places) {
		const W = wide(host), H = 230, across = Math.max(Math.floor((W - 60) / 110), 1), left = 58, right = W - 10, top = 10 + 20 * Math.ceil(rows.length / across), bottom = H - 40;
		const logX = one.log.includes("x"), logY = one.log === "xy";
		const [x0, x1] = extent(one.x.filter(v => usable(logX, v)).map(v => level(logX, v))), [a, b] = extent(rows.flat().filter(v => usable(logY, v)).map(v => level(logY, v))) || [0, 1];
		const y0 = logY ? Math.max(a, b - 4) : Math.min(a, 0), y1 = logY ? b : Math.max(b, 0), room = 0.06 * (y1 - y0) || 1;
		const X = v => left + (level(logX, v) - x0) / (x1 - x0 || 1) * (right - left), Y = v => bottom - (level(logY, v) - y0 + room) / (y1 - y0 + 2 * room) * (bottom - top);
		const svg = sheet(host, W, H, { role: "img", "aria-label": one.title + ": " + one.names.join(", ") });
		for (const [v, text] of scaled(logY, y0 - room, y1 + room, 4)) {
			element(svg, "line", { x1: left, x2: right, y1: Y(v), y2: Y(v), class: v === 0 ? "zero" : "grid" });
			word(svg, left - 5, Y(v) + 4, "end", text);
		}
		for (const [v, text] of scaled(logX, x0, x1, 7)) {
			element(svg, "line", { x1: X(v), x2: X(v), y1: top, y2: bottom, class: !logX && v === 0 ? "zero" : "grid" });
			word(svg, X(v), bottom + 16, "middle", text);
		}
		word(svg, (left + right) / 2, H - 4, "middle", one.xLabel);
		upright(svg, (top + bottom) / 2, one.yLabel);
		rows.forEach((row, k) => {
			const look = { fill: "none", stroke: seen(COLOURS[k % 8]), "stroke-width": 1.8, "stroke-dasharray": DASHES[k % 4] };
			const inside = m => usable(logX, one.x[m]) && usable(logY, row[m]) && level(logY, row[m]) >= y0;
			for (const part of runs([...row.keys()].filter(inside))) element(svg, "path", { ...look, d: "M" + part.map(m => X(one.x[m]).toFixed(1) + " " + Y(row[m]).toFixed(1)).join("L") });
			const x = left + (k % across) * 110, y = 10 + 20 * Math.floor(k / across);
			element(svg, "line", { ...look, x1: x, x2: x + 22, y1: y, y2: y });
			word(svg, x + 27, y + 4, "start", one.names[k]);
			if (usable(logX, places[k])) element(svg, "line", { ...look, "stroke-width": 1, x1: X(places[k]), x2: X(places[k]), y1: top, y2: bottom });
		});
	}

	return { lines, fingerprint, diurnal, curves, runs };
})();
