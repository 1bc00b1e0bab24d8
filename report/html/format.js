// Numbers as people read them; the counterpart of report/format.h.
'use strict';

function formatCount(count) {
  return Math.round(count).toLocaleString('en-US');
}

// Three significant digits, with separators from 1,000 on.
function formatNumber(number) {
  if (number === null || number === undefined || Number.isNaN(number)) return '–';
  const size = Math.abs(number);
  if (size === 0) return '0';
  if (size >= 999.5) return formatCount(number);
  if (size < 1e-6) return number.toExponential(1).replace('-', '−');
  return size < 0.001 ? number.toFixed(Math.ceil(2 - Math.log10(size))) : number.toPrecision(3);
}

// What may be a count: whole numbers as such.
function formatFigure(number) {
  return Number.isInteger(number) ? formatCount(number) : formatNumber(number);
}

// A chosen number, such as a tick of an axis: no more digits than it needs.
function formatPlain(number) {
  return Number(number.toPrecision(9)).toLocaleString('en-US', {maximumSignificantDigits: 9});
}

// The same for seconds that have a fitting unit.
function formatPlainLength(seconds) {
  const [number, unit] = lengthParts(seconds);
  return `${formatPlain(Number(number.replaceAll(',', '')))} ${unit}`;
}

// Seconds with a fitting unit, as [number, unit].
function lengthParts(seconds) {
  const size = Math.abs(seconds);
  if (size === 0) return ['0', 's'];
  if (size < 0.9995e-3) return [formatNumber(seconds * 1e6), 'µs'];
  if (size < 0.9995) return [formatNumber(seconds * 1e3), 'ms'];
  if (size < 599.5) return [formatNumber(seconds), 's'];
  if (size < 2 * 3600) return [formatNumber(seconds / 60), 'min'];
  if (size < 2 * 86400) return [formatNumber(seconds / 3600), 'h'];
  return [formatNumber(seconds / 86400), 'd'];
}

function formatLength(seconds) {
  if (seconds === null || seconds === undefined) return '–';
  return lengthParts(seconds).join(' ');
}

// A length that was chosen rather than measured, exactly.
function formatSpan(seconds) {
  if (seconds > 0 && seconds % 86400 === 0 && seconds > 2 * 86400) return `${formatCount(seconds / 86400)} d`;
  if (seconds > 0 && seconds % 3600 === 0) return `${formatCount(seconds / 3600)} h`;
  if (seconds > 0 && seconds % 60 === 0) return `${formatCount(seconds / 60)} min`;
  return Number.isInteger(seconds) ? `${formatCount(seconds)} s` : formatLength(seconds);
}

// A number with its unit, as [number, unit]. Units are those that the data names.
function valueParts(value, unit) {
  if (value === null || value === undefined) return ['–', ''];
  switch (unit) {
    case 's':
    case 'seconds':
      return lengthParts(value);
    case 'share':
    case 'ratio':
      return [formatNumber(100 * value), '%'];
    case '':
    case '1':
    case 'count':
      return [formatFigure(value), ''];
    default:
      return [formatFigure(value), unit];
  }
}

function formatValue(value, unit) {
  return valueParts(value, unit).join(' ').trim();
}

// The distance of the ends from the mean, in the mean's own unit where the interval is symmetric;
// else both ends. Empty where there is no interval.
function formatInterval(estimate, unit) {
  const {mean, low, high} = estimate;
  if (mean === null || low === null || high === null) return '';
  if (low === undefined || high === undefined || low === high) return '';
  const half = (high - low) / 2;
  if (Math.abs((high + low) / 2 - mean) > half * 0.01) {
    return `${formatValue(low, unit)} – ${formatValue(high, unit)}`;
  }
  return `± ${formatValue(half, unit)}`;
}

// "account_concurrency" becomes "account concurrency".
function words(name) {
  return name.replaceAll('_', ' ');
}

// The step between ticks of an axis of time, in seconds: a part of a minute, an hour or a day that
// people count in.
function timeStep(range, ticksMax) {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];
  const wanted = range / ticksMax;
  if (wanted <= 1) {
    const power = 10 ** Math.floor(Math.log10(wanted));
    return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= wanted * 0.999);
  }
  const fitting = steps.find((step) => step >= wanted);
  if (fitting !== undefined) return fitting;
  const days = wanted / 86400;
  const power = 10 ** Math.floor(Math.log10(days));
  return 86400 * [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= days);
}

// How points of time are written where they are a multiple of `step` seconds.
function timeFormat(step) {
  if (step >= 86400) return 'days';
  if (step >= 3600) return 'hours';
  if (step >= 60) return 'h:mm';
  return step >= 1 ? 'h:mm:ss' : 's';
}

function formatTick(seconds, step) {
  const format = timeFormat(step);
  if (format === 'days') return formatPlain(seconds / 86400);
  if (format === 'hours') return formatPlain(seconds / 3600);
  if (format === 's') return seconds.toFixed(Math.min(9, Math.ceil(-Math.log10(step) - 1e-9)));
  const pad = (number) => String(number).padStart(2, '0');
  const whole = Math.round(seconds);
  const text = `${Math.floor(whole / 3600)}:${pad(Math.floor(whole / 60) % 60)}`;
  return format === 'h:mm' ? text : `${text}:${pad(whole % 60)}`;
}

// A point of time, as exact as a range of `range` seconds needs.
function formatTime(seconds, range) {
  const digits = Math.max(0, Math.min(9, 2 - Math.floor(Math.log10(Math.max(range, 1e-9)))));
  const day = Math.floor(seconds / 86400 + 1e-12);
  const rest = seconds - day * 86400;
  const hours = Math.floor(rest / 3600 + 1e-12);
  const minutes = Math.floor(rest / 60 + 1e-12) % 60;
  const fraction = Number((rest - hours * 3600 - minutes * 60).toFixed(digits));
  const parts = [];
  if (day > 0) parts.push(`${day} d`);
  if (hours > 0) parts.push(`${hours} h`);
  if (minutes > 0) parts.push(`${minutes} min`);
  if (fraction > 0 || parts.length === 0) parts.push(`${fraction} s`);
  return parts.join(' ');
}
