/* Draws the figures of a page: those in view at once, the others while the reader reads; all of them for paper. */
(function () {
  "use strict";

  const HOUR = 3600e3;
  const DAY = 24 * HOUR;
  const COARSE_FROM = 62 * DAY; // longer spans show daily means: 8,760 hours on 1,000 pixels are only noise
  const PAPER = 685; // width of A4 between its margins [px]
  const CONFIG = {
    responsive: true,
    displaylogo: false,
    showTips: false,
    modeBarButtons: [["toImage", "resetScale2d"]], // and no button that sends the data anywhere
  };
  const nodes = Array.from(document.querySelectorAll("[data-figure]"));
  const drawn = new Map();

  /* ---- data ---- */

  function decoded(array) {
    const bytes = Uint8Array.from(atob(array.bdata), (c) => c.charCodeAt(0));
    const flat = array.dtype === "f8" ? new Float64Array(bytes.buffer) : new Float32Array(bytes.buffer);
    if (!array.shape) return flat;
    const [rows, columns] = array.shape.split(",").map(Number);
    return Array.from({ length: rows }, (_, i) => flat.subarray(i * columns, (i + 1) * columns));
  }

  function resolved(value, arrays) {
    if (Array.isArray(value)) return value.map((item) => resolved(item, arrays));
    if (value === null || typeof value !== "object") return value;
    if ("array" in value && Object.keys(value).length === 1) return arrays[value.array];
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolved(item, arrays)]));
  }

  function read(name) {
    const raw = JSON.parse(document.getElementById("data-" + name).textContent);
    const arrays = raw.arrays.map(decoded);
    return { data: resolved(raw.data, arrays), layout: raw.layout, overview: resolved(raw.overview, arrays) };
  }

  /* ---- drawing ---- */

  function draw(node) {
    if (drawn.has(node)) return drawn.get(node);
    const figure = read(node.dataset.figure);
    let view = null;
    if (figure.overview.length) view = windowed(node, figure);
    const finger = matchMedia("(pointer: coarse)").matches;
    if (finger) figure.layout.dragmode = false; // a finger scrolls the page
    if (innerWidth < 640) narrow(figure);
    const config = { ...CONFIG, displayModeBar: finger ? false : "hover" };
    const done = Plotly.newPlot(node, figure.data, figure.layout, config).then(() => {
      node.dataset.drawn = "true";
      if (view) view.listen();
    });
    drawn.set(node, done);
    return done;
  }

  function narrow(figure) {
    const layout = figure.layout;
    const entries = figure.data.filter((trace) => trace.type !== "heatmap" && trace.showlegend !== false).length;
    layout.font.size = 11;
    layout.margin = { ...layout.margin, l: 48, r: 8 };
    layout.height += 14 * entries; // the legend takes a line for each
    for (const [key, axis] of Object.entries(layout)) {
      if (key.startsWith("xaxis")) axis.title.text = axis.title.text.replace(" (", "<br>(");
      if (key.startsWith("xaxis") && axis.title.text.length > 24) axis.title.text = axis.title.text.replace(" [", "<br>[");
      if (axis.type === "category") wrap(axis, key, figure.data);
    }
  }

  function wrap(axis, key, traces) { // long names in lines, so that they leave room for what they name
    const letter = key[0];
    const mine = traces.filter((trace) => (trace[letter + "axis"] || letter) === key.replace("axis", ""));
    const names = [...new Set(mine.flatMap((trace) => [...(trace[letter] || [])]))].map(String);
    const width = letter === "x" ? 14 : 24;
    if (!names.some((name) => name.length > width)) return;
    Object.assign(axis, { tickmode: "array", tickvals: names, ticktext: names.map((name) => lines(name, width)) });
  }

  function lines(text, width) {
    const full = [];
    for (const word of text.split(" ")) {
      const longer = `${full.at(-1)} ${word}`;
      if (full.length && longer.length <= width) full[full.length - 1] = longer;
      else full.push(word);
    }
    return full.join("<br>");
  }

  function drawNext() {
    const next = nodes.find((node) => !drawn.has(node));
    if (!next) return;
    draw(next).then(() => setTimeout(drawNext, 50));
  }

  /* ---- a window on a long time axis ---- */

  function windowed(node, figure) {
    const [first, last] = figure.layout.xaxis.range;
    const all = last - first;
    const full = figure.data.map((trace) => ({ x: trace.x, y: trace.y }));
    figure.layout.xaxis.rangeslider = { visible: false };
    figure.layout.xaxis.rangeselector = { visible: false };
    const coarse = (span) => span > COARSE_FROM;
    let from = first;
    let to = last;

    function place(series, low, high) {
      let start = bisect(series.x, low) - 1;
      let stop = bisect(series.x, high) + 1;
      start = Math.max(0, start);
      stop = Math.min(series.x.length, stop + 1);
      return { x: series.x.subarray(start, stop), y: series.y.subarray(start, stop) };
    }

    function parts() {
      if (coarse(to - from)) return figure.overview;
      return full.map((series) => place(series, from, to));
    }

    parts().forEach((part, i) => Object.assign(figure.data[i], part));

    const controls = controlsOf(node, first, last, show);

    function show(low, high) {
      const span = Math.min(Math.max(high - low, HOUR), all);
      from = Math.min(Math.max(low, first), last - span);
      to = from + span;
      const found = parts();
      controls.tell(from, to, coarse(to - from));
      const data = { x: found.map((part) => part.x), y: found.map((part) => part.y) };
      // Told again what it is: with new x, plotly forgets the axis's type and range.
      return Plotly.update(node, data, { "xaxis.type": "date", "xaxis.autorange": false, "xaxis.range": [from, to] });
    }

    function listen() {
      node.on("plotly_relayout", (event) => {
        if (event["xaxis.autorange"]) show(first, last);
        else if ("xaxis.range[0]" in event) show(time(event["xaxis.range[0]"]), time(event["xaxis.range[1]"]));
        else if (Array.isArray(event["xaxis.range"])) show(...event["xaxis.range"].map(time));
      });
      controls.tell(from, to, coarse(to - from));
    }
    return { listen };
  }

  function bisect(sorted, value) {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle] < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function time(value) {
    if (typeof value === "number") return value;
    const [day, clock] = value.split(" ");
    return Date.parse(day + "T" + (clock || "00:00") + "Z");
  }

  function controlsOf(node, first, last, show) {
    const all = last - first;
    const midnight = Math.floor(first / DAY) * DAY;
    const bar = document.createElement("div");
    bar.className = "controls";
    let from = first;
    let to = last;

    const spans = [["1 day", DAY], ["1 week", 7 * DAY], ["1 month", 30 * DAY]].filter((span) => span[1] < all);
    spans.push([all > 360 * DAY ? "Year" : "All", all]);
    const buttons = spans.map(([text, span]) => {
      const start = () => Math.round(((from + to - span) / 2) / DAY) * DAY; // keeps the middle, from midnight
      return [button(text, () => show(start(), start() + span), true), span];
    });
    bar.append(...buttons.map((pair) => pair[0]));

    const slider = document.createElement("input");
    slider.type = "range";
    slider.min = midnight;
    slider.step = DAY;
    slider.setAttribute("aria-label", "Move the view through the horizon");
    let asked = false;
    slider.addEventListener("input", () => {
      if (asked) return;
      asked = true;
      requestAnimationFrame(() => {
        asked = false;
        const low = Number(slider.value);
        show(low, low + (to - from));
      });
    });
    const earlier = button("◀", () => show(from - (to - from), from));
    const later = button("▶", () => show(to, to + (to - from)));
    earlier.setAttribute("aria-label", "Earlier");
    later.setAttribute("aria-label", "Later");
    const told = document.createElement("output");
    bar.append(earlier, slider, later, told);
    if (all > DAY) node.before(bar);

    function tell(low, high, mean) {
      from = low;
      to = high;
      const span = to - from;
      buttons.forEach(([item, length]) => item.setAttribute("aria-pressed", String(Math.abs(span - length) < HOUR / 2)));
      slider.max = last - span;
      slider.value = from;
      slider.disabled = earlier.disabled = later.disabled = span >= all;
      const text = dateText(from) + " to " + dateText(to);
      slider.setAttribute("aria-valuetext", text);
      told.textContent = text + (mean ? ", daily means" : ", every interval") +
        (span >= all ? ". Choose a span, or drag across the figure to zoom; a double click shows all." : "");
    }
    return { tell };
  }

  function button(text, act, pressable) {
    const item = document.createElement("button");
    item.type = "button";
    item.textContent = text;
    if (pressable) item.setAttribute("aria-pressed", "false");
    item.addEventListener("click", act);
    return item;
  }

  function dateText(ms) {
    const date = new Date(ms);
    const options = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" };
    const day = date.toLocaleDateString("en-GB", options);
    return ms % DAY === 0 ? day : day + " " + date.toISOString().slice(11, 16);
  }

  /* ---- paper ---- */

  let opened = [];
  let printing = false;

  function toPaper() {
    if (printing) return;
    printing = true;
    document.documentElement.classList.add("paper");
    opened = Array.from(document.querySelectorAll("details:not([open])"));
    opened.forEach((item) => (item.open = true));
    nodes.forEach(draw);
    nodes.forEach((node) => Plotly.relayout(node, { width: PAPER }));
    document.querySelectorAll(".scroll > table").forEach((table) => {
      const room = table.parentElement.clientWidth / table.scrollWidth;
      if (room < 1) table.style.zoom = room; // else the browser shrinks the whole page to fit the widest table
    });
  }

  function fromPaper() {
    if (!printing) return;
    printing = false;
    document.documentElement.classList.remove("paper");
    document.querySelectorAll(".scroll > table").forEach((table) => (table.style.zoom = ""));
    opened.forEach((item) => (item.open = false));
    nodes.forEach((node) => Plotly.relayout(node, { width: null, autosize: true }));
  }

  addEventListener("beforeprint", toPaper);
  addEventListener("afterprint", fromPaper);

  /* ---- start ---- */

  const seen = new IntersectionObserver(
    (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => {
      seen.unobserve(entry.target);
      draw(entry.target);
    }),
    { rootMargin: "300px" },
  );
  nodes.forEach((node) => seen.observe(node));
  setTimeout(drawNext, 400);
})();
