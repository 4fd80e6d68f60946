/** What almost allows a request: one thing off in a rule, another namespace, another subject, a role that is not there. */
import type { PolicyRule } from '#api/generated/types/rbac.v1.ts';
import { describeRule, type RuleQuestion, ruleAllows } from '#api/rbac-rules.ts';
import type { Evidence } from '../explanation.ts';
import { listed } from '../words.ts';
import { bindingText, type Grant, roleText, subjectText } from './grants.ts';
import { serviceAccountOf, type User } from './user.ts';

export interface AccessQuestion extends RuleQuestion {
  readonly user: User;
  /** '' for what belongs to the cluster. */
  readonly namespace: string;
}

export function inScope(grant: Grant, { namespace, isResource }: AccessQuestion): boolean {
  return grant.namespace === '' || (isResource && grant.namespace === namespace);
}

export function allows(grant: Grant, question: AccessQuestion): boolean {
  return (grant.rules ?? []).some(rule => ruleAllows(rule, question));
}

const missesMax = 6;
const othersMax = 3;

/** The most telling first. */
export function nearMisses(grants: readonly Grant[], question: AccessQuestion): Evidence[] {
  const own = grants.filter(({ subject }) => subject);
  const here = own.filter(grant => inScope(grant, question));
  const misses = [
    ...grants
      .filter(grant => !grant.subject && inScope(grant, question))
      .flatMap(grant => mistaken(grant, question)),
    ...here.flatMap(dangling),
    ...here.flatMap(grant => ruleMisses(grant, question)),
    ...own
      .filter(grant => !inScope(grant, question) && allows(grant, question))
      .map(grant => elsewhere(grant, question)),
    ...boundToOthers(grants, question),
  ];
  return misses.slice(0, missesMax);
}

const evidence = (grant: Grant, text: string): Evidence => ({
  text,
  about: [
    {
      kind: grant.binding.kind,
      ...(grant.namespace === '' ? {} : { namespace: grant.namespace }),
      name: grant.binding.metadata.name!,
    },
    {
      kind: grant.binding.roleRef.kind,
      ...(grant.binding.roleRef.kind === 'Role' ? { namespace: grant.namespace } : {}),
      name: grant.binding.roleRef.name,
    },
  ],
});

/** It would allow it, and binds someone whose name is the same but for kind or namespace. */
function mistaken(grant: Grant, question: AccessQuestion): Evidence[] {
  if (!allows(grant, question)) return [];
  const { name } = question.user;
  const account = serviceAccountOf(name);
  const meant = grant.binding.subjects?.find(
    subject => subject.name === (account?.name ?? name) || subject.name === name,
  );
  if (!meant) return [];
  const wanted = account ? `ServiceAccount ${account.namespace}/${account.name}` : `User ${name}`;
  return [
    evidence(grant, `${bindingText(grant)} would allow it, but binds ${subjectText(meant)}, not ${wanted}`),
  ];
}

function dangling(grant: Grant): Evidence[] {
  return grant.rules
    ? []
    : [evidence(grant, `${bindingText(grant)} gives ${roleText(grant)}, which does not exist`)];
}

type Aspect = 'verb' | 'API group' | 'resource' | 'name';

/** Rules of the user's that fail in one thing alone. */
function ruleMisses(grant: Grant, question: AccessQuestion): Evidence[] {
  if (!question.isResource) return [];
  return (grant.rules ?? []).flatMap(rule => {
    const [aspect, ...more] = failing(rule, question);
    if (!aspect || more.length > 0) return [];
    return [
      evidence(
        grant,
        `${bindingText(grant)} gives ${roleText(grant)}, whose rule has ${hasText(rule, aspect)}: ${describeRule(rule)}`,
      ),
    ];
  });
}

function failing(rule: PolicyRule, question: AccessQuestion): Aspect[] {
  const all = '*';
  const wide: PolicyRule = { verbs: [all], apiGroups: [all], resources: [all] };
  const alone: Readonly<Record<Aspect, PolicyRule>> = {
    verb: { ...wide, verbs: rule.verbs },
    'API group': { ...wide, apiGroups: rule.apiGroups ?? [] },
    resource: { ...wide, resources: rule.resources ?? [] },
    name: { ...wide, resourceNames: rule.resourceNames ?? [] },
  };
  return (Object.keys(alone) as Aspect[]).filter(aspect => !ruleAllows(alone[aspect], question));
}

function hasText(rule: PolicyRule, aspect: Aspect): string {
  switch (aspect) {
    case 'verb':
      return `the verbs ${listed(rule.verbs, 8)} alone`;
    case 'API group':
      return `the API group ${listed((rule.apiGroups ?? []).map(group => JSON.stringify(group)))}, another one`;
    case 'resource':
      return `the resources ${listed(rule.resources ?? [], 6)} alone`;
    case 'name':
      return `the objects ${listed(rule.resourceNames ?? [], 6)} alone`;
  }
}

function elsewhere(grant: Grant, { namespace }: AccessQuestion): Evidence {
  const here = namespace === '' ? 'for the cluster' : `in ${namespace}`;
  return evidence(grant, `${bindingText(grant)} allows it in namespace ${grant.namespace}, not ${here}`);
}

/** Bindings that allow it here, to others; those of the system's own last. */
function boundToOthers(grants: readonly Grant[], question: AccessQuestion): Evidence[] {
  const isSystem = ({ binding }: Grant) => /^(system:|cluster-admin$)/.test(binding.metadata.name ?? '');
  return grants
    .filter(
      grant => !grant.subject && inScope(grant, question) && allows(grant, question) && !isSystem(grant),
    )
    .filter(grant => mistaken(grant, question).length === 0)
    .slice(0, othersMax)
    .map(grant =>
      evidence(
        grant,
        `${bindingText(grant)} allows it to ${listed((grant.binding.subjects ?? []).map(subjectText))}, not to this user`,
      ),
    );
}
