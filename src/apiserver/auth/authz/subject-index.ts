import type { ClusterRoleBinding, RoleBinding, Subject } from '#api/generated/types/rbac.v1.ts';
import type { UserInfo } from '../../identity.ts';

export type Binding = ClusterRoleBinding | RoleBinding;

/** A binding, and the subject of it by which it was found. */
export interface Bound {
  readonly binding: Binding;
  readonly subject: Subject;
}

/** What a subject is found by; undefined for one that no user can be. */
function keyOf(subject: Subject, namespace: string): string | undefined {
  switch (subject.kind) {
    case 'User':
      return `u:${subject.name}`;
    case 'Group':
      return `g:${subject.name}`;
    case 'ServiceAccount': {
      const home = subject.namespace || namespace;
      return home ? `u:system:serviceaccount:${home}:${subject.name}` : undefined;
    }
    default:
      return undefined;
  }
}

/** Bindings of one namespace, or of the cluster, by who they bind. */
export class SubjectIndex {
  readonly #bindings = new Map<string, Binding>();
  readonly #bySubject = new Map<string, Map<string, Bound>>();

  get size(): number {
    return this.#bindings.size;
  }

  set(binding: Binding): void {
    const name = binding.metadata.name!;
    this.delete(name);
    this.#bindings.set(name, binding);
    for (const subject of binding.subjects ?? []) {
      const key = keyOf(subject, binding.metadata.namespace ?? '');
      if (key === undefined) continue;
      const bound = this.#bySubject.get(key) ?? new Map<string, Bound>();
      if (!bound.has(name)) bound.set(name, { binding, subject });
      this.#bySubject.set(key, bound);
    }
  }

  delete(name: string): void {
    const binding = this.#bindings.get(name);
    if (!binding) return;
    this.#bindings.delete(name);
    for (const subject of binding.subjects ?? []) {
      const key = keyOf(subject, binding.metadata.namespace ?? '');
      const bound = key === undefined ? undefined : this.#bySubject.get(key);
      bound?.delete(name);
      if (bound?.size === 0) this.#bySubject.delete(key!);
    }
  }

  of(user: UserInfo): Bound[] {
    const bounds = [...(this.#bySubject.get(`u:${user.name}`)?.values() ?? [])];
    for (const group of user.groups) bounds.push(...(this.#bySubject.get(`g:${group}`)?.values() ?? []));
    return bounds;
  }
}
