"use strict";
// The explorer: choices are asked about, one question at a time; the last state asked for is the one shown.
const explorer = (() => {
  // Sets of choices that were made, and where one stands among them.
  function history() {
    const states = [{}];
    let at = 0;
    return {
      now: () => states[at],
      push(state) {
        if (same(state, states[at])) return false;
        states.length = at + 1;
        states.push(state);
        if (states.length > 200) states.shift();
        at = states.length - 1;
        return true;
      },
      undo: () => at > 0 && (at--, true),
      redo: () => at < states.length - 1 && (at++, true),
      clear() { states.length = 1; states[0] = {}; at = 0; },
      get canUndo() { return at > 0; },
      get canRedo() { return at < states.length - 1; },
    };
  }
  function same(a, b) {
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every(key => a[key] === b[key]);
  }
  // What a text in a box of numbers means: a number, nothing, or the text itself, for the server to say what is allowed.
  function number(text) {
    const plain = text.trim().replace("−", "-");
    if (plain === "") return null;
    const value = Number(plain);
    return Number.isFinite(value) ? value : text;
  }
  // A state with one more choice; what is as the file has it is no choice.
  function chosen(state, control, value) {
    const next = { ...state };
    if (value === control.value) delete next[control.key];
    else next[control.key] = value;
    return next;
  }
  function signed(v) { return v == null ? "–" : v === 0 ? "0" : (v > 0 ? "+" : "") + core.numeral(+v.toPrecision(3)); }
  function fixed(v) { return v == null ? "–" : core.numeral(+v.toPrecision(5)); }
  function share(row) { return row.kept_old === row.kept_new ? row.kept_new + " of " + row.possible : row.kept_old + " → " + row.kept_new + " of " + row.possible; }
  function kindOf(line) { return /^(\+\+\+|---)/.test(line) ? "" : line[0] === "+" ? "added" : line[0] === "-" ? "removed" : ""; }
  return { history, same, number, chosen, signed, fixed, share, kindOf };
})();

if (typeof document !== "undefined" && document.getElementById("start")) (() => {
  const start = JSON.parse($("start").textContent), token = new URLSearchParams(location.search).get("token");
  let controls = new Map(start.controls.map(control => [control.key, control])), before = {}, month = start.month, asking = 0, exact = start.first.exact, polling = 0;
  const states = explorer.history(), boxes = new Map([...$("form").querySelectorAll("[data-key]")].map(box => [box.dataset.key, box]));

  async function ask(path, question) {
    let answer, found;
    try {
      answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json", "X-Fluxkit-Token": token }, body: JSON.stringify(question) });
      found = await answer.json();
    } catch { return { problems: ["The server does not answer: was it ended in the terminal?"] }; }
    return found;
  }

  // ---- one state shown -----------------------------------------------------------------------------------------------------
  function problems(sentences) {
    $("problems").hidden = !sentences.length;
    $("problems").textContent = sentences.join("\n");
    for (const [key, box] of boxes) box.setAttribute("aria-invalid", String(sentences.some(s => s.startsWith(key) || s.startsWith("decide." + key))));
  }
  function valueOf(box, control) { return control.kind === "flag" ? box.checked : control.kind === "number" ? explorer.number(box.value) : box.value; }
  function fill() {
    const state = states.now();
    for (const [key, box] of boxes) {
      const control = controls.get(key), value = key in state ? state[key] : control.value;
      if (control.kind === "flag") box.checked = value;
      else box.value = value == null ? "" : String(value);
      box.closest(".choice").classList.toggle("changed", key in state);
    }
    const keys = Object.keys(state);
    $("undo").disabled = !states.canUndo; $("redo").disabled = !states.canRedo; $("reset").disabled = !keys.length;
    $("differs").textContent = (keys.length ? "Chosen otherwise than in the file: " + keys.join(", ") + "." : "As the file has it.") + (Object.keys(before).length ? " Compared with: " + Object.keys(before).join(", ") + "." : "");
    $("month").value = month;
    const at = start.months.indexOf(month);
    $("month-before").disabled = at <= 0; $("month-after").disabled = at >= start.months.length - 1;
  }
  function rows(body, sums, over) {
    body.replaceChildren(...sums.map(row => {
      const line = document.createElement("tr");
      const cells = [[row.flux], [over], [explorer.fixed(row.old), "n"], [explorer.fixed(row.new), "n"], [explorer.signed(row.difference), row.difference ? "n more" : "n"], [row.unit], [explorer.share(row), "n"]];
      for (const [text, cls] of cells) { const cell = line.insertCell(); cell.textContent = text; cell.className = cls || ""; }
      return line;
    }));
  }
  function hear(said) {
    $("said-here").hidden = !said.length;
    $("sentences").replaceChildren(...said.map(text => { const line = document.createElement("li"); line.textContent = text; return line; }));
  }
  function texts(found) { for (const name of ["command", "toml", "python"]) $(name).textContent = found[name]; }
  function told(seconds, drawn) {
    const how = exact ? "as fluxkit decide gives it" : "of this month alone; what all days teach follows";
    $("took").textContent = month + ": decided in " + seconds.toFixed(2) + " s" + (drawn ? ", drawn in " + drawn.toFixed(2) + " s" : "") + "; " + how + ".";
  }
  async function show() {
    fill();
    const mine = ++asking, began = performance.now();
    $("took").textContent = "Deciding …";
    $("choices").setAttribute("aria-busy", "true");
    const found = await ask("/month", { before, chosen: states.now(), month });
    if (mine !== asking) return;
    $("choices").removeAttribute("aria-busy");
    if (found.problems) { problems(found.problems); $("took").textContent = "Not decided; the figures are those of the state before."; return; }
    problems([]);
    exact = found.exact;
    rows($("sums-month"), found.sums, month);
    texts(found.states);
    hear(found.said);
    const painting = performance.now();
    await page.update(found.data);
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    const end = performance.now();
    if (mine !== asking) return;
    told(found.seconds, (end - painting) / 1000);
    document.body.dataset.ms = String(Math.round(end - began));
    document.body.dataset.shown = JSON.stringify(states.now());
    page.say($("took").textContent);
    year(mine);
  }
  // The whole archive comes behind: asked about until it is there, or another state is wanted.
  async function year(mine) {
    const own = ++polling;
    $("sums-year").replaceChildren();
    for (;;) {
      const found = await ask("/year", { before, chosen: states.now(), month, exact });
      if (mine !== asking || own !== polling) return;
      $("progress").hidden = Boolean(found.done || found.problems);
      if (found.problems || found.failed) { problems(found.problems || [found.failed]); return; }
      if (!found.done) { $("progress").value = found.part; $("progress").setAttribute("aria-valuetext", found.words); $("took").textContent = $("took").textContent.replace(/( Whole archive: .*)?$/, " Whole archive: " + found.words + " …"); await new Promise(done => setTimeout(done, 150)); continue; }
      if (found.exactly) { exact = true; rows($("sums-month"), found.exactly.sums, month); hear(found.exactly.said); await page.update(found.exactly.data); }
      rows($("sums-year"), found.sums, found.year + ", " + found.days + " days");
      $("took").textContent = $("took").textContent.replace(/ Whole archive: .*$/, "").replace("of this month alone; what all days teach follows", "as fluxkit decide gives it");
      document.body.dataset.whole = JSON.stringify(states.now());
      return;
    }
  }

  // ---- what people do --------------------------------------------------------------------------------------------------------
  $("form").addEventListener("change", e => {
    const control = controls.get(e.target.dataset.key);
    if (control && states.push(explorer.chosen(states.now(), control, valueOf(e.target, control)))) show();
  });
  $("form").addEventListener("submit", e => e.preventDefault());
  $("undo").addEventListener("click", () => { if (states.undo()) show(); });
  $("redo").addEventListener("click", () => { if (states.redo()) show(); });
  $("reset").addEventListener("click", () => { if (states.push({})) show(); });
  $("compare").addEventListener("click", () => { before = { ...states.now() }; show(); });
  function go(to) { if (to) { month = to; exact = false; show(); } }
  $("month").addEventListener("change", e => go(e.target.value));
  $("month-before").addEventListener("click", () => go(start.months[start.months.indexOf(month) - 1]));
  $("month-after").addEventListener("click", () => go(start.months[start.months.indexOf(month) + 1]));
  document.addEventListener("keydown", e => {
    if (!(e.ctrlKey || e.metaKey) || /^(INPUT|TEXTAREA)$/.test(e.target.tagName) && e.target.type === "text") return;
    const key = e.key.toLowerCase();
    if (key === "z" && !e.shiftKey) { e.preventDefault(); $("undo").click(); }
    else if (key === "y" || key === "z") { e.preventDefault(); $("redo").click(); }
  });
  for (const button of document.querySelectorAll("[data-copy]"))
    button.addEventListener("click", async () => {
      const text = $(button.dataset.copy), words = button.textContent;
      try { await navigator.clipboard.writeText(text.textContent); } catch { getSelection().selectAllChildren(text); document.execCommand("copy"); }
      button.textContent = "Copied"; page.say("copied");
      setTimeout(() => { button.textContent = words; }, 1200);
    });

  $("find-ustar").addEventListener("click", async () => {
    $("found-ustar").textContent = "looking …";
    const found = await ask("/ustar", {});
    $("found-ustar").textContent = found.problems ? found.problems.join(" ") : found.thresholds.map(([when, value]) => when + ": " + value + " m s⁻¹").join(", ");
  });

  // ---- writing: the difference first ---------------------------------------------------------------------------------------
  let shownSum = "";
  $("write").addEventListener("click", async () => {
    const found = await ask("/difference", { chosen: states.now() });
    if (found.problems) { problems(found.problems); return; }
    shownSum = found.sha256;
    $("writing-path").textContent = found.path;
    $("difference").replaceChildren(...(found.difference || "Nothing differs.").split("\n").flatMap(line => {
      const part = document.createElement("span");
      part.textContent = line + "\n"; part.className = explorer.kindOf(line);
      return part;
    }));
    $("confirm").disabled = !found.difference;
    $("writing").showModal();
  });
  $("cancel").addEventListener("click", () => $("writing").close());
  $("confirm").addEventListener("click", async () => {
    const found = await ask("/write", { chosen: states.now(), sha256: shownSum });
    $("writing").close();
    if (found.problems) { problems(found.problems); return; }
    controls = new Map(found.controls.map(control => [control.key, control]));
    states.clear(); before = {};
    await show();
    $("differs").textContent = found.said;
    page.say(found.said);
  });

  fill();
  rows($("sums-month"), start.first.sums, month);
  texts(start.first.states);
  hear(start.first.said);
  told(start.first.seconds, 0);
  year(asking);
})();
