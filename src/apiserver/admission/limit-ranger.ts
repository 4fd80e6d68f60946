import type {
  Container,
  LimitRange,
  LimitRangeItem,
  PersistentVolumeClaim,
  Pod,
} from '#api/generated/types/core.v1.ts';
import { aggregateText } from '#machinery/field.ts';
import type { Quantity } from '#machinery/quantity.ts';
import type { ResourceCache } from '../resources/resource-cache.ts';
import { forbidden } from './denial.ts';
import type { AdmissionPlugin, RequestKind } from './plugin.ts';
import { type Amounts, type Side, parseAmounts, podTotals } from '#api/pod-totals.ts';

const annotation = 'kubernetes.io/limit-ranger';

/** Gives containers the requests and limits that their namespace's limit ranges name, and keeps within them. */
export function limitRanger(ranges: ResourceCache): AdmissionPlugin {
  const rangesIn = (namespace: string): LimitRangeItem[][] =>
    ranges.size === 0
      ? []
      : ranges
          .list(`${namespace}/`, '', 0)
          .entries.map(({ object }) => (object as LimitRange).spec?.limits ?? []);
  return {
    name: 'LimitRanger',
    concerns: isLimited,
    mutate({ served, namespace, object, old }) {
      if (served.bucket !== 'core/pods' || old?.metadata.deletionTimestamp) return;
      for (const items of rangesIn(namespace)) setDefaults(object as Pod, items);
    },
    validate(request) {
      const { served, namespace, object, old } = request;
      if (old?.metadata.deletionTimestamp) return;
      for (const items of rangesIn(namespace)) {
        const problems =
          served.bucket === 'core/pods'
            ? podProblems(object as Pod, items)
            : claimProblems(object as PersistentVolumeClaim, items);
        if (problems.length > 0) throw forbidden(request, aggregateText(problems));
      }
    },
  };
}

/** Pods when they are made and when they are resized; claims with each write of theirs. */
function isLimited({ served, operation, subresource }: RequestKind): boolean {
  if (served.bucket === 'core/pods')
    return operation === 'UPDATE' ? subresource === 'resize' : operation === 'CREATE' && subresource === '';
  return served.bucket === 'core/persistentvolumeclaims' && operation !== 'DELETE' && subresource === '';
}

type List = Readonly<Record<string, string>>;

/** Of one range; what a later item says of a resource counts. */
function setDefaults(pod: Pod, items: readonly LimitRangeItem[]): void {
  const own = items.filter(({ type }) => type === 'Container');
  const defaults: Record<Side, List> = {
    requests: Object.assign({}, ...own.map(item => item.defaultRequest)),
    limits: Object.assign({}, ...own.map(item => item.default)),
  };
  const done: string[] = [];
  const all = (list: readonly Container[] | undefined, kind: string) => {
    for (const container of list ?? []) {
      for (const [side, word] of [
        ['requests', 'request'],
        ['limits', 'limit'],
      ] as const) {
        const names = fill(container, side, defaults[side]).sort();
        if (names.length > 0) done.push(`${names.join(', ')} ${word} for ${kind} ${container.name}`);
      }
    }
  };
  all(pod.spec?.containers, 'container');
  all(pod.spec?.initContainers, 'init container');
  if (done.length === 0) return;
  const text = `LimitRanger plugin set: ${done.join('; ')}`;
  pod.metadata.annotations = { ...pod.metadata.annotations, [annotation]: text };
}

/** Names of the amounts that the container lacked. */
function fill(container: Container, side: Side, defaults: List): string[] {
  const own = container.resources?.[side] ?? {};
  const missing = Object.entries(defaults).filter(([name]) => own[name] === undefined);
  if (missing.length > 0) {
    container.resources = { ...container.resources, [side]: { ...own, ...Object.fromEntries(missing) } };
  }
  return missing.map(([name]) => name);
}

function podProblems(pod: Pod, items: readonly LimitRangeItem[]): string[] {
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  return items.flatMap(item => {
    if (item.type === 'Pod') {
      return problems(item, podTotals(pod, 'requests'), podTotals(pod, 'limits'));
    }
    if (item.type !== 'Container') return [];
    return containers.flatMap(({ resources }) =>
      problems(item, parseAmounts(resources?.requests), parseAmounts(resources?.limits)),
    );
  });
}

function claimProblems({ spec }: PersistentVolumeClaim, items: readonly LimitRangeItem[]): string[] {
  const requests = parseAmounts(spec?.resources?.requests);
  return items
    .filter(item => item.type === 'PersistentVolumeClaim')
    .flatMap(item => [
      ...bounds(item, 'minimum', item.min, [['request', requests]], requests),
      ...bounds(item, 'maximum', item.max, [['request', requests]], requests),
    ]);
}

function problems(item: LimitRangeItem, requests: Amounts, limits: Amounts): string[] {
  return [
    ...bounds(
      item,
      'minimum',
      item.min,
      [
        ['request', requests],
        ['limit', limits],
      ],
      requests,
    ),
    ...bounds(
      item,
      'maximum',
      item.max,
      [
        ['limit', limits],
        ['request', requests],
      ],
      limits,
    ),
    ...[...parseAmounts(item.maxLimitRequestRatio)].flatMap(([name, most]) => {
      const problem = ratioProblem(requests.get(name), limits.get(name), most);
      return problem
        ? [`${name} max limit to request ratio per ${item.type} is ${most}, but ${problem}`]
        : [];
    }),
  ];
}

/** `needed` must be there; of what is there, the first that is out of bounds is told. */
function bounds(
  item: LimitRangeItem,
  word: 'minimum' | 'maximum',
  enforced: Readonly<Record<string, string>> | undefined,
  sides: readonly (readonly [string, Amounts])[],
  needed: Amounts,
): string[] {
  return [...parseAmounts(enforced)].flatMap(([name, bound]) => {
    const rule = `${word} ${name} usage per ${item.type} is ${bound}`;
    if (!needed.has(name)) return [`${rule}.  No ${sides[0]![0]} is specified`];
    for (const [side, amounts] of sides) {
      const amount = amounts.get(name);
      const order = amount?.compare(bound) ?? 0;
      if (word === 'minimum' ? order < 0 : order > 0) return [`${rule}, but ${side} is ${amount}`];
    }
    return [];
  });
}

function ratioProblem(request: Quantity | undefined, limit: Quantity | undefined, most: Quantity) {
  if (!request || request.sign === 0) return 'no request is specified or request is 0';
  if (!limit || limit.sign === 0) return 'no limit is specified or limit is 0';
  const ratio = limit.toNumber() / request.toNumber();
  return ratio > most.toNumber() ? `provided ratio is ${ratio.toFixed(6)}` : undefined;
}
