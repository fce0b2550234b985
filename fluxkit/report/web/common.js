"use strict";
// What the pages' views share: data, words for a screen reader, tables, files to save.
const $ = id => document.getElementById(id);
const common = (() => {
	const data = JSON.parse($("data").textContent), MOST = 500;

	function say(text) { $("said").textContent = text; }
	// Bytes that stand deflated in base64.
	async function inflated(text) {
		const bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0));
		const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
		return new Uint8Array(await new Response(stream).arrayBuffer());
	}
	function on(id, event, act) { (typeof id === "string" ? $(id) : id).addEventListener(event, act); }
	const DARK = matchMedia("(prefers-color-scheme: dark)");
	function dark() { return DARK.matches && !matchMedia("print").matches; }
	// Colours of the page by their names in its style.
	function theme() {
		const style = getComputedStyle(document.documentElement), names = ["ink", "grey", "line", "back", "blue", "faint", "window", "gone"];
		return { ...Object.fromEntries(names.map(name => [name, style.getPropertyValue("--" + name).trim()])), font: "12px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif" };
	}
	// Dark colours of lines are lifted on a dark page.
	function seen(colour) { return dark() ? ({ "#0072B2": "#5ab4e6", "#222222": "#e6e8ea", "#767676": "#a4abb2", "#B84E00": "#ff9a57" })[colour] || colour : colour; }
	// A canvas in the screen's own pixels, to be drawn on in the page's.
	function sized(canvas, W, H) {
		const g = canvas.getContext("2d"), ratio = devicePixelRatio || 1;
		canvas.width = Math.round(W * ratio); canvas.height = Math.round(H * ratio);
		g.scale(ratio, ratio);
		return g;
	}
	// What changes how a page looks: its size, light, paper.
	function watch(resized, again) {
		let waiting = 0;
		on(window, "resize", () => { clearTimeout(waiting); waiting = setTimeout(resized, 120); });
		on(DARK, "change", again);
		on(window, "afterprint", again);
	}
	function element(name, text, cls) {
		const made = document.createElement(name);
		if (text != null) made.textContent = text;
		if (cls) made.className = cls;
		return made;
	}
	// Texts of users only ever become texts.
	function row(texts, numbers) {
		const line = element("tr");
		texts.forEach((text, k) => line.append(element("td", text, numbers(k) ? "n" : "")));
		return line;
	}
	function grid(head, rows, numbers = k => k > 0) {
		const table = element("table"), top = table.createTHead().insertRow(), body = table.createTBody();
		head.forEach((text, k) => { const cell = element("th", text, numbers(k) ? "n" : ""); cell.scope = "col"; top.append(cell); });
		for (const texts of rows) body.append(row(texts, numbers));
		return table;
	}
	function scroll(label, inside) {
		const box = element("div", null, "scroll tall");
		box.tabIndex = 0; box.setAttribute("role", "region"); box.setAttribute("aria-label", label);
		box.append(inside);
		return box;
	}
	function save(text, name) {
		const link = element("a");
		link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
		link.download = name;
		link.click();
		setTimeout(() => URL.revokeObjectURL(link.href), 1000);
	}
	function plain(text) { return core.cell(text.replaceAll("−", "-").replace("–", "")); }
	// A table with a note and a button that saves all of it.
	function shown(table, name, note, numbers = k => k > 0) {
		const button = element("button", "Save as CSV");
		button.type = "button";
		on(button, "click", () => save([table.head, ...table.rows].map(texts => texts.map(plain).join(",")).join("\n") + "\n", name.replace(/[^\w.-]+/g, "_") + ".csv"));
		const words = table.rows.length > MOST ? "The first " + MOST + " of " + table.rows.length + " rows; all are in the CSV." : table.rows.length + " rows" + note + ".";
		return [element("p", words, "quiet"), button, scroll("Numbers of this figure", grid(table.head, table.rows.slice(0, MOST), numbers))];
	}
	return { data, say, on, theme, seen, sized, watch, inflated, element, row, save, shown };
})();
