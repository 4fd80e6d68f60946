import type { PolicyRule } from '#api/generated/types/rbac.v1.ts';
import type { ResourceRef } from '#machinery/object.ts';

/** A rule of a role; with a namespace it holds in that one alone. */
export interface Permission extends PolicyRule {
  readonly namespace?: string;
}

export type Verb =
  | 'get'
  | 'list'
  | 'watch'
  | 'create'
  | 'update'
  | 'patch'
  | 'delete'
  | 'deletecollection'
  // What only some resources know: bind, approve, impersonate, …
  | (string & {});

/** The permission to do this with a resource, or with a subresource of it. */
export function allowing(
  ref: ResourceRef,
  verbs: readonly Verb[],
  options: { readonly subresource?: string; readonly namespace?: string } = {},
): Permission {
  const { subresource, namespace } = options;
  return {
    apiGroups: [ref.group],
    resources: [subresource ? `${ref.resource}/${subresource}` : ref.resource],
    verbs: [...verbs],
    ...(namespace ? { namespace } : {}),
  };
}
