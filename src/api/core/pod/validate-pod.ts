import { append } from '#base/append.ts';
import { deepEqual } from '#base/equal.ts';
import { type FieldError, FieldPath, fieldError, noField } from '#machinery/field.ts';
import { checkInRange } from '#machinery/names.ts';
import type {
  Container,
  NodeAffinity,
  NodeSelectorTerm,
  Pod,
  PodSpec,
  Toleration,
} from '../../generated/types/core.v1.ts';
import { changedLines, invalidEach } from '../../validation.ts';
import {
  validatePodAnnotations,
  validatePodAnnotationsUpdate,
  validateProfilesAgree,
} from './validate-annotations.ts';
import { validateImageSpace } from './validate-containers.ts';
import type { KnownSpec } from './known-specs.ts';
import { validateTolerations } from './validate-scheduling.ts';
import { validatePodSpec } from './validate-spec.ts';

const mirrorAnnotation = 'kubernetes.io/config.mirror';
const maxInt32 = 0x7fffffff;
const specPath = FieldPath.of('spec');
const annotationsPath = FieldPath.of('metadata', 'annotations');
const updatable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

/**
 * A pod, created, or updated from `old`: a spec that stays what it was has been validated. `known` is what is known of the
 * spec, where that has been looked up.
 */
export function validatePod(pod: Pod, old?: Pod, known?: KnownSpec): FieldError[] {
  const { spec } = pod;
  const { name, annotations } = pod.metadata;
  if (!spec) return validatePodSpec(specPath, spec, true, name, known);
  const isKnown = deepEqual(spec, old?.spec);
  const errors = validatePodAnnotations(annotationsPath, annotations, spec);
  append(
    errors,
    isKnown ? [] : validatePodSpec(specPath, spec, true, name, known),
    spec.serviceAccountName ? [] : validateNoTokens(spec),
    annotations?.[mirrorAnnotation] === undefined ? [] : validateNoClaims(spec),
  );
  for (const list of ['containers', 'initContainers'] as const) {
    spec[list]?.forEach((container, i) => {
      append(errors, validateImageSpace(specPath.child(list).index(i), container));
    });
  }
  return old ? errors : [...errors, ...validateNew(pod, spec)];
}

function validateNoClaims({ resourceClaims }: PodSpec): FieldError[] {
  const detail = 'static pods do not support resource claims';
  return resourceClaims?.length ? [fieldError.forbidden(noField, detail)] : [];
}

function validateNew({ metadata }: Pod, spec: PodSpec): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.ephemeralContainers?.length) {
    errors.push(fieldError.forbidden(specPath.child('ephemeralContainers'), 'cannot be set on create'));
  }
  if (spec.nodeName && spec.schedulingGates?.length) {
    const detail = 'cannot be set until all schedulingGates have been cleared';
    errors.push(fieldError.forbidden(specPath.child('nodeName'), detail));
  }
  return [...errors, ...validateProfilesAgree(specPath, metadata.annotations, spec)];
}

function validateNoTokens(spec: PodSpec): FieldError[] {
  return (spec.volumes ?? []).flatMap(({ projected }, vi) =>
    (projected?.sources ?? []).flatMap((source, si) => {
      if (!source.serviceAccountToken) return [];
      const at = specPath.child('volumes').index(vi).child('projected', 'sources').index(si);
      const detail = 'must not be specified when serviceAccountName is not set';
      return [fieldError.forbidden(at.child('serviceAccountToken'), detail)];
    }),
  );
}

function validateDeadline(spec: PodSpec, old: PodSpec): FieldError[] {
  const at = specPath.child('activeDeadlineSeconds');
  const deadline = spec.activeDeadlineSeconds;
  const before = old.activeDeadlineSeconds;
  if (deadline === undefined) {
    return before === undefined
      ? []
      : [fieldError.invalid(at, null, 'must not update from a positive integer to nil value')];
  }
  const messages = checkInRange(deadline, 0, maxInt32);
  if (messages.length > 0) return invalidEach(at, deadline, messages);
  return before !== undefined && before < deadline
    ? [fieldError.invalid(at, deadline, 'must be less than or equal to previous value')]
    : [];
}

function validateOnlyAddedTolerations(spec: PodSpec, old: PodSpec): FieldError[] {
  // For how long they hold may change.
  const what = ({ key, operator, value, effect }: Toleration) =>
    JSON.stringify([key, operator, value, effect]);
  const now = new Set(spec.tolerations?.map(what));
  const kept = (old.tolerations ?? []).every(before => now.has(what(before)));
  if (kept) return validateTolerations(specPath.child('tolerations'), spec.tolerations);
  const detail = 'existing toleration can not be modified except its tolerationSeconds';
  return [fieldError.forbidden(specPath.child('tolerations'), detail)];
}

function validateOnlyDeletedGates(spec: PodSpec, old: PodSpec): FieldError[] {
  const before = new Set((old.schedulingGates ?? []).map(gate => gate.name));
  return (spec.schedulingGates ?? []).flatMap(({ name }, i) => {
    if (before.has(name)) return [];
    const at = specPath.child('schedulingGates').index(i).child('name');
    return [fieldError.forbidden(at, `only deletion is allowed, but found new scheduling gate '${name}'`)];
  });
}

function withImages(containers: readonly Container[] | undefined, old: readonly Container[] | undefined) {
  if (!containers?.length) return undefined;
  return containers.map((container, i) => ({ ...container, image: old?.[i]?.image }));
}

const required = 'requiredDuringSchedulingIgnoredDuringExecution';

/** The terms that a gated pod's node must satisfy may be told more, each for itself, once there are any. */
function validateNarrowed(now: NodeAffinity | undefined, old: NodeAffinity | undefined): FieldError[] {
  const before = old?.[required]?.nodeSelectorTerms ?? [];
  if (before.length === 0) return [];
  const terms = now?.[required]?.nodeSelectorTerms ?? [];
  const at = specPath.child('affinity', 'nodeAffinity', required, 'nodeSelectorTerms');
  if (terms.length !== before.length) {
    const detail = 'no additions/deletions to non-empty NodeSelectorTerms list are allowed';
    return [fieldError.invalid(at, now?.[required]?.nodeSelectorTerms ?? null, detail)];
  }
  return before.flatMap((term, i) => {
    if (onlyAdds(terms[i]!, term)) return [];
    const detail = 'only additions are allowed (no mutations or deletions)';
    return [fieldError.invalid(at.index(i), terms[i], detail)];
  });
}

/** A term that asked for nothing, which no node satisfies, keeps asking for nothing. */
function onlyAdds(term: NodeSelectorTerm, old: NodeSelectorTerm): boolean {
  const lists = [
    [term.matchExpressions ?? [], old.matchExpressions ?? []],
    [term.matchFields ?? [], old.matchFields ?? []],
  ] as const;
  if (lists.every(([, before]) => before.length === 0)) return lists.every(([now]) => now.length === 0);
  return lists.every(([now, before]) => deepEqual(now.slice(0, before.length), before));
}

/** A gated pod may still narrow down where it runs. */
function withOldPlacement(spec: PodSpec, old: PodSpec): { spec: PodSpec; errors: FieldError[] } {
  const errors: FieldError[] = [];
  const removed = Object.entries(old.nodeSelector ?? {}).some(
    ([key, value]) => spec.nodeSelector?.[key] !== value,
  );
  if (removed) {
    const detail = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
    errors.push(fieldError.invalid(specPath.child('nodeSelector'), spec.nodeSelector ?? null, detail));
  }
  const nodeAffinity = old.affinity?.nodeAffinity;
  append(errors, validateNarrowed(spec.affinity?.nodeAffinity, nodeAffinity));
  const affinity = { ...spec.affinity, nodeAffinity };
  const isEmpty = Object.values(affinity).every(value => value === undefined);
  return {
    spec: { ...spec, nodeSelector: old.nodeSelector, affinity: isEmpty ? old.affinity : affinity },
    errors,
  };
}

/** What may change in a pod's spec: images, and a few fields in one direction. */
export function validatePodUpdate(pod: Pod, old: Pod): FieldError[] {
  const [spec, was] = [pod.spec, old.spec];
  if (!spec || !was) return [];
  const errors = validatePodAnnotationsUpdate(
    annotationsPath,
    pod.metadata.annotations,
    old.metadata.annotations,
  );
  for (const name of ['containers', 'initContainers'] as const) {
    if ((spec[name]?.length ?? 0) === (was[name]?.length ?? 0)) continue;
    return [
      ...errors,
      fieldError.forbidden(specPath.child(name), 'pod updates may not add or remove containers'),
    ];
  }
  append(errors, validateDeadline(spec, was));
  if (errors.length > 0 && spec.activeDeadlineSeconds !== undefined) return errors;
  append(errors, validateOnlyAddedTolerations(spec, was), validateOnlyDeletedGates(spec, was));
  if (deepEqual(spec, was)) return errors;
  let munged: PodSpec = {
    ...spec,
    containers: withImages(spec.containers, was.containers) ?? [],
    initContainers: withImages(spec.initContainers, was.initContainers),
    activeDeadlineSeconds: was.activeDeadlineSeconds,
    schedulingGates: was.schedulingGates,
    tolerations: was.tolerations,
  };
  if ((was.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1) {
    munged.terminationGracePeriodSeconds = was.terminationGracePeriodSeconds;
  }
  if (was.schedulingGates?.length) {
    const placed = withOldPlacement(munged, was);
    munged = placed.spec;
    append(errors, placed.errors);
  }
  if (!deepEqual(munged, was)) {
    const detail = `pod updates may not change fields other than ${updatable}\n${changedLines('core.PodSpec', was, munged)}`;
    errors.push(fieldError.forbidden(specPath, detail));
  }
  return errors;
}

/** A write of /ephemeralcontainers: they may be added, never changed or removed. */
export function validateEphemeralUpdate(pod: Pod, old: Pod): FieldError[] {
  const path = specPath.child('ephemeralContainers');
  if (old.metadata.annotations?.[mirrorAnnotation] !== undefined) {
    return [fieldError.forbidden(noField, 'static pods do not support ephemeral containers')];
  }
  const containers = new Map(pod.spec?.ephemeralContainers?.map(c => [c.name, c]));
  return (old.spec?.ephemeralContainers ?? []).flatMap(before => {
    const now = containers.get(before.name);
    const name = JSON.stringify(before.name);
    if (!now)
      return [fieldError.forbidden(path, `existing ephemeral containers ${name} may not be removed\n`)];
    if (deepEqual(now, before)) return [];
    const lines = changedLines('core.EphemeralContainer', before, now);
    return [fieldError.forbidden(path, `existing ephemeral containers ${name} may not be changed\n${lines}`)];
  });
}
