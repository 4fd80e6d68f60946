import { isZeroQuantity } from './metrics.ts';

/**
 * Metrics as autoscaling/v1 writes them in annotations: flat, each kind with names of its own. A line is a member of v1, where
 * it stands in v2, and what v1 shows where it is not set. Members come in v1's order.
 */
type Line = readonly [flat: string, path: string, nothing?: unknown];
type Lines = Readonly<Record<string, readonly Line[]>>;
type Loose = Readonly<Record<string, unknown>>;

const metricLines = {
  name: ['metricName', 'metric.name', ''],
  selector: ['selector', 'metric.selector'],
} as const satisfies Record<string, Line>;

const specLines: Lines = {
  object: [
    ['target', 'describedObject', { kind: '', name: '' }],
    metricLines.name,
    ['targetValue', 'target.value', '0'],
    metricLines.selector,
    ['averageValue', 'target.averageValue'],
  ],
  pods: [metricLines.name, ['targetAverageValue', 'target.averageValue', '0'], metricLines.selector],
  resource: [
    ['name', 'name', ''],
    ['targetAverageUtilization', 'target.averageUtilization'],
    ['targetAverageValue', 'target.averageValue'],
  ],
  containerResource: [
    ['name', 'name', ''],
    ['targetAverageUtilization', 'target.averageUtilization'],
    ['targetAverageValue', 'target.averageValue'],
    ['container', 'container', ''],
  ],
  external: [
    metricLines.name,
    ['metricSelector', 'metric.selector'],
    ['targetValue', 'target.value'],
    ['targetAverageValue', 'target.averageValue'],
  ],
};

const statusLines: Lines = {
  object: [
    ['target', 'describedObject', { kind: '', name: '' }],
    metricLines.name,
    ['currentValue', 'current.value', '0'],
    metricLines.selector,
    ['averageValue', 'current.averageValue'],
  ],
  pods: [metricLines.name, ['currentAverageValue', 'current.averageValue', '0'], metricLines.selector],
  resource: [
    ['name', 'name', ''],
    ['currentAverageUtilization', 'current.averageUtilization'],
    ['currentAverageValue', 'current.averageValue', '0'],
  ],
  containerResource: [
    ['name', 'name', ''],
    ['currentAverageUtilization', 'current.averageUtilization'],
    ['currentAverageValue', 'current.averageValue', '0'],
    ['container', 'container', ''],
  ],
  external: [
    metricLines.name,
    ['metricSelector', 'metric.selector'],
    ['currentValue', 'current.value', '0'],
    ['currentAverageValue', 'current.averageValue'],
  ],
};

/** Which form a target of v1 had, from what it says. */
function targetType(source: string, target: Loose): string {
  if (source === 'external') return target.value === undefined ? 'AverageValue' : 'Value';
  if (source === 'object') return target.averageValue === undefined ? 'Value' : 'AverageValue';
  return target.averageUtilization === undefined ? 'AverageValue' : 'Utilization';
}

function nestedOf(lines: readonly Line[], flat: Loose): Record<string, Record<string, unknown>> {
  const nested: Record<string, Record<string, unknown>> = {};
  for (const [name, path, nothing] of lines) {
    const value = flat[name] ?? nothing;
    const [head, tail] = path.split('.') as [string, string?];
    if (tail) nested[head] ??= {};
    if (value === undefined) continue;
    if (tail) nested[head]![tail] = value;
    else nested[head] = value as never;
  }
  return nested;
}

function flatOf(lines: readonly Line[], nested: Loose): Loose {
  const flat: Record<string, unknown> = {};
  for (const [name, path, nothing] of lines) {
    const [head, tail] = path.split('.') as [string, string?];
    const value = tail ? (nested[head] as Loose | undefined)?.[tail] : nested[head];
    if ((value ?? nothing) !== undefined) flat[name] = value ?? nothing;
  }
  return flat;
}

function eachSource(
  lines: Lines,
  metric: Loose,
  convert: (source: string, lines: readonly Line[], value: Loose) => Loose,
): Loose {
  const converted: Record<string, unknown> = { type: metric.type ?? '' };
  for (const [source, own] of Object.entries(lines)) {
    const value = metric[source];
    if (value) converted[source] = convert(source, own, value as Loose);
  }
  return converted;
}

function specOf(source: string, lines: readonly Line[], flat: Loose): Loose {
  const { target, ...rest } = nestedOf(lines, flat);
  const type = targetType(source, target!);
  // v1 shows a value where there is none, which v2 would refuse.
  if (source === 'object' && type === 'AverageValue' && isZeroQuantity(target!.value)) delete target!.value;
  return { ...rest, target: { type, ...target } };
}

export const metricFromV1 = (metric: Loose): Loose => eachSource(specLines, metric, specOf);
export const metricToV1 = (metric: Loose): Loose =>
  eachSource(specLines, metric, (_source, lines, nested) => flatOf(lines, nested));
export const statusFromV1 = (metric: Loose): Loose =>
  eachSource(statusLines, metric, (_source, lines, flat) => nestedOf(lines, flat));
export const statusToV1 = (metric: Loose): Loose =>
  eachSource(statusLines, metric, (_source, lines, nested) => flatOf(lines, nested));
