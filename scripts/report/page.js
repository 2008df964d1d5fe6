"use strict";
// Draws each figure from the data beside it, in the reader's colors; nothing is asked of the network.

const setting = JSON.parse(document.getElementById("setting").textContent);
const isCode = /^[A-Za-z]{3}$/.test(setting.currency);
const cents = (value) => (Math.abs(value) < 100 && !Number.isInteger(value) ? 2 : 0);

function money(value) {
  const digits = { minimumFractionDigits: cents(value), maximumFractionDigits: cents(value) };
  if (isCode) {
    const style = { style: "currency", currency: setting.currency, ...digits };
    return new Intl.NumberFormat(setting.locale, style).format(value);
  }
  return `${new Intl.NumberFormat(setting.locale, digits).format(value)} ${setting.currency}`.trim();
}

const written = {
  text: (value) => String(value),
  name: (value) => value.replaceAll("_", " "),
  yes: (value) => (value ? "yes" : "no"),
  number: (value) => {
    const size = Math.abs(value);
    const digits = size >= 1000 ? 0 : size >= 10 ? 1 : 3;
    return new Intl.NumberFormat(setting.locale, { maximumFractionDigits: digits }).format(value);
  },
  money,
  share: (value) => new Intl.NumberFormat(setting.locale, { style: "percent", maximumFractionDigits: 1 }).format(value),
  day: (value) => new Date(`${value}T00:00`).toLocaleDateString("en", { day: "numeric", month: "short", year: "numeric" }),
  time: (value) => new Date(value).toLocaleString("en", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hour12: false }),
  month: (value) => new Date(`${value}T00:00`).toLocaleDateString("en", { month: "short", year: "numeric" }),
};
const isNumeric = (kind) => ["number", "money", "share"].includes(kind);
const isTime = (kind) => ["day", "month"].includes(kind); // a time has its own hour

// Vega's own separators and currency, as the browser writes them
function locale() {
  const parts = new Intl.NumberFormat(setting.locale, { minimumFractionDigits: 1, useGrouping: true }).formatToParts(1234567.5);
  const part = (type, otherwise) => parts.find((one) => one.type === type)?.value ?? otherwise;
  let currency = ["", setting.currency ? ` ${setting.currency}` : ""];
  if (isCode) {
    const style = { style: "currency", currency: setting.currency, maximumFractionDigits: 0 };
    const [before, after] = new Intl.NumberFormat(setting.locale, style).format(1).split("1");
    currency = [before ?? "", after ?? ""];
  }
  return { number: { decimal: part("decimal", "."), thousands: part("group", ","), grouping: [3], currency } };
}

async function unpacked(element) {
  const letters = atob(element.textContent);
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

// "$revenue" in a picture is the page's color of that name
function colored(part) {
  if (typeof part === "string" && /^\$[a-z]+(-[a-z]+)*$/.test(part)) return color(part.slice(1));
  if (Array.isArray(part)) return part.map(colored);
  if (part && typeof part === "object") {
    return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, colored(value)]));
  }
  return part;
}

function theme(room) {
  const [ink, quiet, line] = ["ink", "quiet", "line"].map(color);
  const font = getComputedStyle(document.body).fontFamily;
  const labels = { labelColor: ink, titleColor: quiet, labelFont: font, titleFont: font, labelFontSize: 12, titleFontSize: 12, titleFontWeight: 400 };
  return {
    background: null, font, padding: 2,
    view: { stroke: null },
    axisQuantitative: { tickCount: 7 },
    axisTemporal: { grid: false },
    axis: { ...labels, gridColor: line, domainColor: line, tickColor: line, labelLimit: Math.min(190, room * 0.45) },
    legend: { ...labels, orient: "top", symbolLimit: 30, labelLimit: Math.min(260, room - 40), columns: room < 600 ? 1 : 0 },
    header: { labelColor: ink, titleColor: quiet, labelFont: font, titleFont: font, labelFontSize: 12, labelLimit: 240 },
    text: { color: ink, font, fontSize: 12 },
    range: { category: ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"].map(color) },
  };
}

// labels leave most of a narrow page to the marks
function narrowed(part, room) {
  if (Array.isArray(part)) return part.map((one) => narrowed(one, room));
  if (!part || typeof part !== "object") return part;
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [
    name, name === "labelLimit" ? Math.min(value, room * 0.45) : narrowed(value, room),
  ]));
}

// as wide as the page, or as its marks need; small multiples stand side by side as far as there is room
function fitted(whole, room) {
  const spec = narrowed(whole, room);
  const facet = spec.encoding?.facet;
  const width = Math.max(room, spec.usermeta?.least_width ?? 0);
  if (!facet && !spec.facet) return { ...spec, width, autosize: { type: "fit-x", contains: "padding" } };
  const columns = Math.max(1, Math.min((facet ?? spec).columns ?? 4, Math.floor(room / 300)));
  // each of layered pictures has an axis of its own
  const each = Math.max(110, facet ? Math.floor((room - 170) / columns) - 25 : Math.floor((room - 90) / columns) - 80);
  if (spec.facet) return { ...spec, columns, spec: { ...spec.spec, width: each } };
  return { ...spec, width: each, encoding: { ...spec.encoding, facet: { ...facet, columns } } };
}

async function draw(figure) {
  const place = figure.querySelector(".picture");
  const spec = colored(JSON.parse(figure.querySelector(".spec").textContent));
  const values = figure.records.map((row) => {
    const record = {};
    figure.names.forEach((name, index) => {
      const kind = figure.columns[name].kind;
      record[name] = isTime(kind) && row[index] ? `${row[index]}T00:00` : row[index];
    });
    return record;
  });
  const whole = { ...fitted(spec, place.clientWidth), datasets: { ...spec.datasets, rows: values }, config: theme(place.clientWidth) };
  const options = {
    actions: false, renderer: "svg", logLevel: 1, formatLocale: locale().number,
    tooltip: { theme: document.documentElement.dataset.theme === "dark" ? "dark" : "light" },
  };
  figure.view?.finalize();
  const result = await vegaEmbed(place, whole, options);
  figure.view = result.view;
  // the figure has a label; the marks inside would be read one by one
  place.querySelector("svg")?.setAttribute("aria-hidden", "true");
}

function write(figure) {
  const place = figure.querySelector(".scroll");
  if (!place || place.firstChild) return;
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  for (const name of figure.names) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = figure.columns[name].label;
    if (isNumeric(figure.columns[name].kind)) cell.className = "numeric";
    head.append(cell);
  }
  const body = table.createTBody();
  for (const row of figure.records) {
    const line = body.insertRow();
    figure.names.forEach((name, index) => {
      const cell = line.insertCell();
      const { kind } = figure.columns[name];
      cell.textContent = row[index] === null ? "–" : written[kind](row[index]);
      if (isNumeric(kind)) cell.className = "numeric";
    });
  }
  place.append(table);
}

function csv(figure) {
  // a text that begins like a formula would be run by a spreadsheet
  const cell = (value) => {
    if (value === null) return "";
    const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [figure.names, ...figure.records].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

function save(figure) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", csv(figure)], { type: "text/csv" }));
  link.download = `${figure.id}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// a customer's lists: the data holds products and reasons once, and each customer by their numbers
function pick(figure, data) {
  const input = figure.querySelector("input");
  const list = figure.querySelector("[role=listbox]");
  const shown = figure.querySelector(".customer");
  let active = -1;
  const label = (customer) => `${customer.id}${customer.group ? `, ${customer.group}` : ""}`;

  function element(tag, text, parent) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    parent?.append(made);
    return made;
  }

  function show(customer) {
    input.value = customer.id;
    close();
    shown.replaceChildren();
    element("p", `${label(customer)}: ${written.number(customer.purchases)} purchase${customer.purchases === 1 ? "" : "s"}, ${money(customer.amount)}, last on ${customer.last ? written.day(customer.last) : "no day"}.`, shown);
    const profile = element("dl", undefined, shown);
    profile.className = "profile";
    for (const [name, kind, value, why] of customer.profile) {
      const part = element("div", undefined, profile);
      element("dt", name, part);
      const said = element("dd", written[kind](value), part);
      if (why) element("small", why, said);
    }
    const lists = element("div", undefined, shown);
    lists.className = "lists";
    for (const [name, title] of [["buy_again", "To buy again"], ["discover", "To discover"]]) {
      const part = element("div", undefined, lists);
      element("h4", title, part);
      if (!customer[name].length) element("p", "Nothing is on this list.", part);
      const items = element("ol", undefined, part);
      for (const [product, reason] of customer[name]) {
        const item = element("li", data.products[product], items);
        element("small", data.reasons[reason], item);
      }
    }
    const part = element("div", undefined, lists);
    element("h4", "Bought before", part);
    const items = element("ul", undefined, part);
    for (const [product, day, units] of customer.history) {
      const item = element("li", data.products[product], items);
      element("small", `${written.day(day)}, ${written.number(units)} in all`, item);
    }
  }

  function close() {
    list.replaceChildren();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    active = -1;
  }

  function mark(next) {
    const options = [...list.children];
    if (!options.length) return;
    active = (next + options.length) % options.length;
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === active)));
    options[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[active].id);
  }

  function find() {
    const words = input.value.trim().toLowerCase();
    const found = data.customers.filter((one) => label(one).toLowerCase().includes(words)).slice(0, 30);
    close();
    found.forEach((customer, index) => {
      const option = element("li", label(customer), list);
      option.id = `${list.id}-${index}`;
      option.setAttribute("role", "option");
      option.addEventListener("mousedown", (event) => { event.preventDefault(); show(customer); });
      option.customer = customer;
    });
    if (!found.length && words) {
      const none = element("li", "None of the customers on this page has that.", list);
      none.setAttribute("role", "option");
      none.setAttribute("aria-disabled", "true");
    }
    input.setAttribute("aria-expanded", String(list.children.length > 0));
  }

  input.addEventListener("input", find);
  input.addEventListener("focus", () => { input.select(); find(); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); if (!list.children.length) find(); mark(active + 1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); mark(active - 1); }
    else if (event.key === "Escape") close();
    else if (event.key === "Enter") {
      const chosen = list.children[Math.max(active, 0)]?.customer;
      if (chosen) show(chosen);
    }
  });
  if (data.customers.length) { show(data.customers[0]); }
}

async function prepare(figure) {
  const packed = figure.querySelector(".packed");
  if (!packed) return;
  const data = await unpacked(packed);
  if (figure.classList.contains("customers")) { pick(figure, data); return; }
  figure.records = data;
  figure.columns = JSON.parse(figure.dataset.columns);
  figure.names = Object.keys(figure.columns);
  const details = figure.querySelector("details");
  if (details.open) write(figure);
  details.addEventListener("toggle", () => write(figure));
  figure.querySelector(".csv").addEventListener("click", () => save(figure));
  if (figure.classList.contains("chart")) await draw(figure);
}

function setTheme(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  const button = document.getElementById("theme");
  button.setAttribute("aria-pressed", String(dark));
  button.textContent = dark ? "Light" : "Dark";
}

async function redraw() {
  for (const figure of document.querySelectorAll("figure.chart")) if (figure.records) await draw(figure);
}

function follow() {
  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
  const seen = new Set();
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) seen[entry.isIntersecting ? "add" : "delete"](entry.target.id);
    const first = [...links.keys()].find((id) => seen.has(id));
    if (!first) return;
    for (const [id, link] of links) {
      if (id === first) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }, { rootMargin: "-60px 0px -60% 0px" });
  document.querySelectorAll("section").forEach((section) => observer.observe(section));
}

async function start() {
  setTheme(window.matchMedia("(prefers-color-scheme: dark)").matches);
  document.getElementById("theme").addEventListener("click", () => {
    setTheme(document.documentElement.dataset.theme !== "dark");
    redraw();
  });
  follow();
  for (const figure of document.querySelectorAll("figure")) {
    try {
      await prepare(figure);
    } catch (error) {
      const note = document.createElement("p");
      note.textContent = "This picture could not be drawn.";
      figure.append(note);
      console.error(figure.id, error);
    }
  }
  let width = window.innerWidth;
  let waiting;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (window.innerWidth !== width) { width = window.innerWidth; redraw(); }
    }, 200);
  });
  document.documentElement.dataset.ready = "true";
}

start();
