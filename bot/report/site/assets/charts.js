// Draws the tables inside `figure.chart` with Chart.js; the tables stay, folded.
"use strict";
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function numbers(table) {
    const cells = [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent.trim()));
    const [head, ...rows] = cells;
    return {
      labels: rows.map(([label]) => label),
      datasets: head.slice(1).map((label, at) => ({ label, data: rows.map((row) => Number(row[at + 1].replaceAll(",", ""))) })),
    };
  }

  // Told apart by dash and shape as well as by colour.
  function styled(data, kind) {
    const colors = [color("--link"), color("--bad")];
    data.datasets.forEach((set, at) => {
      Object.assign(set, { borderColor: colors[at], backgroundColor: kind === "bar" ? colors[at] : `${colors[at]}22` });
      if (kind === "line") Object.assign(set, { fill: at === 0, tension: 0, borderDash: at ? [6, 3] : [], pointStyle: at ? "rect" : "circle", pointRadius: 4 });
    });
    return data;
  }

  function draw(figure) {
    const { kind } = figure.dataset;
    const canvas = figure.querySelector("canvas");
    figure.querySelector(".canvas").hidden = false;
    figure.querySelector("details").open = false;
    const axis = { ticks: { color: color("--quiet"), precision: 0 }, grid: { color: color("--line") }, beginAtZero: true };
    return new Chart(canvas, {
      type: kind,
      data: styled(numbers(figure.querySelector("table")), kind),
      options: {
        animation: false,
        maintainAspectRatio: false,
        interaction: { mode: "index", intersect: false },
        scales: { x: { ...axis, grid: { display: false } }, y: axis },
        plugins: { legend: { labels: { color: color("--text"), usePointStyle: true } } },
      },
    });
  }

  const figures = [...document.querySelectorAll("figure.chart")];
  let drawn = [];
  const again = () => {
    drawn.forEach((one) => one.destroy());
    drawn = figures.map(draw);
  };
  again();
  dark.addEventListener("change", again);
  matchMedia("print").addEventListener("change", again);
})();
