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

// Title, the estimate's name in the data, its unit, and where the value is when there are no estimates.
// `beside` is a second line.
const HEADLINE = [
  {title: 'Invocations', field: 'invocations', unit: '', beside: (r) => `${formatNumber(r.invocations / (r.duration_seconds - r.warm_up_seconds) / (r.replications ?? 1))} per second`},
  {title: 'Cold starts', field: 'cold_start_share', unit: 'share', of: (r) => shareOf(r.cold_starts, r.invocations), beside: (r) => `${formatCount(r.cold_starts)} invocations`},
  {title: 'Throttled', field: 'throttled_share', unit: 'share', of: (r) => shareOf(r.throttled, r.invocations), beside: (r) => mostOf(r.throttled, r.throttled_by_reason)},
  {title: 'Failed', field: 'failed_share', unit: 'share', of: (r) => shareOf(r.failed, r.invocations), beside: (r) => mostOf(r.failed, r.failed_by_cause)},
  {title: 'Median latency', field: 'latency_p50', unit: 's', of: (r) => quantileOf(r, 'p50')},
  {title: '99 % within', field: 'latency_p99', unit: 's', of: (r) => quantileOf(r, 'p99')},
  {title: 'Highest concurrency', field: 'concurrency_max', unit: '', of: (r) => r.environments.max.concurrency},
  {title: 'Environments, mean', field: 'environments_mean', unit: '', of: (r) => r.environments.mean.live, beside: (r) => `${formatNumber(r.environments.mean.busy)} busy, ${formatNumber(r.environments.mean.idle)} idle`},
  {title: 'Billed', field: 'billed_gb_seconds', unit: 'GB-s', of: (r) => r.billed_gb_seconds},
  {title: 'Cost', field: 'cost_usd', unit: 'USD', of: (r) => r.cost?.total_usd},
];

// "1,234 invocations, most by account concurrency".
function mostOf(count, byReason) {
  if (!(count > 0)) return 'none';
  const [reason] = Object.entries(byReason).reduce((most, entry) => (entry[1] > most[1] ? entry : most));
  return `${formatCount(count)}, most: ${words(reason)}`;
}

function showHeadline(result) {
  const metrics = new Map((result.metrics ?? []).map((metric) => [metric.name, metric]));
  const list = document.getElementById('headline');
  for (const {title, field, unit: plainUnit, of, beside} of HEADLINE) {
    const metric = metrics.get(field);
    const value = metric ? metric.mean : of?.(result) ?? result[field];
    if (isMissing(value)) continue;
    const unit = metric?.unit ?? plainUnit;
    const [number, shownUnit] = valueParts(value, unit);
    const shown = element('dd', {className: 'value'}, number, ' ', element('small', {textContent: shownUnit}));
    shown.dataset.field = metric ? `metrics.${field}.mean` : field;
    shown.dataset.value = value;
    const lines = [metric ? formatInterval(metric, unit) : '', beside?.(result) ?? ''].filter((text) => text !== '');
    list.append(element('div', {}, element('dt', {textContent: title}), shown,
      ...lines.map((textContent) => element('dd', {className: 'beside', textContent}))));
  }
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
