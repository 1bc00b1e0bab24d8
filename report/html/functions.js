// The table of functions: searched, filtered, sorted, and shown a page at a time, so that ten thousand
// rows are as quick as ten.
'use strict';

const ROWS_PER_PAGE = 50;

const FUNCTION_COLUMNS = [
  {key: 'name', title: 'Function', of: (f) => f.name, isText: true},
  {key: 'invocations', title: 'invocations', of: (f) => f.invocations, format: formatCount},
  {key: 'cold_starts', title: 'cold starts', of: (f) => f.cold_starts, format: formatCount},
  {key: 'cold_share', title: 'cold', of: (f) => shareOf(f.cold_starts, f.invocations), format: formatShare},
  {key: 'throttled', title: 'throttled', of: (f) => f.throttled, format: formatCount},
  {key: 'failed', title: 'failed', of: (f) => f.failed, format: formatCount},
  {key: 'function_errors', title: 'errors', of: (f) => f.function_errors, format: formatCount},
  {key: 'concurrency_max', title: 'peak', of: (f) => f.concurrency_max, format: formatCount},
  {key: 'concurrency_reserved', title: 'reserved', of: (f) => f.concurrency_reserved, format: formatCount},
  {key: 'p50', title: 'p50', of: (f) => quantileOf(f, 'p50'), format: formatLength},
  {key: 'p99', title: 'p99', of: (f) => quantileOf(f, 'p99'), format: formatLength},
  {key: 'billed_gb_seconds', title: 'GB-s', of: (f) => f.billed_gb_seconds, format: formatNumber},
  {key: 'cost', title: 'USD / month', of: (f) => f.metrics?.cost_month?.mean, format: formatNumber},
];

const FUNCTION_FILTERS = [
  ['all', 'all functions', () => true],
  ['throttled', 'with throttles', (f) => f.throttled > 0],
  ['cold', 'with cold starts', (f) => f.cold_starts > 0],
  ['failed', 'with failures', (f) => f.failed > 0 || f.function_errors > 0],
  ['reserved', 'with a reservation', (f) => f.concurrency_reserved !== undefined],
];

function shareOf(part, whole) {
  return whole > 0 ? part / whole : null;
}

function formatShare(share) {
  return `${formatNumber(100 * share)} %`;
}

function quantileOf(f, name) {
  return f.latency_seconds?.count > 0 ? f.latency_seconds[name] : null;
}

function isMissing(value) {
  return value === null || value === undefined;
}

// What the table shows at the moment.
const functionView = {all: [], rows: [], columns: [], page: 0, sort: 'invocations', isDescending: true};

function compareFunctions(column, sign) {
  return (a, b) => {
    const [x, y] = [column.of(a), column.of(b)];
    // What has no value comes last, whatever the order.
    if (isMissing(x) || isMissing(y)) return isMissing(x) - isMissing(y);
    if (column.isText) return sign * x.localeCompare(y, 'en', {numeric: true});
    return sign * (x - y);
  };
}

function updateFunctions() {
  const wanted = document.getElementById('functions-search').value.trim().toLowerCase();
  const filter = FUNCTION_FILTERS.find(([name]) => name === document.getElementById('functions-filter').value)[2];
  const column = functionView.columns.find(({key}) => key === functionView.sort);
  functionView.rows = functionView.all
    .filter((f) => filter(f) && f.name.toLowerCase().includes(wanted))
    .sort(compareFunctions(column, functionView.isDescending ? -1 : 1));
  functionView.page = 0;
  showFunctionPage();
}

function functionRow(f) {
  const row = element('tr');
  for (const column of functionView.columns) {
    const value = column.of(f);
    if (column.isText) {
      const count = f.count > 1 ? ` × ${formatCount(f.count)}` : '';
      row.append(element('th', {scope: 'row', textContent: value + count, title: value}));
    } else {
      row.append(cell(`functions.${f.index}.${column.key}`, value ?? '', isMissing(value) ? '–' : column.format(value)));
    }
  }
  return row;
}

function showFunctionPage() {
  const {rows, page} = functionView;
  const begin = page * ROWS_PER_PAGE;
  const shown = rows.slice(begin, begin + ROWS_PER_PAGE);
  const table = document.getElementById('functions-table');
  table.tBodies[0].replaceChildren(...shown.map(functionRow));
  for (const head of table.tHead.rows[0].cells) {
    if (head.dataset.key === functionView.sort) head.setAttribute('aria-sort', functionView.isDescending ? 'descending' : 'ascending');
    else head.removeAttribute('aria-sort');
  }
  const pages = document.getElementById('functions-pages');
  const [previous, next] = pages.querySelectorAll('button');
  previous.disabled = page === 0;
  next.disabled = begin + ROWS_PER_PAGE >= rows.length;
  previous.hidden = next.hidden = rows.length <= ROWS_PER_PAGE;
  const range = rows.length === 0 ? 'no function' : `${formatCount(begin + 1)} to ${formatCount(begin + shown.length)} of ${formatCount(rows.length)}`;
  pages.querySelector('output').textContent = rows.length === functionView.all.length ? range : `${range} found`;
}

function turnPage(by) {
  functionView.page += by;
  showFunctionPage();
}

function sortFunctions(column) {
  if (functionView.sort === column.key) functionView.isDescending = !functionView.isDescending;
  else Object.assign(functionView, {sort: column.key, isDescending: !column.isText});
  updateFunctions();
}

function makeFunctionTable() {
  const head = element('tr');
  for (const column of functionView.columns) {
    const button = element('button', {type: 'button', textContent: column.title});
    button.addEventListener('click', () => sortFunctions(column));
    const th = element('th', {scope: 'col'}, button);
    th.dataset.key = column.key;
    head.append(th);
  }
  document.getElementById('functions-table').append(element('thead', {}, head), element('tbody'));
}

function makeFunctionControls() {
  const search = element('input', {type: 'search', id: 'functions-search', placeholder: 'Search by name', 'aria-label': 'Search functions by name'});
  search.addEventListener('input', updateFunctions);
  const useful = FUNCTION_FILTERS.filter(([name, , test]) => name === 'all' || functionView.all.some(test));
  const filter = element('select', {id: 'functions-filter', 'aria-label': 'Show only'},
    ...useful.map(([value, textContent]) => element('option', {value, textContent})));
  filter.addEventListener('change', updateFunctions);
  document.getElementById('functions-controls').append(search, filter);
  const previous = element('button', {type: 'button', textContent: 'Previous'});
  previous.addEventListener('click', () => turnPage(-1));
  const next = element('button', {type: 'button', textContent: 'Next'});
  next.addEventListener('click', () => turnPage(1));
  document.getElementById('functions-pages').append(element('output'), previous, next);
}

function showFunctions(result) {
  functionView.all = result.functions.map((f, index) => ({...f, index}));
  // A column in which no function has a value is left out.
  functionView.columns = FUNCTION_COLUMNS.filter(({of}) => functionView.all.some((f) => !isMissing(of(f))));
  if (functionView.all.length === 0) {
    document.getElementById('functions').hidden = true;
    return;
  }
  makeFunctionTable();
  makeFunctionControls();
  updateFunctions();
}
