const root = '/registry/';

/** Where an object lives: '/registry/' + bucket + '/' + key. */
export function storageKey(bucket: string, key: string): string {
  return `${root}${bucket}/${key}`;
}

/** 'core/pods', 'apps/deployments': one bucket a resource. */
export function bucketOf(resource: { group: string; resource: string }): string {
  return `${resource.group === '' ? 'core' : resource.group}/${resource.resource}`;
}

export function splitStorageKey(path: string): { bucket: string; key: string } {
  const second = path.indexOf('/', path.indexOf('/', root.length) + 1);
  return { bucket: path.slice(root.length, second), key: path.slice(second + 1) };
}

/** What the keys of a resource's objects begin with, of a group's, or of all. */
export function storageKeyPrefix(group?: string, resource?: string): string {
  if (group === undefined) return root;
  const ofGroup = `${root}${group === '' ? 'core' : group}/`;
  return resource === undefined ? ofGroup : `${ofGroup}${resource}/`;
}
