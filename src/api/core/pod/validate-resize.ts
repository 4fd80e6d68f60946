import { append } from '#base/append.ts';
import { deepEqual } from '#base/equal.ts';
import { type FieldError, FieldPath, fieldError, noField } from '#machinery/field.ts';
import type { Container, Pod, PodSpec, ResourceRequirements } from '../../generated/types/core.v1.ts';
import { qosClass } from './qos.ts';

const specPath = FieldPath.of('spec');
const mirrorAnnotation = 'kubernetes.io/config.mirror';
const resizable = new Set(['cpu', 'memory']);
const lists = ['initContainers', 'containers'] as const;

type List = (typeof lists)[number];

function fixedPart(resources: ResourceRequirements | undefined): object {
  const fixed = (amounts: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(amounts).filter(([name]) => !resizable.has(name)));
  const { limits, requests, claims = [] } = resources ?? {};
  return { limits: fixed(limits), requests: fixed(requests), claims };
}

function isSameButCompute(now: Container, old: Container): boolean {
  const rest = (c: Container) => ({ ...c, resources: fixedPart(c.resources) });
  return deepEqual(rest(now), rest(old));
}

function validateRemoval(
  path: FieldPath,
  what: string,
  now: ResourceRequirements = {},
  old: ResourceRequirements = {},
): FieldError[] {
  return (['requests', 'limits'] as const)
    .filter(name => Object.keys(old[name] ?? {}).some(resource => now[name]?.[resource] === undefined))
    .map(name => fieldError.forbidden(path.child(name), `${what} ${name} cannot be removed`));
}

/** What the pod as a whole asks for (KEP-5419). */
function validatePodLevel({ resources: now }: PodSpec, { resources: old }: PodSpec): FieldError[] {
  const path = specPath.child('resources');
  const errors = validateRemoval(path, 'pod-level resource', now, old);
  if (old && !now) return [fieldError.forbidden(path, 'pod-level resources cannot be removed')];
  if (deepEqual(fixedPart(now), fixedPart(old))) return errors;
  const detail = 'only cpu and memory resources are mutable at pod-level';
  return [...errors, fieldError.forbidden(specPath, detail)];
}

/** Containers are neither added nor removed, and keep their order. */
function validateOrder(list: List, now: PodSpec, old: PodSpec): FieldError[] {
  const path = specPath.child(list);
  const [names, before] = [now, old].map(spec => (spec[list] ?? []).map(({ name }) => name));
  if (names!.length !== before!.length) {
    return [fieldError.forbidden(path, `${list} may not be added or removed on resize`)];
  }
  return before!.flatMap((name, i) => {
    if (names![i] === name) return [];
    const at = path.index(i).child('name');
    return [fieldError.forbidden(at, `${list} may not be renamed or reordered on resize`)];
  });
}

function validateContainer(now: Container, old: Container): FieldError[] {
  const detail = 'only cpu and memory resources are mutable';
  return isSameButCompute(now, old) ? [] : [fieldError.forbidden(specPath, detail)];
}

function validateInitContainer(path: FieldPath, now: Container, old: Container): FieldError[] {
  const errors: FieldError[] = [];
  if (!isSameButCompute(now, old)) {
    const detail = 'only cpu and memory resources for init or sidecar containers are mutable';
    errors.push(fieldError.forbidden(path, detail));
  }
  if (now.restartPolicy === 'Always' || deepEqual(now, old)) return errors;
  const restarting = (now.resizePolicy ?? []).filter(p => p.restartPolicy === 'RestartContainer');
  const detail = 'non-sidecar init containers with a resize policy of RestartContainer cannot be resized';
  return [...errors, ...restarting.map(() => fieldError.forbidden(path, detail))];
}

/** A node that can resize reports what running containers have. */
function isOnOldNode({ status }: Pod): boolean {
  const running = status?.containerStatuses?.find(({ state }) => state?.running);
  return running !== undefined && running.resources === undefined;
}

/** A write of /resize (KEP-1287): cpu and memory may change, within the pod's quality of service. */
export function validatePodResize(pod: Pod, old: Pod): FieldError[] {
  if (old.metadata.annotations?.[mirrorAnnotation] !== undefined) {
    return [fieldError.forbidden(noField, 'static pods cannot be resized')];
  }
  if (old.spec?.os?.name === 'windows')
    return [fieldError.forbidden(noField, 'windows pods cannot be resized')];
  const [now, was] = [pod.spec!, old.spec!];
  const errors: FieldError[] = [];
  if ((old.status?.qosClass ?? qosClass(old)) !== qosClass(pod)) {
    const detail = 'Pod QOS Class may not change as a result of resizing';
    errors.push(fieldError.invalid(specPath, old.status?.qosClass ?? '', detail));
  }
  if (isOnOldNode(old)) {
    errors.push(fieldError.forbidden(specPath, 'Pod running on node without support for resize'));
  }
  append(errors, validatePodLevel(now, was));
  const order = [...validateOrder('containers', now, was), ...validateOrder('initContainers', now, was)];
  if (order.length > 0) return [...errors, ...order];
  for (const list of lists) {
    was[list]?.forEach((before, i) => {
      const path = specPath.child(list).index(i).child('resources');
      append(errors, validateRemoval(path, 'resource', now[list]![i]!.resources, before.resources));
    });
  }
  was.containers.forEach((before, i) => {
    append(errors, validateContainer(now.containers[i]!, before));
  });
  was.initContainers?.forEach((before, i) => {
    append(
      errors,
      validateInitContainer(specPath.child('initContainers').index(i), now.initContainers![i]!, before),
    );
  });
  return errors;
}
