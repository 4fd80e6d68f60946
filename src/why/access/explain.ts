/** Whether a user may do something, by which rule, or what almost allows it (RBAC), and what the server itself says. */
import {
  clusterRoleBindings,
  clusterRoles,
  roleBindings,
  roles,
  serviceAccounts,
} from '#api/generated/refs.ts';
import type { PolicyRule } from '#api/generated/types/rbac.v1.ts';
import { atomicRules, describeRule, ruleAllows } from '#api/rbac-rules.ts';
import {
  type Explanation,
  explanation,
  type Finding,
  healthy,
  problem,
  type Reference,
} from '../explanation.ts';
import type { Facts } from '../facts.ts';
import type { Gatherer } from '../gather.ts';
import { withDetail } from '../words.ts';
import { bindingText, type Grant, grantsOf, roleText, subjectText } from './grants.ts';
import { type AccessQuestion, allows, inScope, nearMisses } from './near-misses.ts';
import { serviceAccountOf, type User } from './user.ts';

/** Of a SubjectAccessReview. */
export interface ReviewStatus {
  readonly allowed?: boolean;
  readonly denied?: boolean;
  readonly reason?: string;
}

export async function gatherAccess(
  { namespace, user: { name } }: AccessQuestion,
  gatherer: Gatherer,
): Promise<void> {
  const account = serviceAccountOf(name);
  await Promise.all([
    gatherer.list(clusterRoles, ''),
    gatherer.list(clusterRoleBindings, ''),
    gatherer.listWidely(roles, namespace),
    gatherer.listWidely(roleBindings, namespace),
    account && gatherer.get(serviceAccounts, account.namespace, account.name),
  ]);
}

/**
 * `review` is what the server answers when it is asked the same; undefined where it may not be asked. Throws where neither
 * the server nor the roles and bindings can be read: then nothing is known.
 */
export function explainAccess(
  question: AccessQuestion,
  facts: Facts,
  review: ReviewStatus | undefined,
): Explanation {
  if (!review && isBlind(facts))
    throw new Error(`whether it is allowed is not known: ${facts.unread.join(', ')}`);
  const grants = grantsOf(facts, question.user);
  const granting = grants.filter(
    grant => grant.subject && inScope(grant, question) && allows(grant, question),
  );
  return explanation(subjectOf(question.user), [findingOf(question, grants, granting, review, facts)], {
    unread: facts.unread,
  });
}

/** Something that might allow it could not be read. */
function isBlind({ unread }: Facts): boolean {
  return unread.some(text => /^(cluster)?role(binding)?s /.test(text));
}

function findingOf(
  question: AccessQuestion,
  grants: readonly Grant[],
  granting: readonly Grant[],
  review: ReviewStatus | undefined,
  facts: Facts,
): Finding {
  const what = whatText(question);
  const byRbac = granting.map(grant => grantEvidence(grant, question));
  if (granting.length > 0 && review && !review.allowed) {
    return problem('DeniedOtherwise', `may not ${what}: RBAC allows it, and another authorizer denies it`, {
      evidence: [withDetail('The server says no', review.reason), ...byRbac],
      remedies: ["look at the API server's --authorization-config: a webhook before RBAC denies it"],
    });
  }
  if (granting.length > 0) return healthy('Allowed', `may ${what}`, { evidence: byRbac });
  if (review?.allowed) {
    const node = question.user.groups.includes('system:nodes');
    const masters = question.user.groups.includes('system:masters');
    const who = node
      ? 'the Node authorizer, by the pods on that node'
      : masters
        ? 'the group system:masters, which may do everything'
        : 'another authorizer';
    return healthy('AllowedOtherwise', `may ${what}: not by RBAC, but by ${who}`, {
      evidence: [withDetail('The server says yes', review.reason)],
    });
  }
  const why = isBlind(facts) ? 'the server says no, and not all rules could be read' : 'no rule allows it';
  return problem('Forbidden', `may not ${what}: ${why}`, {
    evidence: [
      ...nearMisses(grants, question),
      review?.denied ? withDetail('The server denies it outright', review.reason) : undefined,
      missingAccount(question.user, facts),
      `Groups that count: ${question.user.groups.join(', ')}`,
    ],
    remedies: [existingRole(question, facts), smallestRule(question)],
  });
}

function missingAccount({ name }: User, facts: Facts): string | undefined {
  const account = serviceAccountOf(name);
  if (!account || facts.get(serviceAccounts, account.namespace, account.name)) return undefined;
  if (facts.unread.some(text => text.startsWith('serviceaccounts'))) return undefined;
  return `ServiceAccount ${account.namespace}/${account.name} does not exist`;
}

function subjectOf({ name }: User): Reference {
  const account = serviceAccountOf(name);
  return account ? { kind: 'ServiceAccount', ...account } : { kind: 'User', name };
}

function resourceText({ resource, subresource, group }: AccessQuestion): string {
  return `${resource}${group === '' ? '' : `.${group}`}${subresource === '' ? '' : `/${subresource}`}`;
}

function whatText(question: AccessQuestion): string {
  const { verb, isResource, name, namespace, path } = question;
  if (!isResource) return `${verb} ${path}`;
  const where = namespace === '' ? '' : ` in ${namespace}`;
  return `${verb} ${resourceText(question)}${name === '' ? '' : ` ${name}`}${where}`;
}

function grantEvidence(grant: Grant, question: AccessQuestion) {
  const rule = grant.rules!.find(one => ruleAllows(one, question))!;
  return {
    text: `${bindingText(grant)} binds ${subjectText(grant.subject!)} to ${roleText(grant)}: ${describeRule(rule)}`,
  };
}

/** kubectl's flag for the user. */
function whoFlag({ name }: User): string {
  const account = serviceAccountOf(name);
  return account ? `--serviceaccount=${account.namespace}:${account.name}` : `--user=${name}`;
}

/** Binding the role that allows it and least else; never one with wildcards. */
function existingRole(question: AccessQuestion, facts: Facts): string | undefined {
  const { namespace, isResource, user } = question;
  const size = (rules: readonly PolicyRule[] | undefined) =>
    (rules ?? [])
      .flatMap(atomicRules)
      .reduce((sum, rule) => sum + (/"\*"/.test(JSON.stringify(rule)) ? widePrice : 1), 0);
  const candidates = [
    ...facts
      .all(clusterRoles)
      .map(({ metadata: { name }, rules }) => ({ flag: `--clusterrole=${name}`, name, rules })),
    ...(namespace === ''
      ? []
      : facts
          .all(roles, namespace)
          .map(({ metadata: { name }, rules }) => ({ flag: `--role=${name}`, name, rules }))),
  ]
    .filter(
      ({ name, rules }) =>
        !name?.startsWith('system:') &&
        size(rules) < widePrice &&
        rules?.some(rule => ruleAllows(rule, question)),
    )
    .sort((a, b) => size(a.rules) - size(b.rules));
  const best = candidates[0];
  if (!best) return undefined;
  return namespace === '' || !isResource
    ? `kubectl create clusterrolebinding NAME ${best.flag} ${whoFlag(user)}`
    : `kubectl create rolebinding NAME ${best.flag} ${whoFlag(user)} -n ${namespace}`;
}

/** What a rule with a wildcard counts as, in rules without. */
const widePrice = 1000;

/** A role of that one rule, and its binding. */
function smallestRule(question: AccessQuestion): string {
  const { verb, isResource, name, namespace, path, user } = question;
  const cluster = namespace === '' || !isResource;
  const scope = cluster ? '' : ` -n ${namespace}`;
  const rule = isResource
    ? `--resource=${resourceText(question)}${name === '' ? '' : ` --resource-name=${name}`}`
    : `--non-resource-url=${path}`;
  const kind = cluster ? 'clusterrole' : 'role';
  return `kubectl create ${kind} NAME --verb=${verb} ${rule}${scope} && kubectl create ${kind}binding NAME --${kind}=NAME ${whoFlag(user)}${scope}`;
}
