import type {
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
} from '#api/generated/types/apiextensions.v1.ts';
import { hasValidCaBundle } from '#api/apiextensions/custom-resource-definition/ca-bundle.ts';
import { deepEqual } from '#base/equal.ts';
import { type Condition, findCondition } from './conditions.ts';

/** Which of its names a definition may have. */
export interface NamesVerdict {
  readonly acceptedNames: CustomResourceDefinitionNames;
  readonly accepted: Condition;
}

/** Names that are taken in a group: of resources, and of kinds. */
interface Taken {
  readonly resources: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
}

/**
 * Who came first has a name; it is free again when its definition lets go of it. `group` are all definitions of the
 * group. Undefined where nothing is to be decided.
 */
export function judgeNames(
  crd: CustomResourceDefinition,
  group: () => readonly CustomResourceDefinition[],
): NamesVerdict | undefined {
  const wanted = crd.spec.names;
  const has = crd.status?.acceptedNames ?? { plural: '', kind: '' };
  if (sameNames(wanted, has)) return undefined;
  const taken = takenIn(group());
  let conflict: { reason: string; message: string } | undefined;
  const names: CustomResourceDefinitionNames = { ...has };
  const decide = (name: 'plural' | 'singular' | 'kind' | 'listKind', among: ReadonlySet<string>) => {
    const value = wanted[name] ?? '';
    if (value === (has[name] ?? '') || !among.has(value)) names[name] = value;
    else conflict = { reason: `${capitalized(name)}Conflict`, message: inUse(value) };
  };
  decide('plural', taken.resources);
  decide('singular', taken.resources);
  const own = new Set(has.shortNames);
  const short = (wanted.shortNames ?? []).filter(name => !own.has(name) && taken.resources.has(name));
  if (short.length === 0) setList(names, 'shortNames', wanted.shortNames);
  else conflict = { reason: 'ShortNamesConflict', message: aggregate(short.map(inUse)) };
  decide('kind', taken.kinds);
  decide('listKind', taken.kinds);
  setList(names, 'categories', wanted.categories);
  return { acceptedNames: names, accepted: acceptedCondition(conflict) };
}

function acceptedCondition(conflict: { reason: string; message: string } | undefined): Condition {
  if (conflict) return { type: 'NamesAccepted', status: 'False', ...conflict };
  return { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' };
}

/** Once established, a definition stays so, whatever becomes of its names. `accepted` is the verdict on them. */
export function judgeEstablished(crd: CustomResourceDefinition, accepted: Condition | undefined): Condition {
  const old = findCondition(crd, 'Established');
  if (old?.status === 'True') return old;
  const established = (status: string, reason: string, message: string): Condition => ({
    type: 'Established',
    status,
    reason,
    message,
  });
  if (accepted?.status !== 'True') {
    return old ?? established('False', 'NotAccepted', 'not all names are accepted');
  }
  return hasValidCaBundle(crd.spec.conversion)
    ? established('True', 'InitialNamesAccepted', 'the initial names have been accepted')
    : established('False', 'InvalidCABundle', 'The conversion webhook CABundle is invalid');
}

function takenIn(group: readonly CustomResourceDefinition[]): Taken {
  const names = group.flatMap(({ status }) => (status?.acceptedNames ? [status.acceptedNames] : []));
  return {
    resources: new Set(names.flatMap(n => [n.plural, n.singular ?? '', ...(n.shortNames ?? [])])),
    kinds: new Set(names.flatMap(n => [n.kind, n.listKind ?? ''])),
  };
}

function sameNames(a: CustomResourceDefinitionNames, b: CustomResourceDefinitionNames): boolean {
  const plain = ({ shortNames = [], categories = [], ...rest }: CustomResourceDefinitionNames) => ({
    ...rest,
    shortNames,
    categories,
  });
  return deepEqual(plain(a), plain(b));
}

function setList(
  names: CustomResourceDefinitionNames,
  name: 'shortNames' | 'categories',
  value: string[] | undefined,
): void {
  if (value) names[name] = value;
  else delete names[name];
}

function inUse(name: string): string {
  return `${JSON.stringify(name)} is already in use`;
}

/** Several messages as Go's aggregate shows them. */
function aggregate(messages: readonly string[]): string {
  return messages.length === 1 ? messages[0]! : `[${messages.join(', ')}]`;
}

function capitalized(name: string): string {
  return `${name[0]!.toUpperCase()}${name.slice(1)}`;
}
