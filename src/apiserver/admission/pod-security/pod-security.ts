import type { Container, Namespace, Pod, PodSpec } from '#api/generated/types/core.v1.ts';
import { TimeSlice } from '#base/time-slice.ts';
import type { Clock } from '#base/clock.ts';
import type { KubeObject, ObjectMeta } from '#machinery/object.ts';
import { type FieldError, fieldErrorsText } from '#machinery/field.ts';
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
  type PodSecuritySettings,
  isStricter,
  levelText,
  policyOf,
  privilegedPolicy,
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

export interface PodSecurityOptions {
  readonly state: StateCache;
  readonly clock: Clock;
  readonly metrics: PodSecurityMetrics;
  readonly settings?: PodSecuritySettings | undefined;
}

const noSettings: PodSecuritySettings = { defaults: privilegedPolicy, exemptions: {} };

/** The Pod Security Standards, as namespaces' labels ask for them (KEP-2579). */
export function podSecurity(options: PodSecurityOptions): AdmissionPlugin {
  const { state, metrics, settings = noSettings } = options;
  const namespaces = state.bucket('core/namespaces');
  /** A namespace is never changed, only replaced. */
  const policies = new WeakMap<Entry, ReturnType<typeof policyOf>>();
  const policyIn = (namespace: string) => {
    const entry = namespaces.get(namespace);
    const known = entry && policies.get(entry);
    if (known) return known;
    const found = policyOf(entry?.object.metadata.labels, settings.defaults);
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
      if (served.bucket === 'core/namespaces') return checkNamespace(options, settings, request);
      const note = noteOn(request);
      const reason = exemptionOf(request, settings);
      if (reason) {
        note('exempt', reason);
        return metrics.exempt(request);
      }
      const evaluation = { request, note, metrics, settings };
      if (served.bucket === 'core/pods') {
        const { policy, errors } = policyIn(request.namespace);
        if (errors.length === 0 && isOff(policy)) {
          note('enforce-policy', 'privileged:latest');
          return metrics.evaluated('allow', policy.enforce, 'enforce', request);
        }
        if (old && !isSignificant(object as Pod, old as Pod)) return undefined;
        return evaluate({ ...evaluation, policy, errors }, object, (object as Pod).spec, true);
      }
      const template = templates[served.bucket]?.(object);
      if (!template?.spec) return undefined;
      const { policy, errors } = policyIn(request.namespace);
      if (errors.length === 0 && isOff({ ...policy, enforce: policy.warn })) return undefined;
      return evaluate({ ...evaluation, policy, errors }, template, template.spec, false);
    },
  };
}

function exemptionOf({ namespace, user }: AdmissionRequest, { exemptions }: PodSecuritySettings) {
  if (exemptions.namespaces?.includes(namespace)) return 'namespace';
  return exemptions.usernames?.includes(user.name) ? 'user' : undefined;
}

function hasExemptClass(spec: PodSpec | undefined, { exemptions }: PodSecuritySettings): boolean {
  return exemptions.runtimeClasses?.includes(spec?.runtimeClassName ?? '') ?? false;
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
  /** What could not be read of the namespace's labels. */
  readonly errors: readonly FieldError[];
  readonly settings: PodSecuritySettings;
  readonly note: (key: string, value: string) => void;
  readonly metrics: PodSecurityMetrics;
}

function evaluate(
  { request, policy, errors, settings, note, metrics }: Evaluation,
  { metadata }: { readonly metadata?: ObjectMeta },
  spec: PodSpec | undefined,
  enforces: boolean,
): undefined {
  if (hasExemptClass(spec, settings)) {
    note('exempt', 'runtimeClass');
    return metrics.exempt(request);
  }
  if (errors.length > 0) {
    note('error', `Failed to parse policy: ${fieldErrorsText(errors)}`);
    metrics.failed(false, request);
  }
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
  const lists = ['containers', 'initContainers'] as const;
  if (lists.some(list => (pod.spec?.[list]?.length ?? 0) !== (old.spec?.[list]?.length ?? 0))) return true;
  const all = ({ spec }: Pod) =>
    [
      ...(spec?.containers ?? []),
      ...(spec?.initContainers ?? []),
      ...(spec?.ephemeralContainers ?? []),
    ] as Container[];
  const before = new Map(all(old).map(container => [container.name, container]));
  return all(pod).some(({ name, image }) => before.get(name)?.image !== image);
}

/** Labels must make sense; where more is enforced than was, the pods that would be refused now are told. */
async function checkNamespace(
  options: PodSecurityOptions,
  settings: PodSecuritySettings,
  request: AdmissionRequest,
): Promise<void> {
  const { labels } = (request.object as Namespace).metadata;
  const { policy, errors } = policyOf(labels, settings.defaults);
  const before = request.old && policyOf(request.old.metadata.labels, settings.defaults);
  const text = (list: readonly object[]) => JSON.stringify(list);
  if (errors.length > 0 && (!before || text(before.errors) !== text(errors))) {
    throw statusError.invalid({ group: '', kind: 'Namespace' }, request.name, errors);
  }
  const [now, was] = [policy.enforce, before?.policy.enforce];
  if (was) {
    if (sameLevel(now, was) || now.level === 'privileged') return;
    if (now.minor === was.minor && !isStricter(now.level, was.level)) return;
  }
  if (settings.exemptions.namespaces?.includes(request.name)) {
    const warning = exemptWarning(request.name, policy, labels ?? {}, settings.defaults);
    if (warning !== undefined) request.warn(warning);
  } else if (was) {
    for (const warning of await podWarnings(options, settings, request.name, now)) request.warn(warning);
  }
}

/** What is asked of a namespace that nothing is asked of. */
function exemptWarning(
  name: string,
  policy: Policy,
  labels: Readonly<Record<string, string>>,
  defaults: Policy,
): string | undefined {
  const modes = ['enforce', 'audit', 'warn'] as const;
  const isDefault = modes.every(
    mode =>
      sameLevel(policy[mode], defaults[mode]) ||
      (policy[mode].level === 'privileged' && defaults[mode].level === 'privileged'),
  );
  if (isOff(policy) || isDefault) return undefined;
  const asked = modes.filter(
    mode =>
      policy[mode].level !== 'privileged' &&
      ['', '-version'].some(part => `pod-security.kubernetes.io/${mode}${part}` in labels),
  );
  const text = asked.map(mode => `${mode}=${levelText(policy[mode])}`).join(', ');
  return `namespace ${JSON.stringify(name)} is exempt from Pod Security, and the policy (${text}) will be ignored`;
}

async function podWarnings(
  { state, clock }: PodSecurityOptions,
  settings: PodSecuritySettings,
  namespace: string,
  level: LevelVersion,
): Promise<string[]> {
  using slice = new TimeSlice(clock);
  const { entries, remaining } = state.bucket('core/pods').list(`${namespace}/`, '', namespacePodsMax);
  const byReasons = new Map<string, string[]>();
  for (const { object } of entries) {
    const pod = object as Pod;
    if (hasExemptClass(pod.spec, settings)) continue;
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
