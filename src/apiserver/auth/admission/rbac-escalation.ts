import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  RoleRef,
} from '#api/generated/types/rbac.v1.ts';
import { deepEqual } from '#base/equal.ts';
import { aggregateText } from '#machinery/field.ts';
import type { KubeObject } from '#machinery/object.ts';
import { goQuote } from '#machinery/go-json.ts';
import { type StatusError, statusError } from '#machinery/status.ts';
import type { AdmissionPlugin } from '../../admission/plugin.ts';
import type { AdmissionRequest } from '../../admission/request.ts';
import type { Attributes, Authorizer, UserInfo } from '../../identity.ts';
import type { Rbac } from '../authz/rbac.ts';
import { compactRules, describeRule, quoteList, uncoveredRules } from '#api/rbac-rules.ts';
import { isSuperuser } from '../authz/union.ts';

const group = 'rbac.authorization.k8s.io';

/** What a role that takes in any other role's rules amounts to. */
const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/**
 * Why a user who holds `held` may not hand out `granted`, in upstream's words; undefined when nothing is granted that
 * the user does not hold.
 */
export function escalates(
  user: UserInfo,
  held: { readonly rules: readonly PolicyRule[]; readonly errors: readonly string[] },
  granted: readonly PolicyRule[],
): string | undefined {
  const missing = uncoveredRules(held.rules, granted);
  if (missing.length === 0) return undefined;
  const lines = [...new Set(compactRules(missing).map(describeRule))].sort();
  const who = `user ${JSON.stringify(user.name)} (groups=${quoteList(user.groups)})`;
  const errors = held.errors.length > 0 ? `; resolution errors: ${aggregateText(held.errors)}` : '';
  return `${who} is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}${errors}`;
}

/** Nobody hands out, by a role or a binding, what they do not hold themselves, unless they may `escalate` or `bind`. */
export function rbacEscalation(rbac: Rbac, authorizer: Authorizer): AdmissionPlugin {
  const check = new EscalationCheck(rbac, authorizer);
  return {
    name: 'RBACEscalation',
    concerns: ({ served, operation }) =>
      served.what.group === group && (operation === 'CREATE' || operation === 'UPDATE'),
    async complete(request) {
      if (isSuperuser(request.user)) return;
      const { resource } = request.served.what;
      if (resource === 'roles' || resource === 'clusterroles') await check.role(request);
      if (resource === 'rolebindings' || resource === 'clusterrolebindings') await check.binding(request);
    },
  };
}

/** Whether an update touches nothing but what the garbage collector needs to end an object. */
function isForCollection(object: KubeObject, old: KubeObject | undefined): boolean {
  if (!old) return false;
  const { ownerReferences, finalizers, managedFields } = old.metadata;
  const metadata = { ...object.metadata, ownerReferences, finalizers, managedFields };
  return isSubset({ ...object, metadata }, old) && isSubset(old, { ...object, metadata });
}

/** Whether one has no part that the other has not; what is undefined is no part. */
function isSubset(one: object, other: object): boolean {
  return Object.entries(one).every(([name, value]) => {
    const counterpart = (other as Record<string, unknown>)[name];
    return name === 'metadata'
      ? isSubset(value, counterpart as object)
      : value === undefined || deepEqual(value, counterpart);
  });
}

function isAggregated(role: ClusterRole | undefined): boolean {
  return Boolean(role?.aggregationRule?.clusterRoleSelectors?.length);
}

/** Why there can be no such role, in the words of upstream's registry. */
function unreadable({ kind, name }: RoleRef, namespace: string): StatusError | undefined {
  if (kind !== 'ClusterRole' && kind !== 'Role')
    return statusError.unclassified(`unsupported role reference kind: ${goQuote(kind)}`);
  if (kind === 'Role' && namespace === '') return statusError.badRequest('Namespace parameter required.');
  return name === '' ? statusError.badRequest('Name parameter required.') : undefined;
}

class EscalationCheck {
  readonly #rbac: Rbac;
  readonly #authorizer: Authorizer;

  constructor(rbac: Rbac, authorizer: Authorizer) {
    this.#rbac = rbac;
    this.#authorizer = authorizer;
  }

  async role(request: AdmissionRequest): Promise<void> {
    const role = request.object as ClusterRole & Role;
    const old = request.old as (ClusterRole & Role) | undefined;
    if (isForCollection(role, old)) return;
    // Whoever may escalate a role of a name may where the path says that name, which it does not of one that is posted.
    const name = request.verb === 'create' ? '' : request.name;
    if (await this.#may(request, 'escalate', request.served.what.resource, name)) return;
    this.#confirm(request, role.rules ?? []);
    if (isAggregated(role) || isAggregated(old)) this.#confirmAggregation(request);
  }

  async binding(request: AdmissionRequest): Promise<void> {
    const binding = request.object as ClusterRoleBinding | RoleBinding;
    const old = request.old as ClusterRoleBinding | RoleBinding | undefined;
    if (isForCollection(binding, old)) return;
    const { kind, name } = binding.roleRef;
    const resource = kind === 'ClusterRole' ? 'clusterroles' : 'roles';
    if (await this.#may(request, 'bind', resource, name)) return;
    const problem = unreadable(binding.roleRef, request.namespace);
    if (problem) throw problem;
    const rules = this.#rbac.roleRules(binding.roleRef, request.namespace);
    if (!rules) throw statusError.notFound(request.served.what, name);
    this.#confirm(request, rules);
  }

  async #may(request: AdmissionRequest, verb: string, resource: string, name: string): Promise<boolean> {
    const asked: Attributes = {
      user: request.user,
      verb,
      isResource: true,
      group,
      version: '*',
      resource,
      subresource: '',
      namespace: request.namespace,
      name,
      path: '',
    };
    return (await this.#authorizer.authorize(asked)).decision === 'allow';
  }

  #confirm({ user, namespace, served, name }: AdmissionRequest, granted: readonly PolicyRule[]): void {
    const problem = escalates(user, this.#rbac.rulesOf(user, namespace), granted);
    if (problem) throw statusError.forbidden(served.what, name, problem);
  }

  #confirmAggregation({ user, served, name }: AdmissionRequest): void {
    if (!escalates(user, this.#rbac.rulesOf(user, ''), everything)) return;
    throw statusError.forbidden(
      served.what,
      name,
      'must have cluster-admin privileges to use the aggregationRule',
    );
  }
}
