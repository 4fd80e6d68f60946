import { uncoveredRules } from '#api/rbac-rules.ts';
import type { PolicyRule, RoleRef, Subject } from '#api/generated/types/rbac.v1.ts';
import { deepEqual } from '#base/equal.ts';
import type { KubeObject } from '#machinery/object.ts';

/** A role or a binding of roles. */
export interface RbacObject extends KubeObject {
  rules?: PolicyRule[];
  aggregationRule?: { clusterRoleSelectors?: unknown[] };
  subjects?: Subject[];
  roleRef?: RoleRef;
}

/** What there is to do so that an object is as it is expected (component-helpers auth/rbac/reconciliation). */
export interface Reconciled {
  readonly object: RbacObject;
  readonly operation: 'create' | 'update' | 'recreate' | 'none';
  /** The object says that it wants no updates. */
  readonly isProtected: boolean;
  readonly missingRules: readonly PolicyRule[];
  readonly extraRules: readonly PolicyRule[];
  readonly missingSubjects: readonly Subject[];
  readonly extraSubjects: readonly Subject[];
}

const nothing = {
  operation: 'none',
  isProtected: false,
  missingRules: [],
  extraRules: [],
  missingSubjects: [],
  extraSubjects: [],
} as const;

/** A role with the permissions of both, or of `expected` alone. */
export function reconciledRole(
  existing: RbacObject | undefined,
  expected: RbacObject,
  removesExtra: boolean,
): Reconciled {
  const wanted = expected.rules ?? [];
  if (!existing) return { ...nothing, object: expected, operation: 'create', missingRules: wanted };
  const known = existing.rules ?? [];
  const missingRules = uncoveredRules(known, wanted);
  const bothAggregate = expected.aggregationRule && existing.aggregationRule;
  const extraRules = bothAggregate ? [] : uncoveredRules(wanted, known);
  const object = withTexts(existing, expected);
  if (!removesExtra && missingRules.length > 0) object.rules = [...known, ...missingRules];
  else if (removesExtra && missingRules.length + extraRules.length > 0) object.rules = wanted;
  const aggregationRule = aggregated(existing.aggregationRule, expected.aggregationRule, removesExtra);
  if (aggregationRule) object.aggregationRule = aggregationRule;
  else delete object.aggregationRule;
  return { ...compared(existing, object), missingRules, extraRules };
}

type Aggregation = RbacObject['aggregationRule'];

function aggregated(existing: Aggregation, expected: Aggregation, removesExtra: boolean): Aggregation {
  if (!expected || !existing) return expected;
  const [known, wanted] = [existing.clusterRoleSelectors ?? [], expected.clusterRoleSelectors ?? []];
  const without = (list: unknown[], others: unknown[]) =>
    list.filter(one => !others.some(other => deepEqual(one, other)));
  const missing = without(wanted, known);
  if (!removesExtra) return missing.length > 0 ? { clusterRoleSelectors: [...known, ...missing] } : existing;
  return missing.length + without(known, wanted).length > 0 ? expected : existing;
}

/** A binding with the subjects of both, or of `expected` alone; made anew where it binds another role. */
export function reconciledBinding(
  existing: RbacObject | undefined,
  expected: RbacObject,
  removesExtra: boolean,
): Reconciled {
  const wanted = expected.subjects ?? [];
  if (!existing) return { ...nothing, object: expected, operation: 'create', missingSubjects: wanted };
  if (!sameFields(expected.roleRef, existing.roleRef))
    return { ...nothing, object: expected, operation: 'recreate', isProtected: isProtected(existing) };
  const known = existing.subjects ?? [];
  const missingSubjects = without(wanted, known);
  const extraSubjects = without(known, wanted);
  const object = withTexts(existing, expected);
  if (!removesExtra && missingSubjects.length > 0) object.subjects = [...known, ...missingSubjects];
  else if (removesExtra && missingSubjects.length + extraSubjects.length > 0) object.subjects = wanted;
  return { ...compared(existing, object), missingSubjects, extraSubjects };
}

function without(subjects: readonly Subject[], others: readonly Subject[]): Subject[] {
  const only: Subject[] = [];
  for (const subject of subjects)
    if (![...others, ...only].some(other => sameFields(other, subject))) only.push(subject);
  return only;
}

/** An empty text is none. */
function sameFields(a: object | undefined, b: object | undefined): boolean {
  const filled = (value: object | undefined) =>
    Object.fromEntries(Object.entries(value ?? {}).filter(([, text]) => text !== ''));
  return deepEqual(filled(a), filled(b));
}

/** The existing object with the expected one's labels and annotations, where it has none of those names. */
function withTexts(existing: RbacObject, expected: RbacObject): RbacObject {
  const metadata = { ...existing.metadata };
  for (const field of ['labels', 'annotations'] as const) {
    const texts = { ...expected.metadata[field], ...existing.metadata[field] };
    if (Object.keys(texts).length > 0) metadata[field] = texts;
  }
  return { ...existing, metadata };
}

function isProtected({ metadata }: RbacObject): boolean {
  return metadata.annotations?.['rbac.authorization.kubernetes.io/autoupdate'] === 'false';
}

function compared(existing: RbacObject, object: RbacObject): Reconciled {
  const operation = deepEqual(existing, object) ? 'none' : 'update';
  return { ...nothing, object, operation, isProtected: isProtected(existing) };
}
