import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
} from '#api/generated/types/rbac.v1.ts';
import { aggregateText } from '#machinery/field.ts';
import { statusError } from '#machinery/status.ts';
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
    async validate(request) {
      if (isSuperuser(request.user)) return;
      const { resource } = request.served.what;
      if (resource === 'roles' || resource === 'clusterroles') await check.role(request);
      if (resource === 'rolebindings' || resource === 'clusterrolebindings') await check.binding(request);
    },
  };
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
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
    if (old && same(role.rules, old.rules) && same(role.aggregationRule, old.aggregationRule)) return;
    if (await this.#may(request, 'escalate', request.served.what.resource, request.name)) return;
    this.#confirm(request, role.rules ?? []);
    if (role.aggregationRule && !same(role.aggregationRule, old?.aggregationRule)) {
      this.#confirmAggregation(request);
    }
  }

  async binding(request: AdmissionRequest): Promise<void> {
    const binding = request.object as ClusterRoleBinding | RoleBinding;
    const old = request.old as ClusterRoleBinding | RoleBinding | undefined;
    if (old && same(binding.roleRef, old.roleRef) && same(binding.subjects, old.subjects)) return;
    const { kind, name } = binding.roleRef;
    const resource = kind === 'ClusterRole' ? 'clusterroles' : 'roles';
    if (await this.#may(request, 'bind', resource, name)) return;
    const rules = this.#rbac.roleRules(binding.roleRef, request.namespace);
    if (!rules) throw statusError.notFound({ group, resource }, name);
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
      'must have cluster-admin privileges to use an aggregationRule',
    );
  }
}
