// What the run would cost, by item.
'use strict';

function showCost(result) {
  const items = (result.cost?.items ?? []).filter(({usd}) => usd > 0);
  if (items.length === 0) return;
  document.getElementById('cost').hidden = false;
  const datasets = [{
    look: 'busy', label: 'USD', isLine: false, data: items.map(({usd}) => usd), barThickness: 14, borderWidth: 0,
  }];
  const frame = makeFrame(document.getElementById('cost-chart'), {
    title: `${formatNumber(result.cost.total_usd)} USD in all`,
    about: items.map(({name, usd}) => `${words(name)}: ${formatNumber(usd)} USD`).join('; '),
    height: items.length * 26 + 46,
  });
  const y = axis('', {type: 'category'});
  y.title.display = false;
  y.grid.display = false;
  const x = axis('USD', {beginAtZero: true});
  x.ticks.callback = formatPlain;
  addChart(frame, {
    type: 'bar',
    data: {labels: items.map(({name}) => words(name)), datasets},
    options: {
      indexAxis: 'y',
      scales: {x, y},
      plugins: {tooltip: {callbacks: {label: (item) => `${formatNumber(item.raw)} USD`}}},
    },
  });

  const table = document.getElementById('cost-table');
  table.append(element('thead', {}, element('tr', {},
    ...['Item', 'used', 'unit', 'USD'].map((textContent) => element('th', {scope: 'col', textContent})))));
  const body = element('tbody');
  items.forEach(({name, quantity, unit, usd}) => {
    body.append(element('tr', {}, element('th', {scope: 'row', textContent: words(name)}),
      cell(`cost.${name}.quantity`, quantity, formatNumber(quantity)), element('td', {textContent: unit}),
      cell(`cost.${name}.usd`, usd, formatNumber(usd))));
  });
  table.append(body);
  document.getElementById('cost-note').textContent = result.cost.note ?? '';
}
