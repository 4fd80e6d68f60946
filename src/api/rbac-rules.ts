import type { PolicyRule } from '#api/generated/types/rbac.v1.ts';
import { goQuote } from '#machinery/go-json.ts';

/** What a rule is asked. */
export interface RuleQuestion {
  readonly verb: string;
  readonly isResource: boolean;
  readonly group: string;
  readonly resource: string;
  /** '' for the resource itself. */
  readonly subresource: string;
  /** '' where no one object is meant. */
  readonly name: string;
  /** Of requests for something else than resources. */
  readonly path: string;
}

const all = '*';

function has(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && (list.includes(all) || list.includes(value));
}

function resourceMatches(rule: PolicyRule, resource: string, subresource: string): boolean {
  const resources = rule.resources ?? [];
  const combined = subresource === '' ? resource : `${resource}/${subresource}`;
  if (resources.includes(all) || resources.includes(combined)) return true;
  return subresource !== '' && resources.includes(`*/${subresource}`);
}

function pathMatches(rule: PolicyRule, path: string): boolean {
  return (rule.nonResourceURLs ?? []).some(
    url => url === all || url === path || (url.endsWith(all) && path.startsWith(url.slice(0, -1))),
  );
}

/** Does the rule allow what is asked? */
export function ruleAllows(rule: PolicyRule, asked: RuleQuestion): boolean {
  if (!has(rule.verbs, asked.verb)) return false;
  if (!asked.isResource) return pathMatches(rule, asked.path);
  const names = rule.resourceNames ?? [];
  return (
    has(rule.apiGroups, asked.group) &&
    resourceMatches(rule, asked.resource, asked.subresource) &&
    (names.length === 0 || names.includes(asked.name))
  );
}

function product(...lists: (readonly string[])[]): string[][] {
  return lists.reduce<string[][]>((rows, list) => rows.flatMap(row => list.map(one => [...row, one])), [[]]);
}

/** The rule as rules of one verb, one group, one resource and at most one name, or of one verb and one path. */
export function atomicRules(rule: PolicyRule): PolicyRule[] {
  const names = rule.resourceNames?.length ? rule.resourceNames : [''];
  const resources = product(rule.apiGroups ?? [], rule.resources ?? [], rule.verbs, names).map(
    ([group, resource, verb, name]): PolicyRule => ({
      verbs: [verb!],
      apiGroups: [group!],
      resources: [resource!],
      ...(name ? { resourceNames: [name] } : {}),
    }),
  );
  const paths = product(rule.nonResourceURLs ?? [], rule.verbs).map(
    ([url, verb]): PolicyRule => ({ verbs: [verb!], nonResourceURLs: [url!] }),
  );
  return [...resources, ...paths];
}

function coversAll(owner: readonly string[] | undefined, wanted: readonly string[]): boolean {
  return wanted.every(one => has(owner, one));
}

function coversResources(owner: readonly string[] = [], wanted: readonly string[]): boolean {
  return wanted.every(one => {
    const [, subresource] = one.split('/');
    return has(owner, one) || (subresource !== undefined && owner.includes(`*/${subresource}`));
  });
}

function coversPaths(owner: readonly string[] = [], wanted: readonly string[]): boolean {
  return wanted.every(path =>
    owner.some(
      url => url === all || url === path || (url.endsWith(all) && path.startsWith(url.slice(0, -1))),
    ),
  );
}

function ruleCovers(owner: PolicyRule, wanted: PolicyRule): boolean {
  if (!coversAll(owner.verbs, wanted.verbs)) return false;
  const names = owner.resourceNames ?? [];
  const wantedNames = wanted.resourceNames ?? [];
  const namesCovered =
    names.length === 0 || (wantedNames.length > 0 && wantedNames.every(name => names.includes(name)));
  return (
    namesCovered &&
    coversAll(owner.apiGroups, wanted.apiGroups ?? []) &&
    coversResources(owner.resources, wanted.resources ?? []) &&
    coversPaths(owner.nonResourceURLs, wanted.nonResourceURLs ?? [])
  );
}

/** What of `wanted` no rule of `owned` grants, as atomic rules; empty when all is covered. */
export function uncoveredRules(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(atomicRules).filter(atom => !owned.some(rule => ruleCovers(rule, atom)));
}

/** Atomic rules of resources that differ in their verb alone become one; those of paths stay as they are. */
export function compactRules(rules: readonly PolicyRule[]): PolicyRule[] {
  const byTarget = new Map<string, PolicyRule>();
  for (const { verbs, ...target } of rules) {
    const key = JSON.stringify(target.nonResourceURLs ? { ...target, verbs } : target);
    const known = byTarget.get(key);
    byTarget.set(key, { ...target, verbs: [...(known?.verbs ?? []), ...verbs] });
  }
  return [...byTarget.values()];
}

/** As Go prints a list of strings with %q. */
export function quoteList(list: readonly string[]): string {
  return `[${list.map(goQuote).join(' ')}]`;
}

/** A rule in upstream's short form: {APIGroups:[""], Resources:["pods"], Verbs:["get"]}. */
export function describeRule(rule: PolicyRule): string {
  const parts: [string, readonly string[] | undefined][] = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['ResourceNames', rule.resourceNames],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['Verbs', rule.verbs],
  ];
  const shown = parts.filter(([, list]) => list?.length).map(([name, list]) => `${name}:${quoteList(list!)}`);
  return `{${shown.join(', ')}}`;
}
