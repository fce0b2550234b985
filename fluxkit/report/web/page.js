"use strict";
// The page: what is shown of time, figures drawn when they come into view, numbers behind each, one record.
const page = (() => {
	let { clock, columns: infos, figures } = common.data;
	const { opened, openedWords } = common.data, { say, element, inflated, on } = common, { clip, numeral, stamp } = core;
	const unpacked = new Map(), drawn = new Map(), boxes = document.querySelectorAll("figure.drawn");
	let end = clock.start + clock.count * clock.step, shown = [clock.start, end], kind = "all", record = null, version = 0;

	function once(name, make) {
		if (!unpacked.has(name)) unpacked.set(name, make());
		return unpacked.get(name);
	}
	function values(name) { return once(name, async () => core.unpack(await inflated(infos[name].data), infos[name])); }
	function namesOf(figure) {
		return figure.series ? [...new Set(figure.series.flatMap(s => [s.column, s.quality, ...(s.band || [])]).filter(Boolean))] : [figure.column];
	}
	async function columnsOf(figure) {
		const names = namesOf(figure), found = await Promise.all(names.map(values));
		return Object.fromEntries(names.map((name, k) => [name, found[k]]));
	}

	// figures
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
		const before = Array.from(drawn); // boxes are taken out and come back
		for (const [box, chart] of before) if (chart) { chart.gone(); drawn.delete(box); await draw(box); }
		renumber();
		told();
	}
	const watcher = new IntersectionObserver(seen => { for (const e of seen) if (e.isIntersecting) draw(e.target); }, { rootMargin: "400px" });
	for (const box of boxes) {
		watcher.observe(box);
		on(box.querySelector("details"), "toggle", e => { if (e.target.open) numbers(box); });
	}

	// what is shown of time
	function move(from, to, as = "") {
		const least = 4 * clock.step;
		if (to - from < least) to = from + least;
		shown = [Math.max(from, clock.start - 86400), Math.min(to, end + 86400)];
		kind = as;
		for (const chart of drawn.values()) if (chart) chart.moved();
		renumber();
		told();
	}
	function told() {
		for (const button of $("spans").children) button.setAttribute("aria-pressed", String(button.dataset.kind === kind));
		$("shown").textContent = stamp(shown[0]) + " to " + stamp(shown[1]) + ", " + clock.zone;
	}
	function show(name) { move(...core.span(clock, name, clip((shown[0] + shown[1]) / 2, clock.start, end - clock.step)), name); }
	function shift(sign) {
		const named = core.SPANS.includes(kind) && kind !== "all", step = sign * (shown[1] - shown[0]) / 2;
		const [from, to] = named ? core.span(clock, kind, sign > 0 ? shown[1] + 60 : shown[0] - 60) : [shown[0] + step, shown[1] + step];
		if (to > clock.start && from < end) move(from, to, named ? kind : "");
	}
	for (const name of core.SPANS) {
		const button = element("button", name);
		button.type = "button"; button.dataset.kind = name;
		on(button, "click", () => show(name));
		$("spans").append(button);
	}
	function middle() { open(core.holding(clock, (shown[0] + shown[1]) / 2)); }
	on("middle", "click", middle);
	for (const [id, sign] of [["earlier", -1], ["later", 1]]) on(id, "click", () => shift(sign));

	// numbers behind a figure
	function renumber() { for (const more of document.querySelectorAll("figure.drawn details[open]")) numbers(more.closest("figure")); }
	async function numbers(box) {
		const figure = figures[+box.dataset.figure], host = box.querySelector(".numbers"), chart = drawn.get(box);
		const table = chart?.table?.() ?? await windowTable(figure);
		host.replaceChildren(...common.shown(table, infos[namesOf(figure)[0]].label, ", of the time shown", k => k > 0 && !table.words?.includes(k)));
	}
	// A flux stands with the reasons of its verdict, a code with its meaning.
	async function windowTable(figure) {
		const names = namesOf(figure).flatMap(name => infos[name + "_QC_REASON"] ? [name, name + "_QC_REASON"] : [name]), found = await Promise.all(names.map(values)), rows = [];
		const said = names.map(name => infos[name].bits.length > 0 || Object.keys(infos[name].codes).length > 0);
		for (let i = core.first(clock, shown[0]); i < core.first(clock, shown[1]); i++) {
			if (found.every(column => Number.isNaN(column[i]))) continue;
			rows.push([stamp(clock.start + i * clock.step), ...found.map((column, k) => said[k] ? core.meaning(infos[names[k]], column[i]) : numeral(column[i]))]);
		}
		const head = ["begins", ...names.map(name => core.titled(infos[name]))];
		return { head, rows, words: said.flatMap((yes, k) => yes ? [k + 1] : []) };
	}

	// one record: what flags say, its curves, all values
	async function open(i) {
		record = i;
		const names = Object.keys(infos), found = await Promise.all(names.map(values)), meant = [];
		$("record-title").textContent = stamp(clock.start + i * clock.step) + " to " + stamp(clock.start + (i + 1) * clock.step).slice(11);
		$("record-rows").replaceChildren(...names.map((name, k) => {
			const info = infos[name], v = found[k][i], words = core.meaning(info, v);
			if (words && words !== "missing" && words !== "none") meant.push(info.label + ": " + words);
			return common.row([info.label, numeral(v), info.unit, words], at => at === 1);
		}));
		$("record-words").replaceChildren(...(meant.length ? meant : ["no flag and no code is set"]).map(text => element("li", text)));
		if (!$("record").open) $("record").showModal();
		await curves(i);
		say($("record-title").textContent);
	}
	async function curves(i) {
		const host = $("record-curves"), made = [];
		for (const [k, one] of opened.entries()) {
			const records = await once("records" + k, async () => core.unpack(await inflated(one.records.data), one.records));
			const at = records.indexOf(i);
			if (at < 0) continue;
			const bounds = await once("ends" + k, async () => core.halves(await inflated(one.ends)));
			const block = Math.floor(at / one.chunk), bytes = await once("chunk" + k + "." + block, () => inflated(one.chunks[block]));
			const rows = core.curves(bytes, bounds, at, block * one.chunk, one);
			if (rows.every(row => row.every(Number.isNaN))) continue;
			const marks = await Promise.all(one.marks.map(async name => name ? (await values(name))[i] : NaN));
			const figure = element("figure"), plot = element("div", null, "plot"), more = element("details");
			figure.append(element("h3", one.title), plot, more);
			more.append(element("summary", "Numbers"));
			const table = { head: [one.xLabel, ...one.names], rows: one.x.map((x, m) => [numeral(x), ...rows.map(row => numeral(row[m]))]) };
			on(more, "toggle", () => { if (more.open && more.children.length === 1) more.append(...common.shown(table, one.title, "", () => true)); });
			made.push([figure, plot, one, rows, marks]);
		}
		if (record !== i) return;
		host.replaceChildren(...(opened.length ? [element("p", made.length ? "" : "No curves of this record are in the page. " + openedWords, "quiet")] : []), ...made.map(([figure]) => figure));
		for (const [, plot, ...what] of made) charts.curves(plot, ...what);
	}
	on("record-close", "click", () => $("record").close());
	on("record-before", "click", () => open(clip(record - 1, 0, clock.count - 1)));
	on("record-after", "click", () => open(clip(record + 1, 0, clock.count - 1)));

	// keys, size, light and print
	on(document, "keydown", e => {
		if (e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName)) return;
		if ($("record").open) { if (e.key === "ArrowLeft") $("record-before").click(); if (e.key === "ArrowRight") $("record-after").click(); return; }
		const spans = { a: "all", y: "year", m: "month", w: "week", d: "day" };
		if (spans[e.key]) show(spans[e.key]);
		else if (e.key === "h") middle();
		else if (e.key === "," || e.key === "<") shift(-1);
		else if (e.key === "." || e.key === ">") shift(1);
	});
	common.watch(() => { for (const chart of drawn.values()) if (chart) chart.resized(); }, again);
	on(window, "beforeprint", () => { for (const box of boxes) draw(box); again(); });
	told();
	return { update, say };
})();
