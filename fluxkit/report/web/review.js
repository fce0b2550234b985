"use strict";
// Review of closures: cards of all, one large figure, decisions that the next run applies.
(async () => {
	const { review } = common.data, { say, element, on, theme, seen } = common, { numeral } = core, STORE = "fluxkit-decisions-" + review.campaign;
	const words = reviewing.integers(await common.inflated(review.words));
	const told = new Set(review.told.map(name => review.flags.indexOf(name)));
	const panels = review.panels.map((p, index) => ({ ...p, index, doubts: p.flags.filter(f => !told.has(f)), closure: review.closures[p.k], gas: review.gases[p.g] }));
	for (const p of panels) p.fits = p.fits.map(f => f.n ? { ...f, get x() { return reviewing.course(words, p, f).x; }, get y() { return reviewing.course(words, p, f).y; } } : f);
	const decisions = new Map(), ACTIONS = { keep: "keep", discard: "discard", none: "" };
	let shown = [], drawn = 0, current = null;

	function state(p) { return reviewing.state(words, review, p, decisions.get(reviewing.key(p)) || {}); }
	function load() {
		for (const d of review.decisions) reviewing.put(decisions, panels, d);
		try { for (const d of JSON.parse(localStorage.getItem(STORE) || "[]")) reviewing.put(decisions, panels, d); } catch { $("storage").hidden = false; }
	}
	function save() {
		const rows = reviewing.table(decisions, panels);
		try { localStorage.setItem(STORE, JSON.stringify(rows)); } catch { $("storage").hidden = false; }
		$("decided").textContent = rows.length;
	}

	function plot(canvas, p, big) {
		const { width: W, height: H } = canvas.getBoundingClientRect();
		if (!W) return;
		const g = common.sized(canvas, W, H), s = state(p), { t, c } = reviewing.points(words, p), look = theme();
		g.font = (big ? 13 : 12) + "px system-ui, sans-serif";
		const left = big ? 70 : 48, right = W - (big ? 14 : 8), top = big ? 14 : 5, bottom = H - (big ? 42 : 19);
		if (!p.n) { g.fillStyle = look.grey; g.textAlign = "center"; g.fillText("no data", W / 2, H / 2); return; }
		const lowT = Math.min(0, t[0]), highT = Math.max(t[p.n - 1], s.we);
		let [low, high] = core.extent(c);
		const room = (high - low || Math.abs(high) * 0.01 || 1) * 0.08;
		low -= room; high += room;
		const X = v => left + (v - lowT) / (highT - lowT) * (right - left), Y = v => bottom - (v - low) / (high - low) * (bottom - top);
		if (big) p.axis = { lowT, highT, left, right };
		g.fillStyle = s.discarded ? look.gone : look.window;
		g.fillRect(X(s.ws), top, X(s.we) - X(s.ws), bottom - top);
		const yt = core.ticks(low, high, big ? 6 : 3), xt = core.ticks(lowT, highT, big ? 9 : 3);
		const stroke = (x1, y1, x2, y2) => { g.beginPath(); g.moveTo(x1, y1); g.lineTo(x2, y2); g.stroke(); };
		g.strokeStyle = look.line; g.lineWidth = 1; g.fillStyle = look.grey;
		g.textAlign = "right"; g.textBaseline = "middle";
		for (const v of yt.found) { stroke(left, Y(v), right, Y(v)); g.fillText(v.toFixed(yt.digits), left - 5, Y(v)); }
		g.textAlign = "center"; g.textBaseline = "top";
		for (const v of xt.found) g.fillText(v.toFixed(xt.digits), X(v), bottom + 4);
		if (big) {
			g.fillStyle = look.ink;
			g.fillText("seconds after closing", (left + right) / 2, bottom + 22);
			g.save(); g.translate(13, (top + bottom) / 2); g.rotate(-Math.PI / 2); g.fillText(p.gas.label + " (" + p.gas.unit + ")", 0, -6); g.restore();
		}
		if (lowT < 0) { g.setLineDash([3, 3]); g.strokeStyle = look.grey; stroke(X(0), top, X(0), bottom); g.setLineDash([]); }
		const r = big ? 2.4 : 1.3, near = p.t[2];
		for (let i = 0; i < p.n; i++) {
			g.fillStyle = t[i] >= s.ws - near && t[i] <= s.we + near ? look.ink : look.faint;
			g.beginPath(); g.arc(X(t[i]), Y(c[i]), r, 0, 7); g.fill();
		}
		g.save(); g.beginPath(); g.rect(left, top, right - left, bottom - top); g.clip();
		for (const f of s.fits) {
			const main = f.model === s.main;
			if ((!big && !main) || !f.x) continue;
			const { x, y } = f;
			g.strokeStyle = seen(review.colours[f.model]); g.lineWidth = main ? (big ? 2.6 : 2) : 1.4;
			g.setLineDash(main ? [] : [6, 4]);
			g.beginPath();
			for (let i = 0; i < x.length; i++) if (i) g.lineTo(X(x[i]), Y(y[i])); else g.moveTo(X(x[i]), Y(y[i]));
			g.stroke();
		}
		g.restore(); g.setLineDash([]);
		if (big) for (const v of [s.ws, s.we]) {
			g.strokeStyle = g.fillStyle = look.ink; g.lineWidth = 1.5; stroke(X(v), top, X(v), bottom);
			g.fillRect(X(v) - 4, top, 8, 16);
		}
	}
	function flux(p, s) { return numeral(s.flux) + (p.se != null && !s.moved ? " ± " + numeral(p.se) : s.moved ? " (preview)" : ""); }
	function kind(p, s) { return s.discarded ? "discard" : p.doubts.length ? "use" : "best"; }
	function flagWord(f) { return review.flags[f].replaceAll("_", " "); }
	function flagWords(p) { return p.flags.map(flagWord).join(", "); }
	const SORTS = {
		time: p => Date.parse(p.closure.start), id: p => p.closure.id, plot: p => p.closure.plot + " " + p.closure.start,
		flux: p => -(state(p).flux ?? -Infinity), low: p => state(p).flux ?? Infinity,
		error: p => -(p.se / Math.abs(p.flux) || 0), flags: p => -p.doubts.length, window: p => -(p.sens / Math.abs(p.flux) || 0),
		bend: p => -Math.abs(p.bend || 0),
	};
	function value(id) { return $(id)?.value ?? ""; }
	function wanted(p) {
		const s = state(p), text = value("find").trim().toLowerCase();
		if (value("gas") && p.gas.name !== value("gas")) return false;
		for (const name of review.choices) if (value(name) && p.closure[name] !== value(name)) return false;
		if (value("flag") && !p.flags.includes(+value("flag"))) return false;
		if (text && !(p.closure.id + " " + p.closure.plot + " " + p.closure.start).toLowerCase().includes(text)) return false;
		const flagged = p.doubts.length > 0, decided = s.changed;
		return { all: true, flagged, decided, open: !decided, discarded: s.discarded, review: flagged && !decided }[value("show")];
	}
	function refresh() {
		const by = SORTS[$("sort").value];
		shown = panels.filter(wanted).map(p => [by(p), p]).toSorted((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1].index - b[1].index)).map(a => a[1]);
		$("cards").replaceChildren();
		drawn = 0;
		$("count").textContent = shown.length + " of " + panels.length;
		$("none").hidden = shown.length > 0;
		more();
		if ($("all-numbers").open) numbers();
	}
	function card(p) {
		const item = element("button", null, "card");
		item.type = "button"; item.dataset.index = p.index;
		item.append(element("span", "", "title"), element("canvas"), element("span", "", "value"));
		on(item, "click", () => open(p));
		watcher.observe(item);
		return item;
	}
	function fillCard(item) {
		const p = panels[+item.dataset.index], s = state(p), said = flagWords(p);
		item.className = "card " + kind(p, s) + (s.changed ? " decided" : "");
		item.querySelector(".title").textContent = p.closure.id + (review.gases.length > 1 ? " · " + p.gas.label : "");
		item.querySelector(".value").textContent = [flux(p, s), s.discarded && "discarded", s.changed && "decided", said].filter(Boolean).join(" · ");
		item.setAttribute("aria-label", p.closure.id + " " + p.gas.name + ": " + flux(p, s) + " " + p.gas.flux_unit + (s.discarded ? ", discarded " : " ") + said);
		plot(item.querySelector("canvas"), p, false);
	}
	const watcher = new IntersectionObserver(entries => { for (const e of entries) if (e.isIntersecting) fillCard(e.target); }, { rootMargin: "300px" });
	function more() {
		const next = shown.slice(drawn, drawn + 60);
		$("cards").append(...next.map(card));
		drawn += next.length;
	}
	new IntersectionObserver(entries => { if (entries[0].isIntersecting && drawn < shown.length) more(); }, { rootMargin: "800px" }).observe($("end"));
	// The numbers of all panels that are shown.
	function numbers() {
		const head = ["closure", "gas", "start", ...review.choices, "flux", "s.e.", "unit", "model", "flags", "verdict"];
		const rows = shown.map(p => { const s = state(p); return [p.closure.id, p.gas.label, p.closure.start, ...review.choices.map(name => p.closure[name]), numeral(s.flux), s.moved ? "–" : numeral(p.se), p.gas.flux_unit, s.model, flagWords(p), s.discarded ? "discarded" : s.d.action || ""]; });
		const at = head.indexOf("flux");
		below("all-numbers", common.shown({ head, rows }, review.campaign + "_closures", ", of the closures shown", k => k === at || k === at + 1));
	}
	function below(id, parts) { $(id).replaceChildren($(id).firstElementChild, ...parts); }
	for (const [id, fill] of [["all-numbers", numbers], ["one-numbers", readings]]) on(id, "toggle", () => { if ($(id).open) fill(); });

	function open(p) {
		current = p;
		if (!$("one").open) $("one").showModal();
		describe();
		say($("one-title").textContent + ", " + $("one-flux").textContent);
	}
	function describe() {
		const p = current, s = state(p), c = p.closure;
		$("one-title").textContent = c.id + " · " + p.gas.label;
		$("one-where").textContent = [c.start.replace("T", " "), c.plot && "plot " + c.plot, c.treatment, c.cover, c.t_air != null && c.t_air.toFixed(1) + " °C",
			c.volume != null && (c.volume * 1e3).toPrecision(4) + " L over " + (c.area * 1e4).toPrecision(4) + " cm²"].filter(Boolean).join(" · ");
		$("one-flux").textContent = flux(p, s) + " " + p.gas.flux_unit;
		$("one-flags").replaceChildren(...p.flags.map(f => element("li", flagWord(f) + (review.meanings[f] ? ": " + review.meanings[f] : ""))));
		$("one-fits").replaceChildren(...s.fits.map(f => {
			const line = common.row([f.model, numeral(f.flux), numeral(f.se), f.r2 != null ? f.r2.toFixed(4) : "–", f.aicc != null ? f.aicc.toFixed(1) : "–"], k => k > 0), name = line.firstElementChild;
			name.style.borderLeft = "4px solid " + review.colours[f.model]; name.style.paddingLeft = ".5rem";
			if (f.model === s.main) { line.className = "chosen"; name.textContent += " (chosen)"; }
			return line;
		}));
		$("one-start").value = +s.ws?.toFixed(1); $("one-end").value = +s.we?.toFixed(1);
		$("one-model").value = s.d.model || ""; $("one-reason").value = s.d.reason || "";
		for (const [id, action] of Object.entries(ACTIONS)) $("act-" + id).setAttribute("aria-pressed", (s.d.action || "") === action);
		$("one-place").textContent = (shown.indexOf(p) + 1 || "–") + " of " + shown.length;
		if ($("one-numbers").open) readings();
		plot($("one-canvas"), p, true);
	}
	function readings() {
		const { t, c } = reviewing.points(words, current), table = { head: ["seconds", current.gas.unit], rows: Array.from(t, (v, i) => [numeral(v), String(+c[i].toPrecision(7))]) };
		below("one-numbers", common.shown(table, current.closure.id + "_" + current.gas.name, "", () => true));
	}
	function change(changes) {
		const all = $("one-all").checked && !("model" in changes && changes.model);
		for (const p of panels.filter(q => q === current || (all && q.k === current.k))) {
			const key = reviewing.key(p), d = { ...decisions.get(key) };
			for (const [name, v] of Object.entries(changes)) if (v === "" || v == null) delete d[name]; else d[name] = v;
			if (d.window_start != null && d.window_end == null) d.window_end = p.we;
			if (d.window_end != null && d.window_start == null) d.window_start = p.ws;
			if (Object.keys(d).length) decisions.set(key, d); else decisions.delete(key);
		}
		save(); describe(); redraw();
	}
	function redraw() { for (const item of $("cards").children) if (panels[+item.dataset.index].k === current.k) fillCard(item); }
	function step(by) { const i = shown.indexOf(current) + by; if (i >= 0 && i < shown.length) { while (i >= drawn) more(); open(shown[i]); } }
	function setWindow(ws, we) { if (we - ws >= 1) change({ window_start: +ws.toFixed(1), window_end: +we.toFixed(1) }); }

	const canvas = $("one-canvas");
	let grip = null;
	function second(e) {
		const a = current.axis, x = e.clientX - canvas.getBoundingClientRect().left;
		return a.lowT + (x - a.left) / (a.right - a.left) * (a.highT - a.lowT);
	}
	on(canvas, "pointerdown", e => {
		if (!current.axis) return;
		const s = state(current), v = second(e);
		grip = Math.abs(v - s.ws) < Math.abs(v - s.we) ? "start" : "end";
		canvas.setPointerCapture(e.pointerId);
	});
	on(canvas, "pointermove", e => {
		if (!grip) return;
		const s = state(current), v = Math.round(second(e));
		if (grip === "start") setWindow(Math.max(v, Math.floor(current.axis.lowT)), s.we); else setWindow(s.ws, Math.min(v, Math.ceil(current.axis.highT)));
	});
	on(canvas, "pointerup", () => { grip = null; });
	for (const id of ["one-start", "one-end"]) on(id, "change", () => setWindow(+$("one-start").value, +$("one-end").value));
	for (const name of ["model", "reason"]) on("one-" + name, "change", e => change({ [name]: e.target.value }));
	for (const [id, action] of Object.entries(ACTIONS)) on("act-" + id, "click", () => change({ action }));
	on("one-reset", "click", () => change({ action: "", window_start: "", window_end: "", model: "", reason: "" }));
	for (const [id, by] of [["before", -1], ["after", 1]]) on("one-" + id, "click", () => step(by));
	on("one-close", "click", () => $("one").close());
	on("one", "keydown", e => {
		if (/INPUT|SELECT/.test(e.target.tagName)) return;
		const id = { ArrowLeft: "one-before", ArrowRight: "one-after", d: "act-discard", k: "act-keep", u: "act-none" }[e.key];
		if (id) { e.preventDefault(); $(id).click(); }
	});

	for (const id of ["gas", ...review.choices, "flag", "show", "sort"]) if ($(id)) on(id, "change", refresh);
	on("find", "input", refresh);
	on("export", "click", () => common.save(reviewing.csv(decisions, panels), "decisions.csv"));
	on("import", "change", async e => {
		const file = e.target.files[0];
		if (!file) return;
		for (const d of reviewing.parse(await file.text())) reviewing.put(decisions, panels, d);
		save(); refresh();
	});
	function again() { for (const item of $("cards").children) fillCard(item); if ($("one").open) describe(); }
	common.watch(again, again);
	on(window, "beforeprint", again);
	load(); save(); refresh();
	document.documentElement.dataset.reviewed = "ready";
	const asked = new URLSearchParams(location.hash.slice(1));
	const found = asked.has("closure") && panels.find(q => q.closure.id === asked.get("closure") && (!asked.has("gas") || q.gas.name === asked.get("gas")));
	if (found) open(found);
})();
