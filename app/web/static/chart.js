// Draws a chart of each table that one is asked of. The table says it all; this is for the eye alone.
(() => {
  "use strict";
  const HEIGHT = 260;
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const compact = new Intl.NumberFormat("en", { notation: "compact" });

  function read(table) {
    const rows = [...table.tBodies[0].rows];
    const names = [...table.tHead.rows[0].cells].slice(1, -1).map((cell) => cell.textContent);
    const counts = names.map((_, place) => rows.map((row) => Number(row.cells[place + 1].dataset.count)));
    return {
      names,
      counts,
      short: rows.map((row) => row.cells[0].dataset.short),
      long: rows.map((row) => row.cells[0].textContent),
    };
  }

  // Bars on each other: each series is the sum of those up to it, and the highest is drawn first.
  function stacked(counts) {
    const sums = [];
    counts.forEach((series, place) => {
      sums.push(series.map((count, at) => count + (place ? sums[place - 1][at] : 0)));
    });
    return sums;
  }

  function options(data, width) {
    const series = data.names.map((name, place) => ({
      label: name,
      fill: style(`--chart-${place + 1}`),
      stroke: style(`--chart-${place + 1}`),
      width: 0,
      points: { show: false },
      paths: uPlot.paths.bars({ size: [0.8, 40] }),
      value: (_, __, ___, at) => (at === null ? "" : data.counts[place][at].toLocaleString("en")),
    }));
    const axis = { stroke: style("--soft"), grid: { stroke: style("--line"), width: 1 }, ticks: { show: false }, font: `12px ${getComputedStyle(document.body).fontFamily}` };
    return {
      width,
      height: HEIGHT,
      cursor: { y: false, drag: { x: false, y: false } },
      scales: { x: { time: false, range: [-0.5, data.short.length - 0.5] }, y: { range: (_, __, most) => [0, Math.max(4, most * 1.05)] } },
      axes: [
        { ...axis, grid: { show: false }, space: 60, incrs: [1, 2, 3, 4, 6, 12, 24], values: (_, places) => places.map((at) => data.short[at] ?? "") },
        { ...axis, size: 50, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 1e7, 1e8], values: (_, counts) => counts.map((count) => compact.format(count)) },
      ],
      series: [
        { label: "\u00a0", value: (_, __, ___, at) => (at === null ? "" : data.long[at]) },
        ...series.reverse(),
      ],
      legend: { live: true, isolate: false },
    };
  }

  function draw(place) {
    const data = read(document.getElementById(place.dataset.chart));
    const sums = stacked(data.counts).reverse();
    const columns = [data.short.map((_, at) => at), ...sums];
    const made = () => new uPlot(options(data, place.clientWidth), columns, place);
    let plot = made();
    new ResizeObserver(() => {
      if (place.clientWidth && place.clientWidth !== plot.width) plot.setSize({ width: place.clientWidth, height: HEIGHT });
    }).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { plot.destroy(); plot = made(); });
  }

  document.querySelectorAll("[data-chart]").forEach(draw);
})();
