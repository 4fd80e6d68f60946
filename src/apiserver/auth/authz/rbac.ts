import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  RoleRef,
  Subject,
} from '#api/generated/types/rbac.v1.ts';
import { aggregateText } from '#machinery/field.ts';
import type { KubeObject } from '#machinery/object.ts';
import type { Attributes, Authorizer, Decision, UserInfo } from '../../identity.ts';
import { ruleAllows } from '#api/rbac-rules.ts';
import { type Bound, SubjectIndex } from './subject-index.ts';

export type RbacKind = 'ClusterRole' | 'ClusterRoleBinding' | 'Role' | 'RoleBinding';

/** The rules that a user has in a namespace, and what could not be resolved. */
export interface UserRules {
  readonly rules: readonly PolicyRule[];
  readonly errors: readonly string[];
}

/** One binding that applies to a user, with the rules of its role. */
interface Grant {
  readonly bound: Bound;
  readonly rules: readonly PolicyRule[];
  /** Why the role's rules are not known. */
  readonly error: string | undefined;
}

/** Of one user, whose grants are remembered. */
const namespacesKnownMax = 256;

/** Role-based access control, on an index that is kept up to date object by object. */
export class Rbac implements Authorizer {
  readonly #clusterRoles = new Map<string, ClusterRole>();
  readonly #roles = new Map<string, Role>();
  readonly #clusterBindings = new SubjectIndex();
  readonly #bindings = new Map<string, SubjectIndex>();
  /** What users have been found to have, by namespace, since a role or binding last changed. */
  #resolved = new WeakMap<UserInfo, Map<string, readonly Grant[]>>();

  /** What users are allowed to do with any object of a collection, since then. */
  #allowed = new WeakMap<UserInfo, WeakMap<object, Decision>>();

  /** Takes a new or changed object; `key` is 'namespace/name' or 'name'. */
  upsert(kind: RbacKind, object: KubeObject): void {
    this.#forget();
    const { namespace = '', name = '' } = object.metadata;
    switch (kind) {
      case 'ClusterRole':
        this.#clusterRoles.set(name, object as ClusterRole);
        break;
      case 'Role':
        this.#roles.set(`${namespace}/${name}`, object as Role);
        break;
      case 'ClusterRoleBinding':
        this.#clusterBindings.set(object as ClusterRoleBinding);
        break;
      case 'RoleBinding': {
        const index = this.#bindings.get(namespace) ?? new SubjectIndex();
        index.set(object as RoleBinding);
        this.#bindings.set(namespace, index);
      }
    }
  }

  remove(kind: RbacKind, namespace: string, name: string): void {
    this.#forget();
    switch (kind) {
      case 'ClusterRole':
        this.#clusterRoles.delete(name);
        break;
      case 'Role':
        this.#roles.delete(`${namespace}/${name}`);
        break;
      case 'ClusterRoleBinding':
        this.#clusterBindings.delete(name);
        break;
      case 'RoleBinding': {
        const index = this.#bindings.get(namespace);
        index?.delete(name);
        if (index?.size === 0) this.#bindings.delete(namespace);
      }
    }
  }

  authorize(asked: Attributes): Decision {
    const { target } = asked;
    if (!target) return this.#decide(asked);
    let allowed = this.#allowed.get(asked.user);
    if (!allowed) {
      allowed = new WeakMap();
      this.#allowed.set(asked.user, allowed);
    }
    const known = allowed.get(target);
    if (known) return known;
    const decision = this.#decide(asked);
    if (decision instanceof AllowedBy && !decision.isOfName) allowed.set(target, decision);
    return decision;
  }

  #decide(asked: Attributes): Decision {
    const errors: string[] = [];
    for (const grant of this.#grants(asked.user, asked.namespace)) {
      if (grant.error) errors.push(grant.error);
      const rule = grant.rules.find(one => ruleAllows(one, asked));
      if (rule) return new AllowedBy(grant.bound, rule);
    }
    return { decision: 'none', reason: errors.length > 0 ? `RBAC: ${aggregateText(errors)}` : '' };
  }

  /** Everything that the user may do in the namespace; '' is the cluster scope. */
  rulesOf(user: UserInfo, namespace: string): UserRules {
    const rules: PolicyRule[] = [];
    const errors: string[] = [];
    for (const grant of this.#grants(user, namespace)) {
      rules.push(...grant.rules);
      if (grant.error) errors.push(grant.error);
    }
    return { rules, errors };
  }

  /** The rules of the role that a binding in `namespace` refers to; undefined when there is no such role. */
  roleRules(reference: RoleRef, namespace: string): readonly PolicyRule[] | undefined {
    const role =
      reference.kind === 'ClusterRole'
        ? this.#clusterRoles.get(reference.name)
        : this.#roles.get(`${namespace}/${reference.name}`);
    return role && (role.rules ?? []);
  }

  #forget(): void {
    this.#resolved = new WeakMap();
    this.#allowed = new WeakMap();
  }

  /** Users come back as the same objects, request by request, for as long as nothing says that they are others. */
  #grants(user: UserInfo, namespace: string): readonly Grant[] {
    let known = this.#resolved.get(user);
    if (!known) {
      known = new Map();
      this.#resolved.set(user, known);
    }
    let grants = known.get(namespace);
    if (!grants) {
      grants = this.#resolve(user, namespace);
      if (known.size < namespacesKnownMax) known.set(namespace, grants);
    }
    return grants;
  }

  #resolve(user: UserInfo, namespace: string): Grant[] {
    const grants = this.#clusterBindings.of(user).map(bound => this.#grant(bound, ''));
    if (namespace === '') return grants;
    const own = this.#bindings.get(namespace)?.of(user) ?? [];
    return [...grants, ...own.map(bound => this.#grant(bound, namespace))];
  }

  #grant(bound: Bound, namespace: string): Grant {
    const { roleRef } = bound.binding;
    const rules = this.roleRules(roleRef, namespace);
    const error = rules
      ? undefined
      : `${roleRef.kind.toLowerCase()}.rbac.authorization.k8s.io ${JSON.stringify(roleRef.name)} not found`;
    return { bound, rules: rules ?? [], error };
  }
}

/** Few ask why something is allowed. */
class AllowedBy implements Decision {
  readonly decision = 'allow';
  /** The rule is of certain objects alone. */
  readonly isOfName: boolean;
  readonly #bound: Bound;

  constructor(bound: Bound, { resourceNames = [] }: PolicyRule) {
    this.isOfName = resourceNames.length > 0;
    this.#bound = bound;
  }

  get reason(): string {
    return `RBAC: allowed by ${describe(this.#bound)}`;
  }
}

function describe({ binding, subject }: Bound): string {
  const { name, namespace } = binding.metadata;
  const kind = namespace ? 'RoleBinding' : 'ClusterRoleBinding';
  const full = namespace ? `${name}/${namespace}` : name!;
  const { roleRef } = binding;
  return `${kind} ${JSON.stringify(full)} of ${roleRef.kind} ${JSON.stringify(roleRef.name)} to ${describeSubject(subject, namespace)}`;
}

function describeSubject(subject: Subject, namespace: string | undefined): string {
  const name =
    subject.kind === 'ServiceAccount'
      ? `${subject.name}/${subject.namespace || namespace || ''}`
      : subject.name;
  return `${subject.kind} ${JSON.stringify(name)}`;
}
