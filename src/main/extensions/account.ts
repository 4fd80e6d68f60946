import {
  clusterRoleBindings,
  clusterRoles,
  events,
  flowSchemas,
  namespaces,
  roleBindings,
  roles,
  serviceAccounts,
} from '#api/generated/refs.ts';
import type { UserInfo } from '#apiserver/identity.ts';
import type { Client } from '#client/client.ts';
import { orNotFound } from '#client/retry.ts';
import { allowing, type Permission } from '#client/permission.ts';
import { hasReason } from '#machinery/status.ts';
import type { KubeObject, ResourceRef } from '#machinery/object.ts';
import type { Needs } from '#runtime/manager.ts';

/** Where the accounts of extensions are. */
export const extensionNamespace = 'coxswain-extensions';
/** On all that is made for an extension: its name. */
const label = 'coxswain.dev/extension';
const fieldManager = 'coxswain';
const rbacGroup = 'rbac.authorization.k8s.io';

/** Makes the account of an extension where there is none, and answers who that is. */
export async function ensureAccount(client: Client, name: string): Promise<UserInfo> {
  await ensureNamespace(client);
  const account = await put(client, {
    ref: serviceAccounts as ResourceRef,
    object: { ...described('v1', 'ServiceAccount', name, name, extensionNamespace) },
  });
  return {
    name: `system:serviceaccount:${extensionNamespace}:${name}`,
    uid: account.metadata.uid,
    groups: [
      'system:serviceaccounts',
      `system:serviceaccounts:${extensionNamespace}`,
      'system:authenticated',
    ],
  };
}

async function ensureNamespace(client: Client): Promise<void> {
  try {
    await client.create(namespaces, { metadata: { name: extensionNamespace } });
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists')) throw error;
  }
}

/** What a controller may do by what it is made of, beside what it declares. */
export function impliedPermissions({ reconciles, watches }: Needs): Permission[] {
  return [
    ...watches.map(({ ref, namespace }) => allowing(ref, ['get', 'list', 'watch'], { namespace })),
    ...reconciles.flatMap(ref => [
      allowing(ref, ['get', 'update', 'patch'], { subresource: 'status' }),
      // Who sets blockOwnerDeletion must be able to update finalizers (OwnerReferencesPermissionEnforcement).
      allowing(ref, ['update'], { subresource: 'finalizers' }),
    ]),
    allowing(events as ResourceRef, ['create', 'patch']),
  ];
}

/** Gives an extension's account these permissions, and takes away all others that it had been given. */
export async function grant(client: Client, name: string, permissions: readonly Permission[]): Promise<void> {
  const wanted = rolesOf(name, permissions);
  for (const one of wanted) await put(client, one);
  const isWanted = (ref: ResourceRef, { metadata }: KubeObject) =>
    wanted.some(
      ({ ref: other, object }) =>
        other === ref &&
        object.metadata.name === metadata.name &&
        object.metadata.namespace === metadata.namespace,
    );
  await removeWhere(client, grantKinds, (ref, object) => {
    return object.metadata.labels?.[label] === name && !isWanted(ref, object);
  });
}

/** Takes away the accounts of extensions that there are no more, with their permissions. */
export async function removeAccounts(client: Client, but: ReadonlySet<string>): Promise<void> {
  if (!(await orNotFound(client.get(namespaces, '', extensionNamespace)))) return;
  await removeWhere(
    client,
    [...grantKinds, serviceAccounts as ResourceRef],
    (_, { metadata }) => !but.has(metadata.labels![label]!),
  );
}

const ruleFlow = 'coxswain-admission-rules';

/**
 * Lets admission rules read whatever is going on: a request that waits for its rule holds a seat, and the rule's own
 * requests must not wait for one of the same level.
 */
export async function exemptRules(client: Client, rules: readonly string[]): Promise<void> {
  if (rules.length === 0) {
    await orNotFound(client.delete(flowSchemas, '', ruleFlow));
    return;
  }
  const object = {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    metadata: { name: ruleFlow },
    spec: {
      matchingPrecedence: 10,
      priorityLevelConfiguration: { name: 'exempt' },
      rules: [
        {
          subjects: rules.map(name => ({
            kind: 'ServiceAccount',
            serviceAccount: { namespace: extensionNamespace, name },
          })),
          resourceRules: [
            { verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] },
          ],
        },
      ],
    },
  };
  await put(client, { ref: flowSchemas as ResourceRef, object });
}

const grantKinds = [
  clusterRoleBindings,
  roleBindings,
  clusterRoles,
  roles,
] as unknown as ResourceRef<KubeObject>[];

async function removeWhere(
  client: Client,
  kinds: readonly ResourceRef[],
  isUnwanted: (ref: ResourceRef, object: KubeObject) => boolean,
): Promise<void> {
  for (const ref of kinds as readonly ResourceRef<KubeObject>[]) {
    const { items } = await client.list(ref, '', { labelSelector: label });
    for (const object of items.filter(item => isUnwanted(ref as ResourceRef, item))) {
      const { namespace = '', name } = object.metadata;
      await orNotFound(client.delete(ref as ResourceRef, namespace, name!));
    }
  }
}

interface Wanted {
  readonly ref: ResourceRef;
  readonly object: KubeObject;
}

/** A ClusterRole for what holds everywhere, a Role for each namespace that something holds in, and their bindings. */
function rolesOf(name: string, permissions: readonly Permission[]): Wanted[] {
  const byNamespace = Map.groupBy(permissions, ({ namespace = '' }) => namespace);
  return Array.from(byNamespace).flatMap(([namespace, some]) => {
    const rules = some.map(({ namespace: _, ...rule }) => rule);
    const roleName = `coxswain:extension:${name}`;
    const [role, binding] = namespace ? [roles, roleBindings] : [clusterRoles, clusterRoleBindings];
    const describe = (kind: string) => described(`${rbacGroup}/v1`, kind, name, roleName, namespace);
    const subject = { kind: 'ServiceAccount', name, namespace: extensionNamespace };
    const roleRef = { apiGroup: rbacGroup, kind: role.kind, name: roleName };
    return [
      { ref: role as ResourceRef, object: { ...describe(role.kind), rules } },
      { ref: binding as ResourceRef, object: { ...describe(binding.kind), roleRef, subjects: [subject] } },
    ];
  });
}

function described(
  apiVersion: string,
  kind: string,
  extension: string,
  name: string,
  namespace: string,
): KubeObject {
  const metadata = { name, ...(namespace ? { namespace } : {}), labels: { [label]: extension } };
  return { apiVersion, kind, metadata };
}

function put(client: Client, { ref, object }: Wanted): Promise<KubeObject> {
  const { namespace = '', name } = object.metadata;
  const options = { fieldManager, force: true };
  return client.patch(ref as ResourceRef<KubeObject>, namespace, name!, 'apply', object, options);
}
