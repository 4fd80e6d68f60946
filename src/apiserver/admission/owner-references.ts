import { deepEqual } from '#base/equal.ts';
import type { KubeObject, OwnerReference } from '#machinery/object.ts';
import { parseApiVersion } from '#machinery/object.ts';
import type { Attributes, Authorizer } from '../identity.ts';
import type { Catalog } from '../resources/served.ts';
import { forbidden } from './denial.ts';
import type { AdmissionPlugin } from './plugin.ts';
import type { AdmissionRequest } from './request.ts';

/**
 * Who gives an object an owner must be allowed to delete it, for that is what the collector will do; and who holds up the
 * deletion of an owner, to set that one's finalizers.
 */
export function ownerReferencesPermissions(catalog: Catalog, authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'OwnerReferencesPermissionEnforcement',
    concerns: ({ served, operation, subresource }) =>
      (operation === 'CREATE' || operation === 'UPDATE') &&
      !(served.bucket === 'core/pods' && subresource === 'status'),
    validate(request) {
      const [now, before] = [referencesOf(request.object), referencesOf(request.old)];
      if (deepEqual(now, before)) return undefined;
      return checkPermissions(request, newlyBlocking(now, before), catalog, authorizer);
    },
  };
}

function referencesOf(object: KubeObject | undefined): readonly OwnerReference[] {
  return object?.metadata?.ownerReferences ?? [];
}

function newlyBlocking(now: readonly OwnerReference[], before: readonly OwnerReference[]): OwnerReference[] {
  return now.filter(
    ({ uid, blockOwnerDeletion }) =>
      blockOwnerDeletion && !before.findLast(other => other.uid === uid)?.blockOwnerDeletion,
  );
}

async function checkPermissions(
  request: AdmissionRequest,
  blocking: readonly OwnerReference[],
  catalog: Catalog,
  authorizer: Authorizer,
): Promise<void> {
  const { user, served, namespace, name, subresource, operation } = request;
  const refused = async (asked: Omit<Attributes, 'user' | 'isResource' | 'path'>) => {
    const { decision, reason } = await authorizer.authorize({ ...asked, user, isResource: true, path: '' });
    return decision === 'allow' ? undefined : `${reason}, <nil>`;
  };
  if (operation !== 'CREATE') {
    const { what, version } = served;
    const why = await refused({
      ...what,
      verb: 'delete',
      version: version.version,
      namespace,
      name,
      subresource,
    });
    if (why !== undefined)
      throw forbidden(request, `cannot set an ownerRef on a resource you can't delete: ${why}`);
  }
  if (blocking.length === 0) return;
  const finalizers = { verb: 'update', subresource: 'finalizers' };
  const anything = { group: '*', version: '*', resource: '*', namespace: '', name: '*' };
  if ((await refused({ ...finalizers, ...anything })) === undefined) return;
  for (const { apiVersion, kind, name: owner } of blocking) {
    const { group, version } = parseApiVersion(apiVersion);
    const found = catalog.findKind(group, version, kind);
    if (!found) {
      const about = `APIVersion ${apiVersion} Kind ${kind}`;
      const why = `no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`;
      throw forbidden(
        request,
        `cannot set blockOwnerDeletion in this case because cannot find RESTMapping for ${about}: ${why}`,
      );
    }
    const where = found.definition.namespaced ? namespace : '';
    const why = await refused({ ...finalizers, ...found.what, version, namespace: where, name: owner });
    if (why === undefined) continue;
    throw forbidden(
      request,
      `cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: ${why}`,
    );
  }
}
