"use strict";
// What the page computes, without a browser: columns, courses of the day, colours, ticks, words.
const core = (() => {
	const MISSING = 65535, SECONDS = 86400;

	// Values of a column from its bytes, all low ones first; see packing.py.
	function unpack(bytes, column) {
		const half = bytes.length / 2, count = half / column.words, values = new Float64Array(count);
		for (let i = 0; i < count; i++) {
			let number = 0, missing = true;
			for (let k = column.words - 1; k >= 0; k--) {
				const at = k * count + i, word = bytes[at] + 256 * bytes[half + at];
				if (word !== MISSING) missing = false;
				number = 65536 * number + word;
			}
			values[i] = missing ? NaN : column.low + column.step * number;
		}
		return values;
	}

	// Curves of one record from its block: bytes that change by so much, between its ends; see curves.py.
	function curves(bytes, ends, at, begin, one) {
		const m = one.x.length;
		return one.names.map((name, k) => {
			const row = at * one.names.length + k, from = ((at - begin) * one.names.length + k) * m, low = ends[2 * row], step = ends[2 * row + 1];
			let v = 0;
			return Array.from(bytes.subarray(from, from + m), more => { v = (v + more) & 255; return v === 127 ? NaN : one.log === "xy" ? 10 ** (low + step * v) : low + step * v; });
		});
	}
	// Numbers of 32 bits from their upper halves.
	function halves(bytes) {
		const n = bytes.length / 2;
		return new Float32Array(Uint32Array.from({ length: n }, (_, i) => (bytes[i] << 16) | (bytes[n + i] << 24)).buffer);
	}

	// Middle of each record, seconds of the local clock.
	function middles(clock) {
		return Float64Array.from({ length: clock.count }, (_, i) => clock.start + (i + 0.5) * clock.step);
	}

	// First record at or after a time, and the record that holds a time.
	function first(clock, time) { return clip(Math.ceil((time - clock.start) / clock.step - 0.5), 0, clock.count); }
	function holding(clock, time) { return clip(Math.floor((time - clock.start) / clock.step), 0, clock.count - 1); }
	function clip(value, low, high) { return Math.min(Math.max(value, low), high); }

	// Extent of what is known; null where nothing is.
	function extent(values, from = 0, to = values.length) {
		let low = Infinity, high = -Infinity;
		for (let i = from; i < to; i++) {
			if (values[i] < low) low = values[i];
			if (values[i] > high) high = values[i];
		}
		return low <= high ? [low, high] : null;
	}

	// A share of the known values lies below; linear between neighbours.
	function quantile(values, share) {
		const known = Float64Array.from(values).filter(v => !Number.isNaN(v)).toSorted();
		if (!known.length) return NaN;
		const at = share * (known.length - 1), low = Math.floor(at);
		return known[low] + (at - low) * ((known[low + 1] ?? known[low]) - known[low]);
	}

	// Limits that show nearly all values: a wild one must not flatten the others.
	function bulk(columns, from, to) {
		let low = Infinity, high = -Infinity;
		for (const values of columns) {
			const part = values.subarray(from, to), ends = extent(part);
			if (!ends) continue;
			let [a, b] = ends;
			if (part.length >= 200) {
				const p = quantile(part, 0.005), q = quantile(part, 0.995), room = 0.25 * (q - p);
				a = Math.max(a, p - room); b = Math.min(b, q + room);
			}
			low = Math.min(low, a); high = Math.max(high, b);
		}
		if (low > high) return [0, 1];
		const margin = 0.07 * (high - low) || 0.05 * Math.abs(high) || 0.5;
		return [low - margin, high + margin];
	}

	// Mean, standard deviation and number by month (0-11) of all years and slot of the day.
	function diurnal(values, clock) {
		const slots = Math.round(SECONDS / clock.step);
		const months = Array.from({ length: 12 }, () => ({ n: new Int32Array(slots), mean: new Float64Array(slots), sd: new Float64Array(slots) }));
		for (let i = 0; i < clock.count; i++) {
			const v = values[i];
			if (Number.isNaN(v)) continue;
			const time = clock.start + (i + 0.5) * clock.step, month = months[new Date(1000 * time).getUTCMonth()];
			const slot = Math.floor((((time % SECONDS) + SECONDS) % SECONDS) / clock.step);
			const before = v - month.mean[slot];  // Welford, Technometrics 4, 1962
			month.n[slot]++;
			month.mean[slot] += before / month.n[slot];
			month.sd[slot] += before * (v - month.mean[slot]);
		}
		for (const month of months)
			for (let s = 0; s < slots; s++) {
				if (!month.n[s]) month.mean[s] = NaN;
				month.sd[s] = month.n[s] > 1 ? Math.sqrt(month.sd[s] / (month.n[s] - 1)) : NaN;
			}
		return months;
	}

	// Columns of a fingerprint: the first day, how many, and the slot of the first record.
	function calendar(clock) {
		const day = Math.floor(clock.start / SECONDS), slot = Math.round((clock.start - day * SECONDS) / clock.step);
		const slots = Math.round(SECONDS / clock.step);
		return { day, slot, slots, days: Math.ceil((slot + clock.count) / slots) };
	}

	// Blue, white, brown around zero; cividis from low to high; Okabe and Ito's three for classes.
	const PALETTES = {
		diverging: ["#123a63", "#2f6ea5", "#7fb2d5", "#d3e5f0", "#f7f7f5", "#f6dcb7", "#e0a557", "#b06a16", "#6b3a05"],
		sequential: ["#00224e", "#2a3f6d", "#575d6d", "#7d7c78", "#a59c74", "#d2c060", "#fee838"],
		classes: ["#0072b2", "#e69f00", "#d55e00"],
	};
	function rgb(text) { return [1, 3, 5].map(at => parseInt(text.slice(at, at + 2), 16)); }
	function mixed(palette, share) {
		const stops = PALETTES[palette], at = clip(share, 0, 1) * (stops.length - 1), low = Math.min(Math.floor(at), stops.length - 2);
		const a = rgb(stops[low]), b = rgb(stops[low + 1]);
		return a.map((v, k) => Math.round(v + (at - low) * (b[k] - v)));
	}
	// Limits of a palette: the central 98 % of the values, as far on both sides of zero where it diverges.
	function limits(values, palette) {
		if (palette === "classes") return [0, 2];
		let low = quantile(values, 0.01), high = quantile(values, 0.99);
		if (Number.isNaN(low)) return [0, 1];
		if (palette === "diverging") { high = Math.max(Math.abs(low), Math.abs(high)); low = -high; }
		return high > low ? [low, high] : [low - 0.5, high + 0.5];
	}

	// axes and words
	function ticks(low, high, most) {
		const raw = (high - low) / most || 1, power = 10 ** Math.floor(Math.log10(raw));
		const step = [1, 2, 5, 10].map(m => m * power).find(s => s >= raw * (1 - 1e-12)), found = [];
		for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) found.push(k * step + 0);
		return { found, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
	}
	function numeral(v) {
		if (v == null || !Number.isFinite(v)) return "–";
		const a = Math.abs(v);
		const text = Number.isInteger(v) && a < 1e15 ? String(v) : a >= 1e5 || a < 1e-3 ? v.toExponential(2) : String(+v.toPrecision(4));
		return text.replace("-", "−");
	}
	function two(n) { return String(n).padStart(2, "0"); }
	function stamp(time) {
		const t = new Date(1000 * time);
		return t.getUTCFullYear() + "-" + two(t.getUTCMonth() + 1) + "-" + two(t.getUTCDate()) + " " + two(t.getUTCHours()) + ":" + two(t.getUTCMinutes());
	}
	// What a code or the bits of a flag say.
	function meaning(column, value) {
		if (Number.isNaN(value)) return "missing";
		if (column.codes[String(value)] !== undefined) return column.codes[String(value)];
		if (!column.bits.length) return "";
		const said = [];
		for (let bit = 0, rest = value; rest >= 1 && bit < column.bits.length; bit++, rest = Math.floor(rest / 2)) if (rest % 2) said.push(column.bits[bit]);
		return said.join(", ") || "none";
	}
	function titled(info) { return info.label + (info.unit ? " (" + info.unit + ")" : ""); }
	// What a spreadsheet would take for a formula is given an apostrophe, as the program does.
	const FORMULA = /^[=+\-@\t\r'\uff1d\uff0b\uff0d\uff20]/;
	function cell(text) {
		const safe = FORMULA.test(text) && (text.trim() === "" || Number.isNaN(Number(text))) ? "'" + text : text;
		return /[",\n\r]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
	}
	function uncell(text) { return text[0] === "'" && FORMULA.test(text.slice(1)) ? text.slice(1) : text; }

	// Windows of time: the one of a kind that holds a time, and its neighbours.
	const SPANS = ["all", "year", "month", "week", "day"];
	function span(clock, kind, time) {
		const end = clock.start + clock.count * clock.step;
		if (kind === "all") return [clock.start, end];
		const t = new Date(1000 * time), y = t.getUTCFullYear(), m = t.getUTCMonth(), d = t.getUTCDate();
		if (kind === "year") return [Date.UTC(y, 0, 1) / 1000, Date.UTC(y + 1, 0, 1) / 1000];
		if (kind === "month") return [Date.UTC(y, m, 1) / 1000, Date.UTC(y, m + 1, 1) / 1000];
		const from = kind === "week" ? d - ((t.getUTCDay() + 6) % 7) : d;
		return [Date.UTC(y, m, from) / 1000, Date.UTC(y, m, from + (kind === "week" ? 7 : 1)) / 1000];
	}

	return { unpack, curves, halves, middles, first, holding, clip, extent, quantile, bulk, diurnal, calendar, mixed, limits, ticks, numeral, stamp, meaning, titled, cell, uncell, span, SPANS, PALETTES };
})();
