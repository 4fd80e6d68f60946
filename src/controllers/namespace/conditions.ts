import { toRfc3339 } from '#base/clock.ts';
import type { Namespace, NamespaceCondition } from '#api/generated/types/core.v1.ts';
import { findCondition } from '../shared/conditions.ts';

/** What a pass over a namespace's content found. */
export interface ContentReport {
  /** Objects that are still there, by 'resource.group'. */
  readonly remaining: Map<string, number>;
  /** Objects that each finalizer holds. */
  readonly finalizers: Map<string, number>;
  discoveryError?: string;
  readonly deletionErrors: string[];
}

export function emptyReport(): ContentReport {
  return { remaining: new Map(), finalizers: new Map(), deletionErrors: [] };
}

interface Finding {
  readonly type: string;
  readonly okReason: string;
  readonly okMessage: string;
  /** Reason and message where it is true. */
  readonly problem: (report: ContentReport) => { reason: string; message: string } | undefined;
}

const findings: readonly Finding[] = [
  {
    type: 'NamespaceDeletionDiscoveryFailure',
    okReason: 'ResourcesDiscovered',
    okMessage: 'All resources successfully discovered',
    problem: ({ discoveryError }) =>
      discoveryError === undefined ? undefined : { reason: 'DiscoveryFailed', message: discoveryError },
  },
  {
    type: 'NamespaceDeletionGroupVersionParsingFailure',
    okReason: 'ParsedGroupVersions',
    okMessage: 'All legacy kube types successfully parsed',
    problem: () => undefined,
  },
  {
    type: 'NamespaceDeletionContentFailure',
    okReason: 'ContentDeleted',
    okMessage: 'All content successfully deleted, may be waiting on finalization',
    problem: ({ deletionErrors }) =>
      deletionErrors.length === 0
        ? undefined
        : {
            reason: 'ContentDeletionFailed',
            message: `Failed to delete all resource types, ${deletionErrors.length} remaining: ${deletionErrors.toSorted().join(', ')}`,
          },
  },
  {
    type: 'NamespaceContentRemaining',
    okReason: 'ContentRemoved',
    okMessage: 'All content successfully removed',
    problem: ({ remaining }) =>
      remaining.size === 0
        ? undefined
        : {
            reason: 'SomeResourcesRemain',
            message: `Some resources are remaining: ${counted(remaining, 'has')}`,
          },
  },
  {
    type: 'NamespaceFinalizersRemaining',
    okReason: 'ContentHasNoFinalizers',
    okMessage: 'All content-preserving finalizers finished',
    problem: ({ finalizers }) =>
      finalizers.size === 0
        ? undefined
        : {
            reason: 'SomeFinalizersRemain',
            message: `Some content in the namespace has finalizers remaining: ${counted(finalizers, 'in')}`,
          },
  },
];

function counted(counts: ReadonlyMap<string, number>, verb: string): string {
  return [...counts]
    .map(([what, count]) => `${what} ${verb} ${count} resource instances`)
    .sort()
    .join(', ');
}

/** The namespace's conditions after a pass; the same array where nothing has changed. */
export function conditionsAfter(
  namespace: Namespace,
  report: ContentReport,
  nowMs: number,
): readonly NamespaceCondition[] {
  const before = namespace.status?.conditions ?? [];
  const next = findings.map(finding => conditionFor(finding, report, before, nowMs));
  if (next.every(condition => before.includes(condition))) return before;
  return [...before.filter(({ type }) => !findings.some(finding => finding.type === type)), ...next];
}

function conditionFor(
  { type, okReason, okMessage, problem }: Finding,
  report: ContentReport,
  before: readonly NamespaceCondition[],
  nowMs: number,
): NamespaceCondition {
  const found = problem(report);
  const status = found ? 'True' : 'False';
  const { reason, message } = found ?? { reason: okReason, message: okMessage };
  const old = findCondition(before, type);
  if (old?.status === status && old.reason === reason && old.message === message) return old;
  const lastTransitionTime = old?.status === status ? old.lastTransitionTime : toRfc3339(nowMs);
  return { type, status, lastTransitionTime, reason, message };
}
