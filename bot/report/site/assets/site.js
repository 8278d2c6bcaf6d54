// Search, filters, sorting and pages of the site's tables. Cells are set as text, never as markup.
"use strict";
(() => {
  const ROWS = 100;
  const RANKS = ["no known hole", "low", "medium", "unknown", "high", "critical"]; // as the weekly issue sorts
  const NUMBERS = new Set(["number", "days"]);
  const root = document.body.dataset.root;
  const label = (cell) => (cell === null ? "not known" : Array.isArray(cell) ? cell[0] : String(cell));

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  function shown(cell, kind) {
    if (cell === null) return element("span", { className: "unknown", textContent: "not known" });
    if (Array.isArray(cell)) {
      const [text, href] = cell;
      if (!href) return document.createTextNode(text);
      const isWeb = /^https?:\/\//.test(href);
      if (!isWeb && !/^[a-z0-9][a-z0-9/.-]*\.html(#.*)?$/.test(href)) return document.createTextNode(text);
      return element("a", { href: isWeb ? href : root + href, textContent: text });
    }
    if (cell !== "" && (kind === "severity" || kind === "state")) {
      return element("span", { className: `pill ${kind} ${String(cell).replaceAll(" ", "-")}`, textContent: cell });
    }
    return document.createTextNode(String(cell));
  }

  function weight(cell, kind) {
    if (cell === null || cell === "") return null;
    if (kind === "severity") return RANKS.indexOf(cell);
    return NUMBERS.has(kind) ? Number(cell) : label(cell).toLowerCase();
  }

  function sorted(rows, place, kind, direction) {
    const keyed = rows.map((row) => [weight(row[place], kind), row]);
    // What is not known, or is not there, comes last either way.
    keyed.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null);
      return a < b ? -direction : a > b ? direction : 0;
    });
    return keyed.map(([, row]) => row);
  }

  class Table {
    constructor(section) {
      this.section = section;
      const { columns, rows } = JSON.parse(section.querySelector("script").textContent);
      this.columns = columns;
      this.rows = rows;
      this.texts = null;
      this.words = [];
      this.chosen = new Map();
      this.order = null;
      this.page = 0;
      this.tools();
      this.heads();
    }

    tools() {
      const place = this.section.querySelector(".tools");
      this.found = element("span", { className: "shown" });
      this.found.setAttribute("role", "status");
      const search = element("input", { type: "search", autocomplete: "off", spellcheck: false });
      search.addEventListener("input", () => {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.look(search.value), 120);
      });
      this.search = search;
      place.append(element("label", {}, "Search", search));
      this.selects = new Map();
      this.columns.forEach((column, at) => {
        if (!column.filter) return;
        const counts = new Map();
        for (const row of this.rows) counts.set(label(row[at]), (counts.get(label(row[at])) ?? 0) + 1);
        if (counts.size < 2) return;
        const select = element("select", {}, element("option", { value: "", textContent: "all" }));
        for (const [word, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
          select.append(element("option", { value: `=${word}`, textContent: `${word || "none"} (${count.toLocaleString("en")})` }));
        }
        select.addEventListener("change", () => this.choose(at, select.value));
        this.selects.set(at, select);
        place.append(element("label", {}, column.title, select));
      });
      place.append(this.found);
      place.hidden = false;
    }

    heads() {
      this.section.querySelectorAll("th").forEach((head, at) => {
        const button = element("button", { type: "button", textContent: head.textContent });
        button.addEventListener("click", () => {
          const again = this.order && this.order.at === at;
          const first = NUMBERS.has(this.columns[at].kind) || this.columns[at].kind === "severity" ? -1 : 1;
          this.order = { at, direction: again ? -this.order.direction : first };
          this.page = 0;
          this.draw();
        });
        head.replaceChildren(button);
        head.setAttribute("aria-sort", "none");
      });
    }

    look(text) {
      this.words = text.toLowerCase().split(/\s+/).filter(Boolean);
      this.page = 0;
      this.draw();
    }

    choose(at, value) {
      value ? this.chosen.set(at, value.slice(1)) : this.chosen.delete(at);
      this.page = 0;
      this.draw();
    }

    // From the address: `#Owner=@acme/web`; whether a column is called so.
    preset(title, word) {
      const at = this.columns.findIndex((column) => column.title === title);
      if (at < 0) return false;
      this.choose(at, `=${word}`);
      const select = this.selects?.get(at);
      if (select) select.value = `=${word}`;
      return true;
    }

    matching() {
      this.texts ??= this.rows.map((row) => row.map(label).join("\n").toLowerCase());
      return this.rows.filter((row, number) => {
        for (const [at, word] of this.chosen) if (label(row[at]) !== word) return false;
        return this.words.every((word) => this.texts[number].includes(word));
      });
    }

    draw() {
      let rows = this.matching();
      if (this.order) rows = sorted(rows, this.order.at, this.columns[this.order.at].kind, this.order.direction);
      this.section.querySelectorAll("th").forEach((head, at) => {
        const direction = this.order?.at === at ? this.order.direction : 0;
        head.setAttribute("aria-sort", direction === 0 ? "none" : direction > 0 ? "ascending" : "descending");
      });
      const start = this.page * ROWS;
      const body = document.createDocumentFragment();
      for (const row of rows.slice(start, start + ROWS)) {
        const line = element("tr");
        row.forEach((cell, at) => {
          const made = element("td", { className: this.columns[at].kind }, shown(cell, this.columns[at].kind));
          made.dataset.of = this.columns[at].title;
          if (cell === "") made.replaceChildren();
          line.append(made);
        });
        body.append(line);
      }
      this.section.querySelector("tbody").replaceChildren(body);
      this.found.textContent = `${rows.length.toLocaleString("en")} of ${this.rows.length.toLocaleString("en")}`;
      this.section.querySelector(".rest")?.remove();
      this.turn(rows.length);
    }

    turn(count) {
      const place = this.section.querySelector(".pages");
      const last = Math.max(0, Math.ceil(count / ROWS) - 1);
      place.hidden = last === 0;
      if (last === 0) return place.replaceChildren();
      const step = (text, by) => {
        const button = element("button", { type: "button", textContent: text, disabled: this.page + by < 0 || this.page + by > last });
        button.addEventListener("click", () => {
          this.page += by;
          this.draw();
          this.section.scrollIntoView();
          this.section.querySelector(".scroll").focus({ preventScroll: true });
        });
        return button;
      };
      place.replaceChildren(step("Back", -1), element("span", { textContent: `Page ${this.page + 1} of ${last + 1}` }), step("On", 1));
    }
  }

  const tables = [...document.querySelectorAll("section.table")].filter((one) => one.querySelector("script")).map((one) => new Table(one));

  function follow() {
    const asked = location.hash.slice(1).split("&").map((part) => part.split("=").map(decodeURIComponent)).filter((part) => part.length === 2);
    for (const [title, word] of asked) tables.some((table) => table.preset(title, word));
  }
  try {
    follow();
  } catch {
    // An address that nobody could decode chooses nothing.
  }
  addEventListener("hashchange", () => location.hash.includes("=") && location.reload());
  for (const table of tables) if (table.rows.length > 50 && table.chosen.size === 0) table.draw();
  document.documentElement.dataset.ready = "";
})();
