import type { PolicyRule, Subject } from '#api/generated/types/rbac.v1.ts';
import { cloneJson, deepEqual } from '#base/equal.ts';
import type { KubeObject } from '#machinery/object.ts';
import { uncoveredRules } from '#api/rbac-rules.ts';

const autoUpdate = 'rbac.authorization.kubernetes.io/autoupdate';
const group = 'rbac.authorization.k8s.io/';

type RbacObject = KubeObject & {
  readonly rules?: readonly PolicyRule[];
  readonly subjects?: readonly Subject[];
  readonly aggregationRule?: object;
};

/**
 * What a default role or binding must become to grant what this version's default does; undefined when it does
 * already, or its owner keeps it as it is (autoupdate: false). Nothing that was added to it is taken away.
 */
export function reconciledRbac(existing: KubeObject, wanted: KubeObject): KubeObject | undefined {
  if (!wanted.apiVersion.startsWith(group) || existing.metadata.annotations?.[autoUpdate] === 'false') {
    return undefined;
  }
  const [old, goal] = [existing as RbacObject, wanted as RbacObject];
  const next = {
    ...old,
    metadata: {
      ...old.metadata,
      ...merged('labels', old, goal),
      ...merged('annotations', old, goal),
    },
    // The rules of a role that others are aggregated into are its controller's.
    ...(goal.aggregationRule ? { aggregationRule: goal.aggregationRule } : withRules(old, goal)),
    ...withSubjects(old, goal),
  };
  return deepEqual(next, existing) ? undefined : (cloneJson(next) as KubeObject);
}

function merged(field: 'labels' | 'annotations', old: KubeObject, goal: KubeObject): object {
  const wanted = goal.metadata[field];
  return wanted ? { [field]: { ...wanted, ...old.metadata[field] } } : {};
}

function withRules(existing: RbacObject, goal: RbacObject): object {
  const rules = existing.rules ?? [];
  const missing = uncoveredRules(rules, goal.rules ?? []);
  return missing.length > 0 ? { rules: [...rules, ...missing] } : {};
}

function withSubjects({ subjects = [] }: RbacObject, goal: RbacObject): object {
  const missing = (goal.subjects ?? []).filter(one => !subjects.some(other => deepEqual(one, other)));
  return missing.length > 0 ? { subjects: [...subjects, ...missing] } : {};
}
