// What the run would cost, by item.
'use strict';

// The parts of the cost of a month, which figures of their own tell.
const COST_ITEMS = 'cost_month_';

function showCost(result) {
  const items = (result.metrics ?? []).filter(({name, mean}) => name.startsWith(COST_ITEMS) && mean > 0);
  const total = metricOf(result, 'cost_month');
  if (items.length === 0 || isMissing(total?.mean)) return;
  document.getElementById('cost').hidden = false;
  addCostChart(items, total.mean);
  const table = document.getElementById('cost-table');
  table.append(element('thead', {}, element('tr', {},
    ...['Item', 'USD per month', 'interval', 'what it is'].map((textContent) =>
      element('th', {scope: 'col', textContent, className: textContent === 'what it is' ? 'words' : ''})))));
  const body = element('tbody');
  for (const item of [...items, total]) {
    body.append(element('tr', {className: item === total ? 'sum' : ''},
      element('th', {scope: 'row', textContent: costTitle(item, total)}),
      cell(`metrics.${item.name}.mean`, item.mean, formatNumber(item.mean)),
      element('td', {className: 'interval', textContent: formatInterval(item, '')}),
      element('td', {className: 'words', textContent: item.description})));
  }
  table.append(body);
  if (result.prices === undefined) return;
  document.getElementById('cost-note').textContent =
    `Prices: ${result.prices.profile}, the free tier ${result.prices.free_tier}. A month is 30 days like the counted part of the run.`;
}

function costTitle(item, total) {
  return item === total ? 'in all' : words(item.name.slice(COST_ITEMS.length));
}

function addCostChart(items, total) {
  const frame = makeFrame(document.getElementById('cost-chart'), {
    title: `${formatNumber(total)} USD per month`,
    about: items.map((item) => `${costTitle(item)}: ${formatNumber(item.mean)} USD`).join('; '),
    height: items.length * 24 + 48,
  });
  const y = axis('', {type: 'category'});
  y.title.display = false;
  y.grid.display = false;
  const x = axis('USD per month', {beginAtZero: true});
  x.ticks.callback = formatPlain;
  addChart(frame, {
    type: 'bar',
    data: {
      labels: items.map((item) => costTitle(item)),
      datasets: [{look: 'busy', label: 'USD', isLine: false, data: items.map(({mean}) => mean), barThickness: 14, borderWidth: 0}],
    },
    options: {
      indexAxis: 'y',
      scales: {x, y},
      plugins: {tooltip: {callbacks: {label: (item) => `${formatNumber(item.raw)} USD`}}},
    },
  });
}
