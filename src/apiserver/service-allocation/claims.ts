import { familyOf } from '#machinery/ip.ts';
import type { Service } from '#api/generated/types/core.v1.ts';
import type { IPAddress } from '#api/generated/types/networking.v1.ts';
import { type Clock, toRfc3339 } from '#base/clock.ts';
import { type Random, randomUuid } from '#base/random.ts';
import type { KubeObject, ManagedFieldsEntry } from '#machinery/object.ts';
import type { Companion } from '../resources/companions.ts';
import type { StateCache } from '../resources/state-cache.ts';
import { addressesBucket } from './addresses.ts';
import { canonicalAddress } from './canonical-address.ts';
import { type NodePortClaim, nodePortClaim, nodePortsBucket, nodePortsOf } from './node-ports.ts';

export const managedByLabel = 'ipaddress.kubernetes.io/managed-by';
export const familyLabel = 'ipaddress.kubernetes.io/ip-family';
export const allocatorName = 'ipallocator.k8s.io';

/** An address or a node port that a Service has, by the key that keeps others from it. */
interface Claim {
  readonly bucket: string;
  readonly key: string;
  object(): KubeObject;
}

export interface ClaimsOptions {
  readonly cache: StateCache;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * The keys that Services' addresses and node ports are taken by: an IPAddress for each address, a claim for each port. They
 * come and go in the Service's own transaction, so that no two Services get the same and none is left behind.
 */
export class ServiceClaims {
  readonly #options: ClaimsOptions;

  constructor(options: ClaimsOptions) {
    this.#options = options;
  }

  /** What has to be written with a Service. */
  companions(old: Service | undefined, service: Service | undefined): Companion[] {
    const before = old ? this.#claimsOf(old) : new Map<string, Claim>();
    const after = service ? this.#claimsOf(service) : new Map<string, Claim>();
    const made = [...after.values()].filter(({ bucket, key }) => !before.has(`${bucket}/${key}`));
    const left = [...before.values()].filter(({ bucket, key }) => !after.has(`${bucket}/${key}`));
    return [
      ...made.map(({ bucket, key, object }) => ({ bucket, key, revision: 0, object: object() })),
      ...left.flatMap(claim => this.#released(claim, old!)),
    ];
  }

  /** A new IPAddress as the allocator makes it. */
  addressObject(address: string, service: Service): IPAddress {
    const time = toRfc3339(this.#options.clock.now());
    const { namespace, name } = service.metadata;
    return {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IPAddress',
      metadata: {
        name: address,
        uid: randomUuid(this.#options.random),
        creationTimestamp: time,
        labels: { [familyLabel]: familyOf(address), [managedByLabel]: allocatorName },
        managedFields: [managedBy(time)],
      },
      spec: { parentRef: { resource: 'services', namespace: namespace!, name: name! } },
    };
  }

  #claimsOf(service: Service): Map<string, Claim> {
    const claims: Claim[] = [
      ...addressesOf(service).map(key => ({
        bucket: addressesBucket,
        key,
        object: () => this.addressObject(key, service),
      })),
      ...nodePortsOf(service).map(port => ({
        bucket: nodePortsBucket,
        key: String(port),
        object: () => nodePortClaim(port, service),
      })),
    ];
    return new Map(claims.map(claim => [`${claim.bucket}/${claim.key}`, claim]));
  }

  /** Only what names this Service is its to give back; what something else holds on to is left to the repair. */
  #released({ bucket, key }: Claim, service: Service): Companion[] {
    const entry = this.#options.cache.bucket(bucket).get(key);
    if (!entry || entry.object.metadata.finalizers?.length) return [];
    const { spec } = entry.object as IPAddress | NodePortClaim;
    const { namespace, name } = spec?.parentRef ?? {};
    if (namespace !== service.metadata.namespace || name !== service.metadata.name) return [];
    return [{ bucket, key, revision: entry.revision }];
  }
}

/** The addresses that a Service has for itself. */
export function addressesOf({ spec }: Service): string[] {
  if (spec?.type === 'ExternalName') return [];
  return (spec?.clusterIPs ?? []).flatMap(text => canonicalAddress(text) ?? []);
}

/** As if the API server had made the object by its own API. */
function managedBy(time: string): ManagedFieldsEntry {
  const labels = { '.': {}, [`f:${familyLabel}`]: {}, [`f:${managedByLabel}`]: {} };
  const parentRef = { '.': {}, 'f:name': {}, 'f:namespace': {}, 'f:resource': {} };
  return {
    manager: 'kube-apiserver',
    operation: 'Update',
    apiVersion: 'networking.k8s.io/v1',
    time,
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:metadata': { 'f:labels': labels }, 'f:spec': { 'f:parentRef': parentRef } },
  };
}
