import type { PersistentVolumeClaim } from '#api/generated/types/core.v1.ts';
import type { StorageClass } from '#api/generated/types/storage.v1.ts';

/** What StorageClasses call this provisioner. */
export const provisionerName = 'coxswain.dev/local-path';

const accessModes: readonly string[] = ['ReadWriteOnce', 'ReadWriteOncePod'];

/** Why no folder of one node can be what the claim asks for, or its class; undefined where one can. */
export function refusalOf(
  { spec = {} }: PersistentVolumeClaim,
  storageClass: StorageClass,
): string | undefined {
  if (spec.volumeMode === 'Block') return `${provisionerName} does not support block volume provisioning`;
  const mode = spec.accessModes?.find(one => !accessModes.includes(one));
  if (mode !== undefined)
    return `access mode ${mode} is not supported: a volume on the disk of one node can be ${accessModes.join(' or ')}`;
  if (spec.selector) return 'spec.selector is not supported: a volume that is made for a claim has no labels';
  if (spec.dataSource ?? spec.dataSourceRef)
    return 'spec.dataSource is not supported: volumes are made empty, not from snapshots or other claims';
  if (spec.volumeAttributesClassName)
    return 'spec.volumeAttributesClassName is not supported: volumes have no attributes to modify';
  return classRefusal(storageClass);
}

function classRefusal({
  metadata,
  parameters = {},
  mountOptions = [],
  ...rest
}: StorageClass): string | undefined {
  const refuse = (what: string, why: string) => `StorageClass ${metadata.name} has ${what}: ${why}`;
  const names = Object.keys(parameters);
  if (names.length > 0)
    return refuse(`parameters (${names.join(', ')})`, `${provisionerName} does not know any`);
  if (mountOptions.length > 0) return refuse('mountOptions', 'a folder is not mounted by any');
  if (rest.volumeBindingMode === 'WaitForFirstConsumer') return undefined;
  return refuse(
    'volumeBindingMode Immediate',
    'whose disk the volume is on is known once a pod has a node, with WaitForFirstConsumer',
  );
}
