// How long invocations took: the distribution of the whole and of its parts, and their quantiles.
'use strict';

// In the order of the legend and of the table: name in the data, how it is drawn, what it is.
const LATENCY_PARTS = [
  ['latency', 'all', 'all'],
  ['warm_latency', 'warm', 'warm'],
  ['cold_latency', 'cold', 'cold'],
  ['queued_latency', 'queued', 'queued'],
  ['cold_init', 'part_init', 'cold: start and init'],
  ['run', 'part_run', 'run'],
];

function latencyParts(result) {
  return LATENCY_PARTS
    .map(([name, look, label]) => ({name, look, label, summary: result[`${name}_seconds`]}))
    .filter(({summary: figures}) => figures?.count > 0);
}

// Points of the distribution function, or of its complement. A logarithmic axis has no zero: what is
// shorter than a microsecond stands at one.
function distribution({probabilities, seconds, count}, isTail) {
  const points = [];
  seconds.forEach((x, i) => {
    const y = isTail ? 1 - probabilities[i] : probabilities[i];
    // Rarer than one of all is nothing that was seen.
    if (isTail && y * count < 0.5) return;
    points.push({x: Math.max(x, 1e-6), y});
  });
  return points;
}

function logTicks(format) {
  return {
    font: {size: 11},
    padding: 5,
    maxRotation: 0,
    autoSkip: false,
    callback: (value) => (Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-6 ? format(value) : null),
  };
}

// Powers of ten alone: they need no thinning out.
function keepPowers(scale) {
  scale.ticks = scale.ticks.filter(({value}) => Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-6);
}

function showShareOrTail(chart, isTail) {
  const {y} = chart.options.scales;
  y.type = isTail ? 'logarithmic' : 'linear';
  y.min = isTail ? undefined : 0;
  y.max = 1;
  y.afterBuildTicks = isTail ? keepPowers : undefined;
  y.title.text = isTail ? 'share of invocations that take longer' : 'share of invocations that are done';
  y.ticks = {
    ...y.ticks,
    autoSkip: false,
    callback: isTail ? (value) => `${formatPlain(100 * value)} %` : (value) => `${Math.round(value * 100)} %`,
  };
  for (const dataset of chart.data.datasets) {
    dataset.data = distribution(dataset, isTail);
    dataset.stepped = false;
  }
  chart.update();
}

function addLatencyChart(parent, parts, table) {
  const datasets = parts.map(({name, look, label, summary: {count}}) => ({
    look, label, isLine: true, seconds: table[name], probabilities: table.probabilities, count,
    data: [], pointRadius: 0, pointHoverRadius: 3,
    borderWidth: look === 'all' ? 2.25 : 1.75, borderDash: lookOf(look).dash, fill: false,
  }));
  const about = parts.map(({label, summary: figures}) => `${label}: median ${formatLength(figures.p50)}, p99 ${formatLength(figures.p99)}`).join('; ');
  const frame = makeFrame(parent, {title: 'From arrival to answer', about, height: 260});
  // From the power of ten below the first percent on: the few that are faster would take half the width.
  const fastest = Math.min(...datasets.map(({seconds}) => Math.max(seconds[1], 1e-6)));
  const x = axis('latency', {
    type: 'logarithmic', min: 10 ** Math.floor(Math.log10(fastest)), afterBuildTicks: keepPowers, ticks: logTicks(formatPlainLength),
  });
  const y = axis('', {min: 0, max: 1, afterFit: (scale) => { scale.width = 78; }});
  return addChart(frame, {
    type: 'line',
    data: {datasets},
    options: {
      parsing: false,
      interaction: {mode: 'nearest', intersect: false, axis: 'xy'},
      scales: {x, y},
      plugins: {
        tooltip: {
          callbacks: {
            title: () => '',
            label: (item) => {
              const isTail = item.chart.options.scales.y.type === 'logarithmic';
              const share = isTail ? 1 - item.parsed.y : item.parsed.y;
              return `${item.dataset.label}: ${formatNumber(100 * share)} % within ${formatLength(item.parsed.x)}`;
            },
          },
        },
      },
    },
  });
}

// Of each kind of invocation the mean time in the queue, in start and init, and in the run.
function latencyComposition(result) {
  const mean = (name) => (result[`${name}_seconds`]?.count > 0 ? result[`${name}_seconds`].mean : 0);
  const count = (name) => result[`${name}_seconds`]?.count ?? 0;
  const kinds = [
    {label: 'warm', count: count('warm_latency'), queue: 0, init: 0, run: mean('warm_latency')},
    {label: 'cold', count: count('cold_latency'), queue: 0, init: mean('cold_init'), run: mean('cold_latency') - mean('cold_init')},
    {label: 'queued', count: count('queued_latency'), queue: mean('queued_latency') - mean('queued_run'), init: 0, run: mean('queued_run')},
  ].filter((kind) => kind.count > 0);
  const total = kinds.reduce((sum, kind) => sum + kind.count, 0);
  const all = {label: 'all', count: total};
  for (const part of ['queue', 'init', 'run']) all[part] = kinds.reduce((sum, kind) => sum + kind.count * kind[part], 0) / total;
  return kinds.length > 1 ? [all, ...kinds] : kinds;
}

function addLatencyComposition(parent, result) {
  const kinds = latencyComposition(result);
  if (kinds.length === 0) return;
  const labels = {queue: 'queue', init: 'start and init', run: 'run'};
  const datasets = Object.entries(labels)
    .filter(([part]) => kinds.some((kind) => kind[part] > 0))
    .map(([part, label]) => ({look: part, label, isLine: false, data: kinds.map((kind) => kind[part]), barThickness: 14, borderWidth: 0}));
  const about = kinds.map(({label, queue, init, run}) => `${label}: ${formatLength(queue)} in the queue, ${formatLength(init)} start and init, ${formatLength(run)} run`).join('; ');
  const frame = makeFrame(parent, {title: 'Where the time goes, on average', about, height: kinds.length * 24 + 48});
  const x = axis('mean latency, seconds', {stacked: true, beginAtZero: true});
  x.ticks.callback = formatPlain;
  const y = axis('', {type: 'category', stacked: true, afterFit: (scale) => { scale.width = 78; }});
  y.title.display = false;
  y.grid.display = false;
  addChart(frame, {
    type: 'bar',
    data: {labels: kinds.map(({label}) => label), datasets},
    options: {
      indexAxis: 'y',
      interaction: {mode: 'index', intersect: false, axis: 'y'},
      scales: {x, y},
      plugins: {
        tooltip: {
          callbacks: {
            title: (items) => `${kinds[items[0].dataIndex].label}: ${formatCount(kinds[items[0].dataIndex].count)} invocations`,
            label: (item) => `${item.dataset.label}: ${formatLength(item.raw)}`,
          },
        },
      },
    },
  });
}

function fillLatencyTable(parts) {
  const quantiles = [['p50', 'p50'], ['p90', 'p90'], ['p95', 'p95'], ['p99', 'p99'], ['p999', 'p99.9'], ['max', 'max'], ['mean', 'mean']];
  const table = document.getElementById('latency-table');
  table.append(element('thead', {}, element('tr', {},
    element('th', {scope: 'col', textContent: 'Invocations'}),
    element('th', {scope: 'col', textContent: 'count'}),
    ...quantiles.map(([, title]) => element('th', {scope: 'col', textContent: title})))));
  const body = element('tbody');
  for (const {name, label, summary: figures} of parts) {
    const row = element('tr', {}, element('th', {scope: 'row', textContent: label}), cell(`${name}_seconds.count`, figures.count, formatCount(figures.count)));
    for (const [field] of quantiles) row.append(cell(`${name}_seconds.${field}`, figures[field], formatLength(figures[field])));
    body.append(row);
  }
  table.append(body);
}

// A cell that says which number of the data it shows.
function cell(field, value, text) {
  const made = element('td', {textContent: text});
  made.dataset.field = field;
  made.dataset.value = value;
  return made;
}

function showLatency(result) {
  const parts = latencyParts(result);
  if (parts.length === 0) {
    document.getElementById('latency').hidden = true;
    return;
  }
  const chart = addLatencyChart(document.getElementById('latency-chart'), parts, result.latency_quantiles);
  showShareOrTail(chart, false);
  for (const input of document.querySelectorAll('input[name="latency-view"]')) {
    input.addEventListener('change', () => showShareOrTail(chart, input.value === 'tail'));
  }
  addLatencyComposition(document.getElementById('latency-chart'), result);
  fillLatencyTable(parts);
}
