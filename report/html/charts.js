// What all charts share: their frame and legend, axes, the zoom of those over time, and colours that
// follow the page's.
'use strict';

// Every chart of the page, as {chart, recolour, isOverTime}.
const charts = [];
// The part of the run that the charts over time show, in seconds.
const zoom = {begin: 0, end: 1, duration: 1};

function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function drawSwatch(canvas, name, isLine) {
  const scale = window.devicePixelRatio || 1;
  canvas.width = 18 * scale;
  canvas.height = 12 * scale;
  const context = canvas.getContext('2d');
  context.scale(scale, scale);
  if (!isLine) {
    context.fillStyle = fillOf(name);
    context.fillRect(0, 0, 18, 12);
    return;
  }
  context.strokeStyle = hueOf(name);
  context.lineWidth = 2;
  context.setLineDash(lookOf(name).dash);
  context.beginPath();
  context.moveTo(0, 6);
  context.lineTo(18, 6);
  context.stroke();
}

// A figure with a title, a legend whose entries can be switched off, and a canvas `height` high.
function makeFrame(parent, {title, about, height, inWindow = false}) {
  const canvas = element('canvas', {role: 'img', 'aria-label': `${title}. ${about}`});
  const legend = element('div', {className: 'legend', role: 'group', 'aria-label': `Shown in ${title}`});
  const plot = element('div', {className: 'plot'}, canvas);
  plot.style.height = `${height}px`;
  const body = inWindow ? element('div', {className: 'plot-window', tabIndex: 0}, plot) : plot;
  parent.append(element('figure', {}, element('figcaption', {}, element('h3', {textContent: title}), legend), body));
  return {canvas, legend};
}

// A single entry needs no legend.
function fillLegend(legend, chart) {
  legend.replaceChildren();
  legend.hidden = chart.data.datasets.length < 2;
  chart.data.datasets.forEach((dataset, index) => {
    const swatch = element('canvas', {'aria-hidden': 'true'});
    const button = element('button', {type: 'button', 'aria-pressed': 'true'}, swatch, dataset.label);
    button.addEventListener('click', () => {
      const shown = !chart.isDatasetVisible(index);
      chart.setDatasetVisibility(index, shown);
      button.setAttribute('aria-pressed', String(shown));
      chart.update();
    });
    dataset.drawSwatch = () => drawSwatch(swatch, dataset.look, dataset.isLine);
    legend.append(button);
  });
}

// Gives the chart the page's present colours.
function recolour(chart) {
  const ink = paint('--ink');
  const soft = paint('--ink-soft');
  for (const scale of Object.values(chart.options.scales)) {
    scale.ticks.color = soft;
    scale.title.color = soft;
    scale.grid.color = paint('--line');
    scale.grid.borderColor = paint('--line-strong');
  }
  const tooltip = chart.options.plugins.tooltip;
  tooltip.backgroundColor = paint('--panel');
  tooltip.borderColor = paint('--line-strong');
  tooltip.titleColor = ink;
  tooltip.bodyColor = ink;
  for (const dataset of chart.data.datasets) {
    dataset.borderColor = dataset.isLine ? hueOf(dataset.look) : paint('--paper');
    dataset.backgroundColor = dataset.isLine ? hueOf(dataset.look) : fillOf(dataset.look);
    dataset.hoverBackgroundColor = dataset.backgroundColor;
    dataset.drawSwatch?.();
  }
}

function axis(title, options = {}) {
  return {
    title: {display: true, text: title, font: {size: 11}, padding: 2},
    grid: {drawTicks: false, lineWidth: 1},
    ticks: {font: {size: 11}, padding: 5, maxRotation: 0},
    ...options,
  };
}

function timeAxis() {
  return axis('virtual time', {
    type: 'linear',
    min: zoom.begin,
    max: zoom.end,
    afterBuildTicks: (scale) => {
      const step = timeStep(scale.max - scale.min, Math.max(2, Math.floor(scale.width / 85)));
      scale.timeStep = step;
      scale.options.title.text = `virtual time, ${timeFormat(step)}`;
      scale.ticks = [];
      for (let i = Math.ceil(scale.min / step - 1e-9); i * step <= scale.max * (1 + 1e-12); ++i) {
        scale.ticks.push({value: i * step});
      }
    },
    ticks: {
      font: {size: 11},
      padding: 5,
      maxRotation: 0,
      autoSkip: false,
      callback(value) {
        return formatTick(value, this.timeStep);
      },
    },
  });
}

function addChart(frame, config, {isOverTime = false} = {}) {
  config.options = {
    responsive: true,
    maintainAspectRatio: false,
    animation: false,
    layout: {padding: {right: 8}},
    ...config.options,
  };
  config.options.plugins = {
    legend: {display: false},
    ...config.options.plugins,
    tooltip: {
      borderWidth: 1,
      cornerRadius: 3,
      padding: 8,
      boxPadding: 4,
      usePointStyle: false,
      bodyFont: {size: 12},
      titleFont: {size: 12},
      ...config.options.plugins?.tooltip,
    },
  };
  const chart = new Chart(frame.canvas, config);
  fillLegend(frame.legend, chart);
  if (isOverTime) followDrag(chart);
  charts.push({chart, isOverTime});
  return chart;
}

function redrawCharts() {
  for (const {chart} of charts) {
    recolour(chart);
    chart.update();
  }
}

// ---- Zoom

function setZoom(begin, end) {
  const length = Math.min(Math.max(end - begin, zoom.duration * 1e-7), zoom.duration);
  zoom.begin = Math.max(0, Math.min(begin, zoom.duration - length));
  zoom.end = zoom.begin + length;
  for (const {chart, isOverTime} of charts) {
    if (!isOverTime) continue;
    chart.options.scales.x.min = zoom.begin;
    chart.options.scales.x.max = zoom.end;
    chart.update();
  }
  document.getElementById('zoom-range').textContent =
    `${formatTime(zoom.begin, length)} to ${formatTime(zoom.end, length)}`;
  const isWhole = length >= zoom.duration;
  for (const button of document.querySelectorAll('#zoom button')) {
    button.disabled = isWhole && button.dataset.zoom !== 'in';
  }
}

function initZoom(duration) {
  zoom.duration = duration;
  const moves = {
    earlier: (length) => [zoom.begin - length / 2, zoom.end - length / 2],
    later: (length) => [zoom.begin + length / 2, zoom.end + length / 2],
    in: (length) => [zoom.begin + length / 4, zoom.end - length / 4],
    out: (length) => [zoom.begin - length / 2, zoom.end + length / 2],
    all: () => [0, duration],
  };
  for (const button of document.querySelectorAll('#zoom button')) {
    button.addEventListener('click', () => setZoom(...moves[button.dataset.zoom](zoom.end - zoom.begin)));
  }
  setZoom(0, duration);
}

// Dragging with the mouse over a chart shows that part; a double click shows the whole run again.
function followDrag(chart) {
  const {canvas} = chart;
  let from = null;
  const clamp = (x) => Math.min(Math.max(x, chart.chartArea.left), chart.chartArea.right);
  canvas.addEventListener('pointerdown', (event) => {
    if (event.pointerType === 'touch' || event.button !== 0) return;
    from = clamp(event.offsetX);
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (from === null) return;
    chart.dragged = [from, clamp(event.offsetX)];
    chart.draw();
  });
  canvas.addEventListener('pointerup', (event) => {
    if (from === null) return;
    const ends = [from, clamp(event.offsetX)].sort((a, b) => a - b);
    from = null;
    chart.dragged = undefined;
    if (ends[1] - ends[0] < 4) return chart.draw();
    setZoom(...ends.map((x) => chart.scales.x.getValueForPixel(x)));
  });
  canvas.addEventListener('pointercancel', () => {
    from = null;
    chart.dragged = undefined;
    chart.draw();
  });
  canvas.addEventListener('dblclick', () => setZoom(0, zoom.duration));
}

Chart.register({
  id: 'drag',
  afterDraw(chart) {
    if (chart.dragged === undefined) return;
    const {ctx, chartArea} = chart;
    ctx.save();
    ctx.globalAlpha = 0.2;
    ctx.fillStyle = hueOf('busy');
    ctx.fillRect(chart.dragged[0], chartArea.top, chart.dragged[1] - chart.dragged[0], chartArea.height);
    ctx.restore();
  },
});
