// The charts over time: environments by state, concurrency against the limits, arrivals, cold starts
// and throttles.
'use strict';

// The points of a curve that holds values[i] from i * interval on.
function steps(values, interval) {
  const points = values.map((y, i) => ({x: i * interval, y}));
  if (points.length > 0) points.push({x: values.length * interval, y: values.at(-1)});
  return points;
}

function area(look, label, values, interval, index) {
  return {
    look, label, isLine: false, data: steps(values, interval), stepped: true, pointRadius: 0,
    pointHoverRadius: 0, borderWidth: 0.5, fill: index === 0 ? 'origin' : '-1',
  };
}

function line(look, label, values, interval) {
  return {
    look, label, isLine: true, data: steps(values, interval), stepped: true, pointRadius: 0, pointHoverRadius: 0,
    borderWidth: look === 'concurrency' ? 1.25 : 1.75, borderDash: lookOf(look).dash, fill: false,
  };
}

function summary(datasets) {
  return datasets.map(({label, data}) => `${label}: at most ${formatFigure(Math.max(...data.map(({y}) => y)))}`).join('; ');
}

function addTimeChart(parent, {title, unit, datasets, isStacked = false, height = 190, interval, grace}) {
  const frame = makeFrame(parent, {title, about: summary(datasets), height});
  const y = axis(unit, {beginAtZero: true, stacked: isStacked, grace, afterFit: (scale) => { scale.width = 58; }});
  y.ticks.callback = formatPlain;
  y.ticks.maxTicksLimit = 6;
  return addChart(frame, {
    type: 'line',
    data: {datasets},
    options: {
      parsing: false,
      normalized: true,
      interaction: {mode: 'index', intersect: false, axis: 'x'},
      scales: {x: timeAxis(), y},
      plugins: {
        tooltip: {
          callbacks: {
            title: (items) => {
              const begin = items[0].parsed.x;
              const end = Math.min(begin + interval, zoom.duration);
              return `${formatTime(Math.min(begin, zoom.duration - interval), interval)} to ${formatTime(end, interval)}`;
            },
            label: (item) => `${item.dataset.label}: ${formatFigure(item.parsed.y)}`,
          },
        },
      },
    },
  }, {isOverTime: true});
}

function addEnvironments(parent, series, interval) {
  const states = ['busy', 'starting', 'idle'];
  addTimeChart(parent, {
    title: 'Environments by state',
    unit: 'environments, mean',
    isStacked: true,
    height: 220,
    interval,
    datasets: states.map((state, i) => area(state, state, series.map((part) => part[state]), interval, i)),
  });
}

// The account's limit, or those of functions with reserved concurrency.
function limitChoices(result, run) {
  const series = result.environments.series;
  const choices = [{
    name: 'account',
    limit: result.limits?.account_concurrency,
    highest: result.environments.max.concurrency,
    most: series.map((part) => part.concurrency_max),
    mean: series.map((part) => part.concurrency),
  }];
  for (const reserved of run?.reserved ?? []) {
    choices.push({name: reserved.function, limit: reserved.limit, highest: Math.max(...reserved.concurrency_max), most: reserved.concurrency_max});
  }
  return choices;
}

function concurrencyDatasets({name, limit, most, mean}, interval) {
  const datasets = [line('concurrency_max', 'highest', most, interval)];
  if (mean !== undefined) datasets.push(line('concurrency', 'mean', mean, interval));
  if (limit !== undefined && limit !== null) {
    const what = name === 'account' ? 'account limit' : `reserved for ${name}`;
    datasets.push(line('limit', `${what}: ${formatCount(limit)}`, most.map(() => limit), interval));
  }
  return datasets;
}

// A limit far above everything would press the curve flat: then it is named, not drawn.
function withoutFarLimit(datasets, {highest, limit}) {
  return limit > 5 * highest ? datasets.filter(({look}) => look !== 'limit') : datasets;
}

function addConcurrency(parent, result, run, interval) {
  const choices = limitChoices(result, run);
  const first = choices[0];
  const holder = element('div');
  parent.append(holder);
  const chart = addTimeChart(holder, {
    title: 'Concurrency and limits',
    unit: 'invocations in flight',
    grace: '6%',
    interval,
    datasets: withoutFarLimit(concurrencyDatasets(first, interval), first),
  });
  const caption = holder.querySelector('figcaption');
  const note = element('span', {className: 'note'});
  const tell = (choice) => {
    note.textContent = choice.limit === undefined || choice.limit === null || choice.limit <= 5 * choice.highest
      ? '' : `limit ${formatCount(choice.limit)}, of which ${formatValue(choice.highest / choice.limit, 'share')} used at most`;
  };
  tell(first);
  if (choices.length > 1) {
    const select = element('select', {'aria-label': 'Limit'}, ...choices.map(({name}, i) => element('option', {value: i, textContent: name})));
    select.addEventListener('change', () => {
      const choice = choices[select.value];
      chart.data.datasets = withoutFarLimit(concurrencyDatasets(choice, interval), choice);
      fillLegend(holder.querySelector('.legend'), chart);
      recolour(chart);
      chart.update();
      tell(choice);
    });
    caption.append(select);
  }
  caption.append(note);
}

// Counts are sums over the replications; shown is the mean.
function addArrivals(parent, series, interval, replications) {
  addTimeChart(parent, {
    title: 'Arrivals',
    unit: 'requests per second',
    height: 150,
    interval,
    datasets: [line('arrived', 'arrivals', series.map((part) => part.invocations / interval / replications), interval)],
  });
}

function addColdStartsAndThrottles(parent, series, interval, replications) {
  const reasons = Object.keys(series[0]?.throttled_by_reason ?? {})
    .filter((reason) => series.some((part) => part.throttled_by_reason[reason] > 0));
  const datasets = [area('cold_starts', 'cold starts', series.map((part) => part.cold_starts / replications), interval, 0)];
  for (const reason of reasons) {
    const label = `throttled: ${words(reason)}`;
    datasets.push(area(reason, label, series.map((part) => part.throttled_by_reason[reason] / replications), interval, datasets.length));
  }
  addTimeChart(parent, {
    title: reasons.length > 0 ? 'Cold starts, and throttles by reason' : 'Cold starts (nothing was throttled)',
    unit: `${replications > 1 ? 'mean ' : ''}count in ${formatSpan(interval)}`,
    isStacked: true,
    interval,
    datasets,
  });
}

function showOverTime(result, run) {
  const {series, series_interval_seconds: interval} = result.environments;
  const parent = document.getElementById('time-charts');
  addEnvironments(parent, series, interval);
  addConcurrency(parent, result, run, interval);
  addArrivals(parent, series, interval, result.replications ?? 1);
  addColdStartsAndThrottles(parent, series, interval, result.replications ?? 1);
}
