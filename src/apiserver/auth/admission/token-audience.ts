import type { PersistentVolume, PersistentVolumeClaim, Pod } from '#api/generated/types/core.v1.ts';
import type { CSIDriver } from '#api/generated/types/storage.v1.ts';
import type { Attributes, Authorizer, UserInfo } from '../../identity.ts';
import type { ObjectReader } from '../authn/object-reader.ts';
import { podReferences } from '../authz/pod-references.ts';

/** A token that a node asks for, for one of its pods. */
export interface NodeTokenRequest {
  readonly user: UserInfo;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly audiences: readonly string[];
  readonly pod: Pod;
}

/**
 * A node may have tokens for the audiences that its pods' volumes name, or that it is allowed to ask for by a rule of its
 * own (ServiceAccountNodeAudienceRestriction, KEP-4412). Why not; undefined when it may.
 */
export async function restrictAudience(
  { user, namespace, serviceAccount, audiences, pod }: NodeTokenRequest,
  objects: ObjectReader,
  authorizer: Authorizer,
): Promise<string | undefined> {
  if (audiences.length > 1) return 'node may only request 0 or 1 audiences';
  const [audience = ''] = audiences;
  if (volumesName(pod, namespace, audience, objects)) return undefined;
  const asked: Attributes = {
    user,
    verb: 'request-serviceaccounts-token-audience',
    isResource: true,
    group: '',
    version: 'v1',
    resource: audience,
    subresource: '',
    namespace,
    name: serviceAccount,
    path: '',
  };
  const { decision } = await authorizer.authorize(asked);
  if (decision === 'allow') return undefined;
  return `audience ${JSON.stringify(audience)} not found in pod spec volume, ${user.name} is not authorized to request tokens for this audience`;
}

/** Whether a projected volume of the pod, or the driver of a CSI volume, takes tokens for the audience. */
function volumesName(pod: Pod, namespace: string, audience: string, objects: ObjectReader): boolean {
  const volumes = pod.spec?.volumes ?? [];
  const sources = volumes.flatMap(({ projected }) => projected?.sources ?? []);
  const projected = sources.flatMap(source => source.serviceAccountToken ?? []);
  if (projected.some(token => (token.audience ?? '') === audience)) return true;
  const inline = volumes.flatMap(({ csi }) => csi?.driver ?? []);
  const claimed = [...podReferences(pod).claims].map(claim => driverOf(`${namespace}/${claim}`, objects));
  return [...inline, ...claimed]
    .filter(driver => driver !== undefined)
    .map(driver => objects.get('storage.k8s.io/csidrivers', driver) as CSIDriver | undefined)
    .some(driver => driver?.spec.tokenRequests?.some(request => request.audience === audience));
}

/** Of the volume that a claim is bound to. */
function driverOf(claim: string, objects: ObjectReader): string | undefined {
  const found = objects.get('core/persistentvolumeclaims', claim) as PersistentVolumeClaim | undefined;
  const name = found?.spec?.volumeName;
  if (!name) return undefined;
  return (objects.get('core/persistentvolumes', name) as PersistentVolume | undefined)?.spec?.csi?.driver;
}
