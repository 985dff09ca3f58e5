"use strict";
// The report's chart, filters, table and panel. The data are in the page; nothing is loaded.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const find = (id) => document.getElementById(id);
  const { front, others, published, labels, parameters } = data;
  const size = front.settings.length;
  const rises = new Set(data.rises);
  const short = (name) => (labels[name] || name).split(" (")[0];
  const unit = (name) => ((labels[name] || "").match(/\(([^)]*)\)$/) || ["", ""])[1];

  // A value of a table of columns; texts are stored once each.
  const value = (table, name, row) => {
    const column = table.columns[name];
    if (!column) return undefined;
    return table.texts[name] ? table.texts[name][column[row]] : column[row];
  };
  const number = (v) => {
    if (v === null || v === undefined || Number.isNaN(v)) return "-";
    if (Math.abs(v) >= 100) return Math.round(v).toLocaleString("en-US");
    return Number.isInteger(v) ? String(v) : v.toPrecision(3);
  };
  const said = (v) => (v === true ? "yes" : v === false ? "no" : v === "" ? "default" : data.spoken[v] ?? String(v));
  const element = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, each] of Object.entries(attributes)) {
      if (key in made && key !== "list") made[key] = each;
      else made.setAttribute(key, each);
    }
    made.append(...children);
    return made;
  };

  // ---- state
  const state = { x: data.figures[0], y: data.figures[1] || data.figures[0], by: "unit",
    sort: data.figures[0], down: rises.has(data.figures[0]), rows: document.documentElement.clientWidth > 600 ? 25 : 10, chosen: -1, near: -1 };
  const kept = {}; // parameter: set of the texts of its values that pass; null: any, also unlisted
  const ranges = {}; // figure: [least, most]
  let passing = [];

  // ---- filters
  const form = find("filters");
  const build = () => {
    for (const [name, values] of Object.entries(data.filters)) {
      kept[name] = null;
      const box = element("fieldset", {}, element("legend", { textContent: short(name) }));
      for (const each of values) {
        const input = element("input", { type: "checkbox", checked: true, name, value: String(each) });
        box.append(element("label", {}, input, said(each)));
      }
      form.append(box);
    }
    for (const name of new Set(data.ranges)) {
      ranges[name] = [-Infinity, Infinity];
      const box = element("fieldset", {}, element("legend", { textContent: labels[name] }));
      for (const [which, text] of ["from", "to"].entries()) {
        const input = element("input", { type: "number", step: "any", "data-figure": name, "data-which": which });
        input.setAttribute("aria-label", `${labels[name]} ${text}`);
        box.append(element("label", {}, text, input));
      }
      form.append(box);
    }
    const reset = element("button", { type: "button", textContent: "Reset", id: "reset" });
    reset.addEventListener("click", () => {
      for (const input of form.querySelectorAll("input")) {
        if (input.type === "checkbox") input.checked = true;
        else input.value = "";
      }
      read();
    });
    form.append(reset);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", read);
  };
  const read = () => {
    for (const name of Object.keys(kept)) {
      const on = [...form.querySelectorAll(`input[name="${name}"]:checked`)].map((i) => i.value);
      kept[name] = on.length === data.filters[name].length ? null : new Set(on);
    }
    for (const input of form.querySelectorAll("input[type=number]")) {
      const which = Number(input.dataset.which);
      ranges[input.dataset.figure][which] = input.value === "" ? (which ? Infinity : -Infinity) : Number(input.value);
    }
    state.near = -1;
    draw();
  };
  const passes = (table, row) => {
    for (const [name, texts] of Object.entries(kept)) {
      const v = value(table, name, row);
      if (texts && v !== undefined && !texts.has(String(v))) return false;
    }
    for (const [name, [least, most]] of Object.entries(ranges)) {
      const v = value(table, name, row);
      if (v !== undefined && v !== null && (v < least || v > most)) return false;
    }
    return true;
  };

  // ---- scales
  const scale = (values, from, to) => {
    let low = Infinity, high = -Infinity;
    for (const v of values) if (v !== null && Number.isFinite(v)) { low = Math.min(low, v); high = Math.max(high, v); }
    if (low > high) { low = 0; high = 1; }
    const log = low > 0 && high > 8 * low;
    const change = log ? Math.log10 : (v) => v;
    let a = change(low), b = change(high);
    const margin = 0.04 * (b - a) || 0.5 * Math.abs(a) || 1;
    a -= margin; b += margin;
    const at = (v) => from + ((change(v) - a) / (b - a)) * (to - from);
    const ticks = [];
    if (log) {
      const steps = b - a > 2.4 ? [1] : b - a > 1.2 ? [1, 3] : [1, 2, 5];
      for (let power = Math.floor(a); power <= b; power++) for (const s of steps) {
        const t = s * 10 ** power;
        if (Math.log10(t) >= a && Math.log10(t) <= b) ticks.push(Number(t.toPrecision(2)));
      }
    } else {
      const rough = (b - a) / 5, power = 10 ** Math.floor(Math.log10(rough));
      const step = [1, 2, 5, 10].map((s) => s * power).find((s) => s >= rough);
      for (let t = Math.ceil(a / step) * step; t <= b; t += step) ticks.push(Number(t.toPrecision(6)));
    }
    return { at, ticks };
  };
  const tickText = (v) => {
    if (v >= 1e6) return `${Number((v / 1e6).toPrecision(3)).toLocaleString("en-US")} M`;
    return v.toLocaleString("en-US", { maximumSignificantDigits: 4 });
  };

  // ---- chart
  const svg = find("chart");
  const shape = (name, attributes, text) => {
    const made = document.createElementNS(svg.namespaceURI, name);
    for (const [key, each] of Object.entries(attributes)) made.setAttribute(key, each);
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const marker = (kind, x, y, r) => {
    const p = (...at) => "M" + at.map(([u, v]) => `${(x + u * r).toFixed(1)} ${(y + v * r).toFixed(1)}`).join("L") + "Z";
    switch (kind % 6) {
      case 0: return `M${(x - r).toFixed(1)} ${y.toFixed(1)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
      case 1: return p([-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]);
      case 2: return p([0, -1.15], [1.1, 0.85], [-1.1, 0.85]);
      case 3: return p([0, -1.3], [1.2, 0], [0, 1.3], [-1.2, 0]);
      case 4: return p([0, 1.15], [1.1, -0.85], [-1.1, -0.85]);
      default: return p([-0.4, -1.2], [0.4, -1.2], [0.4, -0.4], [1.2, -0.4], [1.2, 0.4], [0.4, 0.4], [0.4, 1.2], [-0.4, 1.2], [-0.4, 0.4], [-1.2, 0.4], [-1.2, -0.4], [-0.4, -0.4]);
    }
  };
  const star = (x, y, r) => "M" + [...Array(10).keys()].map((i) => {
    const angle = (i * Math.PI) / 5, far = i % 2 ? 0.42 * r : r;
    return `${(x + far * Math.sin(angle)).toFixed(1)} ${(y - far * Math.cos(angle)).toFixed(1)}`;
  }).join("L") + "Z";
  const kinds = (name) => {
    const count = new Map();
    for (let row = 0; row < size; row++) {
      const v = value(front, name, row);
      count.set(v, (count.get(v) || 0) + 1);
    }
    const most = [...count].sort((a, b) => b[1] - a[1]).slice(0, data.colours.length).map(([v]) => v);
    return most.sort((a, b) => (typeof a === "number" ? a - b : String(a).localeCompare(String(b))));
  };
  // Those that no other one of these beats in x and y.
  const best = (rows) => {
    const sx = rises.has(state.x) ? -1 : 1, sy = rises.has(state.y) ? -1 : 1;
    const at = (row) => [sx * value(front, state.x, row), sy * value(front, state.y, row)];
    const ordered = [...rows].sort((a, b) => at(a)[0] - at(b)[0] || at(a)[1] - at(b)[1]);
    const found = [];
    let least = Infinity;
    for (const row of ordered) if (at(row)[1] < least) { least = at(row)[1]; found.push(row); }
    return found;
  };
  // Rows by technology: each has a front of its own.
  const apart = (rows) => {
    const groups = new Map();
    for (const row of rows) {
      const technology = value(front, "technology", row);
      if (!groups.has(technology)) groups.set(technology, []);
      groups.get(technology).push(row);
    }
    return groups;
  };
  let places = new Map(); // row: its place in the chart
  const drawChart = () => {
    const width = Math.max(260, svg.clientWidth), height = svg.clientHeight || 470;
    const left = 66, right = 26, top = 10, bottom = 46;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.replaceChildren();
    const cloud = find("cloud").checked && others.columns[state.x] && others.columns[state.y];
    const grey = [];
    if (cloud) for (let row = 0; row < others.settings.length; row++) if (passes(others, row)) grey.push(row);
    const marked = [];
    if (published && published.columns[state.x] && published.columns[state.y]) {
      for (let row = 0; row < published.label.length; row++) if (passes(published, row)) marked.push(row);
    }
    const all = (name) => [...passing.map((row) => value(front, name, row)),
      ...grey.map((row) => value(others, name, row)), ...marked.map((row) => value(published, name, row))];
    const x = scale(all(state.x), left, width - right), y = scale(all(state.y), height - bottom, top);
    let last = -Infinity;
    for (const t of x.ticks) {
      const at = x.at(t);
      svg.append(shape("line", { class: "grid", x1: at, x2: at, y1: top, y2: height - bottom }));
      const half = tickText(t).length * 3.6 + 4; // so that no two texts touch
      if (at - half < last) continue;
      last = at + half;
      svg.append(shape("text", { x: at, y: height - bottom + 17, "text-anchor": "middle" }, tickText(t)));
    }
    for (const t of y.ticks) {
      svg.append(shape("line", { class: "grid", x1: left, x2: width - right, y1: y.at(t), y2: y.at(t) }));
      svg.append(shape("text", { x: left - 7, y: y.at(t) + 4, "text-anchor": "end" }, tickText(t)));
    }
    svg.append(shape("path", { class: "axis", d: `M${left} ${top}V${height - bottom}H${width - right}` }));
    svg.append(shape("text", { x: (left + width - right) / 2, y: height - 8, "text-anchor": "middle" }, labels[state.x]));
    svg.append(shape("text", { transform: `translate(13 ${(top + height - bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, labels[state.y]));
    if (grey.length) {
      const dots = grey.map((row) => `M${x.at(value(others, state.x, row)).toFixed(1)} ${y.at(value(others, state.y, row)).toFixed(1)}h0`).join("");
      svg.append(shape("path", { d: dots, stroke: "#b4b4b4", "stroke-width": 2.4, "stroke-linecap": "round", fill: "none" }));
    }
    places = new Map(passing.map((row) => [row, [x.at(value(front, state.x, row)), y.at(value(front, state.y, row))]]));
    const onFront = new Set(), groups = kinds(state.by);
    for (const [technology, rows] of apart(passing)) {
      const on = best(rows), ordered = [...on].sort((a, b) => places.get(a)[0] - places.get(b)[0]);
      if (!ordered.length) continue;
      for (const row of on) onFront.add(row);
      let line = "";
      for (const [i, row] of ordered.entries()) {
        const [u, v] = places.get(row);
        line += i ? (rises.has(state.x) ? `V${v}H${u}` : `H${u}V${v}`) : `M${u} ${v}`;
      }
      const colour = state.by === "technology" ? data.colours[groups.indexOf(technology)] : undefined;
      svg.append(shape("path", { class: "steps", d: line, ...(colour ? { style: `stroke:${colour}` } : {}) }));
    }
    const many = passing.length > 400 ? 3.4 : 4.6;
    for (const full of [false, true]) for (const [i, v] of [...groups, null].entries()) {
      const colour = v === null ? "#777777" : data.colours[i];
      const mine = passing.filter((row) => {
        const own = value(front, state.by, row);
        return onFront.has(row) === full && (v === null ? !groups.includes(own) : own === v);
      });
      if (!mine.length) continue;
      const d = mine.map((row) => marker(i, ...places.get(row), many)).join("");
      svg.append(shape("path", { d, fill: full ? colour : "white", stroke: colour, "stroke-width": 1.3, class: "points" }));
    }
    for (const row of marked) {
      const u = x.at(value(published, state.x, row)), v = y.at(value(published, state.y, row));
      svg.append(shape("path", { d: star(u, v, 9), fill: "white", stroke: "black", "stroke-width": 1.4 }));
      const end = u > width * 0.7;
      svg.append(shape("text", { x: u + (end ? -11 : 11), y: v + 4, "text-anchor": end ? "end" : "start", "paint-order": "stroke", stroke: "white", "stroke-width": 3 }, published.label[row]));
    }
    svg.append(shape("circle", { id: "ring", r: 9, fill: "none", stroke: "#d55e00", "stroke-width": 2.5, visibility: "hidden" }));
    svg.append(shape("circle", { id: "hover", r: 8, fill: "none", stroke: "black", "stroke-width": 1.6, visibility: "hidden" }));
    const legend = groups.map((v, i) => {
      const sign = shape("svg", { width: 13, height: 13, "aria-hidden": "true" });
      sign.append(shape("path", { d: marker(i, 6.5, 6.5, 4.4), fill: data.colours[i] }));
      return element("span", {}, sign, `${["unit", "technology"].includes(state.by) ? "" : short(state.by).split(",")[0] + " "}${said(v)}`);
    });
    if (marked.length) {
      const sign = shape("svg", { width: 15, height: 15, "aria-hidden": "true" });
      sign.append(shape("path", { d: star(7.5, 7.5, 7), fill: "white", stroke: "black" }));
      legend.push(element("span", {}, sign, "published parameters"));
    }
    if (grey.length) legend.push(element("span", {}, element("i", { className: "dot" }), "other designs"));
    find("legend").replaceChildren(...legend);
    ring();
  };
  const ring = () => {
    for (const [id, row] of [["ring", state.chosen], ["hover", state.near]]) {
      const circle = find(id), at = places.get(row);
      if (!circle) continue;
      circle.setAttribute("visibility", at ? "visible" : "hidden");
      if (at) { circle.setAttribute("cx", at[0]); circle.setAttribute("cy", at[1]); }
    }
  };
  const errorOf = (name, row) => data.errors[name] && value(front, data.errors[name], row);
  const plusMinus = (name, row) => {
    const error = errorOf(name, row);
    return error ? ` ±\u00a0${error.toFixed(1)}\u00a0%` : "";
  };
  const figureText = (name, row) => `${number(value(front, name, row))} ${unit(name)}${plusMinus(name, row)}`;
  const where = (row) => ["technology", "workload"].map((name) => value(front, name, row)).filter(Boolean).join(", ");
  const tip = (row, speak) => {
    state.near = row;
    ring();
    const box = find("tip");
    box.hidden = row < 0 || !places.has(row);
    if (box.hidden) return;
    const lines = data.figures.slice(0, 6).map((name) => `${short(name)}: ${figureText(name, row)}`);
    box.replaceChildren(element("b", { textContent: front.names[row] }), where(row),
      ...lines.map((text) => element("div", { textContent: text })));
    const [u, v] = places.get(row), frame = find("chart").clientWidth;
    box.style.left = `${Math.max(0, Math.min(u + 14, frame - box.offsetWidth - 4))}px`;
    const above = v - box.offsetHeight - 14;
    box.style.top = `${above > 0 ? above : v + 14}px`;
    if (speak) find("spoken").textContent = [front.names[row], where(row), ...lines].join("; ");
  };
  const nearest = (event) => {
    const box = svg.getBoundingClientRect(), u = event.clientX - box.left, v = event.clientY - box.top;
    let found = -1, least = 26 ** 2;
    for (const [row, [a, b]] of places) {
      const far = (a - u) ** 2 + (b - v) ** 2;
      if (far < least) { least = far; found = row; }
    }
    return found;
  };
  svg.addEventListener("pointermove", (event) => tip(nearest(event)));
  svg.addEventListener("pointerleave", () => tip(-1));
  svg.addEventListener("click", (event) => { const row = nearest(event); tip(row); if (row >= 0) choose(row); });
  svg.addEventListener("keydown", (event) => {
    const ordered = [...places.keys()].sort((a, b) => places.get(a)[0] - places.get(b)[0] || a - b);
    const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (event.key === "Escape") tip(-1);
    else if ((event.key === "Enter" || event.key === " ") && state.near >= 0) choose(state.near);
    else if (step && ordered.length) {
      const now = ordered.indexOf(state.near >= 0 ? state.near : state.chosen);
      const next = now < 0 ? (step > 0 ? 0 : ordered.length - 1) : now + step;
      tip(ordered[Math.max(0, Math.min(ordered.length - 1, next))], true);
    } else return;
    event.preventDefault();
  });

  // ---- the chosen design
  const toml = (row) => {
    const base = data.bases[value(front, "unit", row)];
    const tables = { parameters: { ...base.parameters }, workload: { ...base.workload } };
    for (const setting of front.settings[row].split(" ").filter(Boolean)) {
      const at = setting.indexOf("="), key = setting.slice(0, at), text = setting.slice(at + 1);
      const v = text === "true" ? true : text === "false" ? false : /^-?\d+$/.test(text) ? Number(text) : text;
      if (key.startsWith("workload.")) tables.workload[key.slice(9)] = v;
      else tables.parameters[key] = v;
    }
    const lines = (table) => Object.entries(table).map(([key, v]) => `${key} = ${JSON.stringify(v)}`);
    return [`description = ${JSON.stringify(front.names[row])}`, `unit = ${JSON.stringify(value(front, "unit", row))}`,
      "", "[parameters]", ...lines(tables.parameters), "", "[workload]", ...lines(tables.workload), ""].join("\n");
  };
  const commands = (row) => {
    const settings = front.settings[row].split(" ").filter(Boolean).map((each) => ` --set ${each}`).join("");
    const design = data.bases[value(front, "unit", row)].design + settings;
    const technology = value(front, "technology", row);
    const named = technology ? ` --technology ${technology}` : "";
    const workload = data.workloads[value(front, "workload", row)];
    const run = workload ? ` --workload ${workload}` : "";
    const around = data.options.map(([name, option]) => ` ${option} ${value(front, name, row)}`).join("");
    return data.commands.map(([title, text]) => [title, text.replace("{design}", () => design)
      .replace("{technology}", () => named).replace("{workload}", () => run).replace("{around}", () => around)]);
  };
  // A command that breaks between its options only.
  const words = (text) => text.split(/ (?=--|-o)/).flatMap((word, i) => [...(i ? [" "] : []), element("span", { textContent: word })]);
  const bars = (prefix, whole, row) => {
    const found = Object.keys(data.parts).map((part) => [part, value(front, `${prefix}_${part}`, row)]).filter(([, v]) => v > 0);
    const sum = found.reduce((total, [, v]) => total + v, 0);
    if (!sum) return [];
    const bar = element("div", { className: "bar", role: "img" });
    bar.setAttribute("aria-label", `${short(whole)} by part: ` + found.map(([part, v]) => `${part} ${Math.round((100 * v) / sum)} %`).join(", "));
    const list = element("div", { className: "parts" });
    for (const [part, v] of found.sort((a, b) => b[1] - a[1])) {
      const piece = element("span", { title: part });
      piece.style.cssText = `flex:${v / sum};background:${data.parts[part]}`;
      bar.append(piece);
      const sign = element("i");
      sign.style.background = data.parts[part];
      list.append(element("span", {}, sign, `${part} ${((100 * v) / sum).toFixed(0)} %`));
    }
    return [element("h4", { textContent: `Where the ${short(whole)} goes` }), bar, list];
  };
  const pairs = (rows) => element("table", {}, element("tbody", {},
    ...rows.map(([name, text]) => element("tr", {}, element("th", { scope: "row", textContent: name }), element("td", { textContent: text })))));
  const choose = (row, move = true) => {
    state.chosen = row;
    ring();
    const panel = find("chosen"), number_ = value(front, "number", row);
    const figures = Object.keys(labels).filter((name) => front.columns[name] && !front.texts[name] && (data.figures.includes(name)));
    const parts = [element("h3", { textContent: front.names[row] }),
      element("p", { className: "note", textContent: [where(row), number_ === undefined ? "" : `point ${number_}`].filter(Boolean).join(", ") })];
    if (value(front, "best_of_all", row) === true) parts.push(element("p", { className: "note", textContent: "Best of all technologies, too." }));
    if (value(front, "uncertain", row) === true) parts.push(element("p", {}, element("strong", { textContent: "Uncertain: a constraint is met by less than the estimate's expected error." })));
    if (value(front, "inside", row) === false) parts.push(element("p", {}, element("strong", { textContent: "Outside the region that the model was fitted in: take its figures with care." })));
    parts.push(pairs(figures.map((name) => [labels[name], number(value(front, name, row)) + plusMinus(name, row)])));
    const tight = value(front, "tightest_constraint", row);
    if (tight) parts.push(element("p", { className: "note", textContent: `Nearest constraint: ${tight}, ${number(value(front, "room_percent", row))} % of room left.` }));
    parts.push(...bars("area_um2", "area_um2", row), ...bars("energy_fj", "energy_fj_per_operation", row));
    parts.push(element("h4", { textContent: "Configuration" }), pairs(parameters.map((name) => [name, said(value(front, name, row))])));
    for (const [title, text] of commands(row)) {
      const copy = element("button", { type: "button", className: "copy", textContent: "Copy" });
      copy.setAttribute("aria-label", `Copy: ${title}`);
      copy.addEventListener("click", async () => {
        try { await navigator.clipboard.writeText(text); copy.textContent = "Copied"; } catch { copy.textContent = "Select and copy"; }
      });
      parts.push(element("h4", { textContent: title }), element("pre", { className: "command" }, ...words(text)), copy);
    }
    const file = `point-${number_ === undefined ? row : number_}.toml`;
    parts.push(element("h4", { textContent: `As a design file, ${file}` }), element("pre", { className: "design", textContent: toml(row) }),
      element("a", { className: "save", download: file, href: `data:text/plain;charset=utf-8,${encodeURIComponent(toml(row))}`, textContent: `Save ${file}` }));
    panel.replaceChildren(...parts);
    for (const line of find("rows").querySelectorAll("tbody tr")) line.classList.toggle("on", Number(line.dataset.row) === row);
    if (move) history.replaceState(null, "", `#point-${number_ === undefined ? row : number_}`);
  };
  for (const button of document.querySelectorAll(".pick")) {
    button.addEventListener("click", () => {
      choose(data.places.indexOf(Number(button.dataset.place)));
      find("front").scrollIntoView();
    });
  }

  // ---- table
  const heads = ["technology", ...parameters.filter((name) => (data.filters[name] || data.ranges.includes(name)) && name !== "technology" && name !== "unit"), ...data.figures.slice(0, data.columns)]
    .filter((name, i, list) => front.columns[name] && list.indexOf(name) === i && (name !== "technology" || data.filters[name]));
  // Parameters that a design's name tells are left out where there is little room.
  const told = (name) => (name === "technology" || data.figures.includes(name) ? "" : "told");
  const drawTable = () => {
    const head = element("tr", {}, element("th", { scope: "col", textContent: "design" }));
    for (const name of heads) {
      const cell = element("th", { scope: "col", className: told(name) });
      const on = state.sort === name;
      cell.setAttribute("aria-sort", on ? (state.down ? "descending" : "ascending") : "none");
      const button = element("button", { type: "button", textContent: `${labels[name]}${on ? (state.down ? " ▼" : " ▲") : ""}` });
      button.addEventListener("click", () => {
        state.down = state.sort === name ? !state.down : rises.has(name);
        state.sort = name;
        drawTable();
        find("rows").querySelectorAll("thead button")[heads.indexOf(name)].focus();
      });
      cell.append(button);
      head.append(cell);
    }
    const sign = state.down ? -1 : 1;
    const ordered = [...passing].sort((a, b) => {
      const u = value(front, state.sort, a), v = value(front, state.sort, b);
      return sign * (typeof u === "string" ? u.localeCompare(v) : u - v) || a - b;
    });
    const body = ordered.slice(0, state.rows).map((row) => {
      const pick = element("button", { type: "button", textContent: front.names[row] });
      pick.addEventListener("click", () => { choose(row); find("front").scrollIntoView(); });
      const line = element("tr", { "data-row": row }, element("th", { scope: "row" }, pick));
      for (const name of heads) {
        const v = value(front, name, row);
        line.append(element("td", { className: told(name), "data-label": labels[name] || name, textContent: data.figures.includes(name) ? number(v) : said(v) }));
      }
      line.classList.toggle("on", row === state.chosen);
      return line;
    });
    find("rows").tHead.replaceChildren(head);
    find("rows").tBodies[0].replaceChildren(...body);
    find("more").hidden = ordered.length <= state.rows;
    find("more").textContent = `Show more (${(ordered.length - state.rows).toLocaleString("en-US")} left)`;
  };
  find("more").addEventListener("click", () => { state.rows += 100; drawTable(); });

  const draw = () => {
    passing = [...Array(size).keys()].filter((row) => passes(front, row));
    find("count").textContent = `${passing.length.toLocaleString("en-US")} of ${size.toLocaleString("en-US")} designs shown`;
    find("tip").hidden = true;
    drawChart();
    drawTable();
  };

  // ---- begin
  build();
  find("filter-box").open = document.documentElement.clientWidth > 600;
  const colours = [...new Set(["unit", ...Object.keys(data.filters)])].filter((name) => front.columns[name]);
  if (data.filters.technology) state.by = "technology";
  for (const [id, names] of [["x", data.figures], ["y", data.figures], ["by", colours]]) {
    const select = find(id);
    for (const name of names) select.append(element("option", { value: name, textContent: labels[name] || name, selected: name === state[id] }));
    select.addEventListener("change", () => { state[id] = select.value; draw(); });
  }
  find("cloud").addEventListener("change", drawChart);
  draw();
  const linked = /^#point-(\d+)$/.exec(location.hash);
  if (linked && front.columns.number) {
    const row = front.columns.number.indexOf(Number(linked[1]));
    if (row >= 0) choose(row, false);
  }
  new ResizeObserver(() => { find("tip").hidden = true; drawChart(); }).observe(find("chart").parentElement);
})();
