import type { Container, Namespace, Pod, PodSpec } from '#api/generated/types/core.v1.ts';
import { TimeSlice } from '#base/time-slice.ts';
import type { Clock } from '#base/clock.ts';
import type { KubeObject, ObjectMeta } from '#machinery/object.ts';
import { fieldErrorsText } from '#machinery/field.ts';
import { statusError } from '#machinery/status.ts';
import type { Entry } from '../../resources/entry.ts';
import type { StateCache } from '../../resources/state-cache.ts';
import { forbidden } from '../denial.ts';
import type { AdmissionPlugin } from '../plugin.ts';
import type { AdmissionRequest } from '../request.ts';
import { type Violation, subjectOf } from './check.ts';
import type { PodSecurityMetrics } from './metrics.ts';
import {
  type LevelVersion,
  type Policy,
  isStricter,
  levelText,
  policyOf,
  sameLevel,
  violations,
} from './policy.ts';

const namespacePodsMax = 3000;
/** Subresources of pods that do not change the pod's spec. */
const ignored = new Set(['attach', 'binding', 'eviction', 'exec', 'log', 'portforward', 'proxy', 'status']);

interface Template {
  readonly metadata?: ObjectMeta;
  readonly spec?: PodSpec;
}

/** The pod template of every kind that makes pods. */
const templates: Readonly<Record<string, (object: KubeObject) => Template | undefined>> = {
  'apps/daemonsets': ofSpec,
  'apps/deployments': ofSpec,
  'apps/replicasets': ofSpec,
  'apps/statefulsets': ofSpec,
  'batch/cronjobs': object =>
    (object as KubeObject & { spec?: { jobTemplate?: { spec?: { template?: Template } } } }).spec?.jobTemplate
      ?.spec?.template,
  'batch/jobs': ofSpec,
  'core/podtemplates': object => (object as KubeObject & { template?: Template }).template,
  'core/replicationcontrollers': ofSpec,
};

function ofSpec(object: KubeObject): Template | undefined {
  return (object as KubeObject & { spec?: { template?: Template } }).spec?.template;
}

/** The Pod Security Standards, as namespaces' labels ask for them (KEP-2579). */
export function podSecurity(state: StateCache, clock: Clock, metrics: PodSecurityMetrics): AdmissionPlugin {
  const namespaces = state.bucket('core/namespaces');
  /** A namespace is never changed, only replaced. */
  const policies = new WeakMap<Entry, ReturnType<typeof policyOf>>();
  const policyIn = (namespace: string) => {
    const entry = namespaces.get(namespace);
    const known = entry && policies.get(entry);
    if (known) return known;
    const found = policyOf(entry?.object.metadata.labels);
    if (entry) policies.set(entry, found);
    return found;
  };
  return {
    name: 'PodSecurity',
    concerns: ({ served: { bucket }, operation, subresource }) => {
      if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
      if (bucket === 'core/pods') return !ignored.has(subresource);
      return subresource === '' && (bucket === 'core/namespaces' || bucket in templates);
    },
    validate(request) {
      const { served, object, old } = request;
      if (!object) return undefined;
      if (served.bucket === 'core/namespaces') return checkNamespace(state, clock, request);
      if (served.bucket === 'core/pods') {
        const { policy, errors } = policyIn(request.namespace);
        if (old && !isSignificant(object as Pod, old as Pod)) return metrics.exempt(request);
        const note = noteOn(request);
        if (errors.length === 0 && isOff(policy)) {
          note('enforce-policy', 'privileged:latest');
          return metrics.evaluated('allow', policy.enforce, 'enforce', request);
        }
        if (errors.length > 0) {
          note('error', `Failed to parse policy: ${fieldErrorsText(errors)}`);
          metrics.failed(false, request);
        }
        return evaluate({ request, policy, note, metrics }, object, (object as Pod).spec, true);
      }
      const template = templates[served.bucket]?.(object);
      if (!template?.spec) return undefined;
      const { policy } = policyIn(request.namespace);
      if (isOff({ ...policy, enforce: policy.warn })) return undefined;
      return evaluate({ request, policy, note: noteOn(request), metrics }, template, template.spec, false);
    },
  };
}

function noteOn({ annotate }: AdmissionRequest): (key: string, value: string) => void {
  return (key, value) => annotate(`pod-security.kubernetes.io/${key}`, value);
}

function isOff({ enforce, audit, warn }: Policy): boolean {
  return [enforce, audit, warn].every(({ level }) => level === 'privileged');
}

function details(found: readonly Violation[]): string {
  return found.map(({ reason, detail }) => `${reason} (${detail})`).join(', ');
}

/** What pods are held to, and who is told. */
interface Evaluation {
  readonly request: AdmissionRequest;
  readonly policy: Policy;
  readonly note: (key: string, value: string) => void;
  readonly metrics: PodSecurityMetrics;
}

function evaluate(
  { request, policy, note, metrics }: Evaluation,
  { metadata }: { readonly metadata?: ObjectMeta },
  spec: PodSpec | undefined,
  enforces: boolean,
): undefined {
  const pod = subjectOf(metadata, spec ?? ({ containers: [] } as PodSpec));
  const text = (level: LevelVersion) => {
    const found = violations(level, pod);
    return found.length > 0 ? `violate PodSecurity "${levelText(level)}": ${details(found)}` : undefined;
  };
  const refused = enforces ? text(policy.enforce) : undefined;
  if (enforces) {
    note('enforce-policy', levelText(policy.enforce));
    metrics.evaluated(refused ? 'deny' : 'allow', policy.enforce, 'enforce', request);
  }
  const audited = text(policy.audit);
  if (audited) {
    note('audit-violations', `would ${audited}`);
    metrics.evaluated('deny', policy.audit, 'audit', request);
  }
  if (refused) throw forbidden(request, refused.replace('violate', 'violates'));
  const warned = text(policy.warn);
  if (warned) {
    request.warn(`would ${warned}`);
    metrics.evaluated('deny', policy.warn, 'warn', request);
  }
  return undefined;
}

/** Only what no check looks at may change in a pod that was let in before. */
function isSignificant(pod: Pod, old: Pod): boolean {
  const changed = (key: string) => pod.metadata.annotations?.[key] !== old.metadata.annotations?.[key];
  if (changed('seccomp.security.alpha.kubernetes.io/pod')) return true;
  const lists = ['containers', 'initContainers'] as const;
  if (lists.some(list => (pod.spec?.[list]?.length ?? 0) !== (old.spec?.[list]?.length ?? 0))) return true;
  const all = ({ spec }: Pod) =>
    [
      ...(spec?.containers ?? []),
      ...(spec?.initContainers ?? []),
      ...(spec?.ephemeralContainers ?? []),
    ] as Container[];
  const before = new Map(all(old).map(container => [container.name, container]));
  return all(pod).some(
    container =>
      before.get(container.name)?.image !== container.image ||
      changed(`container.seccomp.security.alpha.kubernetes.io/${container.name}`),
  );
}

/** Labels must make sense; where more is enforced than was, the pods that would be refused now are told. */
async function checkNamespace(state: StateCache, clock: Clock, request: AdmissionRequest): Promise<void> {
  const namespace = request.object as Namespace;
  const { policy, errors } = policyOf(namespace.metadata.labels);
  const before = request.old && policyOf(request.old.metadata.labels);
  const text = (list: readonly object[]) => JSON.stringify(list);
  if (errors.length > 0 && (!before || text(before.errors) !== text(errors))) {
    throw statusError.invalid({ group: '', kind: 'Namespace' }, request.name, errors);
  }
  if (!before || sameLevel(policy.enforce, before.policy.enforce)) return;
  const [now, was] = [policy.enforce, before.policy.enforce];
  if (now.level === 'privileged' || (now.minor === was.minor && !isStricter(now.level, was.level))) return;
  for (const warning of await podWarnings(state, clock, request.name, now)) request.warn(warning);
}

async function podWarnings(
  state: StateCache,
  clock: Clock,
  namespace: string,
  level: LevelVersion,
): Promise<string[]> {
  using slice = new TimeSlice(clock);
  const { entries, remaining } = state.bucket('core/pods').list(`${namespace}/`, '', namespacePodsMax);
  const byReasons = new Map<string, string[]>();
  for (const { object } of entries) {
    const pod = object as Pod;
    const found = violations(level, subjectOf(pod.metadata, pod.spec!));
    if (found.length > 0) {
      const reasons = found.map(({ reason }) => reason).join(', ');
      byReasons.set(reasons, [...(byReasons.get(reasons) ?? []), pod.metadata.name!]);
    }
    await slice.breathe();
  }
  const total = entries.length + remaining;
  return [
    ...(remaining > 0
      ? [
          `new PodSecurity enforce level only checked against the first ${entries.length} of ${total} existing pods`,
        ]
      : []),
    ...(byReasons.size > 0
      ? [
          `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level "${levelText(level)}"`,
        ]
      : []),
    ...[...byReasons].map(([reasons, names]) => `${names[0]}${others(names.length - 1)}: ${reasons}`).sort(),
  ];
}

function others(count: number): string {
  if (count === 0) return '';
  return count === 1 ? ' (and 1 other pod)' : ` (and ${count} other pods)`;
}
