import { append } from '#base/append.ts';
import { deepEqual } from '#base/equal.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import type { Container, Pod, ResourceRequirements } from '../../generated/types/core.v1.ts';
import { qosClass } from './qos.ts';

const specPath = FieldPath.of('spec');
const mirrorAnnotation = 'kubernetes.io/config.mirror';
const resizable = new Set(['cpu', 'memory']);

function fixedPart(amounts: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(amounts ?? {}).filter(([name]) => !resizable.has(name)));
}

function isSameButCompute(now: Container, old: Container): boolean {
  const rest = (c: Container) => ({ ...c, resources: undefined, resizePolicy: undefined });
  return (
    deepEqual(rest(now), rest(old)) &&
    deepEqual(fixedPart(now.resources?.limits), fixedPart(old.resources?.limits)) &&
    deepEqual(fixedPart(now.resources?.requests), fixedPart(old.resources?.requests))
  );
}

function validateRemoval(
  path: FieldPath,
  now: ResourceRequirements,
  old: ResourceRequirements,
): FieldError[] {
  return (['requests', 'limits'] as const)
    .filter(name => Object.keys(old[name] ?? {}).some(resource => now[name]?.[resource] === undefined))
    .map(name => fieldError.forbidden(path.child(name), `resource ${name} cannot be removed`));
}

/** A write of /resize (KEP-1287): cpu and memory of containers may change, within the pod's quality of service. */
export function validatePodResize(pod: Pod, old: Pod): FieldError[] {
  if (old.metadata.annotations?.[mirrorAnnotation] !== undefined) {
    return [fieldError.forbidden('', 'static pods cannot be resized')];
  }
  if (old.spec?.os?.name === 'windows') return [fieldError.forbidden('', 'windows pods cannot be resized')];
  const errors: FieldError[] = [];
  if ((old.status?.qosClass ?? qosClass(old)) !== qosClass(pod)) {
    const detail = 'Pod QOS Class may not change as a result of resizing';
    errors.push(fieldError.invalid(specPath, old.status?.qosClass ?? '', detail));
  }
  for (const list of ['initContainers', 'containers'] as const) {
    old.spec?.[list]?.forEach((before, i) => {
      const now = pod.spec?.[list]?.[i];
      if (!now || deepEqual(now, before)) return;
      const path = specPath.child(list).index(i).child('resources');
      if (list === 'initContainers' && before.restartPolicy !== 'Always') {
        errors.push(
          fieldError.forbidden(specPath, 'resources for non-sidecar init containers are immutable'),
        );
        return;
      }
      append(errors, validateRemoval(path, now.resources ?? {}, before.resources ?? {}));
      if (!isSameButCompute(now, before)) {
        const whose = list === 'initContainers' ? ' for sidecar containers' : '';
        errors.push(fieldError.forbidden(specPath, `only cpu and memory resources${whose} are mutable`));
      }
    });
  }
  return errors;
}
