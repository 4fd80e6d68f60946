/** Managers of replicas, as the scale subresource shows them and takes them back (apimachinery's managedfields.ScaleHandler). */
import { fieldElement } from '#machinery/fields/element.ts';
import { difference, hasPath, isEmpty, setOf } from '#machinery/fields/field-set.ts';
import { type Manager, decodeManagers, encodeManagers, managerKey } from '#machinery/managed/managers.ts';
import type { Versioned } from '#machinery/managed/versions.ts';
import { type ManagedFieldsEntry, parseApiVersion } from '#machinery/object.ts';
import type { ServedResource } from '../resources/served.ts';
import type { WriteServices } from '../resources/write-context.ts';
import { statusError } from '#machinery/status.ts';
import { apiVersionOfServed, type TrackedKind } from './tracked-kind.ts';

export const scaleSchema = 'io.k8s.api.autoscaling.v1.Scale';
const scaleVersion = 'autoscaling/v1';
const replicasInScale = ['f:spec', 'f:replicas'];

export function trackedScale(services: WriteServices): TrackedKind {
  const schema = services.schemas.schemaOf(scaleSchema);
  if (!schema) throw statusError.internal(`no schema of ${scaleSchema}`);
  return {
    apiVersion: scaleVersion,
    kind: 'Scale',
    schema,
    subresource: 'scale',
    filter: set => set,
    versions: {
      schemaOf: apiVersion => (apiVersion === scaleVersion ? schema : undefined),
      convert: async (object: Versioned, apiVersion) => (apiVersion === scaleVersion ? object : undefined),
    },
    shown: scale => scale,
  };
}

/** Where each version of a kind has its replicas, [] for nowhere; undefined for versions that are not served. */
type ReplicasPath = (apiVersion: string) => readonly string[] | undefined;

function replicasPathOf({ catalog }: WriteServices, served: ServedResource): ReplicasPath {
  return apiVersion => {
    const { group, version } = parseApiVersion(apiVersion);
    const found = catalog.findKind(group, version, served.definition.kind);
    if (found?.bucket !== served.bucket) return undefined;
    const names = found.definition.scale?.specReplicasPath.split('.').filter(name => name !== '');
    return names?.map(fieldElement) ?? [];
  };
}

/** The managers of an object's replicas, as those of its Scale. */
export function scaleManagedFields(
  services: WriteServices,
  served: ServedResource,
  parent: ManagedFieldsEntry[] | undefined,
): ManagedFieldsEntry[] | undefined {
  const pathIn = replicasPathOf(services, served);
  const managers = new Map<string, Manager>();
  for (const manager of decodeManagers(parent).values()) {
    const path = pathIn(manager.apiVersion);
    if (!path || !hasPath(manager.set, path)) continue;
    const scaler = { ...manager, apiVersion: scaleVersion, set: setOf(replicasInScale) };
    managers.set(managerKey(scaler), scaler);
  }
  return encodeManagers(managers);
}

/**
 * The managers of an object whose Scale was written: those of its replicas are the Scale's now. Who updates is told apart by
 * the version too, so to upstream who updated the object is never who updates its Scale: the replicas get an entry of their
 * own, like one that is there until somebody reads both.
 */
export function parentManagedFields(
  services: WriteServices,
  served: ServedResource,
  parent: ManagedFieldsEntry[] | undefined,
  scale: ManagedFieldsEntry[] | undefined,
): ManagedFieldsEntry[] | undefined {
  const pathIn = replicasPathOf(services, served);
  const scalers = decodeManagers(scale);
  const managers = new Map<string, Manager>();
  for (const [key, manager] of decodeManagers(parent)) {
    const kept = keptManager(key, manager, pathIn, scalers);
    if (kept) managers.set(key, kept);
  }
  const added = new Map<string, Manager>();
  for (const scaler of scalers.values()) addScaler(added, served, pathIn, scaler);
  return encodeManagers(managers, added);
}

/** What a manager of the object keeps; takes the scaler that it is from `scalers`. */
function keptManager(
  key: string,
  manager: Manager,
  pathIn: ReplicasPath,
  scalers: Map<string, Manager>,
): Manager | undefined {
  const path = pathIn(manager.apiVersion);
  if (!path) return undefined;
  if (!hasPath(manager.set, path)) return manager;
  if (scalers.delete(key)) return manager;
  const set = difference(manager.set, setOf(path));
  return isEmpty(set) ? undefined : { ...manager, set };
}

function addScaler(
  managers: Map<string, Manager>,
  served: ServedResource,
  pathIn: ReplicasPath,
  scaler: Manager,
): void {
  if (!hasPath(scaler.set, replicasInScale)) return;
  const apiVersion = apiVersionOfServed(served);
  const { time: _, ...rest } = scaler;
  const manager = { ...rest, apiVersion, set: setOf(pathIn(apiVersion)!) };
  managers.set(managerKey(manager), manager);
}
