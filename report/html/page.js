// Puts the page together from the data in it.
'use strict';

function readData(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

function showHeader(result) {
  const name = result.scenario || 'Simulation';
  document.title = `${name} – Floe report`;
  document.getElementById('title').textContent = name;
  const parts = [`${formatSpan(result.duration_seconds)} of virtual time`];
  if (result.warm_up_seconds > 0) parts.push(`the first ${formatSpan(result.warm_up_seconds)} not counted`);
  parts.push(`seed ${result.seed}`);
  if (result.replications > 1) {
    parts.push(`${formatCount(result.replications)} replications`);
    parts.push(`± is the ${formatPlain(100 * result.confidence)} % confidence interval`);
  }
  document.getElementById('subtitle').textContent = parts.join(' · ');
}

// What stands at the top: an estimate of result.metrics, or the number at a path of the result.
// `beside` is a second line.
const HEADLINE = [
  {title: 'Invocations', metric: 'invocations', beside: (r) => `${formatNumber(metricOf(r, 'arrival_rate')?.mean)} per second`},
  {title: 'Cold starts', metric: 'cold_share', beside: (r) => (r.cold_starts > 0 ? inAll(r, r.cold_starts) : '')},
  {title: 'Throttled', metric: 'throttle_share', beside: (r) => mostOf(r, r.throttled, r.throttled_by_reason)},
  {title: 'Failed', metric: 'failure_share', beside: (r) => mostOf(r, r.failed, r.failed_by_cause)},
  {title: 'Median latency', metric: 'latency_p50'},
  {title: '99 % within', metric: 'latency_p99'},
  {title: 'Highest concurrency', path: 'environments.max.concurrency', unit: ''},
  {title: 'Environments, mean', metric: 'environments_mean', unit: '', beside: (r) => `${formatNumber(r.environments.mean.busy)} busy, ${formatNumber(r.environments.mean.idle)} idle`},
  {title: 'Billed', metric: 'billed_gb_seconds'},
  {title: 'Cost per month', metric: 'cost_month', beside: (r) => `${formatNumber(metricOf(r, 'cost_run')?.mean)} USD for the run`},
];

function metricOf(result, name) {
  return result.metrics?.find((metric) => metric.name === name);
}

function numberAt(result, path) {
  return path.split('.').reduce((value, name) => value?.[name], result);
}

// Counts are sums over all replications.
function inAll(result, count) {
  return result.replications > 1 ? `${formatCount(count)} in all replications` : formatCount(count);
}

// "1,234, most: account concurrency".
function mostOf(result, count, byReason) {
  if (!(count > 0)) return 'none';
  const [reason] = Object.entries(byReason).reduce((most, entry) => (entry[1] > most[1] ? entry : most));
  return `${inAll(result, count)}, most: ${words(reason)}`;
}

function headlineFigure(result, {title, metric: name, path, unit: fixedUnit, beside}) {
  const metric = name && metricOf(result, name);
  const value = metric ? metric.mean : path && numberAt(result, path);
  if (isMissing(value)) return [];
  const unit = fixedUnit ?? metric.unit;
  const [number, shownUnit] = valueParts(value, unit);
  const shown = element('dd', {className: 'value'}, number, ' ', element('small', {textContent: shownUnit}));
  shown.dataset.field = metric ? `metrics.${name}.mean` : path;
  shown.dataset.value = value;
  const lines = [metric ? formatInterval(metric, unit) : '', beside?.(result) ?? ''].filter((text) => text !== '');
  return [element('div', {}, element('dt', {textContent: title}), shown,
    ...lines.map((textContent) => element('dd', {className: 'beside', textContent})))];
}

function showHeadline(result) {
  document.getElementById('headline').append(...HEADLINE.flatMap((figure) => headlineFigure(result, figure)));
}

function showMetrics(result) {
  if (!result.metrics?.length) return;
  document.getElementById('metrics').hidden = false;
  const table = document.getElementById('metrics-table');
  const titles = ['Figure', 'mean', 'from', 'to', 'standard error', 'samples', 'what it is'];
  table.append(element('thead', {}, element('tr', {},
    ...titles.map((textContent) => element('th', {scope: 'col', textContent, className: textContent === 'what it is' ? 'words' : ''})))));
  const body = element('tbody');
  for (const metric of result.metrics) {
    const row = element('tr', {}, element('th', {scope: 'row', textContent: words(metric.name)}));
    for (const field of ['mean', 'low', 'high', 'standard_error']) {
      row.append(cell(`metrics.${metric.name}.${field}`, metric[field], formatValue(metric[field], metric.unit)));
    }
    row.append(cell(`metrics.${metric.name}.samples`, metric.samples, formatCount(metric.samples)));
    row.append(element('td', {className: 'words', textContent: metric.description}));
    body.append(row);
  }
  table.append(body);
}

function showScenario(run) {
  if (!run?.scenario_text) return;
  document.getElementById('scenario').hidden = false;
  document.getElementById('scenario-text').textContent = run.scenario_text;
}

function offerDownload() {
  document.getElementById('download').addEventListener('click', () => {
    const text = document.getElementById('result-data').textContent;
    const url = URL.createObjectURL(new Blob([text], {type: 'application/json'}));
    element('a', {href: url, download: 'floe-report.json'}).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  });
}

// Charts have the size of the screen; on paper they must fit it, and be light.
function initPrint() {
  let theme;
  addEventListener('beforeprint', () => {
    theme = document.documentElement.dataset.theme;
    document.documentElement.dataset.theme = 'light';
    redrawCharts();
    for (const {chart} of charts) chart.resize();
  });
  addEventListener('afterprint', () => {
    document.documentElement.dataset.theme = theme;
    redrawCharts();
    for (const {chart} of charts) chart.resize();
  });
}

function showPage() {
  const result = readData('result-data');
  const run = readData('run-data');
  showHeader(result);
  showHeadline(result);
  showMetrics(result);
  initZoom(result.duration_seconds);
  showOverTime(result, run);
  showLatency(result);
  showCost(result);
  showFunctions(result);
  showLanes(result, run);
  showScenario(run);
  if (run?.generator) document.getElementById('generator').textContent = run.generator;
  offerDownload();
  initTheme(redrawCharts);
  initPrint();
}

Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
showPage();
