import { CliError } from '../errors.ts';
import { type Gvk, gvkText, sameKind } from './identity.ts';
import type { SortOptions } from './kustomization.ts';
import type { Resource } from './resource.ts';

const first = [
  'Namespace',
  'ResourceQuota',
  'StorageClass',
  'CustomResourceDefinition',
  'ServiceAccount',
  'PodSecurityPolicy',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'ConfigMap',
  'Secret',
  'Endpoints',
  'Service',
  'LimitRange',
  'PriorityClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Deployment',
  'StatefulSet',
  'CronJob',
  'PodDisruptionBudget',
];
const last = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];

/** As they are told to be sorted: `fifo` as they came, `legacy` by kind, what others need first. */
export function inOrder(
  resources: readonly Resource[],
  { order, legacySortOptions }: SortOptions,
): Resource[] {
  if (order !== 'fifo' && order !== 'legacy')
    throw new CliError("the field 'sortOptions.order' must be one of [fifo, legacy]");
  if (order === 'fifo') {
    if (legacySortOptions)
      throw new CliError(
        "the field 'sortOptions.legacySortOptions' is set but the selected sort order is 'fifo', not 'legacy'",
      );
    return [...resources];
  }
  const { orderFirst = [], orderLast = [] } = legacySortOptions ?? { orderFirst: first, orderLast: last };
  const ranks = ranksOf(orderFirst, orderLast);
  return [...resources].sort((a, b) => compare(a, b, ranks));
}

function ranksOf(orderFirst: readonly string[], orderLast: readonly string[]): ReadonlyMap<string, number> {
  return new Map([
    ...orderFirst.map((kind, at) => [kind, at - orderFirst.length] as const),
    ...orderLast.map((kind, at) => [kind, at + 1] as const),
  ]);
}

const usualRanks = ranksOf(first, last);

/** The order of kinds, in which what is of any kind comes last of those without a rank. */
export function compareKinds(a: Gvk, b: Gvk): number {
  const rank = ({ kind = '' }: Gvk) => usualRanks.get(kind) ?? 0;
  return rank(a) - rank(b) || byText(kindText(a), kindText(b));
}

function compare(a: Resource, b: Resource, ranks: ReadonlyMap<string, number>): number {
  const [one, other] = [a.gvk, b.gvk];
  if (sameKind(one, other)) return byText(nameText(a), nameText(b));
  const ranked = (ranks.get(a.kind) ?? 0) - (ranks.get(b.kind) ?? 0);
  if (ranked !== 0) return ranked;
  const order = byText(kindText(one), kindText(other));
  // Namespaces of the core group come before those that others call so.
  return a.kind === 'Namespace' && b.kind === 'Namespace' && (!one.group || !other.group) ? -order : order;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function kindText({ group, version, kind }: Gvk): string {
  return `${group || '~G'}_${version || '~V'}_${kind || '~K'}`;
}

function nameText({ gvk, namespace, name }: Resource): string {
  return `${gvkText(gvk)}|${namespace || '~X'}|${name || '~N'}`;
}
