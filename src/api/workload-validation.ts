import { sorted } from '#machinery/go-json.ts';
import { table } from '#base/members.ts';
import { append } from '#base/append.ts';
import { validateLabelSelector } from '#machinery/selectors.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { validateAnnotations, validateLabels } from '#machinery/metadata.ts';
import { checkPercent } from '#machinery/names.ts';
import { validatePodTemplate } from './core/pod/validate-spec.ts';
import type { LabelSelector } from './generated/types/meta.v1.ts';
import type { PodTemplateSpec } from './generated/types/core.v1.ts';
import {
  immutable,
  invalidEach,
  isEmptySelector,
  isReadable,
  nonNegative,
  selectorMatches,
} from './validation.ts';

type IntOrString = number | string;

const spec = FieldPath.of('spec');
const wholePercent = 100;

interface WorkloadSpec {
  selector?: LabelSelector;
  template?: PodTemplateSpec;
}

/** What is said of a selector that cannot be read, beside what is wrong with it; the template is then not looked at. */
const unreadable = table<string>({
  Deployment: 'invalid label selector',
  ReplicaSet: 'invalid label selector',
  StatefulSet: '',
});

/** What all workloads that keep pods running share: a selector that their template's labels match. */
export function validateWorkload(kind: string, { selector, template }: WorkloadSpec): FieldError[] {
  const errors = validateSelector(kind, selector);
  const detail = unreadable[kind];
  if (selector && detail !== undefined && !isReadable(selector)) {
    errors.push(fieldError.invalid(spec.child('selector'), selector, detail));
    return kind === 'StatefulSet' ? [...errors, ...validateRestarts(kind, template)] : errors;
  }
  const matches = selector
    ? isEmptySelector(selector) || selectorMatches(selector, labelsOf(template))
    : false;
  return [...errors, ...validateRunningTemplate(kind, matches, template)];
}

function labelsOf(template: PodTemplateSpec | undefined): Record<string, string> | undefined {
  return template?.metadata?.labels;
}

function validateSelector(kind: string, selector: LabelSelector | undefined): FieldError[] {
  const path = spec.child('selector');
  // That a daemon set's selector is missing shows only in that it selects nothing.
  if (!selector) return kind === 'DaemonSet' ? [] : [fieldError.required(path)];
  const errors = validateLabelSelector(selector, path);
  if (!isEmptySelector(selector)) return errors;
  // Upstream speaks of deployments here too.
  const shown = kind === 'ReplicaSet' ? 'deployment' : kind.toLowerCase();
  return [...errors, fieldError.invalid(path, selector, `empty selector is invalid for ${shown}`)];
}

/** A template whose pods always restart and carry the labels that are selected: whether they do, `matches` says. */
export function validateRunningTemplate(
  kind: string,
  matches: boolean,
  template: PodTemplateSpec | undefined,
): FieldError[] {
  const path = spec.child('template');
  const errors: FieldError[] = [];
  if (!matches) {
    const at = path.child('metadata', 'labels');
    errors.push(
      fieldError.invalid(
        at,
        sorted(labelsOf(template)) ?? null,
        '`selector` does not match template `labels`',
      ),
    );
  }
  append(errors, validatePodTemplate(path, template));
  if (kind === 'StatefulSet') {
    // Upstream judges these twice.
    append(errors, validateLabels(labelsOf(template), path.child('labels')));
    append(errors, validateAnnotations(template?.metadata?.annotations, path.child('annotations')));
  }
  return [...errors, ...validateRestarts(kind, template)];
}

function validateRestarts(kind: string, template: PodTemplateSpec | undefined): FieldError[] {
  const path = spec.child('template');
  const errors: FieldError[] = [];
  const policy = template?.spec?.restartPolicy;
  if (policy !== undefined && policy !== 'Always') {
    errors.push(fieldError.notSupported(path.child('spec', 'restartPolicy'), policy, ['Always']));
  }
  if (template?.spec?.activeDeadlineSeconds !== undefined) {
    // A Deployment's template is checked as its replica sets'.
    const detail = `activeDeadlineSeconds in ${kind === 'Deployment' ? 'ReplicaSet' : kind} is not Supported`;
    errors.push(fieldError.forbidden(path.child('spec', 'activeDeadlineSeconds'), detail));
  }
  return errors;
}

/** A count of pods, or a share of them, that is not negative. */
export function validateCountOrPercent(path: FieldPath, value: IntOrString | undefined): FieldError[] {
  if (value === undefined) return [];
  return typeof value === 'number' ? nonNegative(path, value) : invalidEach(path, value, checkPercent(value));
}

/** A share of at most all. */
export function validateAtMostAll(path: FieldPath, value: IntOrString | undefined): FieldError[] {
  if (typeof value !== 'string' || checkPercent(value).length > 0) return [];
  return Number.parseInt(value, 10) > wholePercent
    ? [fieldError.invalid(path, value, 'must not be greater than 100%')]
    : [];
}

/** Whether a count or share is none at all. */
export function isZero(value: IntOrString | undefined): boolean {
  return Number.parseInt(String(value ?? 0), 10) === 0;
}

/** A workload's selector never changes. */
export function validateSelectorUpdate(
  object: { spec?: { selector?: LabelSelector } },
  old: { spec?: { selector?: LabelSelector } },
): FieldError[] {
  return immutable(spec.child('selector'), object.spec?.selector, old.spec?.selector);
}

/** How often a name that was derived was taken already: never less often than before. */
export function validateCollisions(
  { status }: { status?: { collisionCount?: number } },
  { status: old }: { status?: { collisionCount?: number } },
): FieldError[] {
  const path = FieldPath.of('status', 'collisionCount');
  const [now, before] = [status?.collisionCount, old?.collisionCount];
  const errors = nonNegative(path, now);
  if (before === undefined || (now ?? -1) >= before) return errors;
  return [...errors, fieldError.invalid(path, now ?? 0, 'cannot be decremented')];
}

/** Counts in a status, none negative and none greater than the count of replicas. */
export function validateReplicaCounts(
  status: Readonly<Record<string, unknown>> | undefined,
  names: readonly string[],
): FieldError[] {
  const path = FieldPath.of('status');
  const count = (name: string) => (status?.[name] as number | undefined) ?? 0;
  const errors = ['replicas', ...names, 'observedGeneration'].flatMap(name =>
    nonNegative(path.child(name), count(name)),
  );
  for (const name of names) {
    if (count(name) > count('replicas')) {
      errors.push(
        fieldError.invalid(path.child(name), count(name), 'cannot be greater than status.replicas'),
      );
    }
  }
  if (names.includes('readyReplicas') && count('availableReplicas') > count('readyReplicas')) {
    const ready = names.includes('currentReplicas') ? 'status.readyReplicas' : 'readyReplicas';
    const detail = `cannot be greater than ${ready}`;
    errors.push(fieldError.invalid(path.child('availableReplicas'), count('availableReplicas'), detail));
  }
  return errors;
}
