import { cloneJson, deepEqual } from '#base/equal.ts';
import type { KubeObject } from '#machinery/object.ts';
import { automanagedLabel } from '../aggregation/priorities.ts';

type Configured = KubeObject & { readonly spec?: object; readonly data?: object };

/** What an object of a former start must become; undefined when it is right, or its owner's by now. */
export function reconciledObject(existing: KubeObject, wanted: KubeObject): KubeObject | undefined {
  const [old, goal] = [existing as Configured, wanted as Configured];
  switch (wanted.kind) {
    case 'APIService':
      return old.metadata.labels?.[automanagedLabel] === undefined ? undefined : withField('spec', old, goal);
    case 'ConfigMap':
      return withField('data', old, goal);
    default:
      return undefined;
  }
}

function withField(field: 'spec' | 'data', old: Configured, goal: Configured): KubeObject | undefined {
  if (deepEqual(old[field], goal[field])) return undefined;
  return cloneJson({ ...old, [field]: goal[field] }) as KubeObject;
}
